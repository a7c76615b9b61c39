//! The fields of a roll back: to which revision, and what that changes.

use leptos::prelude::*;
use leptos::task::spawn_local;
use model::facts::Facts;
use model::revision::Revision;
use model::wire::{Problem, RevisionDetail, RevisionEntry, RevisionRole};
use model::{strip, words};

use super::Open;
use super::draft::{Draft, earlier};
use super::fields::edit;
use crate::api;
use crate::components::button::unique_id;
use crate::components::{Icon, problem_notice, role_attr, sentence, small_icon};
use crate::pages::set::revisions::differences;
use crate::pages::set::template::diff_lines;
use crate::reactive::{Effect, Memo, RwSignal, dynamic};
use crate::time::Ago;

/// A revision one can go back to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Earlier {
    pub revision: Revision,
    pub label: String,
    /// Only where pods run it.
    pub role: Option<RevisionRole>,
    /// "web-0 to web-2", or nothing.
    pub pods: String,
}

/// What one can choose from, newest first.
pub fn choices(facts: &Facts) -> Vec<Earlier> {
    let one = |r: &Revision| {
        let run = facts.pods.iter().filter(|p| p.revision == r.name);
        let ordinals: Vec<u32> = run.filter_map(|p| facts.ordinal(p)).collect();
        Earlier {
            revision: r.clone(),
            label: r.label(),
            role: (!ordinals.is_empty()).then(|| strip::role(facts, &r.name)),
            pods: words::pods(&facts.set.name, ordinals),
        }
    };
    earlier(facts).into_iter().map(one).collect()
}

/// What was fetched of the chosen revision.
#[derive(Clone)]
enum Text {
    Loading(String),
    Is(Box<RevisionDetail>),
    Problem(Problem),
}

/// The revisions as radio buttons, and the difference of the chosen one.
pub(super) fn fields(open: Open) -> AnyView {
    let (all, set) =
        open.machine.with_untracked(|m| (choices(&m.seen.facts), m.seen.facts.set.name.clone()));
    let chosen = Memo::new(move |_| {
        open.machine.with(|m| match &m.draft {
            Draft::RollBack { to, .. } => to.clone(),
            _ => String::new(),
        })
    });
    let name = unique_id("revision");
    let count = words::count(all.len(), "revision");
    let list = all
        .into_iter()
        .enumerate()
        .map(|(i, r)| choice(open, chosen, r, &set, &name, i == 0))
        .collect_view();
    view! {
        <section>
            <fieldset class="reach back">
                <legend>"Back to which revision"<span class="dim">{format!("{count} kept by Kubernetes")}</span></legend>
                {list}
                {forgotten(open, chosen, name)}
            </fieldset>
        </section>
        {difference(open, chosen)}
    }
    .into_any()
}

fn choice(
    open: Open,
    chosen: Memo<String>,
    earlier: Earlier,
    set: &str,
    name: &str,
    first: bool,
) -> AnyView {
    let Earlier { revision, label, role, pods } = earlier;
    let was =
        revision.was_label().map(|was| view! { <span class="dim">{format!("({was})")}</span> });
    let (mine, to) = (revision.name.clone(), revision.name);
    let on = Memo::new(move |_| chosen.with(|c| *c == mine));
    let change = move |_| {
        let to = to.clone();
        let draft = open.machine.with_untracked(|m| Draft::back_to(&m.seen.facts, to));
        edit(open, |d| *d = draft);
    };
    let images: Vec<String> = revision.images.into_iter().map(|i| i.image).collect();
    let cause = revision.change_cause.map(|c| view! { <q>{c}</q> });
    let runs = if pods.is_empty() {
        "no pod runs it".into_any()
    } else {
        view! { "run by "{sentence(&pods, set, None)} }.into_any()
    };
    view! {
        <label class="opt-c" data-on=move || on.get().then_some("")>
            <input
                type="radio"
                class=first.then_some("first")
                name=name.to_owned()
                prop:checked=move || on.get()
                on:change=change
            />
            <span class="grow">
                <span class="row">
                    <span class="rev" data-rev=role.map_or("none", role_attr)>{label}</span>
                    {was}
                    <span class="mono wrap">{images.join(", ")}</span>
                </span>
                <span class="dim small">"made "<Ago at=revision.created after=" ago"/>", "{runs}" "{cause}</span>
            </span>
        </label>
    }
    .into_any()
}

