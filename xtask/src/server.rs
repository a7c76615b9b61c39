//! `rollcall serve` as a child of ours.

use std::fs::{self, File};
use std::io::Write as _;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::http::{Client, Request};
use crate::process;

/// How long it may take to answer `/readyz`.
const START: Duration = Duration::from_mins(1);
/// How long it may take to end its streams and close its database.
const STOP: Duration = Duration::from_secs(20);

/// What to start.
pub(crate) struct Installation {
    pub(crate) binary: PathBuf,
    pub(crate) kubeconfig: PathBuf,
    /// Database and log go here.
    pub(crate) folder: PathBuf,
    /// The cluster's name in the top bar.
    pub(crate) cluster: &'static str,
}

/// A running server; dropping it ends it.
pub(crate) struct Server {
    child: Child,
    address: SocketAddr,
    log: PathBuf,
}

impl Installation {
    pub(crate) fn database(&self) -> PathBuf {
        self.folder.join("rollcall.db")
    }

    /// Adds a user with one role in all namespaces.
    pub(crate) fn add_user(&self, user: &str, password: &str, role: &str) -> Result<()> {
        let mut command = Command::new(&self.binary);
        command.arg("user").arg("--database").arg(self.database());
        command.args(["add", user, "--role", role]);
        // On standard input, where no other user of the machine can read it.
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::null()).spawn()?;
        let mut stdin = child.stdin.take().context("stdin was asked for")?;
        stdin.write_all(format!("{password}\n").as_bytes())?;
        drop(stdin);
        let status = child.wait()?;
        if !status.success() {
            bail!("`{}` failed ({status})", process::line(&command));
        }
        Ok(())
    }

    /// Starts it on a free port of the loopback interface; does not wait until it is ready.
    pub(crate) fn start(&self) -> Result<Server> {
        // Free a moment ago, and nobody else asks the system for this very port.
        let address = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?;
        let log = self.folder.join("rollcall.log");
        let mut command = Command::new(&self.binary);
        command.args(["serve", "--authority", "direct", "--cluster-name", self.cluster]);
        command.arg("--listen").arg(address.to_string());
        command.arg("--database").arg(self.database());
        command.arg("--kubeconfig").arg(&self.kubeconfig);
        let output = File::options().create(true).append(true).open(&log)?;
        command.stdin(Stdio::null()).stdout(output.try_clone()?).stderr(output);
        let child =
            command.spawn().with_context(|| format!("cannot start {}", self.binary.display()))?;
        Ok(Server { child, address, log })
    }
}

impl Server {
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(crate) fn client(&self) -> Client {
        Client::new(self.address)
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Waits until `/readyz` says so.
    ///
    /// # Errors
    /// When it ends instead, or takes longer than a minute; the error holds the end of its log.
    pub(crate) fn await_ready(&mut self) -> Result<()> {
        let end = Instant::now() + START;
        let client = self.client();
        loop {
            let answer = client.send(&Request { path: "/readyz", ..Request::default() });
            if answer.is_ok_and(|answer| answer.status == 200) {
                return Ok(());
            }
            if let Some(status) = self.child.try_wait()? {
                bail!("the server ended ({status}):\n{}", self.log_tail());
            }
            if Instant::now() > end {
                bail!("the server does not become ready:\n{}", self.log_tail());
            }
            thread::sleep(Duration::from_millis(5));
        }
    }

    /// Ends it as an init system would.
    pub(crate) fn stop(&mut self) -> Result<()> {
        if self.child.try_wait()?.is_some() {
            return Ok(());
        }
        let pid = Pid::from_raw(i32::try_from(self.child.id()).context("process ids are small")?);
        kill(pid, Signal::SIGTERM)?;
        let end = Instant::now() + STOP;
        while self.child.try_wait()?.is_none() {
            if Instant::now() > end {
                self.child.kill()?;
                self.child.wait()?;
                bail!(
                    "the server did not end within {} s and was killed:\n{}",
                    STOP.as_secs(),
                    self.log_tail()
                );
            }
            thread::sleep(Duration::from_millis(20));
        }
        Ok(())
    }

    fn log_tail(&self) -> String {
        let text = fs::read(&self.log).unwrap_or_default();
        let text = String::from_utf8_lossy(&text);
        let lines: Vec<&str> = text.lines().collect();
        lines[lines.len().saturating_sub(20)..].join("\n")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Err(error) = self.stop() {
            crate::progress::complain(&format!("{error:#}"));
        }
    }
}

/// A password for throw-away installations: 20 characters that are easily typed.
pub(crate) fn password() -> Result<String> {
    const LETTERS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
    let mut bytes = [0; 20];
    std::io::Read::read_exact(&mut File::open("/dev/urandom")?, &mut bytes)?;
    let letter = |byte: &u8| char::from(LETTERS[usize::from(byte % 32)]);
    let groups: Vec<String> =
        bytes.chunks(5).map(|group| group.iter().map(letter).collect()).collect();
    Ok(groups.join("-"))
}

/// Makes a folder for an installation within that of a control plane, with which it is removed.
pub(crate) fn folder(plane: &Path) -> Result<PathBuf> {
    let folder = plane.join("panel");
    fs::create_dir_all(&folder)?;
    Ok(folder)
}
