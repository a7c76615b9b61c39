//! What stands around the ordinals of the full form: lane labels, region labels, the line with its handle.

use std::ops::Range;
use std::sync::Arc;

use leptos::prelude::*;
use model::strip;
use model::wire::SetDetail;

use super::Gate;
use super::geometry::Form;
use super::grip::Grip;
use super::handle::{self, Handle};
use super::place::{Tracks, line_order};
use super::regions::{Region, regions};
use crate::components::{Keyed, role_attr};
use crate::reactive::{Memo, RwSignal, Signal, dynamic};

pub(super) fn lanes(detail: Signal<Arc<SetDetail>>) -> AnyView {
    let (order, templates) = detail.with(|d| {
        let moving = strip::in_progress(&d.facts) && d.facts.set.is_rolling_update();
        let names: Vec<String> =
            d.facts.set.claim_templates.iter().map(|t| t.name.clone()).collect();
        let moving = moving && !super::turn::went_back(&d.facts);
        (if moving { "Order" } else { "Ordinal" }, names)
    });
    let node_row = (4 + templates.len()).to_string();
    let claims = templates
        .into_iter()
        .enumerate()
        .map(|(i, name)| {
            let title = name.clone();
            view! { <span style:grid-row=(4 + i).to_string()>"Claim"<b title=title>{name}</b></span> }
        })
        .collect_view();
    view! {
        <div class="lanes" aria-hidden="true">
            <span class="lane-1" style:grid-row="2">{order}</span>
            <span style:grid-row="3">"Pod"</span>
            {claims}
            <span style:grid-row=node_row>"Node"</span>
        </div>
    }
    .into_any()
}

pub(super) fn region_views(
    detail: Signal<Arc<SetDetail>>,
    handle: RwSignal<Handle>,
    gate: Memo<Gate>,
    tracks: Memo<Tracks>,
    range: Memo<Range<usize>>,
) -> Vec<Keyed> {
    let stays = handle.with(|h| h.at());
    let kind = detail.with(|d| d.row.status.kind);
    gate.track();
    let range = range.get();
    let tracks = tracks.get();
    detail
        .with(|d| regions(&d.facts, kind, stays))
        .into_iter()
        .filter_map(|r| {
            // The part of the region that the window shows.
            let from = r.from.max(range.start);
            let to = (r.from + r.len).min(range.end);
            (from < to).then(|| region(r, tracks.span(from - range.start, to - from)))
        })
        .collect()
}

/// Another one with other words.
fn region(r: Region, span: String) -> Keyed {
    let role = r.role.map(role_attr).unwrap_or_default();
    let key = format!("{span} {} {} {role} {}", r.title, r.text, r.bad);
    Keyed::new(key, move || region_view(&r, &span))
}

fn region_view(r: &Region, span: &str) -> AnyView {
    let title =
        if r.text.is_empty() { r.title.clone() } else { format!("{}: {}", r.title, r.text) };
    view! {
        <div
            class="region"
            data-rev=r.role.map(role_attr)
            data-bad=r.bad.then_some("")
            title=title
            style:grid-column=span.to_owned()
        >
            <b>{r.title.clone()}</b>
            <span>{r.text.clone()}</span>
        </div>
    }
    .into_any()
}

pub(super) fn gate_view(
    form: Memo<Form>,
    gate: Memo<Gate>,
    tracks: Memo<Tracks>,
    grip: Grip,
    detail: Signal<Arc<SetDetail>>,
    handle: RwSignal<Handle>,
) -> Option<AnyView> {
    let kind = gate.get();
    // In the overview the handle is on the bars; below it is a line.
    let windowed = Memo::new(move |_| form.get().window().is_some());
    let has_grip = kind == Gate::Handle && !windowed.get();
    let rows = Memo::new(move |_| matches!(form.get(), Form::Rows { .. }));
    if kind == Gate::None || rows.get() {
        return None;
    }
    let visible = Memo::new(move |_| tracks.with(|t| t.line.is_some()));
    if !visible.get() {
        return None;
    }
    let split = Memo::new(move |_| {
        detail.with(|d| {
            let s = handle::split(&d.facts, handle.with(|h| h.at()));
            (format!("▲ {}", s.gets), format!("▼ {}", s.stays))
        })
    });
    let ghost = move || {
        tracks.with(|t| t.ghost.map(|g| (t.ghost_track(), g))).map(|(track, g)| {
            view! {
                <div
                    class="gate ghost"
                    aria-hidden="true"
                    style:grid-column=track.to_string()
                    style:order=line_order(g)
                >
                    <span class="grip"></span>
                    <span class="cap"><span>"now"</span></span>
                </div>
            }
        })
    };
    let view = view! {
        <div
            class="gate"
            style:grid-column=move || tracks.with(|t| t.line_track().to_string())
            style:order=move || tracks.with(|t| line_order(t.line.unwrap_or_default()))
        >
            {has_grip.then(|| grip.view())}
            <span class="cap" aria-hidden="true">
                <span>{dynamic(move || split.get().0)}</span>
                <span>{dynamic(move || split.get().1)}</span>
            </span>
        </div>
        {dynamic(ghost)}
    };
    Some(view.into_any())
}
