//! Dialogs on the browser's own `<dialog>`: focus is trapped, Esc closes, focus goes back to the opener, or to what the page says
//! now where the opener went with what was done.

use leptos::prelude::*;
use leptos::{ev, html};
use wasm_bindgen::JsCast;

use super::button::unique_id;
use crate::dom;
use crate::reactive::{Effect, Signal, dynamic};

/// A modal dialog; it is open while it is mounted: show it in a `<Show>` and unmount it in `on_close`.
///
/// Children bring their own `<section>`s and `<footer>`.
#[component]
pub fn Dialog(
    /// The heading: verb and target.
    #[prop(into)]
    title: Signal<String>,
    /// Below the heading: set, namespace, cluster.
    #[prop(into, optional)]
    subtitle: Signal<String>,
    /// Further classes.
    #[prop(optional)]
    class: &'static str,
    /// Esc, or a click beside the dialog.
    #[prop(into)]
    on_close: Callback<()>,
    children: Children,
) -> impl IntoView {
    let dialog = NodeRef::<html::Dialog>::new();
    let id = unique_id("dialog");
    let labelled_by = id.clone();
    let opener = document().active_element();
    Effect::new(move |_| {
        if let Some(dialog) = dialog.get()
            && !dialog.open()
        {
            // Fails only for a dialog that is not in the document; then it is never seen either.
            let _ = dialog.show_modal();
        }
    });
    // DOM nodes stay on this thread; the wrapper lets the cleanup hold one.
    let opener = StoredValue::new_local(opener.map(|opener| (opener.text_content(), opener)));
    on_cleanup(move || {
        if let Some(Some((said, opener))) = opener.try_get_value() {
            request_animation_frame(move || {
                // Somebody was faster, or another dialog has come.
                if !dom::has_no_focus() {
                    return;
                }
                // A button may say something else by now: who presses it again means what it said.
                let same = opener.tag_name() != "BUTTON" || opener.text_content() == said;
                let same = same && opener.is_connected();
                // Nothing had the focus: then whoever goes on by keyboard would begin at the top of the page.
                if same && opener.tag_name() != "BODY" {
                    dom::focus_element(&opener);
                } else if dom::has(".deck > p[tabindex]") {
                    dom::focus(".deck > p[tabindex]");
                } else {
                    dom::focus("#main");
                }
            });
        }
    });
    let cancel = move |event: web_sys::Event| {
        event.prevent_default();
        on_close.run(());
    };
    let outside = move |event: ev::MouseEvent| {
        // The backdrop belongs to the dialog element itself, and so do its scroll bar and border; its content is in children.
        let target = event.target().and_then(|t| t.dyn_into::<web_sys::Element>().ok());
        let Some(dialog) = target.filter(|e| e.tag_name() == "DIALOG") else { return };
        let rect = dialog.get_bounding_client_rect();
        let (x, y) = (f64::from(event.client_x()), f64::from(event.client_y()));
        let within =
            (rect.left()..=rect.right()).contains(&x) && (rect.top()..=rect.bottom()).contains(&y);
        if !within {
            on_close.run(());
        }
    };
    view! {
        <dialog
            node_ref=dialog
            class=format!("dialog {class}")
            aria-labelledby=labelled_by
            on:mousedown=outside
            on:cancel=cancel
        >
            <div class="dialog-in">
                <header>
                    <h2 id=id>{dynamic(move || title.get())}</h2>
                    <p>{dynamic(move || subtitle.get())}</p>
                </header>
                {children()}
            </div>
        </dialog>
    }
}
