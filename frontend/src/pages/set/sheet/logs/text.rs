//! The lines of one log in the page.

use std::cmp::Ordering;
use std::collections::HashSet;

use leptos::html;
use leptos::prelude::*;

use crate::log::lines::{self, Line};
use crate::log::{Standing, Window};
use crate::reactive::RwSignal;

/// What the view of one log is made of.
#[derive(Clone, Copy)]
pub(super) struct Text {
    pub lines: StoredValue<Vec<Line>>,
    pub list: NodeRef<html::Ol>,
    pub window: Window,
    pub count: RwSignal<usize>,
    pub matches: RwSignal<usize>,
    pub search: RwSignal<String>,
    pub standing: RwSignal<Standing>,
    /// Lines that are there already may come again: how old the last one was ([`lines::unknown`]).
    again: StoredValue<Option<Ordering>>,
    /// So many lines are those of pods that had the name before: none of them comes again.
    pub others: StoredValue<usize>,
}

impl Text {
    pub(super) fn new() -> Self {
        Self {
            lines: StoredValue::new(Vec::new()),
            list: NodeRef::new(),
            window: Window::default(),
            count: RwSignal::new(0),
            matches: RwSignal::new(0),
            search: RwSignal::new(String::new()),
            standing: RwSignal::new(Standing::Asking),
            again: StoredValue::new(None),
            others: StoredValue::new(0),
        }
    }

    /// Shows these and no more. The first so many are those of `others`, pods that had the name before.
    pub(super) fn fill(self, lines: Vec<Line>, others: usize) {
        self.others.set_value(others);
        self.lines.set_value(lines);
        self.again.set_value(None);
        self.window.rewind();
        self.draw();
    }

    /// Whether something of this pod is there.
    pub(super) fn has_own(self) -> bool {
        let others = self.others.get_value();
        self.lines.with_value(|all| all.len() > others)
    }

    /// What is there may come again.
    pub(super) fn again(self) {
        self.again.set_value(Some(Ordering::Equal));
    }

    /// Shows more lines without making the others anew: what a person has marked stays marked.
    pub(super) fn add(self, mut more: Vec<Line>) {
        if let Some(mut of) = self.again.get_value() {
            let others = self.others.get_value();
            more = self.lines.with_value(|all| {
                // Read by its name, before anybody knew that it is another pod.
                let there: HashSet<_> = all[..others].iter().map(|l| (&l.stamp, &l.text)).collect();
                more.retain(|l| l.stamp.is_empty() || !there.contains(&(&l.stamp, &l.text)));
                lines::unknown(&all[others..], more, &mut of)
            });
            self.again.set_value(more.is_empty().then_some(of));
        }
        let search = self.search.get_untracked();
        let markup = self.lines.with_value(|all| {
            let before = all.iter().rfind(|line| !line.stamp.is_empty());
            lines::markup(before, &more, &search)
        });
        let found = more.iter().filter(|l| l.has(&search)).count();
        let mut over = 0;
        let gone = self.lines.with_value(|all| {
            let go = (all.len() + more.len()).saturating_sub(lines::KEPT);
            all.iter().chain(&more).take(go).filter(|l| l.has(&search)).count()
        });
        self.lines.try_update_value(|all| over = lines::add(all, more));
        self.others.try_update_value(|n| *n = n.saturating_sub(over));
        if let Some(list) = self.list.get_untracked() {
            // Only fails for positions that do not exist.
            let _ = list.insert_adjacent_html("beforeend", &markup);
            for _ in 0..over {
                if let Some(first) = list.first_element_child() {
                    first.remove();
                }
            }
        }
        self.matches.update(|n| *n = (*n + found).saturating_sub(gone));
        self.count.set(self.lines.with_value(Vec::len));
        self.window.follow_end();
    }

    /// All of it anew, as after another search.
    pub(super) fn draw(self) {
        let search = self.search.get_untracked();
        let (markup, count, found) = self.lines.with_value(|all| {
            let found = all.iter().filter(|l| l.has(&search)).count();
            (lines::markup(None, all, &search), all.len(), found)
        });
        if let Some(list) = self.list.get_untracked() {
            list.set_inner_html(&markup);
        }
        self.count.set(count);
        self.matches.set(found);
        self.window.follow_end();
    }
}
