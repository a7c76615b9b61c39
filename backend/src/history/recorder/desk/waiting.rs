//! Pods that go before the change that made them go is seen: sets, pods and revisions are watched apart. What nothing explains yet
//! waits a moment for its cause, so that the history tells the cause first and does not call it unknown. Nothing that waits is
//! acknowledged: after a crash the first look finds the same.

use std::collections::HashMap;
use std::time::Duration;

use tokio::time::Instant;

use super::Desk;
use crate::history::compare;
use crate::history::credit::Deed;
use crate::history::ms;
use crate::live::Changed;

/// So long at most (ms).
const CAUSE: i64 = 1_000;

/// Looks at a set that wait, the oldest first; there is one at least.
pub(super) struct Waiting {
    looks: Vec<Changed>,
    due: Instant,
}

impl Waiting {
    /// ms UTC.
    fn since(&self) -> i64 {
        self.looks.first().map_or(0, |look| ms(look.at))
    }
}

impl Desk {
    /// A set changed: it is written down, unless it is to wait for its cause, or is one.
    pub(super) fn take_changed(
        &mut self,
        changed: Box<Changed>,
        deeds: &HashMap<String, Vec<Deed>>,
    ) {
        let at = ms(changed.at);
        let late = |w: &Waiting| at - w.since() > CAUSE;
        if self.waiting.get(&changed.key).is_some_and(late) {
            let key = changed.key.clone();
            self.let_go(|w| w.looks.first().is_some_and(|l| l.key == key), deeds);
        }
        if self.lacks_cause(&changed, deeds) {
            let due = Instant::now() + Duration::from_millis(CAUSE.unsigned_abs());
            let waiting = self.waiting.entry(changed.key.clone());
            waiting.or_insert(Waiting { looks: Vec::new(), due }).looks.push(*changed);
            return;
        }
        // The cause came: what waited is part of this look, and told behind it.
        self.waiting.remove(&changed.key);
        self.changed(&changed, deeds);
    }

    fn lacks_cause(&self, changed: &Changed, deeds: &HashMap<String, Vec<Deed>>) -> bool {
        // What a gap brought is told as found afterwards, in no order.
        let found = self.gap.is_some_and(|(_, to)| ms(changed.at) <= to);
        let Some(facts) = changed.after.as_deref().filter(|_| self.since.is_some() && !found)
        else {
            return false;
        };
        let deeds = deeds.get(&facts.set.uid).map_or(&[][..], Vec::as_slice);
        let known = self.sets.get(&changed.key);
        known.is_some_and(|known| compare::lacks_cause(known, facts, deeds))
    }

    /// When the first look has waited for long enough.
    pub(in crate::history::recorder) fn next_due(&self) -> Option<Instant> {
        self.waiting.values().map(|w| w.due).min()
    }

    /// Writes down what has waited for long enough, or all that waits.
    pub(in crate::history::recorder) async fn wait_no_more(&mut self, all: bool) {
        let now = Instant::now();
        let uids = self.waiting_uids();
        if uids.is_empty() {
            return;
        }
        let deeds = self.deeds(&uids).await;
        self.let_go(|w| all || w.due <= now, &deeds);
        self.commit().await;
    }

    /// What is written down by now is all that was seen until then, ms UTC.
    pub(super) fn written_until(&self, now: i64) -> i64 {
        let waits = self.waiting.values().map(Waiting::since);
        waits.chain(self.lost).fold(now, i64::min)
    }

    /// uids of the sets that wait.
    pub(super) fn waiting_uids(&self) -> Vec<String> {
        let uid = |l: &Changed| l.after.as_ref().map(|facts| facts.set.uid.clone());
        let mut uids: Vec<String> =
            self.waiting.values().flat_map(|w| &w.looks).filter_map(uid).collect();
        uids.dedup();
        uids
    }

    /// Takes looks that waited as they are: no cause was seen.
    pub(super) fn let_go(
        &mut self,
        such: impl Fn(&Waiting) -> bool,
        deeds: &HashMap<String, Vec<Deed>>,
    ) {
        let keys: Vec<_> =
            self.waiting.iter().filter(|(_, w)| such(w)).map(|(k, _)| k.clone()).collect();
        for key in keys {
            let looks = self.waiting.remove(&key).map(|w| w.looks).unwrap_or_default();
            for look in &looks {
                self.changed(look, deeds);
            }
        }
    }
}
