//! Which actions of the panel may explain what is seen.

use std::collections::{HashMap, HashSet};

use model::facts::Facts;

use super::super::Message;
use super::Desk;
use super::writing::RETRY;
use crate::history::credit::Deed;
use crate::history::ms;

/// How far back an action may lie that explains what is seen now (ms).
const DEED_AGE: i64 = 24 * 3_600 * 1_000;

impl Desk {
    /// Sets of which the journal may explain something: their action annotation is new, or a pod went.
    pub(super) fn suspects(&self, messages: &[Message]) -> Vec<String> {
        let mut uids: Vec<String> = Vec::new();
        let mut look = |facts: &Facts| {
            let set = &facts.set;
            let known = self.sets.get(&set.key()).filter(|k| k.uid == set.uid);
            let suspicious = known.is_none_or(|k| {
                if k.last_action != set.last_action {
                    return true;
                }
                let staying: HashSet<&str> = facts
                    .pods
                    .iter()
                    .filter(|p| p.deleting.is_none())
                    .map(|p| p.uid.as_str())
                    .collect();
                k.pods.iter().any(|p| p.ending.is_none() && !staying.contains(p.uid.as_str()))
                    || staying.len() < facts.pods.len()
            });
            if suspicious && !uids.contains(&set.uid) {
                uids.push(set.uid.clone());
            }
        };
        for message in messages {
            match message {
                Message::Changed(changed) => {
                    if let Some(facts) = &changed.after {
                        look(facts);
                    }
                }
                Message::CatchUp { sets, .. } => sets.iter().for_each(|s| look(&s.facts)),
                _ => {}
            }
        }
        uids
    }

    /// Reads them again until it works: a change must not be taken for one from outside because the disk was busy.
    pub(super) async fn deeds(&self, uids: &[String]) -> HashMap<String, Vec<Deed>> {
        let mut by_set: HashMap<String, Vec<Deed>> = HashMap::new();
        if uids.is_empty() {
            return by_set;
        }
        let now = ms(self.clock.now());
        let since = self.looked_until.map_or(now, |l| l.min(now)) - DEED_AGE;
        let mut wait = RETRY.0;
        loop {
            match self.ledger.deeds(uids, since).await {
                Ok(deeds) => {
                    self.standing.send_if_modified(|s| s.take().is_some());
                    for deed in deeds {
                        by_set.entry(deed.set_uid.clone()).or_default().push(deed);
                    }
                    return by_set;
                }
                Err(error) => {
                    tracing::error!(%error, "the journal of actions cannot be read; trying again");
                    self.in_trouble();
                    tokio::time::sleep(wait).await;
                    wait = (wait * 2).min(RETRY.1);
                }
            }
        }
    }
}
