//! The objects themselves, kept so that the facts of one set are found without looking at any other.

use std::collections::{BTreeMap, HashMap};

use model::claim::Claim;
use model::facts::{Facts, Readable};
use model::pod::Pod;
use model::revision::Revision;
use model::service::Service;
use model::set::{Set, SetKey};

use super::super::{Kind, Object, gather};
use super::members::Members;
use super::mutation::Mutation;

/// All watched objects.
#[derive(Debug, Default)]
pub(super) struct Objects {
    pub(super) sets: BTreeMap<SetKey, Set>,
    set_keys: HashMap<String, SetKey>,
    pub(super) pods: Members<Pod>,
    pub(super) revisions: Members<Revision>,
    /// namespace → `<template>-<set>` → ordinal.
    claims: BTreeMap<String, BTreeMap<String, BTreeMap<u32, Claim>>>,
    /// namespace → name.
    pub(super) services: BTreeMap<String, BTreeMap<String, Service>>,
}

/// `data-web-3` is at `data-web`, 3; `None` if the name does not end in an ordinal.
pub(super) fn claim_place(name: &str) -> Option<(&str, u32)> {
    let (stem, _) = name.rsplit_once('-')?;
    Set::ordinal_in(stem, name).map(|ordinal| (stem, ordinal))
}

impl Objects {
    /// The set with this uid.
    pub(super) fn set_of(&self, uid: &str) -> Option<&SetKey> {
        self.set_keys.get(uid)
    }

    pub(super) fn sets_in(&self, namespace: &str) -> impl Iterator<Item = &Set> {
        self.sets
            .range(SetKey::new(namespace, "")..)
            .take_while(move |(key, _)| key.namespace == namespace)
            .map(|(_, set)| set)
    }

    pub(super) fn set_keys_in(&self, namespace: &str) -> impl Iterator<Item = &SetKey> {
        self.sets
            .range(SetKey::new(namespace, "")..)
            .take_while(move |(key, _)| key.namespace == namespace)
            .map(|(key, _)| key)
    }

    /// The namespaces that hold sets, each once.
    pub(super) fn namespaces(&self) -> Vec<&str> {
        let mut all: Vec<&str> = self.sets.keys().map(|k| k.namespace.as_str()).collect();
        all.dedup();
        all
    }

    pub(super) fn claim(&self, namespace: &str, stem: &str, ordinal: u32) -> Option<&Claim> {
        self.claims.get(namespace)?.get(stem)?.get(&ordinal)
    }

    /// The sets to which a claim of this name belongs. Template and set may both contain dashes, so each way to
    /// divide the name is tried; two sets can share a name by accident.
    pub(super) fn sets_of_claim(&self, namespace: &str, name: &str) -> Vec<SetKey> {
        let Some((stem, _)) = claim_place(name) else { return Vec::new() };
        stem.match_indices('-')
            .filter_map(|(at, _)| {
                let set = self.sets.get(&SetKey::new(namespace, &stem[at + 1..]))?;
                let own = set.claim_templates.iter().any(|t| t.name == stem[..at]);
                own.then(|| set.key())
            })
            .collect()
    }

    /// Namespace and name of all objects of a kind, or of those of one namespace.
    pub(super) fn names(&self, kind: Kind, namespace: Option<&str>) -> Vec<(String, String)> {
        let wanted = |ns: &str| namespace.is_none_or(|wanted| wanted == ns);
        match kind {
            Kind::Sets => self
                .sets
                .keys()
                .filter(|k| wanted(&k.namespace))
                .map(|k| (k.namespace.clone(), k.name.clone()))
                .collect(),
            Kind::Pods => self.pods.names(namespace),
            Kind::Revisions => self.revisions.names(namespace),
            Kind::Claims => self
                .claims
                .iter()
                .filter(|(ns, _)| wanted(ns))
                .flat_map(|(_, stems)| stems.values().flat_map(BTreeMap::values))
                .map(|c| (c.namespace.clone(), c.name.clone()))
                .collect(),
            Kind::Services => self
                .services
                .iter()
                .filter(|(ns, _)| wanted(ns))
                .flat_map(|(ns, all)| all.keys().map(|name| (ns.clone(), name.clone())))
                .collect(),
        }
    }

    /// Everything about one set, in the order that [`Facts`] promises.
    pub(super) fn facts(&self, key: &SetKey, readable: Readable) -> Option<Facts> {
        let set = self.sets.get(key)?;
        let mut claims: Vec<Claim> = Vec::new();
        if let Some(stems) = self.claims.get(&set.namespace) {
            for template in &set.claim_templates {
                let stem = format!("{}-{}", template.name, set.name);
                claims.extend(stems.get(&stem).into_iter().flat_map(BTreeMap::values).cloned());
            }
        }
        Some(gather(
            set.clone(),
            self.pods.of(&set.uid),
            claims,
            self.revisions.of(&set.uid),
            self.services_of(set),
            readable,
        ))
    }

    fn services_of(&self, set: &Set) -> Vec<Service> {
        let Some(all) = self.services.get(&set.namespace) else { return Vec::new() };
        match &set.service_name {
            Some(governing) => all.get(governing).cloned().into_iter().collect(),
            None => all.values().filter(|s| s.selects(&set.template_labels)).cloned().collect(),
        }
    }

    pub(super) fn perform(&mut self, step: Mutation) {
        match step {
            Mutation::Put(object) => self.put(object),
            Mutation::Drop { kind, namespace, name } => self.remove(kind, &namespace, &name),
        }
    }

    fn put(&mut self, object: Object) {
        match object {
            Object::Set(set) => {
                let key = set.key();
                self.remove(Kind::Sets, &key.namespace, &key.name);
                self.set_keys.insert(set.uid.clone(), key.clone());
                self.sets.insert(key, *set);
            }
            Object::Pod(pod) => self.pods.put(*pod),
            Object::Revision(revision) => self.revisions.put(*revision),
            Object::Claim(claim) => {
                if let Some((stem, ordinal)) = claim_place(&claim.name) {
                    self.claims
                        .entry(claim.namespace.clone())
                        .or_default()
                        .entry(stem.to_owned())
                        .or_default()
                        .insert(ordinal, *claim);
                }
            }
            Object::Service(service) => {
                self.services
                    .entry(service.namespace.clone())
                    .or_default()
                    .insert(service.name.clone(), *service);
            }
        }
    }

    fn remove(&mut self, kind: Kind, namespace: &str, name: &str) {
        match kind {
            Kind::Sets => {
                if let Some(set) = self.sets.remove(&SetKey::new(namespace, name)) {
                    self.set_keys.remove(&set.uid);
                }
            }
            Kind::Pods => self.pods.remove(namespace, name),
            Kind::Revisions => self.revisions.remove(namespace, name),
            Kind::Claims => self.remove_claim(namespace, name),
            Kind::Services => {
                if let Some(all) = self.services.get_mut(namespace) {
                    all.remove(name);
                    if all.is_empty() {
                        self.services.remove(namespace);
                    }
                }
            }
        }
    }

    fn remove_claim(&mut self, namespace: &str, name: &str) {
        let Some((stem, ordinal)) = claim_place(name) else { return };
        let Some(stems) = self.claims.get_mut(namespace) else { return };
        if let Some(ordinals) = stems.get_mut(stem) {
            ordinals.remove(&ordinal);
            if ordinals.is_empty() {
                stems.remove(stem);
            }
        }
        if stems.is_empty() {
            self.claims.remove(namespace);
        }
    }
}
