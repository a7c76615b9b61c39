use super::*;
use crate::strip::sample;

fn settled() -> Facts {
    let mut facts = sample::held(5, 0);
    facts.set.status.current_revision = "web-new".into();
    facts
}

#[test]
fn a_new_image_is_a_canary_on_the_highest_pod_by_default() {
    let facts = settled();
    let mut draft = Draft::image(&facts);
    assert!(draft.action(&facts).is_err(), "nothing changed yet");
    if let Draft::Image { images, .. } = &mut draft {
        images[0].image = " reg/web:1.8 ".into();
    }
    let action = draft.action(&facts).expect("an image was given");
    let Action::SetImage { images, partition } = action else { panic!("sets an image") };
    assert_eq!((images[0].image.as_str(), partition), ("reg/web:1.8", Some(4)));
}

#[test]
fn all_pods_needs_no_partition_in_the_patch_where_none_stands() {
    let facts = settled();
    assert_eq!(Draft::restart(&facts).action(&facts), Ok(Action::Restart { partition: None }));
    let held = sample::held(5, 3);
    assert_eq!(
        Draft::Restart { reach: Reach::All }.action(&held),
        Ok(Action::Restart { partition: Some(0) })
    );
}

#[test]
fn a_malformed_image_is_refused_with_its_text() {
    let facts = settled();
    let mut draft = Draft::image(&facts);
    if let Draft::Image { images, .. } = &mut draft {
        images[0].image = "not an image".into();
    }
    assert!(draft.action(&facts).expect_err("a space").contains("not an image"));
}

#[test]
fn replicas_are_whole_numbers_that_change_something() {
    let facts = settled();
    let with = |text: &str| Draft::Scale { replicas: text.into() }.action(&facts);
    assert_eq!(with(" 3 "), Ok(Action::Scale { replicas: 3 }));
    assert!(with("5").is_err());
    assert!(with("-1").is_err());
    assert!(with("4294967295").is_err());
    assert_eq!(with("2001"), Err("The panel scales to 2000 replicas at most.".to_owned()),);
    assert!(with("").is_err());
}

#[test]
fn on_delete_has_no_choice_and_a_switch_back_restarts_nobody_at_first() {
    let mut facts = settled();
    facts.set.strategy = model::set::UpdateStrategy::OnDelete;
    assert!(Draft::image(&facts).choices(&facts).is_empty());
    let draft = Draft::strategy(&facts);
    assert_eq!(
        draft.action(&facts),
        Ok(Action::SwitchStrategy { strategy: StrategyName::RollingUpdate, partition: Some(5) })
    );
    assert_eq!(draft.choices(&facts).len(), 3);
}

#[test]
fn where_a_hold_stands_it_can_stay() {
    let facts = sample::held(5, 3);
    let labels: Vec<String> =
        Draft::image(&facts).choices(&facts).into_iter().map(|(_, l)| l).collect();
    assert_eq!(labels[0], "As held now: web-3 and web-4");
    assert_eq!(labels.len(), 3);
}

#[test]
fn broken_pods_fall_back_and_of_several_healthy_ones_a_person_chooses() {
    let mut facts = sample::held(5, 3);
    let chosen = |facts: &Facts| match Draft::abort(facts).action(facts) {
        Ok(Action::Abort { pods }) => pods.into_iter().map(|p| p.pod).collect::<Vec<_>>(),
        other => panic!("an abort: {other:?}"),
    };
    assert_eq!(chosen(&facts), Vec::<String>::new());
    sample::crash(&mut facts.pods[4]);
    assert_eq!(chosen(&facts), ["web-4", "web-3"], "the only healthy one goes along");
    let canary = sample::held(5, 4);
    assert_eq!(chosen(&canary), ["web-4"]);
    let mut three = sample::held(5, 2);
    sample::crash(&mut three.pods[4]);
    assert_eq!(chosen(&three), ["web-4"]);
}

#[test]
fn a_pod_that_was_replaced_meanwhile_is_not_chosen_any_more() {
    let mut facts = sample::held(5, 4);
    let draft = Draft::abort(&facts);
    facts.pods[4].uid = "another".into();
    assert_eq!(draft.action(&facts), Ok(Action::Abort { pods: vec![] }));
}

#[test]
fn one_goes_back_to_the_newest_revision_before_and_names_its_bytes() {
    let facts = sample::held(5, 3);
    let names: Vec<&str> = earlier(&facts).iter().map(|r| r.name.as_str()).collect();
    assert_eq!(names, ["web-old"], "not the one that the set has");
    let draft = Draft::roll_back(&facts);
    // It is what most pods still run: nothing is gained by holding them.
    assert_eq!(draft.reach(), Reach::All);
    assert_eq!(
        draft.action(&facts),
        Ok(Action::RollBack {
            revision: "web-old".into(),
            hash: Some("web-old".into()),
            partition: Some(0)
        })
    );
    assert_eq!(Draft::back_to(&settled(), "web-old".into()).reach(), Reach::Highest);
}

#[test]
fn without_an_earlier_revision_there_is_nothing_to_go_back_to() {
    let mut facts = settled();
    facts.revisions.remove(0);
    assert!(earlier(&facts).is_empty());
    assert!(Draft::roll_back(&facts).action(&facts).is_err());
}

#[test]
fn whether_a_rollout_can_be_aborted_is_said_only_where_there_is_one() {
    assert_eq!(can_abort(&settled()), None);
    let mut facts = sample::held(5, 3);
    assert_eq!(can_abort(&facts), Some(Ok(())));
    facts.revisions.remove(0);
    let why = can_abort(&facts).expect("a rollout").expect_err("r6 is forgotten");
    assert!(why.contains("forgotten"), "{why}");
}

#[test]
fn max_unavailable_begins_as_it_is() {
    let mut facts = settled();
    assert_eq!(Draft::max_unavailable(&facts), Draft::MaxUnavailable { text: "1".into() });
    if let UpdateStrategy::RollingUpdate { rolling_update: Some(r) } = &mut facts.set.strategy {
        r.max_unavailable = Some("25%".into());
    }
    assert_eq!(Draft::max_unavailable(&facts), Draft::MaxUnavailable { text: "25%".into() });
}

#[test]
fn a_forgotten_revision_is_gone_back_to_by_what_the_panel_recorded() {
    let mut facts = settled();
    facts.revisions.remove(0);
    assert!(has_forgotten(&facts), "what is left is not the first one");
    let entry = RevisionEntry {
        name: "web-gone".into(),
        label: "r3".into(),
        hash: "h3".into(),
        forgotten: true,
    };
    let draft = Draft::back_to_recorded(&facts, entry);
    let action = draft.action(&facts).expect("complete");
    assert!(
        matches!(&action, Action::RollBack { revision, hash: Some(hash), .. } if revision == "web-gone" && hash == "h3")
    );
    assert_eq!(permit(&facts, &action), Ok(()));
    assert_eq!(super::super::wording::title(&facts, &draft), "Roll back web to r3");
}
