//! The steps from one change to the next.

use jiff::{SignedDuration, Timestamp};
use leptos::prelude::*;
use model::wire::Lanes;

use super::lanes::Drawn;
use super::place::Place;
use crate::reactive::Memo;

/// The moment of the change before or after another, or of the last one. What comes within a second is one change.
pub fn step(lanes: &Lanes, at: Option<Timestamp>, back: bool) -> Option<Timestamp> {
    // They are in the order of recording, which may differ from that of their times by some ms.
    let times = || lanes.marks.iter().map(|m| m.at);
    let far = |t: &Timestamp| {
        at.is_none_or(|at| t.duration_since(at).abs() >= SignedDuration::from_secs(1))
    };
    match (at, back) {
        (None, true) => times().max(),
        (None, false) => None,
        (Some(at), true) => times().filter(|t| *t < at).filter(far).max(),
        (Some(at), false) => times().filter(|t| *t > at).filter(far).min(),
    }
}

/// Goes to the change before or after the moment that is shown.
pub fn turn(place: Memo<Place>, drawn: Drawn, go: Callback<Place>, back: bool) {
    let here = place.get_untracked();
    let to = drawn.with_untracked(|d| step(d.as_ref()?.as_ref().ok()?, here.at, back));
    if to.is_some() {
        go.run(here.with_at(to));
    }
}

#[cfg(test)]
mod tests {
    use model::set::SetKey;
    use model::wire::{EventKind, EventView, Span};

    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).expect("in range")
    }

    #[test]
    fn the_arrows_step_from_change_to_change() {
        let mark = |second| EventView {
            id: second,
            at: at(second),
            set: SetKey::new("shop", "web"),
            kind: EventKind::Partition,
            sentence: String::new(),
            ordinal: None,
            rollout: None,
            actor: None,
            action: None,
        };
        let lanes = Lanes {
            span: Span { from: at(0), to: at(100) },
            lanes: Vec::new(),
            left_out: 0,
            rollouts: Vec::new(),
            holds: Vec::new(),
            gaps: Vec::new(),
            marks: vec![mark(10), mark(20), mark(20), mark(30)],
        };
        assert_eq!(step(&lanes, None, true), Some(at(30)));
        assert_eq!(step(&lanes, None, false), None);
        assert_eq!(step(&lanes, Some(at(20)), true), Some(at(10)));
        assert_eq!(step(&lanes, Some(at(20)), false), Some(at(30)));
        assert_eq!(step(&lanes, Some(at(10)), true), None);
    }
}
