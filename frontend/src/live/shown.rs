//! What messages change, brought to the page: all of a frame together, each signal once.

use std::collections::HashMap;
use std::time::Duration;

use leptos::prelude::*;
use model::wire::SetRow;

use super::Live;
use super::feed::Delta;
use crate::dom;
use crate::reactive::ArcRwSignal;

impl Live {
    pub(super) fn take_fleet(self, version: u64, sets: Vec<SetRow>) {
        self.inner.update_value(|i| {
            let delta = i.feed.snapshot(version, sets);
            i.frame.rows(delta);
        });
        self.show();
    }

    /// See [`super::frame`].
    pub(super) fn show_soon(self, at_once: Option<bool>) {
        // Nothing is drawn in a hidden tab: its next frame may be hours away.
        if at_once == Some(true) || dom::is_hidden() {
            self.show();
        }
    }

    /// Shows all that waits.
    fn show(self) {
        let Some(due) = self.inner.try_update_value(|i| i.frame.take()) else { return };
        let began = dom::now_ms();
        self.spread(due.deltas);
        if let Some(detail) = due.detail {
            self.take_detail(*detail);
        }
        let next = move || {
            if self.inner.try_update_value(|i| i.frame.next()) == Some(true) {
                self.show();
            }
        };
        // Behind the frame and not in it: what looks at the page before it is painted asks for the frame that comes then.
        request_animation_frame(move || {
            set_timeout(
                move || {
                    let ended = dom::now_ms();
                    match self.inner.try_update_value(|i| i.frame.load.rest(began, ended)) {
                        None | Some(Duration::ZERO) => next(),
                        Some(rest) => set_timeout(next, rest),
                    }
                },
                Duration::ZERO,
            );
        });
    }

    /// Renews the signals that messages touched, each one once.
    fn spread(self, deltas: Vec<Delta>) {
        let moved = deltas.iter().any(|delta| delta.moved);
        let changed =
            deltas.iter().any(|delta| !delta.changed.is_empty() || !delta.gone.is_empty());
        let mut renew = HashMap::new();
        self.inner.update_value(|i| {
            for delta in deltas {
                for row in delta.changed {
                    if let Some(signal) = i.rows.get(&row.key()) {
                        renew.insert(row.key(), (signal.clone(), row));
                    } else {
                        i.rows.insert(row.key(), ArcRwSignal::new(row));
                    }
                }
                for key in &delta.gone {
                    i.rows.remove(key);
                }
            }
        });
        for (signal, row) in renew.into_values() {
            signal.set(row);
        }
        if moved {
            self.index.update(|i| *i += 1);
        }
        if changed {
            self.changes.update(|n| *n += 1);
        }
    }
}
