//! One running control plane: its parts, and how to reach them.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::Duration;

use anyhow::{Result, bail};

use crate::audit::{self, AuditEntry, AuditMark};
use crate::binaries::Binaries;
use crate::layout::Layout;
use crate::options::Options;
use crate::ports::Ports;
use crate::programs::Program;
use crate::supervisor::{ProgramStatus, Supervisor};
use crate::tokens::{self, PANEL, Tokens};
use crate::wait::wait_until;

/// How long the parts of a control plane are given to come up; seconds are normal, a loaded machine
/// is slow.
pub(crate) const START: Duration = Duration::from_mins(2);

/// A running control plane. Dropping it ends its processes and removes its folder; so does the end
/// of this process, by whatever cause, which is why it may live in a static.
pub struct ControlPlane {
    // Dropped first: it waits until everything is gone, and then the lock is released.
    pub(crate) supervisor: Supervisor,
    pub(crate) binaries: Binaries,
    pub(crate) layout: Layout,
    pub(crate) ports: Ports,
    pub(crate) options: Options,
    pub(crate) tokens: Mutex<Tokens>,
    /// Held while a kept data folder is in use.
    pub(crate) _lock: Option<File>,
}

impl ControlPlane {
    /// Where the API server listens.
    pub fn api_url(&self) -> String {
        format!("https://127.0.0.1:{}", self.ports.api_server)
    }

    /// The CA that signed the API server's certificate, as PEM.
    pub fn ca_file(&self) -> PathBuf {
        self.layout.key("ca.crt")
    }

    /// The folder that holds all data and logs.
    pub fn folder(&self) -> &Path {
        self.layout.root()
    }

    /// What Kubernetes it is, for instance `v1.36.3`.
    pub fn version(&self) -> &str {
        &self.binaries.kubernetes_version
    }

    /// The control plane's own program; kubectl is `PROGRAM kubectl`.
    pub fn program(&self) -> &Path {
        &self.binaries.control_plane
    }

    /// The kubeconfig file of `admin`, `rollcall`, `rollcall-impersonator`, `rollcall-direct`,
    /// `alice`, `bob`, `carol` or `dave`.
    ///
    /// # Panics
    /// On another name.
    pub fn kubeconfig(&self, user: &str) -> PathBuf {
        assert!(tokens::is_known(user), "{}", tokens::no_such_user(user));
        self.layout.kubeconfig(user)
    }

    /// The programs that run or ended by themselves; those that were killed on purpose are left
    /// out.
    ///
    /// # Errors
    /// When the supervisor is gone.
    pub fn programs(&self) -> Result<Vec<ProgramStatus>> {
        self.supervisor.programs()
    }

    /// The end of a program's log, for error messages.
    pub fn log_tail(&self, program: Program) -> String {
        let text = std::fs::read(self.layout.log(program.name())).unwrap_or_default();
        let text = String::from_utf8_lossy(&text);
        let lines: Vec<&str> = text.lines().collect();
        lines[lines.len().saturating_sub(15)..].join("\n")
    }

    /// Kills a part with SIGKILL; returns when it is gone.
    ///
    /// # Errors
    /// When it does not run.
    pub fn kill(&self, program: Program) -> Result<()> {
        self.supervisor.kill(program.name())
    }

    /// Starts a part that was killed, on the same port and data, and does not wait until it is ready.
    ///
    /// # Errors
    /// When it still runs.
    pub fn launch(&self, program: Program) -> Result<()> {
        if program == Program::Kwok {
            // The leases are its predecessor's, and it would wait until they expire: 40 s.
            self.kubectl("admin", &["-n", "kube-node-lease", "delete", "leases", "--all"])?;
        }
        self.launch_first(program)
    }

    /// [`Self::launch`] where there was no predecessor.
    pub(crate) fn launch_first(&self, program: Program) -> Result<()> {
        let argv = program.argv(&self.binaries, &self.layout, self.ports, &self.options);
        let log = self.layout.log(program.name());
        self.supervisor.launch(program.name(), &argv, &program.env(&self.layout), &log)
    }

    /// Kills the API server with SIGKILL. Everything else lives on and reconnects.
    ///
    /// # Errors
    /// When the supervisor is gone.
    pub fn kill_api_server(&self) -> Result<()> {
        self.kill(Program::ApiServer)
    }

    /// Starts the API server again, on the same port and data, and waits until it is ready.
    ///
    /// # Errors
    /// When it still runs or does not become ready.
    pub fn start_api_server(&self) -> Result<()> {
        self.launch(Program::ApiServer)?;
        self.await_ready(&["api"])
    }

