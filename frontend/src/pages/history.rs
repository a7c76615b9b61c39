//! The history of one set.

use leptos::prelude::*;
use leptos_router::hooks::use_params_map;

/// The page of a set's history.
#[component]
pub fn HistoryPage() -> impl IntoView {
    let params = use_params_map();
    view! {
        <main class="page" id="main" tabindex="-1">
            <h1>{move || params.with(|p| p.get("name"))}</h1>
        </main>
    }
}
