use model::action::Action;
use model::forecast::{forecast, forecast_judged};
use model::status::{Settings, status};
use model::wire::{Actor, Source};

use super::steps::on_delete;
use super::*;
use crate::strip::sample;

fn judge(facts: &Facts) -> Status {
    status(facts, None, sample::at(5_000), Settings::default())
}

fn of(facts: &Facts) -> Deck {
    deck(facts, &judge(facts), None, None, None)
}

fn labels(deck: &Deck) -> Vec<(&str, Weight, bool)> {
    deck.choices.iter().map(|c| (c.label.as_str(), c.weight, c.off.is_none())).collect()
}

#[test]
fn a_held_set_offers_the_next_pod_and_says_why_hold_is_off() {
    let deck = of(&sample::held(5, 3));
    assert_eq!(
        labels(&deck),
        [
            ("Advance to web-2…", Weight::Primary, true),
            ("Finish…", Weight::Plain, true),
            ("Hold…", Weight::Plain, false),
            ("Abort…", Weight::Plain, true),
        ]
    );
    assert_eq!(deck.lead, "Next step:");
    assert!(deck.says.starts_with("web-2 restarts on r7."), "{}", deck.says);
    assert_eq!(deck.notes, ["Hold is off: the rollout is held here already."]);
}

#[test]
fn one_reason_for_several_buttons_is_told_once() {
    let choice = |verb, off: Option<&str>| Choice {
        label: String::new(),
        verb,
        weight: Weight::Plain,
        press: Press::PutBack,
        key: None,
        off: off.map(str::to_owned),
    };
    let unseen = Some("The controller has not seen change 4 yet.");
    let all = [
        choice("Advance", unseen),
        choice("Finish", None),
        choice("Hold", unseen),
        choice("Abort", Some("No pod would fall back.")),
    ];
    assert_eq!(
        notes(&all),
        [
            "Advance and Hold are off: the controller has not seen change 4 yet.",
            "Abort is off: no pod would fall back."
        ]
    );
}

#[test]
fn a_roll_that_goes_by_itself_offers_to_hold_it() {
    let mut facts = sample::held(3, 0);
    facts.pods[0].revision = "web-old".into();
    facts.pods[1].ready = false;
    facts.pods[1].ready_changed = Some(sample::at(4_990));
    let deck = of(&facts);
    assert_eq!(labels(&deck), [("Hold…", Weight::Primary, true), ("Abort…", Weight::Plain, true)]);
    assert_eq!(deck.lead, "By itself:");
}

#[test]
fn while_the_last_pod_of_a_step_starts_the_deck_says_what_one_waits_for() {
    let mut facts = sample::held(5, 3);
    facts.pods[3].ready = false;
    facts.pods[3].ready_changed = Some(sample::at(4_990));
    let deck = of(&facts);
    assert_eq!(deck.lead, "By itself:");
    let then = "Once it is Ready, nothing else restarts until someone advances.";
    assert_eq!(deck.says, format!("web-3 runs but is not Ready. {then}"));
    // It is said only where it is that pod alone, and nothing else is wrong.
    let mut ending = facts.clone();
    ending.pods[4].ready = false;
    ending.pods[4].deleting = Some(sample::at(4_995));
    assert!(of(&ending).says.starts_with("web-4 restarts on r7."), "{}", of(&ending).says);
    let down = |which: usize, fails: bool| {
        let mut facts = facts.clone();
        facts.pods[which].ready = false;
        facts.pods[which].ready_changed = Some(sample::at(4_990));
        if fails {
            sample::crash(&mut facts.pods[which]);
        }
        of(&facts).says
    };
    for says in [down(0, false), down(4, false), down(4, true)] {
        assert!(!says.contains(then), "{says}");
    }
    let mut huge = facts;
    huge.set.replicas = model::MAX_REPLICAS + 1;
    assert!(!of(&huge).says.contains(then), "{}", of(&huge).says);
}

#[test]
fn a_moved_handle_is_not_applied_until_it_is_reviewed() {
    let facts = sample::held(5, 3);
    let follows = forecast(&facts, &Action::SetPartition { partition: 1 });
    let deck = deck(&facts, &judge(&facts), None, Some((1, &follows)), None);
    assert_eq!(deck.lead, "Not applied yet:");
    assert_eq!(labels(&deck)[0], ("Review…", Weight::Primary, true));
    assert_eq!(
        deck.choices[0].press,
        Press::Ask(Draft::Fixed(Action::SetPartition { partition: 1 }))
    );
}

#[test]
fn a_trapped_set_offers_the_one_deletion_that_frees_it() {
    let mut facts = sample::held(5, 0);
    facts.pods[4].revision = "web-old".into();
    sample::crash(&mut facts.pods[4]);
    facts.pods[4].ready_changed = Some(sample::at(1_000));
    let deck = of(&facts);
    assert_eq!(
        labels(&deck),
        [
            ("Delete web-4 so that it restarts on r7…", Weight::Danger, true),
            ("Abort…", Weight::Plain, true),
        ]
    );
    // Once the template is back, nothing is in progress that could be aborted.
    facts.set.status.current_revision = "web-new".into();
    assert_eq!(of(&facts).choices.len(), 1);
}

#[test]
fn on_delete_evicts_the_highest_stale_pod_first() {
    let mut facts = sample::held(5, 3);
    facts.set.strategy = model::set::UpdateStrategy::OnDelete;
    let deck = of(&facts);
    assert_eq!(deck.choices[0].label, "Evict web-2…");
    assert_eq!(deck.choices[1].label, "Delete web-2…");
}

