//! Events as they are told: one press is one entry, with what followed from it.
//!
//! The history keeps every event. One action makes several within a moment: that somebody acted, and what the cluster was seen
//! to do of it. They carry the action's id, by which they are told together.

use crate::wire::{EventKind, EventView};

/// One entry.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry<'a> {
    /// What is told: the action itself, where it is among the events.
    pub head: &'a EventView,
    /// What was seen of it, in the order in which it happened. What another of them says as well is left out.
    pub followed: Vec<&'a EventView>,
    /// How many sets it is about.
    pub sets: usize,
}

/// Folds a page of events, newest first; an entry stands where its head stands.
pub fn fold(events: &[EventView]) -> Vec<Entry<'_>> {
    let mut entries: Vec<Entry<'_>> = Vec::with_capacity(events.len());
    for event in events {
        let Some(id) = event.action.as_deref().filter(|_| folds(event.kind)) else {
            entries.push(Entry { head: event, followed: Vec::new(), sets: 1 });
            continue;
        };
        let mine = |e: &&EventView| folds(e.kind) && e.action.as_deref() == Some(id);
        // A page holds some hundred events, and few of them are of actions.
        let all: Vec<&EventView> = events.iter().rev().filter(mine).collect();
        let head = all.iter().find(|e| e.kind == EventKind::Action).or(all.first()).copied();
        let Some(head) = head.filter(|head| head.id == event.id) else {
            continue;
        };
        let mut sets: Vec<_> = all.iter().map(|e| &e.set).collect();
        sets.sort_unstable();
        sets.dedup();
        let sets = sets.len();
        let followed = if sets > 1 {
            Vec::new()
        } else {
            let telling = |e: &&&EventView| e.id != head.id && !repeats(e.kind, &all);
            all.iter().filter(telling).copied().collect()
        };
        entries.push(Entry { head, followed, sets });
    }
    entries
}

/// Kinds that an action makes; what is foretold falsely stands for itself.
fn folds(kind: EventKind) -> bool {
    use EventKind as K;
    matches!(
        kind,
        K::Action
            | K::Template
            | K::Partition
            | K::Scale
            | K::Strategy
            | K::Hold
            | K::Rollout
            | K::PodDown
            | K::Set
    )
}

/// The sentence of a new revision says which pods get it, and that of a partition which are held.
fn repeats(kind: EventKind, all: &[&EventView]) -> bool {
    let has = |kind| all.iter().any(|e| e.kind == kind);
    match kind {
        EventKind::Partition => has(EventKind::Template),
        EventKind::Hold => has(EventKind::Template) || has(EventKind::Partition),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::set::SetKey;

    fn event(id: i64, kind: EventKind, action: Option<&str>) -> EventView {
        EventView {
            id,
            at: Timestamp::UNIX_EPOCH,
            set: SetKey::new("shop", "web"),
            kind,
            sentence: String::new(),
            ordinal: None,
            rollout: None,
            actor: None,
            action: action.map(Into::into),
        }
    }

    fn told(events: &[EventView]) -> Vec<(i64, Vec<i64>)> {
        let ids = |e: &Entry<'_>| (e.head.id, e.followed.iter().map(|f| f.id).collect());
        fold(events).iter().map(ids).collect()
    }

    #[test]
    fn one_press_is_one_entry_with_what_followed() {
        use EventKind as K;
        let events = [
            event(9, K::PodDown, None),
            event(8, K::Hold, Some("a")),
            event(7, K::Template, Some("a")),
            event(6, K::Rollout, Some("a")),
            event(5, K::PodDown, None),
            // The watch was quicker than the answer.
            event(4, K::Action, Some("a")),
            event(3, K::Partition, Some("a")),
            event(2, K::Partition, Some("b")),
            event(1, K::Action, Some("b")),
        ];
        assert_eq!(
            told(&events),
            [(9, vec![]), (5, vec![]), (4, vec![6, 7]), (1, vec![2])],
            "what another sentence says as well is left out"
        );
    }

    #[test]
    fn without_the_action_itself_the_first_that_was_seen_stands_for_it() {
        use EventKind as K;
        let events = [
            event(4, K::Deviation, Some("a")),
            event(3, K::Scale, Some("a")),
            event(2, K::PodDown, Some("b")),
        ];
        assert_eq!(told(&events), [(4, vec![]), (3, vec![]), (2, vec![])]);
    }

    #[test]
    fn what_is_done_to_many_sets_at_once_is_told_once() {
        let mut other = event(2, EventKind::Set, Some("r"));
        other.set.name = "db".into();
        let events = [other, event(1, EventKind::Set, Some("r"))];
        let folded = fold(&events);
        assert_eq!((folded.len(), folded[0].sets, folded[0].head.id), (1, 2, 1));
        assert!(folded[0].followed.is_empty());
    }
}
