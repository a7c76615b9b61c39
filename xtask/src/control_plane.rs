//! `cargo xtask control-plane up|down|status`: a real control plane for use by hand.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use harness::ControlPlane;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde::{Deserialize, Serialize};

use crate::interrupt::Interrupt;
use crate::progress;
use crate::repository::Repository;

#[derive(clap::Subcommand)]
pub(crate) enum Order {
    /// Start it and keep it until Ctrl-C
    Up {
        /// Keep it in the background instead, until `down`
        #[arg(long)]
        background: bool,
        /// Keep its data in this folder, for the next `up`
        #[arg(long, value_name = "FOLDER")]
        data: Option<PathBuf>,
        #[command(flatten)]
        kubernetes: Kubernetes,
    },
    /// End the one in the background
    Down,
    /// Say whether one runs, and how to reach it
    Status,
}

/// Which Kubernetes.
#[derive(Clone, Debug, Default, clap::Args)]
pub(crate) struct Kubernetes {
    /// Kubernetes version; the pinned one if not given (1.33.13, 1.34.4 and 1.36.3 are known to build)
    #[arg(long, value_name = "VERSION")]
    kubernetes: Option<String>,
    /// Feature gates of API server and controllers, as MaxUnavailableStatefulSet=true
    #[arg(long, value_name = "GATE=BOOL", value_delimiter = ',', value_parser = gate)]
    feature_gates: Vec<(String, bool)>,
}

impl Kubernetes {
    fn options(&self) -> harness::Options {
        harness::Options {
            version: self.kubernetes.clone(),
            feature_gates: self.feature_gates.clone(),
            ..harness::Options::default()
        }
    }

    /// As they were given.
    fn arguments(&self) -> Vec<String> {
        let version = self.kubernetes.iter().map(|version| format!("--kubernetes={version}"));
        let gates =
            self.feature_gates.iter().map(|(name, on)| format!("--feature-gates={name}={on}"));
        version.chain(gates).collect()
    }
}

fn gate(text: &str) -> Result<(String, bool)> {
    let (name, on) = text.split_once('=').context("give it as NAME=true or NAME=false")?;
    Ok((name.to_owned(), on.parse()?))
}

/// What others need to know of the one that runs.
#[derive(Debug, Serialize, Deserialize)]
struct Running {
    /// Of the xtask that holds it.
    pid: i32,
    /// Kernel's start time of that process: ids come again.
    started: String,
    kubeconfig: PathBuf,
    kubectl: String,
}

pub(crate) fn run(repository: &Repository, order: &Order) -> Result<()> {
    let file = repository.target().join("control-plane.json");
    match order {
        Order::Up { .. } if find(&file).is_some() => {
            bail!("one runs already; see `cargo xtask control-plane status`")
        }
        Order::Up { background: false, data, kubernetes } => {
            hold(&file, harness::Options { data_dir: data.clone(), ..kubernetes.options() })
        }
        Order::Up { background: true, data, kubernetes } => {
            detach(&file, data.as_deref(), kubernetes)
        }
        Order::Down => down(&file),
        Order::Status => {
            match find(&file) {
                Some(running) => describe(&running),
                None => println!(
                    "No control plane runs. Start one: cargo xtask control-plane up --background"
                ),
            }
            Ok(())
        }
    }
}

fn hold(file: &Path, options: harness::Options) -> Result<()> {
    let interrupt = Interrupt::listen()?;
    let plane = progress::timed("start the control plane", || ControlPlane::start(options))?;
    let pid = i32::try_from(std::process::id())?;
    let running = Running {
        pid,
        started: started(pid).context("this process has a start time")?,
        kubeconfig: plane.kubeconfig("admin"),
        kubectl: kubectl(&plane),
    };
    // Whole or not at all: others wait for it.
    let new = file.with_extension("new");
    fs::write(&new, serde_json::to_vec_pretty(&running)?)?;
    fs::rename(new, file)?;
    describe(&running);
    println!("\nCtrl-C, or `cargo xtask control-plane down`, ends it.");
    interrupt.wait()?;
    progress::say("ending the control plane");
    drop(plane);
    fs::remove_file(file)?;
    Ok(())
}

fn detach(file: &Path, data: Option<&Path>, kubernetes: &Kubernetes) -> Result<()> {
    use std::os::unix::process::CommandExt as _;
    let log = file.with_extension("log");
    let output = fs::File::create(&log)?;
    let mut command = Command::new(std::env::current_exe()?);
    command.args(["control-plane", "up"]).args(kubernetes.arguments());
    if let Some(data) = data {
        command.arg("--data").arg(data);
    }
    command.stdin(Stdio::null()).stdout(output.try_clone()?).stderr(output);
    // Ctrl-C in this terminal is not meant for it.
    let mut child = command.process_group(0).spawn()?;
    progress::say(&format!("starting; its log is {}", log.display()));
    loop {
        if let Some(running) = find(file) {
            describe(&running);
            return Ok(());
        }
        if let Some(status) = child.try_wait()? {
            bail!("it did not start ({status}):\n{}", fs::read_to_string(&log)?);
        }
        thread::sleep(Duration::from_millis(100));
    }
}

fn down(file: &Path) -> Result<()> {
    let Some(running) = find(file) else {
        println!("No control plane runs.");
        return Ok(());
    };
    kill(Pid::from_raw(running.pid), Signal::SIGTERM)?;
    let end = Instant::now() + Duration::from_mins(1);
    while find(file).is_some() {
        if Instant::now() > end {
            bail!("process {} has not ended within a minute", running.pid);
        }
        thread::sleep(Duration::from_millis(50));
    }
    println!("The control plane has ended.");
    Ok(())
}

/// The one that runs. A file left by a process that was killed does not count.
fn find(file: &Path) -> Option<Running> {
    let running: Running = serde_json::from_slice(&fs::read(file).ok()?).ok()?;
    (started(running.pid).as_ref() == Some(&running.started)).then_some(running)
}

/// When a process started, in the kernel's clock ticks. Source: proc(5), `stat`, field 22.
fn started(pid: i32) -> Option<String> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The second field is the program's name in brackets and may hold blanks.
    stat.rsplit_once(')')?.1.split_whitespace().nth(19).map(str::to_owned)
}

/// How to call the control plane's own kubectl: the machine's may be another version, or not there.
pub(crate) fn kubectl(plane: &ControlPlane) -> String {
    let program = plane.program().display();
    format!("{program} kubectl --kubeconfig {}", plane.kubeconfig("admin").display())
}

fn describe(running: &Running) {
    println!("A control plane runs, held by process {}.", running.pid);
    println!("  export KUBECONFIG={}", running.kubeconfig.display());
    println!("  {} get nodes", running.kubectl);
    println!("  kubeconfigs of the other users lie beside that of admin");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_left_behind_by_a_dead_process_does_not_count() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("control-plane.json");
        assert!(find(&file).is_none());
        let pid = i32::try_from(std::process::id()).unwrap();
        let write = |started: String| {
            let running =
                Running { pid, started, kubeconfig: PathBuf::new(), kubectl: String::new() };
            fs::write(&file, serde_json::to_vec(&running).unwrap()).unwrap();
        };
        write(started(pid).unwrap());
        assert_eq!(find(&file).unwrap().pid, pid);
        write("1".to_owned());
        assert!(find(&file).is_none(), "the id belongs to another process by now");
    }
}
