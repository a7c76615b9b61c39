//! Reading and writing objects without HTTP, for tests and stories.

use std::sync::Arc;

use serde_json::Value;

use super::Sandbox;
use crate::kind::Kind;
use crate::object::Key;
use crate::patch::merge;
use crate::refusal::Refusal;
use crate::rights::User;
use crate::world::{By, Part};

impl Sandbox {
    /// An object as it is stored.
    pub fn get(&self, kind: Kind, namespace: &str, name: &str) -> Option<Value> {
        let key = Key::new(kind, namespace, name);
        self.0.world().store.get(&key).map(|object| (**object).clone())
    }

    /// All objects of a kind in a namespace, or in all of them for an empty one, by namespace and name.
    pub fn list(&self, kind: Kind, namespace: &str) -> Vec<Value> {
        self.0.world().store.list(kind, namespace).map(|object| (**object).clone()).collect()
    }

    /// Creates objects from YAML or JSON documents, as `manager` would by one write each; those that exist are left alone.
    /// What names no namespace goes to `namespace`.
    ///
    /// # Errors
    /// What the API server would answer, or that the text cannot be read.
    pub fn create(&self, namespace: &str, yaml: &str, manager: &str) -> Result<(), Refusal> {
        for object in documents(yaml)? {
            let kind = kind_of(&object)?;
            let own = crate::object::namespace(&object).to_owned();
            let namespace = if own.is_empty() { namespace } else { own.as_str() };
            let key = Key::new(kind, namespace, crate::object::name(&object));
            let mut world = self.0.world();
            if world.store.get(&key).is_none() {
                world.make(kind, namespace, object, By::manager(manager))?;
            }
            drop(world);
            self.0.stir();
        }
        Ok(())
    }

    /// Changes an object by a merge patch, as `manager`.
    ///
    /// # Errors
    /// What the API server would answer.
    pub fn patch(
        &self,
        kind: Kind,
        namespace: &str,
        name: &str,
        patch: &Value,
        manager: &str,
    ) -> Result<Value, Refusal> {
        self.write(kind, namespace, name, Part::Main, patch, manager)
    }

    /// Changes the status of an object by a merge patch, as a kubelet would.
    ///
    /// # Errors
    /// What the API server would answer.
    pub fn patch_status(
        &self,
        kind: Kind,
        namespace: &str,
        name: &str,
        patch: &Value,
    ) -> Result<Value, Refusal> {
        self.write(kind, namespace, name, Part::Status, patch, "kubelet")
    }

    fn write(
        &self,
        kind: Kind,
        namespace: &str,
        name: &str,
        part: Part,
        patch: &Value,
        manager: &str,
    ) -> Result<Value, Refusal> {
        let key = Key::new(kind, namespace, name);
        let mut world = self.0.world();
        let changed = world.change(&key, part, By::manager(manager), |object| merge(object, patch));
        drop(world);
        self.0.stir();
        changed.map(|object| (*object).clone())
    }

    /// Deletes an object as a user would.
    ///
    /// # Errors
    /// What the API server would answer.
    pub fn delete(&self, kind: Kind, namespace: &str, name: &str) -> Result<(), Refusal> {
        let key = Key::new(kind, namespace, name);
        let deleted = self.0.world().delete(&key, &crate::world::Deletion::default());
        self.0.stir();
        deleted.map(drop)
    }

    /// Deletes a set with this propagation policy: `Background`, `Foreground` or `Orphan`.
    ///
    /// # Errors
    /// What the API server would answer.
    pub fn delete_set(&self, namespace: &str, name: &str, policy: &str) -> Result<(), Refusal> {
        let options = serde_json::json!({"propagationPolicy": policy});
        let deletion = crate::world::Deletion::read(&options)?;
        let deleted = self.0.world().delete(&Key::new(Kind::Set, namespace, name), &deletion);
        self.0.stir();
        deleted.map(drop)
    }

    /// Makes every position of a watch from before now too old, as a compaction of etcd does.
    pub fn compact(&self) {
        self.0.world().store.compact();
    }
}

/// One change of one object.
#[derive(Clone, Debug)]
pub struct Changed {
    /// The version of the change: all kinds are numbered together.
    pub version: u64,
    pub kind: Kind,
    /// `None` for a creation.
    pub before: Option<Arc<Value>>,
    /// `None` for a removal.
    pub after: Option<Arc<Value>>,
}

impl Sandbox {
    /// The version of the last change.
    pub fn version(&self) -> u64 {
        self.0.world().store.version()
    }

    /// What changed after a version among objects of these kinds, in order. `None` if that is no longer known.
    pub fn changes(&self, kinds: &[Kind], since: u64) -> Option<Vec<Changed>> {
        let world = self.0.world();
        let mut all = Vec::new();
        for kind in kinds {
            all.extend(world.store.shelf(*kind).since(since)?.map(|change| Changed {
                version: change.version,
                kind: change.kind,
                before: change.before.clone(),
                after: change.after.clone(),
            }));
        }
        all.sort_by_key(|change| change.version);
        Some(all)
    }

    /// Sends a patch as `PATCH` would, by its content type.
    ///
    /// # Errors
    /// What the API server would answer.
    pub async fn send_patch(
        &self,
        path: &str,
        content_type: &str,
        patch: &Value,
    ) -> Result<Value, (u16, Value)> {
        let request = http::Request::patch(path)
            .header(http::header::CONTENT_TYPE, content_type)
            .body(axum::body::Body::from(patch.to_string()));
        self.send(request).await
    }

    async fn send(
        &self,
        request: http::Result<http::Request<axum::body::Body>>,
    ) -> Result<Value, (u16, Value)> {
        use tower::ServiceExt as _;
        let bad = |why: String| (400, Value::String(why));
        let request = request.map_err(|e| bad(e.to_string()))?;
        let Ok(response) = self.service(User::admin()).oneshot(request).await;
        let code = response.status().as_u16();
        let bytes = axum::body::to_bytes(response.into_body(), usize::MAX).await;
        let bytes = bytes.map_err(|e| bad(e.to_string()))?;
        let body = serde_json::from_slice(&bytes).map_err(|e| bad(e.to_string()))?;
        if code < 400 { Ok(body) } else { Err((code, body)) }
    }
}

/// The objects of a text with YAML documents.
fn documents(yaml: &str) -> Result<Vec<Value>, Refusal> {
    let read: Result<Vec<Value>, _> = serde_saphyr::from_multiple(yaml);
    let all = read.map_err(|e| Refusal::bad_request(format!("error parsing YAML: {e}")))?;
    Ok(all.into_iter().filter(|object| !object.is_null()).collect())
}

fn kind_of(object: &Value) -> Result<Kind, Refusal> {
    let (version, name) =
        (crate::object::text(object, "/apiVersion"), crate::object::text(object, "/kind"));
    Kind::of(version, name).ok_or_else(|| {
        Refusal::bad_request(format!("no matches for kind {name:?} in version {version:?}"))
    })
}
