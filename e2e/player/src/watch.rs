//! Watching all namespaces of an API server: four watches, however many scenarios are played.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use model::testing::seen::text;
use serde_json::Value;

use crate::api::Api;
use crate::log::{Kind, Log};

/// The watches. They end with the server, or soon after this value.
pub struct Watcher(Arc<Shared>);

struct Shared {
    state: Mutex<State>,
    moved: Condvar,
    over: AtomicBool,
}

#[derive(Default)]
struct State {
    namespaces: HashMap<String, Log>,
    /// Up to which version each kind has come through.
    versions: HashMap<Kind, u64>,
    /// Why nothing comes any more.
    broken: Option<String>,
}

impl Watcher {
    /// Begins to watch; what is there already is not kept.
    ///
    /// # Errors
    /// If the server does not answer.
    pub fn start(api: &Api) -> Result<Self> {
        let shared = Arc::new(Shared {
            state: Mutex::default(),
            moved: Condvar::new(),
            over: AtomicBool::new(false),
        });
        for kind in Kind::ALL {
            let path = format!("{}/{}", kind.group(), kind.resource());
            let list = api.get(&path)?;
            let version = text(&list, "/metadata/resourceVersion").to_owned();
            shared.lock().versions.insert(kind, version.parse()?);
            let (api, shared) = (api.clone(), Arc::clone(&shared));
            thread::spawn(move || {
                let ended = follow(&api, kind, &path, version, &shared);
                if let Err(error) = ended {
                    shared.lock().broken = Some(format!("{error:#}"));
                    shared.moved.notify_all();
                }
            });
        }
        Ok(Self(shared))
    }

    /// Looks at a namespace.
    ///
    /// # Errors
    /// If a watch has ended for good.
    pub fn look<T>(&self, namespace: &str, at: impl FnOnce(&Log) -> T) -> Result<T> {
        let mut state = self.0.lock();
        if let Some(broken) = &state.broken {
            bail!("a watch ended: {broken}");
        }
        Ok(at(state.namespaces.entry(namespace.to_owned()).or_insert_with(Log::new)))
    }

    /// Waits until `found` answers something. It is asked again when something changed, or after the time that it gives.
    ///
    /// # Errors
    /// When the deadline has passed, or a watch has ended for good.
    pub(crate) fn wait<T>(
        &self,
        namespace: &str,
        deadline: Duration,
        mut found: impl FnMut(&Log) -> Result<T, Duration>,
    ) -> Result<T> {
        let end = Instant::now() + deadline;
        let mut state = self.0.lock();
        loop {
            if let Some(broken) = &state.broken {
                bail!("a watch ended: {broken}");
            }
            let log = state.namespaces.entry(namespace.to_owned()).or_insert_with(Log::new);
            let again = match found(log) {
                Ok(found) => return Ok(found),
                Err(again) => again,
            };
            if Instant::now() > end {
                bail!("nothing came of it within {} s", deadline.as_secs());
            }
            let waited = self.0.moved.wait_timeout(state, again.max(Duration::from_millis(5)));
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Waits until what was written with this version has come through.
    ///
    /// # Errors
    /// As [`Self::wait`].
    pub(crate) fn catch_up(&self, kind: Kind, version: u64) -> Result<()> {
        let end = Instant::now() + Duration::from_mins(1);
        let mut state = self.0.lock();
        while state.versions.get(&kind).is_none_or(|seen| *seen < version) {
            if let Some(broken) = &state.broken {
                bail!("a watch ended: {broken}");
            }
            if Instant::now() > end {
                bail!("a watch does not bring what was written");
            }
            let waited = self.0.moved.wait_timeout(state, Duration::from_secs(1));
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        Ok(())
    }

    /// Forgets a namespace.
    pub(crate) fn forget(&self, namespace: &str) {
        self.0.lock().namespaces.remove(namespace);
    }
}

impl Drop for Watcher {
    fn drop(&mut self) {
        self.0.over.store(true, Ordering::Relaxed);
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Servers end watches now and then: it goes on where it was.
fn follow(api: &Api, kind: Kind, path: &str, mut since: String, shared: &Shared) -> Result<()> {
    let mut failures = 0;
    while !shared.over.load(Ordering::Relaxed) {
        let events = match api.watch(path, &since) {
            Ok(events) => events,
            Err(error) if failures > 20 => return Err(error),
            Err(_) => {
                failures += 1;
                thread::sleep(Duration::from_millis(50));
                continue;
            }
        };
        for event in events {
            let Ok(event) = event else { break };
            failures = 0;
            let object = &event["object"];
            if event["type"] == "ERROR" {
                bail!("the watch of {path}: {}", text(object, "/message"));
            }
            text(object, "/metadata/resourceVersion").clone_into(&mut since);
            if event["type"] != "BOOKMARK" {
                take(kind, &event, shared).with_context(|| path.to_owned())?;
            }
            if let Ok(version) = since.parse() {
                shared.lock().versions.insert(kind, version);
                shared.moved.notify_all();
            }
        }
    }
    Ok(())
}

fn take(kind: Kind, event: &Value, shared: &Shared) -> Result<()> {
    let object = event["object"].clone();
    let namespace = object["metadata"]["namespace"].as_str().context("a namespace")?.to_owned();
    // What was forgotten may still have its last events: they are kept until the end, and are few.
    let mut state = shared.lock();
    let log = state.namespaces.entry(namespace).or_insert_with(Log::new);
    log.take(kind, object, event["type"] == "DELETED");
    Ok(())
}
