//! What is inside a pod, asked as the user: the pod in full, its Events and its node.

use async_trait::async_trait;
use model::wire::{PodDetail, PodEvents, PodNode};

use super::{ApiError, Caller};

/// A pod that a StatefulSet controls, as it is now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnedPod {
    /// uid of the set.
    pub set_uid: String,
    /// Without Events, and with no more than the name of its node.
    pub detail: PodDetail,
}

/// What the panel asks about single pods when somebody looks at one. Nothing of it is kept.
#[async_trait]
pub trait Inside: Send + Sync {
    /// The pod as it is now, read as the caller. `None` if there is none of that name that a StatefulSet controls.
    async fn read_pod(
        &self,
        caller: &Caller,
        namespace: &str,
        pod: &str,
    ) -> Result<Option<OwnedPod>, ApiError>;

    /// Events about the pod with this uid, newest first.
    async fn pod_events(
        &self,
        caller: &Caller,
        namespace: &str,
        uid: &str,
    ) -> Result<PodEvents, ApiError>;

    /// The node of this name. `None` if it is gone.
    async fn read_node(&self, caller: &Caller, name: &str) -> Result<Option<PodNode>, ApiError>;
}
