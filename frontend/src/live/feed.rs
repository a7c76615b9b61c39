//! What a message of the stream does to the fleet: a reducer without a browser.

use std::collections::HashMap;
use std::sync::Arc;

use model::set::SetKey;
use model::wire::{LiveRows, SetRow};

/// The fleet as the messages so far made it.
#[derive(Debug, Default)]
pub struct Feed {
    rows: HashMap<SetKey, Arc<SetRow>>,
    version: u64,
    /// Messages that arrived while a fresh snapshot is under way; they may be newer than it.
    held: Option<Vec<LiveRows>>,
}

/// What a message changed.
#[derive(Debug, Default, PartialEq)]
pub struct Delta {
    /// Rows that are new or differ.
    pub changed: Vec<Arc<SetRow>>,
    /// Sets that are no longer there.
    pub gone: Vec<SetKey>,
    /// Membership changed, or something that lists are ordered or filtered by.
    pub moved: bool,
}

impl Feed {
    /// All rows.
    pub fn rows(&self) -> &HashMap<SetKey, Arc<SetRow>> {
        &self.rows
    }

    /// The version that the rows stand at.
    pub fn version(&self) -> u64 {
        self.version
    }

    /// The stream said `reset`: until [`Feed::snapshot`], rows are held back.
    pub fn reset(&mut self) {
        self.held.get_or_insert_default();
    }

    /// Whether a snapshot is awaited: rows are held back until it comes.
    pub fn is_waiting(&self) -> bool {
        self.held.is_some()
    }

    /// A fresh fleet: replaces all, then what arrived meanwhile and is newer is applied.
    pub fn snapshot(&mut self, version: u64, sets: Vec<SetRow>) -> Delta {
        let mut delta = Delta::default();
        let mut old = std::mem::take(&mut self.rows);
        for row in sets {
            let key = row.key();
            let before = old.remove(&key);
            self.put(key, before.as_ref(), Arc::new(row), &mut delta);
        }
        delta.moved |= !old.is_empty();
        delta.gone.extend(old.into_keys());
        // A server that started anew counts from elsewhere: the snapshot's version holds, even if it is lower.
        self.version = version;
        for rows in self.held.take().unwrap_or_default() {
            self.apply(rows, &mut delta);
        }
        delta
    }

    /// A message with changed rows. One that the fleet already includes changes nothing.
    pub fn rows_changed(&mut self, rows: LiveRows) -> Delta {
        let mut delta = Delta::default();
        match &mut self.held {
            Some(held) => held.push(rows),
            None => self.apply(rows, &mut delta),
        }
        delta
    }

    /// Everything up to this version was said, although nothing of it concerned us.
    pub fn reached(&mut self, version: u64) {
        self.version = self.version.max(version);
    }

    fn apply(&mut self, rows: LiveRows, delta: &mut Delta) {
        if rows.version <= self.version {
            return;
        }
        self.version = rows.version;
        for row in rows.rows {
            let key = row.key();
            let before = self.rows.remove(&key);
            self.put(key, before.as_ref(), Arc::new(row), delta);
        }
        for key in rows.gone {
            if self.rows.remove(&key).is_some() {
                delta.moved = true;
                delta.changed.retain(|r| r.key() != key);
                delta.gone.push(key);
            }
        }
    }

    fn put(
        &mut self,
        key: SetKey,
        before: Option<&Arc<SetRow>>,
        row: Arc<SetRow>,
        delta: &mut Delta,
    ) {
        match before {
            Some(old) if **old == *row => {}
            Some(old) => {
                delta.moved |= !same_place(old, &row);
                delta.changed.push(Arc::clone(&row));
            }
            None => {
                delta.moved = true;
                delta.gone.retain(|k| *k != key);
                delta.changed.push(Arc::clone(&row));
            }
        }
        self.rows.insert(key, row);
    }
}

