//! Abort, roll back, maxUnavailable, the cluster's own version, and how long it takes.

use super::*;
use crate::action::PodRef;
use crate::pace::Pace;
use crate::testing::Sts;

fn canary() -> Sts {
    sts("web").replicas(5).partition(3).revision(2).on(4, 2).on(3, 2)
}

fn abort(facts: &Facts, ordinals: &[u32]) -> Action {
    let pod = |o: &u32| {
        let pod = facts.pod_at(*o).expect("it is there");
        PodRef { pod: pod.name.clone(), uid: pod.uid.clone() }
    };
    Action::Abort { pods: ordinals.iter().map(pod).collect() }
}

fn back_to(number: i64) -> Action {
    let revision = format!("web-rev{number}");
    Action::RollBack { revision, hash: None, partition: None }
}

fn unavailable(text: &str) -> Action {
    Action::SetMaxUnavailable { max_unavailable: text.into() }
}

fn rolling(max: Option<&str>) -> UpdateStrategy {
    let max_unavailable = max.map(str::to_owned);
    UpdateStrategy::RollingUpdate {
        rolling_update: Some(RollingUpdate { partition: Some(0), max_unavailable }),
    }
}

fn paced(set: Sts, seconds: &[u64]) -> Sts {
    set.with(|f| f.pace = Pace::of(seconds.iter().map(|s| s * 1_000).collect()))
}

fn takes(f: &Forecast) -> Option<&str> {
    f.takes.as_ref().map(|t| t.sentence.as_str())
}

#[test]
fn aborted_pods_fall_back_to_the_current_revision() {
    let facts = canary().facts();
    let f = of(&facts, &abort(&facts, &[3, 4]));
    assert_eq!(f.sentence, "2 pods restart on r1, all at once: web-4, web-3.");
    assert_eq!(f.stays, "web-0 to web-2 stay on r1.");
    assert_eq!((f.at_once, f.stall.as_deref()), (2, None));
    assert_eq!(f.warnings, ["Deleting does not ask disruption budgets; evicting does."]);
    let one = of(&facts, &abort(&facts, &[4]));
    assert_eq!(one.sentence, "web-4 restarts on r1.");
    let none = of(&facts, &abort(&facts, &[]));
    assert!(none.steps.is_empty());
    assert_eq!(none.sentence, "No pod restarts, and the update goes no further.");
}

#[test]
fn an_abort_in_the_middle_of_a_roll_catches_the_pod_that_is_ending() {
    // web-2 was deleted for the update a moment ago: held back in time it comes back old.
    let facts = canary().partition(0).ending(2).facts();
    let f = of(&facts, &abort(&facts, &[4]));
    assert_eq!(pods(&f), ["web-4", "web-2"]);
    assert!(f.steps.iter().all(|s| s.revision.as_deref() == Some("r1")));
}

#[test]
fn the_broken_pod_that_stops_a_roll_is_what_an_abort_replaces() {
    let facts = sts("web").replicas(5).revision(2).on(4, 2).crashing(4, 60).facts();
    let f = of(&facts, &abort(&facts, &[4]));
    assert_eq!((f.sentence.as_str(), f.stall.as_deref()), ("web-4 restarts on r1.", None));
    // Without it nothing is healed, and nothing would have gone on either way.
    assert!(of(&facts, &abort(&facts, &[])).steps.is_empty());
}

#[test]
fn an_aborted_pod_does_not_come_back_above_one_that_is_broken() {
    let facts = canary().crashing(1, 60).facts();
    let f = of(&facts, &abort(&facts, &[4, 3]));
    assert_eq!(f.sentence, "2 pods stop, all at once: web-4, web-3.");
    assert_eq!(
        f.stall.as_deref(),
        Some("Nothing starts or restarts while web-1 is not Ready: it crashed 6 times (exit 137).")
    );
    let parallel = canary().parallel().crashing(1, 60).facts();
    assert_eq!(of(&parallel, &abort(&parallel, &[4, 3])).stall, None);
}

#[test]
fn a_roll_back_reuses_the_revision_under_a_new_number() {
    let facts = sts("web").replicas(3).revision(2).promoted().replicas(3).facts();
    let f = of(&facts, &back_to(1));
    assert_eq!(f.sentence, "3 pods restart on r3, one after another: web-2, web-1, web-0.");
    // One that Kubernetes has forgotten is recorded again.
    let forgotten = sts("web").revision(2).promoted().replicas(3).with(|f| {
        f.revisions.remove(0);
    });
    let by_hash = Action::RollBack {
        revision: "web-rev1".into(),
        hash: Some("h1".into()),
        partition: Some(2),
    };
    let f = of(&forgotten.facts(), &by_hash);
    assert_eq!(f.sentence, "web-2 restarts on r3.");
    assert_eq!(f.stays, "web-0 and web-1 stay on r2. rev1 comes back as r3: numbers only rise.");
}

