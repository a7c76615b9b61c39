//! What was heard is shown at once, and what follows within the same frame with the next one.
//!
//! Each message shown by itself costs the browser a computation of styles and places: where twenty sets roll, that alone was
//! more than one core has, and messages lay waiting for a second. Where for a while even
//! a frame is more than the machine has time for, the page rests between two of them: what comes meanwhile is one change and not
//! several, and whoever reads can still scroll.

use std::time::Duration;

use model::wire::SetDetail;

use super::feed::Delta;

/// A frame that took no longer (ms), with the wait for it, is light.
const LIGHT: f64 = 34.0;
/// And no rest is longer than this (ms).
const LONGEST: f64 = 250.0;
/// So much work (ms) the page may be behind before it rests: one change that moves many rows is over sooner, and what follows
/// it is to be seen at once.
const PATIENCE: f64 = 400.0;

/// How busy frames keep the page.
#[derive(Debug, Default)]
pub(super) struct Load {
    /// What heavy frames took, in ms, less the time between frames since.
    behind: f64,
    /// When the last frame ended, in ms.
    ended: f64,
}

impl Load {
    /// How long to rest after a frame from `began` to `ended` (ms): as long again, where heavy frames follow each other for a
    /// while.
    pub(super) fn rest(&mut self, began: f64, ended: f64) -> Duration {
        // A clock that was set back makes no frame a heavy one.
        let took = (ended - began).clamp(0.0, LONGEST);
        let idle = (began - self.ended).max(0.0);
        self.ended = ended;
        self.behind = (self.behind - idle).max(0.0);
        if took <= LIGHT {
            return Duration::ZERO;
        }
        self.behind += took;
        if self.behind <= PATIENCE {
            return Duration::ZERO;
        }
        // What it was behind before counts no longer for ever.
        self.behind = self.behind.min(PATIENCE + LONGEST);
        Duration::from_secs_f64(took / 1e3)
    }
}

/// What waits for the next frame.
#[derive(Default)]
pub(super) struct Frame {
    due: Due,
    /// Something was shown in this frame already.
    full: bool,
    pub(super) load: Load,
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
    fn a_few_heavy_frames_are_no_reason_to_rest() {
        let mut load = Load::default();
        for n in 0..8 {
            let began = f64::from(n) * 50.0;
            assert_eq!(load.rest(began, began + 50.0), Duration::ZERO, "{n}");
        }
        assert_eq!(load.rest(400.0, 450.0), Duration::from_millis(50));
        assert_eq!(load.rest(1_500.0, 1_550.0), Duration::ZERO, "after a second of nothing");
    }

    #[test]
    fn heavy_frames_without_end_take_half_of_the_time() {
        let (mut load, mut now, mut worked) = (Load::default(), 0.0, 0.0);
        while now < 60_000.0 {
            let rest = load.rest(now, now + 100.0);
            worked += 100.0;
            now += 100.0 + rest.as_secs_f64() * 1e3;
        }
        assert!(worked / now < 0.52, "{}", worked / now);
    }

    #[test]
    fn light_frames_and_a_clock_that_was_set_back_are_none() {
        let mut load = Load::default();
        for n in 0..100 {
            let began = f64::from(n) * 16.0;
            assert_eq!(load.rest(began, began + 16.0), Duration::ZERO);
            assert_eq!(load.rest(began, began - 5_000.0), Duration::ZERO);
        }
        let mut load = Load { behind: PATIENCE, ended: 0.0 };
        assert_eq!(load.rest(0.0, 9_000.0), Duration::from_millis(250), "and none for long");
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
