//! A recording of the real controller, as JSON. The format is described in `model/tests/traces/README.md`.

use serde::Deserialize;
use serde_json::{Map, Value};

/// One scenario.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Trace {
    /// Version of API server and controller manager.
    pub(super) kubernetes: String,
    /// Gates switched on beside the defaults of that version.
    #[serde(default)]
    pub(super) feature_gates: Vec<String>,
    /// The StatefulSet as it was sent.
    pub(super) set: Value,
    pub(super) steps: Vec<Recorded>,
}

/// What somebody did, and what came of it.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Recorded {
    pub(super) step: Map<String, Value>,
    /// The API server refused the step: nothing was changed.
    #[serde(default)]
    pub(super) refused: Option<Value>,
    /// Groups in order; within a group the order was luck. `None`: it differed from run to run.
    #[serde(default)]
    pub(super) events: Option<Vec<Vec<Happened>>>,
    /// The state at rest. `None`: it differed from run to run.
    #[serde(default)]
    pub(super) settled: Option<Value>,
}

/// One event.
#[derive(Clone, Debug, Default, Deserialize)]
pub(super) struct Happened {
    pub(super) event: String,
    #[serde(default)]
    pub(super) ordinal: Option<u32>,
    #[serde(default)]
    pub(super) claim: Option<String>,
    #[serde(default)]
    pub(super) rev: Option<String>,
    #[serde(default)]
    pub(super) by: Option<String>,
    #[serde(default)]
    pub(super) owner: Option<String>,
}

impl Happened {
    /// `delete 2 rev-A by controller`, `claim-owner data-web-0 pod`.
    pub(super) fn line(&self) -> String {
        let mut line = self.event.clone();
        if let Some(ordinal) = self.ordinal {
            line.push_str(&format!(" {ordinal}"));
        }
        for part in [&self.claim, &self.rev, &self.owner].into_iter().flatten() {
            line.push_str(&format!(" {part}"));
        }
        if let Some(by) = &self.by {
            line.push_str(&format!(" by {by}"));
        }
        line
    }
}
