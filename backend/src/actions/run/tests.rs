use model::action::Action;
use model::testing::sts;

use super::*;
use crate::actions::testing::{Bench, error, request};

fn scale(replicas: u32) -> Request {
    request(&sts("web").facts(), Action::Scale { replicas })
}

#[tokio::test]
async fn an_action_is_written_down_before_it_is_sent_and_its_outcome_after() {
    let bench = Bench::with(sts("web").facts());
    let gate = bench.cluster.gate();
    let acting = tokio::spawn({
        let actions = bench.actions.clone();
        async move { actions.run(scale(4)).await }
    });
    bench.cluster.began.notified().await;
    assert_eq!(bench.journal.entry("id-1").outcome, Outcome::Pending);
    gate.add_permits(1);
    let result = acting.await.unwrap().unwrap();
    assert_eq!((result.outcome, result.generation), (Outcome::Applied, 2));
    let entry = bench.journal.entry("id-1");
    assert_eq!((entry.outcome, entry.result), (Outcome::Applied, Some(result)));
}

#[tokio::test]
async fn a_dry_run_and_a_refusal_leave_nothing_behind() {
    let bench = Bench::with(sts("web").facts());
    let dry = bench.actions.run(Request { dry_run: true, ..scale(4) }).await.unwrap();
    assert_eq!((dry.outcome, dry.id), (Outcome::DryRun, None));
    let refused = bench.actions.run(scale(3)).await;
    assert!(matches!(refused, Err(ActError::Refused(_))), "{refused:?}");
    assert_eq!(bench.cluster.asked("patch_set"), 1, "the dry run");
    assert!(bench.journal.open().await.unwrap().is_empty() && bench.journal.ends().is_empty());
}

#[tokio::test]
async fn what_the_api_server_refuses_is_closed_and_what_it_does_not_answer_stays_open() {
    let table = [
        (ApiErrorKind::Forbidden, Outcome::Refused),
        (ApiErrorKind::Other, Outcome::Refused),
        (ApiErrorKind::Unreachable, Outcome::Pending),
    ];
    for (kind, outcome) in table {
        let bench = Bench::with(sts("web").facts());
        bench.cluster.fail_writes(error(kind, "no"));
        let answer = bench.actions.run(scale(4)).await;
        assert!(matches!(&answer, Err(ActError::Cluster(e)) if e.kind == kind), "{answer:?}");
        assert_eq!(bench.journal.entry("id-1").outcome, outcome);
    }
}

#[tokio::test]
async fn a_failed_test_is_a_conflict_only_if_the_set_has_changed() {
    let bench = Bench::with(sts("web").facts());
    bench.cluster.fail_writes(error(ApiErrorKind::Invalid, "the server rejected our request"));
    let same = bench.actions.run(scale(4)).await;
    assert!(matches!(same, Err(ActError::Cluster(_))), "{same:?}");
    let gate = bench.cluster.gate();
    let acting = tokio::spawn({
        let actions = bench.actions.clone();
        async move { actions.run(scale(4)).await }
    });
    // A permit of the first action's notification is still there.
    bench.cluster.began.notified().await;
    while bench.cluster.asked("patch_set") < 2 {
        bench.cluster.began.notified().await;
    }
    bench.cluster.put(sts("web").with(|f| f.set.generation = 2).facts());
    gate.add_permits(1);
    let changed = acting.await.unwrap();
    assert!(matches!(changed, Err(ActError::Conflict { generation: 2, .. })), "{changed:?}");
}

#[tokio::test]
async fn a_set_that_is_gone_is_said_to_be_gone() {
    let bench = Bench::with(sts("web").facts());
    bench.cluster.remove(&SetKey::new("shop", "web"));
    let answer = bench.actions.run(scale(4)).await;
    assert!(matches!(answer, Err(ActError::NoSuchSet(_))), "{answer:?}");
}

#[tokio::test]
async fn a_repeated_key_answers_what_was_answered_and_sends_nothing() {
    let bench = Bench::with(sts("web").facts());
    let keyed = |replicas| Request { idempotency_key: Some("k".into()), ..scale(replicas) };
    let first = bench.actions.run(keyed(4)).await.unwrap();
    assert_eq!(bench.actions.run(keyed(4)).await.unwrap(), first);
    let other = bench.actions.run(keyed(5)).await;
    assert!(matches!(other, Err(ActError::KeyReused)), "{other:?}");
    assert_eq!(bench.cluster.asked("patch_set"), 1);
}
