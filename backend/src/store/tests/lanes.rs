use model::set::SetKey;
use model::wire::{EventKind, RunState};

use super::pruning::tell;
use crate::history::tests::builder::{Story, second, settled};
use crate::history::{EventQuery, Reader as _};
use crate::store::Store;
use crate::store::testing::{Temporary, store};

/// `web` of two pods: web-1 restarts on r7 and fails first, web-0 is held back until second 100.
fn canary() -> Vec<Story> {
    let web = settled("web", 2);
    let rolling = web.clone().at(10).partition(1).rolls_out(7, "16.4");
    let down = rolling.clone().at(12).ends(1);
    let back = down.clone().at(20).gone(1).created(1, 7);
    let ready = back.clone().at(40).ready(1).counted();
    let free = ready.clone().at(100).partition(0);
    let last = free.clone().at(120).gone(0).created(0, 7).ready(0).counted();
    vec![web, rolling, down, back, ready, free, last]
}

fn key() -> SetKey {
    SetKey::new("shop", "web")
}

async fn filled() -> Temporary {
    let temporary = store().await;
    tell(&temporary.store, &canary()).await;
    temporary
}

async fn states(store: &Store, from: i64, to: i64, lane: usize) -> Vec<(i64, RunState)> {
    let lanes = store.lanes(&key(), second(from), second(to)).await.unwrap().unwrap();
    let start = second(0).as_second();
    lanes.lanes[lane].runs.iter().map(|r| (r.at.as_second() - start, r.state)).collect()
}

#[tokio::test]
async fn a_canary_is_drawn_with_its_rollout_its_hold_and_its_marks() {
    let Temporary { store, folder: _folder } = filled().await;
    let lanes = store.lanes(&key(), second(-500), second(200)).await.unwrap().unwrap();
    assert_eq!(lanes.span.from, second(0), "nothing is known of the time before");
    assert_eq!(lanes.lanes.iter().map(|l| l.ordinal).collect::<Vec<_>>(), [1, 0]);
    let told = states(&store, -500, 200, 0).await;
    assert_eq!(
        told,
        [
            (0, RunState::Ready),
            (12, RunState::Ending),
            (20, RunState::Starting),
            (40, RunState::Ready),
        ]
    );
    let labels: Vec<_> = lanes.lanes[0].runs.iter().map(|r| r.revision.as_deref()).collect();
    assert_eq!(labels, [Some("r6"), Some("r6"), Some("r7"), Some("r7")]);
    assert_eq!(lanes.rollouts.len(), 1);
    assert_eq!(lanes.rollouts[0].to, "r7");
    assert_eq!(lanes.holds.len(), 1, "{:?}", lanes.holds);
    assert_eq!(lanes.holds[0].to, second(100));
    assert!(lanes.marks.iter().any(|m| m.kind == EventKind::Template));
    assert!(lanes.marks.is_sorted_by_key(|m| m.id), "oldest first");
    assert!(!lanes.marks.iter().any(|m| m.kind == EventKind::PodReady));
}

#[tokio::test]
async fn a_part_of_the_time_begins_as_it_was_then() {
    let Temporary { store, folder: _folder } = filled().await;
    assert_eq!(states(&store, 30, 90, 0).await, [(30, RunState::Starting), (40, RunState::Ready)]);
    let lanes = store.lanes(&key(), second(60), second(90)).await.unwrap().unwrap();
    assert_eq!(lanes.holds.len(), 1, "it was held before and after");
    assert_eq!((lanes.holds[0].from, lanes.holds[0].to), (second(60), second(90)));
    assert_eq!(lanes.rollouts.len(), 1, "it was under way");
    assert!(lanes.marks.is_empty());
    assert!(store.lanes(&key(), second(-90), second(-10)).await.unwrap().is_none());
    let other = SetKey::new("shop", "api");
    assert!(store.lanes(&other, second(0), second(90)).await.unwrap().is_none());
}

#[tokio::test]
async fn a_moment_of_the_canary_is_told_with_its_boundary() {
    let Temporary { store, folder: _folder } = filled().await;
    let then = store.then(&key(), second(30)).await.unwrap().unwrap();
    assert_eq!((then.boundary, then.update.as_deref()), (Some(1), Some("r7")));
    let pods: Vec<_> =
        then.pods.iter().map(|p| (p.ordinal, p.state, p.revision.as_deref())).collect();
    assert_eq!(pods, [(0, RunState::Ready, Some("r6")), (1, RunState::Starting, Some("r7"))]);
    let after = store.then(&key(), second(500)).await.unwrap().unwrap();
    assert_eq!(after.boundary, None);
    assert!(store.then(&key(), second(-5)).await.unwrap().is_none());
}

#[tokio::test]
async fn events_are_found_by_kind_source_and_actor() {
    let Temporary { store, folder: _folder } = filled().await;
    let sets = [Some(vec![key()]), None];
    for sets in sets {
        let all = EventQuery { sets, limit: 500, ..EventQuery::default() };
        let kinds = Some(vec![EventKind::Template]);
        let found = store.events(&EventQuery { kinds, ..all.clone() }).await.unwrap();
        assert_eq!(found.events.len(), 1);
        assert_eq!(found.events[0].kind, EventKind::Template);
        let every = store.events(&all).await.unwrap().events;
        let source = |e: &&model::wire::EventView| e.actor.is_some();
        let actor = every.iter().find(source).and_then(|e| e.actor.clone()).unwrap();
        let origin = crate::history::credit::Origin::Outside;
        let outside =
            store.events(&EventQuery { source: Some(origin), ..all.clone() }).await.unwrap().events;
        assert!(outside.len() < every.len());
        assert!(outside.iter().all(|e| {
            e.actor.as_ref().is_some_and(|a| a.source == model::wire::Source::Outside)
        }));
        let nobody = EventQuery { actor: Some("nobody".into()), ..all.clone() };
        assert!(store.events(&nobody).await.unwrap().events.is_empty());
        if let Some(name) = actor.name {
            let by = EventQuery { actor: Some(name.clone()), ..all.clone() };
            let found = store.events(&by).await.unwrap().events;
            assert!(!found.is_empty());
            assert!(found.iter().all(|e| e.actor.as_ref().unwrap().name.as_ref() == Some(&name)));
        }
    }
}
