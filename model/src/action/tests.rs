use serde_json::{Value, json};

use super::{
    Action, Effect, PatchOp, PodRef, RefusalCode, Stamp, StrategyName, abort_candidates, effect,
    kubectl, permit, summary,
};
use crate::facts::Facts;
use crate::set::{ContainerImage, RollingUpdate, UpdateStrategy};
use crate::testing::{Sts, now, sts};
use crate::{ACTION_ANNOTATION, RESTARTED_AT};

fn canary() -> Sts {
    sts("orders-db").replicas(5).partition(3).revision(2).on(4, 2).on(3, 2)
}

fn image(to: &str, partition: Option<u32>) -> Action {
    let images = vec![ContainerImage { container: "app".into(), image: to.into() }];
    Action::SetImage { images, partition }
}

#[track_caller]
fn refused(facts: &Facts, action: &Action, code: RefusalCode, part: &str) {
    let refusal = permit(facts, action).expect_err("a refusal");
    assert_eq!(refusal.code, code, "{}", refusal.reason);
    assert!(refusal.reason.contains(part), "{}", refusal.reason);
}

fn stamp(template: Option<&Value>) -> Stamp<'_> {
    Stamp { id: "id-1", now: now(), template }
}

fn patch(facts: &Facts, action: &Action) -> Vec<PatchOp> {
    match effect(facts, action, &stamp(None)) {
        Effect::Patch(ops) | Effect::PatchThenDelete { patch: ops, .. } => ops,
        other => panic!("{other:?}"),
    }
}

/// What is written, without tests and without the annotation.
fn written(facts: &Facts, action: &Action) -> Value {
    let ops = patch(facts, action).into_iter().filter_map(|op| match op {
        PatchOp::Add { path, value } | PatchOp::Replace { path, value } => {
            (!path.starts_with("/metadata")).then(|| json!([path, value]))
        }
        PatchOp::Remove { path } => Some(json!([path])),
        PatchOp::Test { .. } => None,
    });
    Value::Array(ops.collect())
}

#[test]
fn every_patch_tests_uid_generation_and_the_old_value_before_it_writes() {
    let facts = canary().with(|f| f.set.generation = 18).observed().facts();
    let ops = patch(&facts, &Action::Advance { to: None });
    let as_json = serde_json::to_value(&ops).expect("serialises");
    assert_eq!(
        as_json,
        json!([
            {"op":"test","path":"/metadata/uid","value":"uid-orders-db"},
            {"op":"test","path":"/metadata/generation","value":18},
            {"op":"test","path":"/spec/updateStrategy/rollingUpdate/partition","value":3},
            {"op":"replace","path":"/spec/updateStrategy/rollingUpdate/partition","value":2},
            {"op":"test","path":"/metadata/annotations","value":null},
            {"op":"add","path":"/metadata/annotations","value":{ACTION_ANNOTATION:"id-1"}},
        ])
    );
}

#[test]
fn patches_address_the_nearest_parent_that_exists() {
    let partition = Action::SetPartition { partition: 1 };
    let bare = |r| canary().strategy(UpdateStrategy::RollingUpdate { rolling_update: r }).facts();
    assert_eq!(
        written(&bare(None), &partition),
        json!([["/spec/updateStrategy/rollingUpdate", {"partition": 1}]])
    );
    let only_max = RollingUpdate { partition: None, max_unavailable: Some("2".into()) };
    let facts = bare(Some(only_max));
    assert_eq!(
        written(&facts, &partition),
        json!([["/spec/updateStrategy/rollingUpdate/partition", 1]])
    );
    assert!(patch(&facts, &partition).contains(&PatchOp::Test {
        path: "/spec/updateStrategy/rollingUpdate".into(),
        value: json!({"maxUnavailable": 2}),
    }));
    let annotated = canary().with(|f| f.set.has_annotations = true).facts();
    assert!(patch(&annotated, &partition).contains(&PatchOp::Add {
        path: "/metadata/annotations/rollcall.dev~1action".into(),
        value: json!("id-1"),
    }));
}

