//! What happened: rollouts and events.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::Actor;
use crate::set::SetKey;

/// What an event is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub enum EventKind {
    /// The set was first seen, created, or deleted.
    Set,
    /// A new update revision.
    Template,
    Partition,
    Scale,
    Strategy,
    PodDown,
    PodCreated,
    PodReady,
    PodNotReady,
    /// A container of it restarted.
    PodRestarted,
    PodFailing,
    Claim,
    /// The set became Stuck or Trapped, or is so no longer.
    Stuck,
    /// Labels or annotations of the set itself.
    Metadata,
    /// A partition began or ceased to hold ordinals back.
    Hold,
    /// Somebody did something through the panel.
    Action,
    PlanStep,
    /// What happened after an action is not what was foretold.
    Deviation,
    /// A rollout began or ended.
    Rollout,
    /// The panel did not look for a while; what happened in between is only known by its result.
    Gap,
    /// One that a later version has: its sentence says what it is. Never sent.
    #[serde(other, skip_serializing)]
    Other,
}

/// One event.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct EventView {
    /// Ascending in the order of recording.
    pub id: i64,
    #[serde(with = "crate::when")]
    pub at: Timestamp,
    pub set: SetKey,
    pub kind: EventKind,
    /// One sentence without the actor: "orders-db-4 came back Ready on r7 after 52 s".
    pub sentence: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ordinal: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rollout: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub actor: Option<Actor>,
    /// Id of the action that this event is about or that caused it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub action: Option<String>,
}

/// How a rollout ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub enum RolloutOutcome {
    /// Still open.
    Open,
    /// Every pod runs it and is Ready.
    Settled,
    /// Another revision took its place.
    Superseded,
    /// The template went back to the revision from before.
    RolledBack,
    /// The set was deleted.
    SetDeleted,
    /// One that a later version has. Never sent.
    #[serde(other, skip_serializing)]
    Other,
}

/// One rollout.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct RolloutView {
    pub id: i64,
    /// `r6`, absent for the first one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// `r9`, where Kubernetes has given that revision another number since then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from_now: Option<String>,
    /// `r7`.
    pub to: String,
    /// As `fromNow`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to_now: Option<String>,
    #[serde(with = "crate::when")]
    pub started: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[serde(with = "crate::when::option")]
    pub ended: Option<Timestamp>,
    pub outcome: RolloutOutcome,
    /// Where an open one is held now, and by whom if that is known: "before orders-db-2, by mara".
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub held: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub actor: Option<Actor>,
    /// What the revision changed, in sentences, where both templates are known and may be shown.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub changes: Vec<String>,
}

/// A page of a long list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Page {
    /// Pass it as `?before=` for the next page; absent on the last one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<i64>,
}

/// `GET …/history`: newest first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct History {
    pub rollouts: Vec<RolloutView>,
    pub events: Vec<EventView>,
    pub page: Page,
}

/// `GET events`: newest first, the whole fleet as far as the caller may see it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct EventPage {
    pub events: Vec<EventView>,
    pub page: Page,
}
