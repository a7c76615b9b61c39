//! The overview of many ordinals: a bar for each, the boundary, and a frame around those shown in full below.

use std::ops::Range;
use std::sync::Arc;

use leptos::ev::{MouseEvent, PointerEvent};
use leptos::html;
use leptos::prelude::*;
use model::strip::{Cell, State};
use model::wire::RevisionRole;

use super::column::role_key;
use super::geometry::{Bar, Bars, scale};
use super::marks::Marks;
use crate::reactive::{Memo, RwSignal, Signal, dynamic};

/// The bars as an SVG: its geometry is known to the page, so that pointer and frame agree with it.
pub(super) fn overview(
    bars: Memo<Arc<Bars>>,
    marks: Memo<Marks>,
    range: Memo<Range<usize>>,
    first: Memo<u32>,
    label: Signal<String>,
    on_centre: Callback<usize>,
    node: NodeRef<html::Div>,
) -> AnyView {
    let drag = RwSignal::new(false);
    let at = move |x: i32| {
        node.get_untracked().map(|n| {
            let left = n.get_bounding_client_rect().left();
            bars.with_untracked(|b| b.column_at(f64::from(x) - left))
        })
    };
    let down = move |e: PointerEvent| {
        drag.set(true);
        if let Some(column) = at(e.client_x()) {
            on_centre.run(column);
        }
    };
    let go = move |e: PointerEvent| {
        if drag.get_untracked()
            && e.buttons() != 0
            && let Some(column) = at(e.client_x())
        {
            on_centre.run(column);
        }
    };
    let frame = move |left: bool| {
        bars.with(|b| {
            let (x, width) = b.frame(&range.get());
            if left { format!("{:.1}px", x - 3.0) } else { format!("{:.1}px", width + 6.0) }
        })
    };
    let figures = move || {
        bars.with(|b| {
            let count = b.bars.last().map_or(0, |l| l.to);
            let first = first.get();
            scale(first, count)
                .into_iter()
                .filter_map(|ordinal| {
                    let column = (ordinal - first) as usize;
                    let (x, width) = b.frame(&(column..column + 1));
                    let middle = x + width / 2.0;
                    // The handle stands on the scale: a figure beneath it would be cut.
                    let free = b.line.is_none_or(|line| (line - middle).abs() > CLEAR);
                    let left = format!("{middle:.1}px");
                    free.then(|| view! { <span style:left=left>{ordinal}</span> })
                })
                .collect_view()
        })
    };
    view! {
        <div
            class="bars"
            node_ref=node
            on:pointerdown=down
            on:pointermove=go
            on:pointerup=move |_| drag.set(false)
            on:click=move |e: MouseEvent| e.prevent_default()
        >
            <svg
                class="bars-s"
                role="img"
                aria-label=move || label.get()
                height="46"
                width=move || bars.with(|b| format!("{:.0}", b.width))
                inner_html=move || bars.with(|b| marks.with(|m| markup(b, first.get(), m)))
            ></svg>
            <span class="win" style:left=move || frame(true) style:width=move || frame(false)></span>
            <div class="scale" aria-hidden="true">{dynamic(figures)}</div>
        </div>
    }
    .into_any()
}

/// Height of a bar and the class of its fill.
fn look(cell: Cell) -> (f64, &'static str) {
    match cell {
        Cell::Pod(_, State::Failing) => (34.0, "bad"),
        Cell::Pod(role, State::Ready) => (28.0, role_key(Some(role))),
        Cell::Pod(role, State::Starting | State::Ending) => (14.0, role_key(Some(role))),
        Cell::Missing => (14.0, "gone"),
        Cell::Leaving | Cell::ClaimOnly => (28.0, "gone"),
        Cell::Nothing => (0.0, "gone"),
    }
}

/// Figures of the scale keep this far from the boundary.
const CLEAR: f64 = 28.0;

/// Bottom of the bars.
const FLOOR: f64 = 40.0;

/// The bars as markup in one piece: a row of hundreds changes as a whole, and carries no text of anybody's.
fn markup(bars: &Bars, first: u32, marks: &Marks) -> String {
    use std::fmt::Write;
    let mut out = String::with_capacity(bars.bars.len() * 80);
    for Bar { from, to, cell, x, width } in &bars.bars {
        let (height, class) = look(*cell);
        let y = FLOOR - height;
        // Writing to a string does not fail.
        let _ = write!(
            out,
            r#"<rect class="{class}" x="{x:.1}" y="{y}" width="{width:.1}" height="{height}" rx="1"/>"#
        );
        let pattern = match cell {
            Cell::Pod(RevisionRole::Update, s) if *s != State::Failing => Some("p-upd"),
            Cell::Pod(RevisionRole::Stray, s) if *s != State::Failing => Some("p-str"),
            _ => None,
        };
        if let Some(pattern) = pattern.filter(|_| *width >= 3.0) {
            let _ = write!(
                out,
                r#"<rect fill="url(#{pattern})" x="{x:.1}" y="{y}" width="{width:.1}" height="{height}" rx="1"/>"#
            );
        }
        // Below the floor: it would restart.
        let ordinal =
            |column: usize| first.saturating_add(u32::try_from(column).unwrap_or(u32::MAX));
        if marks.any(ordinal(*from)..ordinal(*to)) {
            let _ = write!(
                out,
                r#"<rect class="line" x="{x:.1}" y="42" width="{width:.1}" height="4"/>"#
            );
        }
    }
    if let Some(line) = bars.line {
        let _ = write!(
            out,
            r#"<rect class="line" x="{:.1}" y="0" width="2" height="46"/>"#,
            line - 1.0
        );
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::strip::geometry;

    #[test]
    fn failing_bars_stand_out_in_height_and_class() {
        let cells = [
            Cell::Pod(RevisionRole::Current, State::Ready),
            Cell::Pod(RevisionRole::Update, State::Failing),
        ];
        let text = markup(&geometry::bars(&cells, 1, Some(1), 100.0), 0, &Marks::default());
        assert!(text.contains(r#"class="cur""#) && text.contains(r#"height="28""#));
        assert!(text.contains(r#"class="bad""#) && text.contains(r#"height="34""#));
        assert_eq!(text.matches(r#"class="line""#).count(), 1);
    }

    #[test]
    fn what_would_restart_is_marked_below_its_bar() {
        let cells = [Cell::Pod(RevisionRole::Current, State::Ready); 3];
        let step = model::forecast::Step {
            pod: "web-6".into(),
            ordinal: 6,
            what: model::forecast::StepKind::Restart,
            revision: None,
            claims_deleted: Vec::new(),
            claims_created: Vec::new(),
            wave: 0,
        };
        let marks =
            Marks::of(&model::forecast::Forecast { steps: vec![step], ..Default::default() });
        let text = markup(&geometry::bars(&cells, 1, None, 100.0), 5, &marks);
        assert_eq!(text.matches(r#"y="42""#).count(), 1);
    }
}
