//! The sentences of a forecast.

use std::collections::HashSet;

use super::play::next_label;
use super::{Step, StepKind};
use crate::action::{Action, StrategyName, target_partition};
use crate::facts::Facts;
use crate::words::{count, pods, verb};

/// `web-4, web-3, web-2`, in the order of the steps; the middle of a long list is left out.
fn in_order(steps: &[Step]) -> String {
    const SHOWN: usize = 6;
    let names: Vec<&str> = steps.iter().map(|s| s.pod.as_str()).collect();
    match names.as_slice() {
        [many @ .., last] if names.len() > SHOWN => {
            format!("{}, … to {last}", many[..3].join(", "))
        }
        _ => names.join(", "),
    }
}

pub(super) fn sentence(facts: &Facts, action: &Action, steps: &[Step]) -> String {
    let set = &facts.set;
    let n = steps.len();
    if n == 0 {
        return match action {
            Action::SetImage { .. } | Action::Restart { .. } if set.is_on_delete() => format!(
                "No pod restarts by itself: each gets {} when it is deleted.",
                next_label(facts)
            ),
            Action::SetImage { .. } | Action::Restart { .. } => {
                format!("No pod restarts yet: {} waits behind the boundary.", next_label(facts))
            }
            Action::SwitchStrategy { strategy: StrategyName::OnDelete, .. } => {
                "No pod restarts. From now on pods change only when they are deleted.".to_owned()
            }
            Action::SwitchStrategy { .. } => {
                "No pod restarts now. From now on the controller updates pods by itself.".to_owned()
            }
            _ => "No pod restarts.".to_owned(),
        };
    }
    match action {
        Action::Scale { .. } if steps[0].what == StepKind::Create => {
            let how = match set.policy {
                crate::set::PodManagement::OrderedReady if n > 1 => ", one after another",
                crate::set::PodManagement::Parallel if n > 1 => ", all at once",
                _ => "",
            };
            format!(
                "{} {} created{how}: {}.",
                count(n, "pod"),
                verb(n, "is", "are"),
                in_order(steps)
            )
        }
        Action::Scale { .. } => {
            let how = match set.policy {
                crate::set::PodManagement::OrderedReady if n > 1 => ", one after another",
                crate::set::PodManagement::Parallel if n > 1 => ", all at once",
                _ => "",
            };
            format!("{} {}{how}: {}.", count(n, "pod"), verb(n, "stops", "stop"), in_order(steps))
        }
        _ if steps[0].what == StepKind::Stop => {
            format!("{} stops and does not come back.", steps[0].pod)
        }
        _ => {
            let on = steps[0].revision.as_deref().map(|r| format!(" on {r}")).unwrap_or_default();
            if n == 1 {
                format!("{} restarts{on}.", steps[0].pod)
            } else {
                format!("{} restart{on}, one after another: {}.", count(n, "pod"), in_order(steps))
            }
        }
    }
}

pub(super) fn stays(facts: &Facts, action: &Action, steps: &[Step]) -> String {
    let set = &facts.set;
    let touched: HashSet<u32> = steps.iter().map(|s| s.ordinal).collect();
    let rest: Vec<u32> = set.ordinals().filter(|o| !touched.contains(o)).collect();
    let mut parts = Vec::new();
    if !rest.is_empty() {
        let new_template = matches!(action, Action::SetImage { .. } | Action::Restart { .. });
        let partition = target_partition(facts, action).unwrap_or_else(|| set.partition());
        let held: Vec<u32> = rest
            .iter()
            .copied()
            .filter(|o| {
                let old = facts
                    .pod_at(*o)
                    .is_some_and(|p| new_template || p.revision != set.status.update_revision);
                set.is_rolling_update() && set.index_of(*o).is_some_and(|i| i < partition) && old
            })
            .collect();
        if held.len() == rest.len() {
            let labels: Vec<String> = {
                let mut names: Vec<&str> = held
                    .iter()
                    .filter_map(|o| facts.pod_at(*o))
                    .map(|p| p.revision.as_str())
                    .collect();
                names.sort_unstable();
                names.dedup();
                names.into_iter().map(|n| facts.revision_label(n)).collect()
            };
            parts.push(format!(
                "{} {} on {}.",
                pods(&set.name, held.iter().copied()),
                verb(held.len(), "stays", "stay"),
                crate::words::list(&labels)
            ));
        } else {
            parts.push(format!(
                "{} {} running as {}.",
                pods(&set.name, rest.iter().copied()),
                verb(rest.len(), "keeps", "keep"),
                verb(rest.len(), "it is", "they are")
            ));
        }
    }
    let claims = facts.claims.iter().filter(|c| facts.claim_place(c).is_some()).count();
    let lost: usize = steps.iter().map(|s| s.claims_deleted.len()).sum();
    match claims.saturating_sub(lost) {
        0 => {}
        1 => parts.push("The claim stays.".to_owned()),
        n if lost == 0 => parts.push(format!("All {n} claims stay.")),
        n => parts.push(format!("{n} claims stay.")),
    }
    parts.join(" ")
}
