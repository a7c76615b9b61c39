use model::action::Action;
use model::set::ContainerImage;

use super::builder::{Story, deed, settled};
use crate::history::compare::{changes, compare};
use crate::history::credit::{Credit, Deed, Origin};
use crate::history::known::Known;

fn credit(before: &Story, after: &Story, deeds: &[Deed]) -> Credit {
    let happened = compare(&before.facts, &after.facts, deeds, after.now());
    happened[0].credit.clone().expect("the first event has an actor")
}

fn told(before: &Story, after: &Story, deeds: &[Deed]) -> String {
    let c = credit(before, after, deeds);
    match c.origin {
        Origin::Panel => format!("panel {}", c.name.unwrap_or_default()),
        Origin::Tool => format!("tool {}", c.name.unwrap_or_default()),
        Origin::Outside => {
            assert_eq!(c.name, None);
            "outside".to_owned()
        }
        Origin::Controller => "controller".to_owned(),
    }
}

#[test]
fn an_action_of_the_panel_is_credited_to_its_user_with_the_reason() {
    let db = settled("db", 5);
    let after = db.clone().at(9).partition(3).by_action("a2");
    let deeds = [deed(&db, "a2", Action::SetPartition { partition: 3 })];
    let credit = credit(&db, &after, &deeds);
    assert_eq!(credit.origin, Origin::Panel);
    assert_eq!(credit.name.as_deref(), Some("mara.lind"));
    assert_eq!(credit.reason.as_deref(), Some("look at p95 first"));
    assert_eq!(credit.action.as_deref(), Some("a2"));
}

#[test]
fn tools_are_named_as_people_call_them() {
    let db = settled("db", 5);
    for (manager, name) in [
        ("kubectl-patch", "tool kubectl"),
        ("kubectl", "tool kubectl"),
        ("helm", "tool Helm"),
        ("argocd-controller", "tool Argo CD"),
        ("kustomize-controller", "tool Flux"),
        ("helm-controller", "tool Flux"),
        ("my-operator", "tool my-operator"),
        ("rollcall", "tool another Rollcall"),
    ] {
        assert_eq!(told(&db, &db.clone().at(9).scale(3).by(manager), &[]), name, "{manager}");
    }
}

#[test]
fn a_change_that_no_manager_owns_came_from_outside() {
    let db = settled("db", 5);
    assert_eq!(told(&db, &db.clone().scale(3), &[]), "outside");
}

#[test]
fn an_entry_that_did_not_move_proves_nothing_for_the_template() {
    let db = settled("db", 5);
    let edited = db.clone().at(1).restart().revision(7, "again").observed(7);
    // kubectl owns the template since long ago; its entry is as it was.
    assert_eq!(told(&db, &edited, &[]), "outside");
}

#[test]
fn two_managers_that_moved_prove_neither() {
    let db = settled("db", 5);
    let edited = db.clone().at(1).image("16.4").by("helm").image("16.4").by("argocd-controller");
    let edited = edited.revision(7, "16.4").observed(7);
    assert_eq!(told(&db, &edited, &[]), "outside");
}

#[test]
fn twice_within_a_second_by_one_manager_is_still_that_manager() {
    let db = settled("db", 5).at(4).partition(3).by("kubectl-patch");
    let again = db.clone().partition(2).by("kubectl-patch");
    assert_eq!(db.facts.set.managers, again.facts.set.managers);
    assert_eq!(told(&db, &again, &[]), "tool kubectl");
}

#[test]
fn an_annotation_that_stays_does_not_credit_later_changes_to_the_panel() {
    let db = settled("db", 5).at(1).partition(3).by_action("a2");
    let deeds = [deed(&db, "a2", Action::SetPartition { partition: 3 })];
    let later = db.clone().at(60).partition(1).by("kubectl-edit");
    assert_eq!(told(&db, &later, &deeds), "tool kubectl");
}

#[test]
fn an_action_is_credited_only_with_what_it_does() {
    let db = settled("db", 5);
    let both = db.clone().at(9).scale(7).by("kubectl-scale").partition(3).by_action("a2");
    let deeds = [deed(&db, "a2", Action::SetPartition { partition: 3 })];
    let happened = compare(&db.facts, &both.facts, &deeds, both.now());
    let by = |kind: &str| {
        let event = happened.iter().find(|h| h.kind.code() == kind).unwrap();
        event.credit.as_ref().unwrap().origin
    };
    assert_eq!(by("partition"), Origin::Panel);
    assert_eq!(by("scale"), Origin::Tool);
    let overwritten = db.clone().at(9).partition(3).by_action("a2").partition(1).by("kubectl-edit");
    assert_eq!(told(&db, &overwritten, &deeds), "tool kubectl");
}

#[test]
fn an_action_that_was_overtaken_before_it_was_seen_is_still_the_panels() {
    let db = settled("db", 5).partition(4).by_action("a1").observed(6);
    let after = db.clone().at(9).scale(6).by_action("a2").partition(2).by_action("a3");
    let deeds = [
        deed(&db, "a2", Action::Scale { replicas: 6 }),
        deed(&db, "a3", Action::SetPartition { partition: 2 }),
    ];
    let happened = compare(&db.facts, &after.facts, &deeds, after.now());
    let actions: Vec<_> = happened.iter().map(|h| h.credit.clone().unwrap().action).collect();
    assert_eq!(actions, [Some("a3".to_owned()), Some("a2".to_owned())]);
}

#[test]
fn an_image_and_a_partition_of_one_patch_are_both_the_panels() {
    let db = settled("db", 5);
    let images = vec![ContainerImage { container: "postgres".into(), image: "pg/db:16.4".into() }];
    let deeds = [deed(&db, "a2", Action::SetImage { images, partition: Some(4) })];
    let after = db.clone().at(9).image("16.4").partition(4).by_action("a2");
    let after = after.revision(7, "16.4").observed(7);
    let happened = compare(&db.facts, &after.facts, &deeds, after.now());
    assert!(happened.iter().all(|h| h.credit.as_ref().unwrap().origin == Origin::Panel));
    assert_eq!(happened.len(), 2);
}

#[test]
fn a_pod_is_said_to_be_ended_by_the_panel_only_where_the_journal_has_its_uid() {
    let db = settled("db", 2);
    let down = db.clone().at(9).ends(1);
    let ends = |uid: &str| Action::EvictPod { pod: "db-1".into(), uid: uid.into() };
    let by = |deeds: &[Deed]| {
        compare(&db.facts, &down.facts, deeds, down.now())[0].credit.clone().map(|c| c.origin)
    };
    assert_eq!(by(&[deed(&db, "a2", ends(&db.pod_uid(1)))]), Some(Origin::Panel));
    // It is what was last done to the set, too.
    let mut known = Known::of(&down.facts, None);
    let deeds = [deed(&db, "a2", ends(&db.pod_uid(1)))];
    changes(&Known::of(&db.facts, None), &mut known, &deeds, down.now());
    assert_eq!(known.book.last_change.and_then(|c| c.name).as_deref(), Some("mara.lind"));
    assert_eq!(by(&[deed(&db, "a2", ends("an earlier one"))]), None);
    let refused = Deed { refused: true, ..deed(&db, "a2", ends(&db.pod_uid(1))) };
    assert_eq!(by(&[refused]), None);
}
