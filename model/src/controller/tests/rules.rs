use crate::controller::*;
use crate::facts::Facts;
use crate::pod::Phase;
use crate::set::{Retain, RollingUpdate, UpdateStrategy};
use crate::testing::{ago, now, sts};

fn cluster() -> Cluster {
    Cluster::new(Version::SEEN, now())
}

fn on(version: &str) -> Cluster {
    Cluster::new(Version::parse(version).expect("a version"), now())
}

fn seen(facts: &Facts) -> Observed {
    Observed::of(facts)
}

fn deleted(sync: &Sync) -> Vec<u32> {
    let ordinal = |s: &Step| match s {
        Step::DeletePod { ordinal, .. } => Some(*ordinal),
        _ => None,
    };
    sync.steps.iter().filter_map(ordinal).collect()
}

fn created(sync: &Sync) -> Vec<(u32, &str)> {
    sync.steps
        .iter()
        .filter_map(|s| match s {
            Step::CreatePod { ordinal, revision } => Some((*ordinal, revision.as_str())),
            _ => None,
        })
        .collect()
}

fn why(sync: &Sync) -> Option<(Option<u32>, &Why)> {
    sync.wait.as_ref().map(|w| (w.ordinal, &w.why))
}

fn max_unavailable(text: &str) -> UpdateStrategy {
    let max_unavailable = Some(text.to_owned());
    UpdateStrategy::RollingUpdate {
        rolling_update: Some(RollingUpdate { partition: Some(0), max_unavailable }),
    }
}

#[test]
fn revision_names_are_those_of_the_real_controller() {
    // FNV-1 of "a0": the template's bytes, then the collision count; written in decimal with the digits 456789bcdf.
    let hash: u32 = {
        let once = 0x811c_9dc5_u32.wrapping_mul(0x0100_0193) ^ 0x61;
        once.wrapping_mul(0x0100_0193) ^ 0x30
    };
    let name = revision_name("web", "a", 0);
    let back: String = name["web-".len()..]
        .bytes()
        .map(|b| {
            char::from(
                b'0' + u8::try_from(b"456789bcdf".iter().position(|c| *c == b).expect("a digit"))
                    .expect("small"),
            )
        })
        .collect();
    assert_eq!(back, hash.to_string());
}

#[test]
fn a_name_that_another_template_has_counts_as_a_collision() {
    let mut seen = seen(&sts("web").facts());
    seen.set.template = "new".into();
    let taken = revision_name("web", "new", 0);
    seen.revisions.push(Revision {
        name: taken.clone(),
        number: 7,
        template: "other".into(),
        owner: Owner::Other,
        created: now(),
    });
    let done = sync(&seen, &cluster());
    let name = revision_name("web", "new", 1);
    assert_ne!(name, taken);
    assert_eq!(done.steps[0], Step::CreateRevision { name, number: 2 });
    assert_eq!(done.collision_count, 1);
}

#[test]
fn a_current_revision_that_is_gone_makes_protected_pods_come_back_new() {
    let facts = sts("web").partition(2).revision(2).on(2, 2).without(0).facts();
    let mut seen = seen(&facts);
    assert_eq!(created(&sync(&seen, &cluster())), [(0, "web-rev1")]);
    seen.revisions.retain(|r| r.name != "web-rev1");
    assert_eq!(created(&sync(&seen, &cluster())), [(0, "web-rev2")]);
}

#[test]
fn without_rolling_update_settings_it_goes_by_the_number_of_current_pods() {
    let nil = UpdateStrategy::RollingUpdate { rolling_update: None };
    let facts = sts("web").strategy(nil).revision(2);
    // Two of three count as current after web-1 was deleted: index 1 is below that, index 2 is not.
    let of = |missing| {
        let mut seen = seen(&facts.clone().without(missing).facts());
        seen.status.current_replicas = 2;
        seen
    };
    assert_eq!(created(&sync(&of(1), &cluster())), [(1, "web-rev1")]);
    assert_eq!(created(&sync(&of(2), &cluster())), [(2, "web-rev2")]);
}

#[test]
fn two_unhealthy_pods_that_are_to_go_hold_a_scale_down_for_ever() {
    let facts = sts("web").replicas(5).starting(3, 60).starting(4, 60).with(|f| f.set.replicas = 2);
    let done = sync(&seen(&facts.clone().facts()), &cluster());
    assert!(deleted(&done).is_empty());
    assert_eq!(why(&done), Some((Some(4), &Why::NotFirstBad { first: 3 })));
    // Once the highest is gone the other may go.
    assert_eq!(deleted(&sync(&seen(&facts.without(4).facts()), &cluster())), [3]);
}

