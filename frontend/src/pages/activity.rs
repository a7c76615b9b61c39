//! What happened in the whole fleet, newest first.

pub mod asked;
pub mod reading;

use std::collections::HashMap;
use std::time::Duration;

use jiff::Timestamp;
use leptos::html;
use leptos::prelude::*;
use model::fold::Entry;
use model::path::page;
use model::wire::{EventKind, EventView, SetRow};
use model::words;

use crate::components::{
    Icon, StatusBadge, empty, holds, keyed, mini_strip, problem_notice, sentence,
};
use crate::live::{Live, Loaded, recorded, use_live};
use crate::pages::fleet::hidden_words;
use crate::pages::history::events::{by, counted, followed, rows};
use crate::reactive::{Effect, Memo, RwSignal, dynamic};
use crate::route::use_query_map;
use crate::{dom, glide, time};
use asked::Asked;
use reading::Reading;

/// What the page is told of is recorded by then.
const RECORDED: Duration = Duration::from_secs(1);

/// At most this many sets stand under "Running now".
const SHOWN: usize = 6;

/// The activity page.
#[component]
pub fn ActivityPage() -> impl IntoView {
    dom::set_title("Activity");
    let live = use_live();
    let query = use_query_map();
    let wanted = Memo::new(move |_| query.with(Asked::of));
    let reading = Reading::none();
    let Reading { events, next, problem, loading, older, .. } = reading;
    Effect::new(move |_| reading.ask(wanted.get()));
    // And again whenever something has happened: it is recorded a moment later. What comes within that moment is read at once.
    let follow = move || {
        live.follow();
        live.loaded.get() == Loaded::Yes
    };
    recorded::follow(RECORDED, follow, move |_| reading.read());
    live.on_return(move || {
        if problem.with_untracked(Option::is_some) {
            reading.read();
        }
    });
    let more = move || {
        next.get().map(|_| {
            view! {
                <button
                    type="button"
                    class="btn"
                    aria-disabled=move || older.get().then_some("true")
                    on:click=move |_| reading.read_older()
                >
                    {dynamic(move || if older.get() { "Loading…" } else { "Older" })}
                </button>
            }
        })
    };
    let actors = Memo::new(move |_| events.with(|all| names(all)));
    let any = Memo::new(move |_| events.with(|e| !e.is_empty()));
    let table = move || {
        if any.get() {
            return timeline(events);
        }
        if loading.get() {
            return view! { <p class="empty" role="status">"Reading what happened…"</p> }
                .into_any();
        }
        if problem.with(Option::is_some) {
            return ().into_any();
        }
        if wanted.with(|a| *a != Asked::default()) {
            let all = view! { <a class="btn" href=page::ACTIVITY>"Show all events"</a> };
            let text = "No event fits these filters.";
            return empty(Some(Icon::Search), "Nothing like this", text, Some(all.into_any()));
        }
        let hidden = live.forbidden_kinds().into_iter().find(|k| k.kind == "statefulsets");
        if let Some(kind) = hidden.filter(|_| live.with_rows(HashMap::is_empty)) {
            let (title, text) = hidden_words(&kind);
            return empty(Some(Icon::Lock), title, text, None);
        }
        let text = "From now on every change of a set is written down here: through the panel or around it.";
        empty(Some(Icon::Clock), "Nothing has happened yet", text, None)
    };
    let head = NodeRef::<html::Div>::new();
    glide::make_room_on(head, "main > *, .now, .act tbody tr");
    glide::stay(head, ".now, .act tbody tr");
    view! {
        <main class="page" id="main" tabindex="-1">
            <div class="head fleet-head" node_ref=head>
                <h1>"Activity"</h1>
                <p class="mid">{dynamic(move || summary(live))}</p>
            </div>
            {dynamic(move || running(live))}
            {dynamic(move || problem.get().as_ref().map(problem_notice))}
            {asked::filters(live, wanted, actors)}
            <section class="card" aria-label="Timeline">
                {dynamic(table)}
                <div class="foot in" hidden=move || events.with(Vec::is_empty)>
                    <span>{dynamic(move || events.with(|e| counted(e)))}</span>
                    {dynamic(more)}
                </div>
            </section>
        </main>
    }
}

/// Who did something, as far as it was read.
fn names(events: &[EventView]) -> Vec<String> {
    let mut names: Vec<_> = events.iter().filter_map(|e| e.actor.as_ref()?.name.clone()).collect();
    names.sort_unstable();
    names.dedup();
    names
}

