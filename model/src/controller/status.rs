//! The status that a sync writes.

use std::time::Duration;

use super::observed::{Observed, Pod};
use super::run::Run;
use crate::set::{Counters, UpdateStrategy};

/// A status that counts nothing yet.
pub(super) fn none(seen: &Observed, current: &str, update: &str) -> Counters {
    Counters {
        observed_generation: seen.set.generation,
        current_revision: current.to_owned(),
        update_revision: update.to_owned(),
        ..Counters::default()
    }
}

/// Counts a pod that is there; those made in this sync count from the next one on.
/// Source: `control`, `updateStatus` and `computeReplicaStatus`.
pub(super) fn count(
    status: &mut Counters,
    pod: &Pod,
    current: bool,
    updated: bool,
    available: bool,
) {
    status.replicas += 1;
    if pod.is_ready() {
        status.ready_replicas += 1;
        status.available_replicas += u32::from(available);
    }
    if !pod.terminating {
        status.current_replicas += u32::from(current);
        status.updated_replicas += u32::from(updated);
    }
}

/// The moment at which currentRevision moves: all pods updated and Ready (not Available), none too many. Answers whether it
/// moved one that stood elsewhere. Source: `utils`, `completeRollingUpdate`; from 1.37 on `control`, `completeUpdate`, for every
/// strategy (kubernetes#136833; from source, unseen).
pub(super) fn complete(run: &Run<'_>, status: &mut Counters) -> bool {
    let set = &run.seen.set;
    let rolling = matches!(set.strategy, UpdateStrategy::RollingUpdate { .. });
    let all = [status.updated_replicas, status.ready_replicas, status.replicas];
    if !(rolling || run.cluster.is_137()) || all != [set.replicas; 3] {
        return false;
    }
    let moves = status.current_revision != status.update_revision;
    status.current_replicas = status.updated_replicas;
    status.current_revision.clone_from(&status.update_revision);
    moves
}

/// Source: `utils`, `inconsistentStatus`.
pub(super) fn differs(stored: &Counters, new: &Counters) -> bool {
    new.observed_generation > stored.observed_generation
        || stored.replicas != new.replicas
        || stored.current_replicas != new.current_replicas
        || stored.ready_replicas != new.ready_replicas
        || stored.updated_replicas != new.updated_replicas
        || stored.available_replicas != new.available_replicas
        || stored.current_revision != new.current_revision
        || stored.update_revision != new.update_revision
}

/// When the next Ready pod will be available. Source: `set`, `syncStatefulSet`.
pub(super) fn again_after(run: &Run<'_>) -> Option<Duration> {
    let min = i64::from(run.seen.set.min_ready_seconds) * 1_000;
    if min == 0 || run.failed {
        return None;
    }
    let now = run.cluster.now.as_millisecond();
    let pods = run.slots.iter().filter_map(|s| s.pod);
    let pods = pods.chain(run.condemned.iter().map(|(_, pod)| *pod));
    let left = pods
        .filter(|pod| pod.is_ready())
        .filter_map(|pod| pod.ready_since)
        .map(|since| since.as_millisecond() + min - now)
        .filter(|left| *left > 0)
        .min()?;
    u64::try_from(left).ok().map(Duration::from_millis)
}
