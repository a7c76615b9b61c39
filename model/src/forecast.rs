//! What the controller will do after an action, as far as it can be told from the observed pods.

use serde::{Deserialize, Serialize};

use crate::action::Action;
use crate::facts::Facts;

/// What happens to one pod, in order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Step {
    pub pod: String,
    pub ordinal: u32,
    pub what: StepKind,
    /// Label of the revision it comes up on, for restarts and creations.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revision: Option<String>,
    /// Claims that are deleted with it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub claims_deleted: Vec<String>,
}

/// What happens to a pod.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub enum StepKind {
    /// Ends and comes back.
    Restart,
    /// Is created.
    Create,
    /// Ends and does not come back.
    Stop,
}

/// What an action leads to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Forecast {
    /// In the order in which it happens.
    pub steps: Vec<Step>,
    /// The whole in one or two sentences.
    pub sentence: String,
    /// What stays as it is, in one sentence.
    pub stays: String,
    /// Pods that are down at the same time, at most.
    pub at_once: u32,
    /// Why it will not get to its end by itself, if so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stall: Option<String>,
    /// What to know before: who will overwrite it, data that goes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
    /// Claims are deleted: the confirm dialog asks for the set's name.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub loses_data: bool,
}

/// What `action` leads to from these facts.
///
/// It follows the rules of the controller for one change from a state at rest or in a roll: which pods it reaches, in which
/// order, and what keeps it from going on. It does not play the controller step by step.
pub fn forecast(facts: &Facts, action: &Action) -> Forecast {
    play::forecast(facts, action)
}

mod play;
mod warn;
mod wording;

#[cfg(test)]
mod tests;
