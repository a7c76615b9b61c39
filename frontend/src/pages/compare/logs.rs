//! The logs of all ordinals, side by side or in one list, read once or followed. Nothing of them is stored.

mod lines;
mod reading;

use std::time::Duration;

use leptos::html;
use leptos::prelude::*;
use model::set::SetKey;
use model::wire::{LOGS_AT_ONCE, LogEnd};

use super::Page;
use super::drawn::Drawn;
use super::held::Held;
use super::place::Place;
use super::rows::{self, Column, Rows};
use super::stream::Asked;
use crate::live::away;
use crate::log::{self, Follower, Standing, Window};
use crate::reactive::{Effect, Memo, RwSignal, dynamic};
use reading::Several;

/// Lines that come in quick succession are written together.
const SOON: Duration = Duration::from_millis(150);

/// Below this width (px) columns are too narrow to be read.
const WIDE: f64 = 900.0;

/// What the view of the logs is made of.
#[derive(Clone, Copy)]
struct View {
    set: StoredValue<SetKey>,
    columns: Memo<Vec<Column>>,
    merged: Memo<bool>,
    search: RwSignal<String>,
    held: StoredValue<Held>,
    drawn: StoredValue<(bool, Drawn)>,
    /// A drawing is due.
    due: StoredValue<bool>,
    list: NodeRef<html::Ol>,
    table: NodeRef<html::Tbody>,
    window: Window,
    /// Of the last drawing, without its rows.
    counts: RwSignal<Rows>,
    standing: RwSignal<Standing>,
    /// Of single pods.
    ends: RwSignal<Vec<LogEnd>>,
}

impl View {
    fn draw_soon(self) {
        if self.due.get_value() {
            return;
        }
        self.due.set_value(true);
        set_timeout(
            move || {
                if self.due.try_set_value(false).is_none() {
                    self.draw();
                }
            },
            SOON,
        );
    }

    fn draw(self) {
        let merged = self.merged.get_untracked();
        let (columns, search) = (self.columns.get_untracked(), self.search.get_untracked());
        let mut rows = self.held.with_value(|held| {
            if merged {
                let set = self.set.with_value(|key| key.name.clone());
                rows::merged(held.entries(), &columns, &set, &search)
            } else {
                rows::side(held.entries(), &columns, &search)
            }
        });
        let elements: [Option<web_sys::Element>; 2] =
            [self.table.get_untracked().map(Into::into), self.list.get_untracked().map(Into::into)];
        let [Some(table), Some(list)] = elements else { return };
        let (into, other) = if merged { (list, table) } else { (table, list) };
        let text = std::mem::take(&mut rows.rows);
        self.drawn.update_value(|(was, drawn)| {
            if *was != merged {
                other.set_inner_html("");
                (*was, *drawn) = (merged, Drawn::default());
            }
            drawn.draw(&into, text);
        });
        self.counts.set(rows);
        self.window.follow_end();
    }
}

/// The card.
pub fn card(page: Page) -> AnyView {
    let narrow = window().inner_width().ok().and_then(|w| w.as_f64()).is_some_and(|w| w < WIDE);
    let follow = RwSignal::new(true);
    let columns = Memo::new(move |_| {
        page.chosen.with(|all| all.iter().take(LOGS_AT_ONCE).cloned().collect::<Vec<_>>())
    });
    let view = View {
        set: StoredValue::new(page.key()),
        columns,
        merged: Memo::new(move |_| page.place.with(|p| p.merged.unwrap_or(narrow))),
        search: RwSignal::new(String::new()),
        held: StoredValue::new(Held::default()),
        drawn: StoredValue::new((false, Drawn::default())),
        due: StoredValue::new(false),
        list: NodeRef::new(),
        table: NodeRef::new(),
        window: Window::default(),
        counts: RwSignal::new(Rows::default()),
        standing: RwSignal::new(Standing::Asking),
        ends: RwSignal::new(Vec::new()),
    };
    let asked = Memo::new(move |_| Asked {
        ordinals: columns.with(|all| rows::there(all)),
        container: page.place.with(|p| p.container.clone()),
        previous: page.place.with(|p| p.previous),
        // A log that has ended does not grow.
        follow: follow.get() && !page.place.with(|p| p.previous),
    });
    let follower = Follower::new(Several { view, asked, follow }, view.standing);
    reading::follow(page, view, asked, follower);
    Effect::new(move |_| {
        view.merged.track();
        view.search.track();
        view.columns.track();
        view.draw();
    });
    away::follow(move || follower.leave(), move || follower.come_back());
    on_cleanup(move || follower.close());
    view! {
        <section class="card mt" aria-labelledby="lg-h">
            <div class="card-h">
                <h2 id="lg-h">"Logs of all ordinals"</h2>
                <span class="sub">{dynamic(move || sub(view))}</span>
                <span class="grow"></span>
                {log::switch(
                    "Arrangement",
                    ["Side by side", "Merged"],
                    view.merged.into(),
                    Callback::new(move |merged| {
                        let merged = Some(merged);
                        page.go.run(Place { merged, ..page.place.get_untracked() });
                    }),
                )}
            </div>
            {lines::bar(page, view, follow)}
            {lines::lines(page, view, follower)}
        </section>
    }
    .into_any()
}

fn sub(view: View) -> &'static str {
    if view.merged.get() {
        "what several say in the same second is one line"
    } else {
        "a row a second; a marked cell differs from what most say"
    }
}
