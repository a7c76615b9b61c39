//! The card with a lane for each ordinal over time.

use jiff::Timestamp;
use leptos::html;
use leptos::prelude::*;
use leptos::task::spawn_local;
use model::set::SetKey;
use model::wire::{Lanes, Problem, RunState};
use wasm_bindgen::JsCast;
use web_sys::{Element, KeyboardEvent, MouseEvent};

use super::place::{LAST, Place, USUAL, Window, span};
use super::read::Read;
use super::steps::turn;
use super::{axis, swim};
use crate::clock::use_clock;
use crate::components::problem_notice;
use crate::reactive::{Effect, Memo, RwSignal, dynamic};
use crate::route::{NavigateOptions, use_navigate};
use crate::{api, dom, time};

/// What was read of the lanes.
pub type Drawn = RwSignal<Option<Result<Lanes, Problem>>>;

/// Looks at the lanes, where they were read; tracked.
pub fn with<R>(drawn: Drawn, look: impl FnOnce(&Lanes) -> Option<R>) -> Option<R> {
    drawn.with(|d| look(d.as_ref()?.as_ref().ok()?))
}

/// Reads the lanes whenever another time is shown, and after `changed`.
pub fn read(
    key: &SetKey,
    place: Memo<Place>,
    read: RwSignal<Option<Read>>,
    changed: RwSignal<u32>,
) -> Drawn {
    let drawn: Drawn = RwSignal::new(None);
    let clock = use_clock();
    let key = key.clone();
    let window = Memo::new(move |_| {
        let window = place.with(|p| p.window);
        // A rollout's times are known once the history is read.
        let known = matches!(window, Window::Rollout(_)) && read.with(Option::is_some);
        (window, known)
    });
    let last = RwSignal::new(0_u32);
    // The time that is drawn.
    let of = StoredValue::new(None);
    Effect::new(move |_| {
        changed.track();
        let asked = window.get();
        let mine = last.get_untracked() + 1;
        last.set(mine);
        let now = clock.now_untracked();
        let (from, to) = read.with_untracked(|r| {
            span(asked.0, r.as_ref().map_or(&[], |r| r.rollouts.as_slice()), now)
        });
        let key = key.clone();
        spawn_local(async move {
            let answer = api::lanes(&key.namespace, &key.name, from, to).await;
            // Another time may have been chosen meanwhile.
            if last.try_get_untracked() != Some(mine) {
                return;
            }
            // A hiccup takes away nothing that was read of the same time.
            let stays =
                of.get_value() == Some(asked) && drawn.with_untracked(|d| matches!(d, Some(Ok(_))));
            match answer {
                Err(p) if stays && p.status != 404 => {}
                answer => {
                    of.set_value(answer.is_ok().then_some(asked));
                    drawn.set(Some(answer));
                }
            }
        });
    });
    drawn
}

/// Goes to another address of the same page, and leaves the page where it is.
pub fn go(key: &SetKey) -> Callback<Place> {
    let navigate = use_navigate();
    let key = key.clone();
    Callback::new(move |place: Place| {
        navigate(&place.url(&key), NavigateOptions { replace: true, scroll: false });
    })
}