#[test]
fn a_ready_pod_that_is_not_available_goes_at_once_from_1_34_on() {
    let facts = sts("web")
        .replicas(3)
        .with(|f| f.set.min_ready_seconds = 300)
        .pod(2, |p| p.ready_changed = Some(ago(10)))
        .with(|f| f.set.replicas = 2)
        .facts();
    assert_eq!(deleted(&sync(&seen(&facts), &on("1.36.3"))), [2]);
    let old = sync(&seen(&facts), &on("1.33.13"));
    assert!(deleted(&old).is_empty());
    assert_eq!(why(&old), Some((Some(2), &Why::NotAvailable)));
    assert_eq!(old.again_after, Some(std::time::Duration::from_secs(290)));
}

/// Found by the generated scenario s299809-4, on 1.36.3.
#[test]
fn a_failed_pod_that_still_says_ready_holds_a_scale_down_for_ever_from_1_34_on() {
    let facts = sts("web")
        .replicas(3)
        .pod(2, |p| p.phase = crate::pod::Phase::Failed)
        .with(|f| f.set.replicas = 2)
        .facts();
    let held = sync(&seen(&facts), &on("1.36.3"));
    assert!(deleted(&held).is_empty());
    assert_eq!(why(&held), Some((Some(2), &Why::FailedButReady)));
    assert_eq!(deleted(&sync(&seen(&facts), &on("1.33.13"))), [2]);
}

#[test]
fn a_percentage_is_rounded_down_and_at_least_one() {
    for (text, replicas, allowed) in [("25%", 10, 2), ("25%", 3, 1), ("100%", 5, 5), ("2", 5, 2)] {
        let facts = sts("web").replicas(replicas).strategy(max_unavailable(text)).revision(2);
        let mut on = cluster();
        on.max_unavailable = true;
        let count = deleted(&sync(&seen(&facts.facts()), &on)).len();
        assert_eq!(count, allowed, "{text} of {replicas}");
    }
}

#[test]
fn from_1_37_on_a_parallel_set_replaces_broken_old_pods_first_and_says_that_nobody_saw_it() {
    let facts = sts("web").parallel().replicas(4).revision(2).crashing(0, 60).crashing(1, 60);
    let old = {
        let mut on = cluster();
        on.max_unavailable = true;
        sync(&seen(&facts.clone().facts()), &on)
    };
    assert!(deleted(&old).is_empty());
    assert_eq!(why(&old), Some((None, &Why::Budget { unavailable: 2, allowed: 1 })));
    assert!(old.unseen.is_empty());
    let new = sync(&seen(&facts.facts()), &on("1.37.0"));
    assert_eq!(deleted(&new), [1, 0]);
    assert_eq!(new.unseen, [Unseen::BrokenFirst]);
}

#[test]
fn on_delete_is_promoted_from_1_37_on() {
    let facts = sts("web").on_delete().revision(2).on(0, 2).on(1, 2).on(2, 2).facts();
    let old = sync(&seen(&facts), &on("1.36.3"));
    assert_eq!(old.status.current_revision, "web-rev1");
    let new = sync(&seen(&facts), &on("1.37.0"));
    assert_eq!(new.status.current_revision, "web-rev2");
    assert_eq!(new.unseen, [Unseen::OnDeletePromotes]);
}

#[test]
fn recreate_takes_all_old_pods_at_once_where_its_gate_is_on() {
    let other = UpdateStrategy::Other { name: "Recreate".into() };
    let facts = sts("web").strategy(other).revision(2).crashing(1, 60).facts();
    let refused = sync(&seen(&facts), &on("1.37.0"));
    assert!(refused.failed && !refused.writes_status && refused.steps.is_empty());
    assert_eq!(why(&refused), Some((None, &Why::UnknownStrategy)));
    let mut with = on("1.37.0");
    with.recreate = true;
    let done = sync(&seen(&facts), &with);
    assert_eq!(deleted(&done), [0, 1, 2]);
    assert_eq!(done.unseen, [Unseen::Recreate]);
}

