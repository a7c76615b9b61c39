//! The overview above the window: labels, bars, the handle on the bars, and a way to each failing pod.

use std::ops::Range;
use std::sync::Arc;

use leptos::html;
use leptos::prelude::*;
use model::strip::{self, Cell};
use model::wire::SetDetail;

use super::column::Column;
use super::geometry::{self, Bars, Form, PADDING};
use super::grip::Grip;
use super::marks::Marks;
use super::regions::regions;
use super::{Gate, overview};
use crate::components::{Icon, Keyed, keyed, mini, role_attr, small_icon};
use crate::reactive::{Memo, RwSignal, Signal, dynamic};

#[expect(clippy::too_many_arguments, reason = "the signals of one view, handed to its upper half")]
pub(super) fn over(
    detail: Signal<Arc<SetDetail>>,
    columns: Memo<Vec<Arc<Column>>>,
    form: Memo<Form>,
    width: Signal<f64>,
    line: Memo<Option<usize>>,
    before: Memo<usize>,
    range: Memo<Range<usize>>,
    first: Memo<u32>,
    centre: RwSignal<Option<usize>>,
    gate: Memo<Gate>,
    grip: Grip,
    marks: Memo<Marks>,
) -> AnyView {
    let cells = Memo::new(move |_| detail.with(|d| strip::cells(&d.facts)));
    let bars: Memo<Arc<Bars>> = Memo::new(move |_| {
        let per = match form.get() {
            Form::Overview { per, .. } | Form::Rows { per, .. } => per,
            _ => 1,
        };
        let inner = (width.get() - PADDING).max(1.0);
        Arc::new(cells.with(|c: &Vec<Cell>| geometry::bars(c, per, line.get(), inner)))
    });
    let node = NodeRef::<html::Div>::new();
    let middles = Callback::new(move |()| {
        let left = node.get_untracked().map_or(0.0, |n| n.get_bounding_client_rect().left());
        let max = grip.handle.with_untracked(|h| h.max as usize);
        bars.with_untracked(|b| {
            let all = b.middles();
            all.into_iter().skip(before.get_untracked()).take(max).map(|m| m + left).collect()
        })
    });
    let grip = Grip { middles, upright: Signal::derive(|| false), ..grip };
    let label = Signal::derive(move || {
        let shown = range.with(|r| {
            columns.with(|c| match (c.get(r.start), r.end.checked_sub(1).and_then(|e| c.get(e))) {
                (Some(a), Some(b)) => format!("; below: {} to {}", a.pod, b.pod),
                _ => String::new(),
            })
        });
        detail.with(|d| format!("Overview of {}", mini::describe(&d.row, &cells.get()))) + &shown
    });
    let failing = Memo::new(move |_| {
        columns.with(|c| {
            c.iter()
                .enumerate()
                .filter(|(_, c)| c.failing())
                .map(|(i, c)| (i, c.pod.clone()))
                .take(12)
                .collect::<Vec<_>>()
        })
    });
    let on_centre = Callback::new(move |column| centre.set(Some(column)));
    let heads = move || {
        let kind = detail.with(|d| d.row.status.kind);
        let stays = grip.handle.with(|h| h.at());
        detail
            .with(|d| regions(&d.facts, kind, stays))
            .into_iter()
            .map(|r| {
                view! {
                    <span data-rev=r.role.map(role_attr)>
                        <b>{r.title}</b>" "<span class="dim">{r.text}</span>
                    </span>
                }
            })
            .collect_view()
    };
    let jumps = move || {
        let jump = |(at, pod): (usize, String)| {
            let name = pod.clone();
            Keyed::new(pod, move || {
                view! {
                    <button type="button" class="btn sm" on:click=move |_| centre.set(Some(at))>
                        {small_icon(Icon::Failed)}
                        "Show "{name}
                    </button>
                }
                .into_any()
            })
        };
        failing.get().into_iter().map(jump).collect()
    };
    view! {
        <div class="over">
            <div class="over-h">{dynamic(heads)}</div>
            {overview::overview(bars, marks, range, first, label, on_centre, node)}
            {dynamic(move || (gate.get() == Gate::Handle).then(|| view! {
                <div class="over-g" style:left=move || bars.with(|b| {
                    format!("{:.1}px", b.line.unwrap_or_default() - 12.0)
                })>
                    {grip.view()}
                </div>
            }))}
            <div class="over-f">
                {keyed(jumps)}
            </div>
        </div>
    }
    .into_any()
}
