//! The process that owns the control plane's processes (`control-plane supervise`). It ends them
//! when its stdin closes, which the kernel sees to whatever becomes of us.

use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::{Mutex, PoisonError};

use anyhow::{Context as _, Result, bail};
use serde::Deserialize;
use serde_json::{Value, json};

pub(crate) struct Supervisor {
    pipes: Mutex<Option<Pipes>>,
    child: Mutex<Child>,
}

struct Pipes {
    orders: ChildStdin,
    answers: BufReader<ChildStdout>,
}

#[derive(Deserialize)]
struct Answer {
    #[serde(default)]
    error: String,
    #[serde(default)]
    programs: Vec<ProgramStatus>,
}

/// A program that was started, running or not.
#[derive(Debug, Clone, Deserialize)]
pub struct ProgramStatus {
    /// For instance `kube-apiserver`.
    pub name: String,
    /// Process id of its latest start.
    pub pid: u32,
    /// How it ended; empty while it runs.
    #[serde(default)]
    pub exit: String,
}

impl Supervisor {
    /// `remove`: a folder to remove at the end.
    pub(crate) fn start(control_plane: &Path, remove: Option<&Path>) -> Result<Self> {
        let mut command = Command::new(control_plane);
        command.arg("supervise");
        if let Some(folder) = remove {
            command.arg("--remove").arg(folder);
        }
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            // Ctrl-C goes to the whole foreground group: the supervisor is to outlive us and clean
            // up.
            .process_group(0)
            .spawn()
            .with_context(|| format!("cannot start {}", control_plane.display()))?;
        let orders = child.stdin.take().context("the supervisor has no stdin")?;
        let answers = BufReader::new(child.stdout.take().context("the supervisor has no stdout")?);
        Ok(Self { pipes: Mutex::new(Some(Pipes { orders, answers })), child: Mutex::new(child) })
    }

    pub(crate) fn launch(
        &self,
        name: &str,
        argv: &[String],
        env: &[String],
        log: &Path,
    ) -> Result<()> {
        self.order(&json!({ "do": "start", "name": name, "argv": argv, "env": env, "log": log }))?;
        Ok(())
    }

    /// Returns when the program is gone.
    pub(crate) fn kill(&self, name: &str) -> Result<()> {
        self.order(&json!({ "do": "signal", "name": name, "signal": "KILL" }))?;
        Ok(())
    }

    pub(crate) fn programs(&self) -> Result<Vec<ProgramStatus>> {
        self.order(&json!({ "do": "list" }))
    }

    fn order(&self, order: &Value) -> Result<Vec<ProgramStatus>> {
        let mut pipes = self.pipes.lock().unwrap_or_else(PoisonError::into_inner);
        let pipes = pipes.as_mut().context("the control plane is being stopped")?;
        let mut line = order.to_string();
        line.push('\n');
        pipes.orders.write_all(line.as_bytes()).context("the supervisor is gone")?;
        let mut line = String::new();
        pipes.answers.read_line(&mut line)?;
        let answer: Answer = serde_json::from_str(&line).context("the supervisor is gone")?;
        if !answer.error.is_empty() {
            bail!(answer.error);
        }
        Ok(answer.programs)
    }
}

impl Drop for Supervisor {
    /// Waits until everything is gone.
    fn drop(&mut self) {
        *self.pipes.lock().unwrap_or_else(PoisonError::into_inner) = None;
        self.child.lock().unwrap_or_else(PoisonError::into_inner).wait().ok();
    }
}
