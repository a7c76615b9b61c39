//! Old revisions are replaced.

use super::replicas::delete;
use super::run::{Go, Run};
use super::step::{DeleteWhy, Stage, Step, Unseen, Why};
use crate::set::UpdateStrategy;

/// The first index that is updated. Source: `control`, `updateStatefulSet`.
fn lowest(run: &Run<'_>) -> usize {
    match &run.seen.set.strategy {
        UpdateStrategy::RollingUpdate { rolling_update: Some(rolling) } => {
            rolling.partition.unwrap_or(0) as usize
        }
        _ => 0,
    }
}

/// The update loop. Answers how many pods it deleted, which the status no longer counts as current.
pub(super) fn roll(run: &mut Run<'_>) -> u32 {
    if run.cluster.max_unavailable { with_budget(run) } else { one_by_one(run) }
}

/// Whether the pod at an index is to be replaced: on another revision and not terminating. One that this sync just made on
/// the current revision counts as well and is deleted at once.
fn is_old(run: &Run<'_>, index: usize) -> bool {
    let slot = &run.slots[index];
    slot.old && !slot.pod.is_some_and(|pod| pod.terminating)
}

/// Source: `control`, `updateStatefulSet`, the loop for the gate MaxUnavailableStatefulSet off.
fn one_by_one(run: &mut Run<'_>) -> u32 {
    let lowest = lowest(run);
    for index in (lowest..run.slots.len()).rev() {
        let ordinal = run.slots[index].ordinal;
        if is_old(run, index) {
            replace(run, index);
            run.stop(Stage::Update, Some(ordinal), Why::Deleted);
            return 1;
        }
        if run.slots[index].unavailable {
            let why = unavailable_why(run, index);
            run.stop(Stage::Update, Some(ordinal), why);
            return 0;
        }
    }
    0
}

fn unavailable_why(run: &Run<'_>, index: usize) -> Why {
    match run.slots[index].pod {
        None => Why::Created,
        Some(pod) if pod.terminating => Why::Terminating,
        Some(pod) if !pod.is_ready() => Why::NotReady,
        Some(_) => Why::NotAvailable,
    }
}

fn replace(run: &mut Run<'_>, index: usize) {
    let ordinal = run.slots[index].ordinal;
    let step = match run.slots[index].pod {
        Some(pod) => delete(ordinal, pod, DeleteWhy::Update),
        // Made in this very sync on the current revision (Parallel without `rollingUpdate`), and gone again in it.
        None => Step::DeletePod {
            ordinal,
            name: run.seen.set.pod_name(ordinal),
            uid: String::new(),
            why: DeleteWhy::Update,
        },
    };
    run.steps.push(step);
}

/// Source: `utils`, `getStatefulSetMaxUnavailable`.
pub(super) fn allowed(max_unavailable: Option<&str>, replicas: u32) -> u32 {
    let text = max_unavailable.unwrap_or("1");
    let number = match text.strip_suffix('%') {
        Some(percent) => percent.parse::<u64>().unwrap_or(0) * u64::from(replicas) / 100,
        None => text.parse().unwrap_or(1),
    };
    u32::try_from(number).unwrap_or(u32::MAX).max(1)
}

/// Source: `control`, `updateStatefulSetAfterInvariantEstablished`.
fn with_budget(run: &mut Run<'_>) -> u32 {
    let max_unavailable = match &run.seen.set.strategy {
        UpdateStrategy::RollingUpdate { rolling_update: Some(r) } => r.max_unavailable.as_deref(),
        _ => None,
    };
    let allowed = allowed(max_unavailable, run.seen.set.replicas);
    let lowest = lowest(run);
    let count = run.slots.len();
    // Over the whole set: a sick pod below the partition uses up the budget too.
    let unavailable = (0..count).filter(|i| run.slots[*i].unavailable).count();
    let unavailable = u32::try_from(unavailable).unwrap_or(u32::MAX);
    let mut budget = allowed.saturating_sub(unavailable);
    let mut deleted = 0;
    // Two phases since 1.37 (kubernetes#137666). From source, unseen.
    if run.cluster.is_137() && !run.monotonic() {
        let mut broken = false;
        for index in (lowest.min(count)..count).rev() {
            if is_old(run, index) && run.slots[index].unavailable {
                replace(run, index);
                deleted += 1;
                broken = true;
            }
        }
        if broken {
            run.unseen.push(Unseen::BrokenFirst);
        }
    }
    for index in (lowest.min(count)..count).rev() {
        if budget == 0 {
            break;
        }
        let done = run.cluster.is_137() && !run.monotonic() && run.slots[index].unavailable;
        if is_old(run, index) && !done {
            replace(run, index);
            deleted += 1;
            budget -= 1;
        }
    }
    let all_done = (lowest.min(count)..count).all(|i| {
        let slot = &run.slots[i];
        slot.pod.is_some() && !slot.old && !slot.unavailable
    });
    if deleted > 0 {
        run.stop(Stage::Update, None, Why::Deleted);
    } else if !all_done {
        run.stop(Stage::Update, None, Why::Budget { unavailable, allowed });
    }
    deleted
}

/// Strategy Recreate: all old pods go at once, and nothing is made before the last of them is gone.
/// Source: `control`, `recreateDeleteAndWait` (KEP-3541). From source, unseen.
pub(super) fn recreate(run: &mut Run<'_>) -> Go {
    let mut any = None;
    for index in 0..run.slots.len() {
        let Some(pod) = run.slots[index].pod.filter(|_| run.slots[index].old) else { continue };
        any = any.or(Some(run.slots[index].ordinal));
        if !pod.terminating {
            replace(run, index);
        }
    }
    for i in 0..run.condemned.len() {
        let (ordinal, pod) = run.condemned[i];
        if pod.revision == run.update {
            continue;
        }
        any = any.or(Some(ordinal));
        if !pod.terminating {
            run.steps.push(delete(ordinal, pod, DeleteWhy::Update));
        }
    }
    match any {
        Some(ordinal) => run.stop(Stage::Recreate, Some(ordinal), Why::Deleted),
        None => Go::On,
    }
}
