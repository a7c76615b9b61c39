//! What stays as it is, in sentences.

use std::collections::HashSet;

use super::Step;
use super::template::Wanted;
use crate::action::{Action, target_partition};
use crate::blocker;
use crate::facts::Facts;
use crate::pod::Pod;
use crate::words::{list, pods, verb};

pub(super) fn stays(facts: &Facts, action: &Action, template: &Wanted, steps: &[Step]) -> String {
    let set = &facts.set;
    let touched: HashSet<u32> = steps.iter().map(|s| s.ordinal).collect();
    let wanted = match action {
        Action::Scale { replicas } => *replicas,
        _ => set.replicas,
    };
    let still = |o: &u32| set.index_of(*o).is_some_and(|i| i < wanted);
    let rest: Vec<u32> = set.ordinals().filter(|o| !touched.contains(o) && still(o)).collect();
    let mut parts = Vec::new();
    if !rest.is_empty() {
        let partition = target_partition(facts, action).unwrap_or_else(|| set.partition());
        let held: Vec<u32> = rest
            .iter()
            .copied()
            .filter(|o| {
                let old = facts.pod_at(*o).is_some_and(|p| !template.is_of(p));
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
                list(&labels)
            ));
        } else {
            parts.extend(as_they_are(facts, &rest));
        }
    }
    if let Some(was) = &template.was {
        parts.push(format!("{was} comes back as {}: numbers only rise.", template.label));
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

/// What pods do to which nothing happens.
fn as_they_are(facts: &Facts, rest: &[u32]) -> Vec<String> {
    let set = &facts.set;
    let slots = facts.slots();
    let pod = |o: u32| set.index_of(o).and_then(|i| slots.get(i as usize).copied().flatten());
    let of = |so: &dyn Fn(Option<&Pod>) -> bool| -> Vec<u32> {
        rest.iter().copied().filter(|o| so(pod(*o))).collect()
    };
    let fails = |p: &Pod| blocker::failing_reason(p).is_some();
    let mut parts = Vec::new();
    let mut say = |some: Vec<u32>, what: &dyn Fn(usize) -> String| {
        if !some.is_empty() {
            parts.push(format!("{} {}.", pods(&set.name, some.iter().copied()), what(some.len())));
        }
    };
    say(of(&|p| p.is_some_and(Pod::is_up)), &|n| {
        format!("{} running as {}", verb(n, "keeps", "keep"), verb(n, "it is", "they are"))
    });
    say(of(&|p| p.is_some_and(|p| !p.is_up() && fails(p))), &|n| {
        format!("{} as {}, not Ready", verb(n, "stays", "stay"), verb(n, "it is", "they are"))
    });
    say(of(&|p| p.is_some_and(|p| !p.is_up() && !fails(p))), &|n| {
        format!("{} not Ready yet", verb(n, "is", "are"))
    });
    say(of(&|p| p.is_none()), &|n| format!("{} missing", verb(n, "stays", "stay")));
    parts
}
