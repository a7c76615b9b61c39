//! Abort, roll back, maxUnavailable.

use super::*;

fn abort(pods: &[(&str, &str)]) -> Action {
    let pods = pods.iter().map(|(p, u)| PodRef { pod: (*p).into(), uid: (*u).into() }).collect();
    Action::Abort { pods }
}

fn uid(facts: &Facts, pod: &str) -> String {
    facts.pods.iter().find(|p| p.name == pod).expect("it is there").uid.clone()
}

fn back_to(revision: &str) -> Action {
    Action::RollBack { revision: revision.into(), hash: None, partition: None }
}

fn unavailable(text: &str) -> Action {
    Action::SetMaxUnavailable { max_unavailable: text.into() }
}

/// A set in a cluster whose gate is on.
fn with_budget(max: &str) -> Sts {
    let max_unavailable = Some(max.to_owned());
    let rolling_update = Some(RollingUpdate { partition: Some(0), max_unavailable });
    sts("web").replicas(10).strategy(UpdateStrategy::RollingUpdate { rolling_update })
}

#[test]
fn abort_raises_the_boundary_and_then_deletes_the_confirmed_pods_highest_first() {
    let facts = canary().facts();
    let (three, four) = (uid(&facts, "orders-db-3"), uid(&facts, "orders-db-4"));
    let action = abort(&[("orders-db-3", &three), ("orders-db-4", &four)]);
    permit(&facts, &action).expect("permitted");
    assert_eq!(
        written(&facts, &action),
        json!([["/spec/updateStrategy/rollingUpdate/partition", 5]])
    );
    let Effect::PatchThenDelete { pods, .. } = effect(&facts, &action, &stamp(None)) else {
        panic!("deletes pods")
    };
    let names: Vec<&str> = pods.iter().map(|p| p.pod.as_str()).collect();
    assert_eq!(names, ["orders-db-4", "orders-db-3"]);
    assert_eq!(
        kubectl(&facts, &action, now()),
        r#"kubectl -n shop patch statefulset orders-db --type=merge -p '{"spec":{"updateStrategy":{"rollingUpdate":{"partition":5}}}}' && kubectl -n shop delete pod orders-db-4 orders-db-3"#
    );
    assert_eq!(
        summary(&facts, &action),
        "aborted the rollout: orders-db-3 and orders-db-4 fall back to r1"
    );
    assert_eq!(summary(&facts, &abort(&[])), "aborted the rollout: it reaches no further pod");
}

#[test]
fn abort_never_lowers_the_boundary_and_still_leaves_its_mark() {
    let facts = canary().partition(9).facts();
    let four = uid(&facts, "orders-db-4");
    let action = abort(&[("orders-db-4", &four)]);
    permit(&facts, &action).expect("permitted");
    assert_eq!(written(&facts, &action), json!([]));
    assert_eq!(patch(&facts, &action).len(), 4, "uid, generation and the mark");
    assert_eq!(kubectl(&facts, &action, now()), "kubectl -n shop delete pod orders-db-4");
    refused(&facts, &abort(&[]), RefusalCode::NothingToDo, "held back from every pod already");
}

#[test]
fn only_pods_that_fall_back_are_candidates_and_each_says_whether_it_is_healthy() {
    let facts = canary().crashing(3, 60).ending(1).facts();
    let all: Vec<(u32, bool)> =
        abort_candidates(&facts).into_iter().map(|c| (c.ordinal, c.healthy)).collect();
    assert_eq!(all, [(4, true), (3, false)]);
    assert!(abort_candidates(&sts("web").facts()).is_empty());
    let ending = canary().ending(4).facts();
    assert_eq!(abort_candidates(&ending).len(), 1);
}

#[test]
fn abort_is_refused_where_pods_would_not_fall_back() {
    let facts = canary().facts();
    let (one, four) = (uid(&facts, "orders-db-1"), uid(&facts, "orders-db-4"));
    for (action, code, part) in [
        (abort(&[("orders-db-1", &one)]), RefusalCode::Invalid, "does not fall back"),
        (abort(&[("orders-db-4", "old")]), RefusalCode::NotNow, "another pod"),
        (abort(&[("orders-db-9", "x")]), RefusalCode::NotFound, "no pod"),
        (
            abort(&[("orders-db-4", &four), ("orders-db-4", &four)]),
            RefusalCode::Invalid,
            "named twice",
        ),
    ] {
        refused(&facts, &action, code, part);
    }
    let settled = sts("web").facts();
    refused(&settled, &abort(&[]), RefusalCode::NothingToDo, "roll back to an earlier revision");
    let stale = sts("vault").on_delete().revision(2).facts();
    refused(&stale, &abort(&[]), RefusalCode::WrongStrategy, "under OnDelete");
    let forgotten = canary().with(|f| f.revisions.retain(|r| r.number == 2)).facts();
    refused(&forgotten, &abort(&[]), RefusalCode::NotNow, "come back on r2");
    let unseen = canary().unobserved(1).facts();
    refused(&unseen, &abort(&[]), RefusalCode::NotNow, "has not seen change 2");
}

