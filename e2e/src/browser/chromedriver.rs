//! ChromeDriver on a free port.

use std::io::{BufRead, BufReader};
use std::os::unix::process::CommandExt as _;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};

use anyhow::{Context as _, Result, bail};

use crate::PATIENCE;

/// It takes a free port of one kind of address and ends if somebody else has that of the other kind, which happens where many
/// tests run beside each other.
const TRIES: usize = 5;

/// Starts it in a process group of its own; answers with its port.
pub(super) fn start() -> Result<(Child, String)> {
    for _ in 0..TRIES {
        // Ending ChromeDriver alone would leave the browser behind.
        let mut child = Command::new("chromedriver")
            .process_group(0)
            .args(["--port=0", "--log-level=SEVERE"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .context("chromedriver is missing: apt-get install chromium chromium-driver fonts-dejavu-core")?;
        let out = child.stdout.take().context("its output")?;
        let (said, heard) = mpsc::channel();
        std::thread::spawn(move || {
            for line in BufReader::new(out).lines().map_while(Result::ok) {
                let digits = line
                    .rsplit_once("on port ")
                    .map(|(_, rest)| rest.trim_end_matches('.').to_owned());
                // The first line says what was asked for, the second what was got.
                if let Some(port) = digits.filter(|p| p != "0") {
                    let _ = said.send(port);
                }
            }
        });
        let port = heard.recv_timeout(PATIENCE);
        if let Ok(port) = port {
            return Ok((child, port));
        }
        end(&mut child);
        if port == Err(RecvTimeoutError::Timeout) {
            bail!("chromedriver does not say on which port it listens");
        }
    }
    bail!("chromedriver has ended {TRIES} times before it said on which port it listens")
}

/// Ends it with the browser.
pub(super) fn end(driver: &mut Child) {
    if let Ok(group) = i32::try_from(driver.id()) {
        let group = nix::unistd::Pid::from_raw(group);
        let _ = nix::sys::signal::killpg(group, nix::sys::signal::Signal::SIGKILL);
    }
    let _ = driver.wait();
}
