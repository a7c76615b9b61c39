//! The index as everybody else holds it: shared, versioned, published.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use model::controller::Version;
use model::facts::Facts;
use model::pace::Pace;
use model::row::Hands;
use model::set::SetKey;
use model::status::{Settings, Status};
use model::wire::KindHealth;
use tokio::sync::{broadcast, watch};

use super::ring::Ring;
use super::{Change, Changed, Index, Kind, Publication, Row, Scope, Update};

/// Publications that a reader may lag behind before it is told to read everything again.
const BACKLOG: usize = 256;
/// Publications kept for readers who come back.
const KEPT: usize = 1024;

/// The live fleet. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Live(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    state: Mutex<State>,
    publications: broadcast::Sender<Arc<Publication>>,
    version: watch::Sender<u64>,
}

#[derive(Debug)]
struct State {
    index: Index,
    ring: Ring,
    version: u64,
}

impl Live {
    /// An empty fleet. Versions count from `now` in milliseconds, so that a version from before a restart is never
    /// mistaken for one of this process (it stays below 2^53, which a browser needs).
    pub fn new(scope: &Scope, settings: Settings, now: Timestamp) -> Self {
        let version = u64::try_from(now.as_millisecond()).unwrap_or_default();
        Self(Arc::new(Shared {
            state: Mutex::new(State {
                index: Index::new(scope, settings, now),
                ring: Ring::new(KEPT),
                version,
            }),
            publications: broadcast::Sender::new(BACKLOG),
            version: watch::Sender::new(version),
        }))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // A panic inside the index ended the work on one change; what is there can still be read.
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes in a change, publishes what came of it, and hands the changed sets to the recorder.
    pub fn apply(&self, change: Change, now: Timestamp) -> Vec<Changed> {
        let mut state = self.state();
        let update = state.index.apply(change, now);
        self.publish(&mut state, update)
    }

    /// Judges the sets whose time has come (see [`Live::next_due`]).
    pub fn tick(&self, now: Timestamp) -> Vec<Changed> {
        let mut state = self.state();
        let update = state.index.tick(now);
        self.publish(&mut state, update)
    }

    /// When to call [`Live::tick`] next; may change with each change.
    pub fn next_due(&self) -> Option<Timestamp> {
        self.state().index.next_due()
    }

    /// Who had a hand in the set with this uid; shown in its row.
    pub fn set_hands(&self, uid: &str, hands: Hands) {
        let mut state = self.state();
        let update = state.index.set_hands(uid, hands);
        self.publish(&mut state, update);
    }

    /// The API server's version; part of the facts of every set.
    pub fn set_kubernetes(&self, version: Option<Version>) {
        let mut state = self.state();
        let update = state.index.set_kubernetes(version);
        self.publish(&mut state, update);
    }

    /// How long restarts of the set with this uid took; part of its facts.
    pub fn set_pace(&self, uid: &str, pace: Pace) {
        let mut state = self.state();
        let update = state.index.set_pace(uid, pace);
        self.publish(&mut state, update);
    }

    /// Sent while the state is locked, so that versions go out in order; sending never waits.
    fn publish(&self, state: &mut State, update: Update) -> Vec<Changed> {
        if !update.is_empty() {
            state.version += 1;
            let publication = Arc::new(Publication {
                version: state.version,
                changed: update.rows,
                same: update.same,
                gone: update.gone,
                health: update.health,
            });
            state.ring.push(Arc::clone(&publication));
            // Nobody may be listening.
            let _ = self.0.publications.send(publication);
            self.0.version.send_replace(state.version);
        }
        update.changed
    }

    /// All rows by namespace and name, and the version they stand at. Subscribe first, then read, then skip
    /// publications up to that version.
    pub fn fleet(&self) -> (u64, Vec<Arc<Row>>) {
        let state = self.state();
        (state.version, state.index.rows().cloned().collect())
    }

    pub fn row(&self, key: &SetKey) -> Option<Arc<Row>> {
        self.state().index.row(key)
    }

    pub fn facts(&self, key: &SetKey) -> Option<Arc<Facts>> {
        self.state().index.facts(key)
    }

    pub fn status(&self, key: &SetKey) -> Option<Status> {
        self.state().index.status(key)
    }

    /// How each watch is doing.
    pub fn health(&self) -> Vec<KindHealth> {
        self.state().index.health()
    }

    /// See [`Index::unread_in`].
    pub fn unread_in(&self, namespace: &str) -> Vec<(Kind, Option<String>)> {
        self.state().index.unread_in(namespace)
    }

    /// Every kind has been listed, or may not be: the fleet is complete.
    pub fn synced(&self) -> bool {
        self.state().index.synced()
    }

    /// Returns once the fleet is complete.
    pub async fn until_synced(&self) {
        let mut version = self.version_watch();
        while !self.synced() {
            // The sender lives in `self`.
            let _ = version.changed().await;
        }
    }

    pub fn version(&self) -> u64 {
        self.state().version
    }

    /// Rises with each publication.
    pub fn version_watch(&self) -> watch::Receiver<u64> {
        self.0.version.subscribe()
    }

    /// Publications from now on. A reader that falls too far behind sees `Lagged` and reads everything again.
    pub fn subscribe(&self) -> broadcast::Receiver<Arc<Publication>> {
        self.0.publications.subscribe()
    }

    /// The publications after `version`; `None` if it is too old, or not of this process.
    pub fn since(&self, version: u64) -> Option<Vec<Arc<Publication>>> {
        let state = self.state();
        state.ring.since(version, state.version)
    }

    /// How often a set was judged since the start.
    pub fn judgements(&self) -> u64 {
        self.state().index.judgements()
    }
}

#[cfg(test)]
mod tests;