/// Those that only the panel's history has, once they are read. Without an answer the others are all there is.
fn forgotten(open: Open, chosen: Memo<String>, name: String) -> AnyView {
    let all = RwSignal::new(Vec::<RevisionEntry>::new());
    let key = open.machine.with_untracked(|m| m.seen.row.key());
    spawn_local(async move {
        if let Ok(list) = api::revisions(&key.namespace, &key.name).await {
            all.try_set(list.revisions.into_iter().filter(|r| r.forgotten).collect());
        }
    });
    dynamic(move || {
        let list = all.get().into_iter().map(|r| of_history(open, chosen, r, &name)).collect_view();
        view! { {list} }
    })
}

fn of_history(open: Open, chosen: Memo<String>, entry: RevisionEntry, name: &str) -> AnyView {
    let (mine, label) = (entry.name.clone(), entry.label.clone());
    let on = Memo::new(move |_| chosen.with(|c| *c == mine));
    let change = move |_| {
        let entry = entry.clone();
        let draft = open.machine.with_untracked(|m| Draft::back_to_recorded(&m.seen.facts, entry));
        edit(open, |d| *d = draft);
    };
    view! {
        <label class="opt-c" data-on=move || on.get().then_some("")>
            <input type="radio" name=name.to_owned() prop:checked=move || on.get() on:change=change/>
            <span class="grow">
                <span class="row"><span class="rev" data-rev="gone">{label}</span></span>
                <span class="dim small">"kept by the panel only: Kubernetes has forgotten it"</span>
            </span>
        </label>
    }
    .into_any()
}

/// What differs between the template that the set has and the chosen one, as sentences and as text.
fn difference(open: Open, chosen: Memo<String>) -> AnyView {
    let text = RwSignal::new(Text::Loading(String::new()));
    let (key, from) = open
        .machine
        .with_untracked(|m| (m.seen.row.key(), m.seen.facts.set.status.update_revision.clone()));
    Effect::new(move |_| {
        let to = chosen.get();
        if to.is_empty() {
            return;
        }
        text.set(Text::Loading(to.clone()));
        let (key, from) = (key.clone(), from.clone());
        spawn_local(async move {
            let answer = api::revision(&key.namespace, &key.name, &to, Some(&from), false).await;
            text.try_update(|t| {
                // Another one may have been chosen meanwhile.
                if matches!(t, Text::Loading(of) if *of == to) {
                    *t = match answer {
                        Ok(r) => Text::Is(Box::new(r)),
                        Err(p) => Text::Problem(p),
                    };
                }
            });
        });
    });
    let body = move || match text.get() {
        Text::Loading(of) if of.is_empty() => ().into_any(),
        Text::Loading(_) => view! { <span class="sk" aria-label="Loading"></span> }.into_any(),
        Text::Problem(p) => problem_notice(&p),
        Text::Is(r) => {
            let fold = (!r.diff.is_empty()).then(|| {
                view! {
                    <details class="fold">
                        <summary>{small_icon(Icon::Forward)}"Difference as YAML"</summary>
                        {diff_lines(&r.diff)}
                    </details>
                }
            });
            view! { {differences(Some(r.changes), true)}{fold} }.into_any()
        }
    };
    view! {
        <section>
            <h3>"What it changes"</h3>
            <div aria-live="polite">{dynamic(body)}</div>
            <p class="dim small mt-s">
                "Only the pod template goes back: data in the claims, migrations of databases, Services, ConfigMaps and Secrets stay as they are."
            </p>
        </section>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::strip::sample;

    #[test]
    fn a_revision_says_which_pods_run_it() {
        let all = choices(&sample::held(5, 3));
        assert_eq!(all.len(), 1);
        assert_eq!((all[0].label.as_str(), all[0].pods.as_str()), ("r6", "web-0 to web-2"));
        assert_eq!(all[0].role, Some(RevisionRole::Current));
        let mut settled = sample::held(3, 0);
        settled.set.status.current_revision = "web-new".into();
        let all = choices(&settled);
        assert_eq!((all[0].role, all[0].pods.as_str()), (None, ""));
    }
}
