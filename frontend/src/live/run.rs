//! Begins and ends the watching, and loads what the stream goes on from.

use std::sync::Arc;

use leptos::prelude::*;
use leptos::task::spawn_local;
use model::set::SetKey;
use model::wire::{Problem, SetDetail};

use super::{Connection, Inner, Live, Loaded, Phase};
use crate::api;

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
            *c = Connection { phase: Phase::Starting, heard: None, lost: None, retry: None };
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

    pub(super) fn take_detail(self, detail: SetDetail) {
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

    /// `reset`: everything again, over the stream that stays open.
    pub(super) fn refetch(self) {
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
