use super::{delete, judged, new_image, of, pods};
use crate::action::Action;
use crate::set::{RollingUpdate, UpdateStrategy};
use crate::testing::{Sts, sts};

/// What waits, and the pods to which something happens all the same.
fn waits(f: &super::Forecast) -> (&str, Vec<&str>) {
    let waits = f.waits.as_ref().expect("it waits");
    (&waits.sentence, waits.meanwhile.iter().map(|s| s.pod.as_str()).collect())
}

#[test]
fn what_rests_on_a_pod_that_is_starting_waits_and_is_no_stall() {
    let facts = sts("web").replicas(3).starting(1, 20).facts();
    let f = judged(&facts, &new_image(None));
    assert_eq!((pods(&f), f.stall.as_deref()), (vec!["web-2", "web-1", "web-0"], None));
    let says = "Nothing starts or restarts while web-1 is not Ready.";
    assert_eq!(waits(&f), (says, vec![]));
    assert_eq!(f.waits.as_ref().and_then(|w| w.pod.as_deref()), Some("web-1"));
    assert_eq!(
        f.sentence,
        format!("3 pods restart on r2, one after another: web-2, web-1, web-0. {says}")
    );
    let up = judged(&facts, &Action::Scale { replicas: 5 });
    assert_eq!((pods(&up), waits(&up)), (vec!["web-3", "web-4"], (says, vec![])));
    let down = judged(&facts, &Action::Scale { replicas: 2 });
    let says = "Nothing starts, stops or restarts while web-1 is not Ready.";
    assert_eq!((pods(&down), waits(&down)), (vec!["web-2"], (says, vec![])));
    // Nothing has to wait for it.
    assert_eq!(judged(&facts, &Action::SetPartition { partition: 3 }).waits, None);
    assert_eq!(judged(&sts("web").replicas(3).facts(), &new_image(None)).waits, None);
}

#[test]
fn a_pod_for_which_the_set_is_called_stuck_or_trapped_stalls_it() {
    let stuck = sts("web").replicas(3).starting(1, 400).facts();
    for action in [new_image(None), Action::Scale { replicas: 5 }, Action::Scale { replicas: 2 }] {
        let f = judged(&stuck, &action);
        assert_eq!((pods(&f), &f.waits), (vec![], &None));
        // A new image reaches it where it is deleted; otherwise it would come back as it is.
        let then = match action {
            Action::SetImage { .. } => {
                " Then delete web-1: it comes back on r2, and the rest goes on."
            }
            _ => "",
        };
        let says = format!("Nothing starts or restarts while web-1 is not Ready.{then}");
        assert_eq!(f.stall, Some(says));
    }
    // kubernetes#67250: the template was put back, and the pod on the other one is never replaced.
    let trapped = sts("web").replicas(3).revision(2).on(2, 2).starting(2, 400).back_to(1, 3);
    let f = judged(&trapped.facts(), &Action::Restart { partition: None });
    assert!(f.steps.is_empty() && f.stall.is_some_and(|s| s.contains("while web-2 is not Ready")));
    // Another pod that has just begun to start is not what it is stuck for.
    let young = sts("web").replicas(4).starting(2, 400).starting(0, 5).facts();
    let f = judged(&young, &new_image(None));
    let says = "Nothing starts or restarts while web-2 is not Ready. Then delete web-2";
    assert!(f.stall.is_some_and(|s| s.starts_with(says)));
}

#[test]
fn a_pod_that_does_not_end_is_in_the_way_as_well() {
    let ending = |set: Sts, seconds: i64| {
        set.pod(1, |p| p.deleting = Some(crate::testing::ago(seconds))).facts()
    };
    let set = || sts("web").replicas(3);
    let f = judged(&ending(set(), 5), &new_image(None));
    assert_eq!(pods(&f), ["web-1", "web-2", "web-0"]);
    assert_eq!(
        (waits(&f), f.stall.as_deref()),
        (("Nothing starts or restarts while web-1 is ending.", vec![]), None)
    );
    let f = judged(&ending(set(), 400), &new_image(None));
    assert_eq!(
        (pods(&f), f.stall.as_deref()),
        (vec![], Some("Nothing starts or restarts while web-1 is ending."))
    );
    // What comes of the pod itself waits for its end alone.
    let parallel = ending(set().parallel(), 5);
    let f = judged(&parallel, &Action::Scale { replicas: 2 });
    assert_eq!(waits(&f), ("web-1 is still ending.", vec!["web-2"]));
    // And of one that does not end nothing is foretold, but for the rest nothing changes.
    let parallel = ending(set().parallel(), 400);
    let f = judged(&parallel, &Action::Scale { replicas: 2 });
    assert_eq!((pods(&f), &f.stall, &f.waits), (vec!["web-2"], &None, &None));
}

