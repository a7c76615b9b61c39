//! A cluster in which one set lives: a store, a clock, a kubelet, claim protection and the garbage collector, round the
//! controller of [`crate::controller`].
//!
//! Everything happens at moments of its own clock and in the same order each time. The controller runs after each change that
//! would wake the real one.

use std::collections::BTreeMap;

use serde_json::Value;

use super::kubelet::Behaviour;
use super::manifest;
use super::trace::Happened;
use crate::controller::{ClaimOwner, Cluster, Observed, Owner, Pod};
use crate::pod::Phase;
use crate::set::Counters;

mod controller;
mod time;

/// Milliseconds from a pod's creation to Running, and from the beginning of its end to its end.
const STARTS: i64 = 50;
const ENDS: i64 = 30;
/// Milliseconds until the garbage collector and claim protection act.
const COLLECTED: i64 = 10;
const PROTECTED: i64 = 40;
/// Milliseconds after which the controller tries again what failed.
const BACK_OFF: i64 = 1_000;
/// After so many milliseconds without a change the world is at rest.
pub(super) const REST: i64 = 30_000;
/// More syncs than this without an end are an error of the model.
const MAX_SYNCS: usize = 2_000;

/// What is due at a moment.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Due {
    Runs(String),
    Ready(String),
    Gone(String),
    Collect(String),
    Protect(String),
    Sync,
}

/// What is known of a pod beside what the controller sees.
#[derive(Clone, Debug)]
struct Kept {
    behaviour: Behaviour,
    held: bool,
}

/// The cluster.
pub(super) struct World {
    pub(super) name: String,
    pub(super) cluster: Cluster,
    pub(super) exists: bool,
    pub(super) seen: Observed,
    pub(super) spec: Value,
    /// Pod templates by revision name.
    pub(super) templates: BTreeMap<String, Value>,
    /// How many pods and claims have had a name.
    pub(super) lives: BTreeMap<String, u32>,
    /// Revision names in the order in which they were first made.
    pub(super) made: Vec<String>,
    pub(super) log: Vec<Happened>,
    kept: BTreeMap<String, Kept>,
    /// The pod of each claim.
    users: BTreeMap<String, String>,
    queue: Vec<(i64, u64, Due)>,
    count: u64,
    changed: i64,
}

impl World {
    pub(super) fn new(name: &str, cluster: Cluster) -> Self {
        let spec = Value::Null;
        Self {
            name: name.to_owned(),
            changed: cluster.now.as_millisecond(),
            cluster,
            exists: false,
            seen: Observed {
                set: manifest::read(name, "", 0, &spec),
                status: Counters::default(),
                collision_count: 0,
                pods: Vec::new(),
                claims: Vec::new(),
                revisions: Vec::new(),
            },
            spec,
            templates: BTreeMap::new(),
            lives: BTreeMap::new(),
            made: Vec::new(),
            log: Vec::new(),
            kept: BTreeMap::new(),
            users: BTreeMap::new(),
            queue: Vec::new(),
            count: 0,
        }
    }

    fn now(&self) -> i64 {
        self.cluster.now.as_millisecond()
    }

    fn number(&mut self) -> u64 {
        self.count += 1;
        self.count
    }

    fn after(&mut self, milliseconds: i64, due: Due) {
        let at = self.now() + milliseconds;
        let number = self.number();
        self.queue.push((at, number, due));
    }

    fn changed(&mut self) {
        self.changed = self.now();
    }

    /// Something that wakes the controller happened.
    pub(super) fn wake(&mut self) {
        self.changed();
        if !self.queue.iter().any(|(at, _, due)| *due == Due::Sync && *at == self.now()) {
            self.after(0, Due::Sync);
        }
    }

    /// What a trace calls a revision: `rev-B`; its own name where it is none of this world's.
    pub(super) fn alias(&self, revision: &str) -> String {
        match self.made.iter().position(|name| name == revision) {
            Some(i) => format!("rev-{}", char::from(b'A' + u8::try_from(i).unwrap_or(25).min(25))),
            None => revision.to_owned(),
        }
    }

    /// The name of the revision that a trace calls `rev-B`.
    pub(super) fn named(&self, alias: &str) -> Option<String> {
        self.made.iter().find(|name| self.alias(name) == alias).cloned()
    }

    fn tell_pod(&mut self, event: &str, pod: &Pod, by: Option<&str>) {
        self.log.push(Happened {
            event: event.to_owned(),
            ordinal: pod.ordinal,
            rev: Some(self.alias(&pod.revision)),
            by: by.map(str::to_owned),
            ..Happened::default()
        });
    }

    fn tell_claim(&mut self, event: &str, claim: &str, owner: Option<&str>) {
        self.log.push(Happened {
            event: event.to_owned(),
            claim: Some(claim.to_owned()),
            owner: owner.map(str::to_owned),
            ..Happened::default()
        });
    }

