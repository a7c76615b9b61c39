//! Logs, of one pod or of many: their lines, the window in which they scroll, and the controls around it.

mod controls;
pub mod lines;
mod standing;
mod window;

use std::time::Duration;

use crate::dom;
pub use controls::{follow_chip, search_field, switch};
pub use standing::{Standing, failed, says};
pub use window::Window;

/// How long until a server that does not answer is asked again, and logs that broke off are opened again.
pub const AGAIN: Duration = Duration::from_secs(2);

/// So many seconds back at most, as the API has it.
const LONGEST: f64 = 2_592_000.0;

/// How many seconds back to ask for what was written since a moment (the browser's time in ms): a little more, as clocks differ;
/// what comes twice is left out.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is clamped")]
pub fn seconds_back(since: f64) -> u32 {
    ((dom::now_ms() - since) / 1_000.0 + 30.0).clamp(30.0, LONGEST) as u32
}

/// A browser has six connections to a host over HTTP/1.1, for all its windows.
pub const ALL_TAKEN: &str = "Read once: other windows of this browser follow so much that it has no connection left for this log.";
