//! What one reads stays before one's eyes while more is written above it. Most browsers see to that themselves, but not all of
//! them.

use leptos::prelude::*;
use leptos::{ev, html};
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{Element, HtmlElement, MutationObserver, MutationObserverInit};

use crate::reactive::Effect;

/// What of the window's upper edge is covered by the bar of the app, in px.
const COVERED: f64 = 48.0;

/// Where one has scrolled, the first in view of those elements of the page around `inside` that match `what` stays where it is in
/// the window.
pub fn stay(inside: NodeRef<html::Div>, what: &'static str) {
    // What one looks at, and how far (px) below the window's upper edge it stands.
    let eyes = StoredValue::new_local(None::<(Element, f64)>);
    let page = move || inside.try_get_untracked().flatten()?.closest("main").ok().flatten();
    let note = move || {
        let seen = page().and_then(|page| first_in_view(&page, what));
        eyes.try_set_value(seen);
    };
    let hold = move || {
        let scrolled = window().scroll_y().is_ok_and(|y| y >= 1.0);
        if let Some((element, top)) = eyes.try_get_value().flatten()
            && scrolled
            && element.is_connected()
        {
            let off = element.get_bounding_client_rect().top() - top;
            if off.abs() > 0.5 {
                window().scroll_by_with_x_and_y(0.0, off);
            }
        }
        note();
    };
    let watch = StoredValue::new_local(None::<(MutationObserver, Closure<dyn FnMut()>)>);
    Effect::new(move |_| {
        inside.track();
        let Some(page) = page() else { return };
        if let Some(page) = page.dyn_ref::<HtmlElement>() {
            // Two that see to the same would do it twice. Does not fail for a property that exists.
            let _ = page.style().set_property("overflow-anchor", "none");
        }
        note();
        let changed = Closure::<dyn FnMut()>::new(hold);
        let Ok(observer) = MutationObserver::new(changed.as_ref().unchecked_ref()) else { return };
        let lists = MutationObserverInit::new();
        lists.set_child_list(true);
        lists.set_subtree(true);
        if observer.observe_with_options(&page, &lists).is_ok() {
            watch.set_value(Some((observer, changed)));
        }
    });
    let moved = [
        window_event_listener(ev::scroll, move |_| note()),
        window_event_listener(ev::resize, move |_| note()),
    ];
    on_cleanup(move || {
        for listener in moved {
            listener.remove();
        }
        if let Some(Some((observer, _))) = watch.try_update_value(Option::take) {
            observer.disconnect();
        }
    });
}

/// How much (px) of what begins above the window is to be in view to be what one looks at.
const ENOUGH: f64 = 44.0;

/// The first of these elements that is in view, and where its upper edge is. What begins above counts where there is enough of
/// it and no other of them in it: then that other is what one reads.
fn first_in_view(page: &Element, what: &str) -> Option<(Element, f64)> {
    let found = page.query_selector_all(what).ok()?;
    let height = window().inner_height().ok()?.as_f64()?;
    let all = (0..found.length()).filter_map(|n| found.item(n)?.dyn_into::<Element>().ok());
    let mut above = None::<(Element, f64)>;
    for element in all {
        let rect = element.get_bounding_client_rect();
        if rect.top() < COVERED {
            if rect.bottom() >= COVERED + ENOUGH {
                above = Some((element, rect.top()));
            }
            continue;
        }
        let within = |around: &Element| around.contains(Some(&element));
        if above.as_ref().is_none_or(|(around, _)| within(around)) && rect.top() < height {
            return Some((element, rect.top()));
        }
        break;
    }
    above
}
