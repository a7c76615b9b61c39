//! The objects, one counter of versions, and a bounded log of what changed.
//!
//! As in etcd, one number counts the changes of all kinds, so that events of different kinds can be ordered.

mod log;
mod owners;
pub(crate) mod selector;

pub(crate) use log::{Change, Shelf};

use std::collections::HashMap;
use std::sync::Arc;

use serde_json::{Value, json};
use tokio::sync::watch;

use crate::kind::Kind;
use crate::object::{self, Key};
use owners::Owners;

/// All objects of the cluster.
pub(crate) struct Store {
    shelves: HashMap<Kind, Shelf>,
    version: u64,
    owners: Owners,
    /// Changes that the controllers have not seen yet.
    news: Vec<Change>,
}

impl Store {
    /// Keeps at most `kept` changes of each kind; a watch from before them is too old.
    pub(crate) fn new(kept: usize) -> Self {
        let shelves = Kind::ALL.into_iter().map(|kind| (kind, Shelf::new(kept))).collect();
        Self { shelves, version: 0, owners: Owners::default(), news: Vec::new() }
    }

    /// The version of the last change.
    pub(crate) fn version(&self) -> u64 {
        self.version
    }

    pub(crate) fn shelf(&self, kind: Kind) -> &Shelf {
        self.shelves.get(&kind).expect("every kind has a shelf")
    }

    fn shelf_mut(&mut self, kind: Kind) -> &mut Shelf {
        self.shelves.get_mut(&kind).expect("every kind has a shelf")
    }

    pub(crate) fn get(&self, key: &Key) -> Option<&Arc<Value>> {
        self.shelf(key.kind).get(&key.namespace, &key.name)
    }

    /// All objects of a kind in a namespace (all namespaces for an empty one), by namespace and name.
    pub(crate) fn list(&self, kind: Kind, namespace: &str) -> impl Iterator<Item = &Arc<Value>> {
        self.shelf(kind).range(namespace)
    }

    /// Told whenever an object of the kind changes.
    pub(crate) fn follow(&self, kind: Kind) -> watch::Receiver<u64> {
        self.shelf(kind).follow()
    }

    /// Stores an object under its next version.
    pub(crate) fn put(&mut self, key: &Key, mut object: Value) -> Arc<Value> {
        self.version += 1;
        let version = self.version;
        object["metadata"]["resourceVersion"] = json!(version.to_string());
        let after = Arc::new(object);
        let before = self.shelf_mut(key.kind).insert(key, Arc::clone(&after));
        self.owners.changed(key, before.as_deref(), Some(&after));
        self.record(Change { version, kind: key.kind, before, after: Some(Arc::clone(&after)) });
        after
    }

    /// Takes an object away; answers its last state, under the version of its removal.
    pub(crate) fn remove(&mut self, key: &Key) -> Option<Arc<Value>> {
        let before = self.shelf_mut(key.kind).take(key)?;
        self.version += 1;
        let mut last = (*before).clone();
        last["metadata"]["resourceVersion"] = json!(self.version.to_string());
        let last = Arc::new(last);
        self.owners.changed(key, Some(&before), None);
        let version = self.version;
        self.record(Change {
            version,
            kind: key.kind,
            before: Some(Arc::clone(&last)),
            after: None,
        });
        Some(last)
    }

    fn record(&mut self, change: Change) {
        self.news.push(change.clone());
        self.shelf_mut(change.kind).record(change);
    }

    /// What the controllers have to look at.
    pub(crate) fn take_news(&mut self) -> Vec<Change> {
        std::mem::take(&mut self.news)
    }

    /// Forgets the log, as a compaction of etcd does: positions from before now are too old.
    pub(crate) fn compact(&mut self) {
        let version = self.version;
        for shelf in self.shelves.values_mut() {
            shelf.forget(version);
        }
    }

    /// Goes on counting where another store has stopped; what was read from that one is too old for a watch.
    pub(crate) fn follow_on(&mut self, other: &Self) {
        self.version = self.version.max(other.version) + 1;
        self.compact();
    }

    /// Objects that name this uid among their owners.
    pub(crate) fn dependents(&self, uid: &str) -> Vec<Key> {
        self.owners.dependents(uid)
    }

    /// Pods or revisions of a namespace that nobody controls.
    pub(crate) fn orphans(&self, kind: Kind, namespace: &str) -> Vec<Key> {
        self.owners.orphans(kind, namespace)
    }

    /// Objects of a kind in a namespace whose names begin so.
    pub(crate) fn named_like(&self, kind: Kind, namespace: &str, prefix: &str) -> Vec<Arc<Value>> {
        self.shelf(kind).named_like(namespace, prefix)
    }

    /// Whether an object with this uid exists.
    pub(crate) fn lives(&self, uid: &str) -> bool {
        self.owners.lives(uid)
    }

    /// The StorageClass that claims without one get.
    pub(crate) fn default_class(&self) -> Option<String> {
        self.list(Kind::StorageClass, "")
            .find(|class| {
                object::annotation(class, "storageclass.kubernetes.io/is-default-class")
                    == Some("true")
            })
            .map(|class| object::name(class).to_owned())
    }
}
