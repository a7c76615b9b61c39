//! What the recorder's task holds in its hands: the last known state of each living set, and the group it is about to write.

mod deeds;
mod waiting;
mod writing;

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use model::facts::Facts;
use model::set::SetKey;
use model::status::Status;
use tokio::sync::oneshot;

use super::{Judged, Message, News, Scope, Standing};
use crate::clock::Clock;
use crate::history::credit::{Credit, Deed};
use crate::history::known::Known;
use crate::history::ledger::{Batch, Ledger, Write};
use crate::history::ms;
use crate::history::step::{self, Look};
use crate::live::Changed;
use waiting::Waiting;

/// Less is not worth a word: no watch is without a break of a moment (ms).
const WORTH_A_WORD: i64 = 2_000;

pub(super) struct Desk {
    ledger: Arc<dyn Ledger>,
    clock: Clock,
    news: News,
    standing: Standing,
    /// Boxed: a table that doubles has room for nearly as many again, and each is well over a kilobyte.
    sets: HashMap<SetKey, Box<Known>>,
    /// Hashes that need not be written: kept, and of a living set.
    templates: HashSet<String>,
    looked_until: Option<i64>,
    /// Since when the panel looks; `None` before the first complete look.
    since: Option<i64>,
    lost: Option<i64>,
    gap: Option<(i64, i64)>,
    batch: Batch,
    /// Sets of the batch whose state is to be written.
    touched: BTreeSet<SetKey>,
    flushes: Vec<oneshot::Sender<()>>,
    /// Looks that wait a moment for the cause of what they show.
    waiting: BTreeMap<SetKey, Waiting>,
}

impl Desk {
    pub(super) async fn new(
        ledger: Arc<dyn Ledger>,
        clock: Clock,
        news: News,
        standing: Standing,
    ) -> anyhow::Result<Self> {
        let memory = ledger.remember().await?;
        for known in &memory.sets {
            (news.hands)(&known.uid, known.book.hands());
        }
        let uids: Vec<String> = memory.sets.iter().map(|known| known.uid.clone()).collect();
        writing::tell_paces(ledger.as_ref(), &news, &uids).await;
        Ok(Self {
            ledger,
            clock,
            news,
            standing,
            sets: memory.sets.into_iter().map(|k| (k.key(), Box::new(k))).collect(),
            templates: memory.templates.into_iter().collect(),
            looked_until: memory.looked_until,
            since: None,
            lost: None,
            gap: None,
            batch: Batch::default(),
            touched: BTreeSet::new(),
            flushes: Vec::new(),
            waiting: BTreeMap::new(),
        })
    }

    /// Takes a group of messages and writes what they lead to in one transaction.
    pub(super) async fn take(&mut self, messages: impl Iterator<Item = Message>) {
        let messages: Vec<Message> = messages.collect();
        let mut suspects = self.suspects(&messages);
        for uid in self.waiting_uids() {
            if !suspects.contains(&uid) {
                suspects.push(uid);
            }
        }
        let deeds = self.deeds(&suspects).await;
        for message in messages {
            if !matches!(message, Message::Changed(_) | Message::Template { .. }) {
                self.let_go(|_| true, &deeds);
            }
            match message {
                Message::Changed(changed) => self.take_changed(changed, &deeds),
                Message::CatchUp { at, sets, scope } => {
                    self.catch_up(ms(at), sets, &scope, &deeds);
                }
                Message::Anew { at, sets, by } => self.anew(ms(at), &sets, &by),
                Message::Template { hash, template } => self.template(hash, template),
                Message::Lost { at } => {
                    self.lost.get_or_insert(ms(at));
                }
                Message::Gap { from, to } => self.begin_gap(ms(from), ms(to)),
                // A watch that is broken stays so.
                Message::Skipped { from, to } => {
                    let lost = self.lost;
                    if self.since.is_some() {
                        self.begin_gap(ms(from), ms(to));
                    }
                    self.lost = lost;
                }
                Message::Flush(done) => self.flushes.push(done),
            }
        }
        self.commit().await;
    }

    /// Notes that the panel looks although nothing happened.
    pub(super) async fn beat(&mut self) {
        // What waits was seen, and is not written.
        let rests = self.lost.is_none() && self.waiting.is_empty();
        let Some(since) = self.since.filter(|_| rests) else { return };
        let at = ms(self.clock.now());
        let look = Look { at, since, gap: None, deeds: &[], status: None };
        for (key, known) in &mut self.sets {
            let writes = step::waits(known, look);
            if !writes.is_empty() {
                self.touched.insert(key.clone());
                self.batch.writes.extend(writes);
            }
        }
        if self.touched.is_empty() {
            self.batch.looked_until = Some(at);
            self.write().await;
        } else {
            self.commit().await;
        }
    }

