//! A button that copies a text.

use std::time::Duration;

use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen_futures::JsFuture;

use super::icon::{Icon, small_icon};
use crate::reactive::{RwSignal, Signal, dynamic};

/// Copies `text`. Where the browser has no clipboard (an insecure origin) it says so.
#[component]
pub fn CopyButton(
    /// What is copied.
    #[prop(into)]
    text: Signal<String>,
    /// What is copied, for the label: "Copy the command".
    #[prop(into)]
    label: String,
    /// The label is shown beside the icon.
    #[prop(optional)]
    wide: bool,
) -> impl IntoView {
    let said = RwSignal::new(None::<bool>);
    let copy = move |_| {
        let text = text.get_untracked();
        spawn_local(async move {
            // `navigator.clipboard` is undefined on an insecure origin: reading it is allowed, calling it throws.
            let clipboard = window().navigator().clipboard();
            let there = !AsRef::<wasm_bindgen::JsValue>::as_ref(&clipboard).is_undefined();
            let done = there && JsFuture::from(clipboard.write_text(&text)).await.is_ok();
            said.set(Some(done));
            set_timeout(move || said.set(None), Duration::from_secs(2));
        });
    };
    let class = if wide { "btn sm" } else { "btn sm quiet ico" };
    let shown = label.clone();
    let words = move || match said.get() {
        None if wide => shown.clone(),
        Some(true) if wide => "Copied".to_owned(),
        None | Some(true) => String::new(),
        Some(false) => "Select it and copy by hand".to_owned(),
    };
    view! {
        <button type="button" class=class aria-label=label.clone() title=label on:click=copy>
            {dynamic(move || small_icon(if said.get() == Some(true) { Icon::Ok } else { Icon::Copy }))}
            {dynamic(words)}
        </button>
        <span class="sr" role="status">
            {dynamic(move || (said.get() == Some(true)).then_some("Copied"))}
        </span>
    }
}
