//! Keys that work on every page, and the map of all keys. Single letters rest inside inputs and while a dialog is open.

use std::cell::Cell;
use std::rc::Rc;

use leptos::ev::MouseEvent;
use leptos::prelude::*;
use model::path::page;
use wasm_bindgen::JsCast;

use crate::clock::use_clock;
use crate::components::Dialog;
use crate::components::toast::use_toasts;
use crate::dom;
use crate::part;
use crate::reactive::{Effect, Memo, RwSignal, Signal, dynamic};
use crate::route::{NavigateOptions, use_navigate};

/// What lies over the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Over {
    Nothing,
    Palette,
    Map,
}

/// The keys of every place where there are some. In one piece: it never changes, and nobody's text is in it.
const MAP: &str = "<section><h3>Everywhere</h3><dl class=\"kv\">\
<dt><kbd>/</kbd></dt><dd>search</dd>\
<dt><kbd>Ctrl</kbd> <kbd>K</kbd></dt><dd>go to a set, a page or an action</dd>\
<dt><kbd>g</kbd> <kbd>f</kbd></dt><dd>fleet</dd>\
<dt><kbd>t</kbd></dt><dd>exact times, or how long ago</dd>\
<dt><kbd>?</kbd></dt><dd>these keys</dd>\
<dt><kbd>Esc</kbd></dt><dd>close, put back</dd>\
</dl></section><section><h3>Fleet</h3><dl class=\"kv\">\
<dt><kbd>j</kbd> <kbd>k</kbd></dt><dd>next row, previous row</dd>\
<dt><kbd>Enter</kbd></dt><dd>open the row</dd>\
<dt><kbd>s</kbd></dt><dd>favourite or not</dd>\
<dt><kbd>f</kbd></dt><dd>filters</dd>\
</dl></section><section><h3>Set</h3><dl class=\"kv\">\
<dt><kbd>←</kbd> <kbd>→</kbd></dt><dd>walk the ordinals, or move the handle</dd>\
<dt><kbd>Home</kbd> <kbd>End</kbd></dt><dd>first or last ordinal; the handle: all pods or none</dd>\
<dt><kbd>Enter</kbd></dt><dd>the sheet of the ordinal; what the moved handle would do</dd>\
<dt><kbd>a</kbd> <kbd>h</kbd></dt><dd>advance, hold</dd>\
</dl></section><section><h3>History</h3><dl class=\"kv\">\
<dt><kbd>←</kbd> <kbd>→</kbd></dt><dd>on the lanes: earlier, later</dd>\
</dl></section><footer><span class=\"why\">Single letters rest while you type.</span><span class=\"grow\"></span>\
<button type=\"button\" class=\"btn\">Close</button></footer>";

/// Listens to the keys while `framed`, and shows what they open.
pub fn keys(framed: Memo<bool>) -> AnyView {
    let over = RwSignal::new(Over::Nothing);
    let navigate = use_navigate();
    let (clock, toasts) = (use_clock(), use_toasts());
    // After `g` the next letter says where to.
    let going = Rc::new(Cell::new(false));
    dom::on_key(move |e| {
        if !framed.get_untracked() || e.default_prevented() {
            return;
        }
        let key = e.key();
        if over.get_untracked() != Over::Nothing && !dom::is_in_dialog() {
            // It is still being loaded: what one types meanwhile is meant for it, not for the page.
            if key == "Escape" {
                over.set(Over::Nothing);
            }
            e.prevent_default();
            return;
        }
        let palette = (e.ctrl_key() || e.meta_key()) && !e.alt_key() && key == "k";
        let went = going.take();
        if palette {
            // One dialog at a time.
            if over.get_untracked() == Over::Palette {
                over.set(Over::Nothing);
            } else if !dom::is_in_dialog() {
                over.set(Over::Palette);
            }
        } else if dom::is_typing(&e) {
            return;
        } else if went && key.len() == 1 {
            if key == "f" {
                navigate(page::FLEET, NavigateOptions::default());
            }
        } else {
            match key.as_str() {
                "g" => going.set(true),
                "?" => over.set(Over::Map),
                "t" => toasts.done(clock.turn(), ""),
                "/" if dom::has("#search") => dom::focus("#search"),
                "/" => over.set(Over::Palette),
                _ => return,
            }
        }
        e.prevent_default();
    });
    let close = Callback::new(move |()| over.set(Over::Nothing));
    // What was open when the session ended does not come back by itself.
    Effect::new(move |_| {
        if !framed.get() {
            over.set(Over::Nothing);
        }
    });
    dynamic(move || match over.get() {
        _ if !framed.get() => ().into_any(),
        Over::Nothing => ().into_any(),
        Over::Palette => part::of_palette(close),
        Over::Map => part::of_map(close),
    })
}

/// The map of all keys, open while it is mounted.
pub fn map(on_close: Callback<()>) -> AnyView {
    let close = move |e: MouseEvent| {
        let target = e.target().and_then(|t| t.dyn_into::<web_sys::Element>().ok());
        if target.is_some_and(|t| t.tag_name() == "BUTTON") {
            on_close.run(());
        }
    };
    view! {
        <Dialog title=Signal::stored("Keys".to_owned()) on_close=on_close>
            <div inner_html=MAP on:click=close></div>
        </Dialog>
    }
    .into_any()
}
