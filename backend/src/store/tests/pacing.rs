//! How long restarts took, from the lives of pods.

use crate::history::known::{Known, KnownPod};
use crate::history::ledger::{Batch, Ledger, PACED, Write};
use crate::history::step::{self, Look};
use crate::history::tests::builder::settled;
use crate::store::testing::{Temporary, store};

/// The lives of pods of one ordinal: created, ready, ended (seconds); each is gone a second after its end.
async fn lengths(lives: &[(i64, Option<i64>, Option<i64>)]) -> Vec<u64> {
    let Temporary { store, folder: _folder } = store().await;
    let story = settled("web", 1);
    let look = Look { at: 1, since: 1, gap: None, deeds: &[], status: None };
    let mut writes = step::first(&story.facts, look).writes;
    let known = Known::of(&story.facts, None);
    let ms = |s: i64| s * 1_000;
    for (n, (created, ready, ended)) in lives.iter().enumerate() {
        let uid = format!("life-{n}");
        let pod = KnownPod {
            uid: uid.clone(),
            ordinal: Some(7),
            created: ms(*created),
            ending: ended.map(ms),
            ..known.pods[0].clone()
        };
        let set_uid = known.uid.clone();
        writes.push(Write::Pod { set_uid, pod: Box::new(pod) });
        writes.extend(ready.map(|at| Write::PodReady { uid: uid.clone(), at: ms(at) }));
        writes.extend(ended.map(|at| Write::PodGone { uid, at: ms(at) + 1_000 }));
    }
    store.write(&Batch { writes, known: vec![known.clone()], looked_until: None }).await.unwrap();
    let paces = store.paces(&[known.uid, "another".to_owned()]).await.unwrap();
    paces.into_values().next().unwrap_or_default()
}

#[tokio::test]
async fn a_restart_lasts_from_the_end_of_a_pod_until_its_successor_is_ready() {
    let three = [(0, Some(10), Some(100)), (101, Some(130), Some(200)), (205, Some(260), None)];
    assert_eq!(lengths(&three).await, [60_000, 30_000], "the newest first");
    assert!(lengths(&three[..1]).await.is_empty());
}

#[tokio::test]
async fn what_was_no_restart_in_one_go_does_not_count() {
    let scaled_up_again = [(0, Some(10), Some(100)), (500, Some(510), None)];
    assert!(lengths(&scaled_up_again).await.is_empty());
    let never_ready = [(0, Some(10), Some(100)), (101, None, None)];
    assert!(lengths(&never_ready).await.is_empty());
    // Found gone after its successor was there: when it ended is not known.
    let unseen = [(0, Some(10), Some(150)), (101, Some(200), None)];
    assert!(lengths(&unseen).await.is_empty());
}

#[tokio::test]
async fn only_the_newest_count() {
    let many: Vec<_> = (0..30).map(|n| (n * 100, Some(n * 100 + 20), Some(n * 100 + 99))).collect();
    let lengths = lengths(&many).await;
    assert_eq!(lengths, vec![21_000; PACED]);
}
