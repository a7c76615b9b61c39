//! Where things lie in the data folder of a control plane.

use std::path::{Path, PathBuf};

/// Paths below one data folder.
#[derive(Debug, Clone)]
pub(crate) struct Layout {
    root: PathBuf,
}

impl Layout {
    pub(crate) fn new(root: PathBuf) -> Self {
        Self { root }
    }

    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// A file of the `keys` subcommand, for instance `ca.crt`.
    pub(crate) fn key(&self, name: &str) -> PathBuf {
        self.root.join("keys").join(name)
    }

    pub(crate) fn kubeconfig(&self, user: &str) -> PathBuf {
        // User names of the control plane's own programs hold a colon.
        self.root.join("kubeconfigs").join(format!("{}.yaml", user.replace(':', "-")))
    }

    pub(crate) fn log(&self, program: &str) -> PathBuf {
        self.root.join("logs").join(format!("{program}.log"))
    }

    pub(crate) fn tokens(&self) -> PathBuf {
        self.root.join("tokens.csv")
    }

    pub(crate) fn rotating_token(&self) -> PathBuf {
        self.root.join("rollcall-token")
    }

    pub(crate) fn ports(&self) -> PathBuf {
        self.root.join("ports.json")
    }

    pub(crate) fn audit_policy(&self) -> PathBuf {
        self.root.join("audit-policy.yaml")
    }

    pub(crate) fn audit_log(&self) -> PathBuf {
        self.root.join("logs/audit.log")
    }

    pub(crate) fn stages(&self) -> PathBuf {
        self.root.join("stages.yaml")
    }

    /// First in KWOK's PATH: stands in for `cat` and its like under `kubectl exec`.
    pub(crate) fn wrappers(&self) -> PathBuf {
        self.root.join("bin")
    }

    /// The root folder of a pod, as `kubectl exec` sees it.
    pub(crate) fn pod(&self, namespace: &str, pod: &str) -> PathBuf {
        self.root.join("pods").join(namespace).join(pod)
    }

    /// The home folder of kubectl: its caches go here.
    pub(crate) fn home(&self) -> PathBuf {
        self.root.join("home")
    }
}
