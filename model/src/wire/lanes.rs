//! What was at each ordinal over time, and what a set was at a moment.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{EventView, RolloutView};

/// What is at an ordinal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub enum RunState {
    /// No pod is wanted there, and none is there.
    Absent,
    Ready,
    /// There, not Ready.
    Starting,
    /// There, and on its way out.
    Ending,
    /// Wanted, and not there.
    Down,
    /// There, and failing.
    Failing,
}

/// A time in which nothing changed at an ordinal. It lasts until the next of its lane, the last one until the end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Run {
    #[serde(with = "crate::when")]
    pub at: Timestamp,
    pub state: RunState,
    /// `r7`, where there is a pod: what its revision was called when the run began.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revision: Option<String>,
    /// `r9`, where Kubernetes has given that revision another number since then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revision_now: Option<String>,
}

/// One ordinal over time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Lane {
    pub ordinal: u32,
    /// One after the other, without a gap. What is shorter than a pixel of a wide screen is merged; the worse one stays.
    pub runs: Vec<Run>,
}

/// From a moment to another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Span {
    #[serde(with = "crate::when")]
    pub from: Timestamp,
    #[serde(with = "crate::when")]
    pub to: Timestamp,
}

/// `GET …/lanes`: every ordinal of a set over time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Lanes {
    /// What is shown: later than asked for where nothing is known of the time before, or where too much happened.
    pub span: Span,
    /// Highest ordinal first, at most 200.
    pub lanes: Vec<Lane>,
    /// Lower ordinals that are not among `lanes`.
    pub left_out: u32,
    /// Newest first, without what they changed.
    pub rollouts: Vec<RolloutView>,
    /// When a partition held ordinals back.
    pub holds: Vec<Span>,
    /// When the panel did not look.
    pub gaps: Vec<Span>,
    /// What people, tools and the controller did to the set, oldest first; the newest 300.
    pub marks: Vec<EventView>,
}

/// What was at an ordinal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct MomentPod {
    pub ordinal: u32,
    pub state: RunState,
    /// `r7`, where there was a pod.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revision: Option<String>,
}

/// `GET …/moment`: a set as it was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct MomentView {
    #[serde(with = "crate::when")]
    pub at: Timestamp,
    /// The panel did not look then: this is the last that it saw before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unsure: Option<Span>,
    /// The set was gone.
    pub deleted: bool,
    /// The lowest ordinal that it wanted.
    #[serde(default)]
    pub start: u32,
    /// How many pods it wanted.
    pub replicas: u32,
    /// Its strategy: `RollingUpdate` or `OnDelete`.
    pub strategy: String,
    /// The lowest ordinal that gets the update revision, where a partition held lower ones back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub boundary: Option<u32>,
    /// The revision that it wanted: `r7`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub update: Option<String>,
    /// By ordinal, lowest first, at most 2,000; with those that it no longer wanted and that were still there.
    pub pods: Vec<MomentPod>,
}
