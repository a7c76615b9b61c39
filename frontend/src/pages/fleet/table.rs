//! The table: headings, the lines near the viewport, and the height of the rest.

use std::sync::Arc;
use std::time::Duration;

use leptos::ev;
use leptos::html;
use leptos::prelude::*;

use super::glide::Glide;
use super::keys::Cursor;
use super::layout::{Group, Item, Layout};
use super::row;
use super::sort::Sort;
use super::window::{ALL_BELOW, FIRST_PX, Heights, MARGIN_PX, offset, window};
use crate::components::{Keyed, keyed};
use crate::dom;
use crate::live::use_live;
use crate::reactive::{Effect, Memo, RwSignal};

/// After this long the first frame is painted, and the browser has time for what lies around the view.
const SETTLED: Duration = Duration::from_millis(250);

/// So far (px) down the page the table begins at least. It is measured once it is there.
const BEFORE_PX: f64 = 200.0;

/// Rows are stacked up to this width, as in the style sheet.
const STACKED_BELOW: f64 = 820.0;

fn heights() -> Heights {
    if number(window_().inner_width()) <= STACKED_BELOW { Heights::STACKED } else { Heights::WIDE }
}

fn window_() -> web_sys::Window {
    leptos::prelude::window()
}

fn number(value: Result<wasm_bindgen::JsValue, wasm_bindgen::JsValue>) -> f64 {
    value.ok().and_then(|v| v.as_f64()).unwrap_or(0.0)
}

/// The table of the fleet.
pub(super) fn table(layout: Memo<Arc<Layout>>, cursor: Cursor) -> AnyView {
    let body = NodeRef::<html::Tbody>::new();
    let place = RwSignal::new((-BEFORE_PX, 0.0, heights()));
    let measure = move || {
        if let Some(body) = body.get_untracked() {
            let heights = heights();
            // A short table is there as a whole, wherever one scrolls. Asking where it stands is dear: the browser computes all
            // places anew for it.
            if layout.with_untracked(|l| l.rows.len() > ALL_BELOW)
                || heights != place.get_untracked().2
            {
                let top = -body.get_bounding_client_rect().top();
                place.set((top, number(window_().inner_height()), heights));
            }
        }
    };
    // Whoever comes back to a row is scrolled to it at once.
    let back = cursor.key.with_untracked(Option::is_some);
    let margin = RwSignal::new(if back { MARGIN_PX } else { FIRST_PX });
    let scrolled = window_event_listener(ev::scroll, move |_| {
        if margin.get_untracked() < MARGIN_PX {
            margin.set(MARGIN_PX);
        }
        measure();
    });
    let resized = window_event_listener(ev::resize, move |_| measure());
    // Paper has no viewport: everything is on it.
    let printing = window_event_listener_untyped("beforeprint", move |_| {
        place.set((0.0, f64::MAX, heights()));
    });
    let printed = window_event_listener_untyped("afterprint", move |_| measure());
    on_cleanup(move || {
        scrolled.remove();
        resized.remove();
        printing.remove();
        printed.remove();
    });
    let asked = StoredValue::new(false);
    Effect::new(move |_| {
        body.track();
        layout.track();
        // Once a frame, after all that has changed in it.
        if asked.try_update_value(|asked| std::mem::replace(asked, true)) == Some(false) {
            request_animation_frame(move || {
                if asked.try_set_value(false).is_none() {
                    measure();
                }
            });
        }
    });
    set_timeout(
        move || {
            margin.try_set(MARGIN_PX);
        },
        SETTLED,
    );
    let shown = Memo::new(move |_| {
        let (top, view, heights) = place.get();
        let margin = margin.get();
        let view = if view > 0.0 { view } else { number(window_().inner_height()) };
        layout.with(|l| window(&l.items, l.rows.len(), heights, (top, view), margin))
    });
    follow_cursor(body, layout, cursor);
    let stale = use_live().stale();
    let items = move || {
        let shown = shown.get();
        layout.with(|l| {
            let sort = l.filter.sort;
            shown.lines(&l.items).iter().map(|item| line(item, sort, layout, cursor)).collect()
        })
    };
    let glide = Glide::new();
    Effect::new(move |_| {
        layout.track();
        shown.track();
        glide.soon(move || {
            let body = body.try_get_untracked().flatten()?;
            Some((body.into(), layout.get_untracked(), shown.get_untracked(), heights()))
        });
    });
    view! {
        <table
            class="fleet"
            class:stale=move || stale.get()
            aria-rowcount=move || layout.with(|l| l.items.len() + 1)
        >
            <thead>
                <tr aria-rowindex="1">
                    <th class="c-set" scope="col">"Set"</th>
                    <th class="c-st" scope="col">"Status"</th>
                    <th class="c-strip" scope="col">"Pods by ordinal"</th>
                    <th class="c-img" scope="col">"Revision and image"</th>
                    <th class="c-words" scope="col">"In words"</th>
                    <th class="c-last" scope="col">"Last change"</th>
                </tr>
            </thead>
            <tbody node_ref=body>
                {pad(move || shown.with(|w| w.above))}
                {keyed(items)}
                {pad(move || shown.with(|w| w.below))}
            </tbody>
        </table>
    }
    .into_any()
}

