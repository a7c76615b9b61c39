//! The box of a sheet, and the ways out of it.

use leptos::ev::{self, KeyboardEvent};
use leptos::prelude::*;

use super::super::Selection;
use crate::components::{Button, Icon, Kind, icon};
use crate::dom;
use crate::reactive::RwSignal;

/// A sheet with what `inside` makes, which gets the way to close it. Its heading has the id `sheet-h`.
pub(super) fn frame(selection: Selection, inside: impl FnOnce(Callback<()>) -> AnyView) -> AnyView {
    // Where the sheet is the whole screen nothing else is to be reached: the style sheet hides what it covers.
    let modal = RwSignal::new(dom::is_phone());
    let resized = window_event_listener(ev::resize, move |_| modal.set(dom::is_phone()));
    // The ordinal that it was opened from; it cannot be focused before the sheet is gone.
    let opener = StoredValue::new_local(None::<web_sys::Element>);
    on_cleanup(move || {
        resized.remove();
        if let Some(Some(opener)) = opener.try_get_value() {
            request_animation_frame(move || dom::focus_element(&opener));
        }
    });
    let close = Callback::new(move |()| {
        if modal.get_untracked() {
            let from = document().query_selector("[data-open]").ok().flatten();
            opener.set_value(from.or_else(|| document().get_element_by_id("main")));
            return selection.select.run(None);
        }
        // The ordinal that it was opened from; a pod that is not there has none.
        if dom::has("[data-open]") {
            dom::focus("[data-open]");
        } else if dom::has(".sheet :focus") {
            dom::focus("#main");
        }
        selection.select.run(None);
    });
    let keys = move |event: KeyboardEvent| {
        if event.key() == "Escape" {
            event.stop_propagation();
            close.run(());
        }
    };
    // From elsewhere too, after all else that Esc may be meant for there.
    dom::on_letter(move |event| {
        if event.key() == "Escape" {
            event.prevent_default();
            close.run(());
        }
    });
    view! {
        <div class="sheet" role="dialog" aria-modal=move || if modal.get() { "true" } else { "false" } aria-labelledby="sheet-h" on:keydown=keys>
            {inside(close)}
        </div>
    }
    .into_any()
}

/// The button that closes it.
pub(super) fn shut(close: Callback<()>) -> AnyView {
    view! {
        <Button kind=Kind::Quiet class="sm ico shut" label="Close" on_press=move |_| close.run(())>
            {icon(Icon::Close)}
        </Button>
    }
    .into_any()
}
