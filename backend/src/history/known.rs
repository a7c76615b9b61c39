//! What the history keeps of a set between two looks: little enough to be stored with each change, and enough to tell
//! what changed, also over a restart of the panel.

use std::cmp::Ordering;
use std::collections::{BTreeMap, HashMap};

use model::ordinals::Ordinals;
use model::set::{ContainerImage, Manager, SetKey};
use model::strip;
use serde::{Deserialize, Serialize};

use super::book::Book;

mod of;

/// A set as it was last known. Times are ms UTC.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Known {
    /// Version of this form: 1.
    pub v: u32,
    pub namespace: String,
    pub name: String,
    pub uid: String,
    pub generation: i64,
    pub observed: i64,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub deleting: bool,
    pub replicas: u32,
    #[serde(default)]
    pub start: u32,
    #[serde(default, skip_serializing_if = "is_zero")]
    pub min_ready_seconds: u32,
    /// `RollingUpdate`, `OnDelete` or another.
    pub strategy: String,
    /// As an index; `None` where the strategy has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub partition: Option<u32>,
    /// Digest of the pod template.
    pub template: String,
    pub images: Vec<ContainerImage>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub restarted_at: Option<String>,
    /// ControllerRevision name.
    pub current: String,
    /// ControllerRevision name. It follows `status.updateRevision` only once the revision object is known too, so that
    /// it can be named: watches of different kinds are not ordered among each other.
    pub update: String,
    pub updated_replicas: u32,
    pub ready_replicas: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_action: Option<String>,
    /// As [`model::set::Set::marks`]; `None` where it was not kept yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub marks: Option<Vec<String>>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub managers: Vec<Manager>,
    pub revisions: Vec<KnownRevision>,
    /// By ordinal, strays last.
    pub pods: Vec<KnownPod>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub claims: Vec<KnownClaim>,
    /// Pods may not be listed: `pods` are those of before.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub blind: bool,
    /// What the recorder notes beside the facts.
    pub book: Book,
}

/// A ControllerRevision.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KnownRevision {
    pub name: String,
    pub number: i64,
    pub hash: String,
}

/// What a pod does, as stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PodState {
    Ready,
    Starting,
    Failing,
    Ending,
}

impl From<strip::State> for PodState {
    fn from(state: strip::State) -> Self {
        match state {
            strip::State::Ready => Self::Ready,
            strip::State::Starting => Self::Starting,
            strip::State::Failing => Self::Failing,
            strip::State::Ending => Self::Ending,
        }
    }
}

/// A pod. Keys are short because there are many.
#[expect(clippy::struct_excessive_bools, reason = "what is known of it, each by itself")]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KnownPod {
    /// `None` for a stray.
    #[serde(rename = "o", default, skip_serializing_if = "Option::is_none")]
    pub ordinal: Option<u32>,
    #[serde(rename = "n")]
    pub name: String,
    #[serde(rename = "u")]
    pub uid: String,
    #[serde(rename = "r")]
    pub revision: String,
    #[serde(rename = "s")]
    pub state: PodState,
    /// Running with condition Ready True, also while it ends: what `readyReplicas` counts.
    #[serde(rename = "y", default, skip_serializing_if = "std::ops::Not::not")]
    pub ready: bool,
    #[serde(rename = "c")]
    pub created: i64,
    /// When it began to terminate.
    #[serde(rename = "e", default, skip_serializing_if = "Option::is_none")]
    pub ending: Option<i64>,
    /// When readiness last changed.
    #[serde(rename = "t", default, skip_serializing_if = "Option::is_none")]
    pub ready_changed: Option<i64>,
    #[serde(rename = "x", default, skip_serializing_if = "is_zero")]
    pub restarts: u32,
    /// It has been Ready once.
    #[serde(rename = "w", default, skip_serializing_if = "std::ops::Not::not")]
    pub was_ready: bool,
    /// Its failure is told already; forgotten once it is Ready.
    #[serde(rename = "f", default, skip_serializing_if = "std::ops::Not::not")]
    pub told_failing: bool,
    /// In phase Failed or Succeeded: the controller replaces it.
    #[serde(rename = "v", default, skip_serializing_if = "std::ops::Not::not")]
    pub over: bool,
    /// The rest of a sentence about why it is not up. Not stored.
    #[serde(skip)]
    pub says: String,
    /// How a container of it last exited. Not stored.
    #[serde(skip)]
    pub exit: Option<i32>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature serde asks for")]
fn is_zero(n: &u32) -> bool {
    *n == 0
}

/// A claim.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KnownClaim {
    #[serde(rename = "n")]
    pub name: String,
    #[serde(rename = "u")]
    pub uid: String,
    #[serde(rename = "o", default, skip_serializing_if = "Option::is_none")]
    pub ordinal: Option<u32>,
    #[serde(rename = "p")]
    pub phase: String,
    #[serde(rename = "q", default, skip_serializing_if = "Option::is_none")]
    pub requested: Option<String>,
    #[serde(rename = "k", default, skip_serializing_if = "Option::is_none")]
    pub capacity: Option<String>,
}

impl Known {
    pub fn key(&self) -> SetKey {
        SetKey::new(&self.namespace, &self.name)
    }

