//! What happens, in one or two sentences.

use super::steps::at_once;
use super::template::Wanted;
use super::{Step, StepKind};
use crate::action::{Action, StrategyName};
use crate::controller::allowed_unavailable;
use crate::facts::Facts;
use crate::words::{count, verb};

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
            format!("{} {verb} created{on}{how}: {}.", count(n, "pod"), in_order(steps))
        }
    }
}

/// So many sentences at most.
const SENTENCES: usize = 4;

pub(super) fn sentence(
    facts: &Facts,
    action: &Action,
    template: &Wanted,
    steps: &[Step],
    stalls: bool,
) -> String {
    let set = &facts.set;
    if steps.is_empty() {
        return match action {
            _ if stalls => "No pod restarts as things are.".to_owned(),
            _ if template.changes && facts.pods.is_empty() => {
                "No pod restarts: there is none.".to_owned()
            }
            _ if template.changes && facts.pods.iter().all(|p| template.is_of(p)) => {
                "No pod restarts: every pod runs this template already.".to_owned()
            }
            _ if template.changes && set.is_on_delete() => format!(
                "No pod restarts by itself: each gets {} when it is deleted.",
                template.label
            ),
            _ if template.changes => {
                format!("No pod restarts yet: {} waits behind the boundary.", template.label)
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
