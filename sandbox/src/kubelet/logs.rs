//! What containers write.

use jiff::Timestamp;

/// One line of a container's log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Line {
    pub(crate) at: Timestamp,
    pub(crate) text: String,
}

/// A line; the application of a pod tells what happens to it.
pub(super) fn line(at: Timestamp, text: impl Into<String>) -> Line {
    Line { at, text: text.into() }
}