#[test]
fn a_claim_of_the_pod_before_keeps_a_pod_from_being_made() {
    let facts = sts("web").claims("data").without(2).with(|f| {
        f.set.when_scaled = Retain::Delete;
        f.claims[2].owner_uid = Some("the pod before".into());
    });
    let done = sync(&seen(&facts.clone().facts()), &cluster());
    assert!(done.steps.is_empty() && !done.failed);
    let claim = "data-web-2".to_owned();
    assert_eq!(why(&done), Some((Some(2), &Why::StaleClaim { claim: claim.clone() })));
    let ending = facts.with(|f| {
        f.claims[2].owner_uid = None;
        f.claims[2].deleting = true;
    });
    let done = sync(&seen(&ending.facts()), &cluster());
    assert!(done.failed);
    assert_eq!(why(&done), Some((Some(2), &Why::ClaimTerminating { claim })));
}

#[test]
fn the_retention_policy_decides_to_whom_a_claim_belongs() {
    let owners = |scaled, deleted| {
        let facts = sts("web").claims("data").with(|f| {
            f.set.when_scaled = scaled;
            f.set.when_deleted = deleted;
            f.set.replicas = 2;
        });
        let done = sync(&seen(&facts.facts()), &cluster());
        let mut owners = vec!["nobody"; 3];
        for step in &done.steps {
            if let Step::UpdateClaimOwner { name, owner } = step {
                let at: usize = name["data-web-".len()..].parse().expect("an ordinal");
                owners[at] = match owner {
                    ClaimOwner::Set { .. } => "set",
                    ClaimOwner::Pod { .. } => "pod",
                    _ => "nobody",
                };
            }
        }
        owners
    };
    let (keep, delete) = (Retain::Retain, Retain::Delete);
    assert_eq!(owners(keep, keep), ["nobody"; 3]);
    assert_eq!(owners(keep, delete), ["set"; 3]);
    assert_eq!(owners(delete, keep), ["nobody", "nobody", "pod"]);
    assert_eq!(owners(delete, delete), ["set", "set", "pod"]);
}

#[test]
fn a_foreign_claim_is_left_alone() {
    let facts = sts("web").claims("data").with(|f| f.set.when_deleted = Retain::Delete).facts();
    let mut seen = seen(&facts);
    seen.claims[0].owner = ClaimOwner::Other;
    seen.claims[1].owner = ClaimOwner::Set { uid: "of a set before".into() };
    let done = sync(&seen, &cluster());
    let changed: Vec<&Step> =
        done.steps.iter().filter(|s| matches!(s, Step::UpdateClaimOwner { .. })).collect();
    assert_eq!(changed.len(), 1, "{changed:?}");
}

#[test]
fn orphans_that_match_are_adopted_and_pods_that_no_longer_do_are_let_go() {
    let mut seen = seen(&sts("web").facts());
    seen.pods[0].owner = Owner::Nobody;
    seen.pods[1].selected = false;
    seen.pods[2].owner = Owner::Other;
    let done = sync(&seen, &cluster());
    assert!(matches!(&done.steps[0], Step::AdoptPod { name, .. } if name == "web-0"));
    assert!(matches!(&done.steps[1], Step::ReleasePod { name, .. } if name == "web-1"));
    // web-1 is no longer seen: its place is empty, and the API server will refuse the name as long as it is taken.
    assert_eq!(created(&done), [(1, "web-rev1")]);
}

#[test]
fn a_set_that_is_being_deleted_only_gets_its_status() {
    let mut seen = seen(&sts("web").without(1).facts());
    seen.set.deleting = true;
    let done = sync(&seen, &cluster());
    assert!(done.steps.is_empty());
    assert_eq!(why(&done), Some((None, &Why::SetDeleting)));
    assert_eq!(done.status.replicas, 2);
}

#[test]
fn a_terminal_pod_is_deleted_and_in_an_ordered_set_nothing_else_happens() {
    let facts = sts("web").revision(2).pod(1, |p| p.phase = Phase::Failed).facts();
    let done = sync(&seen(&facts), &cluster());
    assert_eq!(deleted(&done), [1]);
    let reason = |s: &Step| matches!(s, Step::DeletePod { why: DeleteWhy::Ended, .. });
    assert!(done.steps.iter().any(reason));
}

#[test]
fn an_update_delete_below_zero_current_pods_does_not_wrap() {
    let facts = sts("web").revision(2).revision(3).on(0, 2).on(1, 2).on(2, 2).facts();
    let done = sync(&seen(&facts), &cluster());
    assert_eq!(deleted(&done), [2]);
    assert_eq!(done.status.current_replicas, 0);
}
