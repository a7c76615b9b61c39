//! What happened instead, in words.

use model::blocker::Blocker;
use model::words;

use super::{Done, Expected, ExpectedKind, Otherwise};
use crate::history::known::Known;

/// `fails (CrashLoopBackOff): it crashed 6 times (exit 137)`, behind the pod's name.
pub(super) fn in_the_way(blocker: &Blocker) -> String {
    let verb = if blocker.failing { "fails" } else { "does not get Ready" };
    format!("{} {verb} ({}): it {}", blocker.pod, blocker.reason, blocker.says)
}

/// What was done, and then what was otherwise.
pub(super) fn happened(expected: &Expected, known: &Known, otherwise: &Otherwise) -> String {
    let name = |ordinal: u32| format!("{}-{ordinal}", known.name);
    let pods = |some: Vec<u32>| words::pods(&known.name, some);
    let done = |kind: ExpectedKind| -> Vec<u32> {
        let of = |s: &&super::ExpectedStep| s.kind == kind && s.done == Done::All;
        expected.steps.iter().filter(of).map(|s| s.ordinal).collect()
    };
    let mut parts = Vec::new();
    for (kind, one, many) in [
        (ExpectedKind::Restart, "restarted", "restarted"),
        (ExpectedKind::Create, "was created", "were created"),
        (ExpectedKind::Stop, "stopped", "stopped"),
    ] {
        let some = done(kind);
        if !some.is_empty() {
            let verb = words::verb(some.len(), one, many);
            parts.push(format!("{} {verb}", pods(some)));
        }
    }
    let under_way: Vec<u32> = (expected.steps.iter())
        .filter(|s| matches!(s.done, Done::Down | Done::Created))
        .map(|s| s.ordinal)
        .collect();
    let instead = match otherwise {
        Otherwise::Down(ordinal) => format!("{} went down", name(*ordinal)),
        Otherwise::Created(ordinal) => format!("{} was created", name(*ordinal)),
        Otherwise::Revision(i, is) => {
            let step = &expected.steps[*i];
            let foretold = step.revision.as_deref().unwrap_or_default();
            format!("{} came up on {is}, not on {foretold}", name(step.ordinal))
        }
        Otherwise::Order(first, second) => {
            let at = |i: &usize| name(expected.steps[*i].ordinal);
            format!("{} went down before {}", at(first), at(second))
        }
        Otherwise::Missing => {
            let not = |(kind, one, many)| {
                let of =
                    |s: &&super::ExpectedStep| s.kind == kind && s.done != Done::All && !s.ours;
                let left: Vec<u32> = expected.steps.iter().filter(of).map(|s| s.ordinal).collect();
                let verb = words::verb(left.len(), one, many);
                (!left.is_empty()).then(|| format!("{} {verb}", pods(left)))
            };
            let left: Vec<String> = [
                (ExpectedKind::Restart, "did not restart", "did not restart"),
                (ExpectedKind::Create, "was not created", "were not created"),
                (ExpectedKind::Stop, "did not stop", "did not stop"),
            ]
            .into_iter()
            .filter_map(not)
            .collect();
            format!("nothing more: {}", words::list(&left))
        }
        Otherwise::Stuck(says) | Otherwise::Still(says) => {
            if !under_way.is_empty() {
                let verb = words::verb(under_way.len(), "is", "are");
                parts.push(format!("{} {verb} not back yet", pods(under_way)));
            }
            says.clone()
        }
    };
    if parts.is_empty() {
        return format!("{instead}.");
    }
    format!("{}, then {instead}.", words::list(&parts))
}
