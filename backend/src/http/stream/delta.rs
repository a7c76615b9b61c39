//! Publications put together: of each set the last state.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use model::set::SetKey;

use crate::live::{Publication, Row};

/// What several publications brought.
#[derive(Debug, Default)]
pub(super) struct Delta {
    /// Publications up to this version are left out.
    after: u64,
    version: u64,
    rows: BTreeMap<SetKey, Arc<Row>>,
    gone: BTreeSet<SetKey>,
    /// Sets of which something changed, be it in their rows or not.
    touched: BTreeSet<SetKey>,
    health: bool,
}

impl Delta {
    /// Nothing yet; what is not newer than this version will be left out.
    pub(super) fn after(version: u64) -> Self {
        Self { after: version, version, ..Self::default() }
    }

    pub(super) fn add(&mut self, publication: &Publication) {
        if publication.version <= self.after {
            return;
        }
        self.version = self.version.max(publication.version);
        self.health |= publication.health;
        // A set that was deleted and made again in between is in both: it is there.
        for key in &publication.gone {
            self.rows.remove(key);
            self.gone.insert(key.clone());
            self.touched.insert(key.clone());
        }
        for row in &publication.changed {
            let key = row.row.key();
            self.touched.insert(key.clone());
            if !publication.same.contains(&key) {
                self.gone.remove(&key);
                self.rows.insert(key, row.clone());
            }
        }
    }

    pub(super) fn version(&self) -> u64 {
        self.version
    }

    pub(super) fn health(&self) -> bool {
        self.health
    }

    pub(super) fn touches(&self, key: &SetKey) -> bool {
        self.touched.contains(key)
    }

    pub(super) fn rows(&self) -> impl Iterator<Item = &Arc<Row>> {
        self.rows.values()
    }

    pub(super) fn gone(&self) -> impl Iterator<Item = &SetKey> {
        self.gone.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::testing::{facts, row};

    fn publication(version: u64, changed: &[&str], same: &[&str], gone: &[&str]) -> Publication {
        let key = |name: &&str| SetKey::new("shop", *name);
        Publication {
            version,
            changed: changed
                .iter()
                .map(|n| Arc::new(row(&facts("shop", n, u32::try_from(version).unwrap()))))
                .collect(),
            same: same.iter().map(key).collect(),
            gone: gone.iter().map(key).collect(),
            health: false,
        }
    }

    fn names(delta: &Delta) -> (Vec<(&str, u32)>, Vec<&str>) {
        (
            delta.rows().map(|r| (r.row.name.as_str(), r.row.replicas)).collect(),
            delta.gone().map(|k| k.name.as_str()).collect(),
        )
    }

    #[test]
    fn of_each_set_the_last_row_counts() {
        let mut delta = Delta::after(1);
        delta.add(&publication(2, &["web", "db"], &[], &[]));
        delta.add(&publication(3, &["web"], &[], &[]));
        assert_eq!(names(&delta), (vec![("db", 2), ("web", 3)], vec![]));
        assert_eq!(delta.version(), 3);
    }

    #[test]
    fn a_set_that_goes_and_comes_back_is_there_and_one_that_goes_is_gone() {
        let mut delta = Delta::after(1);
        delta.add(&publication(2, &["db"], &[], &["web"]));
        delta.add(&publication(3, &["web"], &[], &["db"]));
        assert_eq!(names(&delta), (vec![("web", 3)], vec!["db"]));
        let mut replaced = Delta::after(1);
        replaced.add(&publication(2, &["web"], &[], &["web"]));
        assert_eq!(names(&replaced), (vec![("web", 2)], vec![]));
    }

    #[test]
    fn a_row_that_is_as_it_was_is_left_out_but_its_set_is_touched() {
        let mut delta = Delta::after(1);
        delta.add(&publication(2, &["web"], &["web"], &[]));
        assert_eq!(names(&delta), (vec![], vec![]));
        assert!(delta.touches(&SetKey::new("shop", "web")));
        assert!(!delta.touches(&SetKey::new("shop", "db")));
    }

    #[test]
    fn what_was_seen_already_is_left_out() {
        let mut delta = Delta::after(5);
        delta.add(&publication(5, &["web"], &[], &["db"]));
        assert_eq!(names(&delta), (vec![], vec![]));
        assert_eq!(delta.version(), 5);
    }
}
