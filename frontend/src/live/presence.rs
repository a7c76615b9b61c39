//! When the tab has a stream: while somebody looks at it.

use std::time::Duration;

use leptos::ev;
use leptos::prelude::*;

use super::{Inner, Live, Phase, away};
use crate::dom;

/// A tab without a seat (`seats.rs`) opens its stream this often ...
const LOOKS_IN_EVERY: Duration = Duration::from_secs(2);
/// ... and leaves it so long after it stands: what was missed is told first.
const LOOKS_IN_FOR: Duration = Duration::from_millis(300);

/// So often the server says something on every stream.
pub const BEAT: Duration = Duration::from_secs(5);
/// A stream silent for longer is dead although nobody closed it (ms).
pub const SILENT_MS: f64 = 15_000.0;

impl Live {
    /// Lets go of the stream in a tab that nobody looks at, and takes it up again. Also watches for silence.
    pub(super) fn follow_visibility(self) {
        away::follow(move || self.pause(), move || self.resume());
        let online = window_event_listener(ev::online, move |_| self.resume());
        on_cleanup(move || online.remove());
        set_interval(
            move || {
                let silent = self.connection.try_with_untracked(|c| {
                    c.phase == Phase::Live && c.heard.is_some_and(|h| dom::now_ms() - h > SILENT_MS)
                });
                if silent == Some(true) && !dom::is_hidden() {
                    self.broken();
                }
            },
            Duration::from_secs(2),
        );
    }

    /// Lets go of the stream: nobody looks.
    pub(super) fn pause(self) {
        if !self.inner.with_value(|i| i.running) {
            return;
        }
        self.next_epoch();
        self.inner.update_value(Inner::let_go);
        self.connection.update(|c| c.phase = Phase::Paused);
    }

    /// Somebody looks again: what was missed comes first.
    fn resume(self) {
        let phase = self.connection.with_untracked(|c| c.phase);
        if !matches!(phase, Phase::Lost | Phase::Paused) || !self.inner.with_value(|i| i.running) {
            return;
        }
        if phase == Phase::Paused {
            // That nobody looked is no fault; that the server does not answer now would be one.
            self.connection.update(|c| {
                c.phase = Phase::Lost;
                c.lost = Some(dom::now_ms());
                c.retry = None;
            });
        }
        self.try_now();
    }

    /// Without a seat the stream is left as soon as it has told what was missed, and opened anew a little later.
    pub(super) fn look_in(self) {
        let epoch = self.epoch();
        let later = move |act: fn(Self), wait| {
            set_timeout(
                move || {
                    if self.epoch() == epoch {
                        act(self);
                    }
                },
                wait,
            );
        };
        later(|live| live.inner.update_value(Inner::let_go), LOOKS_IN_FOR);
        later(Self::try_now, LOOKS_IN_EVERY);
    }
}
