//! Logs as events of a stream.

use serde::{Deserialize, Serialize};

/// Most pods whose logs come in one stream.
pub const LOGS_AT_ONCE: usize = 20;

/// Event `lines` of `GET …/logs`: whole lines of one pod, oldest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct LogLines {
    pub pod: String,
    pub ordinal: u32,
    pub lines: Vec<String>,
}

/// Event `end` of a log stream: of one pod of several, or, without `pod`, of the whole stream.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct LogEnd {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pod: Option<String>,
    /// `complete` (the container ended, or all was said that was asked for), `shutdown`, `session-ended`, `no-access`
    /// (rights were withdrawn), `age` (open it again), `broke-off`, or the code of the problem for which a pod's log could
    /// not be opened.
    pub reason: String,
    /// A sentence for a person.
    pub says: String,
}

impl LogEnd {
    /// Whether all was said that was asked for.
    pub fn is_complete(&self) -> bool {
        self.reason == "complete"
    }

    /// Whether the server ends what it is to be asked for again.
    pub fn is_passing(&self) -> bool {
        matches!(self.reason.as_str(), "age" | "shutdown")
    }
}
