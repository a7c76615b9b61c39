//! The bundled kubectl, as one of the users.

use std::process::Command;
use std::time::Duration;

use anyhow::{Result, bail};

use crate::command;
use crate::plane::ControlPlane;
use crate::tokens;

/// Long enough for a wait inside kubectl, short enough that `exec -i`, which never ends under KWOK,
/// is noticed.
const TIMEOUT: Duration = Duration::from_secs(90);

impl ControlPlane {
    /// Runs kubectl as `user` and answers what it printed.
    ///
    /// # Errors
    /// When it fails (the error holds its standard error) or takes longer than 90 s.
    pub fn kubectl(&self, user: &str, arguments: &[&str]) -> Result<String> {
        self.kubectl_with_input(user, arguments, None, TIMEOUT)
    }

    /// Applies `yaml` in `namespace` as `user`, by `kubectl apply`.
    ///
    /// # Errors
    /// As [`Self::kubectl`].
    pub fn apply(&self, user: &str, namespace: &str, yaml: &str) -> Result<String> {
        self.kubectl_with_input(user, &["-n", namespace, "apply", "-f", "-"], Some(yaml), TIMEOUT)
    }

    /// kubectl with something on its standard input (name it by `-f -`) and a timeout of your own.
    ///
    /// # Errors
    /// As [`Self::kubectl`].
    pub fn kubectl_with_input(
        &self,
        user: &str,
        arguments: &[&str],
        input: Option<&str>,
        timeout: Duration,
    ) -> Result<String> {
        if !tokens::is_known(user) {
            bail!(tokens::no_such_user(user));
        }
        let mut command = Command::new(&self.binaries.control_plane);
        command
            .arg("kubectl")
            .arg("--kubeconfig")
            .arg(self.layout.kubeconfig(user))
            .args(arguments)
            // Discovery caches and preferences of the machine's user are not ours.
            .env("HOME", self.layout.home())
            .env_remove("KUBECONFIG");
        command::run(&mut command, input.map(str::as_bytes), timeout)
    }
}