#[test]
fn a_canary_starts_atomically_with_image_and_partition_in_one_patch() {
    let facts = sts("web").replicas(5).facts();
    let action = image("shop/app:9", Some(4));
    permit(&facts, &action).expect("permitted");
    assert_eq!(
        written(&facts, &action),
        json!([
            ["/spec/template/spec/containers/0/image", "shop/app:9"],
            ["/spec/updateStrategy/rollingUpdate/partition", 4],
        ])
    );
    let line = kubectl(&facts, &action, now());
    let (command, body) = line.split_once(" -p ").expect("a patch");
    assert_eq!(command, "kubectl -n shop patch statefulset web --type=strategic");
    let body: Value = serde_json::from_str(body.trim_matches('\'')).expect("JSON in quotes");
    assert_eq!(
        body,
        json!({"spec": {
            "template": {"spec": {"containers": [{"image": "shop/app:9", "name": "app"}]}},
            "updateStrategy": {"rollingUpdate": {"partition": 4}},
        }})
    );
    assert_eq!(summary(&facts, &action), "set the image of app to 9, held before web-3");
}

#[test]
fn advance_goes_to_the_next_pod_or_to_the_one_asked_for() {
    let facts = canary().facts();
    assert_eq!(summary(&facts, &Action::Advance { to: None }), "advanced to orders-db-2");
    // The handle's moves are recorded in the words of their buttons.
    let moved = |partition| summary(&facts, &Action::SetPartition { partition });
    assert_eq!(moved(1), "advanced to orders-db-1");
    assert_eq!(moved(4), "held the rollout before orders-db-3");
    assert_eq!(moved(9), "held the rollout before orders-db-4");
    assert_eq!(moved(0), "let the update reach every pod");
    let to = Action::Advance { to: Some(1) };
    permit(&facts, &to).expect("permitted");
    assert_eq!(written(&facts, &to), json!([["/spec/updateStrategy/rollingUpdate/partition", 1]]));
    refused(
        &facts,
        &Action::Advance { to: Some(4) },
        RefusalCode::NothingToDo,
        "gets the update already",
    );
    refused(
        &facts,
        &Action::Advance { to: Some(9) },
        RefusalCode::NotFound,
        "There is no orders-db-9",
    );
    let above = sts("web").replicas(3).partition(7).revision(2).facts();
    assert_eq!(
        written(&above, &Action::Advance { to: None }),
        json!([["/spec/updateStrategy/rollingUpdate/partition", 2]])
    );
    let shifted = sts("web").start(10).replicas(3).partition(2).revision(2).on(12, 2).facts();
    assert_eq!(summary(&shifted, &Action::Advance { to: None }), "advanced to web-11");
}

#[test]
fn advance_waits_for_pods_that_are_not_ready() {
    let facts = canary().starting(1, 20).facts();
    refused(
        &facts,
        &Action::Advance { to: None },
        RefusalCode::NotNow,
        "orders-db-1 is not Ready: it runs but is not Ready. With OrderedReady the controller waits for it, so orders-db-2 would not restart.",
    );
    let gone = canary().without(3).facts();
    refused(&gone, &Action::Advance { to: None }, RefusalCode::NotNow, "orders-db-3 is missing");
    let unseen = canary().unobserved(1).facts();
    refused(&unseen, &Action::Advance { to: None }, RefusalCode::NotNow, "has not seen change 2");
}

#[test]
fn hold_keeps_what_is_done() {
    let hold = Action::Hold {};
    let rolling = sts("web").replicas(5).revision(2).on(4, 2).on(3, 2).ending(2);
    let facts = rolling.facts();
    permit(&facts, &hold).expect("permitted");
    // The pod that is ending already comes back on the old revision.
    assert_eq!(
        written(&facts, &hold),
        json!([["/spec/updateStrategy/rollingUpdate/partition", 3]])
    );
    assert_eq!(summary(&facts, &hold), "held the rollout before web-2");
    refused(&canary().facts(), &hold, RefusalCode::NothingToDo, "held here already");
    refused(&sts("web").facts(), &hold, RefusalCode::NothingToDo, "nothing to hold back");
}

#[test]
fn finish_and_boundary_are_only_for_rolling_updates() {
    let facts = sts("vault").on_delete().revision(2).facts();
    for action in [
        Action::Finish {},
        Action::Hold {},
        Action::SetPartition { partition: 1 },
        Action::Advance { to: None },
    ] {
        refused(&facts, &action, RefusalCode::WrongStrategy, "under OnDelete");
    }
    refused(&sts("web").facts(), &Action::Finish {}, RefusalCode::NothingToDo, "every pod");
}

