//! The server under test: the real binary in a process of its own.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;

use anyhow::{Context, Result, bail};
use harness::ControlPlane;

use crate::PATIENCE;
use crate::api::Client;

/// How to start it.
#[derive(Clone, Debug)]
pub struct PanelOptions {
    /// User of the harness whose kubeconfig the server runs with.
    pub kube_user: String,
    pub authority: String,
    /// Seconds.
    pub stuck_after: u32,
    /// Further arguments of `rollcall serve`.
    pub args: Vec<String>,
    /// Kubeconfig instead of the user's own.
    pub kubeconfig: Option<PathBuf>,
}

impl Default for PanelOptions {
    fn default() -> Self {
        Self {
            kube_user: "rollcall-direct".into(),
            authority: "direct".into(),
            stuck_after: 300,
            args: Vec::new(),
            kubeconfig: None,
        }
    }
}

/// A running server with its own database. Ends with this value.
#[derive(Debug)]
pub struct Panel {
    child: Child,
    /// `http://127.0.0.1:PORT`.
    pub url: String,
    folder: tempfile::TempDir,
    kubeconfig: PathBuf,
    options: PanelOptions,
}

/// Where what it prints is kept, in its folder.
const SAID: &str = "rollcall.out";

/// The password of every user that the tests make.
pub const PASSWORD: &str = "correct horse battery";

/// The server's binary.
pub fn binary() -> PathBuf {
    if let Some(path) = std::env::var_os("ROLLCALL_BIN") {
        return path.into();
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("e2e lies in the workspace");
    let target =
        std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from);
    target.join("debug/rollcall")
}

impl Panel {
    /// Starts it on a free port and waits until it answers.
    ///
    /// # Errors
    /// If it ends at once or does not say where it listens in time.
    pub fn start(plane: &ControlPlane, options: PanelOptions) -> Result<Self> {
        let kubeconfig =
            options.kubeconfig.clone().unwrap_or_else(|| plane.kubeconfig(&options.kube_user));
        Self::before(kubeconfig, options)
    }

    /// Starts it before the cluster of a kubeconfig.
    ///
    /// # Errors
    /// As [`Panel::start`].
    pub fn before(kubeconfig: PathBuf, options: PanelOptions) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let (child, url) = launch(folder.path(), &kubeconfig, &options, ANYWHERE)?;
        Ok(Self { child, url, folder, kubeconfig, options })
    }

    /// The link that makes the first administrator, as it has printed it.
    ///
    /// # Errors
    /// If it prints none in time.
    pub fn setup_link(&self) -> Result<String> {
        harness::wait_until("the set-up link", PATIENCE, || {
            let said = std::fs::read_to_string(self.folder.path().join(SAID))?;
            Ok(said.lines().find(|line| line.contains("/setup#")).map(str::to_owned))
        })
    }

    pub fn database(&self) -> PathBuf {
        self.folder.path().join("rollcall.db")
    }

    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Ends it as by power loss.
    ///
    /// # Errors
    /// If the process cannot be ended.
    pub fn kill(&mut self) -> Result<()> {
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }

    /// Starts it again on the same database (and another port).
    ///
    /// # Errors
    /// As [`Panel::start`].
    pub fn start_again(&mut self) -> Result<()> {
        self.start_at(ANYWHERE)
    }

    /// Starts it again on the same database and the same port, so that its pages find it.
    ///
    /// # Errors
    /// As [`Panel::start`]; also if somebody else has taken the port meanwhile.
    pub fn start_there(&mut self) -> Result<()> {
        let address = self.url.trim_start_matches("http://").to_owned();
        self.start_at(&address)
    }

    fn start_at(&mut self, address: &str) -> Result<()> {
        let (child, url) = launch(self.folder.path(), &self.kubeconfig, &self.options, address)?;
        self.child = child;
        self.url = url;
        Ok(())
    }

    /// Ends it as an operator would and waits for it.
    ///
    /// # Errors
    /// If it does not end in time.
    pub fn stop(&mut self) -> Result<()> {
        let pid = nix::unistd::Pid::from_raw(self.child.id().try_into()?);
        nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGTERM)?;
        harness::wait_until("the server ends", PATIENCE, || Ok(self.child.try_wait()?))?;
        Ok(())
    }

    /// Runs another command of the binary on the same database; answers its output.
    ///
    /// # Errors
    /// With its error output if it fails.
    pub fn command(&self, args: &[&str], input: &str) -> Result<String> {
        run(&self.database(), args, input)
    }

    /// Makes a user (`role` as on the command line: `operator`, `operator:shop`) and logs in.
    ///
    /// # Errors
    /// If either fails.
    pub fn user(&self, name: &str, role: &str) -> Result<Client> {
        self.command(&["user", "add", name, "--role", role], &format!("{PASSWORD}\n"))?;
        Client::log_in(&self.url, name, PASSWORD)
    }
}

impl Drop for Panel {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Runs a command of the binary on a database.
///
/// # Errors
/// With its error output if it fails.
pub fn run(database: &Path, args: &[&str], input: &str) -> Result<String> {
    let mut child = Command::new(binary())
        .args(args)
        .env("ROLLCALL_DATABASE", database)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .with_context(|| format!("{} does not start", binary().display()))?;
    child.stdin.take().context("its input")?.write_all(input.as_bytes())?;
    let out = child.wait_with_output()?;
    let text = String::from_utf8_lossy(&out.stdout).into_owned();
    if !out.status.success() {
        bail!("rollcall {args:?}: {}{text}", String::from_utf8_lossy(&out.stderr));
    }
    Ok(text)
}

/// Any free port.
const ANYWHERE: &str = "127.0.0.1:0";

fn launch(
    folder: &Path,
    kubeconfig: &Path,
    options: &PanelOptions,
    address: &str,
) -> Result<(Child, String)> {
    let log =
        std::fs::File::options().create(true).append(true).open(folder.join("rollcall.log"))?;
    let mut child = Command::new(binary())
        .arg("serve")
        .args(["--listen", address, "--cluster-name", "test"])
        .arg("--database")
        .arg(folder.join("rollcall.db"))
        .arg("--kubeconfig")
        .arg(kubeconfig)
        .args(["--authority", &options.authority])
        .args(["--stuck-after", &options.stuck_after.to_string()])
        .args(&options.args)
        .stdout(Stdio::piped())
        .stderr(log)
        .spawn()
        .with_context(|| {
            format!("{} does not start; `cargo xtask build --dev` makes it", binary().display())
        })?;
    let out = child.stdout.take().context("its output")?;
    let (said, heard) = mpsc::channel();
    let mut kept = std::fs::File::create(folder.join(SAID))?;
    std::thread::spawn(move || {
        for line in BufReader::new(out).lines().map_while(Result::ok) {
            let _ = writeln!(kept, "{line}");
            if let Some(url) = line.strip_prefix("listening on ") {
                let _ = said.send(url.trim().to_owned());
            }
        }
    });
    if let Ok(url) = heard.recv_timeout(PATIENCE) {
        return Ok((child, url));
    }
    let _ = child.kill();
    let _ = child.wait();
    let log = std::fs::read_to_string(folder.join("rollcall.log")).unwrap_or_default();
    bail!("the server did not say where it listens:\n{log}")
}
