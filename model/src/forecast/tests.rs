use super::{Forecast, StepKind, forecast};
use crate::action::{Action, StrategyName};
use crate::facts::Facts;
use crate::set::{ContainerImage, ManagedBy, Retain};
use crate::testing::sts;

fn pods(f: &Forecast) -> Vec<&str> {
    f.steps.iter().map(|s| s.pod.as_str()).collect()
}

fn of(facts: &Facts, action: &Action) -> Forecast {
    forecast(facts, action)
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
        Some("Nothing starts or restarts while web-1 is not Ready: it crashed 6 times (exit 137).")
    );
    // Deleting the broken pod itself waits for nobody.
    let delete = Action::DeletePod { pod: "web-1".into(), uid: facts.pods[1].uid.clone() };
    assert_eq!(of(&facts, &delete).stall, None);
    // In a Parallel set an old broken pod is replaced like any other.
    let parallel = sts("web").parallel().replicas(5).crashing(1, 60).facts();
    assert_eq!(of(&parallel, &new_image(None)).stall, None);
}

#[test]
fn who_will_overwrite_it_is_said_before() {
    let helm = ManagedBy { tool: "Helm".into(), name: Some("orders".into()) };
    let facts = sts("web").with(|f| f.set.managed_by = Some(helm)).facts();
    let f = of(&facts, &new_image(None));
    assert!(f.warnings.iter().any(|w| w.contains("Helm release orders")), "{:?}", f.warnings);
}

#[test]
fn what_happens_to_more_pods_than_are_drawn_is_not_told_except_for_what_is_lost() {
    let most = i32::MAX.unsigned_abs();
    let small = sts("web").replicas(3).claims("data");
    let up = of(&small.clone().facts(), &Action::Scale { replicas: most });
    assert!(up.steps.is_empty() && !up.loses_data);
    assert_eq!(up.sentence, "More than 5000 replicas: what happens to which pod is not told.");
    let huge = small.with(|f| {
        f.set.replicas = most;
        f.set.when_scaled = Retain::Delete;
    });
    let down = of(&huge.clone().facts(), &Action::Scale { replicas: 1 });
    assert!(down.loses_data && down.warnings.iter().any(|w| w.contains("deletes the claims")));
    assert!(!of(&huge.clone().facts(), &Action::Scale { replicas: 3 }).loses_data);
    assert!(of(&huge.facts(), &new_image(None)).steps.is_empty());
}
