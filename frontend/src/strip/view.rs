//! The strip as a whole: chooses the form, walks with the arrow keys, carries the handle.

use std::ops::Range;
use std::sync::Arc;

use leptos::ev::KeyboardEvent;
use leptos::html;
use leptos::prelude::*;
use model::strip::{self, Cell};
use model::wire::SetDetail;
use wasm_bindgen::JsCast;

use super::column::{self, Column};
use super::geometry::{self, Bars, Form, PADDING};
use super::grip::Grip;
use super::handle::{self, Handle};
use super::place::{Tracks, column_order, line_order};
use super::regions::{Region, regions};
use super::{Gate, card, measure, overview, rows};
use crate::components::role_attr;
use crate::dom;

/// The strip of a set.
#[component]
pub fn Strip(
    detail: Signal<Arc<SetDetail>>,
    /// Where the line stands, and where it was moved to.
    handle: RwSignal<Handle>,
    /// Whether there is a line, and whether it can be moved.
    gate: Memo<Gate>,
    /// The pod that is shown in more detail, by name.
    selected: Memo<Option<String>>,
    on_select: Callback<String>,
    on_review: Callback<()>,
) -> impl IntoView {
    let columns = Memo::new(move |_| {
        detail.with(|d| column::columns(&d.facts)).into_iter().map(Arc::new).collect::<Vec<_>>()
    });
    let first = Memo::new(move |_| detail.with(|d| strip::ordinals(&d.facts).start));
    let count = Memo::new(move |_| columns.with(Vec::len));
    let outer = NodeRef::<html::Div>::new();
    let width = measure::width_of(outer);
    let form =
        Memo::new(move |_| geometry::form(width.get(), count.get(), gate.get() != Gate::None));

    // Columns before the line: those that stay, and ghosts below the first wanted ordinal.
    let before =
        Memo::new(move |_| detail.with(|d| d.facts.set.start.saturating_sub(first.get()) as usize));
    let line = Memo::new(move |_| {
        (gate.get() != Gate::None).then(|| before.get() + handle.with(|h| h.at()) as usize)
    });
    let ghost = Memo::new(move |_| {
        let moved = handle.with(|h| h.is_moved());
        (gate.get() == Gate::Handle && moved)
            .then(|| before.get() + handle.with(|h| h.applied) as usize)
    });

    // The window of the overview: around what needs a look, until somebody moves it.
    let centre = RwSignal::new(None::<usize>);
    let range = Memo::new(move |_| {
        let len = count.get();
        form.get().window().map_or(0..len, |size| {
            let at = centre.get().unwrap_or_else(|| {
                let blocker = detail.with(|d| d.row.status.blocker.as_ref().map(|b| b.ordinal));
                blocker
                    .and_then(|o| o.checked_sub(first.get()))
                    .map(|o| o as usize)
                    .or(line.get())
                    .unwrap_or(len)
            });
            geometry::window(len, size, at)
        })
    });
    let walk = Walk { columns, first, range, centre, current: RwSignal::new(None) };
    let words =
        Signal::derive(move || detail.with(|d| handle.with(|h| handle::value_text(&d.facts, *h))));
    let upright = Signal::derive(move || form.get() == Form::Upright);
    let middles = Callback::new(move |()| middles_of(outer));
    let grip = Grip { handle, words, on_review, middles, upright };

    let tracks = Memo::new(move |_| {
        let range = range.get();
        let within = |at: Option<usize>| {
            at.filter(|at| range.start <= *at && *at <= range.end).map(|at| at - range.start)
        };
        Tracks { columns: range.len(), line: within(line.get()), ghost: within(ghost.get()) }
    });
    let shown = Memo::new(move |_| {
        let range = range.get();
        (range.start..range.end).collect::<Vec<usize>>()
    });
    let readable = Memo::new(move |_| detail.with(|d| d.facts.readable.claims));
    let is_rows = Memo::new(move |_| matches!(form.get(), Form::Rows { .. }));

    let item = move |index: usize| {
        let at = Memo::new(move |_| columns.with(|all| all.get(index).cloned()));
        let ordinal = move || at.with(|c| c.as_ref().map_or(0, |c| c.ordinal));
        let local = move || index.saturating_sub(range.get().start);
        let is_open = move || {
            at.with(|c| selected.with(|s| c.as_ref().is_some_and(|c| Some(&c.pod) == s.as_ref())))
        };
        let open = move || {
            let pod = at
                .with_untracked(|c| c.as_ref().filter(|c| c.uid.is_some()).map(|c| c.pod.clone()));
            if let Some(pod) = pod {
                on_select.run(pod);
            }
        };
        let wanted = move || {
            at.with(|c| c.as_ref().is_some_and(|c| !c.place.is_ghost()).then(|| index.to_string()))
        };
        let key = move |e: KeyboardEvent| {
            if matches!(e.key().as_str(), "Enter" | " ") {
                e.prevent_default();
                open();
            } else {
                walk.key(&e, index, upright.get_untracked() || is_rows.get_untracked());
            }
        };
        view! {
            <li
                class=move || if is_rows.get() { "lrow" } else { "ord" }
                id=move || format!("ord-{}", ordinal())
                data-turn=move || at.with(|c| c.as_ref().map(|c| c.turn.key()))
                data-ghost=move || at.with(|c| c.as_ref().filter(|c| c.place.is_ghost()).map(|_| ""))
                data-health=move || at.with(|c| c.as_ref().filter(|c| c.failing()).map(|_| "bad"))
                data-wanted=wanted
                data-last=move || (local() == 0).then_some("")
                data-open=move || is_open().then_some("")
                aria-label=move || at.with(|c| c.as_ref().map(|c| c.sentence.clone()))
                aria-current=move || is_open().then_some("true")
                tabindex=move || if walk.is_stop(index) { "0" } else { "-1" }
                style:grid-column=move || tracks.with(|t| t.column(local()).to_string())
                style:order=move || column_order(local())
                on:click=move |_| open()
                on:keydown=key
                on:focus=move |_| walk.current.set(Some(index))
            >
                {move || at.get().map(|c| if is_rows.get() { rows::row(&c) } else {
                    card::card(&c, readable.get())
                })}
            </li>
        }
    };

    let class = move || {
        let mut class = "strip".to_owned();
        if upright.get() {
            class.push_str(" upright");
        }
        if is_rows.get() {
            class.push_str(" loupe");
        }
        if detail.with(|d| !d.facts.set.is_rolling_update()) {
            class.push_str(" free");
        }
        class
    };
    let label =
        move || detail.with(|d| format!("Pods of {} by ordinal, lowest first", d.facts.set.name));
    let template = move || tracks.with(|t| t.template());
    let lane_rows = move || detail.with(|d| (4 + d.facts.set.claim_templates.len()).to_string());
    let in_full = move || !is_rows.get();
    view! {
        <div class="strip-w" node_ref=outer>
            {move || form.get().window().map(|_| over(
                detail, columns, form, width, line, before, range, first, centre, gate, grip,
            ))}
            <div
                class=class
                role="group"
                aria-label=label
                style=("grid-template-columns", template)
                style=("--rows", lane_rows)
            >
                {move || in_full().then(|| lanes(detail))}
                {move || in_full().then(|| region_views(detail, handle, gate, tracks, range))}
                <ol>
                    <For each=move || shown.get() key=|i| *i children=item/>
                </ol>
                {move || gate_view(form, gate, tracks, grip, detail, handle)}
            </div>
            {move || strays(detail)}
        </div>
    }
}

