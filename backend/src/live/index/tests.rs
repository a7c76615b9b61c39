use model::row::Hands;
use model::status::StatusKind;
use model::wire::{Actor, KindState, Source};

use super::super::testing::*;
use super::super::{Kind, Object, Scope};
use super::*;

mod any_order;

fn web() -> model::set::Set {
    a_set("shop/web").of(2).with_claims("data")
}

fn objects_of_web() -> Vec<Object> {
    let web = web();
    vec![
        a_pod_of(&web, 0).object(),
        a_pod_of(&web, 1).object(),
        a_claim_of(&web, "data", 0).object(),
        a_claim_of(&web, "data", 1).object(),
        a_revision_of(&web, "web-a", 1).object(),
        a_service("shop/web").object(),
        web.object(),
    ]
}

fn facts(index: &Index, path: &str) -> Arc<Facts> {
    index.facts(&key(path)).expect("a shown set")
}

fn names<T>(items: &[T], name: impl Fn(&T) -> &str) -> Vec<String> {
    items.iter().map(|i| name(i).to_owned()).collect()
}

#[test]
fn nothing_is_shown_before_every_kind_was_heard_of() {
    let mut index = Index::new(&Scope::All, Settings::default(), at(0));
    let mut lists = lists_of(objects_of_web());
    let last = lists.pop().unwrap();
    for list in lists {
        let update = index.apply(list, at(1));
        assert!(update.changed.is_empty() && update.rows.is_empty() && update.health);
        assert!(!index.synced());
    }
    let update = index.apply(last, at(2));
    assert!(index.synced());
    assert_eq!(update.changed.len(), 1);
    assert!(update.changed[0].before.is_none());
    let facts = update.changed[0].after.as_ref().unwrap();
    assert_eq!(facts.pods.len(), 2);
    assert_eq!(facts.services.len(), 1);
    assert_eq!(index.judgements(), 1);
}

#[test]
fn a_kind_without_access_does_not_hold_the_fleet_up_and_is_not_readable() {
    let mut index = Index::new(&Scope::All, Settings::default(), at(0));
    for list in lists_of(objects_of_web()) {
        if !matches!(&list, Change::Reset { kind: Kind::Pods, .. }) {
            index.apply(list, at(1));
        }
    }
    assert!(index.facts(&key("shop/web")).is_none());
    index.apply(health(Kind::Pods, KindState::NoAccess, at(1)), at(1));
    assert!(index.synced());
    let known = facts(&index, "shop/web");
    assert!(!known.readable.pods && known.readable.claims && known.pods.is_empty());

    let pods = objects_of_web().into_iter().filter(|o| o.kind() == Kind::Pods);
    let update = index.apply(listed(Kind::Pods, pods), at(2));
    assert!(update.health, "the list itself says that the right is back");
    let known = facts(&index, "shop/web");
    assert!(known.readable.pods);
    assert_eq!(known.pods.len(), 2);
}

#[test]
fn a_revision_that_gets_another_number_keeps_those_it_had() {
    let mut index = an_index_of(objects_of_web());
    let numbered = |n| Change::Apply(a_revision_of(&web(), "web-a", n).object());
    for number in [4, 4, 7] {
        index.apply(numbered(number), at(3));
    }
    let revision = facts(&index, "shop/web").revisions[0].clone();
    assert_eq!((revision.number, revision.was.as_slice()), (7, [1, 4].as_slice()));
    assert_eq!(revision.was_label().as_deref(), Some("was r1, r4"));
    // A fresh list that says the same changes nothing.
    assert!(index.apply(numbered(7), at(4)).changed.is_empty());
}

#[test]
fn a_right_that_is_withdrawn_keeps_the_last_objects_but_says_so() {
    let mut index = an_index_of(objects_of_web());
    let update = index.apply(health(Kind::Pods, KindState::NoAccess, at(9)), at(9));
    assert!(update.health);
    assert_eq!(update.changed.len(), 1);
    let known = facts(&index, "shop/web");
    assert!(!known.readable.pods);
    assert_eq!(known.pods.len(), 2);
}

#[test]
fn a_lost_watch_changes_no_facts() {
    let mut index = an_index_of(objects_of_web());
    let update = index.apply(health(Kind::Pods, KindState::Lost, at(9)), at(9));
    assert!(update.health && update.changed.is_empty() && update.rows.is_empty());
    let pods = index.health().into_iter().find(|h| h.kind == "pods").unwrap();
    assert_eq!((pods.state, pods.since), (KindState::Lost, at(9)));
    assert_eq!(pods.reason.as_deref(), Some("because"));

    let again = index.apply(health(Kind::Pods, KindState::Lost, at(20)), at(20));
    assert!(again.is_empty(), "still lost since the same moment");
    assert!(index.apply(health(Kind::Pods, KindState::Live, at(30)), at(30)).health);
}

