//! Keeps the stream: opens, closes and reopens it, and hands its messages on.

use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use leptos::ev;
use leptos::prelude::*;
use leptos::task::spawn_local;
use model::path;
use model::set::SetKey;
use model::wire::{Problem, SetDetail};

use super::feed::Delta;
use super::stream::{Message, Stream};
use super::{Connection, Live, Loaded, Phase, backoff};
use crate::reactive::ArcRwSignal;
use crate::{api, dom};

/// A tab hidden for longer lets go of its stream: browsers allow six connections to a host over HTTP/1.1.
const LET_GO_AFTER: Duration = Duration::from_secs(30);

/// Beats come every few seconds; a stream silent for longer is dead although nobody closed it (ms).
const SILENT_MS: f64 = 45_000.0;

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
            i.stream = None;
            i.rows.clear();
            i.feed = super::Feed::default();
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
                    let delta =
                        self.inner.try_update_value(|i| i.feed.snapshot(fleet.version, fleet.sets));
                    self.spread(delta.unwrap_or_default());
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

    /// Opens the stream from the version that the page stands at; an open one is closed first.
    fn open(self) {
        let epoch = self.next_epoch();
        let (running, url) = self.inner.with_value(|i| {
            let set = i.watched.as_ref().map(|k| (k.namespace.as_str(), k.name.as_str()));
            (i.running, path::live(Some(i.feed.version()), set))
        });
        if !running {
            return;
        }
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
                self.inner.update_value(|i| i.stream = None);
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
                if was_lost {
                    self.refresh_detail();
                    // Who answers now may bring a newer app: every answer says so, the stream cannot.
                    spawn_local(async { drop(api::session().await) });
                }
            }
            Message::Rows(rows) => {
                self.clock.learn(rows.now);
                let watched_is_gone = self
                    .inner
                    .with_value(|i| i.watched.as_ref().is_some_and(|w| rows.gone.contains(w)));
                let delta = self.inner.try_update_value(|i| i.feed.rows_changed(*rows));
                self.spread(delta.unwrap_or_default());
                if watched_is_gone {
                    self.refresh_detail();
                }
            }
            Message::Detail(detail) => self.take_detail(*detail),
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
                    let delta =
                        self.inner.try_update_value(|i| i.feed.snapshot(fleet.version, fleet.sets));
                    self.spread(delta.unwrap_or_default());
                }
                Err(p) if p.status == 401 => {}
                Err(_) => self.broken(),
            }
        });
    }

    /// The stream broke: closes it, asks why, and tries again later.
    fn broken(self) {
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
        self.inner.update_value(|i| i.stream = None);
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

    /// Renews the signals that a message touched.
    fn spread(self, delta: Delta) {
        let mut renew = Vec::with_capacity(delta.changed.len());
        self.inner.update_value(|i| {
            for row in delta.changed {
                match i.rows.get(&row.key()) {
                    Some(signal) => renew.push((signal.clone(), row)),
                    None => {
                        i.rows.insert(row.key(), ArcRwSignal::new(row));
                    }
                }
            }
            for key in &delta.gone {
                i.rows.remove(key);
            }
        });
        for (signal, row) in renew {
            signal.set(row);
        }
        if delta.moved {
            self.index.update(|i| *i += 1);
        }
    }

    fn heard(self) {
        self.connection.update(|c| c.heard = Some(dom::now_ms()));
    }

    fn epoch(self) -> u64 {
        // After the app is unmounted nothing is current any more.
        self.inner.try_with_value(|i| i.epoch).unwrap_or(u64::MAX)
    }

    fn next_epoch(self) -> u64 {
        self.inner
            .try_update_value(|i| {
                i.epoch += 1;
                i.epoch
            })
            .unwrap_or(0)
    }

    /// Lets go of the stream in a tab that nobody looks at, and takes it up again. Also watches for silence.
    pub(super) fn follow_visibility(self) {
        let hidden_since = StoredValue::new(0_u64);
        let seen = window_event_listener(ev::visibilitychange, move |_| {
            let turn = hidden_since.try_update_value(|n| {
                *n += 1;
                *n
            });
            if dom::is_hidden() {
                set_timeout(
                    move || {
                        if dom::is_hidden() && hidden_since.try_get_value() == turn {
                            self.pause();
                        }
                    },
                    LET_GO_AFTER,
                );
            } else {
                self.resume();
            }
        });
        let online = window_event_listener(ev::online, move |_| self.resume());
        // A page that is left may be kept for the way back, with its stream: six of them, and the browser has no connection
        // left for the page that is looked at.
        let left = window_event_listener(ev::pagehide, move |_| self.pause());
        let back = window_event_listener(ev::pageshow, move |_| self.resume());
        on_cleanup(move || {
            seen.remove();
            online.remove();
            left.remove();
            back.remove();
        });
        set_interval(
            move || {
                let silent = self.connection.try_with_untracked(|c| {
                    c.phase == Phase::Live
                        && c.beats
                        && c.heard.is_some_and(|h| dom::now_ms() - h > SILENT_MS)
                });
                if silent == Some(true) && !dom::is_hidden() {
                    self.broken();
                }
            },
            Duration::from_secs(5),
        );
    }

    fn pause(self) {
        self.next_epoch();
        let had = self.inner.try_update_value(|i| i.stream.take().is_some()).unwrap_or(false);
        if had {
            self.connection.update(|c| c.phase = Phase::Paused);
        }
    }

    fn resume(self) {
        let broken =
            self.connection.with_untracked(|c| matches!(c.phase, Phase::Lost | Phase::Paused));
        if broken && self.inner.with_value(|i| i.running) {
            self.try_now();
        }
    }
}
