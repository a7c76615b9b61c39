//! The order of things in one sync.

use jiff::{SignedDuration, Timestamp};

use super::claims::{retain, stale_claim};
use super::cluster::Cluster;
use super::observed::{Observed, Owner, Pod};
use super::step::{Stage, Step, Sync, Unseen, Wait, Why};
use super::{replicas, revisions, status, update};
use crate::set::{Counters, UpdateStrategy};

/// A wanted ordinal and its pod, if it has one. What the loops ask of each pod is asked once and kept here: a forecast of a large
/// set takes hundreds of syncs.
pub(super) struct Slot<'a> {
    pub(super) ordinal: u32,
    pub(super) pod: Option<&'a Pod>,
    /// Not available, or terminating; a missing pod is so too.
    pub(super) unavailable: bool,
    /// On another revision than the update revision, or to be made on another.
    pub(super) old: bool,
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
    pub(super) status: Counters,
    /// A pod that has been Ready since then is available.
    latest: Timestamp,
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
        latest: latest(seen, cluster),
        status: status::none(seen, &resolved.current, &resolved.update),
        steps,
        wait: None,
        failed: false,
        unseen: Vec::new(),
    };
    run.divide(&pods);
    let deletes = match recreate(seen, cluster) {
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
    let mut after = std::mem::take(&mut run.status);
    after.current_replicas = after.current_replicas.saturating_sub(updated);
    if status::complete(&run, &mut after) && run.seen.set.is_on_delete() {
        run.unseen.push(Unseen::OnDeletePromotes);
    }
    revisions::truncate(seen, &pods, &resolved, &mut run.steps);
    run.finish(after, resolved.collision_count)
}

/// Equality of names, eight bytes at a time and from the end, where they differ: in the browser a comparison of texts is a loop
/// over bytes, and this one is most of a forecast.
fn same(a: &str, b: &str) -> bool {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    if a.len() != b.len() {
        return false;
    }
    // What is left over at the beginning is covered by the first eight bytes, some of them for the second time.
    let (Some(first), Some(other)) = (a.first_chunk(), b.first_chunk()) else { return a == b };
    let (mut a, mut b) = (a, b);
    while let (Some((before, x)), Some((other, y))) = (a.split_last_chunk(), b.split_last_chunk()) {
        if u64::from_ne_bytes(*x) != u64::from_ne_bytes(*y) {
            return false;
        }
        (a, b) = (before, other);
    }
    u64::from_ne_bytes(*first) == u64::from_ne_bytes(*other)
}

/// Every Ready pod is available where minReadySeconds is 0, whatever the clocks say.
fn latest(seen: &Observed, cluster: &Cluster) -> Timestamp {
    let seconds = seen.set.min_ready_seconds;
    if seconds == 0 {
        return Timestamp::MAX;
    }
    cluster.now.checked_sub(SignedDuration::from_secs(seconds.into())).unwrap_or(Timestamp::MIN)
}

enum Recreate {
    No,
    Yes,
    Refused,
}

fn recreate(seen: &Observed, cluster: &Cluster) -> Recreate {
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
    /// Wanted ordinals and the rest; counts the pods that are there. Source: `control`, `updateStatefulSet`.
    fn divide(&mut self, pods: &[&'a Pod]) {
        let set = &self.seen.set;
        let differ = self.current != self.update;
        self.slots.reserve(set.replicas as usize);
        for index in 0..set.replicas {
            let ordinal = set.start.saturating_add(index);
            let old = differ && self.comes_back_current(index);
            self.slots.push(Slot { ordinal, pod: None, unavailable: true, old });
        }
        for pod in pods {
            let Some(ordinal) = pod.ordinal else { continue };
            let updated = same(&pod.revision, self.update);
            let current = if differ { same(&pod.revision, self.current) } else { updated };
            let available = self.available(pod);
            status::count(&mut self.status, pod, current, updated, available);
            match set.index_of(ordinal) {
                Some(index) => {
                    let unavailable = self.unavailable(pod);
                    let slot = &mut self.slots[index as usize];
                    slot.pod = Some(pod);
                    slot.unavailable = unavailable;
                    slot.old = !updated;
                }
                None => self.condemned.push((ordinal, pod)),
            }
        }
        self.condemned.sort_unstable_by_key(|(ordinal, _)| std::cmp::Reverse(*ordinal));
    }

    /// The revision of a missing pod. Source: `utils`, `newVersionedStatefulSetPod`.
    pub(super) fn revision_of_new(&self, index: usize) -> &'a str {
        let index = u32::try_from(index).unwrap_or(u32::MAX);
        if self.comes_back_current(index) { self.current } else { self.update }
    }

    /// Whether a missing pod is made on the current revision: by the stored status, not by the one of this sync.
    fn comes_back_current(&self, index: u32) -> bool {
        match &self.seen.set.strategy {
            UpdateStrategy::RollingUpdate { rolling_update: None } => {
                index < self.seen.status.current_replicas
            }
            UpdateStrategy::RollingUpdate { rolling_update: Some(rolling) } => {
                index < rolling.partition.unwrap_or(0)
            }
            UpdateStrategy::OnDelete | UpdateStrategy::Other { .. } => false,
        }
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

    pub(super) fn available(&self, pod: &Pod) -> bool {
        pod.is_available(self.latest)
    }

    /// Not available, or terminating. Source: `utils`, `isUnavailable` (1.34 and later), `isHealthy` (before).
    pub(super) fn unavailable(&self, pod: &Pod) -> bool {
        // From 1.34 on the condition alone: a pod whose phase is Failed and that still says Ready counts as available.
        let up =
            if self.cluster.looks_at_available() { self.available(pod) } else { pod.is_ready() };
        pod.terminating || !up
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

#[cfg(test)]
mod tests {
    use super::same;

    #[test]
    fn names_are_the_same_if_all_their_bytes_are() {
        let name = "catalog-5d4f8c7b9f-0123456";
        for length in 0..=name.len() {
            let a = &name[..length];
            assert!(same(a, a));
            assert!(!same(a, &format!("{a}x")));
            for at in 0..length {
                let mut b = a.as_bytes().to_vec();
                b[at] = b'_';
                assert!(!same(a, std::str::from_utf8(&b).unwrap()), "{a} differs at {at}");
            }
        }
    }
}
