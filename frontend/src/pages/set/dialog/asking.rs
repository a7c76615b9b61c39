//! The dialog while it asks: fields, forecast, patch, reason, the verb.

use leptos::prelude::*;
use model::facts::Facts;
use model::forecast::{Forecast, Step, StepKind};
use model::words;

use super::machine::{Check, Event, Stage};
use super::{Open, fields, patch, wording};
use crate::components::button::unique_id;
use crate::components::{Button, Icon, Kind, Tone, notice, sentence, small_icon};
use crate::reactive::{Memo, dynamic};

/// Steps shown one by one; the rest is counted.
const SHOWN: usize = 12;

/// The dialog's content.
pub(super) fn asking(open: Open) -> AnyView {
    let Open { machine, on, on_close } = open;
    let forecast = Memo::new(move |_| machine.with(super::machine::Dialog::forecast));
    let off = Memo::new(move |_| machine.with(super::machine::Dialog::off));
    let sending = Memo::new(move |_| machine.with(|m| m.stage == Stage::Sending));
    let valid = Memo::new(move |_| machine.with(|m| m.action().is_ok()));
    let happens = move || {
        let forecast = forecast.get();
        let facts = machine.with_untracked(|m| m.seen.clone());
        valid.get().then(|| what_happens(&facts.facts, &forecast))
    };
    let primary = Memo::new(move |_| {
        machine.with(|m| wording::primary(&m.seen.facts, &m.draft, &m.forecast()))
    });
    let destructive =
        Memo::new(move |_| machine.with(|m| m.draft.is_destructive(m.forecast().loses_data)));
    let typing = move || forecast.with(|f| f.loses_data).then(|| type_the_name(open));
    let refused = move || {
        machine.with(|m| match &m.check {
            Check::Refused(p) => Some(notice(
                Tone::Bad,
                Icon::Lock,
                format!("{}.", p.title.trim_end_matches('.')),
                p.detail.clone(),
                None,
            )),
            _ => None,
        })
    };
    // Why the button is off, where it is not one of the things said above.
    let hint = move || match (off.get(), machine.with(|m| m.check.clone())) {
        (Some(why), _) if !sending.get() => {
            view! { <span class="why">{small_icon(Icon::Info)}<span>{why}</span></span> }.into_any()
        }
        (_, Check::Passed(_)) => {
            view! { <span class="dim small">"Checked with the API server"</span> }.into_any()
        }
        (_, Check::Running) => {
            view! { <span class="dim small">"Asking the API server…"</span> }.into_any()
        }
        _ => ().into_any(),
    };
    let go = Callback::new(move |_| on.run(Event::Confirm));
    let button = move || {
        let kind = if destructive.get() { Kind::Danger } else { Kind::Primary };
        view! {
            <Button kind=kind class="go" reason=off busy=sending on_press=go>
                {dynamic(move || primary.get())}
            </Button>
        }
    };
    view! {
        {fields::fields(open)}
        {dynamic(happens)}
        <div aria-live="polite">{dynamic(move || refused().map(|n| view! { <section>{n}</section> }))}</div>
        {patch::fold(machine)}
        {dynamic(typing)}
        {reason(open)}
        <footer>
            {dynamic(hint)}
            <span class="grow"></span>
            <Button class="cancel" on_press=move |_| on_close.run(())>"Cancel"</Button>
            {dynamic(button)}
        </footer>
    }
    .into_any()
}

/// The forecast: steps, figures, what stays, what to know.
fn what_happens(facts: &Facts, forecast: &Forecast) -> AnyView {
    let set = facts.set.name.clone();
    let steps = forecast.steps.iter().take(SHOWN).enumerate().map(|(i, s)| {
        let (does, before) = wording::step(facts, &forecast.steps, i);
        let lost = (!s.claims_deleted.is_empty()).then(|| {
            let claims = s.claims_deleted.join(", ");
            let n = s.claims_deleted.len();
            let verb = words::verb(n, "is deleted", "are deleted");
            view! { {words::verb(n, " claim ", " claims ")}<span class="mono">{claims}</span>" "<b class="bad">{verb}</b> }
        });
        let made = (!s.claims_created.is_empty()).then(|| {
            let claims = s.claims_created.join(", ");
            let n = s.claims_created.len();
            view! { {words::verb(n, ", with a new claim ", ", with new claims ")}<span class="mono">{claims}</span> }
        });
        view! {
            <li>
                <span class="k" data-k=step_key(s.what) aria-hidden="true">{s.ordinal}</span>
                <span>
                    <b class="mono pn">{s.pod.clone()}</b>" "{does}
                    {before.map(|b| view! { " "<span class="dim">{sentence(&b, &set, None)}</span> })}
                    {made}{lost}
                </span>
            </li>
        }
    });
    let steps = steps.collect_view();
    let more = forecast.steps.len().saturating_sub(SHOWN);
    let more = (more > 0).then(|| {
        let last = forecast.steps.last().map(|s| s.pod.clone());
        view! {
            <li><span class="k" aria-hidden="true">"…"</span>
                <span>{format!("and {} more, down to ", words::count(more, "pod"))}
                <b class="mono pn">{last}</b></span></li>
        }
    });
    let list = if forecast.steps.is_empty() {
        view! { <p class="mid">{sentence(&forecast.sentence, &set, None)}</p> }.into_any()
    } else {
        view! { <ol class="seq">{steps}{more}</ol> }.into_any()
    };
    let figures = (!forecast.steps.is_empty()).then(|| figures(facts, forecast));
    let stays = (!forecast.stays.is_empty()).then(|| {
        view! {
            <section>
                <h3>"What does not change"</h3>
                <p class="mid">{sentence(&forecast.stays, &set, None)}</p>
            </section>
        }
    });
    let stall = forecast.stall.as_ref().map(|s| {
        let text = notice(Tone::Warn, Icon::Warning, stall_title(forecast), s, None);
        view! { <section>{text}</section> }
    });
    let warnings = forecast
        .warnings
        .iter()
        .map(|w| {
            let tone = if forecast.loses_data { Tone::Bad } else { Tone::Warn };
            view! { <section>{notice(tone, Icon::Warning, "", w, None)}</section> }
        })
        .collect_view();
    view! {
        <section><h3>"What will happen, in this order"</h3>{list}</section>
        {figures}{stays}{stall}{warnings}
    }
    .into_any()
}

