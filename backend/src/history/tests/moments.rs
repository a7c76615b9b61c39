use jiff::Timestamp;

use super::builder::{Story, ms_of, second, settled};
use crate::history::data::Data;
use crate::history::ledger::Write;
use crate::history::moment::{Recorded, moment};
use crate::history::step::{self, Look, Step};
use crate::history::time;

/// Looks at each of the stories in turn and keeps the events.
fn record(stories: &[Story]) -> Vec<Recorded> {
    let mut writes = Vec::new();
    let mut known = None;
    for story in stories {
        let look = Look { at: story.now(), since: ms_of(0), gap: None, deeds: &[], status: None };
        let step: Step = match &known {
            None => step::first(&story.facts, look),
            Some(k) => step::next(k, &story.facts, look),
        };
        writes.extend(step.writes);
        known = Some(step.known);
    }
    writes
        .into_iter()
        .filter_map(|w| match w {
            Write::Event { at, happened, .. } => {
                // As it comes out of the database.
                let data = Data::from_json(&happened.data.to_json()).unwrap();
                Some(Recorded { at: time(at), data })
            }
            _ => None,
        })
        .collect()
}

fn words(events: &[Recorded], at: Timestamp) -> Vec<String> {
    moment(events, &[], at).unwrap().words()
}

#[test]
fn the_strip_of_each_moment_of_a_canary_can_be_drawn() {
    let web = settled("web", 2);
    let rolling = web.clone().at(5).partition(1).rolls_out(7, "16.4");
    let down = rolling.clone().at(10).ends(1);
    let gone = down.clone().at(15).gone(1);
    let back = gone.clone().at(16).created(1, 7);
    let ready = back.clone().at(30).ready(1).counted();
    let events = record(&[web, rolling, down, gone, back, ready]);

    assert!(moment(&events, &[], second(-1)).is_none(), "before the first look");
    assert_eq!(words(&events, second(3)), ["0: r6 ready", "1: r6 ready"]);
    assert_eq!(words(&events, second(10)), ["0: r6 ready", "1: r6 ending"]);
    assert_eq!(words(&events, second(15)), ["0: r6 ready", "1: none"]);
    assert_eq!(words(&events, second(20)), ["0: r6 ready", "1: r7 starting"]);
    assert_eq!(words(&events, second(500)), ["0: r6 ready", "1: r7 ready"]);
    let then = moment(&events, &[], second(20)).unwrap().scene;
    assert_eq!((then.partition, then.replicas, then.start), (Some(1), 2, 0));
    assert_eq!((then.current.as_str(), then.update.as_str()), ("web-rev6", "web-rev7"));
    assert_eq!(moment(&events, &[], second(3)).unwrap().scene.partition, Some(0));
}

#[test]
fn a_moment_in_a_gap_says_that_it_is_not_sure() {
    let web = settled("web", 1);
    let events = record(&[web]);
    let gap = (second(100), second(200));
    assert_eq!(moment(&events, &[gap], second(150)).unwrap().unsure, Some(gap));
    assert_eq!(moment(&events, &[gap], second(200)).unwrap().unsure, None);
}

#[test]
fn drawing_from_a_later_snapshot_gives_what_playing_all_events_gives() {
    let mut stories = vec![settled("web", 3)];
    for round in 0..120 {
        let last = stories.last().unwrap().clone();
        let at = 10 + i64::from(round) * 10;
        stories.push(last.clone().at(at).ends(2));
        stories.push(last.clone().at(at + 2).gone(2).created(2, 6));
        stories.push(last.at(at + 4).gone(2).created(2, 6).ready(2));
    }
    let events = record(&stories);
    let snapshots: Vec<usize> =
        (0..events.len()).filter(|i| matches!(events[*i].data, Data::Snapshot { .. })).collect();
    assert!(snapshots.len() > 1, "a snapshot is taken again after many events");
    let without: Vec<Recorded> = events
        .iter()
        .enumerate()
        .filter(|(i, _)| !snapshots[1..].contains(i))
        .map(|(_, e)| e.clone())
        .collect();
    for at in (0..1_300).step_by(7) {
        assert_eq!(words(&events, second(at)), words(&without, second(at)), "at second {at}");
    }
}