#[test]
fn values_out_of_range_are_invalid_and_not_sent() {
    let facts = canary().facts();
    let big = u32::MAX;
    for action in [
        Action::SetPartition { partition: big },
        Action::Scale { replicas: big },
        Action::Restart { partition: Some(big) },
        image("shop/app:9", Some(big)),
        image("not an image", None),
        Action::SetImage { images: Vec::new(), partition: None },
        Action::SwitchStrategy { strategy: StrategyName::OnDelete, partition: Some(1) },
    ] {
        refused(&facts, &action, RefusalCode::Invalid, "");
    }
    let other = vec![ContainerImage { container: "sidecar".into(), image: "a:1".into() }];
    let action = Action::SetImage { images: other, partition: None };
    refused(&facts, &action, RefusalCode::NotFound, "no container \"sidecar\"; it has app");
}

#[test]
fn no_set_is_made_larger_than_can_be_forecast_and_one_that_is_can_be_scaled_back() {
    let facts = canary().facts();
    for replicas in [crate::MAX_REPLICAS + 1, i32::MAX.unsigned_abs()] {
        let action = Action::Scale { replicas };
        refused(&facts, &action, RefusalCode::Invalid, "between 0 and 2000");
    }
    permit(&facts, &Action::Scale { replicas: crate::MAX_REPLICAS }).expect("permitted");
    let huge = canary().with(|f| f.set.replicas = i32::MAX.unsigned_abs()).facts();
    permit(&huge, &Action::Scale { replicas: 5 }).expect("permitted");
    let uid = huge.pods[0].uid.clone();
    permit(&huge, &Action::DeletePod { pod: "orders-db-0".into(), uid }).expect("permitted");
    for action in [
        Action::Finish {},
        Action::Hold {},
        Action::Advance { to: None },
        Action::SetPartition { partition: 1 },
        Action::Restart { partition: None },
        image("shop/app:9", None),
        Action::SwitchStrategy { strategy: StrategyName::OnDelete, partition: None },
    ] {
        refused(
            &huge,
            &action,
            RefusalCode::NotNow,
            "wants 2147483647 replicas, more than the 2000",
        );
        assert!(summary(&huge, &action).len() < 200);
    }
}

#[test]
fn what_would_change_nothing_is_refused() {
    let facts = canary().facts();
    for action in [
        Action::SetPartition { partition: 3 },
        Action::Scale { replicas: 5 },
        image("shop/app:2", None),
        Action::SwitchStrategy { strategy: StrategyName::RollingUpdate, partition: None },
    ] {
        refused(&facts, &action, RefusalCode::NothingToDo, "");
    }
}

#[test]
fn strategies_are_switched_as_a_whole_because_rolling_update_must_be_absent_under_on_delete() {
    let to = |strategy| Action::SwitchStrategy { strategy, partition: None };
    let facts = canary().facts();
    assert_eq!(
        written(&facts, &to(StrategyName::OnDelete)),
        json!([["/spec/updateStrategy", {"type": "OnDelete"}]])
    );
    assert!(kubectl(&facts, &to(StrategyName::OnDelete), now()).contains("\"rollingUpdate\":null"));
    let back = canary().on_delete().facts();
    assert_eq!(
        written(&back, &to(StrategyName::RollingUpdate)),
        json!([["/spec/updateStrategy", {"type": "RollingUpdate", "rollingUpdate": {"partition": 0}}]])
    );
}

#[test]
fn restart_writes_the_annotation_of_kubectl_in_whole_seconds() {
    let facts = sts("web").facts();
    let restart = Action::Restart { partition: None };
    assert_eq!(
        written(&facts, &restart),
        json!([["/spec/template/metadata/annotations", {RESTARTED_AT: "2027-01-15T08:00:00Z"}]])
    );
    let with = sts("web").with(|f| f.set.template_has_annotations = true).facts();
    assert_eq!(
        written(&with, &restart),
        json!([[
            "/spec/template/metadata/annotations/kubectl.kubernetes.io~1restartedAt",
            "2027-01-15T08:00:00Z"
        ]])
    );
}

