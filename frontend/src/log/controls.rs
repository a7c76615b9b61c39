//! What stands above a log.

use leptos::prelude::*;

use crate::components::{Icon, small_icon};
use crate::reactive::{RwSignal, Signal, dynamic};

fn pressed(is: bool) -> &'static str {
    if is { "true" } else { "false" }
}

/// One of two, side by side: the first while `second` is false.
pub fn switch(
    label: &'static str,
    words: [&'static str; 2],
    second: Signal<bool>,
    choose: Callback<bool>,
) -> AnyView {
    let one = move |wanted: bool, words: &'static str| {
        view! {
            <button
                type="button"
                aria-pressed=move || pressed(second.get() == wanted)
                on:click=move |_| choose.run(wanted)
            >
                {words}
            </button>
        }
    };
    view! {
        <div class="switch" role="group" aria-label=label>
            {one(false, words[0])}{one(true, words[1])}
        </div>
    }
    .into_any()
}

/// Whether lines are shown as they are written.
pub fn follow_chip(follow: RwSignal<bool>) -> AnyView {
    view! {
        <button
            type="button"
            class="chip"
            aria-pressed=move || pressed(follow.get())
            on:click=move |_| follow.update(|f| *f = !*f)
        >
            {small_icon(Icon::Down)}"Follow"
        </button>
    }
    .into_any()
}

/// The field with what is searched for; `found` says how much there is of it.
pub fn search_field(
    label: &'static str,
    search: RwSignal<String>,
    found: impl Fn() -> Option<String> + Send + 'static,
) -> AnyView {
    view! {
        <label class="field wide">
            {small_icon(Icon::Search)}
            <span class="sr">{label}</span>
            <input type="search" placeholder=label spellcheck="false"
                prop:value=move || search.get()
                on:input:target=move |e| search.set(e.target().value())/>
            <span class="nowrap dim" role="status">{dynamic(found)}</span>
        </label>
    }
    .into_any()
}
