//! What the controller will do after an action, as far as it can be told from the observed pods.

use serde::{Deserialize, Serialize};

use crate::MAX_REPLICAS;
use crate::action::Action;
use crate::facts::Facts;
use crate::set::Retain;

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
///
/// Of a set that wants, or would want, more than [`MAX_REPLICAS`], only what it loses is told.
pub fn forecast(facts: &Facts, action: &Action) -> Forecast {
    let wanted = match action {
        Action::Scale { replicas } => (*replicas).max(facts.set.replicas),
        _ => facts.set.replicas,
    };
    if wanted > MAX_REPLICAS { too_large(facts, action) } else { play::forecast(facts, action) }
}

fn too_large(facts: &Facts, action: &Action) -> Forecast {
    let set = &facts.set;
    let goes = |ordinal| match action {
        Action::Scale { replicas } => set.index_of(ordinal).is_some_and(|i| i >= *replicas),
        _ => false,
    };
    let place = |c| facts.claim_place(c).is_some_and(|(_, ordinal)| goes(ordinal));
    let loses_data = set.when_scaled == Retain::Delete && facts.claims.iter().any(place);
    let mut warnings = warn::warnings(facts, action, &[]);
    if loses_data {
        warnings.push(
            "The set's retention policy deletes the claims of the pods that go, and the data on them for good."
                .to_owned(),
        );
    }
    Forecast {
        sentence: format!(
            "More than {MAX_REPLICAS} replicas: what happens to which pod is not told."
        ),
        warnings,
        loses_data,
        ..Forecast::default()
    }
}

mod play;
mod warn;
mod wording;

#[cfg(test)]
mod tests;
