//! Where things make room for each other: what of a page is seen to have moved, and so slides.

use js_sys::WeakMap;
use leptos::prelude::*;
use leptos::{ev, html};
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{Element, HtmlElement, MutationObserver, MutationObserverInit};

use super::{Moved, before_paint};
use crate::dom;
use crate::reactive::Effect;

/// Lets those elements within `root` that match `what` make room for each other. Each is seen from its parent, so that what
/// slides with its parent does not slide twice.
pub fn make_room(root: NodeRef<html::Div>, what: &'static str) {
    room(root, what, Of::Itself);
}

/// The same of the whole page around `inside`.
pub fn make_room_on(inside: NodeRef<html::Div>, what: &'static str) {
    room(inside, what, Of::Page);
}

/// Of what the elements make room for each other.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Of {
    Itself,
    Page,
}

fn room(root: NodeRef<html::Div>, what: &'static str, of: Of) {
    let within = move |inside: web_sys::HtmlDivElement| -> Element {
        let page = if of == Of::Itself { None } else { inside.closest("main").ok().flatten() };
        page.unwrap_or_else(|| inside.into())
    };
    let places = StoredValue::new_local(WeakMap::new());
    let waits = StoredValue::new(false);
    let look = move || {
        let here = waits.try_set_value(false).is_none();
        let root = here.then(|| root.try_get_untracked().flatten()).flatten();
        root.map(within)
            .map(|r| places.with_value(|places| settle(&r, what, places)))
            .unwrap_or_default()
    };
    let watch = StoredValue::new_local(None::<(MutationObserver, Closure<dyn FnMut()>)>);
    Effect::new(move |_| {
        let Some(element) = root.get().map(within) else { return };
        before_paint(look);
        let changed = Closure::<dyn FnMut()>::new(move || {
            if waits.try_update_value(|w| std::mem::replace(w, true)) == Some(false) {
                before_paint(look);
            }
        });
        let Ok(observer) = MutationObserver::new(changed.as_ref().unchecked_ref()) else { return };
        let all = MutationObserverInit::new();
        all.set_child_list(true);
        all.set_subtree(true);
        all.set_character_data(true);
        if observer.observe_with_options(&element, &all).is_ok() {
            watch.set_value(Some((observer, changed)));
        }
    });
    // Another width is no reason to slide.
    let resized = window_event_listener(ev::resize, move |_| {
        places.set_value(WeakMap::new());
        before_paint(look);
    });
    on_cleanup(move || {
        resized.remove();
        if let Some(Some((observer, _))) = watch.try_update_value(Option::take) {
            observer.disconnect();
        }
    });
}

/// Remembers where everything stands, and answers what stood elsewhere before.
fn settle(root: &Element, what: &str, places: &WeakMap) -> Vec<Moved> {
    let Ok(found) = root.query_selector_all(what) else { return Vec::new() };
    // Further down what is in view is kept in place: by the browser, or by `stay`.
    let still = dom::wants_still() || !window().scroll_y().is_ok_and(|y| y < 1.0);
    let mut slides = Vec::new();
    for n in 0..found.length() {
        let Some(element) = found.item(n).and_then(|e| e.dyn_into::<HtmlElement>().ok()) else {
            continue;
        };
        // What is not laid out has no place.
        let Some((x, y)) = place(&element) else {
            places.delete(&element);
            continue;
        };
        let was = places.get(&element).as_f64();
        let now = f64::from(y) * WIDEST + f64::from(x);
        if let Some(was) = was.filter(|was| (was - now).abs() > 0.5) {
            let (was_y, was_x) = unpack(was);
            // What a hand moves is where the hand is.
            if element.closest(".asking").is_ok_and(|by_hand| by_hand.is_none()) {
                slides.push((element.clone(), (was_x - f64::from(x), was_y - f64::from(y))));
            }
        }
        places.set(&element, &now.into());
    }
    if still { Vec::new() } else { slides }
}

/// A place is kept as one number: `y` times this, and `x`. No page is half as wide.
const WIDEST: f64 = 65_536.0;

/// `y` and `x` of such a number; `x` may be below zero.
fn unpack(place: f64) -> (f64, f64) {
    let y = (place / WIDEST).round();
    (y, place - y * WIDEST)
}

/// Where an element stands in its parent, in px; what slides just now counts as arrived.
fn place(element: &HtmlElement) -> Option<(i32, i32)> {
    let (mut x, mut y) = (element.offset_left(), element.offset_top());
    let Some(from) = element.offset_parent() else {
        // What is fixed to the window has no such parent, but it has a size.
        return (element.offset_height() > 0).then_some((x, y));
    };
    let parent = element.parent_element()?.dyn_into::<HtmlElement>().ok()?;
    if parent.offset_parent().as_ref() == Some(&from) {
        x -= parent.offset_left();
        y -= parent.offset_top();
    }
    Some((x, y))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_one_number_and_comes_back_from_it() {
        for (y, x) in [(0.0, 0.0), (12.0, 700.0), (0.0, -3.0), (-1.0, 4000.0), (90_000.0, -1.0)] {
            let (to_y, to_x) = unpack(y * WIDEST + x);
            assert!((to_y - y).abs() < 1e-6 && (to_x - x).abs() < 1e-6, "{to_y}, {to_x}");
        }
    }
}
