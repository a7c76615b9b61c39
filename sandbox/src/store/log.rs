//! One kind's objects and the log of their changes.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use serde_json::Value;
use tokio::sync::watch;

use crate::kind::Kind;
use crate::object::Key;

/// One change of one object.
#[derive(Clone, Debug)]
pub(crate) struct Change {
    pub(crate) version: u64,
    pub(crate) kind: Kind,
    /// For a removal the last state, under the version of the removal.
    pub(crate) before: Option<Arc<Value>>,
    pub(crate) after: Option<Arc<Value>>,
}

impl Change {
    /// What is there now, or was last.
    pub(crate) fn object(&self) -> &Arc<Value> {
        self.after.as_ref().or(self.before.as_ref()).expect("a change has a before or an after")
    }
}

pub(crate) struct Shelf {
    objects: BTreeMap<(String, String), Arc<Value>>,
    log: VecDeque<Change>,
    kept: usize,
    /// Changes up to this version are no longer in the log.
    forgotten: u64,
    told: watch::Sender<u64>,
}

impl Shelf {
    pub(super) fn new(kept: usize) -> Self {
        Self {
            objects: BTreeMap::new(),
            log: VecDeque::new(),
            kept,
            forgotten: 0,
            told: watch::Sender::new(0),
        }
    }

    pub(super) fn get(&self, namespace: &str, name: &str) -> Option<&Arc<Value>> {
        self.objects.get(&(namespace.to_owned(), name.to_owned()))
    }

    pub(super) fn range(&self, namespace: &str) -> impl Iterator<Item = &Arc<Value>> {
        let from = (namespace.to_owned(), String::new());
        let wanted = namespace.to_owned();
        self.objects
            .range(from..)
            .take_while(move |((ns, _), _)| wanted.is_empty() || *ns == wanted)
            .map(|(_, object)| object)
    }

    pub(super) fn named_like(&self, namespace: &str, prefix: &str) -> Vec<Arc<Value>> {
        self.objects
            .range((namespace.to_owned(), prefix.to_owned())..)
            .take_while(|((ns, name), _)| ns == namespace && name.starts_with(prefix))
            .map(|(_, object)| Arc::clone(object))
            .collect()
    }

    /// Objects behind a place, for the next page of a list.
    pub(crate) fn after<'a>(
        &'a self,
        namespace: &'a str,
        last: &(String, String),
    ) -> impl Iterator<Item = (&'a (String, String), &'a Arc<Value>)> {
        let from = std::ops::Bound::Excluded(last.clone());
        self.objects
            .range((from, std::ops::Bound::Unbounded))
            .skip_while(move |((ns, _), _)| !namespace.is_empty() && ns.as_str() < namespace)
            .take_while(move |((ns, _), _)| namespace.is_empty() || ns == namespace)
    }

    pub(crate) fn len(&self) -> usize {
        self.objects.len()
    }

    pub(super) fn insert(&mut self, key: &Key, object: Arc<Value>) -> Option<Arc<Value>> {
        self.objects.insert((key.namespace.clone(), key.name.clone()), object)
    }

    pub(super) fn take(&mut self, key: &Key) -> Option<Arc<Value>> {
        self.objects.remove(&(key.namespace.clone(), key.name.clone()))
    }

    pub(super) fn record(&mut self, change: Change) {
        let version = change.version;
        if self.log.len() >= self.kept
            && let Some(old) = self.log.pop_front()
        {
            self.forgotten = old.version;
        }
        self.log.push_back(change);
        self.told.send_replace(version);
    }

    pub(super) fn forget(&mut self, up_to: u64) {
        self.log.clear();
        self.forgotten = up_to;
        self.told.send_replace(up_to);
    }

    pub(super) fn follow(&self) -> watch::Receiver<u64> {
        self.told.subscribe()
    }

    /// The oldest position from which a watch can go on.
    pub(crate) fn oldest(&self) -> u64 {
        self.forgotten
    }

    /// Changes after a position; `None` if some of them are forgotten.
    pub(crate) fn since(&self, position: u64) -> Option<impl Iterator<Item = &Change>> {
        (position >= self.forgotten).then(|| {
            let start = self.log.partition_point(|c| c.version <= position);
            self.log.range(start..)
        })
    }
}