/// The walk over the ordinals by arrow keys: one tab stop, the others by arrows.
#[derive(Clone, Copy)]
struct Walk {
    columns: Memo<Vec<Arc<Column>>>,
    first: Memo<u32>,
    range: Memo<Range<usize>>,
    centre: RwSignal<Option<usize>>,
    /// The column that has or had the focus.
    current: RwSignal<Option<usize>>,
}

impl Walk {
    /// Whether the column is the tab stop of the strip.
    fn is_stop(self, index: usize) -> bool {
        self.range.with(|r| {
            let stop = self.current.get().filter(|c| r.contains(c)).unwrap_or(r.start);
            stop == index
        })
    }

    fn key(self, e: &KeyboardEvent, index: usize, upright: bool) {
        if e.ctrl_key() || e.meta_key() || e.alt_key() {
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
fn middles_of(outer: NodeRef<html::Div>) -> Vec<f64> {
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

fn lanes(detail: Signal<Arc<SetDetail>>) -> AnyView {
    let (order, templates) = detail.with(|d| {
        let moving = strip::in_progress(&d.facts) && d.facts.set.is_rolling_update();
        let names: Vec<String> =
            d.facts.set.claim_templates.iter().map(|t| t.name.clone()).collect();
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

fn region_views(
    detail: Signal<Arc<SetDetail>>,
    handle: RwSignal<Handle>,
    gate: Memo<Gate>,
    tracks: Memo<Tracks>,
    range: Memo<Range<usize>>,
) -> AnyView {
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
            (from < to).then(|| region(&r, &tracks.span(from - range.start, to - from)))
        })
        .collect_view()
        .into_any()
}

fn region(r: &Region, span: &str) -> AnyView {
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

fn gate_view(
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
                <span>{move || split.get().0}</span>
                <span>{move || split.get().1}</span>
            </span>
        </div>
        {ghost}
    };
    Some(view.into_any())
}

#[expect(clippy::too_many_arguments, reason = "the signals of one view, handed to its upper half")]
fn over(
    detail: Signal<Arc<SetDetail>>,
    columns: Memo<Vec<Arc<Column>>>,
    form: Memo<Form>,
    width: ReadSignal<f64>,
    line: Memo<Option<usize>>,
    before: Memo<usize>,
    range: Memo<Range<usize>>,
    first: Memo<u32>,
    centre: RwSignal<Option<usize>>,
    gate: Memo<Gate>,
    grip: Grip,
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
        detail.with(|d| {
            format!("Overview of {}", crate::components::mini::describe(&d.row, &cells.get()))
        }) + &shown
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
    view! {
        <div class="over">
            <div class="over-h">{heads}</div>
            {overview::overview(bars, range, first, label, on_centre, node)}
            {move || (gate.get() == Gate::Handle).then(|| view! {
                <div class="over-g" style:left=move || bars.with(|b| {
                    format!("{:.1}px", b.line.unwrap_or_default() - 12.0)
                })>
                    {grip.view()}
                </div>
            })}
            <div class="over-f">
                <For each=move || failing.get() key=|(_, pod)| pod.clone() let:bad>
                    <button
                        type="button"
                        class="btn sm"
                        on:click=move |_| centre.set(Some(bad.0))
                    >
                        {crate::components::small_icon(crate::components::Icon::Failed)}
                        "Show "{bad.1.clone()}
                    </button>
                </For>
            </div>
        </div>
    }
    .into_any()
}

fn strays(detail: Signal<Arc<SetDetail>>) -> Option<AnyView> {
    let all = detail.with(|d| column::strays(&d.facts));
    if all.is_empty() {
        return None;
    }
    let name = detail.with(|d| d.facts.set.name.clone());
    let list = all
        .iter()
        .map(|c| view! { <li class="lrow" aria-label=c.sentence.clone()>{rows::row(c)}</li> })
        .collect_view();
    Some(
        view! {
            <div class="strays">
                <h3>"Pods without an ordinal"</h3>
                <p class="dim">
                    {format!("{name} owns them, but their names carry no ordinal, so no update reaches them.")}
                </p>
                <ul>{list}</ul>
            </div>
        }
        .into_any(),
    )
}
