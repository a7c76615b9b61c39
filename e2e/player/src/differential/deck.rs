//! What is tried, and how often: every action under every failure equally often.

use super::random::Random;

pub(super) const POLICIES: [&str; 2] = ["OrderedReady", "Parallel"];
pub(super) const ACTIONS: [&str; 13] = [
    "image",
    "image behind a partition",
    "partition",
    "scale up",
    "scale down",
    "switch strategy",
    "restart",
    "delete pods",
    "undo",
    "maxUnavailable",
    "first ordinal",
    "delete a claim",
    "delete and create the set",
];
pub(super) const FAILURES: [&str; 8] =
    ["none", "never", "slow", "crash", "pull", "unready", "fail", "held"];

/// What is tried: an action under a failure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cell {
    pub policy: &'static str,
    pub action: &'static str,
    pub failure: &'static str,
    /// The index of the step that ends it: it counts as compared if that step is.
    pub(super) last: usize,
}

/// All cells of a policy, shuffled again and again, so that each comes as often as any other.
pub(super) struct Deck {
    pub(super) policy: &'static str,
    failures: &'static [&'static str],
    cards: Vec<(&'static str, &'static str)>,
}

impl Deck {
    pub(super) fn new(policy: &'static str, failures: &'static [&'static str]) -> Self {
        Self { policy, failures, cards: Vec::new() }
    }

    pub(super) fn draw(&mut self, random: &mut Random) -> Cell {
        if self.cards.is_empty() {
            for action in ACTIONS {
                self.cards.extend(self.failures.iter().map(|failure| (action, *failure)));
            }
            random.shuffle(&mut self.cards);
        }
        let (action, failure) = self.cards.pop().unwrap_or((ACTIONS[0], FAILURES[0]));
        Cell { policy: self.policy, action, failure, last: 0 }
    }
}
