//! The head of the page: where one is, the status in words, the facts, and what concerns the whole set.

use std::sync::Arc;

use leptos::prelude::*;
use model::action::{Action, RefusalCode, StrategyName, permit};
use model::facts::Facts;
use model::path::page;
use model::set::{ManagedBy, PodManagement, SetKey, UpdateStrategy};
use model::status::StatusKind;
use model::wire::{Actor, SetDetail, Source};

use super::Page;
use super::dialog::draft::Draft;
use crate::components::{
    Button, Icon, StatusBadge, Tone, icon, menu, notice, sentence, small_icon,
};
use crate::favourites::star;
use crate::reactive::{Memo, Signal, dynamic};
use crate::time::Ago;

/// "RollingUpdate, OrderedReady".
pub fn strategy_words(facts: &Facts) -> String {
    let strategy = match &facts.set.strategy {
        UpdateStrategy::RollingUpdate { .. } => "RollingUpdate",
        UpdateStrategy::OnDelete => "OnDelete",
        UpdateStrategy::Other { name } => name,
    };
    strategy.to_owned()
}

fn policy(facts: &Facts) -> &'static str {
    match facts.set.policy {
        PodManagement::OrderedReady => "OrderedReady",
        PodManagement::Parallel => "Parallel",
    }
}

/// "5", or "5, 4 Ready".
pub fn replicas(facts: &Facts) -> String {
    let n = facts.set.replicas;
    if !facts.readable.pods {
        return n.to_string();
    }
    let up = facts
        .pods
        .iter()
        .filter(|p| p.is_up() && facts.ordinal(p).is_some_and(|o| facts.set.index_of(o).is_some()))
        .count();
    if up == n as usize { n.to_string() } else { format!("{n}, {up} Ready") }
}

/// "mara", "kubectl", "somebody outside the panel", "the controller".
pub fn who(actor: &Actor) -> String {
    match (actor.source, &actor.name) {
        (Source::Panel | Source::Tool | Source::Other, Some(name)) => name.clone(),
        (Source::Panel, None) => "somebody through the panel".to_owned(),
        (Source::Controller, _) => "the controller".to_owned(),
        (Source::Tool | Source::Outside | Source::Other, _) => {
            "somebody outside the panel".to_owned()
        }
    }
}

/// The notice about a tool that owns the set, in two parts: the bold beginning and the rest.
pub fn managed_words(by: &ManagedBy) -> (String, String) {
    let (what, when) = match by.tool.as_str() {
        "Helm" => ("release", "at the next helm upgrade"),
        "Argo CD" => ("application", "at the next sync"),
        "Flux" => ("", "at the next reconciliation"),
        _ => ("", "at its next run"),
    };
    let name = match (&by.name, what) {
        (Some(name), "") => format!("{} ({name})", by.tool),
        (Some(name), what) => format!("{} {what} {name}", by.tool),
        (None, _) => by.tool.clone(),
    };
    (
        format!("{name} manages this set."),
        format!(
            "It sets the spec back to what it was told {when}; change it there to keep a change."
        ),
    )
}

/// The head.
#[component]
pub fn Head(page: Page) -> impl IntoView {
    let detail = page.detail;
    let status = Memo::new(move |_| detail.with(|d| d.row.status.clone()));
    let (namespace, name) =
        detail.with_untracked(|d| (d.facts.set.namespace.clone(), d.facts.set.name.clone()));
    let key = SetKey::new(namespace.clone(), name.clone());
    let fleet = format!("{}?ns={namespace}", page::FLEET);
    let set_name = name.clone();
    let say = move || {
        status.with(|s| {
            let urgent = matches!(s.kind, StatusKind::Trapped | StatusKind::Stuck);
            let role = if urgent { "alert" } else { "status" };
            let held = detail.with(|d| d.held.as_ref().map(|h| held(&h.by)));
            view! {
                <p class="say" role=role><b>{sentence(&s.sentence, &set_name, None)}</b>" "{held}</p>
            }
        })
    };
    let facts = move || detail.with(|d| fact_line(&d.facts));
    let managed = move || {
        detail.with(|d| d.facts.set.managed_by.clone()).map(|by| {
            let (title, text) = managed_words(&by);
            notice(Tone::Warn, Icon::Tool, title, text, None)
        })
    };
    view! {
        <nav class="crumbs" aria-label="Breadcrumb">
            <a href=page::FLEET>"Fleet"</a>{small_icon(Icon::Forward)}
            <a href=fleet>{namespace}</a>{small_icon(Icon::Forward)}
            <span aria-current="page">{name.clone()}</span>
        </nav>
        <div class="head">
            <div class="grow">
                <div class="title">
                    <h1>{name}</h1>
                    {star(key, Signal::stored("0"))}
                    {dynamic(move || view! { <StatusBadge status=status.get()/> })}
                </div>
                {dynamic(say)}
                <div class="facts">{dynamic(facts)}</div>
            </div>
            {whole_set(page)}
        </div>
        {dynamic(managed)}
    }
}

/// "Held 9 d ago by mara: “watch p95”."
fn held(by: &Actor) -> AnyView {
    let reason = by.reason.as_ref().map(|r| format!(": “{r}”"));
    view! {
        <span class="held-by">
            "Held "
            {by.at.map(|at| view! { <Ago at=at/>" ago " })}
            "by "{who(by)}{reason}"."
        </span>
    }
    .into_any()
}

