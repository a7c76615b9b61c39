//! Reads the outcome of actions off the cluster that a crash or a lost connection left open.

use jiff::SignedDuration;
use model::action::{Action, PodRef};
use model::pod::Pod;
use model::set::Set;
use model::wire::Outcome;

use super::{Actions, Entry};
use crate::cluster::{ApiError, ApiErrorKind, Caller};

/// A patch that was on its way when the connection broke may still arrive; after this time it will not (the API server
/// ends a request after a minute).
const SETTLED_AFTER: SignedDuration = SignedDuration::from_secs(75);

impl Actions {
    /// Completes every open entry that can be completed. Answers how many stay open. Those that are under way in this very
    /// process are not looked at: they write their outcome themselves.
    ///
    /// # Errors
    /// If the journal cannot be read, or the cluster does not answer.
    pub async fn resolve(&self) -> anyhow::Result<usize> {
        // One that ends or begins while the journal is read is under way before or after it.
        let before = self.under_way.now();
        let open = self.journal.open().await?;
        let after = self.under_way.now();
        let mut left = 0;
        for entry in open {
            if before.contains(&entry.id) || after.contains(&entry.id) {
                left += 1;
                continue;
            }
            match self.read_off(&entry).await {
                Ok(Some((outcome, why))) => {
                    tracing::info!(action.id = entry.id, ?outcome, "outcome read off the cluster");
                    self.end(&entry.id, outcome, None, why.as_deref()).await;
                }
                Ok(None) => left += 1,
                Err(e) if e.kind == ApiErrorKind::Unreachable => return Err(e.into()),
                // A right that is missing in one namespace says nothing about the others.
                Err(e) => {
                    tracing::debug!(action.id = entry.id, "the outcome cannot be read off: {e}");
                    left += 1;
                }
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
            if facts.as_ref().is_some_and(|f| !f.readable.pods) {
                let why = "The pods cannot be read any more.";
                return Ok(if settled { unknown(why) } else { None });
            }
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
            return Ok(Some((Outcome::Applied, self.left_undone(entry).await?)));
        }
        // Ids are UUID v7 and sort by time: a later action has written over the trace.
        if set.last_action.as_deref().is_some_and(|last| last > entry.id.as_str()) {
            return Ok(unknown("A later action has overwritten the trace."));
        }
        if set.generation == entry.generation && !settled {
            return Ok(None);
        }
        if written_since(&set, entry) {
            return Ok(unknown(
                "The panel has written the set since, but the action's mark is gone.",
            ));
        }
        Ok(Some((Outcome::Refused, Some("It never reached the cluster.".to_owned()))))
    }
}

impl Actions {
    /// The pods of an abort that were to be deleted once its patch was in place, and were not.
    async fn left_undone(&self, entry: &Entry) -> Result<Option<String>, ApiError> {
        let Action::Abort { pods } = &entry.request.action else { return Ok(None) };
        if pods.is_empty() {
            return Ok(None);
        }
        let facts = self.cluster.read_facts(&entry.set).await?;
        let Some(facts) = facts.filter(|f| f.readable.pods) else {
            return Ok(Some("Whether its pods were deleted cannot be read.".to_owned()));
        };
        let there = |pod: &&PodRef| {
            let same = |p: &Pod| p.name == pod.pod && p.uid == pod.uid && p.deleting.is_none();
            facts.pods.iter().any(same)
        };
        let left: Vec<&str> = pods.iter().filter(there).map(|p| p.pod.as_str()).collect();
        Ok((!left.is_empty()).then(|| format!("Not deleted: {}.", left.join(", "))))
    }
}

/// The panel's own manager has written the spec when the action was sent, or later: whoever replaced the whole object
/// afterwards dropped the annotation, but not that. Times are whole seconds.
fn written_since(set: &Set, entry: &Entry) -> bool {
    let ours = set.managers.iter().filter(|m| m.name == model::FIELD_MANAGER && m.owns.spec);
    ours.filter_map(|m| m.at).any(|at| at.as_second() >= entry.at.as_second())
}

#[expect(clippy::unnecessary_wraps, reason = "reads as one of the answers")]
fn unknown(why: &str) -> Option<(Outcome, Option<String>)> {
    Some((Outcome::Unknown, Some(why.to_owned())))
}

#[cfg(test)]
mod tests {
    use model::facts::Facts;
    use model::set::{Manager, Owned, SetKey};
    use model::testing::{now, sts};

    use super::*;
    use crate::actions::testing::{Bench, error, pending, request};

    fn web() -> Facts {
        sts("web").facts()
    }

    fn delete(facts: &Facts) -> Action {
        let pod = &facts.pods[0];
        Action::DeletePod { pod: pod.name.clone(), uid: pod.uid.clone() }
    }

    /// What is read off this cluster of a scaling that a crash left, so many seconds later.
    async fn told(then: &Facts, now: Facts, later: i64) -> (Outcome, Option<String>) {
        told_of(pending("m", then, Action::Scale { replicas: 4 }), now, later).await
    }

    async fn told_of(entry: Entry, now: Facts, later: i64) -> (Outcome, Option<String>) {
        let bench = Bench::with(now);
        bench.journal.keep(entry);
        bench.pass(later);
        let left = bench.actions.resolve().await.unwrap();
        let entry = bench.journal.entry("m");
        assert_eq!(left, usize::from(entry.outcome == Outcome::Pending));
        (entry.outcome, entry.error)
    }

    fn marked(id: &str) -> Facts {
        sts("web").with(|f| f.set.last_action = Some(id.to_owned())).facts()
    }

