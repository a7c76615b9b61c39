//! What a forecast warns of.

use super::{new_image, of};
use crate::action::Action;
use crate::controller::Version;
use crate::forecast::{Forecast, StepKind, assumed};
use crate::set::{Manager, Owned, Retain, RollingUpdate, UpdateStrategy};
use crate::testing::{now, sts};

fn warns(forecast: &Forecast, of: &str) -> bool {
    forecast.warnings.iter().any(|w| w.contains(of))
}

#[test]
fn an_autoscaler_that_set_the_replicas_is_named_before_somebody_else_sets_them() {
    let scale = Action::Scale { replicas: 5 };
    let by = |name: &str| {
        let owns = Owned { replicas: true, spec: true, ..Owned::default() };
        let (name, operation) = (name.to_owned(), "Update".to_owned());
        let manager = Manager { name, operation, at: Some(now()), owns };
        sts("web").with(|f| f.set.managers.push(manager)).facts()
    };
    let scaled = by("kube-controller-manager");
    assert!(warns(&of(&scaled, &scale), "A HorizontalPodAutoscaler set the replicas"));
    assert!(!warns(&of(&scaled, &new_image(None)), "HorizontalPodAutoscaler"));
    assert!(!warns(&of(&by("kubectl-scale"), &scale), "HorizontalPodAutoscaler"));
}

#[test]
fn claims_that_go_say_whether_the_policy_or_a_hand_takes_them() {
    let deleting = sts("web")
        .claims("data")
        .with(|f| f.claims.iter_mut().for_each(|c| c.deleting = c.name == "data-web-2"))
        .facts();
    let gone = of(&deleting, &Action::Restart { partition: None });
    assert!(warns(&gone, "data-web-2 is deleted already and only kept by its pod"), "{gone:#?}");
    assert!(!warns(&gone, "retention policy"));
    let policy = sts("web").claims("data").with(|f| f.set.when_scaled = Retain::Delete).facts();
    let gone = of(&policy, &Action::Scale { replicas: 1 });
    let told = "The set's retention policy deletes claims when it is scaled down: data-web-2, data-web-1 and the data on them go for good.";
    assert!(warns(&gone, told), "{gone:#?}");
}

#[test]
fn pods_that_run_the_update_below_a_raised_boundary_are_said_to_fall_back_when_they_go() {
    let facts = sts("web").replicas(5).partition(3).revision(2).on(4, 2).on(3, 2).facts();
    let told = "web-3 and web-4 keep r2 only until one is deleted or evicted: then that one comes back on r1.";
    assert!(warns(&of(&facts, &Action::SetPartition { partition: 5 }), told));
    assert!(warns(&of(&facts, &Action::Abort { pods: Vec::new() }), told));
    assert!(!warns(&of(&facts, &Action::Advance { to: None }), "only until"));
    assert!(!warns(&of(&facts, &new_image(Some(5))), "only until"));
}

#[test]
fn a_max_unavailable_that_may_be_left_from_before_is_said_to_be_taken_for_the_gate() {
    let with = |max: &str| {
        let max_unavailable = Some(max.to_owned());
        let rolling = RollingUpdate { partition: Some(0), max_unavailable };
        let strategy = UpdateStrategy::RollingUpdate { rolling_update: Some(rolling) };
        sts("web").strategy(strategy).with(|f| f.kubernetes = Some(Version::new(1, 36, 3))).facts()
    };
    let told = "That maxUnavailable is honoured here is taken from the set";
    assert!(warns(&of(&with("3"), &new_image(None)), told));
    assert!(!warns(&of(&with("1"), &new_image(None)), told));
    let more = Action::SetMaxUnavailable { max_unavailable: "3".into() };
    assert!(warns(&of(&with("1"), &more), told));
    let mut by_default = with("3");
    by_default.kubernetes = Some(Version::new(1, 37, 0));
    assert!(!warns(&of(&by_default, &new_image(None)), told));
}

#[test]
fn recreate_is_foretold_where_the_version_knows_it_and_else_said_to_be_unknown() {
    let on = |minor| {
        let strategy = UpdateStrategy::Other { name: "Recreate".into() };
        let version = Some(Version::new(1, minor, 0));
        sts("web").strategy(strategy).with(|f| f.kubernetes = version).facts()
    };
    let restart = Action::Restart { partition: None };
    let known = of(&on(37), &restart);
    assert!(assumed(&on(37)).recreate && !known.steps.is_empty(), "{known:#?}");
    assert!(known.steps.iter().all(|s| s.what == StepKind::Restart && s.wave == 0), "{known:#?}");
    assert!(warns(&known, "Kubernetes 1.37 or later"));
    let unknown = of(&on(36), &restart);
    assert!(unknown.steps.is_empty());
    assert!(unknown.stall.is_some_and(|s| s.contains("do not know the set's update strategy")));
}

#[test]
fn what_rests_on_the_gate_being_on_by_default_says_that_nobody_has_seen_it() {
    let strategy = UpdateStrategy::RollingUpdate { rolling_update: None };
    let on = |minor| {
        let version = Some(Version::new(1, minor, 0));
        sts("web").strategy(strategy.clone()).with(|f| f.kubernetes = version).facts()
    };
    assert!(warns(&of(&on(37), &new_image(None)), "Kubernetes 1.37 or later"));
    assert!(!warns(&of(&on(36), &new_image(None)), "Kubernetes 1.37 or later"));
}

#[test]
fn a_missing_pod_that_is_no_longer_wanted_does_not_stay_missing() {
    let facts = sts("web").replicas(3).without(2).facts();
    let down = of(&facts, &Action::Scale { replicas: 1 });
    assert!(!down.stays.contains("missing"), "{}", down.stays);
}

#[test]
fn a_negative_history_limit_is_warned_of_where_another_revision_is_made() {
    let facts = |limit| sts("web").with(|f| f.set.revision_history_limit = limit).facts();
    let told = "revisionHistoryLimit is -1: Kubernetes keeps every revision";
    assert!(warns(&of(&facts(-1), &new_image(None)), told));
    assert!(warns(&of(&facts(-1), &Action::Restart { partition: None }), told));
    assert!(!warns(&of(&facts(-1), &Action::Scale { replicas: 5 }), "revisionHistoryLimit"));
    assert!(!warns(&of(&facts(0), &new_image(None)), "revisionHistoryLimit"));
}
