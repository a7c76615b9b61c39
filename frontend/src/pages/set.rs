//! One set.

use leptos::prelude::*;
use leptos_router::hooks::use_params_map;

use crate::dom;
use crate::live::use_live;

/// The page of a set.
#[component]
pub fn SetPage() -> impl IntoView {
    let live = use_live();
    let params = use_params_map();
    Effect::new(move |_| {
        let (namespace, name) = params
            .with(|p| (p.get("namespace").unwrap_or_default(), p.get("name").unwrap_or_default()));
        dom::set_title(&name);
        live.watch_set(&namespace, &name);
    });
    view! {
        <main class="page" id="main" tabindex="-1">
            <h1>{move || live.detail.get().map(|d| d.row.name.clone())}</h1>
            <p class="say">{move || live.detail.get().map(|d| d.row.status.sentence.clone())}</p>
        </main>
    }
}
