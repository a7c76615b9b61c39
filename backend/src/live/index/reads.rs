//! What the index tells.

use std::sync::Arc;

use model::facts::Facts;
use model::set::SetKey;
use model::status::Status;
use model::wire::KindHealth;

use super::Index;
use crate::live::{Kind, Row};

impl Index {
    /// The facts of a set, `None` while its scope has not been listed in full. Built from the objects each time, which
    /// costs microseconds and halves the memory.
    pub(super) fn build(&self, key: &SetKey) -> Option<Facts> {
        let readable = self.health.readable_in(&key.namespace)?;
        let mut facts = self.objects.facts(key, readable)?;
        self.besides.fill_in(&mut facts);
        Some(facts)
    }

    /// The facts of a set that is shown.
    pub fn facts(&self, key: &SetKey) -> Option<Arc<Facts>> {
        self.build(key).map(Arc::new)
    }

    pub fn row(&self, key: &SetKey) -> Option<Arc<Row>> {
        self.entries.get(key).map(|e| Arc::clone(&e.row))
    }

    pub fn status(&self, key: &SetKey) -> Option<Status> {
        self.entries.get(key).map(|e| e.status.clone())
    }

    /// All rows, by namespace and name.
    pub fn rows(&self) -> impl Iterator<Item = &Arc<Row>> {
        self.entries.values().map(|e| &e.row)
    }

    pub fn health(&self) -> Vec<KindHealth> {
        self.health.report_all()
    }

    /// What of a watched namespace is still to be read, each kind with what went wrong; while it is something, none of its
    /// sets is shown.
    pub fn unread_in(&self, namespace: &str) -> Vec<(Kind, Option<String>)> {
        self.health.unread_in(namespace)
    }

    /// Every kind of every scope has been listed, or may not be.
    pub fn synced(&self) -> bool {
        self.health.synced()
    }

    /// How often a set was judged, since the start.
    pub fn judgements(&self) -> u64 {
        self.judgements
    }
}
