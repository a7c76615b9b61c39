//! What is inside a pod, asked as the user: the pod in full, its Events, its node, its logs.

use std::pin::Pin;

use async_trait::async_trait;
use bytes::Bytes;
use futures::Stream;
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

/// What is wanted of a log.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LogOptions {
    /// `None`: the pod's only one.
    pub container: Option<String>,
    /// Of the instance before.
    pub previous: bool,
    /// Go on as it grows.
    pub follow: bool,
    /// A time before each line.
    pub timestamps: bool,
    /// From this many lines before its end on.
    pub tail_lines: u32,
    pub since_seconds: Option<u32>,
}

/// A log as it comes in, in pieces that need not end with a line. Whoever reads slowly slows the API server down.
pub type LogStream = Pin<Box<dyn Stream<Item = Result<Bytes, ApiError>> + Send>>;

/// Why there is no log, in the API server's words.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LogError {
    #[error("{0}")]
    ContainerNeeded(String),
    #[error("{0}")]
    NoSuchContainer(String),
    /// The container has not been restarted.
    #[error("{0}")]
    NoPrevious(String),
    /// It has not started.
    #[error("{0}")]
    NotYet(String),
    #[error(transparent)]
    Api(#[from] ApiError),
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

    /// The log of a container. What fails after it was opened is told in the stream.
    async fn log(
        &self,
        caller: &Caller,
        namespace: &str,
        pod: &str,
        options: &LogOptions,
    ) -> Result<LogStream, LogError>;
}
