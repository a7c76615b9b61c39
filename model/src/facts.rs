//! Everything the panel knows of one set at one moment: the input of every judgement.

use serde::{Deserialize, Serialize};

use crate::MAX_REPLICAS;
use crate::claim::Claim;
use crate::controller::Version;
use crate::pace::Pace;
use crate::pod::Pod;
use crate::revision::Revision;
use crate::service::Service;
use crate::set::Set;
use crate::shared::Shared;

/// Which kinds could be read. A kind that may not be listed is "no access", never an empty list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
#[expect(clippy::struct_excessive_bools, reason = "one flag per kind")]
pub struct Readable {
    pub pods: bool,
    pub claims: bool,
    pub revisions: bool,
    pub services: bool,
}

impl Readable {
    pub const ALL: Self = Self { pods: true, claims: true, revisions: true, services: true };
}

impl Default for Readable {
    fn default() -> Self {
        Self::ALL
    }
}

/// One set with all that belongs to it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Facts {
    pub set: Set,
    /// Pods owned by the set's uid, by ordinal, strays (no ordinal in their name) last. Two pods of one name
    /// never are at once.
    #[cfg_attr(feature = "openapi", schema(value_type = Vec<Pod>))]
    pub pods: Shared<Pod>,
    /// Claims named after the set's claim templates, by name, those left behind included.
    pub claims: Vec<Claim>,
    /// ControllerRevisions owned by the set's uid, ascending by number.
    #[cfg_attr(feature = "openapi", schema(value_type = Vec<Revision>))]
    pub revisions: Shared<Revision>,
    /// The governing Service, if it exists; where the set names none, the Services that select its pods.
    pub services: Vec<Service>,
    #[serde(default)]
    pub readable: Readable,
    /// The API server's version, such as `1.36.3`, where it is known: the rules of the controller differ.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>))]
    pub kubernetes: Option<Version>,
    /// How long restarts of this set took, where some were recorded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pace: Option<Pace>,
}

impl Facts {
    /// The ordinal of a pod, `None` for a stray.
    pub fn ordinal(&self, pod: &Pod) -> Option<u32> {
        Set::ordinal_in(&self.set.name, &pod.name)
    }

    /// The pod at an ordinal.
    pub fn pod_at(&self, ordinal: u32) -> Option<&Pod> {
        self.pods.iter().find(|p| self.ordinal(p) == Some(ordinal))
    }

    /// Pods whose ordinal the set no longer wants, highest first.
    pub fn condemned(&self) -> Vec<&Pod> {
        let mut gone: Vec<(u32, &Pod)> = self
            .pods
            .iter()
            .filter_map(|p| Some((self.ordinal(p)?, p)))
            .filter(|(o, _)| self.set.index_of(*o).is_none())
            .collect();
        gone.sort_by_key(|(o, _)| std::cmp::Reverse(*o));
        gone.into_iter().map(|(_, p)| p).collect()
    }

    /// Pods owned by the set whose name carries no ordinal.
    pub fn strays(&self) -> impl Iterator<Item = &Pod> {
        self.pods.iter().filter(|p| self.ordinal(p).is_none())
    }

    pub fn revision(&self, name: &str) -> Option<&Revision> {
        self.revisions.iter().find(|r| r.name == name)
    }

    /// `r7`, or the hash part of the name where the revision object is not known (any more).
    ///
    /// The set's status may arrive before the ControllerRevision it names: a new update revision gets the highest number
    /// plus one (`stateful_set_utils.go`, `nextRevision`), so its label is known before the object is.
    pub fn revision_label(&self, name: &str) -> String {
        match self.revision(name) {
            Some(r) => r.label(),
            None if name.is_empty() => "no revision".to_owned(),
            None if self.readable.revisions && name == self.set.status.update_revision => {
                format!("r{}", self.next_revision_number())
            }
            None => name
                .strip_prefix(&self.set.name)
                .and_then(|s| s.strip_prefix('-'))
                .unwrap_or(name)
                .to_owned(),
        }
    }

    /// The number that a new revision of this set would get.
    pub fn next_revision_number(&self) -> i64 {
        self.revisions.iter().map(|r| r.number).max().unwrap_or(0) + 1
    }

    /// The pods of the wanted range by index, `None` where one is missing; those of the first [`MAX_REPLICAS`].
    pub fn slots(&self) -> Vec<Option<&Pod>> {
        let mut slots = vec![None; self.set.replicas.min(MAX_REPLICAS) as usize];
        for pod in &self.pods {
            let index = self.ordinal(pod).and_then(|o| self.set.index_of(o));
            if let Some(slot) = index.and_then(|i| slots.get_mut(i as usize)) {
                *slot = Some(pod);
            }
        }
        slots
    }

    /// The revision that the set wants at an index: above the partition the update revision, below it the current one.
    /// Source: `stateful_set_utils.go`, `newVersionedStatefulSetPod`.
    pub fn wanted_revision(&self, index: u32) -> &str {
        if self.set.is_rolling_update() && index < self.set.partition() {
            &self.set.status.current_revision
        } else {
            &self.set.status.update_revision
        }
    }

    /// The claim template and ordinal of a claim of this set.
    pub fn claim_place<'a>(&'a self, claim: &Claim) -> Option<(&'a str, u32)> {
        self.set.claim_templates.iter().find_map(|t| {
            let prefix = format!("{}-{}", t.name, self.set.name);
            Set::ordinal_in(&prefix, &claim.name).map(|o| (t.name.as_str(), o))
        })
    }
}
