//! What the controller will do after an action.

use serde::{Deserialize, Serialize};

use crate::action::Action;
use crate::controller::{Cluster, Version};
use crate::facts::Facts;
use crate::set::{Retain, UpdateStrategy};

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
    /// Claims that are made for it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub claims_created: Vec<String>,
    /// Steps of one wave go at the same time; waves count from 0, each waits for the one before.
    #[serde(default)]
    pub wave: u32,
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

/// The work grows with the square of the replicas; no cluster holds larger sets on purpose, and anybody may write one.
pub const MOST_REPLICAS: u32 = 2_000;

/// What `action` leads to from these facts, on a controller of the newest version that was watched. The gate
/// MaxUnavailableStatefulSet is taken to be on where the set carries the field: the API server drops it where the gate is off.
///
/// It plays the controller ([`crate::controller::sync`]) forward with the action applied, until nothing moves or it cannot go
/// on. Pods are ideal: those that are made become Ready, those that end do so; pods that fail now stay as they are.
pub fn forecast(facts: &Facts, action: &Action) -> Forecast {
    forecast_on(facts, action, &assumed(facts))
}

/// The same on a controller that is known. Its `now` only has to lie after what the facts tell.
///
/// Sets of more than [`MOST_REPLICAS`], before or after, are not played: the forecast then says so and holds no steps.
pub fn forecast_on(facts: &Facts, action: &Action, cluster: &Cluster) -> Forecast {
    // Before anything walks over the ordinals.
    let wanted = match action {
        Action::Scale { replicas } => *replicas,
        _ => facts.set.replicas,
    };
    if wanted.max(facts.set.replicas) > MOST_REPLICAS
        || facts.pods.len() > 2 * MOST_REPLICAS as usize
    {
        return too_large(facts, action, wanted);
    }
    let seen = intent::apply(facts, action);
    let stuck = intent::stuck(facts, &seen);
    let played = ideal::play(seen.clone(), cluster, &stuck);
    let stall = stall::stall(facts, cluster, &seen, &stuck, &played);
    let mut steps = steps::steps(facts, &seen, &played);
    if !played.ended {
        // The rest is the same again.
        steps.truncate(2 * seen.set.replicas as usize);
    }
    if let Action::DeletePod { pod, .. } | Action::EvictPod { pod, .. } = action
        && let Some(i) = steps.iter().position(|s| s.pod == *pod && s.wave == 0)
    {
        // Of what ends at the same moment the pod that was asked for comes first.
        steps[..=i].rotate_right(1);
    }
    let mut warnings = warn::warnings(facts, action, &steps);
    if !played.unseen.is_empty() {
        warnings.push(warn::UNSEEN.to_owned());
    }
    Forecast {
        sentence: wording::sentence(facts, action, &steps, stall.is_some()),
        stays: wording::stays(facts, action, &steps),
        warnings,
        at_once: steps::at_once(&steps),
        stall,
        loses_data: steps.iter().any(|s| !s.claims_deleted.is_empty()),
        steps,
    }
}

fn too_large(facts: &Facts, action: &Action, replicas: u32) -> Forecast {
    let set = &facts.set;
    Forecast {
        sentence: format!(
            "What comes of it is not forecast for sets of more than {MOST_REPLICAS} replicas."
        ),
        warnings: warn::warnings(facts, action, &[]),
        loses_data: replicas < set.replicas
            && set.when_scaled == Retain::Delete
            && !set.claim_templates.is_empty(),
        ..Forecast::default()
    }
}

/// The controller that is assumed where nobody says which one it is.
pub fn assumed(facts: &Facts) -> Cluster {
    let set = &facts.set;
    let ready = facts.pods.iter().filter_map(|p| p.ready_changed).max();
    let mut cluster = Cluster::new(Version::SEEN, ready.unwrap_or(set.created));
    cluster.max_unavailable = matches!(
        &set.strategy,
        UpdateStrategy::RollingUpdate { rolling_update: Some(r) } if r.max_unavailable.is_some()
    );
    cluster
}

pub(crate) mod ideal;
mod intent;
mod stall;
mod steps;
mod warn;
mod wording;

#[cfg(test)]
mod tests;
