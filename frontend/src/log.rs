//! Logs, of one pod or of many: their lines, the window in which they scroll, and the controls around it.

mod controls;
pub mod lines;
mod standing;
mod window;

pub use controls::{follow_chip, search_field, switch};
pub use standing::{Standing, failed, says};
pub use window::Window;

/// A browser has six connections to a host over HTTP/1.1, for all its windows.
pub const ALL_TAKEN: &str = "Read once: other windows of this browser follow so much that it has no connection left for this log.";
