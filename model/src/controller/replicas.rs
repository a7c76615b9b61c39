//! Every wanted ordinal has its pod, and pods that are not wanted go.

use super::claims;
use super::observed::Pod;
use super::run::{Go, Run};
use super::step::{DeleteWhy, Stage, Step, Why};
use crate::pod::Phase;
use crate::set::Retain;

/// As many pods as a Parallel set handles at once, at most. Source: `control`, `MaxBatchSize`.
const MAX_BATCH: usize = 500;

/// The ordinal of the first pod that is not available: the lowest wanted one, else the lowest one that is to go. It alone may
/// be deleted in that state on a scale-down. Source: `control`, `updateStatefulSet`.
pub(super) fn first_bad(run: &Run<'_>) -> Option<u32> {
    if let Some(slot) = run.slots.iter().find(|slot| slot.unavailable) {
        return Some(slot.ordinal);
    }
    run.condemned.iter().rev().find(|(_, pod)| run.unavailable(pod)).map(|(ordinal, _)| *ordinal)
}

/// OrderedReady: one after another, and the first that is not in order stops the sync. Parallel: in batches of 1, 2, 4, ...;
/// only an error stops it, after its batch. Source: `control`, `runForAll` and `slowStartBatch`.
pub(super) fn wanted(run: &mut Run<'_>) -> Go {
    let in_order = claims::all_in_order(run.seen);
    let mut batch = 1;
    let mut batch_end = 1;
    for index in 0..run.slots.len() {
        if index == batch_end {
            if run.failed {
                return Go::Stop;
            }
            batch = (batch * 2).min(MAX_BATCH);
            batch_end += batch;
        }
        let slot = &run.slots[index];
        if in_order
            && run.cluster.looks_at_available()
            && !slot.unavailable
            && slot.pod.is_some_and(|pod| pod.is_ready() && !pod.drifted)
        {
            continue;
        }
        if one(run, index, in_order) == Go::Stop && run.monotonic() {
            return Go::Stop;
        }
    }
    if run.failed { Go::Stop } else { Go::On }
}

/// Source: `control`, `processReplica`.
fn one(run: &mut Run<'_>, index: usize, claims_in_order: bool) -> Go {
    let ordinal = run.slots[index].ordinal;
    let Some(pod) = run.slots[index].pod else { return create(run, index) };
    let wait = |run: &mut Run<'_>, why| {
        if run.monotonic() { run.stop(Stage::Replicas, Some(ordinal), why) } else { Go::On }
    };
    if pod.phase.is_terminal() {
        let why = if pod.terminating {
            Why::Terminating
        } else {
            run.steps.push(delete(ordinal, pod, DeleteWhy::Ended));
            Why::Deleted
        };
        // It is made anew once it is gone.
        return wait(run, why);
    }
    if pod.phase == Phase::Pending && !run.seen.set.claim_templates.is_empty() {
        // Source: `pod control`, `createMissingPersistentVolumeClaims`.
        if let Some(claim) = claims::create(run.seen, ordinal, &mut run.steps) {
            run.failed = true;
            return run.stop(Stage::Replicas, Some(ordinal), Why::ClaimTerminating { claim });
        }
        run.fix_claims(ordinal, Some(&pod.uid));
    }
    if run.monotonic() {
        let why = if pod.terminating {
            Some(Why::Terminating)
        } else if !pod.is_ready() {
            Some(Why::NotReady)
        } else if !run.available(pod) {
            Some(Why::NotAvailable)
        } else {
            None
        };
        if let Some(why) = why {
            return wait(run, why);
        }
    }
    // What has drifted is put right only now: an ordered set leaves the claims of pods behind a waiting one alone.
    if pod.drifted {
        run.steps.push(Step::RepairPod { ordinal, name: pod.name.clone() });
    }
    if !claims_in_order && pod.phase != Phase::Pending {
        run.fix_claims(ordinal, Some(&pod.uid));
    }
    Go::On
}

fn create(run: &mut Run<'_>, index: usize) -> Go {
    let ordinal = run.slots[index].ordinal;
    if let Some(claim) = run.stale_claim(ordinal) {
        // No error: nothing but an event of the set or its pods brings the controller back.
        return run.stop(Stage::Replicas, Some(ordinal), Why::StaleClaim { claim });
    }
    if let Some(claim) = claims::create(run.seen, ordinal, &mut run.steps) {
        run.failed = true;
        return run.stop(Stage::Replicas, Some(ordinal), Why::ClaimTerminating { claim });
    }
    let revision = run.revision_of_new(index).to_owned();
    run.steps.push(Step::CreatePod { ordinal, revision });
    // Source: `pod control`, `CreateStatefulPod`: the new pod's uid is not known yet, and in range none is needed.
    if run.seen.set.when_deleted == Retain::Delete {
        run.fix_claims(ordinal, None);
    }
    if run.monotonic() { run.stop(Stage::Replicas, Some(ordinal), Why::Created) } else { Go::On }
}

/// First the claims of all that go, then the pods, highest first. Source: `control`, `fixPodClaim` and `processCondemned`.
pub(super) fn condemned(run: &mut Run<'_>, first_bad: Option<u32>) -> Go {
    // Where scaling keeps claims, those of pods that go are to belong to whom all others do.
    if run.seen.set.when_scaled == Retain::Delete || !claims::all_in_order(run.seen) {
        for i in 0..run.condemned.len() {
            let (ordinal, pod) = run.condemned[i];
            run.fix_claims(ordinal, Some(&pod.uid));
        }
    }
    for i in 0..run.condemned.len() {
        let (ordinal, pod) = run.condemned[i];
        if run.monotonic() {
            if pod.terminating {
                return run.stop(Stage::Condemned, Some(ordinal), Why::Terminating);
            }
            let ready = pod.is_ready() && run.available(pod);
            if !ready && first_bad != Some(ordinal) {
                // The trap: two pods to go that are not Ready. The highest would go first, but only the lowest may.
                let why = match first_bad {
                    Some(first) => Why::NotFirstBad { first },
                    // From 1.34 on a pod that has failed and still says Ready is not bad, and may not go all the same.
                    None if !pod.is_ready() => Why::FailedButReady,
                    // Up to 1.33 the same goes for one that is Ready and not yet available.
                    None => Why::NotAvailable,
                };
                return run.stop(Stage::Condemned, Some(ordinal), why);
            }
        } else if pod.terminating {
            continue;
        }
        run.steps.push(delete(ordinal, pod, DeleteWhy::ScaledDown));
        if run.monotonic() {
            return run.stop(Stage::Condemned, Some(ordinal), Why::Deleted);
        }
    }
    Go::On
}

/// A plain DELETE by name: no eviction, no budget is asked. Source: `pod control`, `DeleteStatefulPod`.
pub(super) fn delete(ordinal: u32, pod: &Pod, why: DeleteWhy) -> Step {
    Step::DeletePod { ordinal, name: pod.name.clone(), uid: pod.uid.clone(), why }
}
