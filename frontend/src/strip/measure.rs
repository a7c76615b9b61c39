//! The width of an element, as it changes.

use leptos::html;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::ResizeObserver;

use crate::reactive::{Effect, RwSignal, Signal};

/// The inner width of `node` in px; before it is in the page a guess from the window's width.
pub(super) fn width_of(node: NodeRef<html::Div>) -> Signal<f64> {
    let guess = window().inner_width().ok().and_then(|w| w.as_f64()).unwrap_or(1280.0);
    let width = RwSignal::new(guess.min(1480.0) - 50.0);
    let watch = StoredValue::new_local(None::<(ResizeObserver, Closure<dyn FnMut()>)>);
    Effect::new(move |_| {
        let Some(element) = node.get() else { return };
        let measured = element.clone();
        let on_resize = Closure::<dyn FnMut()>::new(move || {
            let now = f64::from(measured.client_width());
            // An element that is not laid out has no width; what was drawn for the last one stays.
            if now > 0.0 && width.try_get_untracked().is_some_and(|w| (w - now).abs() > 0.5) {
                width.set(now);
            }
        });
        if let Ok(observer) = ResizeObserver::new(on_resize.as_ref().unchecked_ref()) {
            observer.observe(&element);
            watch.set_value(Some((observer, on_resize)));
        }
    });
    on_cleanup(move || {
        if let Some(Some((observer, _))) = watch.try_update_value(Option::take) {
            observer.disconnect();
        }
    });
    width.into()
}
