//! The stream of several pods' logs: opened for what is asked for, heard, and opened again when pods were replaced.

use std::rc::Rc;
use std::time::Duration;

use leptos::prelude::*;
use leptos::task::spawn_local;
use model::pod::ContainerState;
use model::set::SetKey;
use model::wire::{LogEnd, LogLines};

use super::View;
use crate::api::{self, json};
use crate::dom;
use crate::live::events::{Source, Told};
use crate::live::seats;
use crate::log::{self, Since, Standing};
use crate::pages::compare::Page;
use crate::pages::compare::held::Held;
use crate::pages::compare::rows::Column;
use crate::pages::compare::stream::{Asked, Back};
use crate::reactive::{Effect, Memo};

/// After pods were replaced their logs are opened again: until then some more may be.
const AGAIN: Duration = Duration::from_secs(1);

impl View {
    /// Opens the stream in place of the one before. What was written while nothing could come is asked for, too.
    pub(super) fn open(self, asked: &Asked) {
        self.begin(asked, Standing::Asking);
    }

    /// The same where lines of it come already: nothing is said of that.
    fn open_again(self, asked: &Asked) {
        let stands = self.standing.get_untracked();
        let stands = if stands == Standing::Following { stands } else { Standing::Asking };
        self.begin(asked, stands);
    }

    /// Nobody looks any more.
    pub(super) fn rest(self) {
        self.opened.update_value(|o| o.rests = true);
        self.misses();
    }

    /// From now on nothing comes. Where nothing has come before, all of it is asked for once something does.
    fn misses(self) {
        if self.held.try_with_value(|held| held.entries().is_empty()) == Some(false) {
            self.opened.try_update_value(|o| o.since.misses(dom::now_ms()));
        }
    }

    fn begin(self, asked: &Asked, stands: Standing) {
        let kept = self.source.try_update_value(std::mem::take).and_then(|(_, seat)| seat);
        self.opened.try_update_value(|o| o.turn += 1);
        self.ends.set(Vec::new());
        if asked.ordinals.is_empty() {
            self.standing.set(Standing::Ended("There is no pod.".to_owned()));
            return;
        }
        self.stands(stands);
        if asked.follow && dom::is_hidden() {
            drop(kept);
            return self.rest();
        }
        let key = self.set.get_value();
        let (asked, turn) = (asked.clone(), self.opened.with_value(|o| o.turn));
        spawn_local(async move {
            let seat = match kept {
                _ if !asked.follow => None,
                None => seats::take().await,
                kept => kept,
            };
            if self.turn() != Some(turn) {
                return;
            }
            if asked.follow && seat.is_none() {
                self.standing.set(Standing::Ended(log::ALL_TAKEN.to_owned()));
                return;
            }
            let missed = self.opened.with_value(|o| o.since.seconds_back(dom::now_ms()));
            let back = match missed.filter(|_| asked.follow) {
                None => Back::Some,
                Some(_) if !self.held.with_value(|h| h.knows(&asked.ordinals)) => Back::Kept,
                Some(seconds) => Back::Seconds(seconds),
            };
            let url = asked.url(&key, back);
            let told: Rc<dyn Fn(Told)> = Rc::new(move |told| self.hear(told, &asked, &key));
            let opened = Source::open(&url, &["lines", "end"], &told);
            self.source.set_value((opened, seat));
        });
    }

    /// What is said already is not said again.
    fn stands(self, standing: Standing) {
        if self.standing.with_untracked(|s| *s != standing) {
            self.standing.set(standing);
        }
    }

    /// `None` where the page was left.
    fn turn(self) -> Option<u32> {
        self.opened.try_with_value(|o| o.turn)
    }

    /// Answers whether something was open.
    pub(super) fn close(self) -> bool {
        self.opened.try_update_value(|o| o.turn += 1);
        self.source.try_update_value(std::mem::take).is_some_and(|(source, _)| source.is_some())
    }

