//! The logs of all ordinals, side by side or in one list, read once or followed. Nothing of them is stored.

use std::rc::Rc;
use std::time::Duration;

use leptos::html;
use leptos::prelude::*;
use leptos::task::spawn_local;
use model::pod::ContainerState;
use model::set::SetKey;
use model::wire::{LOGS_AT_ONCE, LogEnd, LogLines};
use model::words;

use super::Page;
use super::drawn::Drawn;
use super::held::Held;
use super::place::Place;
use super::rows::{self, Column, Rows};
use super::stream::{self, Asked};
use crate::api::{self, json};
use crate::live::away;
use crate::live::events::{Source, Told};
use crate::live::seats::{self, Seat};
use crate::log::{self, Standing, Window};
use crate::reactive::{Effect, Memo, RwSignal, dynamic};

/// Lines that come in quick succession are written together.
const SOON: Duration = Duration::from_millis(150);

/// After pods were replaced their logs are opened again: until then some more may be.
const AGAIN: Duration = Duration::from_secs(1);

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
    source: StoredValue<Option<(Source, Option<Seat>)>, LocalStorage>,
    /// Rises when what was opened before no longer counts.
    turn: StoredValue<u32>,
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

    /// Opens the stream in place of the one before.
    fn open(self, asked: &Asked) {
        self.close();
        self.ends.set(Vec::new());
        if asked.ordinals.is_empty() {
            self.standing.set(Standing::Ended("There is no pod.".to_owned()));
            return;
        }
        self.standing.set(Standing::Asking);
        let key = self.set.get_value();
        let (asked, turn) = (asked.clone(), self.turn.get_value());
        spawn_local(async move {
            let seat = if asked.follow { seats::take().await } else { None };
            if self.turn.try_get_value() != Some(turn) {
                return;
            }
            if asked.follow && seat.is_none() {
                self.standing.set(Standing::Ended(log::ALL_TAKEN.to_owned()));
                return;
            }
            let url = asked.url(&key);
            let told: Rc<dyn Fn(Told)> = Rc::new(move |told| self.hear(told, &asked, &key));
            let opened = Source::open(&url, &["lines", "end"], &told);
            self.source.set_value(opened.map(|source| (source, seat)));
        });
    }

    /// Answers whether something was open.
    fn close(self) -> bool {
        self.turn.try_update_value(|turn| *turn += 1);
        self.source.try_update_value(Option::take).flatten().is_some()
    }

    fn hear(self, told: Told, asked: &Asked, key: &SetKey) {
        match told {
            Told::Open if asked.follow => self.standing.set(Standing::Following),
            Told::Open => {}
            Told::Event { name: "lines", data } => {
                if let Ok(said) = json::read::<LogLines>(&data) {
                    self.held.update_value(|held| held.add(said.ordinal, &said.lines));
                    self.draw_soon();
                }
            }
            Told::Event { data, .. } => {
                let Ok(end) = json::read::<LogEnd>(&data) else { return };
                let complete = end.reason == "complete";
                if end.pod.is_some() {
                    // Of a log that is read once the end is no news.
                    if asked.follow || !complete {
                        self.ends.update(|ends| ends.push(end));
                    }
                } else {
                    let says = if complete && !asked.follow { String::new() } else { end.says };
                    self.standing.set(Standing::Ended(says));
                    self.source.try_update_value(Option::take);
                }
            }
            Told::Broken => {
                self.source.try_update_value(Option::take);
                let url = asked.probe(key);
                spawn_local(async move {
                    self.standing.try_set(match api::text(&url).await {
                        Err(problem) => Standing::Failed(problem),
                        Ok(_) => Standing::Ended("The stream broke off.".to_owned()),
                    });
                });
            }
        }
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
        source: StoredValue::new_local(None),
        turn: StoredValue::new(0),
    };
    let asked = Memo::new(move |_| Asked {
        ordinals: columns.with(|all| all.iter().map(|c| c.ordinal).collect()),
        container: page.place.with(|p| p.container.clone()),
        previous: page.place.with(|p| p.previous),
        // A log that has ended does not grow.
        follow: follow.get() && !page.place.with(|p| p.previous),
    });
    let lives = Memo::new(move |_| columns.with(|all| lives(page, all)));
    reads(view, asked, lives);
    Effect::new(move |_| {
        view.merged.track();
        view.search.track();
        view.columns.track();
        view.draw();
    });
    let rests = StoredValue::new(false);
    let left = move || {
        if view.close() {
            view.standing.set(Standing::Asking);
            rests.set_value(true);
        }
    };
    let back = move || {
        if rests.try_update_value(std::mem::take) == Some(true) {
            view.open(&asked.get_untracked());
        }
    };
    away::follow(left, back);
    on_cleanup(move || {
        view.close();
    });
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
            {bar(page, view, follow)}
            {lines(page, view, asked)}
        </section>
    }
    .into_any()
}