/// What stalls may be the roll that goes on beside what was asked for.
fn stall_title(forecast: &Forecast) -> &'static str {
    if forecast.steps.iter().any(|s| s.what == StepKind::Restart) || forecast.steps.is_empty() {
        "It will not get to its end by itself."
    } else {
        "The roll does not get to its end by itself."
    }
}

fn step_key(what: StepKind) -> &'static str {
    match what {
        StepKind::Restart => "restart",
        StepKind::Create => "create",
        StepKind::Stop => "stop",
    }
}

fn figures(facts: &Facts, forecast: &Forecast) -> AnyView {
    let of = |kind| forecast.steps.iter().filter(|s| s.what == kind).count();
    let kinds = [
        ("Restarts", of(StepKind::Restart)),
        ("Created", of(StepKind::Create)),
        ("Stopped", of(StepKind::Stop)),
    ];
    let kinds: Vec<(&str, usize)> = kinds.into_iter().filter(|(_, n)| *n > 0).collect();
    // `at_once` counts pods that are down anyway.
    let mut waves = forecast.steps.chunk_by(|a, b| a.wave == b.wave);
    let together = if waves.any(|w| w.len() > 1) { "together" } else { "one at a time" };
    let sums = kinds
        .iter()
        .map(|(what, n)| view! { <div><dt>{*what}</dt><dd>{words::count(*n, "pod")}<small>{together}</small></dd></div> })
        .collect_view();
    // How many are wanted then.
    let wanted = |s: &&Step| facts.set.index_of(s.ordinal).is_some();
    let (more, fewer) = (
        forecast.steps.iter().filter(|s| s.what == StepKind::Create && !wanted(s)).count(),
        forecast.steps.iter().filter(|s| s.what == StepKind::Stop && wanted(s)).count(),
    );
    let total = (facts.set.replicas as usize + more).saturating_sub(fewer);
    // "3 to 5 min, from the last 5 restarts."
    let takes = forecast.takes.as_ref().map(|t| {
        let (time, sample) = t.sentence.split_once(", ").unwrap_or((&t.sentence, ""));
        let (time, sample) = (time.to_owned(), sample.trim_end_matches('.').to_owned());
        view! { <div><dt>"Takes"</dt><dd>{time}<small>{sample}</small></dd></div> }
    });
    let class = if takes.is_some() || kinds.len() > 1 { "sums" } else { "sums two" };
    let at_once = forecast.at_once;
    view! {
        <section>
            <dl class=class>
                {sums}
                <div>
                    <dt>"Under way at once"</dt>
                    <dd>{format!("at most {at_once}")}<small>{format!("of {total} wanted")}</small></dd>
                </div>
                {takes}
            </dl>
        </section>
    }
    .into_any()
}

fn type_the_name(open: Open) -> AnyView {
    let Open { machine, on, .. } = open;
    let name = machine.with_untracked(|m| m.seen.facts.set.name.clone());
    let id = unique_id("name");
    view! {
        <section>
            <label class="lab" for=id.clone()>"Type the name of the set"<span class="mono">{name}</span></label>
            <input
                class="input"
                id=id
                autocomplete="off"
                spellcheck="false"
                prop:value=move || machine.with(|m| m.typed.clone())
                on:input=move |e| on.run(Event::Typed(event_target_value(&e)))
            />
        </section>
    }
    .into_any()
}

fn reason(open: Open) -> AnyView {
    let Open { machine, on, .. } = open;
    let id = unique_id("reason");
    let keys = move |e: leptos::ev::KeyboardEvent| {
        if e.key() == "Enter" {
            e.prevent_default();
            on.run(Event::Confirm);
        }
    };
    view! {
        <section>
            <label class="lab" for=id.clone()>"Reason"<span>"kept in the history"</span></label>
            <input
                class="input reason"
                id=id
                maxlength="500"
                autocomplete="off"
                prop:value=move || machine.with(|m| m.reason.clone())
                on:input=move |e| on.run(Event::Reason(event_target_value(&e)))
                on:keydown=keys
            />
        </section>
    }
    .into_any()
}
