//! When the logs of several pods are read: whenever others are asked for, and again when pods were replaced.

use std::time::Duration;

use leptos::prelude::*;
use model::pod::ContainerState;
use model::wire::{LogEnd, LogLines};

use super::View;
use crate::log::{Follower, Logs};
use crate::pages::compare::Page;
use crate::pages::compare::held::Held;
use crate::pages::compare::rows::Column;
use crate::pages::compare::stream::{Asked, Back};
use crate::reactive::{Effect, Memo, RwSignal};

/// After pods were replaced their logs are opened again: until then some more may be.
const AGAIN: Duration = Duration::from_secs(1);

/// The logs as they are asked for.
pub(super) struct Several {
    pub view: View,
    pub asked: Memo<Asked>,
    pub follow: RwSignal<bool>,
}

impl Logs for Several {
    fn follows(&self) -> bool {
        self.asked.with_untracked(|a| a.follow)
    }

    fn stream(&self, missed: Option<u32>) -> Result<String, &'static str> {
        self.asked.with_untracked(|asked| {
            if asked.ordinals.is_empty() {
                return Err("There is no pod.");
            }
            let knows = || self.view.held.with_value(|held| held.knows(&asked.ordinals));
            // A previous log does not grow, and may be another one by now.
            let back = match missed.filter(|_| !asked.previous) {
                None => Back::Some,
                Some(_) if !knows() => Back::Kept,
                Some(seconds) => Back::Seconds(seconds),
            };
            Ok(self.view.set.with_value(|key| asked.url(key, back)))
        })
    }

    fn look(&self) -> String {
        self.asked.with_untracked(|asked| self.view.set.with_value(|key| asked.probe(key)))
    }

    fn have_some(&self) -> bool {
        self.view.held.with_value(|held| !held.entries().is_empty())
    }

    fn again(&self) {
        self.view.ends.set(Vec::new());
        if self.asked.with_untracked(|a| a.previous) {
            self.view.held.set_value(Held::default());
        }
    }

    fn take(&self, said: &LogLines) {
        self.view.held.update_value(|held| held.add(said.ordinal, &said.lines));
        self.view.draw_soon();
    }

    fn ended(&self, end: LogEnd) -> bool {
        self.view.ends.update(|ends| ends.push(end));
        false
    }

    fn once(&self) {
        self.follow.set(false);
    }
}

/// What tells that the log of a pod begins anew: another pod, another start of a container.
type Lives = Vec<(String, u32, bool)>;

fn lives(page: Page, columns: &[Column]) -> Lives {
    page.detail.with(|d| {
        let of = columns.iter().filter_map(|c| d.facts.pod_at(c.ordinal));
        of.map(|pod| {
            let runs = pod.containers.iter().any(|c| c.state == ContainerState::Running);
            (pod.uid.clone(), pod.restarts(), runs)
        })
        .collect()
    })
}

/// Reads whatever is asked for from now on.
pub(super) fn follow(page: Page, view: View, asked: Memo<Asked>, follower: Follower) {
    let lives = Memo::new(move |_| view.columns.with(|all| lives(page, all)));
    let wanted = Memo::new(move |_| {
        view.columns.with(|all| all.iter().map(|c| c.ordinal).collect::<Vec<_>>())
    });
    let last = StoredValue::new(None::<(Vec<u32>, Asked)>);
    let due = StoredValue::new(None::<TimeoutHandle>);
    let stop = move || {
        if let Some(timer) = due.try_update_value(Option::take).flatten() {
            timer.clear();
        }
    };
    on_cleanup(stop);
    Effect::new(move |_| {
        let now = asked.get();
        lives.track();
        let ordinals = wanted.get();
        // A pod that is being made anew has no log to ask for: nothing else is asked for because of that.
        let (alike, same) = last.with_value(|last| {
            let alike = last.as_ref().filter(|(_, last)| last.is_alike(&now));
            let same = alike.is_some_and(|(of, l)| *of == ordinals && l.follow == now.follow);
            (alike.is_some(), same)
        });
        if same && !now.follow {
            return;
        }
        if same {
            // What was written so far stays: of pods that are gone it is nowhere else any more. A set that never comes to
            // rest does not put it off.
            if due.with_value(Option::is_none) {
                let again = move || {
                    if due.try_set_value(None).is_none() {
                        follower.go_on();
                    }
                };
                due.set_value(set_timeout_with_handle(again, AGAIN).ok());
            }
            return;
        }
        stop();
        if alike {
            // Of those that are still asked, as where a set is scaled, or where they are no longer followed.
            view.held.update_value(|held| held.retain(&ordinals));
        } else {
            view.held.set_value(Held::default());
            follower.forget();
            view.window.rewind();
        }
        follower.go_on();
        last.set_value(Some((ordinals, now)));
        view.draw();
    });
}
