//! What the controller sees of a set.

use jiff::Timestamp;

use crate::pod::Phase;
use crate::set::{Counters, PodManagement, Retain, Set, UpdateStrategy};

/// A set with all that belongs to it or may come to belong to it, at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Observed {
    pub set: Spec,
    /// The status as stored, that is as an earlier sync wrote it; all zero and empty on a new set.
    pub status: Counters,
    /// `status.collisionCount`.
    pub collision_count: u32,
    /// Pods that the set owns, and orphans that match its selector.
    pub pods: Vec<Pod>,
    /// Claims named after the set's claim templates, at least those of every ordinal that is wanted or has a pod.
    pub claims: Vec<Claim>,
    /// ControllerRevisions that the set owns, orphans that match its selector, and any other whose name begins like theirs.
    pub revisions: Vec<Revision>,
}

/// The set itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spec {
    pub name: String,
    pub uid: String,
    pub generation: i64,
    /// `metadata.deletionTimestamp` is set.
    pub deleting: bool,
    pub replicas: u32,
    /// `spec.ordinals.start`.
    pub start: u32,
    pub policy: PodManagement,
    pub strategy: UpdateStrategy,
    /// Seconds.
    pub min_ready_seconds: u32,
    /// `spec.revisionHistoryLimit`, 10 where absent; a negative one keeps all.
    pub history_limit: i32,
    pub when_deleted: Retain,
    pub when_scaled: Retain,
    /// Names of `spec.volumeClaimTemplates`.
    pub claim_templates: Vec<String>,
    /// The identity of the present pod template: any text that is equal for equal templates and for no others. Names of new
    /// revisions are hashed from it, so the bytes of the revision's `data` give the names that the real controller gives.
    pub template: String,
}

/// To whom an object belongs, by its controller ownerReference.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Owner {
    /// The set.
    #[default]
    Set,
    /// Nobody: it can be adopted.
    Nobody,
    /// Something else.
    Other,
}

/// A pod.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pod {
    pub name: String,
    /// By its name; `None` if the name is not `<set>-<number>`.
    pub ordinal: Option<u32>,
    pub uid: String,
    pub owner: Owner,
    /// The set's selector matches its labels.
    pub selected: bool,
    /// Label `controller-revision-hash`: the name of its ControllerRevision.
    pub revision: String,
    pub phase: Phase,
    /// Since when condition Ready is True, `None` if it is not.
    pub ready_since: Option<Timestamp>,
    /// `metadata.deletionTimestamp` is set.
    pub terminating: bool,
    /// Its name label, hostname or volumes are not what the set gives it; the controller puts them right.
    pub drifted: bool,
}

/// A PersistentVolumeClaim.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    pub name: String,
    pub uid: String,
    pub owner: ClaimOwner,
    /// `metadata.deletionTimestamp` is set.
    pub terminating: bool,
}

/// To whom a claim belongs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum ClaimOwner {
    #[default]
    Nobody,
    /// A StatefulSet of this name, with this uid.
    Set { uid: String },
    /// A pod of the claim's ordinal, with this uid: the claim goes when that pod is gone.
    Pod { uid: String },
    /// Another controller.
    Other,
}

/// A ControllerRevision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Revision {
    pub name: String,
    /// `.revision`.
    pub number: i64,
    /// As [`Spec::template`].
    pub template: String,
    pub owner: Owner,
    /// Breaks ties between equal numbers, before the name does.
    pub created: Timestamp,
}

impl Spec {
    /// The index of an ordinal in the wanted range. Source: `utils`, `podInOrdinalRange`.
    pub fn index_of(&self, ordinal: u32) -> Option<u32> {
        ordinal.checked_sub(self.start).filter(|index| *index < self.replicas)
    }

    /// `web-3`.
    pub fn pod_name(&self, ordinal: u32) -> String {
        let mut name = self.name.clone();
        name.push('-');
        name.push_str(&ordinal.to_string());
        name
    }

    /// `data-web-3`. Source: `utils`, `getPersistentVolumeClaimName`.
    pub fn claim_name(&self, template: &str, ordinal: u32) -> String {
        let mut name = template.to_owned();
        name.push('-');
        name.push_str(&self.pod_name(ordinal));
        name
    }

    /// One pod after another, each waits for all lower ones.
    pub(crate) fn is_ordered(&self) -> bool {
        self.policy == PodManagement::OrderedReady
    }
}

impl Pod {
    /// A pod as the API server makes it: Pending, not Ready, owned by the set.
    pub fn new(set: &str, name: String, uid: String, revision: String) -> Self {
        Self {
            ordinal: Set::ordinal_in(set, &name),
            name,
            uid,
            owner: Owner::Set,
            selected: true,
            revision,
            phase: Phase::Pending,
            ready_since: None,
            terminating: false,
            drifted: false,
        }
    }

    /// Source: `utils`, `isRunningAndReady`.
    pub(super) fn is_ready(&self) -> bool {
        self.phase == Phase::Running && self.ready_since.is_some()
    }

    /// Ready since that moment or longer; does not look at the phase. Source: `pkg/api/v1/pod/util.go`, `IsPodAvailable`.
    pub(super) fn is_available(&self, latest: Timestamp) -> bool {
        self.ready_since.is_some_and(|since| since <= latest)
    }
}

impl Spec {
    pub(super) fn is_rolling_update(&self) -> bool {
        matches!(self.strategy, UpdateStrategy::RollingUpdate { .. })
    }

    pub(super) fn is_on_delete(&self) -> bool {
        matches!(self.strategy, UpdateStrategy::OnDelete)
    }
}
