//! Objects that belong to a set by its uid.

use std::cmp::Ordering;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use model::pod::Pod;
use model::revision::Revision;
use model::shared::Shared;

/// What such an object has.
pub(super) trait Member: Clone + PartialEq {
    fn namespace(&self) -> &str;
    fn name(&self) -> &str;
    fn set_uid(&self) -> &str;
    /// Which stands first in the facts of the set that they share, as far as they tell it themselves.
    fn order(&self, other: &Self) -> Ordering;
}

impl Member for Pod {
    fn namespace(&self) -> &str {
        &self.namespace
    }
    fn name(&self) -> &str {
        &self.name
    }
    fn set_uid(&self) -> &str {
        &self.set_uid
    }
    fn order(&self, other: &Self) -> Ordering {
        let ordinal = |pod: &Self| pod.name.rsplit_once('-')?.1.parse::<u32>().ok();
        let place = |pod: &Self| ordinal(pod).unwrap_or(u32::MAX);
        place(self).cmp(&place(other)).then_with(|| self.name.cmp(&other.name))
    }
}

impl Member for Revision {
    fn namespace(&self) -> &str {
        &self.namespace
    }
    fn name(&self) -> &str {
        &self.name
    }
    fn set_uid(&self) -> &str {
        &self.set_uid
    }
    fn order(&self, other: &Self) -> Ordering {
        self.number.cmp(&other.number).then_with(|| self.name.cmp(&other.name))
    }
}

/// All of one kind: by set, and by namespace and name.
#[derive(Debug)]
pub(super) struct Members<T> {
    by_set: HashMap<Arc<str>, Shared<T>>,
    /// namespace → name → uid of the set.
    owners: BTreeMap<String, BTreeMap<String, Arc<str>>>,
}

impl<T> Default for Members<T> {
    fn default() -> Self {
        Self { by_set: HashMap::new(), owners: BTreeMap::new() }
    }
}

impl<T: Member> Members<T> {
    pub(super) fn of(&self, set_uid: &str) -> Shared<T> {
        self.by_set.get(set_uid).cloned().unwrap_or_default()
    }

    /// uid of the set that the object of this name belongs to now.
    pub(super) fn owner(&self, namespace: &str, name: &str) -> Option<&Arc<str>> {
        self.owners.get(namespace)?.get(name)
    }

    pub(super) fn get(&self, namespace: &str, name: &str) -> Option<&T> {
        let owner = self.owner(namespace, name)?;
        self.by_set.get(owner)?.iter().find(|m| m.name() == name && m.namespace() == namespace)
    }

    pub(super) fn put(&mut self, member: T) {
        self.remove(member.namespace(), member.name());
        let set_uid: Arc<str> = match self.by_set.get_key_value(member.set_uid()) {
            Some((uid, _)) => Arc::clone(uid),
            None => member.set_uid().into(),
        };
        self.owners
            .entry(member.namespace().to_owned())
            .or_default()
            .insert(member.name().to_owned(), Arc::clone(&set_uid));
        let all: &mut Vec<T> = self.by_set.entry(set_uid).or_default();
        if all.len() == all.capacity() {
            // Doubling would leave half of the places empty, and pods are most of what the index holds.
            all.reserve_exact(1 + all.len() / 8);
        }
        // In order, so that whoever reads them has nothing to move, and they stay shared.
        let at = all.partition_point(|m| m.order(&member).is_lt());
        all.insert(at, member);
    }

    pub(super) fn remove(&mut self, namespace: &str, name: &str) {
        let Some(names) = self.owners.get_mut(namespace) else { return };
        let Some(set_uid) = names.remove(name) else { return };
        if names.is_empty() {
            self.owners.remove(namespace);
        }
        if let Some(all) = self.by_set.get_mut(&set_uid) {
            all.retain(|m| m.name() != name || m.namespace() != namespace);
            if all.is_empty() {
                self.by_set.remove(&set_uid);
            }
        }
    }

    /// Namespace and name of all, or of those of one namespace.
    pub(super) fn names(&self, namespace: Option<&str>) -> Vec<(String, String)> {
        self.owners
            .iter()
            .filter(|(ns, _)| namespace.is_none_or(|wanted| wanted == ns.as_str()))
            .flat_map(|(ns, names)| names.keys().map(|name| (ns.clone(), name.clone())))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use model::testing::sts;

    use super::*;

    #[test]
    fn pods_stand_in_the_order_of_the_facts_however_they_came() {
        let facts = sts("web").replicas(12).facts();
        let mut members = Members::default();
        let mut stray = facts.pods[3].clone();
        stray.name = "web-old".into();
        members.put(stray);
        for at in [10, 2, 11, 1] {
            members.put(facts.pods[at].clone());
        }
        members.put(facts.pods[2].clone());
        let names = |pods: &Shared<Pod>| pods.iter().map(|p| p.name.clone()).collect::<Vec<_>>();
        let before = members.of(&facts.set.uid);
        assert_eq!(names(&before), ["web-1", "web-2", "web-10", "web-11", "web-old"]);
        members.remove(&facts.set.namespace, "web-2");
        assert_eq!(names(&members.of(&facts.set.uid)), ["web-1", "web-10", "web-11", "web-old"]);
        assert_eq!(before.len(), 5, "whoever looks at what was sees it as it was");
    }
}
