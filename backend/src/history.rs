//! Compares what was and what is, and writes rollouts and events. Must not know http and kube.
//!
//! * [`compare`]: two looks at a set → what happened, as sentences with their actor ([`attribute`]).
//! * [`deviation`]: what happens after an action, compared with its forecast.
//! * [`step`]: what happened → what is to be written ([`ledger`]), with the rollouts it begins and ends.
//! * [`Recorder`]: the task that takes changes in order and writes them in groups; catches up after a gap.
//! * [`moment`]: a set as it was at a time of the past; [`lanes`]: every ordinal over time.

use async_trait::async_trait;
use jiff::Timestamp;
use model::set::SetKey;
use model::wire::{Actor, EventKind, EventPage, Held, History, Lanes, MomentView, RolloutView};

use credit::Origin;

pub mod attribute;
pub mod book;
pub mod compare;
pub mod credit;
pub mod data;
pub mod deviation;
pub mod known;
pub mod lanes;
pub mod ledger;
pub mod moment;
pub mod recorder;
mod sentence;
pub mod step;
pub mod trouble;

#[cfg(test)]
pub(crate) mod tests;

pub use recorder::{Handed, Recorder, Scope};

/// Which events to list.
#[derive(Clone, Debug, Default)]
pub struct EventQuery {
    /// Only these sets; `None` lists all.
    pub sets: Option<Vec<SetKey>>,
    /// Only these namespaces (what the caller may see); `None` lists all.
    pub namespaces: Option<Vec<String>>,
    /// Only these kinds; `None` lists all.
    pub kinds: Option<Vec<EventKind>>,
    /// Only what was done by this way.
    pub source: Option<Origin>,
    /// Only what this user of the panel, or this tool, did.
    pub actor: Option<String>,
    /// Only what was seen at this moment or later.
    pub since: Option<Timestamp>,
    /// Only events in which each of these words is found: in the sentence, the reason, by whom, or in the set's name.
    pub words: Vec<String>,
    /// Only events with a lower id.
    pub before: Option<i64>,
    /// 1 to 500.
    pub limit: u32,
}

/// A ControllerRevision that a set was seen to have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recorded {
    pub set_uid: String,
    pub name: String,
    /// The highest under which it was seen: a rollback gives an old name a new number.
    pub number: i64,
    /// Under which its template is kept.
    pub hash: String,
    /// The template is there: it may not have come yet, or retention has let it go.
    pub kept: bool,
}

impl Recorded {
    /// `r7`.
    pub fn label(&self) -> String {
        format!("r{}", self.number)
    }
}

/// What was recorded, as the API and the pages read it.
#[async_trait]
pub trait Reader: Send + Sync {
    /// Rollouts and events of the set of this name, all its uids, newest first. A page has up to `limit` events, and the
    /// newest `limit` rollouts that began before the event `before`: a rollout may be on several pages.
    async fn history(
        &self,
        key: &SetKey,
        before: Option<i64>,
        limit: u32,
    ) -> anyhow::Result<History>;

    /// Events of many sets, newest first.
    async fn events(&self, query: &EventQuery) -> anyhow::Result<EventPage>;

    /// Every ordinal of the sets of this name between two moments; `None` where nothing is known of that time.
    async fn lanes(
        &self,
        key: &SetKey,
        from: Timestamp,
        to: Timestamp,
    ) -> anyhow::Result<Option<Lanes>>;

    /// The set of this name as it was; `None` where nothing is known of that time.
    async fn then(&self, key: &SetKey, at: Timestamp) -> anyhow::Result<Option<MomentView>>;

    async fn rollout(&self, key: &SetKey, id: i64) -> anyhow::Result<Option<RolloutView>>;

    /// A recorded pod template (the JSON of `spec.template`) by its revision's hash.
    async fn template(&self, hash: &str) -> anyhow::Result<Option<String>>;

    /// Every revision that sets of this name were seen to have, those of the newest set first and in each by number from
    /// the highest on; kept after Kubernetes forgets them, and after the set is gone.
    async fn revisions(&self, key: &SetKey) -> anyhow::Result<Vec<Recorded>>;

    /// Who last changed the spec of the set with this uid, or deleted or evicted a pod of it through the panel.
    async fn last_change(&self, set_uid: &str) -> anyhow::Result<Option<Actor>>;

    /// Who put the hold that stands now, and whether it was by an abort.
    async fn held(&self, set_uid: &str) -> anyhow::Result<Option<Held>>;
}

/// ms UTC, the form of times in the database.
pub(crate) fn ms(at: Timestamp) -> i64 {
    at.as_millisecond()
}

/// The reverse of [`ms`]. A number that is no time, which only a damaged database holds, becomes the nearest one.
pub(crate) fn time(ms: i64) -> Timestamp {
    Timestamp::from_millisecond(ms).unwrap_or(if ms < 0 { Timestamp::MIN } else { Timestamp::MAX })
}