#[test]
fn pods_that_came_before_their_set_belong_to_it() {
    let mut index = an_index_of([]);
    let web = web();
    for ordinal in [1, 0] {
        assert!(index.apply(a_pod_of(&web, ordinal).appears(), at(1)).is_empty());
    }
    let update = index.apply(web.appears(), at(2));
    let after = update.changed[0].after.as_ref().unwrap();
    assert_eq!(names(&after.pods, |p| &p.name), ["web-0", "web-1"]);
}

#[test]
fn pods_stand_by_ordinal_with_strays_last() {
    let web = a_set("shop/web").of(11);
    let mut objects: Vec<Object> =
        [10, 2, 9].map(|ordinal| a_pod_of(&web, ordinal).object()).into();
    objects.push(a_pod_of(&web, 0).named("adopted").with_uid("stray").object());
    objects.push(web.object());
    let index = an_index_of(objects);
    let known = facts(&index, "shop/web");
    assert_eq!(names(&known.pods, |p| &p.name), ["web-2", "web-9", "web-10", "adopted"]);
}

#[test]
fn a_pod_that_changes_hands_touches_both_sets() {
    let (web, api) = (a_set("shop/web"), a_set("shop/api"));
    let pod = a_pod_of(&web, 0);
    let mut index = an_index_of([pod.clone().object(), web.object(), api.clone().object()]);
    let adopted = model::pod::Pod { set_uid: api.uid, ..pod };
    let update = index.apply(adopted.appears(), at(1));
    assert_eq!(update.changed.len(), 2);
    assert!(facts(&index, "shop/web").pods.is_empty());
    assert_eq!(facts(&index, "shop/api").pods.len(), 1);
}

#[test]
fn claims_left_behind_are_listed_and_those_of_other_sets_are_not() {
    let web = web();
    let longer = a_set("shop/web-1").with_claims("data");
    let elsewhere = a_set("test/web").with_claims("data");
    let index = an_index_of([
        a_claim_of(&web, "data", 0).object(),
        a_claim_of(&web, "data", 7).object(),
        a_claim_of(&web, "logs", 0).object(),
        a_claim_of(&longer, "data", 0).object(),
        a_claim_of(&elsewhere, "data", 3).object(),
        web.object(),
        longer.object(),
        elsewhere.object(),
    ]);
    let claims = |path| names(&facts(&index, path).claims, |c| &c.name);
    assert_eq!(claims("shop/web"), ["data-web-0", "data-web-7"]);
    assert_eq!(claims("shop/web-1"), ["data-web-1-0"]);
    assert_eq!(claims("test/web"), ["data-web-3"]);
}

#[test]
fn a_claim_whose_name_fits_two_sets_is_shown_with_both() {
    let one = a_set("shop/b-c").with_claims("a");
    let two = a_set("shop/c").with_claims("a-b");
    let mut index = an_index_of([one.clone().object(), two.object()]);
    let update = index.apply(a_claim_of(&one, "a", 0).appears(), at(1));
    assert_eq!(update.changed.len(), 2);
}

#[test]
fn the_governing_service_is_found_by_name_and_without_one_those_that_select_the_pods() {
    let web = a_set("shop/web");
    let loose = a_set("shop/loose").without_service();
    let mut index = an_index_of([web.object(), loose.object()]);

    let update = index.apply(a_service("shop/web").appears(), at(1));
    assert_eq!(names(&update.rows, |r| &r.row.name), ["web"]);
    let mut front = a_service("shop/front");
    front.selector = [("app".to_owned(), "loose".to_owned())].into();
    let update = index.apply(front.clone().appears(), at(2));
    assert_eq!(names(&update.rows, |r| &r.row.name), ["loose"]);
    assert_eq!(names(&facts(&index, "shop/loose").services, |s| &s.name), ["front"]);

    front.selector = [("app".to_owned(), "other".to_owned())].into();
    index.apply(front.appears(), at(3));
    assert!(facts(&index, "shop/loose").services.is_empty(), "it selects them no more");
}

#[test]
fn revisions_stand_by_number() {
    let web = web();
    let index = an_index_of([
        a_revision_of(&web, "web-b", 12).object(),
        a_revision_of(&web, "web-c", 2).object(),
        web.object(),
    ]);
    assert_eq!(names(&facts(&index, "shop/web").revisions, |r| &r.name), ["web-c", "web-b"]);
}

