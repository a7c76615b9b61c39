//! What is inside a pod, asked as the user: the pod in full, its manifest, its Events, its node, its logs, and a command in it.

use std::pin::Pin;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use futures::Stream;
use model::wire::{PodDetail, PodEvents, PodNode};
use serde_json::Value;

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

/// A command in one container.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exec {
    /// `None`: the pod's only one.
    pub container: Option<String>,
    pub argv: Vec<String>,
    /// Longer is not waited. The command may go on in its container: Kubernetes has no call that ends it.
    pub time: Duration,
    /// More is not read, of either output.
    pub bytes: usize,
}

/// What a command wrote and how it ended.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ran {
    /// `None` where it was cut off.
    pub exit_code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
    /// It wrote too much.
    pub cut: bool,
}

/// Why there is no answer to a command.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ExecError {
    #[error("it took too long")]
    Timeout,
    #[error("{0}")]
    NoSuchContainer(String),
    #[error("{0}")]
    NotRunning(String),
    /// The container's runtime did not start it: there may be no such program.
    #[error("{0}")]
    NotStarted(String),
    /// It was started; how it ended is not known.
    #[error("{0}")]
    BrokeOff(String),
    #[error(transparent)]
    Api(#[from] ApiError),
}

/// Whose manifest is wanted, by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whole<'a> {
    Set(&'a str),
    Pod(&'a str),
}

/// What Events are about, by its uid: another object of that name is another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum About<'a> {
    Set(&'a str),
    Pod(&'a str),
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

    /// The object as the API server has it, without `managedFields`, its keys in order. `None` if there is none of that name.
    async fn manifest(
        &self,
        caller: &Caller,
        namespace: &str,
        of: Whole<'_>,
    ) -> Result<Option<Value>, ApiError>;

    /// Events about the object with this uid, newest first.
    async fn events(
        &self,
        caller: &Caller,
        namespace: &str,
        of: About<'_>,
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

    /// Runs a command without input or terminal.
    async fn exec(
        &self,
        caller: &Caller,
        namespace: &str,
        pod: &str,
        exec: &Exec,
    ) -> Result<Ran, ExecError>;
}
