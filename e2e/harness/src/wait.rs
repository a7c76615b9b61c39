//! Waiting for something to be so.

use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};

/// Asks `probe` every 50 ms until it answers `Some`. An error of the probe is what is being waited
/// out: it only shows when the time is over.
///
/// # Errors
/// When `deadline` has passed; says `what` was waited for, and the last error.
pub fn wait_until<T>(
    what: &str,
    deadline: Duration,
    mut probe: impl FnMut() -> Result<Option<T>>,
) -> Result<T> {
    let end = Instant::now() + deadline;
    loop {
        let last = match probe() {
            Ok(Some(found)) => return Ok(found),
            Ok(None) => None,
            Err(error) => Some(error),
        };
        if Instant::now() >= end {
            let what = format!("waited {} s for {what}", deadline.as_secs_f32());
            match last {
                Some(error) => return Err(error).context(what),
                None => bail!(what),
            }
        }
        thread::sleep(Duration::from_millis(50));
    }
}
