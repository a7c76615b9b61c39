use model::wire::RolloutOutcome;

use super::builder::{Story, ms_of, settled};
use crate::history::known::Known;
use crate::history::ledger::Write;
use crate::history::step::{self, Look};

fn look(story: &Story) -> Look<'static> {
    Look { at: story.now(), since: ms_of(0), gap: None, deeds: &[], status: None }
}

fn first(story: &Story) -> Known {
    step::first(&story.facts, look(story)).known
}

/// What becomes of rollouts in a look: `+r7 from r6`, `-settled`.
fn rollouts(known: &mut Known, story: &Story) -> Vec<String> {
    let step = step::next(known, &story.facts, look(story));
    *known = step.known;
    words(&step.writes)
}

fn words(writes: &[Write]) -> Vec<String> {
    writes
        .iter()
        .filter_map(|w| match w {
            Write::RolloutOpened { rollout, .. } => {
                let from = rollout.from.as_ref().map_or("nothing", |f| f.label.as_str());
                Some(format!("+{} from {from}", rollout.to.label))
            }
            Write::RolloutEnded { outcome, .. } => Some(format!("-{outcome:?}")),
            _ => None,
        })
        .collect()
}

#[test]
fn a_rollout_begins_with_the_revision_and_ends_when_all_agree() {
    let web = settled("web", 2);
    let mut known = first(&web);
    let rolling = web.at(5).rolls_out(7, "16.4");
    assert_eq!(rollouts(&mut known, &rolling), ["+r7 from r6"]);
    let almost = rolling.at(20).gone(1).created(1, 7).ready(1).gone(0).created(0, 7).ready(0);
    // The pods are there, the status has not followed yet.
    assert!(rollouts(&mut known, &almost).is_empty());
    let all = almost.at(21).counted();
    assert_eq!(rollouts(&mut known, &all), ["-Settled"]);
    assert_eq!(known.book.rollout, None);
}

#[test]
fn counters_that_run_ahead_of_the_pods_do_not_end_a_rollout() {
    let web = settled("web", 2);
    let mut known = first(&web);
    let mut ahead = web.at(5).rolls_out(7, "16.4");
    rollouts(&mut known, &ahead);
    ahead.facts.set.status.updated_replicas = 2;
    ahead.facts.set.status.current_revision = "web-rev7".into();
    assert!(rollouts(&mut known, &ahead).is_empty());
}

#[test]
fn an_unobserved_change_does_not_end_a_rollout() {
    let web = settled("web", 1);
    let mut known = first(&web);
    let rolling = web.at(5).rolls_out(7, "16.4");
    rollouts(&mut known, &rolling);
    let edited = rolling.at(9).gone(0).created(0, 7).ready(0).counted().image("16.5");
    assert!(rollouts(&mut known, &edited).is_empty());
}

#[test]
fn another_revision_supersedes_a_rollout() {
    let web = settled("web", 2);
    let mut known = first(&web);
    let rolling = web.at(5).rolls_out(7, "16.4").gone(1).created(1, 7);
    rollouts(&mut known, &rolling);
    let next = rolling.at(30).rolls_out(8, "16.5");
    assert_eq!(rollouts(&mut known, &next), ["-Superseded", "+r8 from r6"]);
}

#[test]
fn going_back_is_a_rollback_and_a_rollout_of_its_own_where_pods_have_to_follow() {
    let web = settled("web", 2);
    let mut known = first(&web);
    let rolling = web.clone().at(5).rolls_out(7, "16.4").gone(1).created(1, 7);
    rollouts(&mut known, &rolling);
    let back = rolling.at(30).image("16.3").renumbered(6, 8).observed(6);
    assert_eq!(rollouts(&mut known, &back), ["-RolledBack", "+r8 from r7"]);

    let mut known = first(&web);
    let held = web.at(5).partition(2).rolls_out(7, "16.4");
    rollouts(&mut known, &held);
    let back = held.at(30).image("16.3").renumbered(6, 8).observed(6);
    assert_eq!(rollouts(&mut known, &back), ["-RolledBack"], "no pod ever left r6");
}

