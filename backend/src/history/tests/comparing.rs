use model::claim::ClaimPhase;

use super::builder::{Story, settled};
use crate::history::compare::{changes, compare};
use crate::history::known::Known;

fn sentences(before: &Story, after: &Story) -> Vec<String> {
    compare(&before.facts, &after.facts, &[], after.now())
        .into_iter()
        .map(|h| h.sentence)
        .filter(|s| !s.is_empty())
        .collect()
}

fn says(before: &Story, after: &Story) -> String {
    sentences(before, after).join(" | ")
}

#[test]
fn nothing_is_told_when_nothing_changed_or_only_counters_did() {
    let db = settled("orders-db", 5);
    assert!(sentences(&db, &db).is_empty());
    let mut counted = db.clone();
    counted.facts.set.status.ready_replicas = 3;
    counted.facts.set.managers[0].at = None;
    assert!(sentences(&db, &counted).is_empty());
}

#[test]
fn a_new_revision_names_image_and_the_pods_that_get_it() {
    let db = settled("orders-db", 5).partition(4).observed(6);
    let edited = db.clone().at(1).image("16.4");
    assert!(sentences(&db, &edited).is_empty(), "the controller has made no revision yet");
    let rolled = edited.clone().revision(7, "16.4").observed(7);
    assert_eq!(
        chain(&[db, edited, rolled]),
        [
            "image of postgres from 16.3 to 16.4: revision r7 appears; orders-db-4 gets r7, orders-db-0 to orders-db-3 stay on r6",
            "orders-db-0 to orders-db-3 are held on r6 while r7 is out",
        ]
    );
}

/// What is told of a whole story, look by look.
fn chain(stories: &[Story]) -> Vec<String> {
    let mut known = Known::of(&stories[0].facts, None);
    let mut all = Vec::new();
    for story in &stories[1..] {
        let mut after = Known::of(&story.facts, Some(&known));
        let happened = changes(&known, &mut after, &[], story.now());
        all.extend(happened.into_iter().map(|h| h.sentence).filter(|s| !s.is_empty()));
        known = after;
    }
    all
}

#[test]
fn a_restart_is_told_as_a_restart() {
    let web = settled("web", 2);
    let restarted = web.clone().restart().revision(7, "16.3-again").observed(7);
    assert_eq!(
        says(&web, &restarted),
        "restart asked for: revision r7 appears; web-0 and web-1 get r7"
    );
}

#[test]
fn an_old_template_comes_back_under_a_new_number() {
    let web = settled("web", 2).rolls_out(7, "16.4");
    let back = web.clone().image("16.3").renumbered(6, 8).observed(6);
    assert_eq!(says(&web, &back), "the template of r6 is back as r8; web-0 and web-1 get r8");
}

#[test]
fn a_revision_is_told_only_once_its_object_is_known() {
    let web = settled("web", 2);
    let early = web.clone().image("16.4").observed(7);
    assert!(sentences(&web, &early).is_empty());
    let numbered_late = settled("web", 2).rolls_out(7, "16.4");
    let back = numbered_late.clone().image("16.3").observed(6);
    // A pod of it is already there here, so nothing is gained by waiting.
    assert_eq!(sentences(&numbered_late, &back).len(), 1);
}

#[test]
fn a_partition_is_told_by_the_pods_on_both_sides_of_it() {
    let db = settled("orders-db", 5).partition(4).rolls_out(7, "16.4");
    let db = db.gone(4).created(4, 7).ready(4);
    assert_eq!(
        says(&db, &db.clone().partition(3)),
        "moved the partition from 4 to 3: orders-db-3 and orders-db-4 get r7, orders-db-0 to orders-db-2 stay on r6"
    );
    assert_eq!(
        says(&db, &db.clone().partition(0)),
        "moved the partition from 4 to 0: r7 reaches every pod"
    );
    assert_eq!(
        says(&db, &db.clone().partition(9)),
        "moved the partition from 4 to 9: orders-db-0 to orders-db-3 stay on r6, orders-db-4 stays on r7"
    );
}

#[test]
fn a_partition_without_a_rollout_is_told_of_the_next_update() {
    let db = settled("orders-db", 3);
    let held = db.clone().partition(2);
    assert_eq!(
        says(&db, &held),
        "moved the partition from 0 to 2 for the next update: orders-db-2 would get it, orders-db-0 and orders-db-1 would stay on r6"
    );
    assert_eq!(
        says(&held, &held.clone().partition(0)),
        "moved the partition from 2 to 0: the next update reaches every pod"
    );
    let with_image = db.clone().partition(2).image("16.4");
    assert_eq!(
        says(&db, &with_image),
        "moved the partition from 0 to 2: orders-db-2 gets the new template, orders-db-0 and orders-db-1 stay on r6"
    );
}

#[test]
fn ordinals_that_start_above_zero_are_named_as_they_are() {
    let mut db = settled("db", 0);
    db.facts.set.start = 10;
    let db = db.scale(3).created(10, 6).ready(10).created(11, 6).ready(11).created(12, 6).ready(12);
    let db = db.partition(3).rolls_out(7, "16.4");
    assert_eq!(
        says(&db, &db.clone().partition(2)),
        "moved the partition from 3 to 2: db-12 gets r7, db-10 and db-11 stay on r6"
    );
}

#[test]
fn a_hold_ends_when_the_last_held_pod_is_on_the_revision() {
    let db = settled("db", 2).partition(1).rolls_out(7, "16.4");
    let by_hand = db.clone().gone(0).created(0, 7);
    assert!(says(&db, &by_hand).ends_with("no pod is held back from r7 any more"));
}

