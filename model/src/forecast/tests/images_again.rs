//! Set image where a revision has that template already: the controller takes it up again.

use super::*;
use crate::testing::Sts;

fn image(container: &str, to: &str, partition: Option<u32>) -> Action {
    let images = vec![ContainerImage { container: container.into(), image: to.into() }];
    Action::SetImage { images, partition }
}

/// The image of that revision.
fn image_of(revision: i64) -> Action {
    image("app", &format!("shop/app:{revision}"), None)
}

fn roll_back(revision: i64) -> Action {
    Action::RollBack { revision: format!("web-rev{revision}"), hash: None, partition: None }
}

/// Five pods, of which web-4 and web-3 run r2 and the others r1.
fn canary() -> Sts {
    sts("web").replicas(5).partition(3).revision(2).on(4, 2).on(3, 2)
}

const ALL: [&str; 5] = ["web-4", "web-3", "web-2", "web-1", "web-0"];

#[test]
fn an_image_that_an_older_revision_has_gives_that_revision_under_a_new_number() {
    let settled = sts("web").revision(2).promoted().replicas(3).facts();
    let f = of(&settled, &image_of(1));
    assert_eq!(f.sentence, "3 pods restart on r3, one after another: web-2, web-1, web-0.");
    assert_eq!(f.stays, "r1 comes back as r3: numbers only rise.");
    assert_eq!(f, of(&settled, &roll_back(1)), "it is a roll back");
}

#[test]
fn only_pods_that_left_the_older_revision_restart() {
    for facts in [canary(), canary().partition(0), canary().parallel()].map(Sts::facts) {
        let f = of(&facts, &image_of(1));
        assert_eq!(pods(&f), ["web-4", "web-3"]);
        assert!(f.steps.iter().all(|s| s.revision.as_deref() == Some("r3")));
        assert_eq!(
            f.stays,
            "web-0 to web-2 keep running as they are. r1 comes back as r3: numbers only rise."
        );
        assert_eq!(f, of(&facts, &roll_back(1)));
    }
}

#[test]
fn an_image_with_a_boundary_goes_back_behind_it() {
    let facts = canary().partition(0).facts();
    let f = of(&facts, &image("app", "shop/app:1", Some(4)));
    assert_eq!(f.sentence, "web-4 restarts on r3.");
    let above = of(&facts, &image("app", "shop/app:1", Some(5)));
    assert_eq!(above.sentence, "No pod restarts yet: r3 waits behind the boundary.");
    let on_delete = canary().on_delete().facts();
    assert_eq!(
        of(&on_delete, &image_of(1)).sentence,
        "No pod restarts by itself: each gets r3 when it is deleted."
    );
}

#[test]
fn where_every_pod_runs_the_older_revision_nothing_restarts() {
    let staged = sts("web").replicas(3).partition(3).revision(2).facts();
    let f = of(&staged, &image_of(1));
    assert_eq!(f.sentence, "No pod restarts: every pod runs this template already.");
    assert_eq!(
        f.stays,
        "web-0 to web-2 keep running as they are. r1 comes back as r3: numbers only rise."
    );
}

#[test]
fn init_containers_have_their_images_compared_too() {
    let prepared = |f: &mut Facts| {
        let image = |tag: i64| {
            vec![ContainerImage { container: "prep".into(), image: format!("shop/prep:{tag}") }]
        };
        for (revision, tag) in f.revisions.iter_mut().zip([1, 2]) {
            revision.init_images = image(tag);
            revision.images[0].image = "shop/app:1".into();
        }
        f.set.containers[0].image = "shop/app:1".into();
        f.set.init_containers = image(2);
    };
    let facts = canary().with(prepared).facts();
    let back = of(&facts, &image("prep", "shop/prep:1", None));
    assert_eq!(pods(&back), ["web-4", "web-3"]);
    assert_eq!(pods(&of(&facts, &image("prep", "shop/prep:3", Some(0)))), ALL);
    let other = canary().partition(0).with(prepared).with(|f| f.revisions[0].init_images.clear());
    assert_eq!(pods(&of(&other.facts(), &image("prep", "shop/prep:1", None))), ALL);
}

#[test]
fn another_shape_is_another_template() {
    // Restarted after r1: its annotation stays in the template.
    let restarted = canary().partition(0).with(|f| f.revisions[1].shape = "restarted".into());
    let f = of(&restarted.facts(), &image_of(1));
    assert_eq!(pods(&f), ALL);
    assert_eq!(f.steps[0].revision.as_deref(), Some("r3"));
    assert_eq!(f.stays, "");
    // Recorded by a panel that knew no shapes, or a revision that is trimmed.
    let unknown = canary().partition(0).with(|f| {
        f.set.template_shape.clear();
        f.revisions.iter_mut().for_each(|r| r.shape.clear());
    });
    assert_eq!(pods(&of(&unknown.facts(), &image_of(1))), ALL);
    let trimmed = canary().partition(0).with(|f| drop(f.revisions.remove(0)));
    assert_eq!(pods(&of(&trimmed.facts(), &image_of(1))), ALL);
}

#[test]
fn while_the_controller_has_not_seen_the_spec_the_sets_own_shape_counts() {
    let changed = |f: &mut Facts| {
        f.set.template_hash = "h3".into();
        f.set.containers[0].image = "shop/app:3".into();
    };
    let facts = canary().with(changed).unobserved(5);
    // Back to what the update revision is.
    let f = of(&facts.clone().facts(), &image_of(2));
    assert_eq!((f.steps.len(), f.stays.as_str()), (0, "web-0 to web-4 keep running as they are."));
    assert_eq!(f.sentence, "No pod restarts yet: r2 waits behind the boundary.");
    let f = of(&facts.clone().facts(), &image_of(1));
    assert_eq!(pods(&f), ["web-4", "web-3"]);
    let other = facts.partition(0).with(|f| f.set.template_shape = "another".into()).facts();
    assert_eq!(pods(&of(&other, &image_of(1))), ALL);
}

#[test]
fn what_changes_no_image_and_what_restarts_are_told_from_it() {
    let facts = canary().facts();
    assert!(of(&facts, &image_of(2)).steps.is_empty(), "it has this image");
    let restart = of(&facts, &Action::Restart { partition: Some(0) });
    assert_eq!(pods(&restart), ALL);
}

#[test]
fn a_revision_of_a_controller_before_1_34_is_not_taken_up_again_by_a_newer_one() {
    let old = canary().partition(0).with(|f| f.revisions[0].before_134 = true);
    let at = |minor, action: &Action| {
        let version = Version::new(1, minor, 0);
        of(&old.clone().with(|f| f.kubernetes = Some(version)).facts(), action)
    };
    for action in [image_of(1), roll_back(1)] {
        assert_eq!(pods(&at(33, &action)), ["web-4", "web-3"]);
        assert_eq!(pods(&at(34, &action)), ALL);
    }
}

#[test]
fn a_set_without_pods_restarts_none() {
    let empty = sts("web").replicas(0).revision(2).facts();
    assert_eq!(of(&empty, &image_of(3)).sentence, "No pod restarts: there is none.");
}
