use tokio::sync::broadcast::error::TryRecvError;

use super::super::Object;
use super::super::testing::*;
use super::*;

fn web() -> model::set::Set {
    a_set("shop/web").of(1)
}

fn fleet() -> Live {
    a_live_fleet_of([web().object(), a_pod_of(&web(), 0).object()])
}

/// A change of a fact that shows in no row.
fn restarts(times: u32) -> Change {
    let mut pod = a_pod_of(&web(), 0);
    pod.containers[0].restarts = times;
    pod.appears()
}

#[test]
fn each_publication_rises_the_version_by_one_and_reaches_subscribers() {
    let live = fleet();
    let mut feed = live.subscribe();
    let mut watch = live.version_watch();
    let (version, rows) = live.fleet();
    assert_eq!(rows.len(), 1);
    let changed = live.apply(a_pod_of(&web(), 0).crashed(1).appears(), at(1));
    assert_eq!(changed.len(), 1);
    let publication = feed.try_recv().unwrap();
    assert_eq!(publication.version, version + 1);
    assert_eq!(publication.changed[0].row.key(), key("shop/web"));
    assert_eq!(live.version(), version + 1);
    assert_eq!(*watch.borrow_and_update(), version + 1);
    assert_eq!(live.row(&key("shop/web")).unwrap().json, publication.changed[0].json);
}

#[test]
fn nothing_is_published_when_nothing_changed() {
    let live = fleet();
    let mut feed = live.subscribe();
    let version = live.version();
    assert!(live.apply(web().appears(), at(1)).is_empty());
    assert!(live.tick(at(1)).is_empty());
    assert_eq!(live.version(), version);
    assert!(matches!(feed.try_recv(), Err(TryRecvError::Empty)));
}

#[test]
fn a_reader_who_comes_back_gets_what_it_missed_or_is_told_that_it_is_too_late() {
    let live = fleet();
    let start = live.version();
    assert_eq!(live.since(start).unwrap().len(), 0);
    for times in 1..=3 {
        live.apply(restarts(times), at(1));
    }
    let missed = live.since(start + 1).unwrap();
    let versions: Vec<_> = missed.iter().map(|p| p.version).collect();
    assert_eq!(versions, [start + 2, start + 3]);
    assert!(live.since(start + 4).is_none(), "a version that never was");
    for times in 4..=u32::try_from(KEPT).unwrap() + 1 {
        live.apply(restarts(times), at(1));
    }
    assert!(live.since(start).is_none(), "too old");
    assert_eq!(live.since(start + 1).unwrap().len(), KEPT);
}

#[test]
fn a_slow_reader_is_told_that_it_lags() {
    let live = fleet();
    let mut feed = live.subscribe();
    for times in 1..=u32::try_from(BACKLOG).unwrap() + 1 {
        live.apply(restarts(times), at(1));
    }
    assert!(matches!(feed.try_recv(), Err(TryRecvError::Lagged(1))));
}

#[test]
fn a_version_from_before_a_restart_is_not_one_of_this_process() {
    let live = Live::new(&Scope::All, Settings::default(), at(0));
    assert_eq!(live.version(), u64::try_from(at(0).as_millisecond()).unwrap());
    let later = Live::new(&Scope::All, Settings::default(), at(1));
    assert!(later.since(live.version()).is_none());
}

#[tokio::test]
async fn waiting_for_the_fleet_ends_with_the_last_list() {
    let live = Live::new(&Scope::All, Settings::default(), at(0));
    let waiting = tokio::spawn({
        let live = live.clone();
        async move { live.until_synced().await }
    });
    let none: [Object; 0] = [];
    for list in lists_of(none) {
        assert!(!live.synced());
        live.apply(list, at(1));
    }
    waiting.await.unwrap();
    assert!(live.synced());
}
