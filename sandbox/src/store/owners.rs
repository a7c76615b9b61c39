//! Who owns whom, by uid.

use std::collections::{BTreeSet, HashMap};

use serde_json::Value;

use crate::kind::Kind;
use crate::object::{self, Key};

#[derive(Default)]
pub(super) struct Owners {
    living: HashMap<String, Key>,
    dependents: HashMap<String, BTreeSet<Key>>,
    /// Pods and revisions that nobody controls: sets adopt them.
    orphans: BTreeSet<Key>,
}

fn owners(object: &Value) -> impl Iterator<Item = &str> {
    object::list(object, "/metadata/ownerReferences").iter().filter_map(|o| o["uid"].as_str())
}

impl Owners {
    pub(super) fn changed(&mut self, key: &Key, before: Option<&Value>, after: Option<&Value>) {
        let references = |o: Option<&Value>| o.map(|o| &o["metadata"]["ownerReferences"]).cloned();
        if before.is_none() || after.is_none() || references(before) != references(after) {
            for uid in before.into_iter().flat_map(owners) {
                if let Some(all) = self.dependents.get_mut(uid) {
                    all.remove(key);
                    if all.is_empty() {
                        self.dependents.remove(uid);
                    }
                }
            }
            for uid in after.into_iter().flat_map(owners) {
                self.dependents.entry(uid.to_owned()).or_default().insert(key.clone());
            }
        }
        if matches!(key.kind, Kind::Pod | Kind::Revision) {
            if after.is_some_and(|o| object::controller(o).is_none()) {
                self.orphans.insert(key.clone());
            } else {
                self.orphans.remove(key);
            }
        }
        match (before, after) {
            (Some(before), None) => {
                self.living.remove(object::uid(before));
            }
            (None, Some(after)) => {
                self.living.insert(object::uid(after).to_owned(), key.clone());
            }
            _ => {}
        }
    }

    pub(super) fn dependents(&self, uid: &str) -> Vec<Key> {
        self.dependents.get(uid).into_iter().flatten().cloned().collect()
    }

    /// Uncontrolled objects of a kind in a namespace.
    pub(super) fn orphans(&self, kind: Kind, namespace: &str) -> Vec<Key> {
        let from = Key::new(kind, namespace, "");
        self.orphans
            .range(from..)
            .take_while(|key| key.kind == kind && key.namespace == namespace)
            .cloned()
            .collect()
    }

    pub(super) fn lives(&self, uid: &str) -> bool {
        self.living.contains_key(uid)
    }
}