/// A heading is another one with another count; a row stays the same whatever its set does.
fn line(item: &Item, sort: Sort, layout: Memo<Arc<Layout>>, cursor: Cursor) -> Keyed {
    match *item {
        Item::Group(group, count) => {
            let key = format!("{} {count} {}", group.title(), sort.as_str());
            Keyed::new(key, move || group_line(group, count, sort))
        }
        Item::Row(ref key) => {
            let key = key.clone();
            // No name has a slash.
            Keyed::new(format!("{}/{}", key.namespace, key.name), move || {
                row::row(&key, layout, cursor)
            })
        }
    }
}

/// The height of lines that are not in the document.
fn pad(height: impl Fn() -> f64 + Copy + Send + Sync + 'static) -> impl IntoView {
    view! {
        <tr class="pad" aria-hidden="true" class:off=move || height() < 1.0>
            <td style:height=move || format!("{:.0}px", height())></td>
        </tr>
    }
}

fn group_line(group: Group, count: usize, sort: Sort) -> AnyView {
    view! {
        <tr class="grp">
            <th colspan="3" scope="rowgroup">
                {format!("{} · {count}", group.title())}<span>{sort.hint().unwrap_or(group.hint())}</span>
            </th>
            // Each goes with its column: with one cell over all six, the columns that are left out would keep their place.
            <td class="c-img" aria-hidden="true"></td>
            <td aria-hidden="true"></td>
            <td class="c-last" aria-hidden="true"></td>
        </tr>
    }
    .into_any()
}

/// Scrolls to the row that the keyboard went to, and focuses its link.
fn follow_cursor(body: NodeRef<html::Tbody>, layout: Memo<Arc<Layout>>, cursor: Cursor) {
    Effect::new(move |_| {
        if cursor.moved.get() == 0 {
            return;
        }
        let Some(body) = body.get_untracked() else { return };
        let key = cursor.key.get_untracked();
        let line = layout.with_untracked(|l| {
            l.items.iter().position(|i| matches!(i, Item::Row(k) if Some(k) == key.as_ref()))
        });
        let Some(line) = line else { return };
        let heights = heights();
        let y = body.get_bounding_client_rect().top()
            + layout.with_untracked(|l| offset(&l.items, line, heights));
        let view = number(window_().inner_height());
        // Below the sticky top bar, above the lower edge.
        if y < 100.0 {
            window_().scroll_by_with_x_and_y(0.0, y - 100.0);
        } else if y + heights.row > view - 20.0 {
            window_().scroll_by_with_x_and_y(0.0, y + heights.row - view + 20.0);
        }
        // The row may only come into the document with the scrolling.
        request_animation_frame(move || dom::focus("tr.sel a.nm"));
    });
}

/// Keys and legend below the table.
pub(super) fn foot(layout: Memo<Arc<Layout>>) -> impl IntoView {
    let shown =
        move || layout.with(|l| (l.all > 0).then(|| format!("{} of {} sets", l.rows.len(), l.all)));
    let keys =
        [("/", "search"), ("j", "next"), ("k", "previous"), ("Enter", "open"), ("?", "all keys")];
    view! {
        <div class="foot">
            <div class="row keys-l">
                {keys.map(|(key, what)| view! { <span><kbd>{key}</kbd>" "{what}</span> }).collect_view()}
            </div>
            <div class="key">
                <span><i class="sw" data-rev="cur"></i>"stays"</span>
                <span><i class="sw" data-rev="upd"></i>"gets the update"</span>
                <span><i class="sw" data-rev="str"></i>"neither"</span>
            </div>
            <span>{shown}</span>
        </div>
    }
}
