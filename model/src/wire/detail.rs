//! One set in full.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::SetRow;
use crate::diff::Change;
use crate::facts::Facts;

/// Where a change came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub enum Source {
    /// An action of this panel; the actor's name is a user of the panel.
    Panel,
    /// A tool proven by managedFields; the actor's name is that tool, never a person.
    Tool,
    /// Outside the panel, and nothing proves by what.
    Outside,
    /// The StatefulSet controller, where its event says so.
    Controller,
    /// One that a later version has. Never sent.
    #[serde(other, skip_serializing)]
    Other,
}

/// Who did something, when, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Actor {
    pub source: Source,
    /// The panel's user, or the tool (`kubectl`, `Helm`); absent where nothing is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[serde(with = "crate::when::option")]
    pub at: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// Since when a rollout is held, and by whom.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Held {
    pub by: Actor,
    /// It is held because it was aborted through the panel, and nothing has taken its place since ([`crate::aborted`]): the name of
    /// the ControllerRevision that is held back from every pod.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub aborted: Option<String>,
    /// The first pod of it that was not Ready when it was aborted, and what it did: "web-4 crashed 6 times (exit 137)".
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub because: Option<String>,
    /// It was held before, and `by` let it go on to where it is held now: the reason is that for going on.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub advanced: bool,
}

/// `GET sets/{namespace}/{name}` and the SSE event `detail`: the row, and the facts it was derived from. The page
/// derives strip, permissions and forecast from the same facts by the same functions as the server.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct SetDetail {
    pub version: u64,
    #[serde(with = "crate::when")]
    pub now: Timestamp,
    pub row: SetRow,
    pub facts: Facts,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub held: Option<Held>,
    /// What the update revision changes against the current one, in sentences; empty when they are the same, absent
    /// when a template is not known or may not be shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub changes: Option<Vec<Change>>,
}

/// `GET …/revisions/{name}`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct RevisionDetail {
    pub name: String,
    pub label: String,
    /// Digest of the template, as [`crate::revision::Revision::hash`]: what a roll back names.
    pub hash: String,
    /// The pod template as YAML; literal environment values masked unless `?reveal=true`.
    pub template: String,
    /// Against the revision of `?from=`, else against the one before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    #[serde(default)]
    pub changes: Vec<Change>,
    /// Unified diff of the two templates as YAML.
    #[serde(default)]
    pub diff: String,
}

/// `GET …/revisions`: those of the set that is there now, the highest number first. Their templates are recorded, so that an action
/// `rollBack` can name any of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct RevisionList {
    pub revisions: Vec<RevisionEntry>,
}

/// A revision of which the template is known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct RevisionEntry {
    /// `web-6b7c9d5f4`.
    pub name: String,
    /// `r3`: the highest number under which it was seen.
    pub label: String,
    /// Digest of the template, as [`crate::revision::Revision::hash`].
    pub hash: String,
    /// Kubernetes keeps it no longer: only the panel's history has it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub forgotten: bool,
}
