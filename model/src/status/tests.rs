use jiff::SignedDuration;

use super::{Settings, Status, StatusKind, status};
use crate::facts::Facts;
use crate::set::{RollingUpdate, UpdateStrategy};
use crate::testing::{now, sts};

fn judge(facts: &Facts) -> Status {
    status(facts, None, now(), Settings::default())
}

/// Checks kind, badge detail and sentence in one line of a table.
#[track_caller]
#[expect(clippy::needless_pass_by_value, reason = "the table reads better")]
fn is(facts: Facts, kind: StatusKind, detail: &str, sentence: &str) {
    let s = judge(&facts);
    assert_eq!((s.kind, s.badge_detail().as_str(), s.sentence.as_str()), (kind, detail, sentence));
}

#[test]
fn a_fresh_set_comes_up_and_settles() {
    let fresh = sts("web").replicas(3).without(2).starting(1, 2);
    is(
        fresh.facts(),
        StatusKind::Scaling,
        "1/3",
        "web-1 runs but is not Ready and web-2 is still to come; 1 of 3 pods is Ready.",
    );
    is(sts("web").facts(), StatusKind::Settled, "", "All 3 pods run r1 and are Ready.");
    is(sts("web").replicas(1).facts(), StatusKind::Settled, "", "web-0 runs r1 and is Ready.");
    is(sts("web").replicas(2).facts(), StatusKind::Settled, "", "Both pods run r1 and are Ready.");
    is(
        sts("web").replicas(0).facts(),
        StatusKind::Settled,
        "",
        "The set wants no pods, and there are none.",
    );
}

#[test]
fn a_roll_names_who_restarts_and_who_is_next() {
    let begins = sts("web").replicas(5).revision(2);
    is(
        begins.clone().facts(),
        StatusKind::Rolling,
        "0/5",
        "r2 goes out; no pod of 5 runs it and is Ready yet. Next: web-4.",
    );
    is(
        begins.clone().ending(4).facts(),
        StatusKind::Rolling,
        "0/5",
        "web-4 restarts on r2; no pod of 5 runs it and is Ready yet. Next: web-3.",
    );
    let middle = begins.on(4, 2).on(3, 2).starting(3, 4);
    is(
        middle.clone().facts(),
        StatusKind::Rolling,
        "1/5",
        "web-3 restarts on r2; 1 of 5 pods runs it. Next: web-2.",
    );
    let crash = sts("web").replicas(5).revision(2).on(4, 2).on(3, 2).crashing(3, 20);
    is(
        crash.facts(),
        StatusKind::Rolling,
        "1/5",
        "web-3 is on r2 but not Ready: it crashed 6 times (exit 137). Nothing else restarts until it is.",
    );
    let held = sts("web").replicas(5).partition(3).revision(2).on(4, 2).on(3, 2).crashing(3, 20);
    is(
        held.facts(),
        StatusKind::Rolling,
        "1/5",
        "web-3 is on r2 but not Ready: it crashed 6 times (exit 137). Nothing else restarts until someone advances.",
    );
    let tail = sts("web").replicas(3).revision(2).on(2, 2).on(1, 2).without(0);
    is(tail.facts(), StatusKind::Rolling, "2/3", "web-0 restarts on r2; 2 of 3 pods run it.");
}

#[test]
fn a_partition_holds_and_never_shows_as_a_number() {
    let held = sts("orders-db").replicas(5).partition(3).revision(7).on(4, 7).on(3, 7);
    is(
        held.clone().facts(),
        StatusKind::Held,
        "2/5",
        "orders-db-3 and orders-db-4 run r7. orders-db-0 to orders-db-2 stay on r1 until someone advances.",
    );
    is(
        sts("web").replicas(2).partition(9).revision(2).facts(),
        StatusKind::Held,
        "0/2",
        "No pod gets r2 yet. web-0 and web-1 stay on r1 until someone advances.",
    );
    is(
        sts("web").start(3).replicas(3).partition(2).revision(2).on(5, 2).facts(),
        StatusKind::Held,
        "1/3",
        "web-5 runs r2. web-3 and web-4 stay on r1 until someone advances.",
    );
    is(
        held.starting(0, 5).facts(),
        StatusKind::Held,
        "2/5",
        "orders-db-3 and orders-db-4 run r7. orders-db-0 to orders-db-2 stay on r1 until someone advances. orders-db-0 runs but is not Ready.",
    );
}

