use model::status::{Settings, status};

use super::*;
use crate::strip::sample;

fn judge(facts: &Facts) -> Status {
    status(facts, None, sample::at(5_000), Settings::default())
}

fn of(facts: &Facts) -> Deck {
    let handle = Handle::new(facts.set.partition(), facts.set.replicas);
    deck(facts, &judge(facts), handle, None)
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
            ("Advance to web-2", Weight::Primary, true),
            ("Finish…", Weight::Plain, true),
            ("Hold", Weight::Plain, false),
        ]
    );
    assert_eq!(deck.lead, "Next step:");
    assert!(deck.says.starts_with("web-2 restarts on r7."), "{}", deck.says);
    assert_eq!(deck.notes, ["Hold is off: the rollout is held here already."]);
}

#[test]
fn a_roll_that_goes_by_itself_offers_to_hold_it() {
    let mut facts = sample::held(3, 0);
    facts.pods[0].revision = "web-old".into();
    facts.pods[1].ready = false;
    facts.pods[1].ready_changed = Some(sample::at(4_990));
    let deck = of(&facts);
    assert_eq!(labels(&deck), [("Hold", Weight::Primary, true)]);
    assert_eq!(deck.lead, "By itself:");
}

#[test]
fn a_moved_handle_is_not_applied_until_it_is_reviewed() {
    let facts = sample::held(5, 3);
    let deck = deck(&facts, &judge(&facts), Handle::new(3, 5).to(1), None);
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
    assert_eq!(labels(&deck), [("Delete web-4 so that it restarts on r7", Weight::Danger, true)]);
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
    let handle = Handle::new(3, 5);
    let deck = deck(&facts, &judge(&facts), handle, Some("You may look, but not act."));
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
