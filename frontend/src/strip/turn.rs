//! The order in which an update reaches the ordinals: what is done, what is under way, what is next.

use std::collections::HashMap;

use model::blocker;
use model::facts::Facts;
use model::pod::Pod;
use model::set::PodManagement;
use model::strip;

/// An ordinal's place in the order of the update. Places count from 1, the highest ordinal first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// Nothing is under way.
    Rest,
    /// It runs the update and is Ready.
    Done(u32),
    /// It is restarting.
    Now,
    /// It is the next one.
    Next,
    /// Its turn comes after the next one.
    Later(u32),
    /// The others wait for it.
    Blocks,
    /// It still has to be deleted by somebody (`OnDelete`).
    Pending,
    /// No longer wanted.
    Former,
}

impl Turn {
    /// The value of `data-turn`.
    pub fn key(self) -> &'static str {
        match self {
            Self::Rest | Self::Former => "rest",
            Self::Done(_) => "done",
            Self::Now => "now",
            Self::Next => "next",
            Self::Later(_) | Self::Pending => "later",
            Self::Blocks => "block",
        }
    }

    /// The word beside the node of the rail.
    pub fn word(self) -> String {
        match self {
            Self::Rest => String::new(),
            Self::Done(0) => "done".to_owned(),
            Self::Done(n) | Self::Later(n) => nth(n),
            Self::Now => "now".to_owned(),
            Self::Next => "next".to_owned(),
            Self::Blocks => "blocks".to_owned(),
            Self::Pending => "pending".to_owned(),
            Self::Former => "former".to_owned(),
        }
    }

    /// For the sentence of the ordinal; what is said elsewhere or goes without saying is left out.
    pub fn spoken(self) -> Option<String> {
        match self {
            Self::Next => Some("next to restart".to_owned()),
            Self::Blocks => Some("the others wait for it".to_owned()),
            Self::Pending => Some("changes only when it is deleted".to_owned()),
            _ => None,
        }
    }
}

/// `1st`, `2nd`, `3rd`, `11th`, `22nd`.
pub fn nth(n: u32) -> String {
    let end = match (n % 10, n % 100) {
        (_, 11..=13) => "th",
        (1, _) => "st",
        (2, _) => "nd",
        (3, _) => "rd",
        _ => "th",
    };
    format!("{n}{end}")
}

/// The template is back at the revision from before: nothing new is being rolled out.
pub fn went_back(facts: &Facts) -> bool {
    facts.set.status.current_revision == facts.set.status.update_revision
}

/// The turn of each drawn ordinal.
pub fn turns(facts: &Facts) -> HashMap<u32, Turn> {
    let set = &facts.set;
    let update = &set.status.update_revision;
    let pods: HashMap<u32, &Pod> =
        facts.pods.iter().filter_map(|p| Some((facts.ordinal(p)?, p))).collect();
    let blocks = blocker::find(facts).filter(|b| b.failing).map(|b| b.ordinal);
    let moving = strip::in_progress(facts);
    let mut next_given = false;
    let mut turns = HashMap::new();
    for ordinal in strip::ordinals(facts).rev() {
        let Some(index) = set.index_of(ordinal) else {
            turns.insert(ordinal, Turn::Former);
            continue;
        };
        let place = set.replicas - index;
        let pod = pods.get(&ordinal);
        let updated = pod.is_some_and(|p| p.revision == *update);
        let up = pod.is_some_and(|p| p.is_up());
        let turn = if blocks == Some(ordinal) {
            Turn::Blocks
        } else if !moving {
            Turn::Rest
        } else if !set.is_rolling_update() {
            match (updated, up) {
                (true, true) => Turn::Done(0),
                (false, true) => Turn::Pending,
                (_, false) => Turn::Now,
            }
        } else if updated && up && went_back(facts) {
            Turn::Rest
        } else if updated && up {
            Turn::Done(place)
        } else if waits_for(facts, pod, updated) && index >= set.partition() {
            Turn::Blocks
        } else if !up && (updated || index >= set.partition()) {
            Turn::Now
        } else if next_given {
            Turn::Later(place)
        } else {
            next_given = true;
            Turn::Next
        };
        turns.insert(ordinal, turn);
    }
    turns
}

/// With OrderedReady the controller replaces no pod while one on the old revision is not Ready, not even that one.
/// Source: `stateful_set_control.go`, `processReplica`; kubernetes#67250.
fn waits_for(facts: &Facts, pod: Option<&&Pod>, updated: bool) -> bool {
    let ordered = facts.set.policy == PodManagement::OrderedReady;
    ordered && !updated && pod.is_some_and(|p| !p.is_up() && p.deleting.is_none())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::strip::sample;

    fn words(facts: &Facts) -> Vec<String> {
        let turns = turns(facts);
        strip::ordinals(facts).map(|o| turns[&o].word()).collect()
    }

    #[test]
    fn a_held_canary_has_its_next_pod_below_the_partition() {
        let facts = sample::held(5, 3);
        assert_eq!(words(&facts), ["5th", "4th", "next", "2nd", "1st"]);
    }

    #[test]
    fn a_restarting_pod_is_now_and_the_one_below_it_next() {
        let mut facts = sample::held(3, 0);
        facts.set.status.update_revision = "web-new".into();
        for (pod, revision) in facts.pods.iter_mut().zip(["web-old", "web-new", "web-new"]) {
            pod.revision = revision.into();
        }
        facts.pods[1].ready = false;
        assert_eq!(words(&facts), ["next", "now", "1st"]);
    }

    #[test]
    fn a_pod_of_the_old_revision_that_is_not_ready_is_waited_for_and_not_restarted() {
        let mut facts = sample::held(3, 0);
        facts.set.status.update_revision = "web-new".into();
        for (pod, revision) in facts.pods.iter_mut().zip(["web-old", "web-old", "web-new"]) {
            pod.revision = revision.into();
        }
        facts.pods[1].ready = false;
        assert_eq!(words(&facts)[1], "blocks");
        facts.set.policy = PodManagement::Parallel;
        assert_eq!(words(&facts)[1], "now");
    }

    #[test]
    fn the_blocking_pod_says_so_and_a_settled_set_says_nothing() {
        let mut facts = sample::held(3, 3);
        for pod in &mut facts.pods {
            pod.revision = "web-new".into();
        }
        assert_eq!(words(&facts), ["", "", ""]);
        sample::crash(&mut facts.pods[1]);
        assert_eq!(words(&facts), ["", "blocks", ""]);
    }

    #[test]
    fn after_going_back_only_what_is_left_over_has_a_turn() {
        let mut facts = sample::held(3, 0);
        facts.set.status.current_revision = "web-new".into();
        facts.pods[2].revision = "web-old".into();
        sample::crash(&mut facts.pods[2]);
        assert_eq!(words(&facts), ["", "", "blocks"]);
    }

    #[test]
    fn numbers_have_their_english_endings() {
        assert_eq!(
            [1, 2, 3, 4, 11, 12, 13, 21, 112].map(nth).join(" "),
            "1st 2nd 3rd 4th 11th 12th 13th 21st 112th"
        );
    }
}
