use super::{Forecast, StepKind, assumed, forecast, forecast_judged, forecast_on};
use crate::action::{Action, StrategyName};
use crate::controller::Version;
use crate::facts::Facts;
use crate::set::{ContainerImage, ManagedBy, Retain, RollingUpdate, UpdateStrategy};
use crate::status::{Settings, status};
use crate::testing::{now, sts};

fn pods(f: &Forecast) -> Vec<&str> {
    f.steps.iter().map(|s| s.pod.as_str()).collect()
}

fn of(facts: &Facts, action: &Action) -> Forecast {
    forecast(facts, action)
}

/// As the set's page foretells it, five minutes being the time after which a pod is called stuck.
fn judged(facts: &Facts, action: &Action) -> Forecast {
    let status = status(facts, None, now(), Settings::default());
    forecast_judged(facts, Some(&status), action)
}

fn new_image(partition: Option<u32>) -> Action {
    let images = vec![ContainerImage { container: "app".into(), image: "shop/app:9".into() }];
    Action::SetImage { images, partition }
}

#[test]
fn a_new_image_restarts_from_the_highest_ordinal_down_to_the_boundary() {
    let facts = sts("web").replicas(5).facts();
    let all = of(&facts, &new_image(None));
    assert_eq!(pods(&all), ["web-4", "web-3", "web-2", "web-1", "web-0"]);
    assert_eq!(
        all.sentence,
        "5 pods restart on r2, one after another: web-4, web-3, web-2, web-1, web-0."
    );
    let canary = of(&facts, &new_image(Some(4)));
    assert_eq!(pods(&canary), ["web-4"]);
    assert_eq!(canary.sentence, "web-4 restarts on r2.");
    assert_eq!(canary.stays, "web-0 to web-3 stay on r1.");
    assert_eq!(canary.at_once, 1);
    let staged = of(&facts, &new_image(Some(5)));
    assert!(staged.steps.is_empty());
    assert_eq!(staged.sentence, "No pod restarts yet: r2 waits behind the boundary.");
}

#[test]
fn advance_and_finish_replace_only_pods_that_differ() {
    let facts =
        sts("web").replicas(5).partition(3).revision(2).on(4, 2).on(3, 2).claims("data").facts();
    let next = of(&facts, &Action::Advance { to: None });
    assert_eq!(pods(&next), ["web-2"]);
    assert_eq!(
        next.stays,
        "web-0, web-1, web-3 and web-4 keep running as they are. All 5 claims stay."
    );
    assert_eq!(pods(&of(&facts, &Action::Finish {})), ["web-2", "web-1", "web-0"]);
    assert!(of(&facts, &Action::SetPartition { partition: 4 }).steps.is_empty());
}

#[test]
fn on_delete_restarts_nothing_by_itself() {
    let facts = sts("vault").on_delete().facts();
    assert_eq!(
        of(&facts, &new_image(None)).sentence,
        "No pod restarts by itself: each gets r2 when it is deleted."
    );
    let switch = Action::SwitchStrategy { strategy: StrategyName::RollingUpdate, partition: None };
    let stale = sts("vault").on_delete().revision(2).on(1, 2).facts();
    assert_eq!(pods(&of(&stale, &switch)), ["vault-2", "vault-0"]);
}

#[test]
fn scaling_down_says_which_claims_go() {
    let set = sts("rabbit").replicas(5).claims("data");
    let kept = of(&set.clone().facts(), &Action::Scale { replicas: 3 });
    assert_eq!(pods(&kept), ["rabbit-4", "rabbit-3"]);
    assert!(!kept.loses_data);
    assert_eq!(kept.sentence, "2 pods stop, one after another: rabbit-4, rabbit-3.");
    let lost = of(
        &set.with(|f| f.set.when_scaled = Retain::Delete).facts(),
        &Action::Scale { replicas: 3 },
    );
    assert!(lost.loses_data);
    assert_eq!(lost.steps[0].claims_deleted, ["data-rabbit-4"]);
    assert!(lost.stays.ends_with("3 claims stay."), "{}", lost.stays);
}

#[test]
fn scaling_up_below_the_boundary_creates_old_pods() {
    let facts = sts("web").replicas(2).partition(9).revision(2).facts();
    let up = of(&facts, &Action::Scale { replicas: 4 });
    assert_eq!(pods(&up), ["web-2", "web-3"]);
    assert!(up.steps.iter().all(|s| s.what == StepKind::Create));
    assert_eq!(up.steps[0].revision.as_deref(), Some("r1"));
}

