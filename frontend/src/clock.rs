//! The server's time, as far as the browser can tell: ages are counted from it, not from the browser's own clock.

use std::time::Duration;

use jiff::Timestamp;
use leptos::prelude::*;

use crate::dom;
use crate::reactive::RwSignal;

/// An offset between the clocks is only taken over when it is off by more than this (ms), so that ages do not
/// jump with the latency of each message.
const TOLERANCE_MS: f64 = 400.0;

/// The ticking clock of the app.
#[derive(Clone, Copy)]
pub struct Clock {
    /// Server time less browser time, in ms.
    offset: RwSignal<f64>,
    /// The browser's time at the last tick, in ms.
    tick: RwSignal<f64>,
    /// Times are shown as dates, not as how long ago they were.
    exact: RwSignal<bool>,
}

impl Clock {
    /// Starts ticking once a second, for as long as the app lives.
    pub fn provide() -> Self {
        let clock = Self {
            offset: RwSignal::new(0.0),
            tick: RwSignal::new(dom::now_ms()),
            exact: RwSignal::new(false),
        };
        set_interval(move || clock.tick.set(dom::now_ms()), Duration::from_secs(1));
        provide_context(clock);
        clock
    }

    /// Whether times are shown as dates; tracked.
    pub fn exact(self) -> bool {
        self.exact.get()
    }

    /// Shows times as dates, or as how long ago they were again. Answers what is shown now.
    pub fn turn(self) -> &'static str {
        self.exact.update(|exact| *exact = !*exact);
        if self.exact.get_untracked() { "Times are exact." } else { "Times are how long ago." }
    }

    /// Learns the server's time from a message that just arrived.
    pub fn learn(self, server_now: Timestamp) {
        let offset = millis(server_now) - dom::now_ms();
        if let Some(offset) = corrected(self.offset.get_untracked(), offset) {
            self.offset.set(offset);
        }
    }

    /// The server's time at the last tick; tracked, so what reads it is renewed each second.
    pub fn now(self) -> Timestamp {
        timestamp(self.tick.get() + self.offset.get())
    }

    /// The server's time now, not tracked.
    pub fn now_untracked(self) -> Timestamp {
        timestamp(dom::now_ms() + self.offset.get_untracked())
    }

    /// The browser's time in ms; tracked, renewed each second.
    pub fn local_ms(self) -> f64 {
        self.tick.track();
        dom::now_ms()
    }
}

/// The clock of the app.
///
/// # Panics
/// Outside the app's component tree.
pub fn use_clock() -> Clock {
    expect_context::<Clock>()
}

/// The offset to take over, if the measured one differs by more than latency explains.
fn corrected(known: f64, measured: f64) -> Option<f64> {
    ((measured - known).abs() > TOLERANCE_MS).then_some(measured)
}

#[expect(clippy::cast_precision_loss, reason = "milliseconds since 1970 fit into 53 bits")]
fn millis(at: Timestamp) -> f64 {
    at.as_millisecond() as f64
}

#[expect(clippy::cast_possible_truncation, reason = "a browser's clock stays within i64 ms")]
fn timestamp(ms: f64) -> Timestamp {
    Timestamp::from_millisecond(ms as i64).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn latency_alone_does_not_move_the_clock() {
        assert_eq!(corrected(0.0, -120.0), None);
        assert_eq!(corrected(5_000.0, 5_200.0), None);
    }

    #[test]
    fn a_clock_that_is_off_is_corrected() {
        assert_eq!(corrected(0.0, 90_000.0), Some(90_000.0));
    }
}