/// Opens the stream whenever something else is asked for, and again when pods were replaced.
fn reads(view: View, asked: Memo<Asked>, lives: Memo<Lives>) {
    let last = StoredValue::new(None::<Asked>);
    let turn = StoredValue::new(0_u32);
    Effect::new(move |_| {
        let now = asked.get();
        lives.track();
        let same = last.with_value(|last| last.as_ref() == Some(&now));
        if same && !now.follow {
            return;
        }
        turn.update_value(|n| *n += 1);
        let mine = turn.get_value();
        if same {
            // What was written so far stays: of pods that are gone it is nowhere else any more.
            set_timeout(
                move || {
                    if turn.try_get_value() == Some(mine) {
                        view.open(&now);
                    }
                },
                AGAIN,
            );
            return;
        }
        view.held.set_value(Held::default());
        view.window.rewind();
        view.open(&now);
        last.set_value(Some(now));
        view.draw();
    });
}

fn sub(view: View) -> &'static str {
    if view.merged.get() {
        "what several say in the same second is one line"
    } else {
        "a row a second; a marked cell differs from what most say"
    }
}

fn bar(page: Page, view: View, follow: RwSignal<bool>) -> AnyView {
    let previous = Memo::new(move |_| page.place.with(|p| p.previous));
    let found = move || {
        let any = view.search.with(|s| !s.is_empty());
        any.then(|| words::count(view.counts.with(|c| c.lines), "line"))
    };
    let fewer = move || {
        let (shown, all) = (view.columns.with(Vec::len), page.chosen.with(Vec::len));
        (shown < all).then(|| {
            format!(
                "Of {all} pods the logs of the first {shown} are shown: choose others by their ordinals above."
            )
        })
    };
    view! {
        <div class="logbar">
            {log::switch(
                "Which logs",
                ["These pods", "Previous"],
                previous.into(),
                Callback::new(move |previous| {
                    page.go.run(Place { previous, ..page.place.get_untracked() });
                }),
            )}
            {log::search_field("Only lines with this", view.search, found)}
            <span class="grow"></span>
            {log::follow_chip(follow)}
        </div>
        {dynamic(move || fewer().map(|says| view! { <p class="why of" role="status">{says}</p> }))}
    }
    .into_any()
}

fn lines(page: Page, view: View, asked: Memo<Asked>) -> AnyView {
    let set = page.key().name;
    let label = {
        let set = set.clone();
        move || {
            let pods = view.columns.with(|all| words::pods(&set, all.iter().map(|c| c.ordinal)));
            format!("Logs of {pods}")
        }
    };
    let ended = move || {
        let all = view.ends.with(|ends| stream::ended(ends, &set));
        let items = all.into_iter().map(|says| view! { <li>{says}</li> }).collect::<Vec<_>>();
        (!items.is_empty()).then(|| view! { <ul class="ends">{items}</ul> })
    };
    let heads = move || {
        view.columns.with(|all| {
            all.iter()
                .map(|c| {
                    view! {
                        <th scope="col">
                            <span class="olab" data-rev=c.role aria-hidden="true">{c.ordinal}</span>
                            " "<b class="mono">{c.pod.clone()}</b>" "
                            <span class="dim">{c.revision.clone()}</span>
                        </th>
                    }
                })
                .collect_view()
        })
    };
    let following =
        move || format!("following {}", words::count(view.columns.with(Vec::len), "pod"));
    let counted = move || {
        let counts = view.counts.get();
        let mut says = words::count(counts.lines, "line");
        if counts.folded > 0 {
            says.push_str(&format!(", {} folded as equal", counts.folded));
        }
        if counts.earlier > 0 {
            says.push_str(&format!("; {} earlier seconds are in the list only", counts.earlier));
        }
        format!("{says} · held in the browser, not stored")
    };
    let reopen = move || {
        let ended = matches!(view.standing.get(), Standing::Ended(_) | Standing::Failed(_));
        ended.then(|| {
            view! {
                <button type="button" class="btn sm" on:click=move |_| view.open(&asked.get_untracked())>
                    "Read again"
                </button>
            }
        })
    };
    // Columns are equally wide: the table scrolls where that is not enough to read them.
    let wide = move || format!("{}px", 84 + 190 * view.columns.with(Vec::len));
    let hidden = move |merged: bool| view.merged.get() != merged;
    view! {
        <div class="logwrap">
            {log::failed(view.standing)}
            <div role="status">{dynamic(ended)}</div>
            // Several logs at once would never let a screen reader come to an end: the line below says how it goes.
            <div class="log many" role="log" aria-live="off" aria-label=label tabindex="0"
                node_ref=view.window.node on:scroll=move |_| view.window.scrolled()>
                <ol node_ref=view.list hidden=move || hidden(true)></ol>
                <table class="side" hidden=move || hidden(false) style:min-width=wide>
                    <thead><tr>
                        <th scope="col"><span class="sr">"Time (UTC)"</span></th>
                        {dynamic(heads)}
                    </tr></thead>
                    <tbody node_ref=view.table></tbody>
                </table>
            </div>
            <p class="lognow">
                <span class="row">
                    <span role="status">{log::says(view.standing, following)}</span>{dynamic(reopen)}
                </span>
                <span class="dim">{dynamic(counted)}</span>
            </p>
        </div>
    }
    .into_any()
}
