//! Which pod holds a set up, and why.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::facts::Facts;
use crate::pod::{Container, ContainerState, Phase, Pod};
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
    reason_of(failing_container(pod)?)
}

/// The container for which a pod fails, also of one that is ending; `None` where no container does.
pub fn failing_container(pod: &Pod) -> Option<&Container> {
    if pod.ready {
        return None;
    }
    let waits = pod.containers.iter().find(|c| waits_in_vain(c).is_some());
    // Containers of a pod that ends are no longer Ready, whatever they were.
    let crashes = |c: &&Container| !c.ready && c.restarts > 0 && c.last_exit.is_some();
    waits.or_else(|| pod.containers.iter().filter(|_| pod.deleting.is_none()).find(crashes))
}

fn waits_in_vain(c: &Container) -> Option<&str> {
    match &c.state {
        ContainerState::Waiting { reason: Some(r), .. } if FAILURES.contains(&r.as_str()) => {
            Some(r)
        }
        _ => None,
    }
}

fn reason_of(c: &Container) -> Option<String> {
    if let Some(reason) = waits_in_vain(c) {
        return Some(reason.to_owned());
    }
    Some(match c.last_exit.as_ref()?.reason.as_deref() {
        Some("OOMKilled") => "OOMKilled".to_owned(),
        _ => "CrashLoopBackOff".to_owned(),
    })
}

/// What keeps a pod from being Ready, as the rest of a sentence.
pub fn says(pod: &Pod) -> (String, String) {
    if pod.deleting.is_some() {
        return ("Terminating".to_owned(), "is ending".to_owned());
    }
    says_while_there(pod)
}

/// The same of a pod as if it were not ending, without the reason.
pub(crate) fn says_of(pod: &Pod) -> String {
    says_while_there(pod).1
}

fn says_while_there(pod: &Pod) -> (String, String) {
    let failing = match pod.deleting {
        None => failing_reason(pod),
        Some(_) => failing_container(pod).and_then(reason_of),
    };
    if let Some(reason) = failing {
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

/// Since when a pod that is not up has not been so.
pub(crate) fn down_since(pod: &Pod) -> Timestamp {
    pod.deleting.or(pod.not_ready_since()).unwrap_or(pod.created)
}

/// Describes a pod that is not up.
pub fn describe(facts: &Facts, pod: &Pod) -> Option<Blocker> {
    let (reason, says) = says(pod);
    Some(Blocker {
        pod: pod.name.clone(),
        ordinal: facts.ordinal(pod)?,
        failing: failing_reason(pod).is_some(),
        since: down_since(pod),
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
