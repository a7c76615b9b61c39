//! The head of the page: where one is, the status in words, the facts, and what concerns the whole set.

use std::sync::Arc;

use jiff::Timestamp;
use leptos::prelude::*;
use model::aborted;
use model::action::{Action, RefusalCode, StrategyName, permit};
use model::facts::Facts;
use model::pod::Pod;
use model::set::{ManagedBy, PodManagement, SetKey, UpdateStrategy};
use model::status::StatusKind;
use model::wire::{Held, SetDetail};

use super::Page;
use super::dialog::draft::{Draft, has_forgotten};
use crate::components::{
    Button, CopyButton, Icon, StatusBadge, Tone, anew, crumbs, escaped, icon, menu, notice,
    sentence, who,
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
    let key = detail.with_untracked(|d| SetKey::new(&d.facts.set.namespace, &d.facts.set.name));
    let name = key.name.clone();
    let set_name = name.clone();
    let urgent = Memo::new(move |_| {
        status.with(|s| matches!(s.kind, StatusKind::Trapped | StatusKind::Stuck))
    });
    let by =
        Memo::new(move |_| detail.with(|d| holder(&d.facts, d.row.status.kind, d.held.as_ref())));
    let says = move || status.with(|s| sentence(&s.sentence, &set_name, None));
    // The age beside it ticks: it is not read out with the sentence.
    let say = view! {
        <p class="say">
            <b role=move || if urgent.get() { "alert" } else { "status" }>{dynamic(says)}</b>
            {anew(
                move || format!("{} {:?}", status.with(|s| s.sentence.clone()), by.get()),
                move || by.get_untracked().map(|(aborted, by)| held(aborted, &by)).into_any(),
            )}
        </p>
    };
    let facts = move || detail.with(|d| fact_line(&d.facts));
    let managed = move || {
        detail.with(|d| d.facts.set.managed_by.clone()).map(|by| {
            let (title, text) = managed_words(&by);
            notice(Tone::Warn, Icon::Tool, title, text, None)
        })
    };
    view! {
        {crumbs(&key, None)}
        <div class="head">
            <div class="grow">
                <div class="title">
                    <h1>{name.clone()}</h1>
                    <CopyButton text=name label="Copy the name of the set"/>
                    {star(key, Signal::stored("0"))}
                    {dynamic(move || view! { <StatusBadge status=status.get()/> })}
                </div>
                {say}
                <div class="facts" inner_html=facts></div>
            </div>
            {whole_set(page)}
        </div>
        {dynamic(managed)}
    }
}

/// What to say of who holds the set, where that is what one waits for: what was aborted, if something was, and by whom.
pub fn holder(
    facts: &Facts,
    kind: StatusKind,
    held: Option<&Held>,
) -> Option<(Option<String>, Held)> {
    let aborted = aborted::says(facts, held);
    // While pods restart nobody is waited for, unless it was held since.
    let waits = |held: &&Held| {
        aborted.is_some()
            || kind != StatusKind::Rolling
            || held.by.at.is_some_and(|at| since(facts, at))
    };
    held.filter(waits).cloned().map(|held| (aborted, held))
}

/// No pod at or above the boundary was made anew after that, or is going to be.
fn since(facts: &Facts, at: Timestamp) -> bool {
    let set = &facts.set;
    let made = |pod: &Pod| {
        pod.revision == set.status.update_revision && pod.deleting.is_none() && pod.created < at
    };
    facts.slots().iter().skip(set.partition() as usize).all(|pod| pod.is_some_and(made))
}

/// "Held by mara: “watch p95”, 9 d ago.", "Advanced by mara: “p95 is fine”, 3 min ago.", or "r6 was aborted by mara: web-4 crashed (exit 1). “p95 doubled”, 3 min ago."
fn held(aborted: Option<String>, held: &Held) -> AnyView {
    let by = &held.by;
    let reason = by.reason.as_ref().map(|r| format!("“{r}”"));
    let because = held.because.clone().filter(|_| aborted.is_some());
    let why = because.into_iter().chain(reason).collect::<Vec<_>>().join(". ");
    let why = (!why.is_empty()).then(|| format!(": {why}"));
    let what = aborted.unwrap_or_else(|| {
        // Who let it go on has given a reason for that, not for holding it.
        if held.advanced { "Advanced".to_owned() } else { "Held".to_owned() }
    });
    view! {
        " "
        <span class="held-by">
            {what}" by "{who(by)}{why}
            {match by.at {
                Some(at) => view! { ", "<Ago at=at after=" ago"/>"." }.into_any(),
                None => ".".into_any(),
            }}
        </span>
    }
    .into_any()
}

fn fact_line(facts: &Facts) -> String {
    let set = &facts.set;
    let service = set.service_name.as_deref().filter(|s| !s.is_empty()).unwrap_or("none");
    let mut all = vec![("Strategy", format!("{}, {}", strategy_words(facts), policy(facts)))];
    if set.start > 0 {
        all.push(("First ordinal", set.start.to_string()));
    }
    if set.min_ready_seconds > 0 {
        all.push(("Ready for at least", format!("{} s", set.min_ready_seconds)));
    }
    all.push(("Service", service.to_owned()));
    // The one that changes as pods go and come: nothing stands behind it.
    all.push(("Replicas", replicas(facts)));
    let one =
        |(label, value): &(&str, String)| format!("<span>{label} <b>{}</b></span>", escaped(value));
    all.iter().map(one).collect::<Vec<_>>().concat()
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
        // The panel may have recorded what Kubernetes has forgotten.
        Draft::RollBack { to, .. } if to.is_empty() && !has_forgotten(facts) => {
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
    use model::wire::{Actor, Source};

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
    fn while_pods_restart_nobody_holds_the_set() {
        let facts = sample::held(5, 3);
        let by = Actor {
            name: Some("mara".into()),
            reason: None,
            at: Some(sample::at(1_000)),
            source: Source::Panel,
        };
        let held = Held { by, aborted: None, because: None, advanced: false };
        assert_eq!(holder(&facts, StatusKind::Held, Some(&held)), Some((None, held.clone())));
        assert_eq!(holder(&facts, StatusKind::Stuck, Some(&held)), Some((None, held.clone())));
        // It was advanced to web-3, and then web-3 was made anew.
        let mut facts = facts;
        facts.pods[3].created = sample::at(1_001);
        assert_eq!(holder(&facts, StatusKind::Rolling, Some(&held)), None);
        // It was held while web-3 was starting already.
        facts.pods[3].created = sample::at(999);
        facts.pods[4].created = sample::at(900);
        assert_eq!(holder(&facts, StatusKind::Rolling, Some(&held)), Some((None, held.clone())));
        facts.pods[3].revision = "web-old".into();
        assert_eq!(holder(&facts, StatusKind::Rolling, Some(&held)), None, "it is yet to go");
        assert_eq!(holder(&facts, StatusKind::Held, None), None);
    }

    #[test]
    fn the_managing_tool_is_named_with_what_it_will_do() {
        let by = ManagedBy { tool: "Helm".into(), name: Some("orders".into()) };
        let (title, text) = managed_words(&by);
        assert_eq!(title, "Helm release orders manages this set.");
        assert!(text.contains("helm upgrade"));
    }
}
