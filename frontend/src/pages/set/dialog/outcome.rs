//! How it ended, where it did not simply happen: changed underneath, refused by the cluster, failed.

use leptos::prelude::*;
use model::wire::{ActionResult, Problem, SetDetail};

use super::machine::{Dialog, Event, Stage};
use super::{Open, conflict};
use crate::api;
use crate::components::{
    Button, CopyButton, Icon, Kind, Tone, mini_strip, notice, sentence, small_icon, source_icon,
    who,
};
use crate::reactive::{Memo, dynamic};
use crate::time::Ago;

/// What was done, as the toast begins: "Advanced to web-3."
pub(super) fn done_title(result: &ActionResult) -> String {
    let mut chars = result.summary.trim_end_matches('.').chars();
    let first = chars.next().map(|c| c.to_uppercase().to_string()).unwrap_or_default();
    format!("{first}{}.", chars.as_str())
}

/// What follows from it.
pub(super) fn done_text(result: &ActionResult) -> String {
    result.forecast.sentence.clone()
}

/// The heading for an action that did not happen, or of which it is not known.
pub(super) fn failed_title(problem: &Problem) -> String {
    if unknown(problem) {
        "No answer: look before you try again".to_owned()
    } else {
        "It was not done".to_owned()
    }
}

/// Whether it may have happened all the same.
fn unknown(problem: &Problem) -> bool {
    api::may_have_arrived(problem) || problem.code == "cluster-unreachable"
}

fn close(open: Open) -> AnyView {
    view! { <Button on_press=move |_| open.on_close.run(())>"Close"</Button> }.into_any()
}

fn again(open: Open, label: impl Fn() -> &'static str + Send + 'static) -> AnyView {
    view! {
        <Button kind=Kind::Primary on_press=move |_| open.on.run(Event::Again(api::new_key()))>
            {dynamic(label)}
        </Button>
    }
    .into_any()
}

/// The set is another than the one the forecast was made for.
pub(super) fn conflict(open: Open) -> AnyView {
    let Open { machine, .. } = open;
    let says = Memo::new(move |_| {
        machine.with(|m| match &m.stage {
            Stage::Conflict(says) => says.clone(),
            _ => None,
        })
    });
    let newer = Memo::new(move |_| machine.with(|m| m.newer.clone()));
    let changed_by = move || {
        let now = newer.get()?;
        let name = now.facts.set.name.clone();
        let words = now.row.status.sentence.clone();
        let actor = now.row.last_change.clone();
        let symbol = actor.as_ref().map_or(Icon::Outside, source_icon);
        let by = match actor {
            Some(a) => view! {
                {capital(&who(&a))}" changed it"{a.at.map(|at| view! { " "<Ago at=at after=" ago"/> })}"."
            }
            .into_any(),
            None => "It was changed.".into_any(),
        };
        Some(view! {
            <div class="notice" data-n="bad">
                {crate::components::icon(symbol)}
                <span><b>{by}</b>" "{sentence(&words, &name, None)}</span>
            </div>
        })
    };
    let told = move || {
        let known = newer.with(Option::is_some);
        says.get().filter(|_| !known).map(|s| notice(Tone::Bad, Icon::Outside, "", s, None))
    };
    let table = move || {
        let then = machine.with(|m| m.seen.clone());
        newer.get().map(|now| then_and_now(&then, &now))
    };
    let ready = Memo::new(move |_| newer.with(Option::is_some));
    let offer = move || {
        if ready.get() {
            again(open, || "New forecast")
        } else {
            view! { <span class="dim small">"Waiting for the new state…"</span> }.into_any()
        }
    };
    view! {
        <section role="alert">{dynamic(changed_by)}{dynamic(told)}</section>
        {dynamic(table)}
        <footer><span class="grow"></span>{close(open)}{dynamic(offer)}</footer>
    }
    .into_any()
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    match (chars.next(), text.contains(' ')) {
        // A name (kubectl, mara) stays as it is written.
        (Some(c), true) => c.to_uppercase().chain(chars).collect(),
        _ => text.to_owned(),
    }
}

fn then_and_now(then: &SetDetail, now: &SetDetail) -> AnyView {
    let name = now.facts.set.name.clone();
    let rows = conflict::table(&then.facts, &now.facts)
        .into_iter()
        .map(|d| {
            let changed = d.changed();
            let now_text = sentence(&d.now, &name, None);
            let cell = if changed { view! { <b>{now_text}</b> }.into_any() } else { now_text };
            view! {
                <tr>
                    <th scope="row">{d.what}</th>
                    <td>{sentence(&d.then, &name, None)}</td>
                    <td>{cell}</td>
                </tr>
            }
        })
        .collect_view();
    let strips = then.facts.readable.pods && now.facts.readable.pods;
    let strips = strips.then(|| {
        view! {
            <tr>
                <th scope="row">"Strip"</th>
                <td>{mini_strip(&then.row)}</td>
                <td>{mini_strip(&now.row)}</td>
            </tr>
        }
    });
    view! {
        <section>
            <table class="t then">
                <thead><tr>
                    <th scope="col"><span class="sr">"What"</span></th>
                    <th scope="col">"What you saw"</th><th scope="col">"What is there now"</th>
                </tr></thead>
                <tbody>{rows}{strips}</tbody>
            </table>
        </section>
    }
    .into_any()
}