#[test]
fn scaling_and_strategy_say_what_comes_of_them() {
    let web = settled("web", 3);
    assert_eq!(says(&web, &web.clone().scale(5)), "scaled from 3 to 5: web-3 and web-4 come");
    assert_eq!(says(&web, &web.clone().scale(1)), "scaled from 3 to 1: web-1 and web-2 go");
    assert_eq!(
        says(&web, &web.clone().on_delete()),
        "switched from RollingUpdate to OnDelete: pods change only when they are deleted"
    );
    let on_delete = web.clone().on_delete();
    assert_eq!(
        says(&on_delete, &on_delete.clone().partition(0)),
        "switched from OnDelete to RollingUpdate: the controller replaces pods by itself"
    );
}

#[test]
fn a_pod_goes_down_and_comes_back_after_so_many_seconds() {
    let db = settled("orders-db", 5).rolls_out(7, "16.4");
    let down = db.clone().at(10).ends(4);
    let created = down.clone().at(20).gone(4).created(4, 7);
    let ready = created.clone().at(62).ready(4);
    assert_eq!(
        chain(&[db, down, created, ready]),
        [
            "orders-db-4 went down (r6)",
            "orders-db-4 was created on r7",
            "orders-db-4 came back Ready on r7 after 52 s",
        ]
    );
}

#[test]
fn a_pod_that_was_replaced_between_two_looks_is_told_in_order() {
    let web = settled("web", 1).rolls_out(7, "16.4");
    let next = web.clone().at(30).gone(0).created(0, 7).at(35).ready(0);
    assert_eq!(
        sentences(&web, &next),
        [
            "web-0 went down (r6)",
            "web-0 was created on r7",
            "web-0 came back Ready on r7 after 5 s"
        ]
    );
}

#[test]
fn of_a_pod_that_the_controller_would_not_have_ended_it_is_said_that_nobody_knows_by_whom() {
    let not_kept = "; Kubernetes does not keep who deletes a pod";
    let ended = |web: &Story| says(web, &web.clone().at(9).ends(1));
    let web = settled("web", 3);
    assert_eq!(ended(&web), format!("web-1 went down (r6){not_kept}"));
    // The controller would do it: the roll has reached this one, or is about to and is not seen yet.
    assert_eq!(ended(&web.clone().rolls_out(7, "16.4")), "web-1 went down (r6)");
    assert_eq!(ended(&web.clone().image("16.4")), "web-1 went down (r6)");
    // Behind a partition, and under OnDelete, it would not.
    let held = web.clone().partition(2).rolls_out(7, "16.4");
    assert_eq!(ended(&held), format!("web-1 went down (r6){not_kept}"));
    let stale = web.clone().on_delete().rolls_out(7, "16.4");
    assert_eq!(ended(&stale), format!("web-1 went down (r6){not_kept}"));
    // A pod in phase Failed is replaced by the controller.
    let mut failed = web;
    failed.facts.pods[1].phase = model::pod::Phase::Failed;
    assert_eq!(ended(&failed), "web-1 went down (r6)");
}

#[test]
fn a_pod_that_the_set_no_longer_wants_does_not_come_back() {
    let web = settled("web", 2).scale(1).observed(6);
    let down = web.clone().at(3).ends(1);
    assert_eq!(says(&web, &down), "web-1 went down and does not come back (r6)");
}

#[test]
fn a_crash_loop_is_told_once_and_each_restart_too() {
    let web = settled("web", 1);
    let once = web.clone().at(5).crashes(0);
    let twice = once.clone().at(25).crashes(0);
    let well = twice.clone().at(65).ready(0);
    assert_eq!(
        chain(&[web, once, twice, well]),
        [
            "a container of web-0 restarted (exit 137)",
            "web-0 crashed (exit 137)",
            "a container of web-0 restarted (exit 137), 2 restarts so far",
            "web-0 is Ready again on r6 after 60 s",
        ]
    );
}

#[test]
fn a_pod_that_only_stops_being_ready_says_so() {
    let web = settled("web", 1);
    let wavering = web.clone().at(5).not_ready(0);
    assert_eq!(says(&web, &wavering), "web-0 is no longer Ready");
}

#[test]
fn claims_come_are_bound_grow_and_go() {
    let web = settled("web", 1);
    let pending = web.clone().claim(0, ClaimPhase::Pending, "20Gi");
    assert_eq!(says(&web, &pending), "claim data-web-0 was created, 20Gi");
    let bound = web.clone().claim(0, ClaimPhase::Bound, "20Gi");
    assert_eq!(says(&pending, &bound), "claim data-web-0 is Bound");
    let mut asked = bound.clone();
    asked.facts.claims[0].requested = Some("30Gi".into());
    assert_eq!(says(&bound, &asked), "claim data-web-0 asks for 30Gi instead of 20Gi");
    let grown = web.clone().claim(0, ClaimPhase::Bound, "30Gi");
    assert_eq!(says(&asked, &grown), "claim data-web-0 is 30Gi now, was 20Gi");
    assert_eq!(says(&grown, &web), "claim data-web-0 is gone");
}

#[test]
fn what_may_not_be_listed_any_more_is_not_told_as_gone() {
    let web = settled("web", 2).claim(0, ClaimPhase::Bound, "20Gi");
    let mut blind = web.clone();
    blind.facts.pods.clear();
    blind.facts.claims.clear();
    blind.facts.revisions.clear();
    let none =
        model::facts::Readable { pods: false, claims: false, revisions: false, services: false };
    blind.facts.readable = none;
    assert!(sentences(&web, &blind).is_empty());
}
