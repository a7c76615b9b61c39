//! The handle itself: a slider for mouse, touch and keys. It never writes.

use leptos::ev::{KeyboardEvent, PointerEvent};
use leptos::prelude::*;
use wasm_bindgen::JsCast;

use super::handle::{Handle, Press, stays_at};
use crate::dom;
use crate::reactive::{RwSignal, Signal, dynamic};

/// What the slider needs to know of its surroundings.
#[derive(Clone, Copy)]
pub(super) struct Grip {
    pub handle: RwSignal<Handle>,
    /// What it means where it stands, part by part.
    pub words: Signal<Vec<String>>,
    /// Enter on a moved handle: open the forecast.
    pub on_review: Callback<()>,
    /// Middles of the columns along the drag, in client coordinates, measured when a drag begins.
    pub middles: Callback<(), Vec<f64>>,
    /// Dragged up and down instead of left and right.
    pub upright: Signal<bool>,
}

impl Grip {
    /// The button. It stays the same element wherever it is drawn, so that it keeps the focus.
    pub(super) fn view(self) -> AnyView {
        let Self { handle, words, on_review, middles, upright } = self;
        let drag = StoredValue::new(None::<Vec<f64>>);
        // A finger covers what stands beside the handle.
        let finger = RwSignal::new(false);
        let down = move |e: PointerEvent| {
            if e.button() != 0 {
                return;
            }
            if let Some(target) =
                e.current_target().and_then(|t| t.dyn_into::<web_sys::Element>().ok())
            {
                // Fails only for a pointer that is gone already; then there is no drag.
                let _ = target.set_pointer_capture(e.pointer_id());
            }
            drag.set_value(Some(middles.run(())));
            finger.set(e.pointer_type() == "touch");
        };
        let go = move |e: PointerEvent| {
            let position = if upright.get_untracked() { e.client_y() } else { e.client_x() };
            let stays = drag
                .with_value(|d| d.as_ref().map(|middles| stays_at(middles, f64::from(position))));
            if let Some(stays) = stays
                && handle.with_untracked(|h| h.at() != stays)
            {
                handle.update(|h| *h = h.to(stays));
            }
        };
        let stop = move |_: PointerEvent| {
            drag.set_value(None);
            finger.set(false);
        };
        let bubble = move || {
            finger.get().then(|| {
                let parts = words.get().into_iter().map(|part| view! { <span>{part}</span> });
                // Across, it leans to where there is room.
                let leans = move || handle.with(|h| format!("{:.2}", f64::from(h.at()) / f64::from(h.max.max(1))));
                // As a property: an attribute would be against the content security policy.
                view! { <span class="bubble" aria-hidden="true" style=("--at", leans)>{parts.collect_view()}</span> }
            })
        };
        let key = move |e: KeyboardEvent| {
            if dom::has_modifier(&e) {
                return;
            }
            match handle.with_untracked(|h| h.press(&e.key())) {
                Press::Moved(moved) => {
                    e.prevent_default();
                    e.stop_propagation();
                    handle.set(moved);
                }
                Press::Review => {
                    e.prevent_default();
                    on_review.run(());
                }
                Press::Ignored => {}
            }
        };
        view! {
            <button
                type="button"
                class="grip"
                role="slider"
                id="partition"
                aria-label="First ordinal that gets the new revision"
                aria-orientation=move || if upright.get() { "vertical" } else { "horizontal" }
                aria-valuemin="0"
                aria-valuemax=move || handle.with(|h| h.max.to_string())
                aria-valuenow=move || handle.with(|h| h.at().to_string())
                aria-valuetext=move || words.get().join("; ")
                on:pointerdown=down
                on:pointermove=go
                on:pointerup=stop
                on:pointercancel=stop
                on:keydown=key
            >
                {dynamic(bubble)}
            </button>
        }
        .into_any()
    }
}
