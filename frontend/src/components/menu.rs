//! A button that opens a list of further actions, on the browser's own `<details>`.

use leptos::ev::{FocusEvent, KeyboardEvent, MouseEvent};
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::Element;

use super::icon::{Icon, icon};
use crate::dom;

/// The menu. It closes when something in it was chosen, on Esc, and when the focus goes elsewhere; what opens a dialog has
/// its focus on the menu's button, so that it comes back there.
pub fn menu(label: &'static str, items: AnyView) -> AnyView {
    let chosen = |e: MouseEvent| {
        let item = e.target().and_then(|t| t.dyn_into::<Element>().ok());
        let on = item.is_some_and(|i| {
            let button = i.closest("button").ok().flatten();
            button.is_some_and(|b| b.get_attribute("aria-disabled").is_none())
        });
        if on {
            close(e.current_target(), true);
        }
    };
    let key = |e: KeyboardEvent| {
        let menu = e.current_target().and_then(|t| t.dyn_into::<Element>().ok());
        // Of one that is closed Esc is meant for the page.
        if e.key() == "Escape" && menu.is_some_and(|m| m.has_attribute("open")) {
            e.prevent_default();
            close(e.current_target(), true);
        }
    };
    let left = |e: FocusEvent| {
        let menu = e.current_target().and_then(|t| t.dyn_into::<Element>().ok());
        let to = e.related_target().and_then(|t| t.dyn_into::<web_sys::Node>().ok());
        if menu.is_some_and(|m| !m.contains(to.as_ref())) {
            close(e.current_target(), false);
        }
    };
    view! {
        <details class="menu" on:click=chosen on:keydown=key on:focusout=left>
            <summary class="btn ico" aria-label=label title=label>{icon(Icon::More)}</summary>
            <div class="menu-in">{items}</div>
        </details>
    }
    .into_any()
}

fn close(menu: Option<web_sys::EventTarget>, focus: bool) {
    let Some(menu) = menu.and_then(|t| t.dyn_into::<Element>().ok()) else { return };
    // Fails only for an attribute name that is none.
    let _ = menu.remove_attribute("open");
    if focus && let Ok(Some(summary)) = menu.query_selector("summary") {
        dom::focus_element(&summary);
    }
}