fn summary(live: Live) -> String {
    if live.loaded.get() != Loaded::Yes {
        return String::new();
    }
    live.with_rows(|rows| {
        let moving = rows.values().filter(|r| r.status.kind.is_moving()).count();
        let waiting = rows.values().filter(|r| r.status.kind.needs_attention()).count();
        format!(
            "{} {} now, {waiting} {} for a person.",
            words::count(moving, "set"),
            words::verb(moving, "moves", "move"),
            words::verb(waiting, "waits", "wait"),
        )
    })
}

/// The sets that move or wait, most urgent first.
fn running(live: Live) -> AnyView {
    let mut rows: Vec<_> = live.with_rows(|rows| {
        rows.values()
            .filter(|r| r.status.kind.is_moving() || r.status.kind.needs_attention())
            .map(|r| (r.status.kind, r.status.since, r.key()))
            .collect()
    });
    rows.sort();
    let rest = rows.len().saturating_sub(SHOWN);
    if rows.is_empty() {
        return ().into_any();
    }
    let cards: Vec<_> = rows
        .into_iter()
        .take(SHOWN)
        .filter_map(|(_, _, key)| live.row(&key))
        .map(
            |signal| view! { <li class="now">{dynamic(move || signal.with(|row| card(row)))}</li> },
        )
        .collect();
    let more = (rest > 0).then(|| {
        view! { <a class="link" href=page::FLEET>{format!("{rest} more in the fleet")}</a> }
    });
    view! {
        <section class="card" aria-labelledby="nw">
            <div class="card-h">
                <h2 id="nw">"Now"</h2>
                <span class="sub">"moving, or waiting for a person"</span>
                <span class="grow"></span>
                {more}
            </div>
            <ul class="nows">{cards}</ul>
        </section>
    }
    .into_any()
}

fn card(row: &SetRow) -> AnyView {
    let blocker = row.status.blocker.as_ref().map(|b| b.pod.as_str());
    let holder = row.held_by.as_ref().filter(|_| row.aborted.is_some());
    let aborted = holder.map(|holder| format!("{}. ", holds(row, holder)));
    view! {
        <div class="row"><StatusBadge status=row.status.clone()/><span class="grow"></span>{mini_strip(row)}</div>
        <h3>
            <a href=page::set(&row.namespace, &row.name)>{row.name.clone()}</a>
            " "<span class="dim">{row.namespace.clone()}</span>
        </h3>
        <p>{aborted}{sentence(&row.status.sentence, &row.name, blocker)}</p>
    }
    .into_any()
}

fn timeline(events: RwSignal<Vec<EventView>>) -> AnyView {
    let rows = move || events.with(|e| rows(e, "4", event_row));
    view! {
        <div class="tw">
            <table class="t ev act">
                <thead>
                    <tr><th scope="col">"Time"</th><th scope="col">"By"</th><th scope="col">"Set"</th>
                        <th scope="col">"What happened"</th></tr>
                </thead>
                <tbody>{keyed(rows)}</tbody>
            </table>
        </div>
    }
    .into_any()
}

fn event_row(entry: &Entry<'_>) -> AnyView {
    let event = entry.head;
    let gap = event.kind == EventKind::Gap;
    let reason = event.actor.as_ref().and_then(|a| a.reason.clone()).map(|r| {
        view! { " "<q class="dim">{r}</q> }
    });
    let set = &event.set;
    let about = if entry.sets > 1 {
        words::count(entry.sets, "set").into_any()
    } else {
        view! {
            <a class="link" href=page::history(&set.namespace, &set.name)><b>{set.name.clone()}</b></a>
            " "<span class="dim">{set.namespace.clone()}</span>
        }
        .into_any()
    };
    view! {
        <tr class=gap.then_some("gap")>
            <td class="mono dim nowrap"><time datetime=event.at.to_string() title=stamp(event.at)>
                {time::time_of_day(event.at)}</time></td>
            <td class="nowrap">{by(event)}</td>
            <td class="nowrap">{about}</td>
            <td>{sentence(&event.sentence, &set.name, None)}{reason}{followed(entry, &set.name)}</td>
        </tr>
    }
    .into_any()
}

fn stamp(at: Timestamp) -> String {
    time::absolute(at)
}
