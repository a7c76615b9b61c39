//! Running other programs.

use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;

use anyhow::{Context as _, Result, bail};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::interrupt::Interrupt;

/// The command as one would type it, for messages.
pub(crate) fn line(command: &Command) -> String {
    let program = PathBuf::from(command.get_program());
    let program = program.file_name().unwrap_or(command.get_program()).to_string_lossy();
    let arguments = command.get_args().map(|argument| argument.to_string_lossy());
    std::iter::once(program).chain(arguments).collect::<Vec<_>>().join(" ")
}

/// Runs it to its end; its output goes to the terminal.
///
/// # Errors
/// When it cannot be started or fails.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    let status = command.status().with_context(|| format!("cannot start `{}`", line(command)))?;
    if !status.success() {
        bail!("`{}` failed ({status})", line(command));
    }
    Ok(())
}

/// Runs it to its end and answers its standard output; standard error goes to the terminal.
///
/// # Errors
/// When it cannot be started, fails, or writes what is not UTF-8.
pub(crate) fn output(command: &mut Command) -> Result<String> {
    let output = command
        .stderr(Stdio::inherit())
        .output()
        .with_context(|| format!("cannot start `{}`", line(command)))?;
    if !output.status.success() {
        bail!("`{}` failed ({})", line(command), output.status);
    }
    String::from_utf8(output.stdout).with_context(|| format!("the output of `{}`", line(command)))
}

/// Children that go with us when we are told to end.
static KEPT: Mutex<Vec<u32>> = Mutex::new(Vec::new());

/// An entry among the children that go with us; the child is its owner's again when this is dropped.
pub(crate) struct Kept(u32);

/// Lets a child go with us, if [`end_with_children`] was called.
pub(crate) fn keep(child: &Child) -> Kept {
    kept().push(child.id());
    Kept(child.id())
}

fn kept() -> MutexGuard<'static, Vec<u32>> {
    KEPT.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Drop for Kept {
    fn drop(&mut self) {
        kept().retain(|id| *id != self.0);
    }
}

/// From now on Ctrl-C and SIGTERM end us together with the children that are kept: most of them do not notice that we are gone.
pub(crate) fn end_with_children() -> Result<()> {
    let interrupt = Interrupt::listen()?;
    thread::spawn(move || {
        if interrupt.wait().is_err() {
            return;
        }
        for id in kept().iter() {
            if let Ok(id) = i32::try_from(*id) {
                let _ = kill(Pid::from_raw(id), Signal::SIGTERM);
            }
        }
        // As a shell tells of a program that Ctrl-C has ended.
        std::process::exit(130);
    });
    Ok(())
}

/// Where `program` lies on PATH.
pub(crate) fn find(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(program)).find(|file| file.is_file())
}
