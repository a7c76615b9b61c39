//! The order of things in one sync.

use super::claims::{retain, stale_claim};
use super::cluster::Cluster;
use super::observed::{Observed, Owner, Pod};
use super::step::{Stage, Step, Sync, Unseen, Wait, Why};
use super::{replicas, revisions, status, update};
use crate::set::{Counters, UpdateStrategy};

/// A wanted ordinal and its pod, or the revision at which the missing pod is to be made.
pub(super) struct Slot<'a> {
    pub(super) ordinal: u32,
    pub(super) pod: Option<&'a Pod>,
    pub(super) revision: &'a str,
}

/// A sync under way.
pub(super) struct Run<'a> {
    pub(super) seen: &'a Observed,
    pub(super) cluster: &'a Cluster,
    pub(super) current: &'a str,
    pub(super) update: &'a str,
    pub(super) slots: Vec<Slot<'a>>,
    /// Highest ordinal first.
    pub(super) condemned: Vec<(u32, &'a Pod)>,
    pub(super) steps: Vec<Step>,
    pub(super) wait: Option<Wait>,
    pub(super) failed: bool,
    pub(super) unseen: Vec<Unseen>,
}

/// Whether the sync goes on.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Go {
    On,
    Stop,
}

pub(super) fn sync(seen: &Observed, cluster: &Cluster) -> Sync {
    let mut steps = Vec::new();
    revisions::adopt(seen, &mut steps);
    let pods = claim_pods(seen, &mut steps);
    let resolved = revisions::resolve(seen, &mut steps);
    let mut run = Run {
        seen,
        cluster,
        current: &resolved.current,
        update: &resolved.update,
        slots: Vec::new(),
        condemned: Vec::new(),
        steps,
        wait: None,
        failed: false,
        unseen: Vec::new(),
    };
    run.divide(&pods);
    let deletes = match recreate(&run, seen, cluster) {
        // `control`: the gate is asked before any status is written. From source, unseen.
        Recreate::Refused => {
            run.stop(Stage::Start, None, Why::UnknownStrategy);
            let mut refused = run.finish(seen.status.clone(), resolved.collision_count);
            refused.failed = true;
            refused.writes_status = false;
            return refused;
        }
        Recreate::Yes => {
            run.unseen.push(Unseen::Recreate);
            true
        }
        Recreate::No => false,
    };
    let updated = run.perform(deletes);
    let mut after = status::count(&run);
    after.current_replicas = after.current_replicas.saturating_sub(updated);
    if status::complete(&run, &mut after) && run.seen.set.is_on_delete() {
        run.unseen.push(Unseen::OnDeletePromotes);
    }
    revisions::truncate(seen, &pods, &resolved, &mut run.steps);
    run.finish(after, resolved.collision_count)
}

enum Recreate {
    No,
    Yes,
    Refused,
}

fn recreate(_: &Run<'_>, seen: &Observed, cluster: &Cluster) -> Recreate {
    match &seen.set.strategy {
        UpdateStrategy::Other { name } => {
            if name == "Recreate" && cluster.is_137() && cluster.recreate {
                Recreate::Yes
            } else {
                Recreate::Refused
            }
        }
        _ => Recreate::No,
    }
}

/// Adopts orphans that match, lets go of pods that no longer do, and gives back those that are the set's.
/// Source: `set`, `getPodsForStatefulSet`; `pkg/controller/controller_ref_manager.go`, `ClaimObject`.
fn claim_pods<'a>(seen: &'a Observed, steps: &mut Vec<Step>) -> Vec<&'a Pod> {
    let mut ours = Vec::with_capacity(seen.pods.len());
    for pod in &seen.pods {
        let fits = pod.selected && pod.ordinal.is_some();
        let name = || pod.name.clone();
        match pod.owner {
            Owner::Set if fits => ours.push(pod),
            Owner::Set if !seen.set.deleting => {
                steps.push(Step::ReleasePod { name: name(), uid: pod.uid.clone() });
            }
            Owner::Nobody if fits && !seen.set.deleting && !pod.terminating => {
                steps.push(Step::AdoptPod { name: name(), uid: pod.uid.clone() });
                ours.push(pod);
            }
            _ => {}
        }
    }
    ours
}