#[test]
fn only_the_touched_set_is_judged() {
    let mut objects = objects_of_web();
    objects.extend((0..50).map(|n| a_set(&format!("shop/other-{n}")).object()));
    let mut index = an_index_of(objects);
    assert_eq!(index.judgements(), 51);
    let update = index.apply(a_pod_of(&web(), 1).crashed(3).appears(), at(1));
    assert_eq!(names(&update.rows, |r| &r.row.name), ["web"]);
    assert_eq!(index.judgements(), 52);
}

#[test]
fn what_is_known_already_is_neither_judged_nor_published() {
    let mut index = an_index_of(objects_of_web());
    let before = index.judgements();
    for object in objects_of_web() {
        assert!(index.apply(Change::Apply(object), at(1)).is_empty());
    }
    for list in lists_of(objects_of_web()) {
        assert!(index.apply(list, at(2)).is_empty());
    }
    let stranger = a_pod_of(&a_set("shop/unknown"), 0);
    assert!(index.apply(stranger.clone().appears(), at(3)).is_empty());
    assert!(index.apply(stranger.goes(), at(3)).is_empty());
    let template = Change::Template { hash: "h".into(), template: "{}".into() };
    assert!(index.apply(template, at(3)).is_empty());
    assert_eq!(index.judgements(), before);
}

#[test]
fn facts_that_change_behind_an_unchanged_row_are_marked() {
    let mut index = an_index_of(objects_of_web());
    let mut grown = a_claim_of(&web(), "data", 0);
    grown.capacity = Some("20Gi".into());
    let update = index.apply(grown.appears(), at(1));
    assert_eq!(update.rows.len(), 1);
    assert_eq!(update.same, [key("shop/web")]);
    assert_eq!(update.changed.len(), 1);
}

#[test]
fn a_deletion_that_is_about_a_predecessor_is_ignored() {
    let mut index = an_index_of(objects_of_web());
    let successor = a_pod_of(&web(), 0).with_uid("second");
    index.apply(successor.clone().appears(), at(1));
    assert!(index.apply(a_pod_of(&web(), 0).goes(), at(2)).is_empty());
    assert_eq!(facts(&index, "shop/web").pods[0].uid, "second");
    index.apply(successor.goes(), at(3));
    assert_eq!(facts(&index, "shop/web").pods.len(), 1);
}

#[test]
fn a_set_that_goes_is_gone_and_its_pods_come_back_with_it() {
    let mut index = an_index_of(objects_of_web());
    let update = index.apply(web().goes(), at(1));
    assert_eq!(update.gone, [key("shop/web")]);
    assert!(update.changed[0].after.is_none() && update.changed[0].status_before.is_some());
    assert!(index.row(&key("shop/web")).is_none());
    let update = index.apply(web().appears(), at(2));
    assert_eq!(update.changed[0].after.as_ref().unwrap().pods.len(), 2);
}

#[test]
fn a_successor_of_the_same_name_is_another_set() {
    let mut index = an_index_of(objects_of_web());
    let update = index.apply(web().with_uid("second").appears(), at(1));
    let uids: Vec<_> = update
        .changed
        .iter()
        .map(|c| {
            let uid = |f: &Option<Arc<Facts>>| f.as_ref().map(|f| f.set.uid.clone());
            (uid(&c.before), uid(&c.after))
        })
        .collect();
    assert_eq!(uids, [(Some("uid-web".into()), None), (None, Some("second".into()))]);
    assert!(update.gone.is_empty() && update.rows.len() == 1);
    assert!(facts(&index, "shop/web").pods.is_empty(), "the pods are the old set's");
    assert!(index.set_hands("uid-web", changed(somebody())).is_empty());
}

fn somebody() -> Actor {
    Actor { source: Source::Panel, name: Some("alice".into()), at: Some(at(1)), reason: None }
}

fn changed(last: Actor) -> Hands {
    Hands { last_change: Some(last), ..Hands::default() }
}

#[test]
fn who_changed_a_set_last_is_in_its_row_without_a_judgement() {
    let mut index = an_index_of(objects_of_web());
    let before = index.judgements();
    let update = index.set_hands("uid-web", changed(somebody()));
    assert_eq!(update.rows[0].row.last_change, Some(somebody()));
    assert!(update.rows[0].json.contains("alice"));
    assert!(index.set_hands("uid-web", changed(somebody())).is_empty(), "known already");
    assert_eq!(index.judgements(), before);
    let update = index.apply(a_pod_of(&web(), 0).crashed(1).appears(), at(1));
    assert_eq!(update.rows[0].row.last_change, Some(somebody()), "it stays");
    let holds = Hands { held_by: Some(somebody()), ..changed(somebody()) };
    assert!(index.set_hands("uid-web", holds).is_empty(), "nobody holds what is not held");
}

