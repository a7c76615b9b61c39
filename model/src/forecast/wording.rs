//! The sentences of a forecast.

use std::collections::HashSet;

use super::steps::at_once;
use super::{Step, StepKind};
use crate::action::{Action, StrategyName, target_partition};
use crate::blocker;
use crate::controller::allowed_unavailable;
use crate::facts::Facts;
use crate::pod::Pod;
use crate::words::{count, pods, verb};

/// The label of the revision that a template change makes.
fn next_label(facts: &Facts) -> String {
    format!("r{}", facts.next_revision_number())
}

/// The set gets another template by it: a new one or an earlier one, which gets a new number.
fn makes_template(action: &Action) -> bool {
    matches!(action, Action::SetImage { .. } | Action::Restart { .. } | Action::RollBack { .. })
}

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

/// `pods` of a kind that follow each other.
fn group(facts: &Facts, steps: &[Step]) -> String {
    let n = steps.len();
    let first = &steps[0];
    let waves = steps.iter().filter(|s| s.wave != first.wave).count();
    let how = match (n, waves) {
        (1, _) => String::new(),
        (_, 0) => ", all at once".to_owned(),
        _ if at_once(steps) > 1 => format!(", at most {} at once", at_once(steps)),
        _ => ", one after another".to_owned(),
    };
    let on = first.revision.as_deref().map(|r| format!(" on {r}")).unwrap_or_default();
    match (first.what, n) {
        (StepKind::Stop, 1) if facts.set.index_of(first.ordinal).is_none() => {
            format!("{} stops and does not come back.", first.pod)
        }
        (StepKind::Stop, 1) => format!("{} stops.", first.pod),
        (StepKind::Restart, 1) => format!("{} restarts{on}.", first.pod),
        (StepKind::Stop, _) => format!("{n} pods stop{how}: {}.", in_order(steps)),
        (StepKind::Restart, _) => format!("{n} pods restart{on}{how}: {}.", in_order(steps)),
        (StepKind::Create, _) => {
            let verb = verb(n, "is", "are");
            format!("{} {verb} created{how}: {}.", count(n, "pod"), in_order(steps))
        }
    }
}

/// So many sentences at most.
const SENTENCES: usize = 4;

pub(super) fn sentence(facts: &Facts, action: &Action, steps: &[Step], stalls: bool) -> String {
    let set = &facts.set;
    if steps.is_empty() {
        return match action {
            _ if stalls => "No pod restarts as things are.".to_owned(),
            Action::RollBack { revision, .. }
                if facts.pods.iter().all(|p| p.revision == *revision) =>
            {
                "No pod restarts: every pod runs this template already.".to_owned()
            }
            _ if makes_template(action) && set.is_on_delete() => format!(
                "No pod restarts by itself: each gets {} when it is deleted.",
                next_label(facts)
            ),
            _ if makes_template(action) => {
                format!("No pod restarts yet: {} waits behind the boundary.", next_label(facts))
            }
            Action::Abort { .. } => "No pod restarts, and the update goes no further.".to_owned(),
            Action::SetMaxUnavailable { max_unavailable } => {
                let allowed = allowed_unavailable(Some(max_unavailable), set.replicas) as usize;
                format!(
                    "No pod restarts. A roll may then take {} down at once.",
                    count(allowed, "pod")
                )
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
    // One sentence for each run of steps of one kind and revision; a long mixture is cut short.
    let mut parts = Vec::new();
    let alike = |a: &Step, b: &Step| a.what == b.what && a.revision == b.revision;
    for run in steps.chunk_by(alike) {
        if parts.len() == SENTENCES {
            parts.push("And so on.".to_owned());
            break;
        }
        parts.push(group(facts, run));
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

pub(super) fn stays(facts: &Facts, action: &Action, steps: &[Step]) -> String {
    let set = &facts.set;
    let touched: HashSet<u32> = steps.iter().map(|s| s.ordinal).collect();
    let rest: Vec<u32> = set.ordinals().filter(|o| !touched.contains(o)).collect();
    let mut parts = Vec::new();
    if !rest.is_empty() {
        // The revision on which a pod is up to date after the action.
        let wanted = match action {
            Action::RollBack { revision, .. } => revision.as_str(),
            _ if makes_template(action) => "",
            _ => &set.status.update_revision,
        };
        let partition = target_partition(facts, action).unwrap_or_else(|| set.partition());
        let held: Vec<u32> = rest
            .iter()
            .copied()
            .filter(|o| {
                let old = facts.pod_at(*o).is_some_and(|p| p.revision != wanted);
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
            parts.extend(as_they_are(facts, &rest));
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
