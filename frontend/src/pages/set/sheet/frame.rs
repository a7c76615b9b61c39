//! The box of a sheet, and the ways out of it.

use leptos::ev::KeyboardEvent;
use leptos::prelude::*;

use super::super::Selection;
use crate::components::{Button, Icon, Kind, icon};
use crate::dom;

/// A sheet with what `inside` makes, which gets the way to close it. Its heading has the id `sheet-h`.
pub(super) fn frame(selection: Selection, inside: impl FnOnce(Callback<()>) -> AnyView) -> AnyView {
    let close = Callback::new(move |()| {
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
        <div class="sheet" role="dialog" aria-modal="false" aria-labelledby="sheet-h" on:keydown=keys>
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
