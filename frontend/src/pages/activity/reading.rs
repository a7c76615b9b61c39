//! What was read of the fleet's events, and how more of it comes.

use leptos::prelude::*;
use leptos::task::spawn_local;
use model::wire::{EventView, Problem};

use super::asked::Asked;
use crate::api;
use crate::pages::history::events::on_top;
use crate::reactive::RwSignal;

/// The events that are shown, newest first.
#[derive(Clone, Copy)]
pub struct Reading {
    pub events: RwSignal<Vec<EventView>>,
    /// Where the next page begins; `None` at the end.
    pub next: RwSignal<Option<i64>>,
    pub problem: RwSignal<Option<Problem>>,
    pub loading: RwSignal<bool>,
    /// Older ones are under way.
    pub older: RwSignal<bool>,
    /// By what events are asked for now.
    wanted: StoredValue<Asked>,
    /// By what those that are shown were asked for.
    told: StoredValue<Option<Asked>>,
    /// The first page is under way for these.
    under_way: StoredValue<Option<Asked>>,
    /// And is to be read once more after that.
    again: StoredValue<bool>,
}

impl Reading {
    /// Nothing is read yet.
    pub fn none() -> Self {
        Self {
            events: RwSignal::new(Vec::new()),
            next: RwSignal::new(None),
            problem: RwSignal::new(None),
            loading: RwSignal::new(true),
            older: RwSignal::new(false),
            wanted: StoredValue::new(Asked::default()),
            told: StoredValue::new(None),
            under_way: StoredValue::new(None),
            again: StoredValue::new(false),
        }
    }

    /// Reads those that fit other filters.
    pub fn ask(self, asked: Asked) {
        self.wanted.set_value(asked);
        self.read();
    }

    /// Reads the first page (again). Nothing happens where the page was left.
    pub fn read(self) {
        let Some(asked) = self.wanted.try_get_value() else { return };
        if self.under_way.get_value().as_ref() == Some(&asked) {
            return self.again.set_value(true);
        }
        self.under_way.set_value(Some(asked.clone()));
        // What is read once more stays as it is until something else is there.
        if self.told.get_value().as_ref() != Some(&asked) {
            self.loading.set(true);
        }
        spawn_local(async move {
            let answer = api::events(&asked.asks(), None).await;
            // Others may have been asked for meanwhile, or the page left.
            if self.wanted.try_get_value().as_ref() != Some(&asked) {
                return;
            }
            self.under_way.set_value(None);
            self.loading.set(false);
            let same = self.told.get_value().as_ref() == Some(&asked);
            match answer {
                Ok(page) => {
                    self.problem.set(None);
                    self.told.set_value(Some(asked));
                    let mut next = self.next.get_untracked();
                    self.events.update(|events| {
                        if same {
                            on_top(events, &mut next, page.events, page.page.next);
                        } else {
                            (*events, next) = (page.events, page.page.next);
                        }
                    });
                    self.next.set(next);
                }
                Err(problem) => {
                    self.problem.set(Some(problem));
                    // What other filters let through is no answer to these.
                    if !same {
                        self.next.set(None);
                        self.events.set(Vec::new());
                    }
                }
            }
            if self.again.try_update_value(std::mem::take) == Some(true) {
                self.read();
            }
        });
    }

    /// Reads what is older than those that are shown; nothing while others are asked for.
    pub fn read_older(self) {
        let asked = self.wanted.get_value();
        let shown = self.told.get_value().as_ref() == Some(&asked);
        let Some(before) = self.next.get_untracked().filter(|_| shown) else { return };
        if self.older.get_untracked() {
            return;
        }
        self.older.set(true);
        spawn_local(async move {
            let answer = api::events(&asked.asks(), Some(before)).await;
            self.older.try_set(false);
            // What is shown may end elsewhere by now.
            let here = self.told.try_get_value().flatten().as_ref() == Some(&asked)
                && self.next.try_get_untracked() == Some(Some(before));
            if !here {
                return;
            }
            match answer {
                Ok(page) => {
                    self.problem.set(None);
                    self.events.update(|events| events.extend(page.events));
                    self.next.set(page.page.next);
                }
                Err(problem) => self.problem.set(Some(problem)),
            }
        });
    }
}