fn problem_of(open: Open) -> Option<Problem> {
    open.machine.with_untracked(|m| match &m.stage {
        Stage::Forbidden(p) | Stage::Failed(p) => Some(p.clone()),
        _ => None,
    })
}

/// A field of the problem's `extra`.
fn extra<'a>(problem: &'a Problem, field: &str) -> Option<&'a str> {
    problem.extra.as_ref()?.get(field)?.as_str().filter(|s| !s.is_empty())
}

/// 403: the panel's role or the cluster does not allow it.
pub(super) fn forbidden(open: Open) -> AnyView {
    let Some(problem) = problem_of(open) else { return ().into_any() };
    let title = match extra(&problem, "actedAs") {
        Some(who) => format!("The cluster does not allow it to {who}."),
        None => format!("{}.", problem.title.trim_end_matches('.')),
    };
    let says = extra(&problem, "says").map(str::to_owned);
    let text = if says.is_some() {
        "Ask a cluster administrator for the right that is named below.".to_owned()
    } else {
        problem.detail.clone()
    };
    let details = format!("{}\n{}", title, says.clone().unwrap_or_else(|| problem.detail.clone()));
    let answer = says.map(|s| {
        view! {
            <section>
                <h3>{format!("Answer of the API server ({})", problem.status)}</h3>
                <pre class="pre soft" tabindex="0">{s}</pre>
            </section>
        }
    });
    view! {
        <section role="alert">{notice(Tone::Bad, Icon::Lock, title, text, None)}</section>
        {answer}
        <footer>
            <CopyButton text=details label="Copy details" wide=true/>
            <span class="grow"></span>
            <Button kind=Kind::Primary on_press=move |_| open.on_close.run(())>"Close"</Button>
        </footer>
    }
    .into_any()
}

const SAFE: &str =
    "Sending it again is safe: it counts as the same action, even if the first one arrived.";
const CHANGED: &str =
    "The set has changed since, perhaps by this: look at it before you send another one.";

/// Anything else: what did not happen, why, one way on.
pub(super) fn failed(open: Open) -> AnyView {
    let Some(problem) = problem_of(open) else { return ().into_any() };
    let title = format!("{}.", problem.title.trim_end_matches('.'));
    let repeats = Memo::new(move |_| open.machine.with(Dialog::repeats));
    let offer =
        again(open, move || if repeats.get() { "Back, to try again" } else { "New forecast" });
    let safe = api::may_have_arrived(&problem).then(|| {
        let says = move || if repeats.get() { SAFE } else { CHANGED };
        view! {
            <section><p class="why">{small_icon(Icon::Info)}<span role="status">{dynamic(says)}</span></p></section>
        }
    });
    view! {
        <section role="alert">{notice(Tone::Bad, Icon::Failed, title, problem.detail.clone(), None)}</section>
        {safe}
        <footer><span class="grow"></span>{close(open)}{offer}</footer>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use model::forecast::Forecast;
    use model::wire::Outcome;

    use super::*;

    fn problem(status: u16, code: &str) -> Problem {
        Problem {
            status,
            code: code.into(),
            title: String::new(),
            detail: String::new(),
            extra: Some(serde_json::json!({ "actedAs": "mara", "reason": 7 })),
        }
    }

    #[test]
    fn the_summary_becomes_a_sentence() {
        let result = ActionResult {
            id: None,
            outcome: Outcome::Applied,
            incomplete: None,
            summary: "advanced to web-3".into(),
            forecast: Forecast::default(),
            patch: Vec::new(),
            kubectl: String::new(),
            uid: String::new(),
            generation: 1,
            row: None,
        };
        assert_eq!(done_title(&result), "Advanced to web-3.");
    }

    #[test]
    fn without_an_answer_it_is_not_claimed_that_nothing_happened() {
        assert_ne!(failed_title(&problem(0, "unreachable")), failed_title(&problem(422, "x")));
        assert!(unknown(&problem(503, "cluster-unreachable")));
    }

    #[test]
    fn who_was_refused_is_read_off_the_problem() {
        assert_eq!(extra(&problem(403, "refused-by-cluster"), "actedAs"), Some("mara"));
        assert_eq!(extra(&problem(403, "refused-by-cluster"), "reason"), None);
    }

    #[test]
    fn names_keep_their_case_and_phrases_begin_large() {
        assert_eq!(capital("kubectl"), "kubectl");
        assert_eq!(capital("somebody outside the panel"), "Somebody outside the panel");
    }
}
