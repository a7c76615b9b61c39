//! The same command on every ordinal.

use std::sync::Arc;

use jiff::Timestamp;
use leptos::prelude::*;
use leptos::task::spawn_local;
use model::wire::{CommandList, CommandRequest, CommandRun, CommandView, ExpectSet, Problem};
use model::words;

use super::place::Place;
use super::{Page, answers, rows};
use crate::api;
use crate::components::{
    Button, CopyButton, Icon, Kind, Tone, icon, notice, problem_notice, small_icon,
};
use crate::reactive::{RwSignal, Signal, dynamic};
use crate::time::Ago;

/// The list, once the server has answered.
type Listed = RwSignal<Option<Result<CommandList, Problem>>>;

/// What was run on this page.
#[derive(Clone, Copy)]
struct Runs {
    last: RwSignal<Option<Arc<CommandRun>>>,
    /// The same command before that: when, and what it came to.
    before: RwSignal<Option<(Timestamp, String)>>,
    problem: RwSignal<Option<Problem>>,
    busy: RwSignal<bool>,
}

/// The card.
pub fn card(page: Page) -> AnyView {
    let listed: Listed = RwSignal::new(None);
    let runs = Runs {
        last: RwSignal::new(None),
        before: RwSignal::new(None),
        problem: RwSignal::new(None),
        busy: RwSignal::new(false),
    };
    load(page, listed);
    let sub = move || {
        listed.with(|l| match l {
            Some(Ok(l)) if l.permitted => format!(
                "no terminal, no input; at most {} s and {} KB each",
                l.seconds,
                l.bytes / 1024
            ),
            _ => String::new(),
        })
    };
    let body = move || {
        match listed.get() {
        None => view! {
            <p class="sr" role="status">"Asking which commands there are"</p>
            <p class="sk w60" aria-hidden="true"></p>
        }
        .into_any(),
        Some(Err(problem)) => view! {
            {problem_notice(&problem)}
            <p class="mt-s">
                <button type="button" class="btn sm" on:click=move |_| load(page, listed)>"Try again"</button>
            </p>
        }
        .into_any(),
        Some(Ok(list)) => offered(page, runs, list),
    }
    };
    view! {
        <section class="card mt" aria-labelledby="cmd-h">
            <div class="card-h">
                <h2 id="cmd-h">"One command on every ordinal"</h2>
                <span class="sub">{dynamic(sub)}</span>
            </div>
            <div class="card-b">{dynamic(body)}{dynamic(move || found(page, runs))}</div>
            {dynamic(move || foot(page, runs))}
        </section>
    }
    .into_any()
}

fn load(page: Page, listed: Listed) {
    let key = page.key();
    spawn_local(async move {
        listed.try_set(Some(api::commands(&key.namespace, &key.name).await));
    });
}

/// The form, or what is missing for it.
fn offered(page: Page, runs: Runs, list: CommandList) -> AnyView {
    let refused = list.refusal.as_ref().map(|r| r.says.clone());
    if list.commands.is_empty() {
        let text = "Only commands that the server's configuration lists run in pods, and it lists none, which is so by \
                    default. Whoever runs the server adds one with --command 'visits=[\"cat\",\"/data/visits\"]', or under \
                    commands in the chart.";
        let text = [Some(text.to_owned()), refused.map(|r| format!("Besides: {r}"))];
        let text: Vec<String> = text.into_iter().flatten().collect();
        return notice(Tone::Plain, Icon::Lock, "No command is configured.", text.join(" "), None);
    }
    if !list.permitted {
        let names: Vec<String> =
            list.commands.iter().map(|c| format!("{} ({})", c.name, c.argv.join(" "))).collect();
        let why = refused.unwrap_or_default();
        let text = format!("{why} Configured here: {}.", words::list(&names));
        return notice(Tone::Plain, Icon::Lock, "You may not run commands here.", text, None);
    }
    form(page, runs, list)
}