#[test]
fn on_delete_counts_the_pods_that_wait_for_their_deletion() {
    let set = sts("vault").on_delete().replicas(3).revision(4).on(1, 4);
    is(
        set.clone().facts(),
        StatusKind::OnDelete,
        "2 pending",
        "vault-0 and vault-2 still run r1 and change only when they are deleted.",
    );
    is(
        set.starting(1, 3).facts(),
        StatusKind::OnDelete,
        "2 pending",
        "vault-0 and vault-2 still run r1 and change only when they are deleted. vault-1 is coming back.",
    );
    is(
        sts("vault").on_delete().replicas(2).revision(4).on(0, 4).on(1, 4).facts(),
        StatusKind::Settled,
        "",
        "Both pods run r4 and are Ready.",
    );
}

#[test]
fn stuck_names_the_blocking_pod_even_if_it_is_a_lower_one() {
    let set = sts("kafka").replicas(9).revision(2).on(8, 2).crashing(8, 720);
    is(
        set.facts(),
        StatusKind::Stuck,
        "",
        "kafka-8 crashed 6 times (exit 137). The other 8 pods wait unchanged.",
    );
    let lower = sts("web").replicas(3).starting(0, 400);
    let s = judge(&lower.facts());
    assert_eq!(s.kind, StatusKind::Stuck);
    assert_eq!(s.blocker.expect("a blocker").pod, "web-0");
}

#[test]
fn a_pod_that_is_late_is_judged_again_when_its_time_runs_out() {
    let facts = sts("web").replicas(3).starting(2, 100).facts();
    let first = judge(&facts);
    assert_eq!(first.kind, StatusKind::Starting);
    let due = first.recheck.expect("a timer");
    let later = status(&facts, Some(&first), due, Settings::default());
    assert_eq!(later.kind, StatusKind::Stuck);
}

#[test]
fn where_a_sentence_may_be_cut_off_it_begins_with_what_frees_the_set() {
    let back = sts("orders-db").replicas(5).revision(7).on(4, 7).crashing(4, 30).back_to(1, 8);
    assert_eq!(
        judge(&back.facts()).in_short(),
        "Deleting orders-db-4 frees the set. The template is already back, but orders-db-4 still runs r7 and cannot start: it crashed 6 times (exit 137)."
    );
    let two = sts("web").replicas(4).revision(2).on(2, 2).on(3, 2).crashing(2, 30).crashing(3, 30);
    let two = judge(&two.revision(3).facts());
    assert!(two.sentence.contains("these pods"), "{}", two.sentence);
    assert_eq!(two.in_short(), two.sentence, "their names come first as it is");
    let held = judge(&sts("web").replicas(3).revision(2).partition(2).on(2, 2).facts());
    assert_eq!(held.in_short(), held.sentence);
}

#[test]
fn trapped_is_a_broken_pod_off_the_wanted_revision_under_ordered_ready() {
    let back = sts("orders-db").replicas(5).revision(7).on(4, 7).crashing(4, 30).back_to(1, 8);
    is(
        back.clone().facts(),
        StatusKind::Trapped,
        "",
        "The template is already back, but orders-db-4 still runs r7 and cannot start: it crashed 6 times (exit 137). Deleting this one pod frees the set.",
    );
    let fix = sts("web").replicas(3).revision(2).on(2, 2).crashing(2, 30).revision(3);
    is(
        fix.facts(),
        StatusKind::Trapped,
        "",
        "The set wants r3, but web-2 still runs r2 and cannot start: it crashed 6 times (exit 137). Deleting this one pod frees the set.",
    );
    let restarted = sts("web").replicas(3).revision(2).on(2, 2).crashing(2, 30).revision(3);
    let restarted = restarted.with(|f| f.revisions[2].images = f.revisions[1].images.clone());
    let says = judge(&restarted.facts()).sentence;
    assert!(
        says.ends_with("Deleting this one pod brings the same image back, which fails."),
        "{says}"
    );
    // Parallel replaces it whatever its health, unless the broken pod uses up what may be unavailable.
    let parallel = back.parallel();
    assert_eq!(judge(&parallel.clone().facts()).kind, StatusKind::Rolling);
    let counted = parallel.with(|facts| {
        let one = RollingUpdate { partition: Some(0), max_unavailable: Some("1".into()) };
        facts.set.strategy = UpdateStrategy::RollingUpdate { rolling_update: Some(one) };
    });
    assert_eq!(judge(&counted.facts()).kind, StatusKind::Trapped);
    // A pod that is only starting is no trap: it gets Ready and is then replaced.
    let starting = sts("web").replicas(3).revision(2).on(2, 2).starting(2, 4).revision(3);
    assert_eq!(judge(&starting.facts()).kind, StatusKind::Rolling);
}

