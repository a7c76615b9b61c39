use model::action::{Action, RefusalCode};
use model::testing::sts;
use model::wire::{Actor, Held, Source};

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

#[tokio::test]
async fn who_tries_an_aborted_revision_again_is_told_so_however_often_they_ask() {
    let facts = sts("web").replicas(3).revision(2).partition(3).facts();
    let by = Actor { source: Source::Panel, name: Some("olga".into()), at: None, reason: None };
    let aborted = Some(facts.set.status.update_revision.clone());
    let held = Some(Held { by, aborted, because: None, advanced: false });
    let finish = || Request {
        held: held.clone(),
        idempotency_key: Some("k".into()),
        ..request(&facts, Action::Finish {})
    };
    let bench = Bench::with(facts.clone());
    let said = bench.actions.run(finish()).await.unwrap().forecast.warnings;
    assert_eq!(said[0], "r2 was aborted. This tries it again.");
    // By now it is held no longer.
    let again = Request { held: None, ..finish() };
    assert_eq!(bench.actions.run(again).await.unwrap().forecast.warnings, said);
}

fn canary() -> model::testing::Sts {
    sts("web").replicas(4).revision(2).partition(2).on(3, 2).on(2, 2)
}

fn abort() -> Request {
    let facts = canary().facts();
    let pods = model::action::abort_candidates(&facts).into_iter().map(|c| c.pod).collect();
    request(&facts, Action::Abort { pods })
}

#[tokio::test]
async fn an_abort_is_tried_out_as_a_whole_before_anything_is_changed() {
    for kind in [ApiErrorKind::Forbidden, ApiErrorKind::Conflict, ApiErrorKind::NotFound] {
        let bench = Bench::with(canary().facts());
        bench.cluster.fail_pod("web-2", true, error(kind, "no"));
        let answer = bench.actions.run(abort()).await;
        match (kind, answer) {
            (ApiErrorKind::Forbidden, Err(ActError::Cluster(e))) => assert_eq!(e.kind, kind),
            (_, Err(ActError::Conflict { says, .. })) => {
                assert_eq!(says, "web-2 is gone or is another pod by now. Nothing was changed.");
            }
            (_, other) => panic!("{other:?}"),
        }
        assert!(bench.cluster.patched().is_empty() && bench.cluster.deleted().is_empty());
        assert!(bench.journal.open().await.unwrap().is_empty());
    }
}

#[tokio::test(start_paused = true)]
async fn an_abort_deletes_only_once_the_controller_has_seen_the_boundary() {
    let bench = Bench::with(canary().facts());
    let result = bench.actions.run(abort()).await.unwrap();
    assert_eq!((result.outcome, result.incomplete), (Outcome::Applied, None));
    assert_eq!(bench.cluster.deleted(), ["web-3", "web-2"]);
    let blind = Bench::with(canary().facts());
    blind.cluster.blind_controller();
    let result = blind.actions.run(abort()).await.unwrap();
    assert_eq!(result.outcome, Outcome::Applied, "the boundary is up");
    assert!(result.incomplete.unwrap().contains("no pod was deleted"));
    assert!(blind.cluster.deleted().is_empty());
}

#[tokio::test]
async fn what_an_abort_leaves_undone_is_said_and_kept() {
    let table = [
        (ApiErrorKind::Conflict, "Not deleted: web-3 (no).", vec!["web-2"]),
        (
            ApiErrorKind::Unreachable,
            "The API server does not answer; these pods may not have been deleted: web-3 (no), web-2.",
            vec![],
        ),
    ];
    for (kind, says, deleted) in table {
        let bench = Bench::with(canary().facts());
        bench.cluster.fail_pod("web-3", false, error(kind, "no"));
        let result = bench.actions.run(abort()).await.unwrap();
        assert_eq!((result.outcome, result.incomplete.as_deref()), (Outcome::Applied, Some(says)));
        assert_eq!(bench.cluster.deleted(), deleted);
        let entry = bench.journal.entry("id-1");
        assert_eq!((entry.outcome, entry.error.as_deref()), (Outcome::Applied, Some(says)));
        assert_eq!(entry.result.unwrap().incomplete.as_deref(), Some(says));
    }
}