    /// Waits until controllers, scheduler and KWOK watch again after the API server was away: up to a minute each, by the back-off
    /// of client-go's reflectors.
    ///
    /// What is deleted and made anew under the same name before that is one change to whoever did not look. The scheduler then
    /// takes the new pod for the old one, which has its node, and never schedules it (seen with 1.36.3: "Pod updated on a
    /// different node than previously added to").
    ///
    /// # Errors
    /// When a first pod does not come up and go.
    pub fn await_working(&self) -> Result<()> {
        self.await_ready(&["--nodes", &self.options.nodes.to_string(), "ready"])
    }

    /// Ends the controller manager: from now on sets are not observed.
    ///
    /// # Errors
    /// When the supervisor is gone.
    pub fn stop_controller_manager(&self) -> Result<()> {
        self.kill(Program::ControllerManager)
    }

    /// Starts the controller manager again; it works some seconds later.
    ///
    /// # Errors
    /// When it still runs.
    pub fn start_controller_manager(&self) -> Result<()> {
        self.launch(Program::ControllerManager)
    }

    /// The end of the audit log now, for [`Self::audit_since`].
    pub fn audit_mark(&self) -> AuditMark {
        audit::mark(&self.layout.audit_log())
    }

    /// All of the audit log.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn audit(&self) -> Result<Vec<AuditEntry>> {
        self.audit_since(AuditMark(0))
    }

    /// The audit log after `mark`. An entry is written just after the client has its answer: to
    /// look for one, use [`Self::audit_find`].
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn audit_since(&self, mark: AuditMark) -> Result<Vec<AuditEntry>> {
        audit::since(&self.layout.audit_log(), mark)
    }

    /// Waits for an entry after `mark` that is `wanted`.
    ///
    /// # Errors
    /// When there is none within 10 s.
    pub fn audit_find(
        &self,
        mark: AuditMark,
        wanted: impl Fn(&AuditEntry) -> bool,
    ) -> Result<AuditEntry> {
        wait_until("an entry in the audit log", Duration::from_secs(10), || {
            Ok(self.audit_since(mark)?.into_iter().find(|entry| wanted(entry)))
        })
    }

    /// The token of a user; of `rollcall`, which has two, the first.
    ///
    /// # Errors
    /// When there is no such user.
    pub fn token(&self, user: &str) -> Result<String> {
        Ok(self.lock_tokens().first(user)?.to_owned())
    }

    /// A kubeconfig file of `rollcall` that names a file with the token, for
    /// [`Self::rotate_token`].
    pub fn rotating_kubeconfig(&self) -> PathBuf {
        self.layout.kubeconfig("rollcall-rotating")
    }

    /// Puts the second token of `rollcall` into the file of [`Self::rotating_kubeconfig`], as a
    /// node does with a service account's token. The API server knows both from the start.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn rotate_token(&self) -> Result<()> {
        let file = self.layout.rotating_token();
        let new = file.with_extension("new");
        std::fs::write(&new, self.lock_tokens().last(PANEL)?)?;
        std::fs::rename(new, file)?;
        Ok(())
    }

    /// Restarts the API server without the first token of `rollcall`: who still uses it gets 401.
    /// Its ordinary kubeconfig file is of no use any more then.
    ///
    /// # Errors
    /// When the API server does not come back.
    pub fn forget_first_token(&self) -> Result<()> {
        self.lock_tokens().forget_first(&self.layout, PANEL)?;
        self.kill_api_server()?;
        self.start_api_server()
    }

    pub(crate) fn write_kubeconfigs(&self) -> Result<()> {
        self.lock_tokens().write_kubeconfigs(&self.layout, &self.api_url())
    }

    fn lock_tokens(&self) -> std::sync::MutexGuard<'_, Tokens> {
        self.tokens.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// Fails when a part has ended that nobody ended: says which, and why.
    pub(crate) fn check_alive(&self) -> Result<()> {
        let all = [
            Program::Etcd,
            Program::ApiServer,
            Program::ControllerManager,
            Program::Scheduler,
            Program::Kwok,
            Program::Claims,
        ];
        let programs = self.programs()?;
        let Some(status) = programs.iter().find(|status| !status.exit.is_empty()) else {
            return Ok(());
        };
        let tail =
            all.into_iter().find(|program| program.name() == status.name).map(|p| self.log_tail(p));
        bail!("{} ended ({}):\n{}", status.name, status.exit, tail.unwrap_or_default());
    }
}
