//! One truthful status of a set, with its sentence: the same in list, page, CLI, metrics and webhooks.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::blocker::Blocker;
use crate::facts::Facts;

/// The kinds of status, most urgent first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub enum StatusKind {
    /// A broken pod that is not on the revision the set wants, and that the controller will never replace.
    Trapped,
    /// A pod is not Ready for longer than the configured time.
    Stuck,
    /// A partition keeps ordinals on the old revision.
    Held,
    /// `OnDelete`: pods run an older revision until somebody deletes them.
    OnDelete,
    /// The controller has not seen the last change of the spec.
    Unobserved,
    /// Pods are being replaced.
    Rolling,
    /// Pods are being added or removed.
    Scaling,
    /// Pods come back on the revision they had: after a deletion by hand, a lost node, a failing probe. Neither a roll
    /// nor a change of scale, so it is called neither.
    Starting,
    /// The strategy or the facts are beyond what this version can judge.
    Unknown,
    /// Every wanted pod runs the wanted revision and is Ready.
    Settled,
    /// The caller may list the set, but not its pods.
    NoAccess,
    /// One that a later version has: its sentence says what it is. Never sent.
    #[serde(other, skip_serializing)]
    Other,
}

impl StatusKind {
    /// Those that this version knows.
    pub const ALL: [Self; 11] = [
        Self::Trapped,
        Self::Stuck,
        Self::Held,
        Self::OnDelete,
        Self::Unobserved,
        Self::Rolling,
        Self::Scaling,
        Self::Starting,
        Self::Unknown,
        Self::Settled,
        Self::NoAccess,
    ];

    /// The word on the badge and on the filter chip.
    pub fn word(self) -> &'static str {
        match self {
            Self::Trapped => "Trapped",
            Self::Stuck => "Stuck",
            Self::Held => "Held",
            Self::OnDelete => "OnDelete",
            Self::Unobserved => "Unobserved",
            Self::Rolling => "Rolling",
            Self::Scaling => "Scaling",
            Self::Starting => "Starting",
            Self::Unknown => "Unknown",
            Self::Settled => "Settled",
            Self::NoAccess => "No access",
            Self::Other => "Other",
        }
    }

    /// It waits for a person.
    pub fn needs_attention(self) -> bool {
        matches!(self, Self::Trapped | Self::Stuck | Self::Held | Self::OnDelete | Self::Unobserved)
    }

    /// It moves by itself.
    pub fn is_moving(self) -> bool {
        matches!(self, Self::Rolling | Self::Scaling | Self::Starting)
    }
}

/// The status of a set.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Status {
    pub kind: StatusKind,
    /// One sentence (sometimes two) that names pods.
    pub sentence: String,
    /// Pods on the update revision and Ready.
    pub done: u32,
    /// Replicas wanted.
    pub total: u32,
    /// Since when it has been so, where that can be told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[serde(with = "crate::when::option")]
    pub since: Option<Timestamp>,
    /// The pod it waits for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub blocker: Option<Blocker>,
    /// When to judge again although nothing changed (a timer runs out). Not sent to clients.
    #[serde(skip)]
    pub recheck: Option<Timestamp>,
    /// The change of the spec that the controller has not observed yet: its generation, and when it was first seen
    /// here. The times of managedFields will not do: they do not always move with a change. Not sent to clients.
    #[serde(skip)]
    pub awaiting: Option<(i64, Timestamp)>,
}

impl Status {
    /// What stands behind the word on the badge: `3/5`, `2 pending`; empty where nothing does.
    pub fn badge_detail(&self) -> String {
        match self.kind {
            StatusKind::Rolling | StatusKind::Held | StatusKind::Scaling | StatusKind::Starting => {
                format!("{}/{}", self.done, self.total)
            }
            StatusKind::OnDelete => format!("{} pending", self.total.saturating_sub(self.done)),
            _ => String::new(),
        }
    }

    /// The sentence for where its end may be cut off: what frees a set that one pod traps stands first.
    pub fn in_short(&self) -> String {
        let whole = &self.sentence;
        match (self.kind, whole.trim_end_matches('.').rsplit_once(". "), &self.blocker) {
            (StatusKind::Trapped, Some((because, frees)), Some(blocker))
                if frees.contains("this one pod") =>
            {
                let frees = frees.replacen("this one pod", &blocker.pod, 1);
                format!("{frees}. {because}.")
            }
            _ => whole.clone(),
        }
    }
}

/// What can be configured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settings {
    /// A pod that is not Ready for longer than this makes a set Stuck.
    pub stuck_after: SignedDuration,
    /// The same of a pod that fails (it crashes again and again, its image cannot be pulled) on the revision that the set wants
    /// there: that is no matter of waiting. The shorter of the two holds.
    pub failing_after: SignedDuration,
    /// How long the controller may take to observe a change before it is worth a word.
    pub unobserved_after: SignedDuration,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            stuck_after: SignedDuration::from_mins(5),
            failing_after: SignedDuration::from_secs(30),
            unobserved_after: SignedDuration::from_secs(5),
        }
    }
}

/// Judges a set. `previous` is the status published last: while the controller has not yet observed a change and is
/// not late, it stays, because nothing has happened to the pods yet.
pub fn status(
    facts: &Facts,
    previous: Option<&Status>,
    now: Timestamp,
    settings: Settings,
) -> Status {
    judge::judge(facts, previous, now, settings)
}

mod judge;
mod sentence;
#[cfg(test)]
mod tests;
mod trapped;
mod why;

pub use why::{Reason, why_trapped};