#[test]
fn a_pod_deleted_below_the_boundary_comes_back_old() {
    let facts = sts("web").replicas(3).partition(2).revision(2).on(2, 2).on(0, 2).facts();
    let delete = Action::DeletePod { pod: "web-0".into(), uid: facts.pods[0].uid.clone() };
    let f = of(&facts, &delete);
    assert_eq!(f.sentence, "web-0 restarts on r1.");
    assert!(f.warnings.iter().any(|w| w.contains("comes back on r1")), "{:?}", f.warnings);
}

#[test]
fn a_broken_pod_stalls_what_would_follow() {
    let facts = sts("web").replicas(5).crashing(1, 60).facts();
    let f = of(&facts, &new_image(None));
    assert_eq!(
        f.stall.as_deref(),
        Some(
            "Nothing starts or restarts while web-1 is not Ready: it crashed 6 times (exit 137). \
             Then delete web-1: it comes back on r2, and the rest goes on."
        )
    );
    // Deleting the broken pod itself waits for nobody.
    let delete = Action::DeletePod { pod: "web-1".into(), uid: facts.pods[1].uid.clone() };
    assert_eq!(of(&facts, &delete).stall, None);
    // In a Parallel set an old broken pod is replaced like any other.
    let parallel = sts("web").parallel().replicas(5).crashing(1, 60).facts();
    assert_eq!(of(&parallel, &new_image(None)).stall, None);
}

fn delete(facts: &Facts, pod: &str) -> Forecast {
    let found = facts.pods.iter().find(|p| p.name == pod).expect("it is there");
    of(facts, &Action::DeletePod { pod: pod.into(), uid: found.uid.clone() })
}

#[test]
fn a_pod_that_comes_back_on_the_image_it_fails_on_does_not_free_the_rest() {
    let set = sts("web").replicas(4).revision(2).on(3, 2).crashing(3, 20);
    for (facts, way) in [
        (set.clone().facts(), "abort the rollout, or roll back and then delete it."),
        (set.clone().parallel().facts(), "abort the rollout, or roll back."),
    ] {
        let f = delete(&facts, "web-3");
        assert_eq!((f.sentence.as_str(), f.in_vain), ("web-3 restarts on r2.", true));
        let says = format!(
            "web-3 comes back on the same image shop/app:2, which fails now: it crashed 6 times (exit 137). Deleting it does not help: {way}"
        );
        assert_eq!(f.stall.as_deref(), Some(says.as_str()));
    }
    // While it ends it is the same pod in the way.
    let ending = set.clone().ending(3).facts();
    let goes_on = of(&ending, &Action::SetPartition { partition: 0 });
    assert_eq!((pods(&goes_on), goes_on.in_vain), (vec!["web-3"], true));
    // Settled on it: there is nothing to abort.
    let alone = sts("web").replicas(1).crashing(0, 60).facts();
    let says = delete(&alone, "web-0").stall;
    assert!(says.is_some_and(|s| s.ends_with("give the set another image, and then delete it.")));
    // It falls back to another image.
    let abort = Action::Abort {
        pods: crate::action::abort_candidates(&set.clone().facts())
            .into_iter()
            .map(|c| c.pod)
            .collect(),
    };
    assert!(!of(&set.facts(), &abort).in_vain);
}

#[test]
fn a_restart_or_another_revision_with_the_same_image_heals_no_image() {
    let set = sts("web").parallel().replicas(3).revision(2).on(2, 2).crashing(2, 20);
    let restart = of(&set.clone().facts(), &Action::Restart { partition: None });
    assert_eq!((pods(&restart), restart.in_vain), (vec!["web-2"], true));
    assert!(restart.stall.is_some_and(|s| s.ends_with("it crashed 6 times (exit 137).")));
    let other = of(&set.clone().facts(), &new_image(None));
    assert_eq!((pods(&other).len(), other.stall), (3, None));
    // Pods that run the image on the wanted revision show that it was not the image.
    let same = set.with(|f| {
        f.revisions[1].images = f.revisions[0].images.clone();
        f.set.status.update_revision = f.set.status.current_revision.clone();
    });
    let back = delete(&same.facts(), "web-2");
    assert_eq!((back.sentence.as_str(), back.stall), ("web-2 restarts on r3.", None));
}

#[test]
fn what_follows_a_pod_that_is_not_ready_waits_for_it_to_be_so() {
    let set = sts("web").replicas(4).revision(2).on(3, 2).on(2, 2);
    let never = set.clone().starting(2, 400).facts();
    let uid = never.pods[2].uid.clone();
    let never = judged(&never, &Action::DeletePod { pod: "web-2".into(), uid });
    assert_eq!((pods(&never), never.in_vain), (vec!["web-2"], false));
    assert_eq!(
        never.stall.as_deref(),
        Some(
            "web-2 comes back on the same revision r2; now it runs but is not Ready. What follows waits until it is Ready."
        )
    );
    let crashes = delete(&set.clone().crashing(2, 400).facts(), "web-2");
    assert_eq!(
        crashes.stall.as_deref(),
        Some(
            "web-2 comes back on the same image shop/app:2, with which 1 other pod is Ready; now it crashed 6 times (exit 137). What follows waits until it is Ready."
        )
    );
    // Nothing else waits for it.
    assert_eq!(delete(&sts("web").crashing(1, 60).facts(), "web-1").stall, None);
}

