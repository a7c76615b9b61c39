//! What a sync does, what it writes and what it waits for.

use std::time::Duration;

use super::observed::ClaimOwner;
use crate::set::Counters;

/// The outcome of one sync.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sync {
    /// In the order in which they are taken. Those of a Parallel set go out in batches at the same time; their order here is
    /// ascending for creations and descending for deletions.
    pub steps: Vec<Step>,
    /// The status after the sync.
    pub status: Counters,
    /// `status.collisionCount` after the sync.
    pub collision_count: u32,
    /// Whether the status differs from the stored one and is written (after all steps but [`Step::DeleteRevision`]).
    pub writes_status: bool,
    /// What kept the sync from going on. `None`: nothing is left to do, or, in a Parallel set, all was done at once.
    pub wait: Option<Wait>,
    /// The sync ended with an error: the controller comes back by itself, with back-off from 5 ms to 16 min.
    pub failed: bool,
    /// When the next pod will have been Ready for minReadySeconds.
    pub again_after: Option<Duration>,
    /// Rules that it rested on and that were read in the source but never watched.
    pub unseen: Vec<Unseen>,
}

/// One thing that the controller does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// An orphaned ControllerRevision becomes the set's.
    AdoptRevision {
        name: String,
    },
    /// A new ControllerRevision of the present template.
    CreateRevision {
        name: String,
        number: i64,
    },
    /// An older ControllerRevision equals the present template: it gets the highest number.
    RenumberRevision {
        name: String,
        number: i64,
    },
    /// History beyond `revisionHistoryLimit`.
    DeleteRevision {
        name: String,
    },
    /// An orphan that matches becomes the set's.
    AdoptPod {
        name: String,
        uid: String,
    },
    /// A pod that no longer matches the selector or the name loses its owner reference.
    ReleasePod {
        name: String,
        uid: String,
    },
    /// `template` is the name in `spec.volumeClaimTemplates`.
    CreateClaim {
        name: String,
        template: String,
        ordinal: u32,
    },
    /// The retention policy changes to whom the claim belongs. [`ClaimOwner::Other`] means: only the set's own references go.
    UpdateClaimOwner {
        name: String,
        owner: ClaimOwner,
    },
    CreatePod {
        ordinal: u32,
        revision: String,
    },
    /// A plain DELETE by name. `uid` is empty for a pod that this same sync created.
    DeletePod {
        ordinal: u32,
        name: String,
        uid: String,
        why: DeleteWhy,
    },
    /// Labels, hostname or volumes are put right.
    RepairPod {
        ordinal: u32,
        name: String,
    },
}

/// Why a pod is deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeleteWhy {
    /// Its phase is Failed or Succeeded.
    Ended,
    /// The set no longer wants its ordinal.
    ScaledDown,
    /// It is not on the update revision.
    Update,
}

/// What kept a sync from going on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wait {
    pub stage: Stage,
    /// The pod it waits for, present or not; `None` where it is not one pod.
    pub ordinal: Option<u32>,
    pub why: Why,
}

/// Where in a sync.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Before anything else: nothing at all is done.
    Start,
    /// Strategy Recreate: all old pods go first.
    Recreate,
    /// Every wanted ordinal has its pod.
    Replicas,
    /// Pods that are no longer wanted go.
    Condemned,
    /// Old revisions are replaced.
    Update,
}

/// Why it waits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Why {
    /// The set is being deleted: the garbage collector does the rest.
    SetDeleting,
    /// The strategy is one that this controller refuses.
    UnknownStrategy,
    /// The pod was created in this sync.
    Created,
    /// The pod was deleted in this sync.
    Deleted,
    /// The pod is terminating.
    Terminating,
    /// The pod is not Running and Ready.
    NotReady,
    /// The pod is Ready, but not for minReadySeconds.
    NotAvailable,
    /// The missing pod's claim still belongs to its predecessor and goes with it. Nothing tells the controller when it has gone.
    StaleClaim { claim: String },
    /// The missing pod's claim is being deleted: creating fails until it is gone.
    ClaimTerminating { claim: String },
    /// The pod is to go, is not available and is not the first such one (`first` is): it is never deleted as long as that is so.
    NotFirstBad { first: u32 },
    /// From 1.34 on: it is to go and has failed, but its condition still says Ready. So it is not the first that is not
    /// available, and as it does not run, no other may go: it stays until somebody deletes it.
    FailedButReady,
    /// As many pods are unavailable as maxUnavailable allows, or more.
    Budget { unavailable: u32, allowed: u32 },
}

/// A rule that was read in the source of a version that could not be watched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unseen {
    /// 1.37: with the gate on, a Parallel roll first replaces old pods that are unavailable, whatever the budget.
    BrokenFirst,
    /// 1.37: OnDelete promotes currentRevision too.
    OnDeletePromotes,
    /// 1.37 alpha: strategy Recreate.
    Recreate,
    /// 1.38: Parallel sets scale down before they create.
    CondemnedFirst,
}
