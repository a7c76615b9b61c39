//! Writing the group, and telling those who wait for it.

use std::collections::HashSet;
use std::time::Duration;

use model::pace::Pace;
use model::wire::Unrecorded;

use super::super::News;
use super::Desk;
use crate::history::known::Known;
use crate::history::ledger::{Batch, Ledger, Write};
use crate::history::{ms, time};

/// Waiting between two attempts to write, doubled up to the second.
pub(super) const RETRY: (Duration, Duration) =
    (Duration::from_millis(100), Duration::from_secs(10));

impl Desk {
    /// Sets of the batch of which a pod became Ready: how long that took is known afterwards.
    fn came_up(&self) -> Vec<String> {
        let ready: HashSet<&str> = (self.batch.writes.iter())
            .filter_map(|write| match write {
                Write::PodReady { uid, .. } => Some(uid.as_str()),
                _ => None,
            })
            .collect();
        if ready.is_empty() {
            return Vec::new();
        }
        let of = |known: &&Known| known.pods.iter().any(|p| ready.contains(p.uid.as_str()));
        self.batch.known.iter().filter(of).map(|known| known.uid.clone()).collect()
    }

    pub(super) async fn commit(&mut self) {
        let mut changes = Vec::new();
        for key in std::mem::take(&mut self.touched) {
            let Some(known) = self.sets.get(&key) else { continue };
            changes.push((known.uid.clone(), known.book.hands()));
            self.batch.known.push(Known::clone(known));
        }
        let came_up = self.came_up();
        if !self.batch.is_empty() {
            if self.since.is_some() {
                let now = ms(self.clock.now());
                self.batch.looked_until = Some(self.written_until(now));
            }
            self.write().await;
        }
        for (uid, hands) in changes {
            (self.news.hands)(&uid, hands);
        }
        tell_paces(self.ledger.as_ref(), &self.news, &came_up).await;
        for done in self.flushes.drain(..) {
            // Who asked may have gone meanwhile.
            let _ = done.send(());
        }
    }

    /// Says that nothing is recorded, and since when.
    pub(super) fn in_trouble(&self) {
        let since = self.looked_until.map_or_else(|| self.clock.now(), time);
        self.standing.send_if_modified(|standing| {
            let news = standing.is_none();
            standing.get_or_insert_with(|| Unrecorded {
                since,
                reason: "The database cannot be written; the server's log has the cause."
                    .to_owned(),
            });
            news
        });
    }

    /// Writes the batch, again and again until it is written: dropping it would lose history.
    pub(super) async fn write(&mut self) {
        let mut wait = RETRY.0;
        while let Err(error) = self.ledger.write(&self.batch).await {
            tracing::error!(
                %error,
                waiting = self.batch.writes.len(),
                since = %self.looked_until.map_or_else(|| "the start".to_owned(), |l| time(l).to_string()),
                "the history cannot be written; trying again"
            );
            self.in_trouble();
            tokio::time::sleep(wait).await;
            wait = (wait * 2).min(RETRY.1);
        }
        self.standing.send_if_modified(|standing| standing.take().is_some());
        self.looked_until = self.batch.looked_until.or(self.looked_until);
        self.batch = Batch::default();
    }
}

/// Forecasts do without it where it cannot be read: the next pod that comes up brings it.
pub(super) async fn tell_paces(ledger: &dyn Ledger, news: &News, uids: &[String]) {
    if uids.is_empty() {
        return;
    }
    match ledger.paces(uids).await {
        Ok(paces) => {
            for (uid, lengths) in paces {
                if let Some(pace) = Pace::of(lengths) {
                    (news.pace)(&uid, pace);
                }
            }
        }
        Err(error) => tracing::warn!(%error, "how long restarts took cannot be read"),
    }
}
