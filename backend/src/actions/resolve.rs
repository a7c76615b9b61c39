//! Reads the outcome of actions off the cluster that a crash or a lost connection left open.

use jiff::SignedDuration;
use model::action::Action;
use model::wire::Outcome;

use super::{Actions, Entry};
use crate::cluster::{ApiError, Caller};

/// A patch that was on its way when the connection broke may still arrive; after this time it will not (the API server
/// ends a request after a minute).
const SETTLED_AFTER: SignedDuration = SignedDuration::from_secs(75);

impl Actions {
    /// Completes every open entry that can be completed. Answers how many stay open.
    ///
    /// # Errors
    /// If the journal cannot be read, or the cluster does not answer.
    pub async fn resolve(&self) -> anyhow::Result<usize> {
        let mut left = 0;
        for entry in self.journal.open().await? {
            match self.read_off(&entry).await? {
                Some((outcome, why)) => {
                    tracing::info!(action.id = entry.id, ?outcome, "outcome read off the cluster");
                    self.end(&entry.id, outcome, None, why.as_deref()).await;
                }
                None => left += 1,
            }
        }
        Ok(left)
    }

    /// `None`: it cannot be told yet.
    async fn read_off(&self, entry: &Entry) -> Result<Option<(Outcome, Option<String>)>, ApiError> {
        let set = self.cluster.read_set(&Caller::Panel, &entry.set).await?;
        let settled = self.clock.now().duration_since(entry.at) > SETTLED_AFTER;
        let Some(set) = set.filter(|s| s.uid == entry.set_uid) else {
            return Ok(unknown("The set is gone, and with it every trace."));
        };
        if let Action::DeletePod { pod, uid } | Action::EvictPod { pod, uid } =
            &entry.request.action
        {
            let facts = self.cluster.read_facts(&entry.set).await?;
            let there = facts
                .iter()
                .flat_map(|f| &f.pods)
                .any(|p| p.name == *pod && p.uid == *uid && p.deleting.is_none());
            return Ok(match (there, settled) {
                (true, true) => Some((
                    Outcome::Refused,
                    Some("It never reached the cluster: the pod is still there.".to_owned()),
                )),
                (true, false) => None,
                (false, _) => unknown("The pod is gone; nothing tells by whom."),
            });
        }
        if set.last_action.as_deref() == Some(&entry.id) {
            return Ok(Some((Outcome::Applied, None)));
        }
        // Ids are UUID v7 and sort by time: a later action has written over the trace.
        if set.last_action.as_deref().is_some_and(|last| last > entry.id.as_str()) {
            return Ok(unknown("A later action has overwritten the trace."));
        }
        if set.generation == entry.generation && !settled {
            return Ok(None);
        }
        Ok(Some((Outcome::Refused, Some("It never reached the cluster.".to_owned()))))
    }
}

#[expect(clippy::unnecessary_wraps, reason = "reads as one of the answers")]
fn unknown(why: &str) -> Option<(Outcome, Option<String>)> {
    Some((Outcome::Unknown, Some(why.to_owned())))
}
