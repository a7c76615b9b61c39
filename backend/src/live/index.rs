//! Facts in, judged rows out; only for the sets that a change touches.
//!
//! Objects come in any order. A set is judged once every watched kind of its scope has been listed, or is known not to
//! be listable; before that it is not shown, so that no status appears that never was. A kind that may no longer be
//! listed keeps its last objects, like one whose watch is lost, but the facts say that it is not readable.

mod besides;
mod health;
mod judgement;
mod members;
mod mutation;
mod objects;
mod reads;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use model::controller::Version;
use model::facts::Facts;
use model::pace::Pace;
use model::row::Hands;
use model::set::SetKey;
use model::status::{Settings, Status};

use self::besides::Besides;
use self::health::Health;
use self::judgement::{Judge, with_hands};
use self::mutation::Mutation;
use self::objects::Objects;
use super::{Change, Changed, Row, Scope};

/// What one change brought.
#[derive(Debug, Default)]
pub struct Update {
    /// For the recorder.
    pub changed: Vec<Changed>,
    /// Rows of sets whose facts or row changed.
    pub rows: Vec<Arc<Row>>,
    /// Those of `rows` whose row is as it was.
    pub same: Vec<SetKey>,
    pub gone: Vec<SetKey>,
    /// The state of a watch changed.
    pub health: bool,
}

impl Update {
    /// There is nothing to publish.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty() && self.gone.is_empty() && !self.health
    }
}

/// A set as it was judged last.
#[derive(Debug)]
struct Entry {
    uid: String,
    status: Status,
    row: Arc<Row>,
    /// When to judge again; the same moment stands in [`Index::due`].
    due: Option<Timestamp>,
}

/// Everything that is known now.
#[derive(Debug)]
pub struct Index {
    judge: Judge,
    objects: Objects,
    health: Health,
    entries: BTreeMap<SetKey, Entry>,
    due: BTreeSet<(Timestamp, SetKey)>,
    /// By uid of the set.
    hands: HashMap<String, Hands>,
    /// What the objects do not tell, and forecasts go by.
    besides: Besides,
    judgements: u64,
}

impl Index {
    /// An empty index; every kind is `Starting` since `now`.
    pub fn new(scope: &Scope, settings: Settings, now: Timestamp) -> Self {
        Self {
            judge: Judge::new(settings),
            objects: Objects::default(),
            health: Health::new(scope, now),
            entries: BTreeMap::new(),
            due: BTreeSet::new(),
            hands: HashMap::new(),
            besides: Besides::default(),
            judgements: 0,
        }
    }

    /// Takes in a change and judges the sets it touches.
    pub fn apply(&mut self, change: Change, now: Timestamp) -> Update {
        let mut next_health = None;
        let mutations = match change {
            Change::Apply(object) => self.objects.put_if_new(object).into_iter().collect(),
            Change::Delete { kind, namespace, name, uid } => {
                self.objects.drop_if_same(kind, &namespace, &name, &uid).into_iter().collect()
            }
            Change::Reset { kind, namespace, objects } => {
                let mut health = self.health.clone();
                health.listed(kind, namespace.as_deref(), now);
                next_health = Some(health);
                self.objects.differences(kind, namespace.as_deref(), objects)
            }
            Change::Health(report) => {
                let mut health = self.health.clone();
                health.report(&report);
                next_health = Some(health);
                Vec::new()
            }
            Change::Template { .. } => return Update::default(),
        };
        self.bring_in(mutations, next_health, now)
    }

    fn bring_in(
        &mut self,
        mutations: Vec<Mutation>,
        next_health: Option<Health>,
        now: Timestamp,
    ) -> Update {
        let mut touched = BTreeSet::new();
        for mutation in &mutations {
            self.objects.touched_by(mutation, &mut touched);
        }
        let mut update = Update::default();
        if let Some(next) = &next_health {
            update.health = !self.health.tells_the_same(next);
            for namespace in self.objects.namespaces() {
                if self.health.readable_in(namespace) != next.readable_in(namespace) {
                    touched.extend(self.objects.set_keys_in(namespace).cloned());
                }
            }
        }
        let before: Vec<(SetKey, Option<Facts>)> = touched
            .into_iter()
            .map(|key| {
                let facts = self.build(&key);
                (key, facts)
            })
            .collect();
        if let Some(next) = next_health {
            self.health = next;
        }
        for mutation in mutations {
            self.objects.perform(mutation);
        }
        for (key, before) in before {
            let after = self.build(&key);
            if before != after {
                self.follow(key, before, after, now, &mut update);
            }
        }
        update
    }

