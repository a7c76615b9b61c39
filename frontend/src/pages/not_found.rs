//! No such page.

use leptos::prelude::*;
use model::path::page;

use crate::components::empty;
use crate::dom;

/// What an address without a page shows.
#[component]
pub fn NotFoundPage() -> impl IntoView {
    dom::set_title("No such page");
    let way = view! { <a class="btn" href=page::FLEET>"Open the fleet"</a> }.into_any();
    view! {
        <main class="page" id="main" tabindex="-1">
            <h1 class="sr">"No such page"</h1>
            <div class="card">
                {empty(None, "There is no page at this address", "The link may be cut off, or from another version.", Some(way))}
            </div>
        </main>
    }
}
