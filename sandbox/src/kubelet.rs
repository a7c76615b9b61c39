//! The pretend kubelet, scheduler and storage: what makes pods run and claims bind, without containers and disks.

mod behaviour;
mod claims;
mod container;
mod disk;
mod logs;
mod pods;
mod schedule;
mod status;

pub(crate) use claims::{claim_is_gone, look_at_claim};
pub(crate) use disk::{Disk, list_folder, read_file};
pub(crate) use logs::Line;
pub(crate) use pods::{look_at_pod, settle};

use std::collections::{BTreeSet, HashMap};

use jiff::Timestamp;

use crate::object::Key;
use container::ContainerLife;

/// What the nodes know beside the objects.
#[derive(Debug, Default)]
pub(crate) struct Kubelet {
    /// By the pod's uid.
    lives: HashMap<String, Life>,
    /// By the claim's uid.
    disks: HashMap<String, Disk>,
    /// Pods that cannot be scheduled before this claim is bound.
    waiting: HashMap<Key, BTreeSet<Key>>,
    /// When a claim will be bound or grown, by its uid.
    due: HashMap<String, Timestamp>,
    /// Addresses given out so far.
    addresses: u32,
    /// Pods scheduled so far.
    scheduled: u32,
}

/// One pod's life on its node.
#[derive(Debug, Default)]
struct Life {
    containers: Vec<ContainerLife>,
    /// When it will have ended, once it is deleted.
    ends: Option<Timestamp>,
    /// The scheduler has told why it waits.
    told: bool,
}

impl Kubelet {
    pub(crate) fn forget(&mut self, uid: &str) {
        self.lives.remove(uid);
    }

    /// Pods that wait for a claim; they wait no longer for this call.
    pub(crate) fn waiting_for(&mut self, claim: &Key) -> BTreeSet<Key> {
        self.waiting.remove(claim).unwrap_or_default()
    }

    pub(crate) fn disk(&self, claim_uid: &str) -> Option<&Disk> {
        self.disks.get(claim_uid)
    }

    /// What a container has written: in its present run, or in the one before.
    pub(crate) fn log(&self, uid: &str, container: &str, previous: bool) -> Option<&[Line]> {
        let life = self.lives.get(uid)?.containers.iter().find(|c| c.name == container)?;
        if previous { life.previous_log.as_deref() } else { Some(&life.log) }
    }
}