fn form(page: Page, runs: Runs, list: CommandList) -> AnyView {
    let most = list.pods as usize;
    let names: Vec<String> = list.commands.iter().map(|c| c.name.clone()).collect();
    // A link may name a command that there is not any more.
    let chosen = Signal::derive(move || {
        let named = page.place.with(|p| p.command.clone());
        named.filter(|n| names.contains(n)).unwrap_or_else(|| names[0].clone())
    });
    let reason = Signal::derive(move || {
        page.offline.get().or_else(|| match page.there() {
            0 => Some("There is no pod at these ordinals now.".to_owned()),
            n if n > most => {
                Some(format!("{n} pods are too many: choose {most} ordinals at most."))
            }
            _ => None,
        })
    });
    let why = move || {
        reason.get().map(|why| {
            view! { <p class="why mt-s">{small_icon(Icon::Info)}<span>{why}</span></p> }
        })
    };
    let option = |c: CommandView| {
        let (name, words) = (c.name.clone(), format!("{}: {}", c.name, c.argv.join(" ")));
        let value = name.clone();
        view! { <option value=value prop:selected=move || chosen.get() == name>{words}</option> }
    };
    let options = list.commands.into_iter().map(option).collect_view();
    let choose = move |event: web_sys::Event| {
        let command = Some(event_target_value(&event));
        page.go.run(Place { command, ..page.place.get_untracked() });
    };
    let label = move || {
        let pods = words::count(page.there(), "pod");
        if runs.busy.get() { format!("Running on {pods}…") } else { format!("Run on {pods}") }
    };
    view! {
        <div class="cmd">
            <label class="field pick-ns">
                {small_icon(Icon::Terminal)}
                <span class="sr">"Command"</span>
                <select class="mono" on:change=choose>{options}</select>
                {small_icon(Icon::Chevron)}
            </label>
            <Button
                kind=Kind::Primary
                reason=reason
                busy=runs.busy
                on_press=move |_| run(page, runs, chosen.get_untracked())
            >
                {icon(Icon::Terminal)}{dynamic(label)}
            </Button>
        </div>
        {dynamic(why)}
        <p class="why mt-s">
            {small_icon(Icon::Info)}
            <span>
                "It runs as you. The history keeps that you ran it, where, and the exit codes, not what was answered."
            </span>
        </p>
    }
    .into_any()
}

fn run(page: Page, runs: Runs, command: String) {
    let key = page.key();
    let place = page.place.get_untracked();
    let on = (!place.on.is_all()).then(|| page.chosen.with_untracked(|all| rows::there(all)));
    let request = CommandRequest {
        command,
        container: place.container,
        ordinals: on,
        expect: Some(ExpectSet { uid: page.detail.with_untracked(|d| d.facts.set.uid.clone()) }),
    };
    runs.busy.set(true);
    spawn_local(async move {
        let answer = api::run(&key.namespace, &key.name, &request).await;
        if runs.busy.try_set(false).is_none() {
            return;
        }
        match answer {
            Ok(run) => {
                let before = runs.last.get_untracked().filter(|l| l.command == run.command);
                runs.before.set(before.map(|l| (l.at, l.sentence.clone())));
                runs.problem.set(None);
                page.says.set(Some(run.sentence.clone()));
                runs.last.set(Some(Arc::new(run)));
            }
            Err(problem) => runs.problem.set(Some(problem)),
        }
    });
}

fn found(page: Page, runs: Runs) -> AnyView {
    let problem =
        runs.problem.get().map(|p| view! { <div class="mt-s">{problem_notice(&p)}</div> });
    let answers = runs.last.get().map(|run| {
        let set = page.key().name;
        // The colours of the moment: a pod that rolls meanwhile does not make the answers anew.
        page.pods.with_untracked(|pods| answers::list(&run, &set, pods))
    });
    view! { {problem}{answers} }.into_any()
}

fn foot(page: Page, runs: Runs) -> Option<AnyView> {
    let run = runs.last.get()?;
    let (agree, ended) = answers::summary(&run);
    let before = runs.before.get().map(|(at, says)| {
        view! { " Asked "<Ago at=at after=" ago"/>" as well: "{says} }
    });
    let report = answers::report(&run, &page.key());
    Some(
        view! {
            <div class="deck low">
                <p>
                    <b>{agree}</b>" "{ended}" "
                    <span class="mono">{run.command.clone()}</span>" was asked "<Ago at=run.at after=" ago"/>"."
                    {before}
                </p>
                <div class="acts"><CopyButton text=report label="Copy for a report" wide=true/></div>
            </div>
        }
        .into_any(),
    )
}
