//! Where an action leads: the partition after it, and the sentence of what was done.

use super::{Action, PodRef, StrategyName, abort};
use crate::facts::Facts;
use crate::set::Set;
use crate::words::{self, count, image_tag, list, verb};

/// The index down to which `advance` goes: the ordinal asked for, else the next pod below the boundary.
pub(super) fn advance(facts: &Facts, to: Option<u32>) -> Option<u32> {
    let set = &facts.set;
    let boundary = set.partition().min(set.replicas);
    match to {
        Some(ordinal) => set.index_of(ordinal).filter(|i| *i < boundary),
        None => boundary.checked_sub(1),
    }
}

/// 1 + the highest index whose pod is missing, ending or not on the update revision; 0 if there is none.
pub(super) fn hold(facts: &Facts) -> u32 {
    let update = &facts.set.status.update_revision;
    facts
        .slots()
        .iter()
        .rposition(|p| p.is_none_or(|p| p.deleting.is_some() || p.revision != *update))
        .map_or(0, |i| u32::try_from(i).unwrap_or(u32::MAX) + 1)
}

pub(super) fn partition(facts: &Facts, action: &Action) -> Option<u32> {
    match action {
        Action::SetPartition { partition } => Some(*partition),
        Action::Advance { to } => advance(facts, *to),
        Action::Hold {} => Some(hold(facts)),
        Action::Finish {} => Some(0),
        Action::SetImage { partition, .. }
        | Action::Restart { partition }
        | Action::RollBack { partition, .. } => *partition,
        Action::Abort { .. } => Some(abort::partition(facts)),
        Action::SwitchStrategy { strategy: StrategyName::RollingUpdate, partition } => {
            Some(partition.unwrap_or(0))
        }
        _ => None,
    }
}

fn names(set: &Set, pods: &[PodRef]) -> String {
    words::pods(&set.name, pods.iter().filter_map(|p| Set::ordinal_in(&set.name, &p.pod)))
}

pub(super) fn summary(facts: &Facts, action: &Action) -> String {
    let set = &facts.set;
    let name = &set.name;
    let held_before = |partition: u32| match partition {
        0 => String::new(),
        p if p >= set.replicas => format!(", held before all of {name}"),
        p => format!(", held before {}", set.pod_name(set.start + p - 1)),
    };
    let held = |partition: u32| match partition {
        0 => "held the rollout".to_owned(),
        p => format!("held the rollout before {}", set.pod_name(set.start + p - 1)),
    };
    match action {
        Action::SetPartition { partition: 0 } => "let the update reach every pod".to_owned(),
        Action::SetPartition { partition } => {
            // In the words of the button that the dialog has for it.
            let to = (*partition).min(set.replicas);
            if to < set.partition().min(set.replicas) {
                format!("advanced to {}", set.pod_name(set.start + to))
            } else {
                held(to)
            }
        }
        Action::Advance { to } => match advance(facts, *to) {
            Some(i) => format!("advanced to {}", set.pod_name(set.start + i)),
            None => "advanced".to_owned(),
        },
        Action::Hold {} => held(hold(facts)),
        Action::Finish {} => "finished the rollout: it reaches every pod".to_owned(),
        Action::SetImage { images, partition } => {
            let parts: Vec<String> = images
                .iter()
                .map(|i| format!("{} to {}", i.container, image_tag(&i.image)))
                .collect();
            format!(
                "set the image of {}{}",
                list(&parts),
                partition.map(held_before).unwrap_or_default()
            )
        }
        Action::Restart { partition } => {
            let p = partition.unwrap_or_else(|| set.partition());
            let reached = set.replicas.saturating_sub(p);
            if set.is_on_delete() {
                "asked for a restart: pods restart when they are deleted".to_owned()
            } else {
                format!("restarted {}", count(reached as usize, "pod"))
            }
        }
        Action::Scale { replicas } => {
            format!("scaled from {} to {}", set.replicas, count(*replicas as usize, "pod"))
        }
        Action::SwitchStrategy { strategy: StrategyName::OnDelete, .. } => {
            "switched to OnDelete: pods change only when they are deleted".to_owned()
        }
        Action::SwitchStrategy { strategy: StrategyName::RollingUpdate, partition } => {
            format!("switched to RollingUpdate{}", held_before(partition.unwrap_or(0)))
        }
        Action::Abort { pods } => match pods.len() {
            0 => "aborted the rollout: it reaches no further pod".to_owned(),
            n => format!(
                "aborted the rollout: {} {} to {}",
                names(set, pods),
                verb(n, "falls back", "fall back"),
                facts.revision_label(&set.status.current_revision)
            ),
        },
        Action::RollBack { revision, partition, .. } => format!(
            "rolled back to {}{}",
            facts.revision_label(revision),
            partition.map(held_before).unwrap_or_default()
        ),
        Action::SetMaxUnavailable { max_unavailable } => {
            format!("set maxUnavailable to {max_unavailable}")
        }
        Action::DeletePod { pod, .. } => format!("deleted {pod}"),
        Action::EvictPod { pod, .. } => format!("evicted {pod}"),
    }
}
