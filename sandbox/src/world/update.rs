//! Changing an object, as a whole or one of its parts.

use std::sync::Arc;

use serde_json::{Value, json};

use super::{By, World};
use crate::fields::{self, Writer};
use crate::kinds;
use crate::object::{self, Key, meta_mut};
use crate::patch::apply;
use crate::refusal::{Cause, Refusal};

/// Which part a write is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    /// Everything but the status.
    Main,
    /// Nothing but the status.
    Status,
    /// `spec.replicas`, through the `scale` subresource.
    Scale,
}

impl Part {
    fn subresource(self) -> &'static str {
        match self {
            Self::Main => "",
            Self::Status => "status",
            Self::Scale => "scale",
        }
    }
}

/// An object as it is to be.
#[derive(Debug)]
pub(crate) struct Update<'a> {
    pub(crate) key: &'a Key,
    pub(crate) object: Value,
    pub(crate) part: Part,
    pub(crate) by: By<'a>,
    /// By a patch: a foreign uid is an invalid field then, and a conflict otherwise.
    pub(crate) patched: bool,
    /// By server-side apply of this configuration.
    pub(crate) applied: Option<(&'a Value, Writer<'a>)>,
}

impl World {
    /// Changes the object that is there, as a controller.
    ///
    /// # Errors
    /// As [`Self::update`].
    pub(crate) fn change(
        &mut self,
        key: &Key,
        part: Part,
        by: By<'_>,
        change: impl FnOnce(&mut Value),
    ) -> Result<Arc<Value>, Refusal> {
        let mut object = (*self.get(key)?).clone();
        change(&mut object);
        self.update(Update { key, object, part, by, patched: false, applied: None })
    }

    /// # Errors
    /// 400, 404, 409 or 422 as the API server has them.
    pub(crate) fn update(&mut self, update: Update<'_>) -> Result<Arc<Value>, Refusal> {
        let Update { key, object, part, by, patched, applied } = update;
        let old = self.get(key)?;
        let mut new = kinds::typed(key.kind, object)?;
        same_object(key, &old, &new, patched)?;
        let info = key.kind.info();
        match part {
            Part::Main if info.has_status => put_back(&mut new, &old, "status"),
            Part::Main => {}
            Part::Status => {
                let status = new.get("status").cloned();
                new = (*old).clone();
                if let (Some(status), Some(map)) = (status, new.as_object_mut()) {
                    map.insert("status".to_owned(), status);
                }
            }
            Part::Scale => {
                let replicas = new["spec"]["replicas"].clone();
                new = (*old).clone();
                new["spec"]["replicas"] = replicas;
            }
        }
        keep_identity(&mut new, &old);
        if part != Part::Status {
            let setting = self.setting(key.kind, &new);
            kinds::default_any(key.kind, &mut new, &setting);
            let causes = kinds::check_change(key.kind, &old, &new, &setting)?;
            if !causes.is_empty() {
                return Err(Refusal::invalid(key.kind, &key.name, &causes));
            }
            if info.has_generation && new.get("spec") != old.get("spec") {
                meta_mut(&mut new)
                    .insert("generation".to_owned(), json!(object::generation(&old) + 1));
            }
        }
        match applied {
            Some((configuration, writer)) => {
                apply::settle(Some(&old), &mut new, configuration, &writer, self.now);
            }
            None => {
                fields::credit(Some(&old), &mut new, &by.writer(part.subresource()), self.now);
            }
        }
        if by.dry_run {
            return Ok(Arc::new(new));
        }
        // A write that changes nothing makes no version.
        if new == *old {
            return Ok(old);
        }
        Ok(self.put(key, new))
    }
}

/// The write is about the object that is there.
fn same_object(key: &Key, old: &Value, new: &Value, patched: bool) -> Result<(), Refusal> {
    let name = object::name(new);
    if name != key.name {
        return Err(Refusal::bad_request(format!(
            "the name of the object ({name}) does not match the name on the URL ({})",
            key.name
        )));
    }
    let uid = object::uid(new);
    if !uid.is_empty() && uid != object::uid(old) {
        if patched {
            let cause = Cause::invalid("metadata.uid", &json!(uid), "field is immutable");
            return Err(Refusal::invalid(key.kind, &key.name, &[cause]));
        }
        let why = format!(
            "Precondition failed: UID in precondition: {uid}, UID in object meta: {}",
            object::uid(old)
        );
        return Err(Refusal::conflict(key.kind, &key.name, &why));
    }
    let version = object::text(new, "/metadata/resourceVersion");
    if !version.is_empty() && version != object::text(old, "/metadata/resourceVersion") {
        return Err(Refusal::modified(key.kind, &key.name));
    }
    Ok(())
}

fn put_back(new: &mut Value, old: &Value, field: &str) {
    let Some(map) = new.as_object_mut() else { return };
    match old.get(field) {
        Some(value) => map.insert(field.to_owned(), value.clone()),
        None => map.remove(field),
    };
}

/// What no write changes.
fn keep_identity(new: &mut Value, old: &Value) {
    let meta = meta_mut(new);
    meta.remove("selfLink");
    for field in [
        "namespace",
        "uid",
        "creationTimestamp",
        "generation",
        "generateName",
        "deletionTimestamp",
        "deletionGracePeriodSeconds",
        "resourceVersion",
    ] {
        match old["metadata"].get(field) {
            Some(value) => meta.insert(field.to_owned(), value.clone()),
            None => meta.remove(field),
        };
    }
}
