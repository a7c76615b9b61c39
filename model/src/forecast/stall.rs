//! Why it does not get to its end by itself.

use super::ideal::{self, Played, What, play};
use crate::blocker;
use crate::controller::{Cluster, Observed, Stage, Wait, Why};
use crate::facts::Facts;

/// The reason, if the action would lead further were it not for pods that fail or rules that trap it.
pub(super) fn stall(
    facts: &Facts,
    cluster: &Cluster,
    seen: &Observed,
    stuck: &[&str],
    played: &Played,
) -> Option<String> {
    if !played.ended {
        let pod = facts.set.pod_name(played.moves.last()?.ordinal);
        return Some(format!("The controller makes {pod} and deletes it again, over and over."));
    }
    let wait = played.wait.as_ref()?;
    let traps = matches!(
        wait.why,
        Why::StaleClaim { .. }
            | Why::ClaimTerminating { .. }
            | Why::NotFirstBad { .. }
            | Why::FailedButReady
            | Why::UnknownStrategy
    );
    if !traps {
        // Something else may fail all the time without being in the way of this action.
        if stuck.is_empty() || !goes_further(seen, cluster, played) {
            return None;
        }
    }
    sentence(facts, cluster, seen, stuck, wait)
}

/// More would happen if every pod became Ready.
pub(super) fn goes_further(seen: &Observed, cluster: &Cluster, played: &Played) -> bool {
    let pods = |p: &Played| {
        p.moves.iter().filter(|m| matches!(m.what, What::Down | What::Created { .. })).count()
    };
    pods(&play(seen.clone(), cluster, &[], &ideal::ideal)) > pods(played)
}

fn sentence(
    facts: &Facts,
    cluster: &Cluster,
    seen: &Observed,
    stuck: &[&str],
    wait: &Wait,
) -> Option<String> {
    let name = |ordinal: u32| facts.set.pod_name(ordinal);
    let says = |ordinal: u32| {
        let pod = facts.pod_at(ordinal)?;
        Some(blocker::describe(facts, pod)?.says)
    };
    Some(match (&wait.why, wait.ordinal) {
        (Why::NotReady | Why::NotAvailable | Why::Terminating, Some(ordinal)) => {
            let pod = name(ordinal);
            match (wait.stage, says(ordinal)) {
                (Stage::Update, Some(says)) => format!("The roll waits for {pod}: it {says}."),
                (_, Some(says)) => {
                    format!("Nothing starts or restarts while {pod} is not Ready: it {says}.")
                }
                (_, None) => format!("Nothing starts or restarts while {pod} is not Ready."),
            }
        }
        (Why::NotFirstBad { first }, Some(ordinal)) => format!(
            "{} is never deleted while it and {} both are not Ready: one of them has to be deleted by hand.",
            name(ordinal),
            name(*first)
        ),
        (Why::FailedButReady, Some(ordinal)) => format!(
            "{} has failed but still counts as Ready, and the controller never deletes such a pod: it has to be deleted by hand.",
            name(ordinal)
        ),
        (Why::StaleClaim { claim }, Some(ordinal)) => format!(
            "{} may not come back by itself: its claim {claim} goes with the pod before it, and nothing tells the controller when it has gone.",
            name(ordinal)
        ),
        (Why::ClaimTerminating { claim }, Some(ordinal)) => {
            format!("{} is not made while its claim {claim} is being deleted.", name(ordinal))
        }
        (Why::Budget { unavailable, allowed }, _) => {
            let pod = facts.pods.iter().find(|p| stuck.contains(&p.uid.as_str()));
            let first = pod.and_then(|p| blocker::describe(facts, p));
            let because = first.map(|b| format!(": {} {}", b.pod, b.says)).unwrap_or_default();
            let heals = if cluster.version.minor < 37 && !seen.set.is_ordered() {
                " Putting the old template back does not heal it; the pod has to be deleted."
            } else {
                ""
            };
            let many = crate::words::count(*unavailable as usize, "pod");
            let verb = crate::words::verb(*unavailable as usize, "is", "are");
            format!(
                "{many} {verb} not available and maxUnavailable allows {allowed}, so nothing is replaced{because}.{heals}"
            )
        }
        (Why::UnknownStrategy, _) => {
            format!(
                "Controllers of Kubernetes {} do not know the set's update strategy and do nothing with it.",
                cluster.version
            )
        }
        _ => return None,
    })
}
