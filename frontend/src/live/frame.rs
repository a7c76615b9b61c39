//! What was heard is shown at once, and what follows within the same frame with the next one.
//!
//! Each message shown by itself costs the browser a computation of styles and places: where twenty sets roll, that alone was
//! more than one core has, and messages lay waiting for a second. Where even a frame is more than the machine has time for, the
//! page rests between two of them: what comes meanwhile is one change and not several, and whoever reads can still scroll.

use std::time::Duration;

use model::wire::SetDetail;

use super::feed::Delta;

/// A frame that took no longer (ms), with the wait for it, is light.
const LIGHT: f64 = 34.0;
/// And no rest is longer than this (ms).
const LONGEST: f64 = 250.0;

/// How long to rest after a frame that took so long (ms): as long again, unless it was a light one.
pub(super) fn rest(took: f64) -> Duration {
    // A clock that was set back makes no frame a heavy one.
    if took > LIGHT { Duration::from_secs_f64(took.min(LONGEST) / 1e3) } else { Duration::ZERO }
}

/// What waits for the next frame.
#[derive(Default)]
pub(super) struct Frame {
    due: Due,
    /// Something was shown in this frame already.
    full: bool,
}

/// What is to be shown, the oldest first.
#[derive(Default)]
pub(super) struct Due {
    pub(super) deltas: Vec<Delta>,
    /// Only the newest is of use.
    pub(super) detail: Option<Box<SetDetail>>,
}

impl Due {
    fn is_empty(&self) -> bool {
        self.deltas.is_empty() && self.detail.is_none()
    }
}

impl Frame {
    /// A change of rows came; whether it may be shown at once.
    pub(super) fn rows(&mut self, delta: Delta) -> bool {
        self.due.deltas.push(delta);
        !self.full
    }

    /// The watched set came; whether it may be shown at once.
    pub(super) fn detail(&mut self, detail: Box<SetDetail>) -> bool {
        self.due.detail = Some(detail);
        !self.full
    }

    /// All that waits, to be shown now. Whoever takes it calls [`Frame::next`] with the next frame.
    pub(super) fn take(&mut self) -> Due {
        self.full = true;
        std::mem::take(&mut self.due)
    }

    /// The next frame has come; whether something waits for it.
    pub(super) fn next(&mut self) -> bool {
        self.full = false;
        !self.due.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moved() -> Delta {
        Delta { moved: true, ..Delta::default() }
    }

    #[test]
    fn a_heavy_frame_is_followed_by_a_rest_as_long_as_it() {
        let rests = [-5_000.0, 16.0, 34.0, 50.0, 9_000.0].map(|took| rest(took).as_millis());
        assert_eq!(rests, [0, 0, 0, 50, 250]);
    }

    #[test]
    fn the_first_is_shown_at_once_and_the_rest_with_the_next_frame_in_their_order() {
        let mut frame = Frame::default();
        assert!(frame.rows(Delta::default()));
        assert_eq!(frame.take().deltas, vec![Delta::default()]);
        assert!(!frame.rows(moved()));
        assert!(!frame.rows(Delta::default()));
        assert!(frame.next());
        assert_eq!(frame.take().deltas, vec![moved(), Delta::default()]);
        assert!(!frame.next(), "nothing is shown twice");
        assert!(frame.rows(moved()), "after a frame in which nothing came");
    }
}
