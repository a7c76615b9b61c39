//! The strip as it was at a moment: clearly the past, and nothing to press but ways through time.

use std::fmt::Write as _;

use jiff::Timestamp;
use leptos::prelude::*;
use leptos::task::spawn_local;
use model::set::SetKey;
use model::wire::{MomentPod, MomentView, Problem, RunState};
use model::words;

use super::lanes::{Drawn, go, with};
use super::place::Place;
use super::steps::{step, turn};
use super::swim::state_words;
use crate::api;
use crate::clock::use_clock;
use crate::components::{CopyButton, Icon, icon, problem_notice, sentence, small_icon};
use crate::reactive::{Effect, Memo, RwSignal, Signal, dynamic};
use crate::time::{self, Ago};

/// A moment, and what was answered of it.
type Told = Option<(Timestamp, Result<MomentView, Problem>)>;

/// The card; nothing where the address names no moment.
pub fn card(key: &SetKey, place: Memo<Place>, drawn: Drawn) -> AnyView {
    let clock = use_clock();
    let at = Memo::new(move |_| place.with(|p| p.at));
    // What is now is known better once the server has answered.
    let ahead = Memo::new(move |_| at.get().is_some_and(|at| at > clock.now()));
    // What was asked last, with the answer to it.
    let told: RwSignal<Told> = RwSignal::new(None);
    {
        let key = key.clone();
        let last = StoredValue::new(None);
        Effect::new(move |_| {
            let asked = at.get();
            last.set_value(asked);
            let Some(asked) = asked else { return told.set(None) };
            if ahead.get() {
                return;
            }
            let key = key.clone();
            spawn_local(async move {
                let answer = api::moment(&key.namespace, &key.name, asked).await;
                // Another may be looked at by now, or the page is left.
                if last.try_get_value().flatten() == Some(asked) {
                    told.set(Some((asked, answer)));
                }
            });
        });
    }
    let go = go(key);
    let key = key.clone();
    let shown = Memo::new(move |_| at.with(Option::is_some));
    // Until the answer is there the strip of the moment before keeps its room, so that nothing below it jumps at each step.
    let then = Memo::new(move |_| {
        let at = at.get();
        told.with(|t| t.clone().filter(|(asked, answer)| answer.is_ok() || Some(*asked) == at))
    });
    dynamic(move || shown.get().then(|| frame(&key, place, drawn, (at, ahead), then, go)))
}

fn frame(
    key: &SetKey,
    place: Memo<Place>,
    drawn: Drawn,
    (at, ahead): (Memo<Option<Timestamp>>, Memo<bool>),
    then: Memo<Told>,
    go: Callback<Place>,
) -> AnyView {
    let link = {
        let key = key.clone();
        Signal::derive(move || {
            let origin = window().location().origin().unwrap_or_default();
            format!("{origin}{}", place.with(|p| p.url(&key)))
        })
    };
    let turn_button = move |back: bool, symbol: Icon, label: &'static str| {
        let off =
            move || with(drawn, |lanes| step(lanes, at.get(), back)).is_none().then_some("true");
        view! {
            <button
                type="button"
                class="btn sm ico"
                aria-label=label
                title=label
                aria-disabled=off
                on:click=move |_| turn(place, drawn, go, back)
            >
                {small_icon(symbol)}
            </button>
        }
    };
    let name = key.name.clone();
    let happened = {
        let name = name.clone();
        move || {
            let at = at.get()?;
            with(drawn, |lanes| {
                let said = lanes.marks.iter().filter(|m| m.at == at);
                let lines: Vec<_> = said
                    .map(|m| {
                        let who = super::events::subject(m).map(|w| view! { <b>{w}</b>" " });
                        view! { <p>{who}{sentence(&m.sentence, &name, None)}</p> }
                    })
                    .collect();
                Some(lines)
            })
        }
    };
    let strip = move || match then.get() {
        _ if ahead.get() => view! { <p>"This moment is still to come."</p> }.into_any(),
        None => view! { <span class="sk"></span> }.into_any(),
        Some((_, Err(p))) => problem_notice(&p),
        Some((of, Ok(moment))) => strip(&moment, of, &name),
    };
    // What is drawn is of another moment, or there is nothing yet: it is not read out below the new time.
    let waits = move || {
        let here = at.get();
        (!ahead.get() && then.with(|t| t.as_ref().map(|(of, _)| *of) != here)).then_some("true")
    };
    view! {
        <section class="card mt past" aria-labelledby="then-h">
            <div class="card-h">
                <h2 id="then-h">
                    {dynamic(move || at.get().map(|at| format!("At {}", time::absolute(at))))}
                </h2>
                {dynamic(move || (!ahead.get()).then(|| view! {
                    <span class="badge" data-s="unobserved">{icon(Icon::Clock)}"The past"</span>
                }))}
                <span class="sub">{dynamic(move || {
                    at.get().filter(|_| !ahead.get()).map(|at| view! { <Ago at=at after=" ago"/> })
                })}</span>
                <span class="grow"></span>
                {turn_button(true, Icon::Back, "Previous change")}
                {turn_button(false, Icon::Forward, "Next change")}
                <CopyButton text=link label="Copy link to this moment" wide=true/>
                <button
                    type="button"
                    class="btn sm"
                    on:click=move |_| go.run(place.get_untracked().with_at(None))
                >
                    "Back to now"
                </button>
            </div>
            <div class="card-b">
                {dynamic(happened)}
                <div class="then" aria-busy=waits aria-hidden=waits>{dynamic(strip)}</div>
            </div>
        </section>
    }
    .into_any()
}

