//! What the recorder notes about a set beside its facts; stored with them.

use std::collections::BTreeMap;

use model::row::Hands;
use model::set::ContainerImage;
use model::wire::Held;
use serde::{Deserialize, Serialize};

use super::credit::Credit;
use super::deviation::Expected;
use super::trouble::Trouble;

/// Notes of the recorder. Times are ms UTC.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Book {
    /// The rollout that is open.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rollout: Option<OpenRollout>,
    /// Who last changed the spec, or deleted or evicted a pod through the panel.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_change: Option<Credit>,
    /// Who last changed the template: it becomes the actor of the revision that follows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub template_by: Option<Credit>,
    /// How the template was before it changed, until the revision of the change appears.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub template_was: Option<TemplateWas>,
    /// Who last changed the partition.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub partition_by: Option<Credit>,
    /// Who put the hold that stands.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub held_by: Option<Credit>,
    /// It was held before, and they let it go on to there.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub advanced: bool,
    /// The rollout that somebody aborted, while that stands.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub aborted: Option<AbortNote>,
    /// Since when the pod of a wanted ordinal is down, until its successor is Ready.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub down: BTreeMap<u32, i64>,
    /// What an action was foretold to lead to, while that is compared with what happens.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expected: Option<Expected>,
    /// When a change of labels or annotations was last told, ms UTC.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub metadata_at: Option<i64>,
    /// That it is stuck, as it was told.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trouble: Option<Trouble>,
    /// Until when the last gap that was told lasted: each kind has a watch of its own, and one break ends for each of
    /// them at its own time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gap_until: Option<i64>,
    /// Events since the last snapshot.
    pub since_snapshot: u32,
    /// When the last snapshot was taken.
    pub snapshot_at: i64,
}

impl Book {
    /// Who had a hand in the set, as its row shows it.
    pub fn hands(&self) -> Hands {
        let (held_by, aborted) = self.held().map(|held| (held.by, held.aborted)).unzip();
        let last_change = self.last_change.as_ref().map(Credit::actor);
        Hands { last_change, held_by, aborted: aborted.flatten() }
    }

    /// By whom, and why, the set is held.
    pub fn held(&self) -> Option<Held> {
        let held =
            |by: &Credit| Held { by: by.actor(), aborted: None, because: None, advanced: false };
        let Some(note) = &self.aborted else {
            return self.held_by.as_ref().map(|by| Held { advanced: self.advanced, ..held(by) });
        };
        let (aborted, because) = (Some(note.revision.clone()), note.because.clone());
        Some(Held { aborted, because, ..held(&note.by) })
    }
}

/// An abort that stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AbortNote {
    pub by: Credit,
    /// Name of the ControllerRevision.
    pub revision: String,
    /// As [`Held::because`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub because: Option<String>,
}

/// What of a template a sentence compares.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TemplateWas {
    pub images: Vec<ContainerImage>,
    pub restarted_at: Option<String>,
}

/// The open rollout of a set.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OpenRollout {
    pub from: Option<RevisionMark>,
    pub to: RevisionMark,
    pub started: i64,
}

/// A revision as it was called when it was noted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RevisionMark {
    pub name: String,
    /// `r7`.
    pub label: String,
    /// Digest of its template, where it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hash: Option<String>,
}