#[test]
fn a_failed_pod_is_replaced_by_the_controller_and_is_no_trap() {
    let set = sts("web").replicas(3).revision(2).starting(2, 10).pod(2, |p| {
        p.phase = crate::pod::Phase::Failed;
        p.reason = Some("Evicted".into());
    });
    assert_eq!(judge(&set.facts()).kind, StatusKind::Rolling);
}

#[test]
fn scaling_down_names_who_leaves() {
    let set = sts("web").replicas(5).with(|f| f.set.replicas = 3).ending(4);
    is(set.facts(), StatusKind::Scaling, "3/3", "web-3 and web-4 leave; 3 pods stay.");
}

#[test]
fn a_pod_deleted_by_hand_is_neither_a_roll_nor_a_scaling() {
    let scaling = judge(&sts("web").without(2).facts());
    let last = sts("web").starting(2, 3).facts();
    let still = status(&last, Some(&scaling), now(), Settings::default());
    assert_eq!(still.kind, StatusKind::Scaling, "until the last new pod is Ready");
    is(
        sts("web").replicas(3).without(0).facts(),
        StatusKind::Starting,
        "2/3",
        "web-0 is missing; 2 of 3 pods are Ready.",
    );
}

#[test]
fn a_set_that_is_told_of_before_its_last_pod_rolls_on() {
    let rolls = judge(&sts("web").revision(2).on(1, 2).on(2, 2).facts());
    assert_eq!(rolls.kind, StatusKind::Rolling);
    let mut told = sts("web").revision(2).on(0, 2).on(1, 2).on(2, 2).starting(0, 3).facts();
    told.set.status.current_revision.clone_from(&told.set.status.update_revision);
    let after = |facts: &Facts| status(facts, Some(&rolls), now(), Settings::default()).kind;
    assert_eq!(after(&told), StatusKind::Starting, "a pod that was deleted by hand");
    told.set.status.ready_replicas = 3;
    assert_eq!(after(&told), StatusKind::Rolling);
    assert_eq!(judge(&told).kind, StatusKind::Starting, "of a set that did not roll");
}

#[test]
fn while_a_change_is_not_observed_the_status_stays_until_the_controller_is_late() {
    let before = judge(&sts("web").facts());
    let just_now = sts("web").unobserved(1).facts();
    let s = status(&just_now, Some(&before), now(), Settings::default());
    assert_eq!((s.kind, &s.sentence), (StatusKind::Settled, &before.sentence));
    let late = status(&just_now, Some(&s), s.recheck.expect("a timer"), Settings::default());
    assert_eq!(late.kind, StatusKind::Unobserved);
    assert_eq!(
        late.sentence,
        "The controller has not seen change 2 yet; pods are as they were before it."
    );
}

#[test]
fn what_cannot_be_judged_is_not_judged() {
    let other = UpdateStrategy::Other { name: "Recreate".into() };
    assert_eq!(judge(&sts("web").strategy(other).facts()).kind, StatusKind::Unknown);
    let hidden = sts("web").with(|f| f.readable.pods = false);
    assert_eq!(judge(&hidden.facts()).kind, StatusKind::NoAccess);
}

#[test]
fn a_shorter_patience_makes_a_set_stuck_sooner() {
    let facts = sts("web").starting(2, 4).facts();
    let settings = Settings { stuck_after: SignedDuration::from_secs(3), ..Settings::default() };
    assert_eq!(status(&facts, None, now(), settings).kind, StatusKind::Stuck);
}

#[test]
fn a_pod_that_fails_is_not_waited_for_as_long_as_one_that_is_only_slow() {
    let kind = |set: crate::testing::Sts| judge(&set.facts()).kind;
    let rolls = || sts("web").revision(2).on(2, 2);
    assert_eq!(kind(rolls().crashing(2, 29)), StatusKind::Rolling);
    assert_eq!(kind(rolls().crashing(2, 31)), StatusKind::Stuck);
    assert_eq!(kind(rolls().starting(2, 31)), StatusKind::Rolling);
    let soon = judge(&rolls().crashing(2, 10).facts());
    assert_eq!(soon.recheck, Some(now() + SignedDuration::from_secs(20)));
}

