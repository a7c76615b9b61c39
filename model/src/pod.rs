//! A pod of a set as plain facts.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// `status.phase`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Phase {
    #[default]
    Pending,
    Running,
    Succeeded,
    Failed,
    #[serde(other)]
    Unknown,
}

impl Phase {
    /// Terminal pods are deleted by the controller itself. Source: `stateful_set_utils.go`, `isFailed`, `isSucceeded`.
    pub fn is_terminal(self) -> bool {
        matches!(self, Self::Failed | Self::Succeeded)
    }
}

/// How a container last ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Exit {
    pub code: i32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[serde(with = "crate::when::option")]
    pub at: Option<Timestamp>,
}

/// `containerStatuses[].state`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "state", rename_all = "camelCase", try_from = "crate::flat::FlatState")]
pub enum ContainerState {
    /// No status yet.
    #[default]
    None,
    Waiting {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        message: Option<String>,
    },
    Running,
    Terminated(Exit),
}

/// One container of a pod.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Container {
    pub name: String,
    /// An init container (sidecars included).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub init: bool,
    pub ready: bool,
    pub restarts: u32,
    pub state: ContainerState,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_exit: Option<Exit>,
}

/// A pod that a set owns (its controller ownerReference carries the set's uid).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Pod {
    pub namespace: String,
    pub name: String,
    pub uid: String,
    /// uid of the owning set.
    pub set_uid: String,
    /// Name of its ControllerRevision (label `controller-revision-hash`), empty if it has none.
    pub revision: String,
    #[serde(with = "crate::when")]
    pub created: Timestamp,
    /// When it began to terminate (`metadata.deletionTimestamp` less the grace period).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[serde(with = "crate::when::option")]
    pub deleting: Option<Timestamp>,
    pub phase: Phase,
    /// Condition Ready is True.
    pub ready: bool,
    /// When the Ready condition last changed, in either direction.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[serde(with = "crate::when::option")]
    pub ready_changed: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub node: Option<String>,
    /// Containers, init containers first.
    pub containers: Vec<Container>,
    /// Names of the claims it mounts.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub claims: Vec<String>,
    /// Why the pod as a whole does not come up: the reason of a False PodScheduled condition (`Unschedulable`) or
    /// of `status.reason` (`Evicted`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The message that goes with `reason`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
}

impl Pod {
    /// Running, Ready and not terminating.
    pub fn is_up(&self) -> bool {
        self.ready && self.phase == Phase::Running && self.deleting.is_none()
    }

    /// Since when it has been Ready, `None` if it is not.
    pub fn ready_since(&self) -> Option<Timestamp> {
        self.ready.then_some(self.ready_changed).flatten()
    }

    /// Since when it has not been Ready: the change of the condition, else its creation. `None` if it is Ready.
    pub fn not_ready_since(&self) -> Option<Timestamp> {
        (!self.ready).then(|| self.ready_changed.unwrap_or(self.created).max(self.created))
    }

    /// Restarts of all its containers, summed.
    pub fn restarts(&self) -> u32 {
        self.containers.iter().fold(0, |sum, c| sum.saturating_add(c.restarts))
    }

    /// Ready containers and all containers, without init containers: kubectl's `2/2`.
    pub fn ready_containers(&self) -> (usize, usize) {
        let main = self.containers.iter().filter(|c| !c.init);
        (main.clone().filter(|c| c.ready).count(), main.count())
    }
}
