//! What the recorder asks of the store.

use std::collections::HashMap;

use async_trait::async_trait;
use model::wire::RolloutOutcome;

use super::book::OpenRollout;
use super::compare::Happened;
use super::credit::{Credit, Deed};
use super::known::{Known, KnownPod, KnownRevision};

/// One thing to write. Times are ms UTC. An event belongs to the rollout of its set that is open at its place in the order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Write {
    /// A set is there.
    Set {
        uid: String,
        namespace: String,
        name: String,
        at: i64,
    },
    /// A set is gone, with its state.
    SetDeleted {
        uid: String,
        at: i64,
    },
    RolloutOpened {
        set_uid: String,
        rollout: OpenRollout,
        credit: Option<Credit>,
    },
    RolloutEnded {
        set_uid: String,
        outcome: RolloutOutcome,
        at: i64,
    },
    Event {
        set_uid: String,
        at: i64,
        away: bool,
        happened: Box<Happened>,
    },
    /// A pod is there.
    Pod {
        set_uid: String,
        pod: Box<KnownPod>,
    },
    PodReady {
        uid: String,
        at: i64,
    },
    PodEnding {
        uid: String,
        at: i64,
    },
    PodGone {
        uid: String,
        at: i64,
    },
    /// A set has a revision under this number.
    Revision {
        set_uid: String,
        revision: KnownRevision,
        at: i64,
    },
    /// Bytes of a template.
    Template {
        hash: String,
        template: String,
        at: i64,
    },
    /// Nobody looked.
    Gap {
        from: i64,
        to: i64,
    },
}

/// What is written in one transaction.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Batch {
    /// In order.
    pub writes: Vec<Write>,
    /// The last state of each set that is touched and still there.
    pub known: Vec<Known>,
    /// The panel surely looked until then, ms UTC; `None` leaves it as it was.
    pub looked_until: Option<i64>,
}

impl Batch {
    pub fn is_empty(&self) -> bool {
        self.writes.is_empty() && self.known.is_empty()
    }
}

/// What was known when the recorder starts.
#[derive(Clone, Debug, Default)]
pub struct Memory {
    /// Every set that was not deleted.
    pub sets: Vec<Known>,
    pub looked_until: Option<i64>,
    /// Hashes of the templates of these sets that are kept.
    pub templates: Vec<String>,
}

/// So many restarts of a set tell how long the next ones take.
pub const PACED: usize = 10;

/// Where the recorder writes.
#[async_trait]
pub trait Ledger: Send + Sync {
    async fn remember(&self) -> anyhow::Result<Memory>;

    /// All of it, or on an error nothing.
    async fn write(&self, batch: &Batch) -> anyhow::Result<()>;

    /// How long the last restarts of these sets took: per uid in ms, the newest first, [`PACED`] at most. A restart is from a pod
    /// that began to end until its successor of the same ordinal was Ready for the first time.
    async fn paces(&self, set_uids: &[String]) -> anyhow::Result<HashMap<String, Vec<u64>>>;

    /// Actions of the panel on these sets that began at `since` (ms UTC) or later.
    async fn deeds(&self, set_uids: &[String], since: i64) -> anyhow::Result<Vec<Deed>>;
}
