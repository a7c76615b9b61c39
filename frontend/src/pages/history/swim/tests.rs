use model::set::SetKey;
use model::wire::{EventKind, RolloutOutcome, Span};

use super::*;

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).expect("in range")
}

fn run(second: i64, state: RunState, revision: Option<&str>) -> Run {
    Run { at: at(second), state, revision: revision.map(Into::into), revision_now: None }
}

fn lanes(count: u32) -> Lanes {
    let runs = vec![
        run(0, RunState::Ready, Some("r6")),
        run(100, RunState::Down, None),
        run(110, RunState::Failing, Some("r7")),
        run(200, RunState::Ready, Some("r7")),
    ];
    let mark = |id, second| EventView {
        id,
        at: at(second),
        set: SetKey::new("shop", "web"),
        kind: EventKind::Partition,
        sentence: "<b>\"advanced\"</b> & more".into(),
        ordinal: None,
        rollout: None,
        actor: None,
        action: None,
    };
    Lanes {
        span: Span { from: at(0), to: at(1_000) },
        lanes: (0..count).rev().map(|ordinal| Lane { ordinal, runs: runs.clone() }).collect(),
        left_out: 0,
        rollouts: Vec::new(),
        holds: vec![Span { from: at(300), to: at(400) }],
        gaps: Vec::new(),
        marks: vec![mark(1, 100), mark(2, 105), mark(3, 500)],
    }
}

fn drawn(lanes: &Lanes) -> String {
    Page {
        set: "web",
        lanes,
        behind: 0,
        time: &|at| format!("{} s", at.as_second()),
        day: &|_| String::new(),
        to_moment: &|at| format!("?at={at}"),
        to_rollout: &|id| format!("?rollout={id}"),
    }
    .draw()
}

#[test]
fn a_lane_is_told_in_a_sentence() {
    let lanes = lanes(1);
    let told = sentence(&lanes.lanes[0], &|at| format!("{} s", at.as_second()));
    assert_eq!(
        told,
        "r6 Ready from 0 s, down from 100 s, r7 failing from 110 s, r7 Ready from 200 s"
    );
}

#[test]
fn a_revision_that_got_another_number_is_still_the_same_one() {
    let rollout = |from: &str, to: &str| RolloutView {
        id: 1,
        from: Some(from.to_owned()),
        from_now: None,
        to: to.to_owned(),
        to_now: None,
        started: at(0),
        ended: None,
        outcome: RolloutOutcome::Open,
        held: None,
        actor: None,
        changes: Vec::new(),
    };
    let back = [rollout("r3", "r4")];
    let mut old = run(0, RunState::Ready, Some("r2"));
    assert_eq!(role(&back, &old), "none");
    old.revision_now = Some("r4".to_owned());
    assert_eq!(role(&back, &old), "upd");
    assert_eq!(revision(&old).as_deref(), Some("r2 (now r4)"));
    assert_eq!(role(&back, &run(0, RunState::Ready, Some("r3"))), "cur");
    // Only the rollout knows of the newest number.
    let first = [RolloutView { from_now: Some("r4".to_owned()), ..rollout("r2", "r3") }];
    assert_eq!(role(&first, &run(0, RunState::Ready, Some("r4"))), "cur");
    assert_eq!(role(&[], &run(0, RunState::Ready, Some("r4"))), "cur");
}

#[test]
fn changes_that_lie_together_share_a_mark_with_their_number() {
    let markup = drawn(&lanes(2));
    assert_eq!(markup.matches("<a href=\"?at=").count(), 2);
    assert!(markup.contains(">2</text>"), "{markup}");
}

#[test]
fn no_text_of_the_history_becomes_markup_and_none_carries_a_style() {
    let markup = drawn(&lanes(2));
    assert!(!markup.contains("<b>") && markup.contains("&lt;b&gt;&quot;advanced&quot;"));
    assert!(!markup.contains("style="));
}

#[test]
fn many_lanes_are_low_and_carry_no_labels() {
    let markup = drawn(&lanes(60));
    assert_eq!(markup.matches("class=\"lane low\"").count(), 60);
    assert!(!markup.contains(">r6</text>"));
    assert!(drawn(&lanes(5)).contains(">r6</text>"));
}