/// The card.
pub fn card(key: &SetKey, place: Memo<Place>, drawn: Drawn, again: Callback<()>) -> AnyView {
    let go = go(key);
    let chip = move |window: Window, word: &'static str| {
        let chosen = move || {
            let now = place.with(|p| p.window);
            now == window || (now == Window::Usual && window == Window::Last(USUAL))
        };
        view! {
            <button
                type="button"
                class="chip"
                aria-pressed=move || if chosen() { "true" } else { "false" }
                on:click=move |_| go.run(place.get_untracked().with_window(window))
            >
                {word}
            </button>
        }
    };
    let chips =
        LAST.into_iter().map(|(_, word, hours)| chip(Window::Last(hours), word)).collect_view();
    let keys = move |event: KeyboardEvent| {
        // With Alt they are the browser's way back.
        if dom::has_modifier(&event) {
            return;
        }
        let back = match event.key().as_str() {
            "ArrowLeft" => true,
            "ArrowRight" => false,
            _ => return,
        };
        event.prevent_default();
        turn(place, drawn, go, back);
    };
    // Marks and rollouts are links; the page stays where it is. Anywhere else on a lane it is the moment that one points at.
    let click = move |event: MouseEvent| {
        let target = event.target().and_then(|t| t.dyn_into::<Element>().ok());
        let within = |of: &str| target.as_ref().and_then(|t| t.closest(of).ok()?);
        let plain = !(event.ctrl_key() || event.meta_key() || event.shift_key());
        if let Some(link) = within("a[href]").filter(|_| plain) {
            // What else is shown may be other than when the link was drawn.
            let here = place.get_untracked();
            let at = link.get_attribute("data-at").and_then(|at| at.parse().ok());
            let rollout = link.get_attribute("data-rollout").and_then(|id| id.parse().ok());
            let there = match rollout {
                Some(id) => here.with_window(Window::Rollout(id)),
                None => here.with_at(at),
            };
            event.prevent_default();
            go.run(there);
        } else if let Some(lane) = within(".swim-l li > svg") {
            // The lane, not the run within it: each is a drawing of its own.
            let rect = lane.get_bounding_client_rect();
            let part = (f64::from(event.client_x()) - rect.left()) / rect.width().max(1.0);
            let at = drawn.with_untracked(|d| axis::moment(&d.as_ref()?.as_ref().ok()?.span, part));
            if at.is_some() {
                go.run(place.get_untracked().with_at(at));
            }
        }
    };
    let clock = use_clock();
    let swim = NodeRef::<html::Div>::new();
    comes_into_view(swim, place, drawn);
    let set = key.clone();
    let picture = move |lanes: &Lanes| {
        let left_out = lanes.left_out;
        let today = time::short_day(clock.now_untracked());
        let days = time::ByDay::new(time::short_day);
        // A time of another day is said with it.
        let time = |at: Timestamp| {
            let (day, time) = (days.of(at), time::time_of_day(at));
            if day == today { time } else { format!("{day} {time}") }
        };
        let here = place.get_untracked();
        let markup = swim::Page {
            set: &set.name,
            lanes,
            behind: behind(lanes.span.to),
            time: &time,
            day: &time::short_day,
            to_moment: &|at| here.with_at(Some(at)).url(&set),
            to_rollout: &|id| here.with_window(Window::Rollout(id)).url(&set),
        }
        .draw();
        let lowest = (left_out > 0).then(|| {
            let says = format!("{left_out} lower ordinals are not drawn.");
            view! { <p class="card-b dim">{says}</p> }
        });
        view! { <div inner_html=markup></div>{lowest} }.into_any()
    };
    let body = move || {
        dom::keep_focus(".swim");
        drawn.with(|d| match d {
            None => view! { <div class="card-b" aria-busy="true"><span class="sk"></span></div> }
                .into_any(),
            Some(Ok(lanes)) if !lanes.lanes.is_empty() => picture(lanes),
            Some(Err(p)) if p.status != 404 => {
                view! {
                    <div class="card-b">
                        {problem_notice(p)}
                        <button type="button" class="btn sm mt" on:click=move |_| again.run(())>"Try again"</button>
                    </div>
                }
                .into_any()
            }
            Some(_) => {
                view! { <p class="card-b dim">"Nothing is known of this time."</p> }.into_any()
            }
        })
    };
    let cursor = move || {
        let at = place.with(|p| p.at)?;
        with(drawn, |lanes| {
            let span = &lanes.span;
            (span.from <= at && at <= span.to).then(|| format!("{:.2}%", axis::percent(span, at)))
        })
    };
    let name = format!("Pods of {} over time. Arrow keys step through the changes.", key.name);
    view! {
        <section class="card" aria-labelledby="sw-h">
            <div class="card-h">
                <h2 id="sw-h">"Every pod over time"</h2>
                <span class="sub">{dynamic(move || with(drawn, |lanes| Some(shown(lanes))))}</span>
                <span class="grow"></span>
                <div class="chips flat" role="group" aria-label="Which time">{chips}</div>
            </div>
            <div class="key">{dynamic(move || with(drawn, legend))}</div>
            <div
                class="swim"
                role="group"
                aria-label=name
                tabindex="0"
                node_ref=swim
                on:keydown=keys
                on:click=click
            >
                <div class="swim-w">
                    {dynamic(body)}
                    {dynamic(move || cursor().map(|left| view! {
                        <div class="swim-at" aria-hidden="true"><i style:left=left></i></div>
                    }))}
                </div>
            </div>
        </section>
    }
    .into_any()
}

/// Where the lanes are wider than their card, the moment that the address names is brought into it, or else the newest: once for
/// each moment and time that is chosen, not when more is read of the same.
fn comes_into_view(swim: NodeRef<html::Div>, place: Memo<Place>, drawn: Drawn) {
    let seen = StoredValue::new(None);
    Effect::new(move |_| {
        let wanted = place.with(|p| (p.window, p.at));
        let there = with(drawn, |lanes| {
            let part = |at| axis::percent(&lanes.span, at) / 100.0;
            (!lanes.lanes.is_empty()).then(|| wanted.1.map_or(1.0, part))
        });
        let Some(part) = there else { return };
        if seen.try_get_value() == Some(Some(wanted)) {
            return;
        }
        seen.set_value(Some(wanted));
        request_animation_frame(move || {
            let Some(swim) = swim.get_untracked() else { return };
            let (all, seen) = (f64::from(swim.scroll_width()), f64::from(swim.client_width()));
            #[expect(clippy::cast_possible_truncation, reason = "pixels")]
            swim.set_scroll_left((all * part - seen / 2.0) as i32);
        });
    });
}

/// Minutes that the viewer's zone is behind UTC.
#[expect(clippy::cast_possible_truncation, reason = "a zone is off by less than a day")]
fn behind(at: Timestamp) -> i64 {
    time::minutes_behind(at) as i64
}

/// From when to when.
fn shown(lanes: &Lanes) -> String {
    format!("{} to {}", time::absolute(lanes.span.from), time::absolute(lanes.span.to))
}

/// What the looks mean.
fn legend(lanes: &Lanes) -> Option<AnyView> {
    if lanes.lanes.is_empty() {
        return None;
    }
    let revision = |role: &'static str, label: String| {
        view! { <span><i class="sw" data-rev=role></i>{label}</span> }
    };
    let newest = lanes.rollouts.first();
    let called = |label: &String, now: &Option<String>| swim::called(label, now.as_deref());
    let from = newest.and_then(|r| Some(revision("cur", called(r.from.as_ref()?, &r.from_now))));
    let to = newest.map(|r| revision("upd", called(&r.to, &r.to_now)));
    let mut runs = lanes.lanes.iter().flat_map(|lane| &lane.runs);
    let other = runs
        .any(|run| run.state == RunState::Ready && swim::role(&lanes.rollouts, run) == "none")
        .then(|| revision("none", "another revision".to_owned()));
    let state = |look: &'static str, word: &'static str| {
        view! { <span><i class="sw" data-look=look></i>{word}</span> }
    };
    let gaps = (!lanes.gaps.is_empty()).then(|| state("gap", "not recorded"));
    Some(
        view! {
            {from}{to}{state("start", "starting")}{state("fail", "failing")}
            {state("down", "down")}{state("hold", "held")}{other}{gaps}
        }
        .into_any(),
    )
}
