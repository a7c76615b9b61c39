//! Keeps the stream: opens, closes and reopens it, and hands its messages on.

use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use leptos::prelude::*;
use leptos::task::spawn_local;
use model::path;
use model::set::SetKey;
use model::wire::{Problem, SetDetail, SetRow};

use super::feed::Delta;
use super::stream::{Message, Stream};
use super::{Connection, Inner, Live, Loaded, Phase, backoff, seats};
use crate::reactive::ArcRwSignal;
use crate::{api, dom};

impl Inner {
    /// Closes the stream, and makes room for another tab's.
    pub(super) fn let_go(&mut self) {
        self.stream = None;
        self.seat = None;
    }
}

impl Live {
    /// Asks for the fleet and follows it from there. Does nothing while it already runs.
    pub fn start(self) {
        let started = self.inner.try_update_value(|i| !std::mem::replace(&mut i.running, true));
        if started == Some(true) {
            self.load();
        }
    }

    /// Ends the stream and forgets everything: nobody is logged in any more.
    pub fn stop(self) {
        self.inner.update_value(|i| {
            i.running = false;
            i.epoch += 1;
            i.let_go();
            i.rows.clear();
            i.feed = super::Feed::default();
            i.frame = super::Frame::default();
        });
        self.connection.update(|c| {
            *c = Connection {
                phase: Phase::Starting,
                heard: None,
                lost: None,
                retry: None,
                beats: false,
            };
        });
        self.cluster.set(None);
        self.detail.set(None);
        self.detail_problem.set(None);
        self.loaded.set(Loaded::No);
        self.index.update(|i| *i += 1);
    }

    /// Opens the stream again at once, whatever the back-off says.
    pub fn try_now(self) {
        let waiting = self.inner.with_value(|i| i.feed.is_waiting());
        if self.loaded.with_untracked(|l| *l == Loaded::Yes) && !waiting {
            self.open();
        } else {
            self.load();
        }
    }

    /// Follows one set in full ([`Live::detail`]) until the calling component or effect is disposed of or runs again.
    pub fn watch_set(self, namespace: &str, name: &str) {
        let key = SetKey::new(namespace, name);
        self.detail.update(|d| {
            if d.as_ref().is_some_and(|d| d.row.key() != key) {
                *d = None;
            }
        });
        self.detail_problem.set(None);
        self.inner.update_value(|i| i.watched = Some(key.clone()));
        self.load_detail(key.clone());
        self.reopen_soon();
        on_cleanup(move || {
            let ours = self
                .inner
                .try_update_value(|i| i.watched.take_if(|w| *w == key).is_some())
                .unwrap_or(false);
            if ours {
                self.reopen_soon();
            }
        });
    }

    /// Asks for the watched set again, for instance after an action.
    pub fn refresh_detail(self) {
        if let Some(key) = self.inner.with_value(|i| i.watched.clone()) {
            self.load_detail(key);
        }
    }

    /// `GET sets`, then the stream from there on.
    fn load(self) {
        let epoch = self.next_epoch();
        spawn_local(async move {
            let answer = api::fleet().await;
            if self.epoch() != epoch {
                return;
            }
            match answer {
                Ok(fleet) => {
                    self.clock.learn(fleet.now);
                    self.heard();
                    self.cluster.set(Some(Arc::new(fleet.cluster)));
                    self.take_fleet(fleet.version, fleet.sets);
                    self.loaded.set(Loaded::Yes);
                    if !self.inner.with_value(|i| i.stream.is_some()) {
                        self.open();
                    }
                }
                // The session module brings the reader to the login page.
                Err(p) if p.status == 401 => self.inner.update_value(|i| i.running = false),
                Err(p) => {
                    if self.loaded.with_untracked(|l| *l != Loaded::Yes) {
                        self.loaded.set(Loaded::Failed(p));
                    }
                    self.lose();
                    self.retry_later();
                }
            }
        });
    }