fn template() -> serde_json::Value {
    serde_json::json!({
        "metadata": {"labels": {"app": "web"}},
        "spec": {"containers": [{
            "name": "app",
            "image": "shop/app:1",
            "env": [{"name": "PASSWORD", "value": "hunter2"}],
        }]},
    })
}

fn back_to(revision: &str, hash: Option<&str>) -> Request {
    let hash = hash.map(str::to_owned);
    let action = Action::RollBack { revision: revision.into(), hash, partition: None };
    request(&rolled().facts(), action)
}

fn rolled() -> model::testing::Sts {
    sts("web").revision(2).promoted().replicas(3)
}

#[tokio::test]
async fn a_roll_back_sends_the_recorded_template_and_keeps_its_secrets_to_itself() {
    let bench = Bench::with(rolled().facts());
    bench.templates.keep("uid-web", "web-rev1", "h1", template());
    let result = bench.actions.run(back_to("web-rev1", Some("h1"))).await.unwrap();
    assert_eq!(result.summary, "rolled back to r1");
    let sent = serde_json::to_value(bench.cluster.patched()).unwrap();
    assert_eq!(sent[2]["path"], "/spec/template");
    assert_eq!(sent[2]["value"], template());
    for told in [&result, &bench.journal.entry("id-1").result.unwrap()] {
        let text = serde_json::to_string(told).unwrap();
        assert!(text.contains("(hidden)") && !text.contains("hunter2"), "{text}");
    }
}

#[tokio::test]
async fn a_roll_back_reaches_revisions_that_kubernetes_has_forgotten_and_no_others() {
    let bench = Bench::with(rolled().facts());
    bench.templates.keep("uid-web", "web-old", "h0", template());
    bench.templates.keep("another-set", "web-other", "h0", template());
    let done = bench.actions.run(back_to("web-old", None)).await.unwrap();
    assert_eq!(done.summary, "rolled back to old");
    let refused = async |request: Request| match bench.actions.run(request).await {
        Err(ActError::Refused(refusal)) => refusal.code,
        other => panic!("{other:?}"),
    };
    let again = |revision: &str, hash: Option<&str>| {
        let mut request = back_to(revision, hash);
        request.body.expect.generation += 1;
        request
    };
    assert_eq!(refused(again("web-old", Some("h1"))).await, RefusalCode::NotNow, "other bytes");
    assert_eq!(
        refused(again("web-other", Some("h0"))).await,
        RefusalCode::NotFound,
        "another set's"
    );
    assert_eq!(
        refused(again("web-rev1", None)).await,
        RefusalCode::NotNow,
        "its template is not recorded"
    );
}

#[tokio::test]
async fn max_unavailable_is_tried_out_because_the_api_server_drops_it_without_a_word() {
    let strategy = model::set::UpdateStrategy::RollingUpdate {
        rolling_update: Some(model::set::RollingUpdate {
            partition: Some(0),
            max_unavailable: Some("1".into()),
        }),
    };
    let web = || sts("web").strategy(strategy.clone()).facts();
    let two = || request(&web(), Action::SetMaxUnavailable { max_unavailable: "2".into() });
    let bench = Bench::with(web());
    assert_eq!(bench.actions.run(two()).await.unwrap().outcome, Outcome::Applied);
    assert_eq!(bench.cluster.asked("patch_set"), 2);
    for dry_run in [true, false] {
        let off = Bench::with(web());
        off.cluster.drop_max_unavailable();
        let answer = off.actions.run(Request { dry_run, ..two() }).await;
        let Err(ActError::Refused(refusal)) = answer else { panic!("{answer:?}") };
        assert!(refusal.reason.contains("the API server dropped the field"));
        assert!(off.cluster.patched().is_empty() && off.journal.ends().is_empty());
    }
}
