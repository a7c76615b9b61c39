//! `rollcall serve` as a child of ours.

use std::fs::{self, File};
use std::io::Write as _;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::http::{Client, Request};
use crate::process::{self, Kept};

/// How long it may take to answer `/readyz`.
const START: Duration = Duration::from_mins(1);
/// How long it may take to end its streams and close its database.
const STOP: Duration = Duration::from_secs(20);

/// The port is that of "discard", on which nobody listens.
const NOWHERE: &str = "\
apiVersion: v1
kind: Config
current-context: nowhere
contexts: [{name: nowhere, context: {cluster: nowhere, user: nobody}}]
clusters: [{name: nowhere, cluster: {server: 'http://127.0.0.1:9'}}]
users: [{name: nobody, user: {}}]
";

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
    _kept: Kept,
    address: SocketAddr,
    log: PathBuf,
}

impl Installation {
    pub(crate) fn database(&self) -> PathBuf {
        self.folder.join("rollcall.db")
    }

    /// Makes the database, as a server does that meets no cluster: nothing is recorded in it.
    pub(crate) fn make_database(&self) -> Result<()> {
        let kubeconfig = self.folder.join("nowhere.kubeconfig");
        fs::write(&kubeconfig, NOWHERE)?;
        let nowhere = Self {
            binary: self.binary.clone(),
            kubeconfig,
            folder: self.folder.clone(),
            cluster: self.cluster,
        };
        let mut server = nowhere.start()?;
        server.await_ready()?;
        server.stop()
    }

    /// Adds a user with one role in all namespaces. The database has to be there.
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

    /// Starts it on a free port of the loopback interface and waits until it has said which, not until it is ready.
    pub(crate) fn start(&self) -> Result<Server> {
        let log = self.folder.join("rollcall.log");
        let said = self.folder.join("rollcall.out");
        let mut command = Command::new(&self.binary);
        command.args(["serve", "--authority", "direct", "--cluster-name", self.cluster]);
        command.args(["--listen", "127.0.0.1:0"]);
        command.arg("--database").arg(self.database());
        command.arg("--kubeconfig").arg(&self.kubeconfig);
        command.stdin(Stdio::null());
        command.stdout(File::create(&said)?);
        command.stderr(File::options().create(true).append(true).open(&log)?);
        let child =
            command.spawn().with_context(|| format!("cannot start {}", self.binary.display()))?;
        let nowhere = SocketAddr::from(([0, 0, 0, 0], 0));
        let mut server = Server { _kept: process::keep(&child), child, address: nowhere, log };
        server.address = server
            .await_some("say where it listens", || Ok(address(&fs::read_to_string(&said)?)))?;
        Ok(server)
    }
}

/// Where it listens, by what it printed.
fn address(said: &str) -> Option<SocketAddr> {
    // A line without its end may still grow.
    let mut lines = said.split_inclusive('\n').filter_map(|line| line.strip_suffix('\n'));
    lines.find_map(|line| line.strip_prefix("listening on http://")?.parse().ok())
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
        let client = self.client();
        self.await_some("become ready", || {
            let answer = client.send(&Request { path: "/readyz", ..Request::default() });
            Ok(answer.is_ok_and(|answer| answer.status == 200).then_some(()))
        })
    }

    fn await_some<T>(&mut self, what: &str, probe: impl Fn() -> Result<Option<T>>) -> Result<T> {
        let end = Instant::now() + START;
        loop {
            if let Some(found) = probe()? {
                return Ok(found);
            }
            if let Some(status) = self.child.try_wait()? {
                bail!("the server ended ({status}):\n{}", self.log_tail());
            }
            if Instant::now() > end {
                bail!("the server does not {what}:\n{}", self.log_tail());
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_is_read_only_from_a_whole_line() {
        assert_eq!(address(""), None);
        assert_eq!(address("listening on http://127.0.0.1:80"), None, "8080, perhaps");
        let said = "listening on http://127.0.0.1:8080\nno administrator yet\n";
        assert_eq!(address(said).unwrap().port(), 8080);
    }

    #[test]
    fn passwords_are_long_and_differ() {
        let (one, other) = (password().unwrap(), password().unwrap());
        assert_eq!(one.len(), 23);
        assert_ne!(one, other);
    }
}
