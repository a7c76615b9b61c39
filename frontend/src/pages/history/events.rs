//! Events as a table and as sentences.

use leptos::prelude::*;
use model::fold::{Entry, fold};
use model::wire::{EventKind, EventView, Source};

use super::place::Place;
use crate::components::{Icon, actor_label, icon, sentence, source_icon};
use crate::route::use_query_map;
use crate::time::{self, Ago};

/// The icon of an event: by whom, or what it is about.
pub fn event_icon(e: &EventView) -> Icon {
    match e.kind {
        EventKind::Gap => Icon::Plug,
        EventKind::PodFailing => Icon::Failed,
        EventKind::Deviation => Icon::Differs,
        EventKind::Stuck => Icon::Stuck,
        EventKind::PodNotReady | EventKind::PodRestarted => Icon::Warning,
        EventKind::PodReady => Icon::Ok,
        EventKind::PodCreated => Icon::Plus,
        EventKind::PodDown => Icon::Minus,
        EventKind::Claim => Icon::Disk,
        EventKind::Rollout => Icon::Flag,
        EventKind::Hold => Icon::Held,
        _ => e.actor.as_ref().map_or(Icon::Kubernetes, source_icon),
    }
}

/// What happened after an action is not what was said before it.
const DEVIATION: &str = "Not as foretold";

/// The words for an event that nobody did, in the column of sources; `None` where its actor stands there.
pub fn nobody(e: &EventView) -> Option<&'static str> {
    match e.kind {
        EventKind::Gap => Some("Gap"),
        EventKind::Deviation => Some(DEVIATION),
        _ => None,
    }
}

/// Who is said to have done it, before the sentence; `None` where the sentence stands for itself.
pub fn subject(e: &EventView) -> Option<String> {
    if e.kind == EventKind::Deviation {
        return Some(format!("{DEVIATION}."));
    }
    let actor = e.actor.as_ref()?;
    let who = crate::pages::set::head::who(actor);
    match (actor.source, e.kind) {
        // The controller does what it always does.
        (Source::Controller, _) => None,
        (_, EventKind::Action) => Some(who),
        (Source::Panel, EventKind::Set)
        | (
            _,
            EventKind::Template
            | EventKind::Partition
            | EventKind::Scale
            | EventKind::Strategy
            | EventKind::Metadata
            | EventKind::PodDown,
        ) => Some(format!("{who}:")),
        _ => None,
    }
}

/// The event in a sentence with its actor.
pub fn event_words(e: &EventView, set: &str) -> AnyView {
    let who = subject(e).map(|s| view! { <b>{s}</b>" " });
    view! { {who}{sentence(&e.sentence, set, None)} }.into_any()
}

/// What was seen of an action, below it.
pub fn followed(entry: &Entry<'_>, set: &str) -> Option<AnyView> {
    let line = |e: &&EventView| view! { <div>{sentence(&e.sentence, set, None)}</div> };
    (!entry.followed.is_empty()).then(|| {
        let lines = entry.followed.iter().map(line).collect_view();
        view! { <div class="then-l">{lines}</div> }.into_any()
    })
}

/// The table, with a heading for each day.
pub(super) fn table(events: &[EventView], set: &str) -> AnyView {
    let mut rows = Vec::with_capacity(events.len() + 8);
    let mut day = String::new();
    for entry in fold(events) {
        let e = entry.head;
        let this = time::day(e.at);
        if this != day {
            rows.push(
                view! { <tr class="day"><th colspan="3" scope="rowgroup">{this.clone()}</th></tr> }
                    .into_any(),
            );
            day = this;
        }
        rows.push(row(&entry, set));
    }
    view! {
        <div class="tw">
            <table class="t ev act hist">
                <thead>
                    <tr>
                        <th scope="col">"When"</th>
                        <th scope="col">"Source"</th>
                        <th scope="col">"What happened"</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
    .into_any()
}

/// Who or what did it, with its icon.
pub fn by(e: &EventView) -> AnyView {
    let (class, mark, who) = match (&e.actor, nobody(e)) {
        (_, Some(what)) => ("row", event_icon(e), what.to_owned()),
        (Some(actor), None) => ("row", source_icon(actor), actor_label(actor)),
        (None, None) => ("row dim", event_icon(e), "Cluster".to_owned()),
    };
    view! { <span class=class>{icon(mark)}{who}</span> }.into_any()
}

fn row(entry: &Entry<'_>, set: &str) -> AnyView {
    let e = entry.head;
    let gap = e.kind == EventKind::Gap;
    let reason = e.actor.as_ref().and_then(|a| a.reason.clone());
    let moment = use_query_map().with_untracked(Place::of).with_at(Some(e.at)).url(&e.set);
    view! {
        <tr class=gap.then_some("gap")>
            <td class="mono dim nowrap" data-label="When">
                <a class="link" href=moment title="The strip as it was then">{time::time_of_day(e.at)}</a>
                " "<span class="rel">"("<Ago at=e.at after=" ago"/>")"</span>
            </td>
            <td class="nowrap">{by(e)}</td>
            <td>
                {sentence(&e.sentence, set, None)}
                {reason.map(|r| view! { " "<q class="dim">{r}</q> })}
                {followed(entry, set)}
            </td>
        </tr>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use model::set::SetKey;
    use model::wire::Actor;

    use super::*;

    fn event(kind: EventKind, source: Source, name: Option<&str>) -> EventView {
        EventView {
            id: 1,
            at: Timestamp::UNIX_EPOCH,
            set: SetKey::new("shop", "web"),
            kind,
            sentence: "advanced to web-3".into(),
            ordinal: None,
            rollout: None,
            actor: Some(Actor { source, name: name.map(Into::into), at: None, reason: None }),
            action: None,
        }
    }

    #[test]
    fn an_action_is_told_with_its_person_and_the_controller_is_not_named() {
        let by = |kind, source, name| subject(&event(kind, source, name));
        assert_eq!(by(EventKind::Action, Source::Panel, Some("mara")).as_deref(), Some("mara"));
        assert_eq!(
            by(EventKind::Template, Source::Tool, Some("kubectl")).as_deref(),
            Some("kubectl:")
        );
        assert_eq!(by(EventKind::PodDown, Source::Controller, None), None);
        assert_eq!(by(EventKind::PodReady, Source::Tool, Some("kubectl")), None);
    }

    #[test]
    fn changes_carry_the_icon_of_their_source() {
        assert_eq!(
            event_icon(&event(EventKind::Partition, Source::Tool, Some("kubectl"))),
            Icon::Terminal
        );
        assert_eq!(event_icon(&event(EventKind::PodReady, Source::Panel, None)), Icon::Ok);
    }

    #[test]
    fn a_deviation_is_nobodys_and_has_a_sign_of_its_own() {
        let deviation = event(EventKind::Deviation, Source::Panel, Some("mara"));
        assert_eq!(event_icon(&deviation), Icon::Differs);
        assert_eq!(nobody(&deviation), Some("Not as foretold"));
        assert_eq!(subject(&deviation).as_deref(), Some("Not as foretold."));
    }
}
