//! Small helpers around the browser's window and document.

use leptos::ev;
use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::JsCast;
use web_sys::{HtmlElement, KeyboardEvent};

/// Whether the browser keeps the session's cookie here: https, or this very machine.
pub fn is_secure() -> bool {
    window().is_secure_context()
}

/// Removes what `index.html` shows until the app runs.
pub fn clear_boot() {
    if let Some(boot) = document().get_element_by_id("boot") {
        boot.remove();
    }
}

/// What is typed into the input with this id, as it stands there.
pub fn text_of(id: &str) -> Option<String> {
    let input = document().get_element_by_id(id)?.dyn_into::<web_sys::HtmlInputElement>().ok()?;
    Some(input.value())
}

/// Names the page in the tab and in the history.
pub fn set_title(page: &str) {
    document().set_title(&format!("{page} · Rollcall"));
}

/// Milliseconds since 1970 by the browser's clock.
pub fn now_ms() -> f64 {
    js_sys::Date::now()
}

/// Does `work`, and leaves how long it took last as a measure of that name in the browser's User Timing.
pub fn timed<T>(name: &str, work: impl FnOnce() -> T) -> T {
    let Some(clock) = window().performance() else { return work() };
    // Only the last is kept: nobody empties the browser's list.
    clock.clear_measures_with_measure_name(name);
    // Neither fails with a mark that was just set.
    let _ = clock.mark(name);
    let done = work();
    let _ = clock.measure_with_start_mark(name, name);
    clock.clear_marks_with_mark_name(name);
    done
}

/// A number in `0..1`: jitter and request keys, nothing secret.
pub fn random() -> f64 {
    js_sys::Math::random()
}

/// Whether the tab is hidden.
pub fn is_hidden() -> bool {
    document().hidden()
}

/// Whether the viewer asked for less motion.
pub fn wants_still() -> bool {
    fits("(prefers-reduced-motion: reduce)")
}

/// Whether the page is laid out as on phones, as in the style sheet.
pub fn is_phone() -> bool {
    fits("(max-width: 640px)")
}

fn fits(query: &str) -> bool {
    window().match_media(query).ok().flatten().is_some_and(|q| q.matches())
}

/// Focuses the first element that matches, if there is one.
pub fn focus(selector: &str) {
    if let Ok(Some(element)) = document().query_selector(selector) {
        focus_element(&element);
    }
}

/// Focuses the page as a whole, or the field in it that asks for it, unless something in it has the focus already. The browser
/// itself looks for such a field with its next frame only, and then no more where the page has the focus.
pub fn focus_page() {
    if !has("#main:focus-within") {
        focus(if has("#main [autofocus]") { "#main [autofocus]" } else { "#main" });
    }
}

/// Whether nothing has the focus.
pub fn has_no_focus() -> bool {
    document().active_element().is_none_or(|e| e.tag_name() == "BODY")
}

/// To be called before links in what matches are written anew: the one that has the focus has it afterwards, too.
pub fn keep_focus(within: &str) {
    let link = document().active_element().filter(|e| matches!(e.closest(within), Ok(Some(_))));
    let Some(href) = link.and_then(|link| link.get_attribute("href")) else { return };
    let again = format!("{within} a[href={href:?}]");
    // Once whoever writes it is done, and before the next key.
    spawn_local(async move {
        let link = document().query_selector(&again).ok().flatten();
        if let Some(link) = link.filter(|_| has_no_focus()) {
            // Whoever has scrolled on since stays there.
            focus_in_place(&link, true);
        }
    });
}

/// Which of those that match has the focus, from 0.
pub fn focused_of(selector: &str) -> Option<u32> {
    let focused = document().active_element()?;
    let all = document().query_selector_all(selector).ok()?;
    (0..all.length()).find(|&i| all.get(i).is_some_and(|e| e.is_same_node(Some(&focused))))
}