#[test]
fn a_second_restart_within_a_second_still_changes_the_template() {
    let at = |stands: &str, now: &str| {
        let facts = sts("web")
            .with(|f| {
                f.set.template_has_annotations = true;
                f.set.restarted_at = Some(stands.to_owned());
            })
            .facts();
        let stamp = Stamp { now: now.parse().expect("a time"), ..stamp(None) };
        let restart = Action::Restart { partition: None };
        let Effect::Patch(ops) = effect(&facts, &restart, &stamp) else { panic!("a patch") };
        let value = ops.iter().find_map(|op| match op {
            PatchOp::Add { path, value } if path.ends_with("restartedAt") => value.as_str(),
            _ => None,
        });
        value.expect("the annotation").to_owned()
    };
    let first = "2027-01-15T08:00:00Z";
    assert_eq!(at(first, "2027-01-15T08:00:01.5Z"), "2027-01-15T08:00:01Z");
    let second = at(first, "2027-01-15T08:00:00.4Z");
    assert_eq!(second, "2027-01-15T08:00:00.4Z");
    assert_eq!(at(&second, "2027-01-15T08:00:00.7Z"), "2027-01-15T08:00:00.7Z");
    // Were the clock set back a little, the first stamp must not come again: its revision would be taken up again.
    assert_eq!(at(&second, first), "2027-01-15T08:00:00.401Z");
}

#[test]
fn a_pod_is_meant_by_its_uid() {
    let facts = sts("web").ending(1).facts();
    let delete = |pod: &str, uid: &str| Action::DeletePod { pod: pod.into(), uid: uid.into() };
    let uid = facts.pods[2].uid.clone();
    permit(&facts, &delete("web-2", &uid)).expect("permitted");
    assert_eq!(
        effect(&facts, &delete("web-2", &uid), &stamp(None)),
        Effect::Delete { pod: "web-2".into(), uid }
    );
    refused(&facts, &delete("web-2", "old"), RefusalCode::NotNow, "another pod");
    refused(&facts, &delete("web-7", "x"), RefusalCode::NotFound, "no pod \"web-7\"");
    let ending = facts.pods[1].uid.clone();
    refused(&facts, &delete("web-1", &ending), RefusalCode::NotNow, "ending already");
}

#[test]
fn the_wire_form_refuses_unknown_fields_and_keeps_the_known() {
    use crate::wire::ActionRequest;
    let ok = r#"{"action":"setPartition","partition":3,"reason":"CHG-1","expect":{"uid":"u","generation":4}}"#;
    let request: ActionRequest = serde_json::from_str(ok).expect("reads");
    assert_eq!(request.action, Action::SetPartition { partition: 3 });
    assert_eq!(request.reason.as_deref(), Some("CHG-1"));
    let again: ActionRequest =
        serde_json::from_str(&serde_json::to_string(&request).expect("writes")).expect("reads");
    assert_eq!(again, request);
    for bad in [
        r#"{"action":"setPartition","partition":3,"force":true,"expect":{"uid":"u","generation":4}}"#,
        r#"{"action":"hold","partition":3,"expect":{"uid":"u","generation":4}}"#,
        r#"{"action":"setPartition","partition":-1,"expect":{"uid":"u","generation":4}}"#,
        r#"{"action":"setPartition","partition":3}"#,
        r#"{"action":"explode","expect":{"uid":"u","generation":4}}"#,
        r#"{"action":"hold","expect":{"uid":"u","generation":4,"x":1}}"#,
        r#"{"action":"hold","reason":5,"expect":{"uid":"u","generation":4}}"#,
    ] {
        assert!(serde_json::from_str::<ActionRequest>(bad).is_err(), "{bad}");
    }
}

mod going_back;

#[test]
fn the_actions_are_listed_by_the_names_that_are_read() {
    // Unknown to it, so that it says what it knows.
    let body = serde_json::json!({ "action": "nothing" });
    let says = serde_json::from_value::<Action>(body).expect_err("no action").to_string();
    let known = Action::NAMES.map(|name| format!("`{name}`")).join(", ");
    assert_eq!(says, format!("unknown variant `nothing`, expected one of {known}"));
}