    fn changed(&mut self, changed: &Changed, deeds: &HashMap<String, Vec<Deed>>) {
        // Before the first complete look facts have holes; it brings them all.
        if self.since.is_none() {
            return;
        }
        let at = ms(changed.at);
        let gap = self.gap.filter(|(_, to)| at <= *to);
        let status = changed.status_after.as_ref();
        self.look(&changed.key, changed.after.as_deref(), status, at, gap, deeds);
    }

    fn catch_up(
        &mut self,
        at: i64,
        sets: Vec<Judged>,
        scope: &Scope,
        deeds: &HashMap<String, Vec<Deed>>,
    ) {
        // A fresh list while the panel looks anyway is no gap.
        let from = match self.since {
            // What was there before the start counts, not a watch that broke while it was made.
            None => self.looked_until,
            Some(_) => self.lost,
        };
        if let Some(from) = from {
            self.begin_gap(from, at);
        }
        self.lost = None;
        self.since = self.since.or(self.looked_until).or(Some(at));
        let gap = self.gap;
        let there: HashSet<SetKey> = sets.iter().map(|s| s.facts.set.key()).collect();
        let mut vanished: Vec<SetKey> = self
            .sets
            .keys()
            .filter(|k| !there.contains(k) && scope.holds(&k.namespace))
            .cloned()
            .collect();
        vanished.sort();
        for key in vanished {
            self.look(&key, None, None, at, gap, deeds);
        }
        for Judged { facts, status } in sets {
            self.look(&facts.set.key(), Some(&facts), status.as_ref(), at, gap, deeds);
        }
    }

    fn anew(&mut self, at: i64, sets: &[Arc<Facts>], by: &Credit) {
        self.lost = None;
        self.gap = None;
        let since = *self.since.get_or_insert(at);
        let look = Look { at, since, gap: None, deeds: &[], status: None };
        let mut before: Vec<Box<Known>> = self.sets.drain().map(|(_, known)| known).collect();
        before.sort_by_key(|known| known.key());
        self.batch.writes.extend(before.iter().flat_map(|known| step::replaced(known, look)));
        self.touched.clear();
        for facts in sets {
            let step = step::anew(facts, look, by);
            let key = facts.set.key();
            self.batch.writes.extend(step.writes);
            self.touched.insert(key.clone());
            self.sets.insert(key, Box::new(step.known));
        }
    }

    fn begin_gap(&mut self, from: i64, to: i64) {
        self.lost = None;
        self.gap = None;
        if to - from >= WORTH_A_WORD {
            self.gap = Some((from, to));
            self.batch.writes.push(Write::Gap { from, to });
        }
    }

    fn look(
        &mut self,
        key: &SetKey,
        facts: Option<&Facts>,
        status: Option<&Status>,
        at: i64,
        gap: Option<(i64, i64)>,
        deeds: &HashMap<String, Vec<Deed>>,
    ) {
        let since = self.since.unwrap_or(at);
        let before = self.sets.remove(key);
        let uid = facts.map(|f| f.set.uid.as_str());
        let deeds = uid.and_then(|uid| deeds.get(uid)).map_or(&[][..], Vec::as_slice);
        let look = Look { at, since, gap, deeds, status };
        let before = before.and_then(|known| {
            if uid == Some(known.uid.as_str()) {
                return Some(known);
            }
            // Gone, or another set of the same name has taken its place. Retention may let its templates go: they are to
            // be written again if they come again.
            for revision in &known.revisions {
                self.templates.remove(&revision.hash);
            }
            self.batch.writes.extend(step::gone(&known, look));
            self.touched.remove(key);
            None
        });
        let Some(facts) = facts else { return };
        let (step, changed) = match &before {
            None => (step::first(facts, look), true),
            Some(known) => {
                let step = step::next(known, facts, look);
                // As above: Kubernetes has forgotten these, so that retention may.
                for revision in &known.revisions {
                    if step.known.revision(&revision.name).is_none() {
                        self.templates.remove(&revision.hash);
                    }
                }
                let changed = !step.writes.is_empty() || step.known.book != known.book;
                (step, changed)
            }
        };
        if changed {
            self.touched.insert(key.clone());
        }
        self.batch.writes.extend(step.writes);
        self.sets.insert(key.clone(), Box::new(step.known));
    }

    fn template(&mut self, hash: String, template: String) {
        if self.templates.insert(hash.clone()) {
            let at = ms(self.clock.now());
            self.batch.writes.push(Write::Template { hash, template, at });
        }
    }
}
