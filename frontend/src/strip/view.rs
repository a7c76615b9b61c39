//! The strip as a whole: chooses the form, walks with the arrow keys, carries the handle.

use std::sync::Arc;

use leptos::ev::KeyboardEvent;
use leptos::html;
use leptos::prelude::*;
use model::forecast::Forecast;
use model::strip;
use model::wire::SetDetail;

use super::frame::{gate_view, lanes, region_views};
use super::geometry::{self, Form};
use super::grip::Grip;
use super::handle::{self, Handle};
use super::marks::{self, Marks};
use super::over::over;
use super::place::{Tracks, column_order};
use super::walk::{Walk, middles_of};
use super::{Gate, card, column, measure, rows};
use crate::components::{Icon, Keyed, anew, keyed, small_icon};
use crate::reactive::{Effect, Memo, RwSignal, Signal, dynamic};

/// The strip of a set.
#[component]
pub fn Strip(
    detail: Signal<Arc<SetDetail>>,
    /// Where the line stands, and where it was moved to.
    handle: RwSignal<Handle>,
    /// What would follow where it was moved to.
    moved: Memo<Option<(u32, Arc<Forecast>)>>,
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

    let marks = Memo::new(move |_| {
        moved.with(|m| m.as_ref().map(|(_, forecast)| Marks::of(forecast)).unwrap_or_default())
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
    // A pod that is looked at closer is seen here too.
    Effect::new(move |_| {
        form.track();
        let Some(pod) = selected.get() else { return };
        let at = columns.with_untracked(|all| all.iter().position(|c| c.pod == pod));
        if let Some(at) = at.filter(|at| !range.get_untracked().contains(at)) {
            centre.set(Some(at));
        }
    });
    let walk = Walk { columns, first, range, centre, current: RwSignal::new(None) };
    let words =
        Signal::derive(move || detail.with(|d| handle.with(|h| handle::says(&d.facts, *h))));
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
    let readable = Memo::new(move |_| detail.with(|d| d.facts.readable.claims));
    let is_rows = Memo::new(move |_| matches!(form.get(), Form::Rows { .. }));

    let item = move |index: usize| {
        let at = Memo::new(move |_| columns.with(|all| all.get(index).cloned()));
        let renewed = Memo::new(move |n: Option<&u32>| {
            at.track();
            n.map_or(0, |n| n + 1)
        });
        let ordinal = move || at.with(|c| c.as_ref().map_or(0, |c| c.ordinal));
        let mark = Memo::new(move |_| {
            at.with(|c| c.as_ref().and_then(|c| marks.with(|m| m.turn(c.ordinal))))
        });
        let label = move || {
            let said = at.with(|c| c.as_ref().map(|c| c.sentence.clone()))?;
            Some(match mark.get() {
                Some(turn) => format!("{said}, {}", marks::spoken(turn)),
                None => said,
            })
        };
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
                data-mark=move || mark.get().map(|_| "")
                aria-label=label
                aria-current=move || is_open().then_some("true")
                tabindex=move || if walk.is_stop(index) { "0" } else { "-1" }
                style:grid-column=move || tracks.with(|t| t.column(local()).to_string())
                style:order=move || column_order(local())
                // The second click of a double click does not close what the first has opened.
                on:click=move |e| if e.detail() < 2 { open() }
                on:keydown=key
                on:focus=move |_| walk.current.set(Some(index))
            >
                {anew(
                    move || format!("{} {} {}", renewed.get(), is_rows.get(), readable.get()),
                    move || match at.get_untracked() {
                        Some(c) if is_rows.get_untracked() => rows::row(&c),
                        Some(c) => card::card(&c, readable.get_untracked()),
                        None => ().into_any(),
                    },
                )}
                {dynamic(move || mark.get().map(|turn| view! {
                    <span class="mark" aria-hidden="true">{small_icon(Icon::Restart)}{turn}</span>
                }))}
            </li>
        }
        .into_any()
    };
    let items = move || {
        range.get().map(|index| Keyed::new(index.to_string(), move || item(index))).collect()
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
        if moved.with(Option::is_some) {
            class.push_str(" asking");
        }
        class
    };
    let label =
        move || detail.with(|d| format!("Pods of {} by ordinal, lowest first", d.facts.set.name));
    let template = move || tracks.with(|t| t.template());
    let lane_rows = move || detail.with(|d| (4 + d.facts.set.claim_templates.len()).to_string());
    let parts = move || detail.with(|d| (1 + d.facts.set.claim_templates.len()).to_string());
    let in_full = move || !is_rows.get();
    view! {
        <div class="strip-w" node_ref=outer>
            {dynamic(move || form.get().window().map(|_| over(
                detail, columns, form, width, line, before, range, first, centre, gate, grip, marks,
            )))}
            <div
                class=class
                role="group"
                aria-label=label
                aria-description="Arrow keys walk the ordinals, Enter opens one."
                style=("grid-template-columns", template)
                style=("--rows", lane_rows)
                style=("--parts", parts)
            >
                {dynamic(move || in_full().then(|| lanes(detail)))}
                {keyed(move || if in_full() {
                    region_views(detail, handle, gate, tracks, range)
                } else {
                    Vec::new()
                })}
                <ol>
                    {keyed(items)}
                </ol>
                {dynamic(move || gate_view(form, gate, tracks, grip, detail, handle))}
            </div>
            {dynamic(move || strays(detail))}
        </div>
    }
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
