//! What the controller will do after an action.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::MAX_REPLICAS;
use crate::action::Action;
use crate::controller::{Cluster, Observed, Version, max_unavailable_gate};
use crate::facts::Facts;
use crate::pace::Takes;
use crate::pod::Pod;
use crate::set::{Retain, UpdateStrategy};
use crate::status::Status;

use sick::Sick;

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

/// What happens, and what does not, as long as a pod that is not up stays as it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Waits {
    /// The pod that it waits for, if it is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pod: Option<String>,
    /// What waits, and why; also at the end of the forecast's own sentence.
    pub sentence: String,
    /// What happens all the same, and no more until that pod is Ready, or has ended.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub meanwhile: Vec<Step>,
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
    /// Pods that are down at the same time, at most, those that are down anyway among them.
    pub at_once: u32,
    /// It rests on a pod getting Ready, or ending, that is on its way: nothing says that it will not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waits: Option<Waits>,
    /// Why it will not get to its end by itself, if so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stall: Option<String>,
    /// A pod that fails now comes back on the very image that fails, and no other pod shows that it works there: `stall` says so.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub in_vain: bool,
    /// How long it takes, where enough restarts of this set were recorded and nothing stalls it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub takes: Option<Takes>,
    /// What to know before: who will overwrite it, data that goes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
    /// Claims are deleted: the confirm dialog asks for the set's name.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub loses_data: bool,
}

/// What `action` leads to from these facts, on the controller that they tell of ([`assumed`]).
///
/// It plays the controller ([`crate::controller::sync`]) forward with the action applied, until nothing moves or it cannot go
/// on. Pods are ideal: those that are made become Ready, those that end do so; pods that fail now stay as they are, and so do
/// those that come back in their place on what fails now. What rests on a pod that is only on its way is played a second time
/// with that pod staying as it is ([`Forecast::waits`]).
pub fn forecast(facts: &Facts, action: &Action) -> Forecast {
    forecast_judged(facts, None, action)
}

/// The same of a set that was judged: pods for which it is called Stuck or Trapped are not on their way any more, and what waits
/// for them stalls.
pub fn forecast_judged(facts: &Facts, status: Option<&Status>, action: &Action) -> Forecast {
    on(facts, status, action, &assumed(facts))
}

/// The same on a controller that is known. Its `now` only has to lie after what the facts tell.
///
/// Sets of more than [`MAX_REPLICAS`], before or after, are not played: the forecast then says so and holds no steps.
pub fn forecast_on(facts: &Facts, action: &Action, cluster: &Cluster) -> Forecast {
    on(facts, None, action, cluster)
}

/// What is played.
struct Play<'a> {
    facts: &'a Facts,
    action: &'a Action,
    cluster: &'a Cluster,
    /// With the action applied.
    seen: &'a Observed,
    /// Which pods that are not up are known to stay so, beside those that fail.
    stays: &'a dyn Fn(&Pod) -> bool,
    /// So many places are wanted before and after.
    counted: u32,
}

impl Play<'_> {
    fn steps(&self, played: &ideal::Played, sick: &Sick<'_>) -> Vec<Step> {
        let mut steps = steps::steps(self.facts, self.seen, sick, played);
        if !played.ended {
            // The rest is the same again.
            steps.truncate(2 * self.seen.set.replicas as usize);
        }
        if let Action::DeletePod { pod, .. } | Action::EvictPod { pod, .. } = self.action
            && let Some(i) = steps.iter().position(|s| s.pod == *pod && s.wave == 0)
        {
            // Of what ends at the same moment the pod that was asked for comes first.
            steps[..=i].rotate_right(1);
        }
        steps
    }
}