    fn load_detail(self, key: SetKey) {
        spawn_local(async move {
            let answer = api::detail(&key.namespace, &key.name).await;
            if self.inner.with_value(|i| i.watched.as_ref() != Some(&key)) {
                return;
            }
            match answer {
                Ok(detail) => self.take_detail(detail),
                Err(p) => self.take_problem(p),
            }
        });
    }

    fn take_problem(self, problem: Problem) {
        // A hiccup of the network leaves what is on the page; a set that is gone does not.
        if matches!(problem.status, 403 | 404) {
            self.detail.set(None);
        }
        if self.detail.with_untracked(Option::is_none) {
            self.detail_problem.set(Some(problem));
        }
    }

    fn take_detail(self, detail: SetDetail) {
        let fits = self.inner.with_value(|i| i.watched.as_ref() == Some(&detail.row.key()));
        // The answer to a GET and the stream overtake each other.
        let newer =
            self.detail.with_untracked(|d| d.as_ref().is_none_or(|d| d.version <= detail.version));
        if fits && newer {
            self.clock.learn(detail.now);
            self.detail_problem.set(None);
            self.detail.set(Some(Arc::new(detail)));
        }
    }

    /// Opens the stream from the version that the page stands at; an open one is closed first. A tab that nobody looks at,
    /// as one that was opened in the background, waits until somebody does.
    fn open(self) {
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
    fn reopen_soon(self) {
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
                if was_lost {
                    // Who answers now may bring a newer app: every answer says so, the stream cannot.
                    spawn_local(async { drop(api::session().await) });
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
                if self.connection.with_untracked(|c| !c.beats) {
                    self.connection.update(|c| c.beats = true);
                }
            }
            Message::Reset | Message::Unreadable => {
                self.inner.update_value(|i| i.feed.reset());
                self.refetch();
            }
        }
        self.heard();
    }

    /// `reset`: everything again, over the stream that stays open.
    fn refetch(self) {
        let epoch = self.epoch();
        self.refresh_detail();
        spawn_local(async move {
            let answer = api::fleet().await;
            if self.epoch() != epoch {
                return;
            }
            match answer {
                Ok(fleet) => {
                    self.clock.learn(fleet.now);
                    self.cluster.set(Some(Arc::new(fleet.cluster)));
                    self.take_fleet(fleet.version, fleet.sets);
                }
                Err(p) if p.status == 401 => {}
                Err(_) => self.broken(),
            }
        });
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

    fn lose(self) {
        self.inner.update_value(Inner::let_go);
        let now = dom::now_ms();
        self.connection.update(|c| {
            c.phase = Phase::Lost;
            c.lost.get_or_insert(now);
        });
    }

    fn retry_later(self) {
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

    fn take_fleet(self, version: u64, sets: Vec<SetRow>) {
        self.inner.update_value(|i| {
            let delta = i.feed.snapshot(version, sets);
            i.frame.rows(delta);
        });
        self.show();
    }

    /// See [`super::frame`].
    fn show_soon(self, at_once: Option<bool>) {
        // Nothing is drawn in a hidden tab: its next frame may be hours away.
        if at_once == Some(true) || dom::is_hidden() {
            self.show();
        }
    }

    /// Shows all that waits.
    fn show(self) {
        let Some(due) = self.inner.try_update_value(|i| i.frame.take()) else { return };
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
        request_animation_frame(move || set_timeout(next, Duration::ZERO));
    }

    /// Renews the signals that messages touched, each one once.
    fn spread(self, deltas: Vec<Delta>) {
        let moved = deltas.iter().any(|delta| delta.moved);
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
    }

    fn heard(self) {
        self.connection.update(|c| c.heard = Some(dom::now_ms()));
    }

    pub(super) fn epoch(self) -> u64 {
        // After the app is unmounted nothing is current any more.
        self.inner.try_with_value(|i| i.epoch).unwrap_or(u64::MAX)
    }

    pub(super) fn next_epoch(self) -> u64 {
        self.inner
            .try_update_value(|i| {
                i.epoch += 1;
                i.epoch
            })
            .unwrap_or(0)
    }
}