    /// The ordinals the set wants.
    pub fn ordinals(&self) -> std::ops::Range<u32> {
        self.start..self.start.saturating_add(self.replicas)
    }

    /// How many of the wanted ordinals lie below the partition.
    pub fn protected(&self) -> u32 {
        self.partition.unwrap_or(0).min(self.replicas)
    }

    pub fn pod_at(&self, ordinal: u32) -> Option<&KnownPod> {
        let order = |p: &KnownPod| p.ordinal.map_or(Ordering::Greater, |o| o.cmp(&ordinal));
        self.pods.binary_search_by(order).ok().map(|i| &self.pods[i])
    }

    /// For looking many of them up.
    pub fn pods_by_uid(&self) -> HashMap<&str, &KnownPod> {
        self.pods.iter().map(|p| (p.uid.as_str(), p)).collect()
    }

    pub fn pod(&self, uid: &str) -> Option<&KnownPod> {
        self.pods.iter().find(|p| p.uid == uid)
    }

    pub fn revision(&self, name: &str) -> Option<&KnownRevision> {
        self.revisions.iter().find(|r| r.name == name)
    }

    /// `r7`, or the hash part of the name where the revision is not known (any more).
    pub fn label(&self, name: &str) -> String {
        match self.revision(name) {
            Some(r) => format!("r{}", r.number),
            None if name.is_empty() => "no revision".to_owned(),
            None => name
                .strip_prefix(&self.name)
                .and_then(|s| s.strip_prefix('-'))
                .unwrap_or(name)
                .to_owned(),
        }
    }

    /// The revision that the pods come from: the current one while pods run it, else what most of the others run.
    /// Before 1.37 `currentRevision` never moves under OnDelete.
    pub fn old_revision(&self) -> Option<&str> {
        let count = |name: &str| self.pods.iter().filter(|p| p.revision == name).count();
        if self.current != self.update && count(&self.current) > 0 {
            return Some(&self.current);
        }
        self.pods
            .iter()
            .map(|p| p.revision.as_str())
            .filter(|r| *r != self.update && !r.is_empty())
            .max_by_key(|r| (count(r), std::cmp::Reverse(*r)))
    }

    /// Every wanted ordinal has a pod of the update revision, Ready or not.
    pub fn all_updated(&self) -> bool {
        self.all_wanted(|p| p.revision == self.update)
    }

    /// Every wanted ordinal has a pod, and such a one. Goes by the pods: more may be wanted than can be counted up.
    fn all_wanted(&self, such: impl Fn(&KnownPod) -> bool) -> bool {
        let wanted = self.ordinals();
        let fits = |p: &&KnownPod| p.ordinal.is_some_and(|o| wanted.contains(&o)) && such(p);
        self.pods.iter().filter(fits).count() == wanted.len()
    }

    /// Ordinals that the partition keeps on another revision than the update revision.
    pub fn held(&self) -> Ordinals {
        if self.strategy != "RollingUpdate" || self.update.is_empty() {
            return Ordinals::default();
        }
        let below = Ordinals::from(self.start..self.start.saturating_add(self.protected()));
        let groups = self.by_revision(&below).into_iter().filter(|(r, _)| *r != self.update);
        groups.fold(Ordinals::default(), |held, (_, some)| held.and(&some))
    }

    /// These ordinals by the revision of their pod, missing ones by the current revision on which they come back; in the
    /// order of the lowest ordinal.
    pub fn by_revision(&self, ordinals: &Ordinals) -> Vec<(&str, Ordinals)> {
        let mut groups: BTreeMap<&str, Vec<u32>> = BTreeMap::new();
        for pod in &self.pods {
            if let Some(o) = pod.ordinal.filter(|o| ordinals.contains(*o)) {
                groups.entry(&pod.revision).or_default().push(o);
            }
        }
        let there = groups.values().flatten().copied().collect();
        let mut groups: BTreeMap<&str, Ordinals> =
            groups.into_iter().map(|(r, some)| (r, some.into_iter().collect())).collect();
        let missing = ordinals.minus(&there);
        if !missing.is_empty() {
            let group = groups.entry(&self.current).or_default();
            *group = group.and(&missing);
        }
        let mut groups: Vec<(&str, Ordinals)> = groups.into_iter().collect();
        groups.sort_by_key(|(_, some)| some.first());
        groups
    }

    /// Every wanted pod runs the update revision and is Ready, and the controller has seen the spec and counts the
    /// same pods: the kinds are watched apart, and only together they tell the truth.
    pub fn settled(&self) -> bool {
        if self.update.is_empty() || self.observed != self.generation {
            return false;
        }
        if self.blind {
            return self.current == self.update
                && self.updated_replicas == self.replicas
                && self.ready_replicas == self.replicas;
        }
        let count = |f: &dyn Fn(&&KnownPod) -> bool| self.pods.iter().filter(f).count();
        let updated = count(&|p| p.ending.is_none() && p.revision == self.update);
        let ready = count(&|p| p.ready);
        updated == self.updated_replicas as usize
            && ready == self.ready_replicas as usize
            && self.all_wanted(|p| p.state == PodState::Ready && p.revision == self.update)
    }
}
