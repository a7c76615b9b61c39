//! Which pod holds a set up, and why.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::facts::Facts;
use crate::pod::{ContainerState, Phase, Pod};
use crate::set::PodManagement;

/// The pod for which the controller waits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Blocker {
    pub pod: String,
    pub ordinal: u32,
    /// `CrashLoopBackOff`, `ImagePullBackOff`, `Unschedulable`, `Terminating`, `NotReady`, ...
    pub reason: String,
    /// The rest of a sentence that begins with the pod's name: "crashed 6 times (exit 137)".
    pub says: String,
    /// Since when it has not been Ready.
    #[serde(with = "crate::when")]
    pub since: Timestamp,
    /// The reason is a failure, not a matter of waiting.
    pub failing: bool,
}

/// Waiting reasons that mean failure. Sources: kubelet `images/types.go`, `kuberuntime_container.go`,
/// `container/sync_result.go`.
const FAILURES: &[&str] = &[
    "CrashLoopBackOff",
    "ImagePullBackOff",
    "ErrImagePull",
    "ErrImageNeverPull",
    "InvalidImageName",
    "ImageInspectError",
    "RegistryUnavailable",
    "SignatureValidationFailed",
    "CreateContainerConfigError",
    "CreateContainerError",
    "RunContainerError",
    "PreCreateHookError",
    "PreStartHookError",
    "PostStartHookError",
    "CreatePodSandboxError",
    "ConfigPodSandboxError",
];

/// Why a pod fails, `None` if it does not. A crash loop is seen by its restarts too, since between two back-offs the
/// container is running.
pub fn failing_reason(pod: &Pod) -> Option<String> {
    if pod.deleting.is_some() {
        return None;
    }
    if pod.phase == Phase::Failed {
        return Some(pod.reason.clone().unwrap_or_else(|| "Failed".to_owned()));
    }
    if pod.ready {
        return None;
    }
    for c in &pod.containers {
        if let ContainerState::Waiting { reason: Some(r), .. } = &c.state
            && FAILURES.contains(&r.as_str())
        {
            return Some(r.clone());
        }
    }
    if let Some(c) =
        pod.containers.iter().find(|c| !c.ready && c.restarts > 0 && c.last_exit.is_some())
    {
        let exit = c.last_exit.as_ref()?;
        return Some(match exit.reason.as_deref() {
            Some("OOMKilled") => "OOMKilled".to_owned(),
            _ => "CrashLoopBackOff".to_owned(),
        });
    }
    None
}

/// What keeps a pod from being Ready, as the rest of a sentence.
pub fn says(pod: &Pod) -> (String, String) {
    if pod.deleting.is_some() {
        return ("Terminating".to_owned(), "is ending".to_owned());
    }
    if let Some(reason) = failing_reason(pod) {
        let restarts = pod.restarts();
        let exit = pod.containers.iter().find_map(|c| c.last_exit.as_ref());
        let text = match reason.as_str() {
            "CrashLoopBackOff" | "OOMKilled" => {
                let times = match restarts {
                    0 | 1 => "crashed".to_owned(),
                    n => format!("crashed {n} times"),
                };
                match exit {
                    Some(e) => format!("{times} (exit {})", e.code),
                    None => times,
                }
            }
            "ImagePullBackOff" | "ErrImagePull" => {
                format!("cannot pull its image ({reason})")
            }
            "Evicted" => "was evicted".to_owned(),
            _ => format!("cannot start ({reason})"),
        };
        return (reason, text);
    }
    if let Some(reason) = pod.reason.as_deref().filter(|_| !pod.ready) {
        let text = match reason {
            "Unschedulable" => "finds no node".to_owned(),
            other => format!("does not start ({other})"),
        };
        return (reason.to_owned(), text);
    }
    match pod.phase {
        Phase::Pending => ("Pending".to_owned(), "is starting".to_owned()),
        _ => ("NotReady".to_owned(), "runs but is not Ready".to_owned()),
    }
}

/// Describes a pod that is not up.
pub fn describe(facts: &Facts, pod: &Pod) -> Option<Blocker> {
    let (reason, says) = says(pod);
    Some(Blocker {
        pod: pod.name.clone(),
        ordinal: facts.ordinal(pod)?,
        failing: failing_reason(pod).is_some(),
        since: pod.deleting.or(pod.not_ready_since()).unwrap_or(pod.created),
        reason,
        says,
    })
}

/// The pod for which the controller waits now.
///
/// With OrderedReady the lowest wanted ordinal that is not up, which may lie below the pods being updated; with
/// Parallel the highest one at or above the partition (the update loop waits for it), else the highest. A missing pod is no blocker: nothing can be
/// said about it yet. Source: `stateful_set_control.go`, `processReplica` and the update loop.
pub fn find(facts: &Facts) -> Option<Blocker> {
    let mut down: Vec<(u32, &Pod)> = facts
        .pods
        .iter()
        .filter(|p| !p.is_up())
        .filter_map(|p| Some((facts.set.index_of(facts.ordinal(p)?)?, p)))
        .collect();
    down.sort_by_key(|(i, _)| *i);
    let (_, pod) = match facts.set.policy {
        PodManagement::OrderedReady => *down.first()?,
        PodManagement::Parallel => *down.last()?,
    };
    describe(facts, pod)
}