#[test]
fn roll_back_puts_the_recorded_template_in_place_without_its_directive() {
    let facts = sts("web").revision(2).promoted().replicas(3).facts();
    let action = Action::RollBack {
        revision: "web-rev1".into(),
        hash: Some("h1".into()),
        partition: Some(3),
    };
    permit(&facts, &action).expect("permitted");
    let template = json!({"$patch": "replace", "spec": {"containers": []}});
    let Effect::Patch(ops) = effect(&facts, &action, &stamp(Some(&template))) else {
        panic!("a patch")
    };
    let ops = serde_json::to_value(&ops).expect("serialises");
    assert_eq!(
        ops[2],
        json!({"op": "replace", "path": "/spec/template", "value": {"spec": {"containers": []}}})
    );
    assert_eq!(ops[4]["path"], "/spec/updateStrategy/rollingUpdate/partition");
    assert_eq!(
        kubectl(&facts, &action, now()),
        r#"kubectl -n shop patch statefulset web --type=merge -p '{"spec":{"updateStrategy":{"rollingUpdate":{"partition":3}}}}' && kubectl -n shop rollout undo statefulset/web --to-revision=1"#
    );
    assert_eq!(summary(&facts, &back_to("web-rev1")), "rolled back to r1");
    assert_eq!(summary(&facts, &action), "rolled back to r1, held before all of web");
}

#[test]
fn roll_back_goes_by_name_and_bytes() {
    let facts = sts("web").revision(2).promoted().facts();
    let with = |revision: &str, hash: &str| Action::RollBack {
        revision: revision.into(),
        hash: Some(hash.into()),
        partition: None,
    };
    refused(&facts, &back_to("web-9"), RefusalCode::NotFound, "no revision \"web-9\"");
    refused(&facts, &with("web-rev1", "h2"), RefusalCode::NotNow, "another template");
    refused(&facts, &back_to("web-rev2"), RefusalCode::NothingToDo, "template of r2 already");
    refused(&facts, &back_to("x; rm"), RefusalCode::Invalid, "not the name of a revision");
    // Kubernetes has forgotten it; the panel has not.
    let forgotten = with("web-old", "h0");
    permit(&facts, &forgotten).expect("permitted");
    let line = kubectl(&facts, &forgotten, now());
    assert!(line.starts_with("# Kubernetes has forgotten web-old"), "{line}");
    assert_eq!(summary(&facts, &forgotten), "rolled back to old");
    // The same bytes, before the controller has seen the change that brought them.
    let there = sts("web").revision(2).with(|f| f.set.template_hash = "h1".into()).facts();
    refused(&there, &back_to("web-rev1"), RefusalCode::NothingToDo, "already");
    let on_delete = sts("web").on_delete().revision(2).facts();
    permit(&on_delete, &back_to("web-rev1")).expect("permitted");
    let held = Action::RollBack { revision: "web-rev1".into(), hash: None, partition: Some(1) };
    refused(&on_delete, &held, RefusalCode::WrongStrategy, "under OnDelete");
}

#[test]
fn max_unavailable_is_a_number_or_a_percentage() {
    let facts = with_budget("1").facts();
    for good in ["2", "1%", "25%", "100%", "2147483647"] {
        permit(&facts, &unavailable(good)).expect("permitted");
    }
    for bad in ["", "0", "0%", "101%", "-1", "+2", "02", "2147483648", "2.5", "x", "%", "2 %"] {
        refused(&facts, &unavailable(bad), RefusalCode::Invalid, "from 1% to 100%");
    }
    refused(&facts, &unavailable("1"), RefusalCode::NothingToDo, "1 already");
    assert_eq!(
        written(&facts, &unavailable("2")),
        json!([["/spec/updateStrategy/rollingUpdate/maxUnavailable", 2]])
    );
    assert_eq!(
        kubectl(&facts, &unavailable("25%"), now()),
        r#"kubectl -n shop patch statefulset web --type=merge -p '{"spec":{"updateStrategy":{"rollingUpdate":{"maxUnavailable":"25%"}}}}'"#
    );
    assert_eq!(summary(&facts, &unavailable("25%")), "set maxUnavailable to 25%");
    let bare = sts("web").strategy(UpdateStrategy::RollingUpdate { rolling_update: None }).facts();
    permit(&bare, &unavailable("2")).expect("nothing shows that the gate is off");
    assert_eq!(
        written(&bare, &unavailable("2")),
        json!([["/spec/updateStrategy/rollingUpdate", {"maxUnavailable": 2}]])
    );
}

#[test]
fn max_unavailable_is_refused_where_the_gate_is_off() {
    let version = crate::controller::Version::new(1, 36, 3);
    let facts = sts("web").with(|f| f.kubernetes = Some(version)).facts();
    refused(
        &facts,
        &unavailable("2"),
        RefusalCode::Unsupported,
        "The feature gate MaxUnavailableStatefulSet is off in this cluster (Kubernetes 1.36.3): the API server would drop the field.",
    );
    refused(
        &sts("web").on_delete().facts(),
        &unavailable("2"),
        RefusalCode::WrongStrategy,
        "under OnDelete",
    );
}

#[test]
fn the_wire_form_of_what_goes_back() {
    let reads = |text: &str| serde_json::from_str::<Action>(text).map_err(|e| e.to_string());
    assert_eq!(reads(r#"{"action":"abort"}"#), Ok(abort(&[])));
    assert_eq!(
        reads(r#"{"action":"abort","pods":[{"pod":"web-4","uid":"u"}]}"#),
        Ok(abort(&[("web-4", "u")]))
    );
    assert_eq!(reads(r#"{"action":"rollBack","revision":"web-1"}"#), Ok(back_to("web-1")));
    for text in [r#""2""#, "2"] {
        let body = format!(r#"{{"action":"setMaxUnavailable","maxUnavailable":{text}}}"#);
        assert_eq!(reads(&body), Ok(unavailable("2")));
    }
    for bad in [
        r#"{"action":"abort","pods":["web-4"]}"#,
        r#"{"action":"abort","pods":[{"pod":"web-4","uid":"u","force":true}]}"#,
        r#"{"action":"rollBack"}"#,
        r#"{"action":"setMaxUnavailable","maxUnavailable":-1}"#,
        r#"{"action":"setMaxUnavailable","maxUnavailable":2.5}"#,
    ] {
        reads(bad).expect_err(bad);
    }
}