#[test]
fn a_pod_that_is_not_running_does_not_keep_running() {
    let facts = sts("web").replicas(4).revision(2).on(3, 2).crashing(3, 20).facts();
    let f = of(&facts, &Action::SetPartition { partition: 0 });
    assert_eq!(f.sentence, "No pod restarts as things are.");
    assert_eq!(
        f.stays,
        "web-0 to web-2 keep running as they are. web-3 stays as it is, not Ready."
    );
    let starting = sts("web").replicas(2).starting(1, 3).facts();
    assert_eq!(
        of(&starting, &Action::SetPartition { partition: 0 }).stays,
        "web-0 keeps running as it is. web-1 is not Ready yet."
    );
}

#[test]
fn who_will_overwrite_it_is_said_before() {
    let helm = ManagedBy { tool: "Helm".into(), name: Some("orders".into()) };
    let facts = sts("web").with(|f| f.set.managed_by = Some(helm)).facts();
    let f = of(&facts, &new_image(None));
    assert!(f.warnings.iter().any(|w| w.contains("Helm release orders")), "{:?}", f.warnings);
}

#[test]
fn a_broken_pod_in_an_ordered_set_lets_nothing_restart_and_the_forecast_says_so() {
    let facts = sts("web").replicas(5).crashing(1, 60).facts();
    let f = of(&facts, &new_image(None));
    assert!(f.steps.is_empty());
    assert_eq!(f.sentence, "No pod restarts as things are.");
    // A new revision heals nothing: the pod is not on it and is never replaced (kubernetes#67250).
    let trapped = sts("web").replicas(3).revision(2).on(2, 2).crashing(2, 60).facts();
    let back = of(&trapped, &new_image(None));
    assert!(back.stall.is_some_and(|s| s.contains("while web-2 is not Ready")));
}

#[test]
fn a_deleted_pod_does_not_come_back_above_a_broken_one() {
    let facts = sts("web").replicas(4).crashing(1, 60).facts();
    let above = Action::DeletePod { pod: "web-3".into(), uid: facts.pods[3].uid.clone() };
    let f = of(&facts, &above);
    assert_eq!((f.steps[0].what, f.sentence.as_str()), (StepKind::Stop, "web-3 stops."));
    assert!(f.stall.is_some_and(|s| s.contains("while web-1 is not Ready")));
    let below = Action::DeletePod { pod: "web-0".into(), uid: facts.pods[0].uid.clone() };
    assert_eq!(of(&facts, &below).sentence, "web-0 restarts on r1.");
}

#[test]
fn with_max_unavailable_pods_go_in_waves() {
    let two = UpdateStrategy::RollingUpdate {
        rolling_update: Some(RollingUpdate {
            partition: Some(0),
            max_unavailable: Some("2".into()),
        }),
    };
    let f = of(&sts("web").replicas(5).strategy(two).facts(), &new_image(None));
    assert_eq!(f.at_once, 2);
    assert_eq!(f.steps.iter().map(|s| s.wave).collect::<Vec<_>>(), [0, 0, 1, 1, 2]);
    assert_eq!(
        f.sentence,
        "5 pods restart on r2, at most 2 at once: web-4, web-3, web-2, web-1, web-0."
    );
}

#[test]
fn a_sick_pod_anywhere_stops_a_parallel_set_with_a_budget_until_1_37() {
    let one = UpdateStrategy::RollingUpdate {
        rolling_update: Some(RollingUpdate {
            partition: Some(0),
            max_unavailable: Some("1".into()),
        }),
    };
    let facts = sts("web").parallel().replicas(3).strategy(one).crashing(0, 60).facts();
    let f = of(&facts, &new_image(None));
    assert!(f.steps.is_empty());
    assert!(f.stall.is_some_and(|s| s.starts_with("1 pod is not available and maxUnavailable")));
    let mut newer = assumed(&facts);
    newer.version = Version::new(1, 37, 0);
    let f = forecast_on(&facts, &new_image(None), &newer);
    assert_eq!(pods(&f), ["web-0", "web-2", "web-1"]);
    assert_eq!(f.stall, None);
    assert!(f.warnings.iter().any(|w| w.contains("has not been watched")), "{:?}", f.warnings);
}

