//! The fleet: every set, what needs attention first.

use leptos::prelude::*;

pub mod filter;
mod keys;
mod layout;
mod row;
mod states;
mod table;
mod tools;
mod window;

use crate::dom;
use crate::live::{Loaded, use_live};
use crate::reactive::{Memo, dynamic};
use keys::Cursor;
use layout::Layout;
use tools::Query;

/// The fleet page.
#[component]
pub fn FleetPage() -> impl IntoView {
    dom::set_title("Fleet");
    let live = use_live();
    let query = Query::of_url();
    let layout = Memo::new(move |_| {
        let filter = query.filter();
        live.with_rows(|rows| Layout::of(rows.values().map(AsRef::as_ref), &filter))
    });
    let cursor = Cursor::new(layout);
    cursor.listen();
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
                <p class="mid">{dynamic(move || known().then(|| layout.with(states::summary)))}</p>
            </div>
            {tools::tools(query, layout)}
            <section class="card fleet-card" aria-label="Sets" aria-busy=move || (!known()).then_some("true")>
                {dynamic(body)}
            </section>
            {table::foot(layout)}
        </main>
    }
}
