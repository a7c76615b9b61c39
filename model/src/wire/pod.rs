//! One pod in full: what the index does not hold, read from the API server as the user when it is asked for.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::pod::{ContainerState, Phase};

/// Why a part of an answer is missing. It is never shown as empty.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Unread {
    /// `no-access` where the cluster does not show it to you, else the code of the problem (`cluster-unreachable`).
    pub code: String,
    /// A sentence.
    pub says: String,
}

/// One of the pod's conditions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct PodCondition {
    /// `PodScheduled`, `Initialized`, `ContainersReady`, `Ready`, or the name of a readiness gate.
    pub name: String,
    /// `True`, `False` or `Unknown`.
    pub status: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// When `status` last changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[serde(with = "crate::when::option")]
    pub since: Option<Timestamp>,
}

/// How a container ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct PodExit {
    pub code: i32,
    /// The signal that ended it, where the runtime tells it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signal: Option<i32>,
    /// `OOMKilled`, `Error`, `Completed`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// What it left as its last words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[serde(with = "crate::when::option")]
    pub started: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[serde(with = "crate::when::option")]
    pub ended: Option<Timestamp>,
}

/// Where a container mounts a volume.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct PodMount {
    /// Name of the volume in the pod.
    pub volume: String,
    pub path: String,
    /// Name of the claim behind it, if it is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub claim: Option<String>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub read_only: bool,
}

/// One container, without its environment and its arguments, which may hold secrets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct PodContainer {
    pub name: String,
    /// An init container, sidecars among them.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub init: bool,
    /// An init container that goes on running (`restartPolicy: Always`).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub sidecar: bool,
    /// As the spec has it.
    pub image: String,
    /// What was pulled, with its digest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image_id: Option<String>,
    pub ready: bool,
    pub restarts: u32,
    pub state: ContainerState,
    /// Since when it runs; absent in other states.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[serde(with = "crate::when::option")]
    pub running_since: Option<Timestamp>,
    /// How the instance ended that is there now, where it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exit: Option<PodExit>,
    /// How the instance before ended: the one whose log is the previous one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_exit: Option<PodExit>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub mounts: Vec<PodMount>,
}

impl PodContainer {
    /// Whether a log of it can be read: an instance of it runs or has run. Of one that waits for its next start it is that of
    /// the instance before.
    ///
    /// Source: `pkg/kubelet/kubelet_pods.go`, `validateContainerLogStatus`.
    pub fn has_log(&self) -> bool {
        matches!(self.state, ContainerState::Running | ContainerState::Terminated(_))
            || self.last_exit.is_some()
    }
}

/// One Kubernetes Event about the pod.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct PodEvent {
    /// When it was last seen.
    #[serde(with = "crate::when")]
    pub at: Timestamp,
    /// When it was first seen.
    #[serde(with = "crate::when")]
    pub first: Timestamp,
    /// How often.
    pub count: u32,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub warning: bool,
    pub reason: String,
    pub message: String,
    /// Who said it (`kubelet`, `default-scheduler`), empty if nobody did.
    pub source: String,
    /// The container that it is about, where it is about one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub container: Option<String>,
}

/// The pod's Events, newest first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct PodEvents {
    /// The newest 100 of those that were read.
    pub items: Vec<PodEvent>,
    /// There are more than are shown.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub more: bool,
    /// Why they are missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unread: Option<Unread>,
}

/// The node that the pod runs on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct PodNode {
    pub name: String,
    /// `topology.kubernetes.io/zone`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zone: Option<String>,
    /// Condition Ready is True; absent where that is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ready: Option<bool>,
    /// Cordoned: it takes no new pods.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub cordoned: bool,
    /// Why nothing but its name is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unread: Option<Unread>,
}

/// `GET sets/{namespace}/{name}/pods/{pod}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct PodDetail {
    /// The server's clock, when it was read.
    #[serde(with = "crate::when")]
    pub now: Timestamp,
    pub namespace: String,
    pub name: String,
    pub uid: String,
    /// Absent for a stray.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ordinal: Option<u32>,
    /// Name of its ControllerRevision, empty if it has none.
    pub revision: String,
    #[serde(with = "crate::when")]
    pub created: Timestamp,
    /// When it began to terminate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[serde(with = "crate::when::option")]
    pub deleting: Option<Timestamp>,
    pub phase: Phase,
    /// Why the pod as a whole is as it is (`Evicted`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// When its kubelet took it up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[serde(with = "crate::when::option")]
    pub started: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ips: Vec<String>,
    /// `Guaranteed`, `Burstable` or `BestEffort`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub qos: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service_account: Option<String>,
    /// Seconds that it is given to end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grace_seconds: Option<u32>,
    /// In the order in which Kubernetes has them.
    pub conditions: Vec<PodCondition>,
    /// In the order of the spec, init containers first.
    pub containers: Vec<PodContainer>,
    /// The container that logs and commands take where none is named: that of the annotation
    /// `kubectl.kubernetes.io/default-container`, else the first that is no init container.
    pub default_container: String,
    /// Names of the claims it mounts.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub claims: Vec<String>,
    /// Absent while it is not scheduled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub node: Option<PodNode>,
    pub events: PodEvents,
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_log_is_there_once_an_instance_was_started() {
        let exit = json!({"code": 1, "finishedAt": "2026-11-22T10:42:01Z"});
        let of = |state: serde_json::Value, last: bool| {
            let mut container = json!({
                "name": "web", "image": "web:1", "ready": false, "restarts": 0, "state": state,
            });
            if last {
                container["lastExit"] = exit.clone();
            }
            serde_json::from_value::<PodContainer>(container).expect("a container").has_log()
        };
        let waiting = serde_json::to_value(ContainerState::Waiting { reason: None, message: None });
        let waiting = waiting.expect("a state");
        let running = serde_json::to_value(ContainerState::Running).expect("a state");
        let none = serde_json::to_value(ContainerState::None).expect("a state");
        assert!(of(running, false));
        assert!(!of(none, false) && !of(waiting.clone(), false));
        assert!(of(waiting, true), "it crashed and waits for its next start");
    }
}
