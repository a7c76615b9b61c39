//! Abort: the update reaches no further pod, and the pods that were confirmed fall back to the current revision.

use std::collections::BTreeSet;

use super::permit::{Verdict, observed, refuse, rolling_update, this_pod};
use super::{PodRef, RefusalCode};
use crate::facts::Facts;
use crate::set::Set;

/// A pod that falls back to the current revision when it is deleted while the update is held back from all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FallsBack {
    pub pod: PodRef,
    pub ordinal: u32,
    /// It is Ready: falling back costs a restart of something that works.
    pub healthy: bool,
}

/// The partition after it: held back from every pod, and never lower than it was.
pub(super) fn partition(facts: &Facts) -> u32 {
    facts.set.partition().max(facts.set.replicas)
}

/// What would fall back, highest ordinal first. Pods that are ending do so anyway.
pub(super) fn candidates(facts: &Facts) -> Vec<FallsBack> {
    let status = &facts.set.status;
    if status.current_revision == status.update_revision {
        return Vec::new();
    }
    let mut all: Vec<FallsBack> = facts
        .pods
        .iter()
        .filter(|p| p.deleting.is_none() && p.revision != status.current_revision)
        .filter_map(|p| {
            let ordinal = facts.ordinal(p)?;
            facts.set.index_of(ordinal)?;
            let pod = PodRef { pod: p.name.clone(), uid: p.uid.clone() };
            Some(FallsBack { pod, ordinal, healthy: p.is_up() })
        })
        .collect();
    all.sort_by_key(|c| std::cmp::Reverse(c.ordinal));
    all
}

/// The confirmed pods in the order in which they are deleted: highest ordinal first.
pub(super) fn in_order(set: &Set, pods: &[PodRef]) -> Vec<PodRef> {
    let mut pods = pods.to_vec();
    pods.sort_by_key(|p| std::cmp::Reverse(Set::ordinal_in(&set.name, &p.pod)));
    pods
}

pub(super) fn permit(facts: &Facts, pods: &[PodRef]) -> Verdict {
    let set = &facts.set;
    rolling_update(facts, "There is no rollout to abort")?;
    observed(facts)?;
    let status = &set.status;
    let (current, update) = (&status.current_revision, &status.update_revision);
    let label = |name: &str| facts.revision_label(name);
    if current == update {
        return refuse(
            RefusalCode::NothingToDo,
            format!(
                "No rollout is in progress: every pod is meant to run {}. To leave it, roll back to an earlier revision.",
                label(update)
            ),
        );
    }
    // Source: kubernetes `stateful_set_control.go`, `getStatefulSetRevisions`: without it the update revision is current.
    if facts.readable.revisions && facts.revision(current).is_none() {
        return refuse(
            RefusalCode::NotNow,
            format!(
                "Kubernetes has forgotten {}, the revision to fall back to: every pod would come back on {}. Roll back to a recorded revision.",
                label(current),
                label(update)
            ),
        );
    }
    let falls_back = candidates(facts);
    let mut seen = BTreeSet::new();
    for PodRef { pod, uid } in pods {
        this_pod(facts, pod, uid)?;
        if !seen.insert(pod) {
            return refuse(RefusalCode::Invalid, format!("{pod} is named twice."));
        }
        if !falls_back.iter().any(|c| c.pod.pod == *pod) {
            return refuse(
                RefusalCode::Invalid,
                format!("{pod} does not fall back when it is deleted: leave it out."),
            );
        }
    }
    if pods.is_empty() && set.partition() >= set.replicas {
        return refuse(
            RefusalCode::NothingToDo,
            "The update is held back from every pod already, and no pod was chosen to fall back.",
        );
    }
    Ok(())
}