    /// Judges a set whose facts changed.
    fn follow(
        &mut self,
        key: SetKey,
        before: Option<Facts>,
        after: Option<Facts>,
        now: Timestamp,
        update: &mut Update,
    ) {
        let before = before.map(Arc::new);
        let after = after.map(Arc::new);
        let replaced = matches!((&before, &after), (Some(b), Some(a)) if b.set.uid != a.set.uid);
        let old = if replaced || after.is_none() { self.forget(&key) } else { None };
        match after {
            None => {
                update.changed.push(Changed {
                    key: key.clone(),
                    at: now,
                    before,
                    after: None,
                    status_before: old.map(|e| e.status),
                    status_after: None,
                });
                update.gone.push(key);
            }
            Some(after) => {
                let mut before = before;
                if replaced {
                    update.changed.push(Changed {
                        key: key.clone(),
                        at: now,
                        before: before.take(),
                        after: None,
                        status_before: old.map(|e| e.status),
                        status_after: None,
                    });
                }
                let (status_before, same) = self.judge(&after, now);
                let entry = &self.entries[&key];
                update.rows.push(Arc::clone(&entry.row));
                if same {
                    update.same.push(key.clone());
                }
                update.changed.push(Changed {
                    key,
                    at: now,
                    before,
                    after: Some(after),
                    status_before,
                    status_after: Some(entry.status.clone()),
                });
            }
        }
    }

    /// Judges the facts and keeps status, row and timer. Answers the status before, and whether the row stayed the same.
    fn judge(&mut self, facts: &Facts, now: Timestamp) -> (Option<Status>, bool) {
        self.judgements += 1;
        let key = facts.set.key();
        let old = self.entries.remove(&key);
        let previous = old.as_ref().map(|e| &e.status);
        let hands = self.hands.get(&facts.set.uid);
        let (status, made) = self.judge.judge(facts, previous, hands, now);
        let (row, same) = match &old {
            Some(entry) if entry.row.row == made.row => (Arc::clone(&entry.row), true),
            _ => (Arc::new(made), false),
        };
        // A judgement that asks to be repeated at once must not keep the index busy.
        let due = status.recheck.map(|at| at.max(now + SignedDuration::from_millis(250)));
        self.reschedule(&key, old.as_ref().and_then(|e| e.due), due);
        let entry = Entry { uid: facts.set.uid.clone(), status, row, due };
        self.entries.insert(key, entry);
        (old.map(|e| e.status), same)
    }

    fn reschedule(&mut self, key: &SetKey, old: Option<Timestamp>, new: Option<Timestamp>) {
        if old != new {
            if let Some(at) = old {
                self.due.remove(&(at, key.clone()));
            }
            if let Some(at) = new {
                self.due.insert((at, key.clone()));
            }
        }
    }

    fn forget(&mut self, key: &SetKey) -> Option<Entry> {
        let entry = self.entries.remove(key)?;
        self.reschedule(key, entry.due, None);
        self.hands.remove(&entry.uid);
        self.besides.forget(&entry.uid);
        Some(entry)
    }

    /// Judges the sets whose time has come.
    pub fn tick(&mut self, now: Timestamp) -> Update {
        let mut update = Update::default();
        while let Some((at, key)) = self.due.first().cloned() {
            if at > now {
                break;
            }
            self.due.pop_first();
            if let Some(entry) = self.entries.get_mut(&key) {
                entry.due = None;
            }
            let Some(facts) = self.build(&key).map(Arc::new) else { continue };
            let (status_before, same) = self.judge(&facts, now);
            let entry = &self.entries[&key];
            let shown = judgement::shown;
            let status_changed = status_before.as_ref().map(shown) != Some(shown(&entry.status));
            if !same {
                update.rows.push(Arc::clone(&entry.row));
            }
            if status_changed {
                update.changed.push(Changed {
                    key,
                    at: now,
                    before: Some(Arc::clone(&facts)),
                    after: Some(facts),
                    status_before,
                    status_after: Some(entry.status.clone()),
                });
            }
        }
        update
    }

    /// When [`Index::tick`] has something to do next.
    pub fn next_due(&self) -> Option<Timestamp> {
        self.due.first().map(|(at, _)| *at)
    }

    /// Who had a hand in the set of this uid, as the history knows it. Part of the row; no judgement.
    pub fn set_hands(&mut self, uid: &str, hands: Hands) -> Update {
        let mut update = Update::default();
        if self.hands.get(uid) == Some(&hands) {
            return update;
        }
        self.hands.insert(uid.to_owned(), hands.clone());
        let Some(key) = self.objects.set_of(uid) else { return update };
        if let Some(entry) = self.entries.get_mut(key) {
            let row = with_hands(&entry.row.row, hands);
            // Whoever holds a set that is not held is nothing to tell.
            if row.row != entry.row.row {
                entry.row = Arc::new(row);
                update.rows.push(Arc::clone(&entry.row));
            }
        }
        update
    }

    /// The API server's version: forecasts go by it, no status does.
    pub fn set_kubernetes(&mut self, version: Option<Version>) -> Update {
        let mut update = Update::default();
        if self.besides.set_kubernetes(version) {
            update.rows = self.entries.values().map(|e| Arc::clone(&e.row)).collect();
            update.same = self.entries.keys().cloned().collect();
            // The view of the cluster tells it too.
            update.health = true;
        }
        update
    }

    /// How long restarts of the set of this uid took, as the history knows it.
    pub fn set_pace(&mut self, uid: &str, pace: Pace) -> Update {
        let mut update = Update::default();
        if self.besides.set_pace(uid, pace)
            && let Some(key) = self.objects.set_of(uid)
            && let Some(entry) = self.entries.get(key)
        {
            update.rows.push(Arc::clone(&entry.row));
            update.same.push(key.clone());
        }
        update
    }
}

#[cfg(test)]
mod tests;
