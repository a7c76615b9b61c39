//! The same command on every ordinal.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::Unread;

/// A command that may be run: named in the server's configuration, never by a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct CommandView {
    pub name: String,
    /// Program and arguments, as they are handed over; no shell comes between.
    pub argv: Vec<String>,
}

/// `GET …/commands`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct CommandList {
    /// Empty: the server has none configured, and none can be run.
    pub commands: Vec<CommandView>,
    /// Whether you may run them here.
    pub permitted: bool,
    /// Why you may not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refusal: Option<Unread>,
    /// At most so many seconds each.
    pub seconds: u32,
    /// At most so many bytes each, of standard output and of standard error.
    pub bytes: u32,
    /// At most so many pods at once.
    pub pods: u32,
}

/// The set as the caller saw it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ExpectSet {
    pub uid: String,
}

/// `POST …/commands`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CommandRequest {
    /// Name of a configured command.
    pub command: String,
    /// Absent: the container that the pod's annotation `kubectl.kubernetes.io/default-container` names, else its first one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub container: Option<String>,
    /// Absent: every pod that the set has at an ordinal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ordinals: Option<Vec<u32>>,
    /// If it is another set by now, nothing is run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expect: Option<ExpectSet>,
}

/// What one pod answered.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct CommandAnswer {
    pub pod: String,
    pub ordinal: u32,
    /// In which it was run.
    pub container: String,
    pub took_ms: u32,
    /// Absent where it did not end by itself: it was cut off, or did not answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exit_code: Option<i32>,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub stdout: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub stderr: String,
    /// It wrote more than is kept; it was not waited for any longer.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub cut: bool,
    /// Why it did not answer: `timeout`, `no-access`, `not-running`, `no-such-part`, `not-started`, `broke-off`,
    /// `cluster-unreachable`, `cluster-error`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unanswered: Option<Unread>,
    /// Index of its group; absent where it did not answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<u32>,
}

/// Pods that answered the same.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct CommandGroup {
    /// Ascending.
    pub ordinals: Vec<u32>,
    /// The answer in short: `1482`, "3 lines, the first \"a\"", "exit code 1: cat: no such file".
    pub says: String,
    /// More pods say this than anything else.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub most: bool,
    /// How it differs from what most say, where both are whole numbers: "3 lower".
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub differs: Option<String>,
}

/// The answer to `POST …/commands`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct CommandRun {
    pub command: String,
    pub argv: Vec<String>,
    #[serde(with = "crate::when")]
    pub at: Timestamp,
    /// All pods that were asked answered, and the same.
    pub agree: bool,
    /// "web-2 says 1479; the other 4 pods say 1482."
    pub sentence: String,
    /// The largest first.
    pub groups: Vec<CommandGroup>,
    /// By ordinal.
    pub answers: Vec<CommandAnswer>,
}