#[test]
fn a_set_that_wants_more_pods_than_there_can_be_is_judged_by_those_that_are_there() {
    let most = i32::MAX.unsigned_abs();
    let set = || sts("web").replicas(3).with(|f| f.set.replicas = most);
    is(
        set().facts(),
        StatusKind::Scaling,
        "3/2147483647",
        "web-3 to web-2147483646 are still to come; 3 of 2147483647 pods are Ready.",
    );
    let shapes = [
        set().revision(2),
        set().partition(most).revision(2),
        set().on_delete().revision(2),
        set().revision(2).on(2, 2).crashing(2, 900),
        sts("web").start(most).with(|f| f.set.replicas = most),
        set().parallel().without(1),
    ];
    for shape in shapes {
        let facts = shape.facts();
        let row = crate::row::row(&facts, judge(&facts), crate::row::Hands::default());
        assert!(row.strip.len() <= crate::MAX_REPLICAS as usize);
        assert!(row.status.sentence.len() < 400, "{}", row.status.sentence);
    }
}

#[test]
fn a_held_set_that_is_scaled_up_says_who_is_still_to_come() {
    let held = sts("web").replicas(3).partition(9).revision(2);
    is(
        held.with(|f| f.set.replicas = 5).facts(),
        StatusKind::Scaling,
        "3/5",
        "web-3 and web-4 are still to come; 3 of 5 pods are Ready. web-0 to web-2 stay on r1 until someone advances.",
    );
    let canary = sts("web").replicas(3).partition(2).revision(2).on(2, 2);
    let before = judge(&canary.clone().facts());
    assert_eq!(before.kind, StatusKind::Held);
    let wider = canary.clone().with(|f| f.set.replicas = 4);
    let now = status(&wider.clone().facts(), Some(&before), now(), Settings::default());
    assert_eq!((now.kind, now.badge_detail().as_str()), (StatusKind::Scaling, "3/4"));
    // The new pod is there, not Ready yet; then it is.
    let there = wider.on(3, 2);
    let coming = there.clone().starting(3, 2).facts();
    let still = status(&coming, Some(&now), crate::testing::now(), Settings::default());
    assert_eq!(still.kind, StatusKind::Scaling);
    let done = status(&there.facts(), Some(&still), crate::testing::now(), Settings::default());
    assert_eq!(done.kind, StatusKind::Held);
    // The same pods are missing where nobody scaled: that is no scaling.
    let gone = canary.clone().without(2).facts();
    let back = status(&gone, Some(&before), crate::testing::now(), Settings::default());
    assert_eq!(back.kind, StatusKind::Rolling);
    let gone = sts("web").replicas(3).partition(9).revision(2).without(2).facts();
    let back = status(&gone, Some(&before), crate::testing::now(), Settings::default());
    assert_eq!(back.kind, StatusKind::Held);
    assert!(back.sentence.ends_with("web-2 is missing and will come back."), "{}", back.sentence);
}

#[test]
fn an_on_delete_set_that_is_scaled_up_says_who_is_still_to_come() {
    let stale = sts("vault").on_delete().replicas(3).revision(4).on(1, 4);
    let before = judge(&stale.clone().facts());
    is(
        stale.clone().with(|f| f.set.replicas = 4).facts(),
        StatusKind::Scaling,
        "3/4",
        "vault-3 is still to come; 3 of 4 pods are Ready. vault-0 and vault-2 still run r1 and change only when they are deleted.",
    );
    // The highest pod was deleted, so that it gets the update.
    let facts = stale.without(2).facts();
    let deleted = status(&facts, Some(&before), now(), Settings::default());
    assert_eq!(deleted.kind, StatusKind::OnDelete);
    assert!(deleted.sentence.ends_with("vault-2 is coming back."), "{}", deleted.sentence);
}

#[test]
fn a_scaling_by_one_whose_pod_is_there_before_the_controller_says_so_is_a_scaling() {
    let before = judge(&sts("web").replicas(2).facts());
    let coming = sts("web").replicas(3).starting(2, 1).facts();
    let now = status(&coming, Some(&before), now(), Settings::default());
    assert_eq!(now.kind, StatusKind::Scaling);
}
