//! Which pods an action reaches, in which order.

use super::{Forecast, Step, StepKind, warn, wording};
use crate::action::{Action, StrategyName, target_partition};
use crate::facts::Facts;
use crate::set::{PodManagement, Retain, UpdateStrategy};

pub(super) fn forecast(facts: &Facts, action: &Action) -> Forecast {
    let steps = match action {
        Action::SetPartition { .. }
        | Action::Advance { .. }
        | Action::Hold {}
        | Action::Finish {} => match target_partition(facts, action) {
            Some(p) if facts.set.is_rolling_update() => roll(facts, p, false),
            _ => Vec::new(),
        },
        Action::SetImage { partition, .. } | Action::Restart { partition } => {
            if facts.set.is_rolling_update() {
                roll(facts, partition.unwrap_or_else(|| facts.set.partition()), true)
            } else {
                Vec::new()
            }
        }
        Action::SwitchStrategy { strategy: StrategyName::RollingUpdate, partition } => {
            roll(facts, partition.unwrap_or(0), false)
        }
        Action::SwitchStrategy { strategy: StrategyName::OnDelete, .. } => Vec::new(),
        Action::Scale { replicas } => scale(facts, *replicas),
        Action::DeletePod { pod, .. } | Action::EvictPod { pod, .. } => one(facts, pod),
    };
    let stall = stall(facts, action, &steps);
    let at_once = match (steps.len(), facts.set.policy, action) {
        (0, ..) => 0,
        (n, PodManagement::Parallel, Action::Scale { .. }) => u32::try_from(n).unwrap_or(u32::MAX),
        // One at a time in a roll: maxUnavailable is off by default in every version that is supported.
        _ => 1,
    };
    let loses_data = steps.iter().any(|s| !s.claims_deleted.is_empty());
    Forecast {
        sentence: wording::sentence(facts, action, &steps),
        stays: wording::stays(facts, action, &steps),
        warnings: warn::warnings(facts, action, &steps),
        at_once,
        stall,
        loses_data,
        steps,
    }
}

/// The label of the revision that a template change makes.
pub(super) fn next_label(facts: &Facts) -> String {
    format!("r{}", facts.next_revision_number())
}

/// The update loop from the highest index down to the partition. With a new template every pod in the range differs.
/// Source: `stateful_set_control.go`, update loop of `updateStatefulSet`.
fn roll(facts: &Facts, partition: u32, new_template: bool) -> Vec<Step> {
    let set = &facts.set;
    let update = &set.status.update_revision;
    let label = if new_template { next_label(facts) } else { facts.revision_label(update) };
    let slots = facts.slots();
    (partition.min(set.replicas)..set.replicas)
        .rev()
        .filter_map(|i| {
            let ordinal = set.start + i;
            let what = match slots[i as usize] {
                // A pod that is ending or missing is created anew anyway; a running one ends first.
                None => StepKind::Create,
                Some(p) if new_template || p.revision != *update || p.deleting.is_some() => {
                    StepKind::Restart
                }
                Some(_) => return None,
            };
            Some(Step {
                pod: set.pod_name(ordinal),
                ordinal,
                what,
                revision: Some(label.clone()),
                claims_deleted: Vec::new(),
            })
        })
        .collect()
}

