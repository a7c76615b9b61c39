//! Events as a table and as sentences.

use leptos::prelude::*;
use model::fold::{Entry, fold};
use model::wire::{EventKind, EventView, Source};
use model::words;

use super::place::Place;
use crate::components::{Icon, Keyed, actor_label, icon, keyed, sentence, source_icon};
use crate::reactive::Memo;
use crate::route::use_query_map;
use crate::time::{self, Ago};

/// "7 events in 6 rows": what one press has caused stands together.
pub fn counted(events: &[EventView]) -> String {
    let rows = fold(events).len();
    let told = words::count(events.len(), "event");
    if rows == events.len() { told } else { format!("{told} in {}", words::count(rows, "row")) }
}

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
    let who = crate::components::who(actor);
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

/// So many events may pile up on a page that is left open; who has asked for more keeps as many.
const KEPT: usize = 500;

/// Takes in the first page again: newer events go on top, what was read below them stays. Where the two do not meet, keeping
/// what was read would hide that something is missing in between, and only the first page is left. `next` is where older ones
/// begin, of the first page and then of what is left.
pub fn on_top(
    events: &mut Vec<EventView>,
    next: &mut Option<i64>,
    first: Vec<EventView>,
    first_next: Option<i64>,
) {
    let oldest = first.last().map(|e| e.id);
    let newest_kept = events.first().map(|e| e.id);
    let kept = std::mem::replace(events, first);
    let most = kept.len().max(KEPT);
    if let (Some(oldest), Some(newest)) = (oldest, newest_kept)
        && newest >= oldest
        && kept.last().is_some_and(|e| e.id < oldest)
    {
        events.extend(kept.into_iter().filter(|e| e.id < oldest));
        if events.len() > most {
            events.truncate(most);
            *next = events.last().map(|e| e.id);
        }
    } else {
        *next = first_next;
    }
}

/// The rows of a table, with a heading for each day. Each row stays the same while others come: who reads one further down
/// keeps it in view.
pub fn rows(
    events: &[EventView],
    columns: &'static str,
    row: impl Fn(&Entry<'_>) -> AnyView + Clone + Send + 'static,
) -> Vec<Keyed> {
    let mut rows = Vec::with_capacity(events.len() + 8);
    let mut days: Vec<String> = Vec::new();
    let by_day = time::ByDay::new(time::day);
    for entry in fold(events) {
        let day = by_day.of(entry.head.at);
        if days.last() != Some(&day) {
            // What was recorded around midnight may lie to and fro.
            let again = days.iter().filter(|d| **d == day).count();
            let key = format!("day {day} {again}");
            days.push(day.clone());
            let heading = move || {
                view! { <tr class="day"><th colspan=columns scope="rowgroup">{day}</th></tr> }
                    .into_any()
            };
            rows.push(Keyed::new(key, heading));
        }
        // What followed from an action is seen bit by bit.
        let seen: Vec<i64> = entry.followed.iter().map(|e| e.id).collect();
        let key = format!("{} {seen:?} {}", entry.head.id, entry.sets);
        let (head, sets, row) = (entry.head.clone(), entry.sets, row.clone());
        let followed: Vec<EventView> = entry.followed.into_iter().cloned().collect();
        rows.push(Keyed::new(key, move || {
            row(&Entry { head: &head, followed: followed.iter().collect(), sets })
        }));
    }
    rows
}

/// The table.
pub(super) fn table(events: Memo<Vec<EventView>>, set: String) -> AnyView {
    let rows = move || {
        let set = set.clone();
        events.with(|e| rows(e, "3", move |entry| row(entry, &set)))
    };
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
                <tbody>{keyed(rows)}</tbody>
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
    let (query, at, of) = (use_query_map(), e.at, e.set.clone());
    let moment = move || query.with(Place::of).with_at(Some(at)).url(&of);
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
    fn what_was_read_stays_below_what_is_new_where_the_pages_meet() {
        let page = |ids: &[i64]| {
            let told = event(EventKind::Scale, Source::Tool, None);
            ids.iter().map(|id| EventView { id: *id, ..told.clone() }).collect::<Vec<_>>()
        };
        let ids = |events: &[EventView]| events.iter().map(|e| e.id).collect::<Vec<_>>();
        let (mut read, mut next) = (page(&[6, 5, 4, 3, 2]), Some(2));
        on_top(&mut read, &mut next, page(&[8, 7, 6]), Some(6));
        assert_eq!((ids(&read), next), (vec![8, 7, 6, 5, 4, 3, 2], Some(2)));
        on_top(&mut read, &mut next, page(&[20, 19, 18]), Some(18));
        assert_eq!(
            (ids(&read), next),
            (vec![20, 19, 18], Some(18)),
            "what is between is not known"
        );
    }

    #[test]
    fn what_piles_up_on_a_page_that_is_left_open_has_an_end() {
        let told = event(EventKind::Scale, Source::Tool, None);
        let page = |from: i64, to: i64| {
            (to..=from).rev().map(|id| EventView { id, ..told.clone() }).collect::<Vec<_>>()
        };
        let (mut read, mut next) = (page(50, 1), None);
        for round in 1..=20 {
            on_top(
                &mut read,
                &mut next,
                page(50 + round * 40, 1 + round * 40),
                Some(1 + round * 40),
            );
        }
        assert_eq!((read.len(), read[0].id), (KEPT, 850));
        assert_eq!(next, Some(351), "the others are read from there on");
        // Who has asked for more keeps as many.
        read.extend(page(350, 1));
        on_top(&mut read, &mut next, page(851, 802), Some(802));
        assert_eq!((read.len(), next), (850, Some(2)));
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
