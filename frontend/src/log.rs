//! Logs, of one pod or of many: their lines, the window in which they scroll, and the controls around it.

mod controls;
pub mod lines;
mod since;
mod standing;
mod window;

use std::time::Duration;

pub use controls::{follow_chip, search_field, switch};
pub use since::Since;
pub use standing::{Standing, failed, says};
pub use window::Window;

/// How long until a server that does not answer is asked again, and logs that broke off are opened again.
pub const AGAIN: Duration = Duration::from_secs(2);

/// So long after a stream has opened again all that was missed has come, also over a slow line.
pub const WHOLE: Duration = Duration::from_secs(20);

/// A browser has six connections to a host over HTTP/1.1, for all its windows.
pub const ALL_TAKEN: &str = "Read once: other windows of this browser follow so much that it has no connection left for this log.";