/// Up: ascending. Down: highest first; claims go only where the retention policy says so.
/// Source: `stateful_set_control.go`, `processReplica` and `processCondemned`; `updateClaimOwnerRefForSetAndPod`.
fn scale(facts: &Facts, replicas: u32) -> Vec<Step> {
    let set = &facts.set;
    if replicas >= set.replicas {
        return (set.replicas..replicas)
            .map(|i| {
                let ordinal = set.start.saturating_add(i);
                Step {
                    pod: set.pod_name(ordinal),
                    ordinal,
                    what: StepKind::Create,
                    revision: Some(facts.revision_label(facts.wanted_revision(i))),
                    claims_deleted: Vec::new(),
                }
            })
            .collect();
    }
    let claims_of = |ordinal: u32| -> Vec<String> {
        if set.when_scaled != Retain::Delete {
            return Vec::new();
        }
        facts
            .claims
            .iter()
            .filter(|c| facts.claim_place(c).is_some_and(|(_, o)| o == ordinal))
            .map(|c| c.name.clone())
            .collect()
    };
    (replicas..set.replicas)
        .rev()
        .map(|i| {
            let ordinal = set.start.saturating_add(i);
            Step {
                pod: set.pod_name(ordinal),
                ordinal,
                what: StepKind::Stop,
                revision: None,
                claims_deleted: claims_of(ordinal),
            }
        })
        .collect()
}

/// One pod that is deleted comes back on the revision that its place gets: below the partition the current one, even if
/// it ran the newer one. Source: `stateful_set_utils.go`, `newVersionedStatefulSetPod`.
fn one(facts: &Facts, pod: &str) -> Vec<Step> {
    let set = &facts.set;
    let Some(found) = facts.pods.iter().find(|p| p.name == pod) else { return Vec::new() };
    let ordinal = facts.ordinal(found);
    let Some(index) = ordinal.and_then(|o| set.index_of(o)) else {
        return vec![Step {
            pod: pod.to_owned(),
            ordinal: ordinal.unwrap_or_default(),
            what: StepKind::Stop,
            revision: None,
            claims_deleted: Vec::new(),
        }];
    };
    vec![Step {
        pod: pod.to_owned(),
        ordinal: set.start + index,
        what: StepKind::Restart,
        revision: Some(facts.revision_label(returning_revision(facts, index))),
        claims_deleted: Vec::new(),
    }]
}

fn returning_revision(facts: &Facts, index: u32) -> &str {
    let status = &facts.set.status;
    if let UpdateStrategy::RollingUpdate { rolling_update: None } = facts.set.strategy {
        // Without `rollingUpdate` it goes by the number of pods on the old revision, which no longer counts the
        // deleted one.
        let left = status.current_replicas.saturating_sub(1);
        if status.current_revision != status.update_revision && index < left {
            return &status.current_revision;
        }
        return &status.update_revision;
    }
    facts.wanted_revision(index)
}

/// Why the controller will not get through the steps by itself as things are.
fn stall(facts: &Facts, action: &Action, steps: &[Step]) -> Option<String> {
    if steps.is_empty() {
        return None;
    }
    let target = match action {
        Action::DeletePod { pod, .. } | Action::EvictPod { pod, .. } => Some(pod.as_str()),
        _ => None,
    };
    let ordered = facts.set.policy == PodManagement::OrderedReady;
    let update = &facts.set.status.update_revision;
    let blocking = facts
        .slots()
        .into_iter()
        .flatten()
        .filter(|p| !p.is_up() && Some(p.name.as_str()) != target)
        .filter_map(|p| crate::blocker::describe(facts, p).map(|b| (p, b)))
        .find(|(p, b)| {
            if !b.failing {
                return false;
            }
            if ordered {
                // A pod with a lower ordinal keeps the deleted one from coming back; any keeps a roll from going on.
                target.is_none() || steps.iter().any(|s| b.ordinal < s.ordinal)
            } else {
                // The loop waits for an updated pod; an old one is replaced whatever its health.
                target.is_none()
                    && !matches!(action, Action::Scale { .. })
                    && p.revision == *update
                    && steps.iter().any(|s| s.ordinal < b.ordinal)
                    && !steps.iter().any(|s| s.ordinal == b.ordinal)
            }
        });
    if let Some((_, b)) = blocking {
        return Some(match facts.set.policy {
            PodManagement::OrderedReady => {
                format!("Nothing starts or restarts while {} is not Ready: it {}.", b.pod, b.says)
            }
            PodManagement::Parallel => {
                format!("The roll waits for {}: it {}.", b.pod, b.says)
            }
        });
    }
    None
}