impl<'a> Run<'a> {
    /// Wanted ordinals and the rest. Source: `control`, `updateStatefulSet`.
    fn divide(&mut self, pods: &[&'a Pod]) {
        let set = &self.seen.set;
        for index in 0..set.replicas {
            let ordinal = set.start.saturating_add(index);
            let revision = self.revision_of_new(index);
            self.slots.push(Slot { ordinal, pod: None, revision });
        }
        for pod in pods {
            let Some(ordinal) = pod.ordinal else { continue };
            match set.index_of(ordinal) {
                Some(index) => self.slots[index as usize].pod = Some(pod),
                None => self.condemned.push((ordinal, pod)),
            }
        }
        self.condemned.sort_unstable_by_key(|(ordinal, _)| std::cmp::Reverse(*ordinal));
    }

    /// At which revision a missing pod is made: by the stored status, not by the one of this sync.
    /// Source: `utils`, `newVersionedStatefulSetPod`.
    fn revision_of_new(&self, index: u32) -> &'a str {
        let old = match &self.seen.set.strategy {
            UpdateStrategy::RollingUpdate { rolling_update: None } => {
                index < self.seen.status.current_replicas
            }
            UpdateStrategy::RollingUpdate { rolling_update: Some(rolling) } => {
                index < rolling.partition.unwrap_or(0)
            }
            UpdateStrategy::OnDelete | UpdateStrategy::Other { .. } => false,
        };
        if old { self.current } else { self.update }
    }

    /// All stages, until one stops. Answers how many pods were deleted for the update.
    /// Source: `control`, `updateStatefulSet`.
    fn perform(&mut self, recreate: bool) -> u32 {
        if self.seen.set.deleting {
            self.stop(Stage::Start, None, Why::SetDeleting);
            return 0;
        }
        if recreate && update::recreate(self) == Go::Stop {
            return 0;
        }
        let first_bad = replicas::first_bad(self);
        let early = self.cluster.condemned_first() && !self.monotonic();
        if early && !self.condemned.is_empty() {
            self.unseen.push(Unseen::CondemnedFirst);
        }
        if early && replicas::condemned(self, first_bad) == Go::Stop {
            return 0;
        }
        if replicas::wanted(self) == Go::Stop {
            return 0;
        }
        if !early && replicas::condemned(self, first_bad) == Go::Stop {
            return 0;
        }
        if self.seen.set.is_rolling_update() { update::roll(self) } else { 0 }
    }

    pub(super) fn monotonic(&self) -> bool {
        self.seen.set.is_ordered()
    }

    pub(super) fn stop(&mut self, stage: Stage, ordinal: Option<u32>, why: Why) -> Go {
        if self.wait.is_none() {
            self.wait = Some(Wait { stage, ordinal, why });
        }
        Go::Stop
    }

    /// Not available, or terminating. Source: `utils`, `isUnavailable` (1.34 and later), `isHealthy` (before).
    pub(super) fn unavailable(&self, pod: &Pod) -> bool {
        let min =
            if self.cluster.looks_at_available() { self.seen.set.min_ready_seconds } else { 0 };
        pod.terminating || !pod.is_ready() || !pod.is_available(min, self.cluster.now)
    }

    pub(super) fn unavailable_slot(&self, index: usize) -> bool {
        self.slots[index].pod.is_none_or(|pod| self.unavailable(pod))
    }

    pub(super) fn stale_claim(&self, ordinal: u32) -> Option<String> {
        stale_claim(self.seen, ordinal)
    }

    pub(super) fn fix_claims(&mut self, ordinal: u32, pod_uid: Option<&str>) {
        retain(self.seen, ordinal, pod_uid, &mut self.steps);
    }

    fn finish(self, status: Counters, collision_count: u32) -> Sync {
        let writes_status = status::differs(&self.seen.status, &status);
        let again_after = status::again_after(&self);
        Sync {
            steps: self.steps,
            status,
            collision_count,
            writes_status,
            wait: self.wait,
            failed: self.failed,
            again_after,
            unseen: self.unseen,
        }
    }
}
