//! How long it takes, from restarts of this set that were recorded.

use std::collections::HashSet;

use super::{Step, StepKind};
use crate::facts::Facts;
use crate::pace::Takes;
use crate::set::PodManagement;

/// Only of what restarts or is made: how long pods take to end for good is not recorded apart.
pub(super) fn takes(facts: &Facts, steps: &[Step]) -> Option<Takes> {
    let pace = facts.pace.as_ref()?;
    if steps.iter().any(|s| s.what == StepKind::Stop) {
        return None;
    }
    let rounds = match facts.set.policy {
        // They may end together, but come up one after another.
        PodManagement::OrderedReady => steps.len(),
        PodManagement::Parallel => steps.iter().map(|s| s.wave).collect::<HashSet<_>>().len(),
    } as u64;
    // The recorded restarts end when the pod is Ready; the next begins when it is Available.
    let between = u64::from(facts.set.min_ready_seconds).saturating_mul(1_000);
    pace.takes(rounds, between.saturating_mul(rounds.saturating_sub(1)))
}