#[test]
fn what_goes_on_anyway_is_part_of_the_forecast() {
    // A roll from r1 to r2 that has reached web-3, scaled down in the middle: scaling comes first.
    let facts = sts("web").replicas(5).revision(2).on(4, 2).on(3, 2).facts();
    let f = of(&facts, &Action::Scale { replicas: 3 });
    assert_eq!(
        f.sentence,
        "2 pods stop, one after another: web-4, web-3. 3 pods restart on r2, one after another: web-2, web-1, web-0."
    );
}

#[test]
fn scaling_up_while_the_pod_ends_may_stay_short_of_it_where_scaling_deletes_claims() {
    let facts = sts("web").replicas(3).claims("data").ending(2).with(|f| {
        f.set.replicas = 2;
        f.set.when_scaled = Retain::Delete;
        f.claims[2].owner_uid = Some(f.pods[2].uid.clone());
    });
    let f = of(&facts.facts(), &Action::Scale { replicas: 3 });
    assert!(f.loses_data);
    assert!(f.stall.is_some_and(|s| s.starts_with("web-2 may not come back by itself")));
}

#[test]
fn two_broken_pods_that_are_to_go_trap_a_scale_down() {
    let facts = sts("web").replicas(5).crashing(3, 60).crashing(4, 60).facts();
    let f = of(&facts, &Action::Scale { replicas: 2 });
    assert!(f.steps.is_empty());
    assert_eq!(
        f.stall.as_deref(),
        Some(
            "web-4 is never deleted while it and web-3 both are not Ready: one of them has to be deleted by hand."
        )
    );
}

#[test]
fn a_pod_that_is_made_and_deleted_for_ever_is_told_in_few_words() {
    let nil = UpdateStrategy::RollingUpdate { rolling_update: None };
    let facts = sts("web").parallel().replicas(4).strategy(nil).revision(2).without(0).with(|f| {
        f.set.status.current_replicas = 3;
    });
    let facts = facts.facts();
    let mut newer = assumed(&facts);
    newer.version = Version::new(1, 37, 0);
    newer.max_unavailable = true;
    let f = forecast_on(&facts, &Action::Scale { replicas: 5 }, &newer);
    assert!(f.stall.is_some_and(|s| s.contains("over and over")));
    assert!(f.steps.len() <= 10);
}

#[test]
fn claims_that_a_new_pod_needs_are_told() {
    let set = sts("web").replicas(2).claims("data");
    let f = of(&set.clone().facts(), &Action::Scale { replicas: 3 });
    assert_eq!(f.steps[0].claims_created, ["data-web-2"]);
    let two = of(&set.claims("wal").facts(), &Action::Scale { replicas: 4 });
    let made = |i: usize| two.steps[i].claims_created.clone();
    assert_eq!(made(0), ["data-web-2", "wal-web-2"]);
    assert_eq!(made(1), ["data-web-3", "wal-web-3"]);
}

#[test]
fn a_set_of_absurd_size_is_not_played() {
    let facts = sts("web").facts();
    let f = of(&facts, &Action::Scale { replicas: 2_147_483_647 });
    assert!(f.steps.is_empty());
    assert!(f.sentence.contains("is not told"), "{}", f.sentence);
    let written = sts("web").with(|f| f.set.replicas = u32::MAX).facts();
    assert!(of(&written, &new_image(None)).steps.is_empty());
}

#[test]
fn a_large_set_plays_to_its_end() {
    let facts = sts("web").replicas(300).claims("data").facts();
    let f = of(&facts, &new_image(None));
    assert_eq!(f.steps.len(), 300);
    assert_eq!((f.steps[0].pod.as_str(), f.steps[299].pod.as_str()), ("web-299", "web-0"));
    assert_eq!(f.stall, None);
}

#[test]
fn what_happens_to_more_pods_than_are_drawn_is_not_told_except_for_what_is_lost() {
    let most = i32::MAX.unsigned_abs();
    let small = sts("web").replicas(3).claims("data");
    let up = of(&small.clone().facts(), &Action::Scale { replicas: most });
    assert!(up.steps.is_empty() && !up.loses_data);
    assert_eq!(up.sentence, "More than 2000 replicas: what happens to which pod is not told.");
    let huge = small.with(|f| {
        f.set.replicas = most;
        f.set.when_scaled = Retain::Delete;
    });
    let down = of(&huge.clone().facts(), &Action::Scale { replicas: 1 });
    assert!(down.loses_data && down.warnings.iter().any(|w| w.contains("deletes the claims")));
    assert!(!of(&huge.clone().facts(), &Action::Scale { replicas: 3 }).loses_data);
    assert!(of(&huge.facts(), &new_image(None)).steps.is_empty());
}

mod freeing;
mod going_back;
mod images_again;
mod invariants;
mod waiting;
mod warned;