#[test]
fn who_holds_a_set_is_in_its_row_while_it_is_held() {
    let held = web().of(2).updating("web-a", "web-b").held_at(1);
    let pods = [a_pod_of(&web(), 0), a_pod_of(&web(), 1).on("web-b")];
    let mut index = an_index_of(pods.map(Words::object).into_iter().chain([held.clone().object()]));
    let row = |index: &Index| index.row(&key("shop/web")).expect("shown").row.clone();
    assert_eq!(row(&index).status.kind, StatusKind::Held, "{}", row(&index).status.sentence);
    let holds = Hands { held_by: Some(somebody()), ..Hands::default() };
    let update = index.set_hands("uid-web", holds);
    assert_eq!(update.rows[0].row.held_by, Some(somebody()));
    assert!(update.rows[0].json.contains("heldBy"));
    index.apply(held.held_at(0).appears(), at(2));
    assert_ne!(row(&index).status.kind, StatusKind::Held);
    assert_eq!(row(&index).held_by, None, "let go");
}

#[test]
fn what_objects_do_not_tell_is_part_of_the_facts_and_no_judgement() {
    use model::controller::Version;
    use model::pace::Pace;
    let mut index = an_index_of(objects_of_web());
    let before = index.judgements();
    let pace = Pace::of(vec![9_000, 7_000, 8_000]).expect("some");
    for update in [index.set_kubernetes(Some(Version::SEEN)), index.set_pace("uid-web", pace)] {
        assert_eq!((update.rows.len(), update.same.len()), (1, 1), "the row is as it was");
        assert!(update.changed.is_empty(), "nothing to record");
    }
    let told = facts(&index, "shop/web");
    assert_eq!((told.kubernetes, told.pace), (Some(Version::SEEN), Some(pace)));
    assert!(index.set_kubernetes(Some(Version::SEEN)).is_empty(), "known already");
    assert!(index.set_pace("uid-web", pace).is_empty(), "known already");
    assert!(index.set_pace("uid-other", pace).is_empty(), "of a set that is not there (yet)");
    assert_eq!(index.judgements(), before);
    index.apply(web().with_uid("second").appears(), at(1));
    assert_eq!(facts(&index, "shop/web").pace, None, "another set of the same name");
}

#[test]
fn a_namespace_is_shown_once_its_own_kinds_were_heard_of() {
    let scope = Scope::Namespaces(vec!["shop".into(), "test".into()]);
    let mut index = Index::new(&scope, Settings::default(), at(0));
    let list = |kind, namespace: &str, objects| Change::Reset {
        kind,
        namespace: Some(namespace.to_owned()),
        objects,
    };
    let set = |path| vec![a_set(path).object()];
    index.apply(list(Kind::Sets, "shop", set("shop/web")), at(1));
    index.apply(list(Kind::Sets, "test", set("test/web")), at(1));
    for kind in [Kind::Pods, Kind::Claims, Kind::Revisions, Kind::Services] {
        index.apply(list(kind, "shop", Vec::new()), at(2));
    }
    assert!(index.row(&key("shop/web")).is_some());
    assert!(index.row(&key("test/web")).is_none());
    assert!(!index.synced());
    assert_eq!(index.health().len(), 10);
    // A list of one namespace says nothing about the other.
    let update = index.apply(list(Kind::Sets, "test", Vec::new()), at(3));
    assert!(update.gone.is_empty());
    assert!(index.row(&key("shop/web")).is_some());
}

#[test]
fn a_judgement_whose_time_comes_is_made_without_any_change() {
    // A pod that is not Ready becomes a reason to worry only after a while.
    let web = web();
    let mut objects = objects_of_web();
    objects[1] = a_pod_of(&web, 1).created(at(-1)).not_ready_since(at(-1)).object();
    let mut index = an_index_of(objects);
    let Some(due) = index.next_due() else {
        panic!("a pod that is not Ready has a timer");
    };
    assert!(due > at(0));
    let early = index.tick(at(0));
    assert!(early.is_empty() && early.changed.is_empty());
    assert_eq!(index.next_due(), Some(due));
    let before = index.judgements();
    let update = index.tick(due);
    assert_eq!(index.judgements(), before + 1);
    assert_eq!(update.changed.len(), 1);
    let changed = &update.changed[0];
    assert_eq!(changed.before, changed.after);
    assert_ne!(
        changed.status_before.as_ref().map(|s| s.kind),
        changed.status_after.as_ref().map(|s| s.kind)
    );
    assert!(index.next_due().is_none_or(|next| next > due), "it does not spin");
}
