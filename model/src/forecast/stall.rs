//! Why it does not get to its end by itself.

use super::Play;
use super::ideal::{self, Played, What, play};
use super::sick::Sick;
use crate::blocker;
use crate::controller::{Cluster, Observed, Stage, Wait, Why};
use crate::facts::Facts;
use crate::pod::Pod;

/// The reason, if the action would lead further were it not for pods that fail or rules that trap it.
pub(super) fn stall(of: &Play<'_>, sick: &Sick<'_>, played: &Played) -> Option<String> {
    let Play { facts, cluster, seen, .. } = *of;
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
        if sick.is_empty() || !goes_further(of, sick, played) {
            return None;
        }
    }
    sentence(facts, cluster, seen, sick, wait)
}

/// More would happen if every pod became Ready, and ended where it is to.
pub(super) fn goes_further(of: &Play<'_>, sick: &Sick<'_>, played: &Played) -> bool {
    let ideal = play(of.seen.clone(), of.cluster, &Sick::default(), &ideal::ideal, 0);
    moves(of.facts, &ideal, sick) > moves(of.facts, played, sick)
}

/// How much happens to pods. What comes of one that is on its way out and held is not in its own way.
pub(super) fn moves(facts: &Facts, played: &Played, sick: &Sick<'_>) -> usize {
    let held = |ordinal: u32| {
        let pod = |p: &&Pod| sick.held.contains(p.uid.as_str());
        facts.pods.iter().filter(pod).any(|p| facts.ordinal(p) == Some(ordinal))
    };
    let of_pods = |what: &What| matches!(what, What::Down | What::Created { .. });
    let some = played.moves.iter().filter(|m| of_pods(&m.what));
    if sick.held.is_empty() { some.count() } else { some.filter(|m| !held(m.ordinal)).count() }
}

/// `: it is starting`; nothing where the sentence has said already that it is not Ready, or ends.
pub(super) fn because(pod: &Pod) -> String {
    match blocker::says(pod) {
        (reason, _) if reason == "NotReady" || reason == "Terminating" => String::new(),
        (_, says) => format!(": it {says}"),
    }
}

fn sentence(
    facts: &Facts,
    cluster: &Cluster,
    seen: &Observed,
    sick: &Sick<'_>,
    wait: &Wait,
) -> Option<String> {
    let name = |ordinal: u32| facts.set.pod_name(ordinal);
    Some(match (&wait.why, wait.ordinal) {
        (Why::NotReady | Why::NotAvailable | Why::Terminating, Some(ordinal)) => {
            let (pod, there) = (name(ordinal), facts.pod_at(ordinal));
            let why = there.map(because).unwrap_or_default();
            let ends = there.is_some_and(|p| p.deleting.is_some());
            match wait.stage {
                Stage::Update if ends => format!("The roll waits for {pod} to end."),
                Stage::Update if why.is_empty() => format!("The roll waits for {pod} to be Ready."),
                Stage::Update => format!("The roll waits for {pod}{why}."),
                _ if ends => format!("Nothing starts or restarts while {pod} is ending."),
                _ => format!("Nothing starts or restarts while {pod} is not Ready{why}."),
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
            let of = |uid: &str| sick.unready.contains(uid) || sick.held.contains(uid);
            let pod = facts.pods.iter().find(|p| of(&p.uid));
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
