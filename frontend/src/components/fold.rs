//! What is unfolded to be read, and looked up only then.

use leptos::prelude::*;
use wasm_bindgen::JsCast;

use super::{Icon, small_icon};
use crate::reactive::{RwSignal, dynamic};

/// A fold under its title; `body` is made anew whenever it is opened. `id` is that of what opens it.
pub fn fold(
    id: &'static str,
    title: String,
    open: RwSignal<bool>,
    body: impl Fn() -> AnyView + Send + Sync + 'static,
) -> AnyView {
    let toggled = move |e: web_sys::Event| {
        let fold = e.target().and_then(|t| t.dyn_into::<web_sys::Element>().ok());
        open.set(fold.is_some_and(|t| t.has_attribute("open")));
    };
    view! {
        <details class="fold" prop:open=move || open.get() on:toggle=toggled>
            <summary id=id>{small_icon(Icon::Forward)}{title}</summary>
            {dynamic(move || open.get().then(&body))}
        </details>
    }
    .into_any()
}