#[test]
fn a_pod_that_comes_back_on_the_template_it_does_not_get_ready_on_is_waited_for() {
    let facts = sts("web").parallel().replicas(4).starting(2, 20).facts();
    let restart = Action::Restart { partition: None };
    let f = judged(&facts, &restart);
    let says = "web-2 comes back on the same revision r1; now it runs but is not Ready. What follows waits until it is Ready.";
    assert_eq!((pods(&f).len(), waits(&f)), (4, (says, vec!["web-3", "web-2"])));
    let late = sts("web").parallel().replicas(4).starting(2, 400).facts();
    let f = judged(&late, &restart);
    assert_eq!((pods(&f), f.stall.as_deref()), (vec!["web-3", "web-2"], Some(says)));
    // Another image may be the cure.
    let f = judged(&late, &new_image(None));
    assert_eq!((pods(&f).len(), f.stall, f.waits), (4, None, None));
}

#[test]
fn a_parallel_roll_waits_for_the_pods_that_it_has_replaced() {
    let facts = sts("web").parallel().replicas(4).revision(2).on(3, 2).starting(3, 5).facts();
    let f = judged(&facts, &Action::Finish {});
    assert_eq!(pods(&f), ["web-2", "web-1", "web-0"]);
    assert_eq!(waits(&f), ("The roll waits until web-3 is Ready.", vec![]));
    let pending = sts("web").parallel().replicas(4).revision(2).on(3, 2).starting(3, 5);
    let pending = pending.pod(3, |p| p.phase = crate::pod::Phase::Pending).facts();
    let f = judged(&pending, &Action::Finish {});
    assert_eq!(waits(&f).0, "The roll waits until web-3 is Ready: it is starting.");
}

#[test]
fn a_deleted_pod_does_not_come_back_while_a_lower_one_is_not_ready() {
    let facts = sts("web").replicas(4).starting(1, 20).facts();
    let f = delete(&facts, "web-3");
    assert_eq!(f.sentence.split_once(". ").map(|s| s.0), Some("web-3 restarts on r1"));
    assert_eq!(waits(&f), ("web-3 does not come back while web-1 is not Ready.", vec!["web-3"]));
    // Of the pod itself only what follows would wait.
    assert_eq!(delete(&facts, "web-1").waits, None);
    assert_eq!(delete(&facts, "web-0").waits, None);
}

#[test]
fn a_scale_down_of_two_pods_that_start_waits_for_one_of_them() {
    let facts = sts("web").replicas(5).starting(3, 5).starting(4, 5).facts();
    let f = judged(&facts, &Action::Scale { replicas: 3 });
    assert_eq!((pods(&f), f.stall.as_deref()), (vec!["web-4", "web-3"], None));
    assert_eq!(waits(&f), ("web-4 is not deleted while it and web-3 both are not Ready.", vec![]));
}

#[test]
fn with_a_budget_a_pod_that_starts_uses_it_up() {
    let two = UpdateStrategy::RollingUpdate {
        rolling_update: Some(RollingUpdate {
            partition: Some(0),
            max_unavailable: Some("1".into()),
        }),
    };
    let facts = sts("web").parallel().replicas(3).strategy(two).starting(0, 5).facts();
    let f = judged(&facts, &new_image(None));
    assert_eq!((pods(&f).len(), f.stall.as_deref()), (3, None));
    assert_eq!(
        waits(&f).0,
        "1 pod is not available and maxUnavailable allows 1: nothing more is replaced while web-0 is not Ready."
    );
}

#[test]
fn pods_that_are_down_anyway_count_among_those_that_are_down_at_the_same_time() {
    // web-2 fails on r2 while the roll over it takes web-3.
    let set = sts("web").parallel().replicas(4).revision(2).on(3, 2).on(2, 2).crashing(2, 20);
    let back = of(&set.clone().facts(), &new_image(None));
    assert_eq!((pods(&back)[..2].to_vec(), back.at_once), (vec!["web-3", "web-2"], 2));
    let on_delete = sts("web").on_delete().replicas(3).revision(2).on(2, 2).crashing(2, 20);
    assert_eq!(delete(&on_delete.facts(), "web-1").at_once, 2);
    assert_eq!(of(&sts("web").facts(), &Action::Scale { replicas: 5 }).at_once, 1);
    assert_eq!(of(&set.facts(), &Action::SetPartition { partition: 4 }).at_once, 0);
}

#[test]
fn pods_that_come_up_on_what_fails_elsewhere_are_warned_of() {
    let set = sts("web").on_delete().replicas(3).revision(2).on(2, 2).crashing(2, 20);
    let says = "web-2 fails on r2, and no pod is Ready on it: it crashed 6 times (exit 137).";
    let f = delete(&set.clone().facts(), "web-1");
    assert!(f.warnings.iter().any(|w| w == says), "{:?}", f.warnings);
    // The pod itself is told of in the stall; and where one runs well it is no sign.
    let itself = delete(&set.clone().facts(), "web-2");
    assert!(itself.in_vain && !itself.warnings.iter().any(|w| w == says));
    let well = delete(&set.on(0, 2).facts(), "web-1");
    assert!(!well.warnings.iter().any(|w| w == says), "{:?}", well.warnings);
    let up = sts("web").parallel().replicas(3).revision(2).on(2, 2).crashing(2, 20).facts();
    let f = of(&up, &Action::Scale { replicas: 4 });
    assert!(f.warnings.iter().any(|w| w == says), "{:?}", f.warnings);
}
