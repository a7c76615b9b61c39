//! The cluster as a handle, and what makes it go on.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use serde_json::Value;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use crate::api::Api;
use crate::clock::Clock;
use crate::kind::Kind;
use crate::object::Key;
use crate::options::Options;
use crate::patch::merge;
use crate::react;
use crate::refusal::Refusal;
use crate::rights::User;
use crate::world::{By, Part, World};

/// How often controllers may have work left over before a test is told that they never come to rest.
const TURNS: usize = 10_000;

/// A cluster. Cheap to clone; it ends when the last clone and the last service are gone.
#[derive(Clone)]
pub struct Sandbox(Arc<Inner>);

pub(crate) struct Inner {
    world: Mutex<World>,
    pub(crate) clock: Clock,
    /// Something was written.
    stirred: Arc<Notify>,
    /// The end of the cluster, for the tasks that watch it.
    pub(crate) over: CancellationToken,
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.over.cancel();
    }
}

impl std::fmt::Debug for Sandbox {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Sandbox")
    }
}

impl Inner {
    /// The cluster at this moment. Whoever may have written calls [`Self::stir`] afterwards.
    pub(crate) fn world(&self) -> MutexGuard<'_, World> {
        // Each write is done as a whole or not at all.
        let mut world = self.world.lock().unwrap_or_else(PoisonError::into_inner);
        world.now = self.clock.now();
        world
    }

    /// Lets the controllers look at what was written.
    pub(crate) fn stir(&self) {
        self.stirred.notify_one();
    }

    /// Answers whether more is to be done at once, and when the next timer runs out.
    fn turn(&self) -> (bool, Option<Timestamp>) {
        let now = self.clock.now();
        let mut world = self.world();
        let more = react::turn(&mut world, now);
        (more, world.work.next_due())
    }
}

impl Sandbox {
    /// A cluster with nodes, namespaces and storage classes. With the real clock a task works from now on, so that has to be
    /// called inside a tokio runtime; with a manual one nothing moves by itself.
    pub fn new(options: Options) -> Self {
        let clock = options.clock.clone();
        let world = World::new(options, clock.now());
        let inner = Arc::new(Inner {
            world: Mutex::new(world),
            clock: clock.clone(),
            stirred: Arc::default(),
            over: CancellationToken::new(),
        });
        let sandbox = Self(inner);
        if clock.is_manual() {
            sandbox.settle();
        } else {
            sandbox.run();
        }
        sandbox
    }

    /// Goes over from a manual clock to the real one: what was played before becomes the past. Has to be called inside a
    /// tokio runtime. A cluster that runs already is left alone.
    pub fn go_live(&self) {
        if self.0.clock.is_manual() {
            self.0.clock.release();
            self.run();
        }
    }

    /// Starts the task that does the work as its time comes.
    fn run(&self) {
        let over = self.0.over.clone();
        let weak = Arc::downgrade(&self.0);
        tokio::spawn(over.run_until_cancelled_owned(async move {
            while let Some(inner) = weak.upgrade() {
                let (more, due) = inner.turn();
                let stirred = Arc::clone(&inner.stirred);
                let time = due.map(|at| inner.clock.until(at));
                // Held while waiting, the cluster would never end.
                drop(inner);
                if more {
                    tokio::task::yield_now().await;
                } else {
                    rest(&stirred, time).await;
                }
            }
        }));
    }

    /// A service that answers as an API server answers this user, for `kube::Client::new`.
    pub fn service(&self, user: User) -> Api {
        Api::new(Arc::clone(&self.0), Some(user))
    }

    /// A service that finds out by the bearer token who calls.
    pub(crate) fn open_service(&self) -> Api {
        Api::new(Arc::clone(&self.0), None)
    }

    pub(crate) fn inner(&self) -> &Arc<Inner> {
        &self.0
    }

    /// Works until nothing is left to do at this moment.
    ///
    /// # Panics
    /// If the controllers never come to rest.
    pub fn settle(&self) {
        for _ in 0..TURNS {
            if !self.0.turn().0 {
                return;
            }
        }
        panic!("the controllers do not come to rest");
    }

    /// Moves a manual clock on, timer by timer.
    ///
    /// # Panics
    /// As [`Self::settle`].
    pub fn advance(&self, by: Duration) {
        self.settle();
        let end = self.0.clock.now() + by;
        while let Some(due) = self.next_due().filter(|due| *due <= end) {
            self.0.clock.move_to(due);
            self.settle();
        }
        self.0.clock.move_to(end);
        self.settle();
    }

    /// When the next timer runs out: a pod that starts, a claim that is bound, a controller that tries again.
    pub fn next_due(&self) -> Option<Timestamp> {
        self.0.world().work.next_due()
    }

    pub fn now(&self) -> Timestamp {
        self.0.clock.now()
    }

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

/// Until something is written or a timer runs out.
async fn rest(stirred: &Notify, timer: Option<Duration>) {
    match timer {
        Some(time) => {
            let _ = tokio::time::timeout(time, stirred.notified()).await;
        }
        None => stirred.notified().await,
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
