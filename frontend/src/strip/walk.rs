//! The walk over the ordinals by arrow keys, and where the ordinals stand on the screen.

use std::ops::Range;
use std::sync::Arc;

use leptos::ev::KeyboardEvent;
use leptos::html;
use leptos::prelude::*;
use wasm_bindgen::JsCast;

use super::column::Column;
use crate::dom;
use crate::reactive::{Memo, RwSignal};

/// The walk over the ordinals by arrow keys: one tab stop, the others by arrows.
#[derive(Clone, Copy)]
pub(super) struct Walk {
    pub columns: Memo<Vec<Arc<Column>>>,
    pub first: Memo<u32>,
    pub range: Memo<Range<usize>>,
    pub centre: RwSignal<Option<usize>>,
    /// The column that has or had the focus.
    pub current: RwSignal<Option<usize>>,
}

impl Walk {
    /// Whether the column is the tab stop of the strip.
    pub(super) fn is_stop(self, index: usize) -> bool {
        self.range.with(|r| {
            let stop = self.current.get().filter(|c| r.contains(c)).unwrap_or(r.start);
            stop == index
        })
    }

    pub(super) fn key(self, e: &KeyboardEvent, index: usize, upright: bool) {
        if dom::has_modifier(e) {
            return;
        }
        let last = self.columns.with_untracked(Vec::len).saturating_sub(1);
        let to = match (e.key().as_str(), upright) {
            ("ArrowLeft", false) | ("ArrowDown", true) => index.saturating_sub(1),
            ("ArrowRight", false) | ("ArrowUp", true) => (index + 1).min(last),
            ("Home", _) => 0,
            ("End", _) => last,
            _ => return,
        };
        e.prevent_default();
        self.go(to);
    }

    /// Focuses a column, bringing it into the window first.
    fn go(self, to: usize) {
        self.current.set(Some(to));
        if !self.range.with_untracked(|r| r.contains(&to)) {
            self.centre.set(Some(to));
        }
        let id = format!("#ord-{}", self.first.get_untracked() as usize + to);
        request_animation_frame(move || dom::focus(&id));
    }
}

/// Middles of the wanted columns in client coordinates, by the larger of their distances.
pub(super) fn middles_of(outer: NodeRef<html::Div>) -> Vec<f64> {
    let Some(outer) = outer.get_untracked() else { return Vec::new() };
    let Ok(list) = outer.query_selector_all("li[data-wanted]") else { return Vec::new() };
    let mut all: Vec<(usize, f64, f64)> = (0..list.length())
        .filter_map(|i| list.item(i)?.dyn_into::<web_sys::Element>().ok())
        .filter_map(|e| {
            let rect = e.get_bounding_client_rect();
            let index = e.get_attribute("data-wanted")?.parse().ok()?;
            Some((index, rect.left() + rect.width() / 2.0, rect.top() + rect.height() / 2.0))
        })
        .collect();
    all.sort_by_key(|(index, ..)| *index);
    let spread = |f: fn(&(usize, f64, f64)) -> f64| match (all.first(), all.last()) {
        (Some(a), Some(b)) => (f(a) - f(b)).abs(),
        _ => 0.0,
    };
    let upright = spread(|m| m.2) > spread(|m| m.1);
    all.iter().map(|m| if upright { m.2 } else { m.1 }).collect()
}
