//! The observed state with the action applied.

use crate::action::{Action, StrategyName, roll_back, set_image, target_partition};
use crate::controller::Observed;
use crate::facts::Facts;
use crate::set::{RollingUpdate, UpdateStrategy};

/// Stands for the template that an action makes: no recorded one has this identity.
const NEW_TEMPLATE: &str = "the template after the action";

pub(super) fn apply(facts: &Facts, action: &Action) -> Observed {
    let mut seen = Observed::of(facts);
    if let Action::DeletePod { pod, .. } | Action::EvictPod { pod, .. } = action {
        if let Some(pod) = seen.pods.iter_mut().find(|p| p.name == *pod) {
            pod.terminating = true;
        }
        return seen;
    }
    seen.set.generation += 1;
    match action {
        Action::SetImage { images, .. } if set_image::changes(facts, images) => {
            let recorded = set_image::recorded(facts, images).map(|r| r.hash.as_str());
            recorded.unwrap_or(NEW_TEMPLATE).clone_into(&mut seen.set.template);
        }
        Action::Restart { .. } => NEW_TEMPLATE.clone_into(&mut seen.set.template),
        Action::RollBack { revision, hash, .. } => {
            let hash = roll_back::hash(facts, revision, hash.as_deref());
            hash.unwrap_or(NEW_TEMPLATE).clone_into(&mut seen.set.template);
        }
        Action::Abort { pods } => {
            for pod in &mut seen.pods {
                pod.terminating |= pods.iter().any(|p| p.uid == pod.uid);
            }
        }
        Action::SetMaxUnavailable { max_unavailable } => {
            if let UpdateStrategy::RollingUpdate { rolling_update } = &mut seen.set.strategy {
                let rolling = rolling_update.get_or_insert_default();
                rolling.max_unavailable = Some(max_unavailable.clone());
            }
        }
        Action::Scale { replicas } => seen.set.replicas = *replicas,
        Action::SwitchStrategy { strategy: StrategyName::OnDelete, .. } => {
            seen.set.strategy = UpdateStrategy::OnDelete;
        }
        Action::SwitchStrategy { strategy: StrategyName::RollingUpdate, .. } => {
            // The whole strategy is replaced; the API server fills in what the gate wants.
            seen.set.strategy = UpdateStrategy::RollingUpdate { rolling_update: None };
        }
        _ => {}
    }
    if let Some(partition) = target_partition(facts, action)
        && let UpdateStrategy::RollingUpdate { rolling_update } = &mut seen.set.strategy
    {
        rolling_update.get_or_insert_with(RollingUpdate::default).partition = Some(partition);
    }
    seen
}