#[test]
fn a_roll_back_in_the_middle_of_a_roll_restarts_only_what_had_gone_over() {
    let facts = canary().partition(0).facts();
    let f = of(&facts, &back_to(1));
    assert_eq!(f.sentence, "2 pods restart on r3, one after another: web-4, web-3.");
    assert_eq!(
        f.stays,
        "web-0 to web-2 keep running as they are. r1 comes back as r3: numbers only rise."
    );
    let nothing_rolled = sts("web").replicas(3).partition(3).revision(2).facts();
    assert_eq!(
        of(&nothing_rolled, &back_to(1)).sentence,
        "No pod restarts: every pod runs this template already."
    );
    let on_delete = sts("web").on_delete().revision(2).on(2, 2).facts();
    assert_eq!(
        of(&on_delete, &back_to(1)).sentence,
        "No pod restarts by itself: each gets r3 when it is deleted."
    );
}

#[test]
fn a_roll_back_does_not_free_an_ordered_set_from_a_broken_pod() {
    let facts = sts("web").replicas(3).revision(2).on(2, 2).crashing(2, 60).facts();
    let f = of(&facts, &back_to(1));
    assert!(f.steps.is_empty());
    assert!(f.stall.is_some_and(|s| s.contains("while web-2 is not Ready")));
}

#[test]
fn a_larger_budget_in_the_middle_of_a_roll_takes_more_pods_down_at_once() {
    let facts = sts("web").replicas(5).strategy(rolling(Some("1"))).revision(2).facts();
    let f = of(&facts, &unavailable("50%"));
    assert_eq!(
        f.sentence,
        "5 pods restart on r2, at most 2 at once: web-4, web-3, web-2, web-1, web-0."
    );
    let settled = sts("web").replicas(10).strategy(rolling(Some("1"))).facts();
    assert_eq!(
        of(&settled, &unavailable("25%")).sentence,
        "No pod restarts. A roll may then take 2 pods down at once."
    );
}

#[test]
fn the_set_tells_the_gate_before_the_version_does() {
    let at = |version: Version, strategy: UpdateStrategy| {
        assumed(&sts("web").strategy(strategy).with(|f| f.kubernetes = Some(version)).facts())
    };
    let (old, new) = (Version::new(1, 36, 3), Version::new(1, 37, 0));
    assert!(at(old, rolling(Some("1"))).max_unavailable);
    assert!(!at(new, rolling(None)).max_unavailable);
    assert!(at(new, UpdateStrategy::OnDelete).max_unavailable);
    assert!(!at(old, UpdateStrategy::OnDelete).max_unavailable);
    assert_eq!(at(new, rolling(None)).version, new);
    assert_eq!(assumed(&sts("web").facts()).version, Version::SEEN);
}

#[test]
fn the_forecast_is_for_the_clusters_own_version() {
    // A sick pod anywhere stops a Parallel set with a budget until 1.37.
    let facts = sts("web").parallel().replicas(3).strategy(rolling(Some("1"))).crashing(0, 60);
    let on = |minor| {
        let version = Version::new(1, minor, 0);
        of(&facts.clone().with(|f| f.kubernetes = Some(version)).facts(), &new_image(None))
    };
    assert!(on(36).steps.is_empty());
    assert_eq!(pods(&on(37)), ["web-0", "web-2", "web-1"]);
}

#[test]
fn how_long_it_takes_is_told_from_restarts_of_this_set() {
    let five = paced(sts("web").replicas(4), &[60, 61, 60, 62, 61]).facts();
    let f = of(&five, &new_image(None));
    assert_eq!(takes(&f), Some("About 4 min, from the last 5 restarts."));
    let wide = paced(sts("web").replicas(3), &[60, 100, 80]);
    assert_eq!(
        takes(&of(&wide.clone().facts(), &new_image(None))),
        Some("3 to 5 min, from the last 3 restarts.")
    );
    // Between two restarts a pod has to be Available.
    let slow = wide.clone().with(|f| f.set.min_ready_seconds = 600).facts();
    assert_eq!(
        takes(&of(&slow, &new_image(None))),
        Some("About 24 min, from the last 3 restarts.")
    );
    // A Parallel set takes down one at a time too, but what was deleted together comes back together.
    let together = paced(canary().parallel(), &[60, 60, 60]).facts();
    let f = of(&together, &abort(&together, &[4, 3]));
    assert_eq!(takes(&f), Some("About 60 s, from the last 3 restarts."));
    let ordered = paced(canary(), &[60, 60, 60]).facts();
    let f = of(&ordered, &abort(&ordered, &[4, 3]));
    assert_eq!(takes(&f), Some("About 2 min, from the last 3 restarts."));
}

#[test]
fn no_duration_is_told_from_too_little_or_for_what_stalls_or_ends() {
    let two = paced(sts("web"), &[60, 61]).facts();
    assert_eq!(takes(&of(&two, &new_image(None))), None);
    let known = paced(sts("web").replicas(3), &[60, 60, 60]);
    assert_eq!(takes(&of(&known.clone().facts(), &Action::Scale { replicas: 1 })), None);
    let stalled = known.crashing(1, 60).facts();
    let above = Action::DeletePod { pod: "web-2".into(), uid: stalled.pods[2].uid.clone() };
    let f = of(&stalled, &above);
    assert!(f.stall.is_some() && f.takes.is_none());
}