#[test]
fn without_the_right_everything_is_off_for_one_reason() {
    let facts = sample::held(5, 3);
    let deck = deck(&facts, &judge(&facts), None, None, Some("You may look, but not act."));
    assert!(deck.choices.iter().all(|c| c.off.is_some()));
    assert_eq!(deck.notes, ["You may look, but not act."]);
}

#[test]
fn a_settled_set_begins_with_a_new_image() {
    let mut facts = sample::held(3, 0);
    facts.set.status.current_revision = "web-new".into();
    let deck = of(&facts);
    assert_eq!(labels(&deck), [("New image…", Weight::Primary, true)]);
}

#[test]
fn how_long_it_takes_is_part_of_the_sentence() {
    let mut facts = sample::held(5, 3);
    facts.pace = model::pace::Pace::of(vec![50_000, 51_000, 52_000]);
    let deck = of(&facts);
    assert!(
        deck.says.starts_with(
            "web-2 restarts on r7. About 51 s, from the last 3 restarts. web-0, web-1, "
        ),
        "{}",
        deck.says
    );
}

#[test]
fn an_abort_that_cannot_fall_back_says_why() {
    let mut facts = sample::held(5, 3);
    facts.revisions.remove(0);
    let deck = of(&facts);
    let abort = deck.choices.iter().find(|c| c.verb == "Abort").expect("a rollout is in progress");
    assert!(abort.off.as_deref().is_some_and(|why| why.contains("forgotten")), "{abort:?}");
}

#[test]
fn a_pod_that_would_come_back_on_the_same_broken_image_is_not_what_to_delete() {
    let mut facts = sample::held(5, 0);
    facts.pods[4].revision = "web-new".into();
    for pod in &mut facts.pods[..4] {
        pod.revision = "web-old".into();
    }
    sample::crash(&mut facts.pods[4]);
    facts.pods[4].ready_changed = Some(sample::at(1_000));
    let deck = of(&facts);
    assert_eq!(
        labels(&deck),
        [
            ("Abort…", Weight::Primary, true),
            ("Roll back…", Weight::Plain, true),
            ("Delete web-4 so that it restarts on r7…", Weight::Plain, true),
        ]
    );
    assert!(deck.says.starts_with("web-4 restarts on r7. web-0 to web-3 "), "{}", deck.says);
    assert!(deck.stall.is_some_and(|s| s.contains("Deleting it does not help")));
}

#[test]
fn a_pod_that_starts_is_not_at_rest() {
    let mut facts = sample::held(3, 0);
    facts.set.status.current_revision = "web-new".into();
    facts.pods[1].ready = false;
    facts.pods[1].ready_changed = Some(sample::at(4_990));
    let deck = of(&facts);
    assert_eq!(deck.lead, "By itself:");
    assert_eq!(deck.says, "web-1 runs but is not Ready. Nothing waits for you.");
    sample::crash(&mut facts.pods[1]);
    assert_eq!(of(&facts).lead, "In the way:");
    // The last pod of a roll.
    facts.set.status.current_revision = "web-old".into();
    facts.pods[1] = sample::pod(1, "web-new");
    facts.pods[1].ready = false;
    facts.pods[1].ready_changed = Some(sample::at(4_990));
    assert!(of(&facts).says.ends_with("Once it is Ready, the rollout is done."));
}

fn aborted(facts: &Facts, because: Option<&str>) -> Held {
    let by = Actor { source: Source::Panel, name: Some("mara".into()), at: None, reason: None };
    let revision = facts.set.status.update_revision.clone();
    Held { by, aborted: Some(revision), because: because.map(Into::into), advanced: false }
}

#[test]
fn after_an_abort_going_back_comes_before_trying_it_again() {
    let mut facts = sample::held(5, 5);
    let held = aborted(&facts, Some("web-4 crashed 6 times (exit 137)"));
    let of = |facts: &Facts| deck(facts, &judge(facts), Some(&held), None, None);
    let told = of(&facts);
    assert_eq!(
        labels(&told),
        [
            ("Roll back…", Weight::Primary, true),
            ("Advance to web-4…", Weight::Plain, true),
            ("Finish…", Weight::Plain, true),
        ]
    );
    assert_eq!(told.lead, "r7 was aborted: web-4 crashed 6 times (exit 137).");
    let says = "Roll back, and the set's template is that of r6 again. No pod restarts: every pod runs this template already.";
    assert!(told.says.starts_with(says), "{}", told.says);
    // Somebody tries it again.
    facts.set.strategy = sample::held(5, 4).set.strategy;
    assert!(of(&facts).lead.starts_with("By itself"), "{}", of(&facts).lead);
}

#[test]
fn under_on_delete_the_next_step_stalls_where_the_dialog_says_so() {
    let mut facts = sample::held(5, 3);
    facts.set.strategy = model::set::UpdateStrategy::OnDelete;
    // Too long not to be Ready, and nothing that fails.
    facts.pods[0].ready = false;
    facts.pods[0].ready_changed = Some(sample::at(1_000));
    let mut status = judge(&facts);
    assert_eq!(status.kind, StatusKind::Stuck);
    // The judgement that the dialog goes by, whatever the deck makes of it.
    let evict = Action::EvictPod { pod: "web-2".into(), uid: facts.pods[2].uid.clone() };
    let asked = forecast_judged(&facts, Some(&status), &evict);
    status.kind = StatusKind::OnDelete;
    let told = on_delete(&facts, &Status { kind: StatusKind::Stuck, ..status });
    assert_eq!(told.stall, asked.stall);
    assert!(told.stall.is_some());
}
