//! The activity card: the newest events, renewed when the set changes.

use std::sync::Arc;
use std::time::Duration;

use leptos::prelude::*;
use leptos::task::spawn_local;
use model::fold::{self, Entry};
use model::path::page;
use model::pod::Pod;
use model::wire::{EventView, Problem, SetDetail};

use crate::api;

use crate::components::{Icon, Keyed, fold as unfold, keyed, problem_notice, small_icon};
use crate::live::recorded;
use crate::pages::history::events::{event_icon, event_words, followed};
use crate::part;
use crate::reactive::{Memo, RwSignal, Signal, dynamic};
use crate::time::Ago;

/// Entries shown.
const SHOWN: usize = 8;

/// The history is written a moment after the change was seen.
const SOON: Duration = Duration::from_millis(400);

/// The card.
#[component]
pub fn ActivityCard(detail: Signal<Arc<SetDetail>>) -> impl IntoView {
    let key = detail.with_untracked(|d| d.row.key());
    let events = RwSignal::new(None::<Result<Vec<EventView>, Problem>>);
    // Which look is the last one.
    let turn = StoredValue::new(0_u32);
    let load = {
        let key = key.clone();
        Callback::new(move |()| {
            let key = key.clone();
            turn.update_value(|n| *n += 1);
            let asked = turn.try_get_value();
            spawn_local(async move {
                let answer = api::history(&key.namespace, &key.name, None).await;
                let newest = answer.map(|h| h.events);
                // A hiccup leaves what is shown; an answer that a later look has overtaken may be older.
                let keep = newest.is_err()
                    && events.try_with_untracked(|e| matches!(e, Some(Ok(_)))) == Some(true);
                if !keep && turn.try_get_value() == asked {
                    events.try_set(Some(newest));
                }
            });
        })
    };
    // What makes events: not each beat, only a changed set or pod.
    let changed = Memo::new(move |_| {
        detail.with(|d| {
            let pod = |p: &Pod| (p.uid.clone(), p.ready, p.restarts(), p.deleting.is_some());
            let row = &d.row;
            let pods: Vec<_> = d.facts.pods.iter().map(pod).collect();
            (row.generation, row.status.kind, row.last_change.clone(), pods)
        })
    });
    load.run(());
    let follow = move || {
        changed.track();
        true
    };
    recorded::follow(SOON, follow, move |_| {
        load.try_run(());
    });
    let set_name = key.name.clone();
    let listed =
        Memo::new(move |_| events.with(|e| matches!(e, Some(Ok(list)) if !list.is_empty())));
    // Each entry keeps its place in the document: the newer ones push it down.
    let items = move || {
        let entry = |e: Entry<'_>| {
            let key = format!("{} {}", e.head.id, e.followed.len());
            let (head, sets, set) = (e.head.clone(), e.sets, set_name.clone());
            let followed: Vec<EventView> = e.followed.into_iter().cloned().collect();
            // Made by the list and not here: what an entry remembers is to last as long as the entry.
            let view = move || {
                item(&Entry { head: &head, followed: followed.iter().collect(), sets }, &set)
            };
            Keyed::new(key, view)
        };
        events.with(|e| match e {
            Some(Ok(list)) => fold::fold(list).into_iter().take(SHOWN).map(entry).collect(),
            _ => Vec::new(),
        })
    };
    let body = move || {
        if listed.get() {
            return view! { <ol class="tl">{keyed(items.clone())}</ol> }.into_any();
        }
        match events.get() {
            None => view! { <ul class="tl" aria-busy="true"><li><span></span><span class="sk"></span></li></ul> }.into_any(),
            Some(Err(p)) if p.status == 403 => super::no_access("the history of this set"),
            Some(Err(p)) => view! { <div class="card-b">{problem_notice(&p)}</div> }.into_any(),
            Some(Ok(_)) => view! { <p class="card-b dim">"Nothing was recorded yet."</p> }.into_any(),
        }
    };
    let open = RwSignal::new(false);
    let close = Callback::new(move |()| open.set(false));
    let set = key.clone();
    let told = move || part::of_events(set.clone(), close);
    view! {
        <section class="card" aria-labelledby="act-h">
            <div class="card-h">
                <h2 id="act-h">"Activity"</h2><span class="sub">"inside and outside the panel"</span>
                <span class="grow"></span>
                <a class="btn sm quiet" href=page::history(&key.namespace, &key.name)>
                    "Full history "{small_icon(Icon::Forward)}
                </a>
            </div>
            {dynamic(body)}
            <div class="card-b">{unfold("events", "Kubernetes' Events of the set".to_owned(), open, told)}</div>
        </section>
    }
}

fn item(entry: &Entry<'_>, set: &str) -> AnyView {
    let e = entry.head;
    let reason = e.actor.as_ref().and_then(|a| a.reason.clone());
    view! {
        <li>
            {crate::components::icon(event_icon(e))}
            <div>
                {event_words(e, set)}
                {reason.map(|r| view! { " "<span class="q">{r}</span> })}
                {followed(entry, set)}
            </div>
            <Ago at=e.at/>
        </li>
    }
    .into_any()
}
