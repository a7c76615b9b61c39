//! Running a program to its end, but not for ever.

use std::io::{Read, Write as _};
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, anyhow, bail};

/// Runs `command` with `input` and answers its standard output.
///
/// # Errors
/// When it cannot be started, does not end within `timeout` (then it is killed) or fails; the error
/// holds what it wrote to standard error.
pub(crate) fn run(
    command: &mut Command,
    input: Option<&[u8]>,
    timeout: Duration,
) -> Result<String> {
    let line = describe(command);
    let end = Instant::now() + timeout;
    let mut child = command
        .stdin(if input.is_some() { Stdio::piped() } else { Stdio::null() })
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .with_context(|| format!("cannot start `{line}`"))?;
    if let (Some(input), Some(mut stdin)) = (input, child.stdin.take()) {
        let input = input.to_vec();
        // A program that ends without reading closes the pipe; its exit says why.
        thread::spawn(move || stdin.write_all(&input).ok());
    }
    let stdout = drain(child.stdout.take());
    let stderr = drain(child.stderr.take());
    let mut read = |source: &mpsc::Receiver<String>| {
        source.recv_timeout(end.saturating_duration_since(Instant::now())).map_err(|_| {
            child.kill().ok();
            anyhow!("`{line}` did not end within {} s", timeout.as_secs_f32())
        })
    };
    let output = read(&stdout).and_then(|out| Ok((out, read(&stderr)?)));
    // After a kill too, or the process stays as a zombie.
    let status = child.wait()?;
    let (stdout, stderr) = output?;
    if !status.success() {
        bail!("`{line}` failed ({status}): {}", stderr.trim());
    }
    Ok(stdout)
}

fn describe(command: &Command) -> String {
    let mut line = command.get_program().to_string_lossy().into_owned();
    for argument in command.get_args() {
        line.push(' ');
        line.push_str(&argument.to_string_lossy());
    }
    line
}

fn drain(source: Option<impl Read + Send + 'static>) -> mpsc::Receiver<String> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        let mut bytes = Vec::new();
        if let Some(mut source) = source {
            source.read_to_end(&mut bytes).ok();
        }
        // Nobody listens any more after a timeout.
        sender.send(String::from_utf8_lossy(&bytes).into_owned()).ok();
    });
    receiver
}