/// What was so, in a sentence.
fn says(then: &MomentView, set: &str) -> String {
    if then.deleted {
        return format!("{set} had been deleted.");
    }
    let end = then.start.saturating_add(then.replicas);
    // Those that it was about to lose are drawn, and count for nothing.
    let wanted = || then.pods.iter().filter(|p| (then.start..end).contains(&p.ordinal));
    let ready = wanted().filter(|p| p.state == RunState::Ready).count();
    let (all, were) = (then.replicas as usize, words::verb(ready, "was", "were"));
    let mut says = format!("{ready} of {} {were} Ready.", words::count(all, "pod"));
    if let (Some(boundary), Some(update)) = (then.boundary, &then.update)
        && all > 0
    {
        // The next to get it; where all were to stay, the first of them.
        let before = boundary.min(end).saturating_sub(1);
        let on: Vec<u32> =
            wanted().filter(|p| p.revision.as_ref() == Some(update)).map(|p| p.ordinal).collect();
        let who = if on.is_empty() { "no pod".to_owned() } else { words::pods(set, on) };
        let _ = write!(says, " Held before {set}-{before}: {who} ran {update}.");
    }
    says
}

/// `of`: the moment that was asked for.
fn strip(then: &MomentView, of: Timestamp, set: &str) -> AnyView {
    let unsure = then.unsure.as_ref().map(|span| {
        let seen = format!(
            "The panel did not look from {} to {}: this is the last that it saw before.",
            time::absolute(span.from),
            time::absolute(span.to),
        );
        view! { <p class="warn-l">{small_icon(Icon::Plug)}{seen}</p> }
    });
    let held = then.pods.iter().any(|p| p.revision.is_some() && p.revision != then.update);
    let cells = then.pods.iter().map(|pod| ordinal(then, pod, set, held)).collect_view();
    view! {
        <p>{sentence(&says(then, set), set, None)}" "<span class="dim">"As it was recorded; nothing can be done here."</span></p>
        {unsure}
        <ol class="was" aria-label=format!("Pods of {set} at {}", time::absolute(of))>{cells}</ol>
    }
    .into_any()
}

/// One ordinal, drawn as the strip draws it. `held`: some pods were on another revision than the newest.
fn ordinal(then: &MomentView, pod: &MomentPod, set: &str, held: bool) -> AnyView {
    let role = match &pod.revision {
        None => "none",
        to if held && *to == then.update => "upd",
        Some(_) => "cur",
    };
    let (turn, tone, symbol) = match pod.state {
        RunState::Failing => ("block", Some("bad"), Icon::Failed),
        RunState::Ready if role == "upd" => ("done", None, Icon::Ok),
        RunState::Ready => ("rest", None, Icon::Ok),
        RunState::Starting => ("now", Some("no"), Icon::Start),
        RunState::Ending => ("now", Some("no"), Icon::Down),
        RunState::Down | RunState::Absent => ("rest", Some("gone"), Icon::Down),
    };
    let revision = pod.revision.clone();
    view! {
        <li
            class="ord"
            data-turn=turn
            data-gate=(then.boundary == Some(pod.ordinal)).then_some("")
        >
            <div class="turn" aria-hidden="true"><span class="o">{pod.ordinal}</span></div>
            <div
                class="pod"
                data-rev=role
                data-health=(pod.state == RunState::Failing).then_some("bad")
            >
                <div class="band"><span>{revision.unwrap_or_else(|| "no pod".into())}</span></div>
                <div class="pod-b">
                    <div class="nm">{format!(" {set}-{} ", pod.ordinal)}</div>
                    <div class="l"><span class="rd" data-r=tone>{icon(symbol)}{state_words(pod.state)}</span></div>
                </div>
            </div>
        </li>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn then() -> MomentView {
        let pod = |ordinal, state, label: &str| MomentPod {
            ordinal,
            state,
            revision: Some(label.to_owned()),
        };
        MomentView {
            at: Timestamp::UNIX_EPOCH,
            unsure: None,
            deleted: false,
            start: 0,
            replicas: 3,
            strategy: "RollingUpdate".into(),
            boundary: Some(2),
            update: Some("r7".into()),
            pods: vec![
                pod(0, RunState::Ready, "r6"),
                pod(1, RunState::Ready, "r6"),
                pod(2, RunState::Failing, "r7"),
            ],
        }
    }

    #[test]
    fn a_moment_is_told_in_a_sentence_that_names_pods() {
        let mut moment = then();
        assert_eq!(
            says(&moment, "web"),
            "2 of 3 pods were Ready. Held before web-1: web-2 ran r7."
        );
        // Held at all, or aborted without a restart: what runs it goes on to.
        moment.boundary = Some(3);
        assert_eq!(
            says(&moment, "web"),
            "2 of 3 pods were Ready. Held before web-2: web-2 ran r7."
        );
        moment.pods[2].revision = Some("r6".into());
        assert_eq!(
            says(&moment, "web"),
            "2 of 3 pods were Ready. Held before web-2: no pod ran r7."
        );
        moment.boundary = None;
        moment.replicas = 1;
        assert_eq!(says(&moment, "web"), "1 of 1 pod was Ready.", "the others were leaving");
        moment.deleted = true;
        assert_eq!(says(&moment, "web"), "web had been deleted.");
    }
}
