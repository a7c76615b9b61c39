//! The history of one set: its rollouts, and everything that happened, newest first.

pub mod axis;
pub mod events;
pub mod filter;
pub mod lanes;
pub mod past;
pub mod place;
pub mod read;
pub mod rollouts;
pub mod steps;
pub mod swim;

use std::time::Duration;

use leptos::html;
use leptos::prelude::*;
use leptos::task::spawn_local;
use model::path::{self, page as url};
use model::set::SetKey;
use model::wire::{EventGroup as Group, EventView, Problem};
use model::words;

use crate::components::{Icon, crumbs, empty, icon, problem_notice};
use crate::live::recorded::{self, Look};
use crate::live::{Loaded, use_live};
use crate::reactive::{Effect, Memo, RwSignal, dynamic};
use crate::route::{use_params_map, use_query_map};
use crate::{api, dom, glide, time};
use place::Place;
use read::Read;

/// What the page is told of is recorded by then.
const SOON: Duration = Duration::from_millis(500);

/// What stands where the events belong.
#[derive(Clone, Debug, PartialEq)]
enum Stands {
    Loading,
    Failed,
    Refused(Problem),
    Empty,
    NoneOfThisKind,
    Table,
}

/// The page of a set's history.
#[component]
pub fn HistoryPage() -> impl IntoView {
    let params = use_params_map();
    let key = Memo::new(move |_| {
        params.with(|p| {
            SetKey::new(p.get("namespace").unwrap_or_default(), p.get("name").unwrap_or_default())
        })
    });
    Effect::new(move |_| key.with(|k| dom::set_title(&format!("History of {}", k.name))));
    view! {
        <main class="page" id="main" tabindex="-1">
            {dynamic(move || key.with(history))}
        </main>
    }
}

