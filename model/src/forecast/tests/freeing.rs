//! What is named as the next step where an action stalls.

use super::{judged, of};
use crate::action::Action;
use crate::testing::{Sts, sts};

fn back_to(revision: u32) -> Action {
    let revision = format!("web-rev{revision}");
    Action::RollBack { revision, hash: None, partition: None }
}

/// r2 is going out, and the pod at the top does not start on it.
fn broken() -> Sts {
    sts("web").replicas(3).revision(2).on(2, 2).crashing(2, 60)
}

#[test]
fn a_roll_back_that_a_broken_pod_blocks_names_the_pod_to_delete() {
    let stall = judged(&broken().facts(), &back_to(1)).stall.expect("kubernetes#67250");
    assert_eq!(
        stall,
        "Nothing starts or restarts while web-2 is not Ready: it crashed 6 times (exit 137). \
         Then delete web-2: it comes back on r3."
    );
    // The deletion itself does not stall then.
    let after = broken().back_to(1, 3).facts();
    let delete = Action::DeletePod { pod: "web-2".into(), uid: after.pods[2].uid.clone() };
    assert_eq!(judged(&after, &delete).stall, None);
}

#[test]
fn all_that_are_in_the_way_are_named_where_one_is_not_enough() {
    let facts = broken().on(1, 2).crashing(1, 50).facts();
    let stall = of(&facts, &back_to(1)).stall.expect("two pods are in the way");
    assert!(stall.ends_with("Then delete web-1 and web-2: they come back on r3."), "{stall}");
}

#[test]
fn what_goes_on_then_is_said() {
    let facts = sts("web").replicas(3).crashing(1, 60).facts();
    let stall = of(&facts, &super::new_image(None)).stall.expect("OrderedReady");
    assert!(
        stall.ends_with("Then delete web-1: it comes back on r2, and the rest goes on."),
        "{stall}"
    );
}

#[test]
fn nothing_is_promised_of_a_pod_that_comes_back_on_what_fails() {
    // It fails on the revision that it would get again.
    let facts = sts("web").replicas(3).crashing(0, 60).facts();
    let stall = of(&facts, &Action::Scale { replicas: 5 }).stall.expect("OrderedReady");
    assert!(!stall.contains("Then delete"), "{stall}");
    // The set that one goes back to has the image that fails.
    let same = broken().with(|f| f.revisions[0].images = f.revisions[1].images.clone());
    let stall = of(
        &same
            .on(0, 2)
            .on(1, 2)
            .with(|f| {
                for pod in &mut f.pods[..2] {
                    pod.ready = false;
                }
            })
            .facts(),
        &back_to(1),
    )
    .stall;
    assert!(!stall.is_some_and(|s| s.contains("Then delete")));
}
