//! `cargo xtask demo`: the panel before a cluster with sets in all states, in the program or real.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::build::{self, Profile};
use crate::interrupt::Interrupt;
use crate::process;
use crate::repository::Repository;

mod real;

/// How often it is looked whether something has ended.
const LOOK: Duration = Duration::from_millis(50);
/// How long the demo may take to print its link.
const START: Duration = Duration::from_mins(2);

#[derive(clap::Args)]
pub(crate) struct Options {
    /// Before a real control plane (API server, controllers, scheduler, etcd; built with Go) instead of the cluster that lives
    /// in the program
    #[arg(long)]
    real: bool,
    /// The server unoptimised: quicker to build
    #[arg(long)]
    dev: bool,
    /// Start everything, print what would be printed, and end
    #[arg(long)]
    once: bool,
}

pub(crate) fn run(repository: &Repository, options: &Options) -> Result<()> {
    let profile = if options.dev { Profile::Dev } else { Profile::Release };
    let binary = build::ensure(repository, profile)?;
    if options.real {
        real::run(repository, binary, options.once)
    } else {
        inside(&binary, options.once)
    }
}

/// `rollcall demo` as a child, with our terminal.
fn inside(binary: &Path, once: bool) -> Result<()> {
    // From here on Ctrl-C goes through our hands; a terminal sends it to the child too.
    let interrupt = Interrupt::listen()?;
    let mut command = Command::new(binary);
    command.args(["demo", "--port", "0"]).stdin(Stdio::null()).stdout(Stdio::piped());
    let line = process::line(&command);
    let mut child = command.spawn().with_context(|| format!("cannot start `{line}`"))?;
    let said = child.stdout.take().context("stdout was asked for")?;
    let (sender, links) = mpsc::channel();
    thread::spawn(move || {
        for line in BufReader::new(said).lines().map_while(Result::ok) {
            println!("{line}");
            if line.contains("/demo#") {
                let _ = sender.send(());
            }
        }
    });
    if once {
        let printed = links.recv_timeout(START);
        end(&mut child)?;
        return printed.with_context(|| format!("`{line}` has printed no link"));
    }
    loop {
        if let Some(status) = child.try_wait()? {
            if status.success() {
                return Ok(());
            }
            bail!("`{line}` failed ({status})");
        }
        if interrupt.came() {
            return end(&mut child);
        }
        thread::sleep(LOOK);
    }
}

/// Lets it clear up after itself.
fn end(child: &mut Child) -> Result<()> {
    if child.try_wait()?.is_none() {
        let pid = i32::try_from(child.id()).context("process ids are small")?;
        kill(Pid::from_raw(pid), Signal::SIGTERM)?;
        child.wait()?;
    }
    Ok(())
}
