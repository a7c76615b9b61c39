//! One row of the fleet. It listens to its own set only.

use std::sync::Arc;

use leptos::prelude::*;
use model::path::page;
use model::set::SetKey;
use model::status::StatusKind;
use model::wire::{Actor, SetRow};
use wasm_bindgen::JsCast;

use super::keys::Cursor;
use super::layout::Layout;
use crate::components::revision::revision_pair;
use crate::components::{StatusBadge, actor_label, holds, mini_strip, renewed, sentence};
use crate::dom;
use crate::favourites::star;
use crate::live::use_live;
use crate::reactive::Memo;
use crate::route::{NavigateOptions, use_navigate};
use crate::time::Ago;

/// The row of a set.
pub(super) fn row(key: &SetKey, layout: Memo<Arc<Layout>>, cursor: Cursor) -> AnyView {
    let Some(signal) = use_live().row(key) else { return ().into_any() };
    let navigate = use_navigate();
    let url = page::set(&key.namespace, &key.name);
    let open = {
        let url = url.clone();
        move |event: web_sys::MouseEvent| {
            // Links and buttons inside the row go their own way; a marked text is being copied, not clicked.
            let on_link = event
                .target()
                .and_then(|t| t.dyn_into::<web_sys::Element>().ok())
                .is_some_and(|e| e.closest("a, button").is_ok_and(|a| a.is_some()));
            let modified = event.ctrl_key() || event.meta_key() || event.shift_key();
            if !on_link && !modified && !dom::has_selection() {
                navigate(&url, NavigateOptions::default());
            }
        }
    };
    let selected = {
        let key = key.clone();
        Memo::new(move |_| cursor.key.with(|k| k.as_ref() == Some(&key)))
    };
    let stop = {
        let key = key.clone();
        Memo::new(move |_| if cursor.is_stop(&key) { "0" } else { "-1" })
    };
    let place = {
        let key = key.clone();
        Memo::new(move |_| layout.with(|l| l.place(&key)))
    };
    // 1 is the heading.
    let index = move || place.get().map(|(n, _)| n + 2);
    let short = move || place.get().is_some_and(|(_, group)| group.is_short());
    let focused = {
        let key = key.clone();
        move |_| cursor.key.set(Some(key.clone()))
    };
    // The order may be kept while somebody is in the table: then a set that is gone still has its line.
    let gone = {
        let key = key.clone();
        let live = use_live();
        Memo::new(move |_| live.with_rows(|rows| !rows.contains_key(&key)))
    };
    // Each change starts the glow again: two animations that are equal take turns.
    let changes = {
        let signal = signal.clone();
        Memo::new(move |changes: Option<&u32>| {
            signal.with(|_| ());
            changes.map_or(0, |n| n + 1)
        })
    };
    let glow = move || match changes.get() {
        0 => None,
        n if n % 2 == 1 => Some("a"),
        _ => Some("b"),
    };
    // While a set rolls, its strip, status and sentence change several times a second, and nothing else does.
    let once = |differs: fn(&SetRow, &SetRow) -> bool| {
        let signal = signal.clone();
        let before = StoredValue::new(None::<Arc<SetRow>>);
        Memo::new(move |times: Option<&u32>| {
            let same = signal.with(|now| {
                let same = before.with_value(|b| b.as_ref().is_some_and(|b| !differs(b, now)));
                if !same {
                    before.set_value(Some(Arc::clone(now)));
                }
                same
            });
            times.map_or(0, |n| n + u32::from(!same))
        })
    };
    let at = once(|a, b| a.revisions != b.revisions);
    let last = once(|a, b| {
        (&a.last_change, &a.held_by, &a.aborted) != (&b.last_change, &b.held_by, &b.aborted)
    });
    let cell = |new: Memo<u32>, gone_cell: fn() -> AnyView, cell: fn(&SetRow) -> AnyView| {
        let signal = signal.clone();
        let follow = move || {
            new.track();
            gone.track();
        };
        renewed(follow, move || if gone.get() { gone_cell() } else { signal.with(|row| cell(row)) })
    };
    let cells = [
        cell(changes, || empty("c-st"), status),
        cell(changes, || empty("c-strip"), strip),
        cell(at, || empty("c-img"), revisions),
        cell(
            changes,
            || view! { <td class="c-words dim">"This set is gone."</td> }.into_any(),
            in_words,
        ),
        cell(last, || empty("c-last"), last_change),
    ];
    view! {
        <tr
            data-row=""
            data-glow=glow
            class:sel=move || selected.get()
            class:short=short
            aria-current=move || selected.get().then_some("true")
            aria-rowindex=index
            on:click=open
            on:focusin=focused
        >
            <th class="c-set" scope="row" title=format!("{}/{}", key.namespace, key.name)>
                <a class="nm" href=url tabindex=move || stop.get()>{key.name.clone()}</a>
                <span class="ns">{key.namespace.clone()}</span>
                {star(key.clone(), stop.into())}
            </th>
            {cells}
        </tr>
    }
    .into_any()
}

fn empty(class: &'static str) -> AnyView {
    view! { <td class=class></td> }.into_any()
}

fn status(row: &SetRow) -> AnyView {
    view! { <td class="c-st"><StatusBadge status=row.status.clone()/></td> }.into_any()
}

fn strip(row: &SetRow) -> AnyView {
    let hidden = row.status.kind == StatusKind::NoAccess;
    let strip = if hidden {
        view! { <span class="dim">"pods are hidden from you"</span> }.into_any()
    } else {
        mini_strip(row).into_any()
    };
    view! { <td class="c-strip">{strip}</td> }.into_any()
}

fn revisions(row: &SetRow) -> AnyView {
    view! { <td class="c-img">{revision_pair(&row.revisions)}</td> }.into_any()
}

fn in_words(row: &SetRow) -> AnyView {
    let blocker = row.status.blocker.as_ref().map(|b| b.pod.as_str());
    let says = row.status.in_short();
    // Where there is no room for the column of the last change, which says it otherwise. At first: what is too long is cut.
    // What was aborted is said everywhere.
    let class = if row.aborted.is_some() { "" } else { "by" };
    let held = row.held_by.as_ref().map(|holder| format!("{}. ", holds(row, holder)));
    let title = format!("{}{says}", held.as_deref().unwrap_or_default());
    let held = held.map(|held| view! { <span class=class>{held}</span> });
    view! {
        <td class="c-words">
            <span class="words" title=title>{held}{sentence(&says, &row.name, blocker)}</span>
        </td>
    }
    .into_any()
}

/// Who changed the set last; of one that is held, who holds it, where that is somebody else.
fn last_change(row: &SetRow) -> AnyView {
    let id = |actor: &Actor| (actor.source, actor.name.clone());
    let last = row.last_change.as_ref();
    let holder = row.held_by.as_ref().filter(|holder| last.map(id) != Some(id(holder)));
    let says = match holder.or(last) {
        Some(actor) => {
            let label = match holder {
                Some(holder) => holds(row, holder),
                None => actor_label(actor),
            };
            let age = actor.at.map(|at| view! { " · "<Ago at=at/> });
            view! { {label}{age} }.into_any()
        }
        None => "—".into_any(),
    };
    // The cell may be too narrow for it.
    let title = holder.map(|holder| {
        let last = last.map_or("not known".to_owned(), actor_label);
        format!("{}. Last change: {last}.", holds(row, holder))
    });
    view! { <td class="c-last dim" title=title>{says}</td> }.into_any()
}
