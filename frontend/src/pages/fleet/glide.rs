//! Lines that slide to where they belong now: the eye can follow them, and nothing jumps.
//!
//! Nothing of this happens while somebody is in the table, since the order is kept then, nor for what somebody asked for by a
//! filter, nor where less motion is wanted.

use std::collections::HashMap;
use std::sync::Arc;

use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::Element;

use super::filter::Filter;
use super::layout::{Item, Layout};
use super::window::{Heights, Window, offset};
use crate::dom;
use crate::glide::{Moved, before_paint};

/// Where the lines stand.
#[derive(Clone, Debug, PartialEq)]
struct Places {
    filter: Filter,
    heights: Heights,
    /// The upper edge of each line that is in the document, in px from the first line of the table.
    tops: HashMap<Item, f64>,
    /// Where the table ends, in px.
    end: f64,
}

impl Places {
    fn of(layout: &Layout, shown: Window, heights: Heights) -> Self {
        let mut top = shown.above;
        let mut tops = HashMap::new();
        let lines = shown.lines(&layout.items).iter();
        for (item, height) in lines.zip(heights.of(&layout.items).skip(shown.from)) {
            tops.insert(line(item), top);
            top += height;
        }
        let end = offset(&layout.items, layout.items.len(), heights);
        Self { filter: layout.filter.clone(), heights, tops, end }
    }

    /// Whether only the cluster has moved lines since.
    fn follows(&self, before: &Self) -> bool {
        self.filter == before.filter && self.heights == before.heights
    }

    /// How far (px) below its new place a line stood; `None` if it stays or was not there.
    fn slide(&self, before: &Self, item: &Item) -> Option<f64> {
        let item = line(item);
        let slide = before.tops.get(&item)? - self.tops.get(&item)?;
        (slide.abs() > 0.5).then_some(slide)
    }
}

/// A heading is the same one whatever its count.
fn line(item: &Item) -> Item {
    match item {
        Item::Group(group, _) => Item::Group(*group, 0),
        Item::Row(_) => item.clone(),
    }
}

/// What is known of the frame before.
#[derive(Clone, Copy)]
pub(super) struct Glide {
    before: StoredValue<Option<Places>>,
    waits: StoredValue<bool>,
}

impl Glide {
    pub(super) fn new() -> Self {
        Self { before: StoredValue::new(None), waits: StoredValue::new(false) }
    }

    /// Something may have moved: looks once before the next frame is painted, when the document has followed.
    pub(super) fn soon(
        self,
        look: impl Fn() -> Option<(Element, Arc<Layout>, Window, Heights)> + 'static,
    ) {
        if self.waits.get_value() {
            return;
        }
        self.waits.set_value(true);
        before_paint(move || {
            let here = self.waits.try_set_value(false).is_none();
            let seen = here.then(look).flatten();
            seen.map(|(body, layout, shown, heights)| self.moved(&body, &layout, shown, heights))
                .unwrap_or_default()
        });
    }

    fn moved(self, body: &Element, layout: &Layout, shown: Window, heights: Heights) -> Vec<Moved> {
        let now = Places::of(layout, shown, heights);
        let before = self.before.try_update_value(|b| b.replace(now.clone())).flatten();
        // Further down the browser itself keeps in place what is in view.
        let top = window().scroll_y().is_ok_and(|y| y < 1.0);
        let Some(before) = before.filter(|b| now.follows(b) && top && !dom::wants_still()) else {
            return Vec::new();
        };
        let lines = body.children();
        let mut moved = Vec::new();
        let mut slides = |element: Option<Element>, by: f64| {
            moved.extend(element.and_then(|e| e.dyn_into().ok()).map(|e| (e, (0.0, by))));
        };
        for (n, item) in (1..).zip(shown.lines(&layout.items)) {
            if let Some(slide) = now.slide(&before, item) {
                slides(lines.item(n), slide);
            }
        }
        let below = before.end - now.end;
        if below.abs() > 0.5 {
            slides(document().query_selector("main > .foot").ok().flatten(), below);
        }
        moved
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pages::fleet::layout::Group;
    use model::set::SetKey;

    fn layout(items: &[(&str, usize)]) -> Layout {
        let mut layout = Layout::default();
        for (name, count) in items {
            layout.items.push(match *name {
                "Attention" => Item::Group(Group::Attention, *count),
                "Settled" => Item::Group(Group::Settled, *count),
                name => Item::Row(SetKey::new("shop", name)),
            });
        }
        layout
    }

    fn places(items: &[(&str, usize)]) -> Places {
        let layout = layout(items);
        let shown = Window { from: 0, to: layout.items.len(), above: 0.0, below: 0.0 };
        Places::of(&layout, shown, Heights::WIDE)
    }

    #[test]
    fn a_row_that_goes_to_the_top_slides_up_and_makes_the_others_slide_down() {
        let before = places(&[("Settled", 2), ("a", 0), ("b", 0)]);
        let after = places(&[("Attention", 1), ("b", 0), ("Settled", 1), ("a", 0)]);
        let row = |name| Item::Row(SetKey::new("shop", name));
        assert_eq!(after.slide(&before, &row("b")), Some(38.0));
        assert_eq!(after.slide(&before, &row("a")), Some(-68.0));
        assert_eq!(after.slide(&before, &Item::Group(Group::Settled, 1)), Some(-68.0));
        assert_eq!(after.slide(&before, &Item::Group(Group::Attention, 1)), None, "it is new");
        assert!((before.end - after.end + 30.0).abs() < 1e-9);
        assert!(after.follows(&before));
    }

    #[test]
    fn what_somebody_asked_for_does_not_slide() {
        let before = places(&[("Settled", 1), ("a", 0)]);
        let mut asked = layout(&[("Settled", 1), ("a", 0)]);
        asked.filter = Filter::new("a", None, "");
        let shown = Window { from: 0, to: 2, above: 0.0, below: 0.0 };
        assert!(!Places::of(&asked, shown, Heights::WIDE).follows(&before));
        assert!(!Places::of(&asked, shown, Heights::STACKED).follows(&before));
    }
}
