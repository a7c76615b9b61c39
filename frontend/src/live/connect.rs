//! The stream itself: opened where somebody looks, heard, and tried again where it broke.

use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use leptos::prelude::*;
use leptos::task::spawn_local;
use model::path;

use super::stream::{Message, Stream};
use super::{Inner, Live, Phase, backoff, seats};
use crate::{api, dom};

impl Live {
    /// Opens the stream from the version that the page stands at; an open one is closed first. A tab that nobody looks at,
    /// as one that was opened in the background, waits until somebody does.
    pub(super) fn open(self) {
        if dom::is_hidden() {
            return self.pause();
        }
        let epoch = self.next_epoch();
        if !self.inner.with_value(|i| i.running) {
            return;
        }
        if self.is_seated() {
            return self.connect(epoch);
        }
        spawn_local(async move {
            let seat = seats::take().await;
            if self.epoch() == epoch {
                self.inner.update_value(|i| i.seat = seat);
                self.connect(epoch);
            }
        });
    }

    fn connect(self, epoch: u64) {
        let url = self.inner.with_value(|i| {
            let set = i.watched.as_ref().map(|k| (k.namespace.as_str(), k.name.as_str()));
            path::live(Some(i.feed.version()), set)
        });
        let handler: Rc<dyn Fn(Message)> = Rc::new(move |message| {
            if self.epoch() == epoch {
                self.hear(message);
            }
        });
        let stream = Stream::open(&url, &handler);
        let failed = stream.is_none();
        self.inner.update_value(|i| i.stream = stream);
        if failed {
            self.broken();
        }
    }

    fn is_seated(self) -> bool {
        self.inner.with_value(|i| i.seat.is_some())
    }

    /// Reopens once the current task is done, so that leaving one set and entering another is one change.
    pub(super) fn reopen_soon(self) {
        if !self.inner.with_value(|i| i.stream.is_some()) {
            return;
        }
        let epoch = self.epoch();
        set_timeout(
            move || {
                if self.epoch() == epoch {
                    self.open();
                }
            },
            Duration::ZERO,
        );
    }

    fn hear(self, message: Message) {
        match message {
            Message::Broken => return self.broken(),
            Message::SessionEnded => {
                self.inner.update_value(Inner::let_go);
                return self.session.close(false);
            }
            Message::Open => {
                let was_lost = self
                    .connection
                    .with_untracked(|c| matches!(c.phase, Phase::Lost | Phase::Paused));
                self.inner.update_value(|i| i.attempts = 0);
                self.connection.update(|c| {
                    c.phase = Phase::Live;
                    c.lost = None;
                    c.retry = None;
                });
                let seated = self.is_seated();
                if was_lost || !seated {
                    // What is found out about a set later is told on the stream that told of its change.
                    self.refresh_detail();
                }
                if !seated {
                    self.look_in();
                }
                if was_lost || self.session.is_unknown_untracked() {
                    // Who answers now may bring a newer app, and other rights: every answer says so, the stream cannot.
                    self.session.refresh();
                }
            }
            Message::Rows(rows) => {
                self.clock.learn(rows.now);
                let watched_is_gone = self
                    .inner
                    .with_value(|i| i.watched.as_ref().is_some_and(|w| rows.gone.contains(w)));
                let at_once = self.inner.try_update_value(|i| {
                    let delta = i.feed.rows_changed(*rows);
                    i.frame.rows(delta)
                });
                self.show_soon(at_once);
                if watched_is_gone {
                    self.refresh_detail();
                }
            }
            Message::Detail(detail) => {
                let at_once = self.inner.try_update_value(|i| i.frame.detail(detail));
                self.show_soon(at_once);
            }
            Message::Cluster(cluster) => self.cluster.set(Some(Arc::new(*cluster))),
            Message::Beat(beat) => {
                self.clock.learn(beat.now);
                self.inner.update_value(|i| i.feed.reached(beat.version));
            }
            Message::Reset | Message::Unreadable => {
                self.inner.update_value(|i| i.feed.reset());
                self.refetch();
            }
        }
        self.heard();
    }

    /// The stream broke: closes it, asks why, and tries again later.
    pub(super) fn broken(self) {
        self.lose();
        self.retry_later();
        // EventSource does not tell a status: 401 is only seen by asking.
        let session = self.session;
        spawn_local(async move {
            if let Err(p) = api::session().await
                && p.status == 401
            {
                session.close(false);
            }
        });
    }

    pub(super) fn lose(self) {
        self.inner.update_value(Inner::let_go);
        let now = dom::now_ms();
        self.connection.update(|c| {
            c.phase = Phase::Lost;
            c.lost.get_or_insert(now);
        });
    }

    pub(super) fn retry_later(self) {
        let epoch = self.next_epoch();
        let attempt = self
            .inner
            .try_update_value(|i| {
                i.attempts += 1;
                i.attempts - 1
            })
            .unwrap_or(0);
        let wait = backoff::wait_ms(attempt, dom::random());
        self.connection.update(|c| c.retry = Some(dom::now_ms() + wait));
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a positive wait of some seconds"
        )]
        let wait = Duration::from_millis(wait as u64);
        set_timeout(
            move || {
                if self.epoch() == epoch && !dom::is_hidden() {
                    self.try_now();
                }
            },
            wait,
        );
    }

    pub(super) fn heard(self) {
        self.connection.update(|c| c.heard = Some(dom::now_ms()));
    }
}