/// Whether nothing changed by which lists are ordered, filtered or counted.
pub fn same_place(a: &SetRow, b: &SetRow) -> bool {
    a.status.kind == b.status.kind
        && a.status.since == b.status.since
        && a.uid == b.uid
        && a.images == b.images
        && a.last_change == b.last_change
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::live::feed::fixture::row;
    use jiff::Timestamp;
    use model::status::StatusKind;

    fn rows(version: u64, rows: Vec<SetRow>, gone: Vec<SetKey>) -> LiveRows {
        LiveRows { version, now: Timestamp::UNIX_EPOCH, rows, gone }
    }

    fn feed(version: u64, sets: Vec<SetRow>) -> Feed {
        let mut feed = Feed::default();
        feed.snapshot(version, sets);
        feed
    }

    #[test]
    fn a_changed_sentence_renews_its_row_and_leaves_the_order_alone() {
        let mut feed = feed(3, vec![row("shop", "web"), row("shop", "db")]);
        let mut changed = row("shop", "web");
        changed.status.sentence = "web-1 restarts.".into();
        let delta = feed.rows_changed(rows(4, vec![changed.clone()], vec![]));
        assert_eq!(delta.changed, vec![Arc::new(changed)]);
        assert!(!delta.moved);
        assert_eq!(feed.version(), 4);
    }

    #[test]
    fn a_new_status_moves_the_row() {
        let mut feed = feed(3, vec![row("shop", "web")]);
        let mut changed = row("shop", "web");
        changed.status.kind = StatusKind::Stuck;
        assert!(feed.rows_changed(rows(4, vec![changed], vec![])).moved);
    }

    #[test]
    fn a_message_that_the_snapshot_includes_changes_nothing() {
        let mut feed = feed(5, vec![row("shop", "web")]);
        let delta = feed.rows_changed(rows(5, vec![], vec![row("shop", "web").key()]));
        assert_eq!(delta, Delta::default());
        assert_eq!(feed.rows().len(), 1);
    }

    #[test]
    fn an_equal_row_is_no_change() {
        let mut feed = feed(5, vec![row("shop", "web")]);
        let delta = feed.rows_changed(rows(6, vec![row("shop", "web")], vec![]));
        assert_eq!(delta, Delta::default());
        assert_eq!(feed.version(), 6);
    }

    #[test]
    fn a_set_that_is_gone_leaves() {
        let mut feed = feed(5, vec![row("shop", "web"), row("shop", "db")]);
        let delta = feed.rows_changed(rows(6, vec![], vec![row("shop", "db").key()]));
        assert_eq!(delta.gone, vec![row("shop", "db").key()]);
        assert!(delta.moved);
        assert_eq!(feed.rows().len(), 1);
    }

    #[test]
    fn what_arrives_while_a_snapshot_is_under_way_is_applied_after_it() {
        let mut feed = feed(5, vec![row("shop", "web")]);
        feed.reset();
        let mut newer = row("shop", "web");
        newer.status.sentence = "newer".into();
        assert_eq!(feed.rows_changed(rows(9, vec![newer], vec![])), Delta::default());
        let mut older = row("shop", "web");
        older.status.sentence = "older than the snapshot".into();
        feed.rows_changed(rows(7, vec![older], vec![]));
        feed.snapshot(8, vec![row("shop", "web"), row("shop", "db")]);
        let web = &feed.rows()[&row("shop", "web").key()];
        assert_eq!(web.status.sentence, "newer");
        assert_eq!((feed.version(), feed.rows().len()), (9, 2));
    }

    #[test]
    fn a_beat_moves_the_version_on_and_never_back() {
        let mut feed = feed(5, vec![]);
        feed.reached(9);
        feed.reached(7);
        assert_eq!(feed.version(), 9);
    }

    #[test]
    fn a_snapshot_of_a_restarted_server_counts_although_its_version_is_lower() {
        let mut feed = feed(900, vec![row("shop", "web"), row("shop", "old")]);
        feed.reset();
        let delta = feed.snapshot(2, vec![row("shop", "web")]);
        assert_eq!(delta.gone, vec![row("shop", "old").key()]);
        assert!(delta.changed.is_empty());
        assert_eq!(feed.version(), 2);
        assert!(feed.rows_changed(rows(3, vec![row("shop", "new")], vec![])).moved);
    }
}

#[cfg(test)]
pub(crate) mod fixture {
    //! Rows for tests.

    use model::status::{Status, StatusKind};
    use model::wire::SetRow;

    /// A settled set of three pods.
    pub(crate) fn row(namespace: &str, name: &str) -> SetRow {
        SetRow {
            namespace: namespace.into(),
            name: name.into(),
            uid: format!("uid-{name}"),
            generation: 1,
            status: Status {
                kind: StatusKind::Settled,
                sentence: "All 3 pods run r1 and are Ready.".into(),
                done: 3,
                total: 3,
                since: None,
                blocker: None,
                recheck: None,
                awaiting: None,
            },
            replicas: 3,
            start: 0,
            strip: "ccc".into(),
            boundary: None,
            revisions: vec![],
            images: vec![format!("registry/{name}:1.0")],
            last_change: None,
            held_by: None,
            aborted: None,
        }
    }
}