#[test]
fn creation_and_scaling_open_no_rollout() {
    let mut new = settled("web", 1).gone(0);
    new.facts.set.created = super::builder::second(1);
    new.facts.set.status.update_revision = String::new();
    new.facts.set.status.current_revision = String::new();
    let new = new.at(1);
    let mut known = first(&new);
    let mut made = new.at(2).observed(6);
    made.facts.set.status.current_revision = "web-rev6".into();
    assert!(rollouts(&mut known, &made).is_empty());
    let made = made.at(3).created(0, 6).at(9).ready(0).counted();
    assert!(rollouts(&mut known, &made).is_empty());
    assert!(rollouts(&mut known, &made.at(12).scale(4).observed(6)).is_empty());
}

#[test]
fn a_rollout_that_was_under_way_before_the_first_look_is_taken_up() {
    let rolling = settled("web", 2).at(-60).rolls_out(7, "16.4").gone(1).created(1, 7);
    let step = step::first(&rolling.clone().at(0).facts, look(&rolling.clone().at(0)));
    assert_eq!(words(&step.writes), ["+r7 from r6"]);
    assert_eq!(step.known.book.rollout.as_ref().unwrap().started, ms_of(-60));
}

#[test]
fn a_set_that_is_deleted_takes_its_open_rollout_with_it() {
    let rolling = settled("web", 2).at(5).rolls_out(7, "16.4");
    let known = {
        let mut known = first(&settled("web", 2));
        rollouts(&mut known, &rolling);
        known
    };
    let writes = step::gone(&known, look(&rolling));
    assert_eq!(words(&writes), [format!("-{:?}", RolloutOutcome::SetDeleted)]);
    assert!(matches!(writes.last(), Some(Write::SetDeleted { .. })));
}

#[test]
fn a_look_that_brings_nothing_new_writes_nothing() {
    let web = settled("web", 3);
    let known = first(&web);
    let step = step::next(&known, &web.facts, look(&web));
    assert!(step.writes.is_empty());
    assert_eq!(step.known, known);
}

#[test]
fn what_is_known_survives_being_stored() {
    let web = settled("web", 3).at(5).partition(1).by("helm").rolls_out(7, "16.4").ends(2);
    let known = {
        let known = first(&settled("web", 3));
        step::next(&known, &web.facts, look(&web)).known
    };
    let json = serde_json::to_string(&known).unwrap();
    let read: Known = serde_json::from_str(&json).unwrap();
    assert_eq!(serde_json::to_string(&read).unwrap(), json);
    // The next look finds nothing different.
    assert!(step::next(&read, &web.facts, look(&web)).writes.is_empty());
}

#[test]
fn a_scale_to_more_pods_than_there_can_be_is_told_by_its_ends() {
    let most = i32::MAX.unsigned_abs();
    let web = settled("web", 2).partition(1).observed(6);
    let known = first(&web);
    let mut huge = web.at(5).rolls_out(7, "16.4");
    huge.facts.set.replicas = most;
    let told = |step: &step::Step| {
        let sentence = |w: &Write| match w {
            Write::Event { happened, .. } => happened.sentence.clone(),
            _ => String::new(),
        };
        step.writes.iter().map(sentence).collect::<Vec<_>>().join(" | ")
    };
    let up = step::next(&known, &huge.facts, look(&huge));
    let says = told(&up);
    assert!(says.contains("scaled from 2 to 2147483647: web-2 to web-2147483646 come"), "{says}");
    assert!(says.contains("web-1 to web-2147483646 get r7, web-0 stays on r6"), "{says}");
    huge.facts.set.strategy = model::set::UpdateStrategy::RollingUpdate {
        rolling_update: Some(model::set::RollingUpdate {
            partition: Some(most),
            max_unavailable: None,
        }),
    };
    let held = told(&step::next(&up.known, &huge.facts, look(&huge)));
    assert!(held.contains("web-0 to web-2147483646 stay on r6"), "{held}");
    step::first(&huge.facts, look(&huge));
}