fn on(facts: &Facts, status: Option<&Status>, action: &Action, cluster: &Cluster) -> Forecast {
    // Before anything walks over the ordinals.
    let wanted = match action {
        Action::Scale { replicas } => *replicas,
        _ => facts.set.replicas,
    };
    if wanted.max(facts.set.replicas) > MAX_REPLICAS || facts.pods.len() > 2 * MAX_REPLICAS as usize
    {
        return too_large(facts, action);
    }
    let seen = intent::apply(facts, action);
    let stays = sick::is_overdue(status);
    let counted = wanted.min(facts.set.replicas);
    let of = Play { facts, action, cluster, seen: &seen, stays: &stays, counted };
    let sick = Sick::of(facts, &seen, &stays);
    let again = again::Again::of(facts, action, &stays);
    let fails = |ordinal, revision: &str| again.fails(ordinal, revision);
    let played = ideal::play(seen.clone(), cluster, &sick, &fails, counted);
    let further = || stall::goes_further(&of, &sick, &played);
    let stall = again.says(&played, further).or_else(|| {
        let stall = stall::stall(&of, &sick, &played)?;
        let then = frees::frees(&of, &sick, &played, &again);
        Some(then.map_or_else(|| stall.clone(), |then| format!("{stall} {then}")))
    });
    let steps = of.steps(&played, &sick);
    let waits = waits::waits(&of, &played, &steps);
    let template = template::Wanted::of(facts, action, &played);
    let mut warnings = warn::warnings(facts, action, &steps);
    if !played.unseen.is_empty()
        || (!steps.is_empty() && rests_on_default(&seen.set.strategy, cluster))
    {
        warnings.push(warn::UNSEEN.to_owned());
    }
    warnings.extend(again.warns(&played));
    let mut sentence = wording::sentence(facts, action, &template, &steps, stall.is_some());
    if let Some(waits) = &waits {
        sentence = format!("{sentence} {}", waits.sentence);
    }
    let down = if steps.is_empty() { 0 } else { played.down };
    Forecast {
        sentence,
        stays: stays::stays(facts, action, &template, &steps),
        warnings,
        at_once: steps::at_once(&steps).max(down),
        waits,
        takes: if stall.is_none() { takes::takes(facts, &steps) } else { None },
        stall,
        in_vain: again.in_vain(&played),
        loses_data: steps.iter().any(|s| !s.claims_deleted.is_empty()),
        steps,
    }
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

/// The ordinals whose pods the controller, left alone, deletes or stops, while the pods with these uids never become Ready.
/// Empty for sets that are too large to be played.
pub(crate) fn replaced(facts: &Facts, stuck: &[&str]) -> BTreeSet<u32> {
    if facts.set.replicas > MAX_REPLICAS {
        return BTreeSet::new();
    }
    let sick = Sick { unready: stuck.iter().copied().collect(), ..Sick::default() };
    let played = ideal::play(Observed::of(facts), &assumed(facts), &sick, &ideal::ideal, 0);
    let down = played.moves.iter().filter(|m| matches!(m.what, ideal::What::Down));
    down.map(|m| m.ordinal).collect()
}

/// The controller as far as the facts tell: of the API server's version, else of the newest that was watched, with the gate
/// MaxUnavailableStatefulSet as the set shows it, else as is that version's default.
pub fn assumed(facts: &Facts) -> Cluster {
    let set = &facts.set;
    let ready = facts.pods.iter().filter_map(|p| p.ready_changed).max();
    let version = facts.kubernetes.unwrap_or(Version::SEEN);
    let mut cluster = Cluster::new(version, ready.unwrap_or(set.created));
    if let Some(on) = max_unavailable_gate(set) {
        cluster.max_unavailable = on;
    }
    // The API server takes this strategy only where its gate is on. From source, unseen.
    cluster.recreate = version.at_least(1, 37)
        && matches!(&set.strategy, UpdateStrategy::Other { name } if name == "Recreate");
    cluster
}

/// Whether what is foretold rests on the gate MaxUnavailableStatefulSet being on from 1.37 unless somebody sets it: the set does
/// not tell. From source, unseen.
fn rests_on_default(strategy: &UpdateStrategy, cluster: &Cluster) -> bool {
    let silent = matches!(strategy, UpdateStrategy::RollingUpdate { rolling_update: None });
    silent && cluster.version.at_least(1, 37)
}

mod again;
mod frees;
pub(crate) mod ideal;
mod intent;
pub(crate) mod sick;
mod stall;
mod stays;
mod steps;
mod takes;
mod template;
mod waits;
mod warn;
mod wording;

#[cfg(test)]
mod tests;