    /// Creates the set: generation 1, a new uid, no status.
    pub(super) fn create(&mut self, spec: &Value) {
        let mut spec = spec.clone();
        manifest::default(&mut spec, None, self.cluster.max_unavailable);
        let uid = format!("set-{}", self.number());
        self.seen.set = manifest::read(&self.name, &uid, 1, &spec);
        self.seen.status = Counters::default();
        self.seen.collision_count = 0;
        self.spec = spec;
        self.exists = true;
        self.wake();
    }

    /// Replaces the spec; the generation rises if anything in it changed.
    pub(super) fn replace(&mut self, mut spec: Value) {
        manifest::default(&mut spec, Some(&self.spec), self.cluster.max_unavailable);
        if spec == self.spec {
            return;
        }
        let set = &self.seen.set;
        self.seen.set = manifest::read(&self.name, &set.uid, set.generation + 1, &spec);
        self.spec = spec;
        self.wake();
    }

    /// Deletes the set; its dependents are orphaned or collected.
    pub(super) fn delete_set(&mut self, orphan: bool) {
        let uid = self.seen.set.uid.clone();
        self.exists = false;
        self.changed();
        let owned = ClaimOwner::Set { uid };
        let claims: Vec<String> =
            self.seen.claims.iter().filter(|c| c.owner == owned).map(|c| c.name.clone()).collect();
        if orphan {
            for pod in &mut self.seen.pods {
                pod.owner = Owner::Nobody;
            }
            for revision in &mut self.seen.revisions {
                revision.owner = Owner::Nobody;
            }
            for claim in claims {
                self.own(&claim, ClaimOwner::Nobody);
            }
            return;
        }
        for pod in self.seen.pods.clone() {
            self.terminate(&pod.name, "garbage collector");
            self.pod(&pod.name, |p| p.owner = Owner::Other);
        }
        self.seen.revisions.clear();
        for claim in claims {
            self.delete_claim(&claim);
        }
    }

    pub(super) fn pod_mut(&mut self, name: &str) -> Option<&mut Pod> {
        self.seen.pods.iter_mut().find(|p| p.name == name)
    }

    /// The pod begins to end.
    pub(super) fn terminate(&mut self, name: &str, by: &str) {
        let Some(pod) = self.pod_mut(name).filter(|p| !p.terminating) else { return };
        pod.terminating = true;
        let pod = pod.clone();
        self.tell_pod("delete", &pod, Some(by));
        if !self.kept.get(name).is_some_and(|k| k.held) {
            self.after(ENDS, Due::Gone(pod.uid));
        }
        self.wake();
    }

    /// The finalizer that holds the pod is taken away.
    pub(super) fn release(&mut self, name: &str) {
        if let Some(kept) = self.kept.get_mut(name) {
            kept.held = false;
        }
        if let Some(uid) = self.pod_mut(name).filter(|p| p.terminating).map(|p| p.uid.clone()) {
            self.after(0, Due::Gone(uid));
        }
        self.changed();
    }

    /// The kubelet reports phase Running and Ready or not Ready.
    pub(super) fn report(&mut self, name: &str, ready: bool) {
        let now = self.cluster.now;
        let Some(pod) = self.pod_mut(name) else { return };
        let was = pod.ready_since;
        pod.phase = Phase::Running;
        pod.ready_since = ready.then(|| was.unwrap_or(now));
        let pod = pod.clone();
        if was.is_some() != ready && !pod.terminating {
            self.tell_pod(if ready { "ready" } else { "unready" }, &pod, None);
        }
        self.wake();
    }

    /// The kubelet reports phase Failed.
    pub(super) fn fail(&mut self, name: &str) {
        let Some(pod) = self.pod_mut(name) else { return };
        pod.phase = Phase::Failed;
        let pod = pod.clone();
        if !pod.terminating {
            self.tell_pod("failed", &pod, None);
        }
        self.wake();
    }

    pub(super) fn delete_claim(&mut self, name: &str) {
        let Some(claim) = self.seen.claims.iter_mut().find(|c| c.name == name && !c.terminating)
        else {
            return;
        };
        claim.terminating = true;
        self.tell_claim("claim-delete", name, None);
        self.after(PROTECTED, Due::Protect(name.to_owned()));
        self.changed();
    }

    /// Tells the controller nothing: it does not watch revisions.
    pub(super) fn delete_revision(&mut self, name: &str) {
        self.seen.revisions.retain(|r| r.name != name);
        self.changed();
    }

    fn own(&mut self, name: &str, owner: ClaimOwner) {
        let told = match owner {
            ClaimOwner::Nobody | ClaimOwner::Other => "none",
            ClaimOwner::Set { .. } => "set",
            ClaimOwner::Pod { .. } => "pod",
        };
        if let Some(claim) = self.seen.claims.iter_mut().find(|c| c.name == name) {
            claim.owner = owner;
            self.tell_claim("claim-owner", name, Some(told));
        }
    }
}