/// Focuses the one of those that match with this number, or the last where there are fewer.
pub fn focus_nth(selector: &str, nth: u32) {
    let Ok(all) = document().query_selector_all(selector) else { return };
    let element = all.get(nth.min(all.length().saturating_sub(1)));
    if let Some(element) = element.and_then(|e| e.dyn_into::<web_sys::Element>().ok()) {
        focus_element(&element);
    }
}

/// Focuses an element.
pub fn focus_element(element: &web_sys::Element) {
    // The page as a whole is where it is: the browser would bring its upper edge below the bar.
    focus_in_place(element, element.id() == "main");
}

fn focus_in_place(element: &web_sys::Element, stays: bool) {
    let options = web_sys::FocusOptions::new();
    options.set_prevent_scroll(stays);
    // A link in a drawing is no HTML element, but has the same function.
    let element: &HtmlElement = element.unchecked_ref();
    // Fails only for elements that were detached meanwhile; then there is nothing to focus.
    let _ = element.focus_with_options(&options);
}

/// Whether a key is pressed together with Ctrl, Alt or Cmd: then it is the browser's, or the system's.
pub fn has_modifier(event: &KeyboardEvent) -> bool {
    event.ctrl_key() || event.meta_key() || event.alt_key()
}

/// Whether a key press belongs to the text field it was typed into, or carries a modifier: then single-letter
/// shortcuts rest.
pub fn is_typing(event: &KeyboardEvent) -> bool {
    if has_modifier(event) {
        return true;
    }
    event
        .target()
        .and_then(|t| t.dyn_into::<web_sys::Element>().ok())
        .is_some_and(|e| matches!(e.tag_name().as_str(), "INPUT" | "TEXTAREA" | "SELECT"))
        || is_in_dialog()
}

/// Whether a dialog is open.
pub fn is_in_dialog() -> bool {
    has("dialog[open]")
}

/// Whether something matches.
pub fn has(selector: &str) -> bool {
    document().query_selector(selector).is_ok_and(|found| found.is_some())
}

/// Listens to single letters: key presses that no field, no dialog and no other listener takes for itself.
pub fn on_letter(handler: impl Fn(KeyboardEvent) + 'static) {
    on_key(move |event| {
        if !event.default_prevented() && !is_typing(&event) {
            handler(event);
        }
    });
}

/// Listens to key presses of the whole window for as long as the calling component lives.
pub fn on_key(handler: impl Fn(KeyboardEvent) + 'static) {
    let handle = window_event_listener(ev::keydown, handler);
    on_cleanup(move || handle.remove());
}

/// Whether text is marked in the page: then a click ended a selection and opens nothing.
pub fn has_selection() -> bool {
    let selection = js_sys::Reflect::get(&window(), &"getSelection".into())
        .ok()
        .and_then(|f| f.dyn_into::<js_sys::Function>().ok())
        .and_then(|f| f.call0(&window()).ok())
        .and_then(|s| js_sys::Reflect::get(&s, &"isCollapsed".into()).ok());
    selection.and_then(|collapsed| collapsed.as_bool()) == Some(false)
}

/// The secret after `#` in the address, without the `#`; empty if there is none.
pub fn fragment() -> String {
    let hash = window().location().hash().unwrap_or_default();
    hash.strip_prefix('#').unwrap_or(&hash).to_owned()
}

/// A value of the browser's local storage; `None` where storage is switched off.
pub fn stored(key: &str) -> Option<String> {
    window().local_storage().ok()??.get_item(key).ok()?
}

/// Keeps a value in the browser's local storage. Where storage is switched off nothing is kept.
pub fn store(key: &str, value: &str) {
    if let Ok(Some(storage)) = window().local_storage() {
        let _ = storage.set_item(key, value);
    }
}

/// Whether the server is a demo: it puts a strip on top of the page.
pub fn is_demo() -> bool {
    let document = web_sys::window().and_then(|w| w.document());
    document.and_then(|d| d.query_selector(".demo-strip").ok().flatten()).is_some()
}
