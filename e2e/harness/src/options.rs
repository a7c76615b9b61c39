//! What a control plane is to be like.

use std::path::PathBuf;
use std::time::Duration;

/// How [`crate::ControlPlane::start`] sets it up; the default is right for most tests.
#[derive(Debug, Clone)]
pub struct Options {
    /// The Kubernetes version, for instance `1.34.4`; `None` is the one that the repository pins. Another is built when it is
    /// asked for the first time, which takes minutes.
    pub version: Option<String>,
    /// Nodes, each with room for everything.
    pub nodes: usize,
    /// Feature gates of the API server and the controller manager, for instance
    /// `("MaxUnavailableStatefulSet", true)`.
    pub feature_gates: Vec<(String, bool)>,
    /// How long a new claim stays unbound.
    pub claims_bind_after: Duration,
    /// A folder to keep the data in, so that the next start goes on where this one ended, on the
    /// same ports. `None`: a temporary folder that is removed.
    pub data_dir: Option<PathBuf>,
    /// Further flags of the API server, after ours.
    pub api_server_flags: Vec<String>,
    /// Further flags of the controller manager, after ours.
    pub controller_manager_flags: Vec<String>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            version: None,
            nodes: 3,
            feature_gates: Vec::new(),
            claims_bind_after: Duration::ZERO,
            data_dir: None,
            api_server_flags: Vec::new(),
            controller_manager_flags: Vec::new(),
        }
    }
}

impl Options {
    /// `--feature-gates=...`, or nothing.
    pub(crate) fn feature_gates_flag(&self) -> Option<String> {
        if self.feature_gates.is_empty() {
            return None;
        }
        let gates: Vec<String> =
            self.feature_gates.iter().map(|(name, on)| format!("{name}={on}")).collect();
        Some(format!("--feature-gates={}", gates.join(",")))
    }
}