    fn hear(self, told: Told, asked: &Asked, key: &SetKey) {
        match told {
            Told::Open if asked.follow => {
                self.hears();
                self.opened.try_update_value(|o| o.stood = true);
                self.stands(Standing::Following);
                if let Some(turn) = self.turn() {
                    let whole = move || {
                        self.opened.try_update_value(|o| o.since.is_whole());
                    };
                    self.later(log::WHOLE, turn, whole);
                }
            }
            Told::Open => {}
            Told::Event { name: "lines", data } => {
                self.hears();
                if let Ok(said) = json::read::<LogLines>(&data) {
                    self.held.update_value(|held| held.add(said.ordinal, &said.lines));
                    self.draw_soon();
                }
            }
            Told::Event { data, .. } => {
                let Ok(end) = json::read::<LogEnd>(&data) else { return };
                let complete = end.reason == "complete";
                // The server ends what it is to be asked for again.
                let again = asked.follow && matches!(end.reason.as_str(), "age" | "shutdown");
                if end.pod.is_some() {
                    // Of a log that is read once the end is no news.
                    if asked.follow || !complete {
                        self.ends.update(|ends| ends.push(end));
                    }
                } else if again {
                    self.lost(asked, key, true);
                } else {
                    let says = if complete && !asked.follow { String::new() } else { end.says };
                    self.standing.set(Standing::Ended(says));
                    self.source.try_update_value(std::mem::take);
                }
            }
            Told::Broken => {
                let stood = self.opened.try_with_value(|o| o.stood) == Some(true);
                self.lost(asked, key, stood);
            }
        }
    }

    fn hears(self) {
        self.opened.try_update_value(|o| o.since.hears(dom::now_ms()));
    }

    /// The stream is gone, or did not open.
    fn lost(self, asked: &Asked, key: &SetKey, opened: bool) {
        self.source.try_update_value(|(source, _)| *source = None);
        self.standing.set(Standing::Asking);
        if asked.follow {
            self.misses();
        }
        // What was begun before, as the wait until all is there, no longer counts.
        self.opened.try_update_value(|o| o.turn += 1);
        if let Some(turn) = self.turn() {
            self.ask_why(asked.clone(), key.clone(), opened, turn);
        }
    }

    /// A browser does not say why a stream did not open: asking once, without following, does.
    fn ask_why(self, asked: Asked, key: SetKey, opened: bool, turn: u32) {
        spawn_local(async move {
            let answer = api::text(&asked.probe(&key)).await;
            // Another may have been opened meanwhile.
            if self.turn() != Some(turn) {
                return;
            }
            match answer {
                // Not at once: it may break off at once, too.
                Ok(_) if opened && asked.follow => {
                    self.later(log::AGAIN, turn, move || self.open(&asked));
                }
                Ok(_) => self.stops(Standing::Ended("The stream broke off.".to_owned())),
                Err(problem)
                    if asked.follow
                        && (api::is_silence(&problem) || opened && api::is_starting(&problem)) =>
                {
                    self.standing.set(Standing::Lost);
                    // That is why it did not open, too.
                    self.later(log::AGAIN, turn, move || self.ask_why(asked, key, true, turn));
                }
                Err(problem) => self.stops(Standing::Failed(problem)),
            }
        });
    }

    fn stops(self, standing: Standing) {
        self.source.try_update_value(std::mem::take);
        self.standing.set(standing);
    }

    fn later(self, after: Duration, turn: u32, what: impl FnOnce() + 'static) {
        set_timeout(
            move || {
                if self.turn() == Some(turn) {
                    what();
                }
            },
            after,
        );
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

/// Opens the stream whenever something else is asked for, and again when pods were replaced.
pub(super) fn follow(page: Page, view: View, asked: Memo<Asked>) {
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
            let of = last.as_ref().filter(|(_, last)| last.same_but_pods(&now)).map(|(of, _)| of);
            (of.is_some(), of == Some(&ordinals))
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
                        view.open_again(&asked.get_untracked());
                    }
                };
                due.set_value(set_timeout_with_handle(again, AGAIN).ok());
            }
            return;
        }
        stop();
        if alike {
            // Of those that are still asked, as where a set is scaled.
            view.held.update_value(|held| held.retain(&ordinals));
        } else {
            view.held.set_value(Held::default());
            view.opened.update_value(|o| (o.since, o.stood) = (Since::default(), false));
            view.window.rewind();
        }
        view.open(&now);
        last.set_value(Some((ordinals, now)));
        view.draw();
    });
}