fn history(key: &SetKey) -> AnyView {
    let live = use_live();
    let query = use_query_map();
    let read = RwSignal::new(None::<Read>);
    let problem = RwSignal::new(None::<Problem>);
    let busy = RwSignal::new(false);
    // Something happened while the first page could not be read; and how often it is to be read once more for that.
    let missed = StoredValue::new(false);
    let again = RwSignal::new(0_u32);
    let changed = RwSignal::new(0_u32);
    // It is looked once more: only new events say that there is more to draw.
    let late = StoredValue::new(false);
    let place = Memo::new(move |_| query.with(Place::of));
    let shown = Memo::new(move |_| place.with(|p| p.group));

    let load = {
        let key = key.clone();
        Callback::new(move |before: Option<i64>| {
            let key = key.clone();
            if busy.try_get_untracked() != Some(false) {
                if before.is_none() {
                    missed.try_set_value(true);
                }
                return;
            }
            busy.set(true);
            let late = before.is_none() && late.try_update_value(std::mem::take) == Some(true);
            spawn_local(async move {
                let answer = api::history(&key.namespace, &key.name, before).await;
                busy.try_set(false);
                match answer {
                    Ok(page) => {
                        problem.try_set(None);
                        let newest = |r: &Option<Read>| r.as_ref().map(Read::newest);
                        let was = read.try_with_untracked(newest);
                        read.try_update(|r| {
                            let r = r.get_or_insert_default();
                            if before.is_some() { r.append(page) } else { r.renew(page) }
                        });
                        if late && read.try_with_untracked(newest) != was {
                            changed.try_update(|n| *n += 1);
                        }
                    }
                    Err(p) => {
                        problem.try_set(Some(p));
                    }
                }
                if missed.try_update_value(std::mem::take) == Some(true) {
                    again.try_update(|n| *n += 1);
                }
            });
        })
    };
    // The first page is read again whenever the set's row changes: what happened is recorded a moment later.
    let row = {
        let key = key.clone();
        Memo::new(move |_| {
            live.with_rows(|_| ());
            live.row(&key).map(|row| row.get())
        })
    };
    load.run(None);
    let follow = move || {
        row.track();
        live.loaded.get() == Loaded::Yes
    };
    recorded::follow(SOON, follow, move |look| {
        if look == Look::Soon {
            changed.try_update(|n| *n += 1);
        } else {
            late.try_set_value(true);
        }
        load.try_run(None);
    });

    Effect::new(move |_| {
        if again.get() > 0 {
            load.run(None);
        }
    });

    // Where something could not be read.
    let drawn = lanes::read(key, place, read, changed);
    let try_again = Callback::new(move |()| {
        load.run(None);
        changed.update(|n| *n += 1);
    });
    live.on_return(move || {
        let failed = drawn.with_untracked(|d| matches!(d, Some(Err(_))));
        if failed || problem.with_untracked(Option::is_some) {
            try_again.run(());
        }
    });

    let go = lanes::go(key);
    let choose = Callback::new(move |group: Option<Group>| {
        go.run(Place { group, ..place.get_untracked() });
    });
    let file = {
        let key = key.clone();
        move |format: &'static str, word: &'static str| {
            let url = format!("{}?format={format}", path::export(&key.namespace, &key.name));
            let filtered = move || match shown.get() {
                Some(group) => format!("{url}&kind={}", group.key()),
                None => url.clone(),
            };
            view! { <a class="btn sm" download="" aria-label=format!("Download as {word}") href=filtered>{word}</a> }
        }
    };
    let name = key.name.clone();
    let all =
        Memo::new(move |_| read.with(|r| r.as_ref().map_or(Vec::new(), |r| r.rollouts.clone())));
    let begun = Memo::new(move |_| all.with(|all| !all.is_empty()));
    let rollouts = {
        let name = name.clone();
        move || begun.get().then(|| rollouts::table(all, name.clone()))
    };
    let list = Memo::new(move |_| {
        let kept = |e: &&EventView| Group::shows(shown.get(), e.kind);
        read.with(|r| {
            r.as_ref().map_or(Vec::new(), |r| r.events.iter().filter(kept).cloned().collect())
        })
    });
    let stands = Memo::new(move |_| match read.with(|r| r.as_ref().map(|r| r.events.is_empty())) {
        Some(true) => Stands::Empty,
        Some(false) if list.with(Vec::is_empty) => Stands::NoneOfThisKind,
        Some(false) => Stands::Table,
        None => match problem.get() {
            Some(p) if matches!(p.status, 403 | 404) => Stands::Refused(p),
            Some(_) => Stands::Failed,
            None => Stands::Loading,
        },
    });
    let table = move || match stands.get() {
        Stands::Empty => empty(
            Some(Icon::Clock),
            "Nothing was recorded yet",
            "From now on every change of this set is written down here: through the panel or around it.",
            None,
        ),
        Stands::NoneOfThisKind => {
            let text = "None of the events read so far is of this kind.";
            empty(Some(Icon::Search), "Nothing of this kind", text, None)
        }
        Stands::Table => events::table(list, name.clone()),
        Stands::Refused(p) => empty(Some(Icon::Lock), p.title, p.detail, None),
        Stands::Failed => ().into_any(),
        Stands::Loading => view! {
            <div class="card-b" aria-busy="true"><span class="sr" role="status">"Loading"</span>
                <span class="sk"></span></div>
        }
        .into_any(),
    };
    let failed = move || {
        problem.get().filter(|p| !matches!(p.status, 403 | 404)).map(|p| {
            view! {
                <div class="mt">{problem_notice(&p)}</div>
                <button type="button" class="btn sm" on:click=move |_| try_again.run(())>"Try again"</button>
            }
        })
    };
    let more = move || {
        read.with(|r| r.as_ref().and_then(|r| r.next)).map(|next| {
            view! {
                <button
                    type="button"
                    class="btn"
                    aria-disabled=move || busy.get().then_some("true")
                    on:click=move |_| load.run(Some(next))
                >
                    {dynamic(move || if busy.get() { "Loading…" } else { "Load more" })}
                </button>
            }
        })
    };
    let count = move || {
        read.with(|r| {
            r.as_ref().map(|r| {
                // Of those that are read already: the others are not looked for.
                let told = if shown.get().is_some() {
                    let all = words::count(r.events.len(), "event");
                    format!("{} of {all}", list.with(Vec::len))
                } else {
                    events::counted(&r.events)
                };
                match (r.next, r.events.last()) {
                    (Some(_), _) => format!("{told} read so far"),
                    (None, Some(first)) => {
                        format!("{told}, all since {}", time::absolute(first.at))
                    }
                    (None, None) => String::new(),
                }
            })
        })
    };
    let head = NodeRef::<html::Div>::new();
    glide::make_room_on(head, ".card, .rolls tbody tr, .hist tbody tr, .key > span");
    glide::stay(head, ".card, .rolls tbody tr, .hist tbody tr");
    view! {
        {crumbs(key, Some("History"))}
        <div class="head" node_ref=head>
            <div class="grow">
                <h1>{format!("History of {}", key.name)}</h1>
                <p class="say">"Changes through the panel and around it, and what the pods did. Kept after Kubernetes forgets the revisions."</p>
            </div>
            <a class="btn" href=url::set(&key.namespace, &key.name)>{icon(Icon::Back)}"To the set"</a>
        </div>
        {dynamic(failed)}
        {lanes::card(key, place, drawn, try_again)}
        {past::card(key, place, drawn)}
        {dynamic(rollouts)}
        <section class="card mt" aria-labelledby="ev-h">
            <div class="card-h">
                <h2 id="ev-h">"Events"</h2>
                <span class="sub">{dynamic(count)}</span>
                <span class="grow"></span>
                {filter::chips(shown, choose)}
                {file("csv", "CSV")}
                {file("json", "JSON")}
            </div>
            {dynamic(table)}
            <div class="more-row">{dynamic(more)}</div>
        </section>
    }
    .into_any()
}
