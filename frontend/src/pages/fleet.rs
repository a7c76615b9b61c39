//! The fleet: every set, what needs attention first.

use std::sync::Arc;

use leptos::ev::FocusEvent;
use leptos::prelude::*;
use wasm_bindgen::JsCast;

pub mod filter;
mod glide;
mod keys;
pub(crate) mod layout;
mod row;
pub mod sort;
mod states;
mod table;
mod tools;
mod window;

use crate::dom;
use crate::favourites::use_favourites;
use crate::live::{Loaded, use_live};
use crate::reactive::{Memo, RwSignal, dynamic};
use crate::route::use_router;
use keys::Cursor;
use layout::Layout;
pub(crate) use states::hidden_words;
use tools::Query;

/// The fleet page.
#[component]
pub fn FleetPage() -> impl IntoView {
    dom::set_title("Fleet");
    let live = use_live();
    let query = Query::of_url();
    let favourites = use_favourites();
    let wanted = Memo::new(move |_| {
        let filter = query.filter();
        let of = |marked: &_| {
            live.with_rows(|rows| Layout::of(rows.values().map(AsRef::as_ref), filter, marked))
        };
        Arc::new(favourites.with(of))
    });
    // While the pointer or the focus is in the table, no line moves: one would press what was not there a moment ago.
    let pointed = RwSignal::new(false);
    let focused = RwSignal::new(false);
    let layout = Memo::new(move |shown: Option<&Arc<Layout>>| {
        let wanted = wanted.get();
        match shown {
            Some(shown) if pointed.get() || focused.get() => {
                Arc::new(Layout::clone(&wanted).kept(shown))
            }
            _ => wanted,
        }
    });
    let left = move |e: FocusEvent| {
        let inside = |to: web_sys::EventTarget| {
            let to = to.dyn_into::<web_sys::Element>().ok()?;
            to.closest(".fleet-card").ok().flatten()
        };
        focused.set(e.related_target().and_then(inside).is_some());
    };
    let cursor = Cursor::new(layout, use_router().back());
    cursor.listen();
    cursor.come_back();
    // Only a change between the states rebuilds the page below, not each change of the layout.
    let state = Memo::new(move |_| match live.loaded.get() {
        Loaded::No => states::Shown::Loading,
        Loaded::Failed(_) => states::Shown::Failed,
        Loaded::Yes => layout.with(|l| match (l.all, l.rows.is_empty()) {
            (0, _) => states::Shown::Empty,
            (_, true) => states::Shown::NoMatch,
            _ => states::Shown::Table,
        }),
    });
    let body = move || match state.get() {
        states::Shown::Loading => states::loading(),
        states::Shown::Failed => states::failed(live),
        states::Shown::Empty => states::no_sets(live),
        states::Shown::NoMatch => states::no_match(query, layout),
        states::Shown::Table => table::table(layout, cursor),
    };
    let known = move || state.get() != states::Shown::Loading;
    view! {
        <main class="page" id="main" tabindex="-1">
            <div class="head fleet-head">
                <h1>"Fleet"</h1>
                <p class="mid" inner_html=move || layout.with(|l| states::summary(l))></p>
            </div>
            {tools::tools(query, layout)}
            <section
                class="card fleet-card"
                aria-label="Sets"
                aria-busy=move || (!known()).then_some("true")
                on:pointerenter=move |_| pointed.set(true)
                on:pointerleave=move |_| pointed.set(false)
                on:focusin=move |_| focused.set(true)
                on:focusout=left
            >
                {dynamic(body)}
            </section>
            {table::foot(layout)}
            {waits(layout)}
        </main>
    }
}

/// That the order is kept, while it is: at the window's lower edge, where it moves nothing.
fn waits(layout: Memo<Arc<Layout>>) -> AnyView {
    let waits = Memo::new(move |_| layout.with(|l| l.waits));
    view! {
        <p class="waits" role="status">
            {dynamic(move || waits.get().then_some("The order has changed: it follows when you leave the table."))}
        </p>
    }
    .into_any()
}