    #[tokio::test]
    async fn the_mark_on_the_set_tells_what_became_of_a_patch() {
        assert_eq!(told(&web(), marked("m"), 1).await.0, Outcome::Applied);
        let (outcome, why) = told(&web(), marked("z"), 1).await;
        assert_eq!(outcome, Outcome::Unknown);
        assert!(why.unwrap().contains("later action"));
        // It may still be on its way, until the set has changed otherwise or it is too late.
        assert_eq!(told(&web(), marked("a"), 1).await.0, Outcome::Pending);
        let changed = sts("web").with(|f| f.set.generation = 2).facts();
        assert_eq!(told(&web(), changed, 1).await.0, Outcome::Refused);
        let (outcome, why) = told(&web(), web(), 76).await;
        assert_eq!(outcome, Outcome::Refused);
        assert!(why.unwrap().contains("never reached"));
        let another = sts("web").with(|f| f.set.uid = "second".into()).facts();
        assert_eq!(told(&web(), another, 1).await.0, Outcome::Unknown);
    }

    #[tokio::test]
    async fn an_abort_that_broke_off_after_its_patch_says_which_pods_are_left() {
        let canary = || sts("web").replicas(3).revision(2).partition(2).on(2, 2).on(1, 2);
        let then = canary().facts();
        let pods = model::action::abort_candidates(&then).into_iter().map(|c| c.pod).collect();
        let entry = pending("m", &then, Action::Abort { pods });
        let marked = || canary().partition(3).with(|f| f.set.last_action = Some("m".to_owned()));
        let told = async |now: Facts| told_of(entry.clone(), now, 1).await;
        assert_eq!(
            told(marked().ending(2).facts()).await,
            (Outcome::Applied, Some("Not deleted: web-1.".to_owned()))
        );
        assert_eq!(told(marked().ending(2).on(1, 1).facts()).await, (Outcome::Applied, None));
        let hidden = marked().with(|f| f.readable.pods = false).facts();
        assert!(told(hidden).await.1.is_some_and(|why| why.contains("cannot be read")));
        // The patch never arrived: nothing was done.
        assert_eq!(told_of(entry.clone(), canary().facts(), 76).await.0, Outcome::Refused);
    }

    #[tokio::test]
    async fn a_patch_whose_mark_was_dropped_afterwards_is_not_called_refused() {
        let wrote = |seconds: i64| {
            let owns = Owned { replicas: true, spec: true, ..Owned::default() };
            let at = Some(now() + SignedDuration::from_secs(seconds));
            let manager = Manager { name: "rollcall".into(), operation: "Update".into(), at, owns };
            sts("web").with(|f| f.set.generation = 3).with(|f| f.set.managers.push(manager)).facts()
        };
        assert_eq!(told(&web(), wrote(1), 90).await.0, Outcome::Unknown);
        assert_eq!(told(&web(), wrote(-9), 90).await.0, Outcome::Refused, "an earlier action");
    }

    #[tokio::test]
    async fn a_pod_that_is_there_was_not_deleted_and_one_that_is_gone_may_have_been() {
        let entry = || pending("m", &web(), delete(&web()));
        assert_eq!(told_of(entry(), web(), 1).await.0, Outcome::Pending);
        assert_eq!(told_of(entry(), web(), 76).await.0, Outcome::Refused);
        assert_eq!(told_of(entry(), sts("web").ending(0).facts(), 1).await.0, Outcome::Unknown);
        let hidden = || sts("web").with(|f| f.pods.clear()).with(|f| f.readable.pods = false);
        assert_eq!(told_of(entry(), hidden().facts(), 1).await.0, Outcome::Pending);
        assert_eq!(told_of(entry(), hidden().facts(), 76).await.0, Outcome::Unknown);
    }

    #[tokio::test]
    async fn an_entry_that_cannot_be_read_does_not_keep_the_others_open() {
        let bench = Bench::with(marked("m"));
        let lost = sts("lost").facts();
        bench.journal.keep(pending("a", &lost, Action::Finish {}));
        bench.journal.keep(pending("m", &web(), Action::Finish {}));
        let key = SetKey::new("shop", "lost");
        bench.cluster.hide(&key, error(ApiErrorKind::Forbidden, "cannot get statefulsets"));
        assert_eq!(bench.actions.resolve().await.unwrap(), 1);
        assert_eq!(bench.journal.ends(), [("m".to_owned(), Outcome::Applied)]);
        // Without any answer the rest would only wait too.
        bench.cluster.hide(&key, error(ApiErrorKind::Unreachable, "connection refused"));
        bench.actions.resolve().await.unwrap_err();
    }

    #[tokio::test]
    async fn an_action_that_is_under_way_is_left_to_itself() {
        let bench = Bench::with(web());
        let gate = bench.cluster.gate();
        let acting = tokio::spawn({
            let (actions, request) = (bench.actions.clone(), request(&web(), delete(&web())));
            async move { actions.run(request).await }
        });
        bench.cluster.began.notified().await;
        // The pod has begun to end; the API server has not answered yet.
        bench.cluster.put(sts("web").ending(0).facts());
        assert_eq!(bench.actions.resolve().await.unwrap(), 1);
        assert!(bench.journal.ends().is_empty());
        gate.add_permits(1);
        acting.await.unwrap().unwrap();
        assert_eq!(bench.journal.ends(), [("id-1".to_owned(), Outcome::Applied)]);
        assert_eq!(bench.actions.resolve().await.unwrap(), 0);
    }
}