fn fact_line(facts: &Facts) -> AnyView {
    let set = &facts.set;
    let one = |label: &'static str, value: String| view! { <span>{label}" "<b>{value}</b></span> };
    let start = (set.start > 0).then(|| one("First ordinal", set.start.to_string()));
    let ready = (set.min_ready_seconds > 0)
        .then(|| one("Ready for at least", format!("{} s", set.min_ready_seconds)));
    let service =
        set.service_name.clone().filter(|s| !s.is_empty()).unwrap_or_else(|| "none".to_owned());
    view! {
        {one("Strategy", format!("{}, {}", strategy_words(facts), policy(facts)))}
        {one("Replicas", replicas(facts))}
        {start}
        {ready}
        {one("Service", service)}
    }
    .into_any()
}

/// An action's label, its icon, and what it begins with.
type Whole = (&'static str, Icon, fn(&Facts) -> Draft);

/// The actions on the set as a whole that the head shows.
const WHOLE: [Whole; 4] = [
    ("New image…", Icon::Image, Draft::image),
    ("Roll back…", Icon::Undo, Draft::roll_back),
    ("Restart…", Icon::Restart, Draft::restart),
    ("Scale…", Icon::Scale, Draft::scale),
];

/// The actions on the set as a whole for the palette: label, why it is off, what it begins with.
pub(super) fn whole(facts: &Facts) -> Vec<(&'static str, Option<String>, Draft)> {
    WHOLE
        .into_iter()
        .map(|(label, _, draft)| {
            let draft = draft(facts);
            (label, why_not(facts, &draft), draft)
        })
        .collect()
}

/// The actions on the set as a whole.
fn whole_set(page: Page) -> AnyView {
    let detail = page.detail;
    let button = move |label: &'static str, symbol: Icon, draft: fn(&Facts) -> Draft| {
        let reason = Signal::derive(move || {
            page.off.get().or_else(|| detail.with(|d| why_not(&d.facts, &draft(&d.facts))))
        });
        view! {
            <Button
                reason=reason
                on_press=move |_| page.ask.run(detail.with_untracked(|d| draft(&d.facts)))
            >
                {icon(symbol)}{label}
            </Button>
        }
    };
    // A strategy of a newer Kubernetes cannot be judged, so it is not switched either.
    let known = Memo::new(move |_| {
        detail.with(|d| {
            let to = if d.facts.set.is_rolling_update() {
                StrategyName::OnDelete
            } else {
                StrategyName::RollingUpdate
            };
            let switch = Action::SwitchStrategy { strategy: to, partition: None };
            !matches!(d.facts.set.strategy, UpdateStrategy::Other { .. })
                && permit(&d.facts, &switch).is_ok()
        })
    });
    let more = view! {
        {dynamic(move || known.get().then(|| button("Switch strategy…", Icon::Outside, Draft::strategy)))}
        {button("Set maxUnavailable…", Icon::Down, Draft::max_unavailable)}
    };
    view! {
        <div class="row whole">
            {WHOLE.map(|(label, symbol, draft)| button(label, symbol, draft)).collect_view()}
            {menu("More actions", more.into_any())}
        </div>
    }
    .into_any()
}

/// Why an action of the set as a whole cannot even be prepared.
pub fn why_not(facts: &Facts, draft: &Draft) -> Option<String> {
    let set = &facts.set;
    if set.deleting {
        return Some("The set is being deleted.".to_owned());
    }
    match draft {
        Draft::RollBack { .. } if !facts.readable.revisions => {
            Some("The revisions of this set may not be listed.".to_owned())
        }
        Draft::RollBack { to, .. } if to.is_empty() => {
            Some(format!("Kubernetes keeps no other revision of {}.", set.name))
        }
        Draft::MaxUnavailable { .. } => {
            let refused = permit(facts, &draft.action(facts).ok()?).err()?;
            // The same number, or one that is half typed, is a matter of the dialog.
            let asked = matches!(refused.code, RefusalCode::NothingToDo | RefusalCode::Invalid);
            (!asked).then_some(refused.reason)
        }
        _ => None,
    }
}

/// The row of the set in the words of the tab's title: "orders-db: Held 2/5".
pub fn title(detail: &Arc<SetDetail>) -> String {
    let row = &detail.row;
    format!("{}: {}", row.name, crate::components::badge_word(&row.status))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::strip::sample;

    #[test]
    fn pods_that_are_not_ready_are_counted() {
        let mut facts = sample::held(5, 3);
        assert_eq!(replicas(&facts), "5");
        sample::crash(&mut facts.pods[4]);
        assert_eq!(replicas(&facts), "5, 4 Ready");
        facts.readable.pods = false;
        assert_eq!(replicas(&facts), "5", "what may not be seen is not counted as down");
    }

    #[test]
    fn the_managing_tool_is_named_with_what_it_will_do() {
        let by = ManagedBy { tool: "Helm".into(), name: Some("orders".into()) };
        let (title, text) = managed_words(&by);
        assert_eq!(title, "Helm release orders manages this set.");
        assert!(text.contains("helm upgrade"));
    }

    #[test]
    fn an_outside_change_names_no_person() {
        let outside = Actor { source: Source::Outside, name: None, at: None, reason: None };
        assert_eq!(who(&outside), "somebody outside the panel");
    }
}
