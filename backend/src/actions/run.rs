//! One action from request to answer.

use std::sync::Arc;

use jiff::Timestamp;
use model::action::{self, Effect, PodRef, Stamp};
use model::facts::Facts;
use model::forecast::forecast;
use model::set::SetKey;
use model::wire::{ActionResult, Outcome};

use super::conflict::pod_gone;
use super::under_way::UnderWay;
use super::{ActError, Entry, Journal, Request};
use crate::clock::Clock;
use crate::cluster::{ApiError, ApiErrorKind, Caller, Cluster};

/// Makes ids of actions (UUID v7); given in so that tests know them.
pub type Ids = Arc<dyn Fn() -> String + Send + Sync>;

/// What is known of a set without asking the API server (the live index).
pub type FactSource = Arc<dyn Fn(&SetKey) -> Option<Arc<Facts>> + Send + Sync>;

/// The use case "act on a set".
#[derive(Clone)]
pub struct Actions {
    pub(super) cluster: Arc<dyn Cluster>,
    pub(super) journal: Arc<dyn Journal>,
    pub(super) known: FactSource,
    pub(super) clock: Clock,
    pub(super) under_way: UnderWay,
    ids: Ids,
}

impl Actions {
    pub fn new(
        cluster: Arc<dyn Cluster>,
        journal: Arc<dyn Journal>,
        known: FactSource,
        clock: Clock,
        ids: Ids,
    ) -> Self {
        Self { cluster, journal, known, clock, under_way: UnderWay::default(), ids }
    }

    /// The journal's entry of an action.
    ///
    /// # Errors
    /// If the journal cannot be read.
    pub async fn find(&self, id: &str) -> anyhow::Result<Option<Entry>> {
        self.journal.find(id).await
    }

    /// Does it, or says why not.
    ///
    /// # Errors
    /// Nothing was changed, except where [`ApiErrorKind::Unreachable`] leaves that open: then the journal's entry is
    /// completed as soon as the cluster answers again.
    pub async fn run(&self, request: Request) -> Result<ActionResult, ActError> {
        if let Some(earlier) = self.repeated(&request).await? {
            return earlier;
        }
        let now = self.clock.now();
        let facts = self.load(&request, now).await?;
        action::permit(&facts, &request.body.action)?;
        let id = (self.ids)();
        let plan = Plan::new(&facts, &request, &id, now);
        if request.dry_run {
            let after = self.send(&plan.effect, &request, true).await;
            let (uid, generation) = self.answered(after, &request, now).await?;
            return Ok(plan.result(None, Outcome::DryRun, uid, generation));
        }

        // Before the intent is written, until the outcome is.
        let _under_way = self.under_way.begin(&id);
        let entry = plan.entry(&facts, &request, &id, now);
        match self.journal.begin(&entry).await {
            Ok(None) => {}
            // The same key came in twice at the same moment.
            Ok(Some(earlier)) => return replay(earlier, &request),
            Err(e) => return Err(ActError::Journal(e.to_string())),
        }
        let sent = self.send(&plan.effect, &request, false).await;
        if let Err(e) = &sent
            && e.kind == ApiErrorKind::Unreachable
        {
            // Nobody knows whether it took effect: the entry stays open for `resolve`.
            return Err(e.clone().into());
        }
        match self.answered(sent, &request, now).await {
            Ok((uid, generation)) => {
                let result = plan.result(Some(id.clone()), Outcome::Applied, uid, generation);
                self.end(&id, Outcome::Applied, Some(&result), None).await;
                Ok(result)
            }
            Err(e) => {
                self.end(&id, Outcome::Refused, None, Some(&e.to_string())).await;
                Err(e)
            }
        }
    }

    /// The answer to a request whose idempotency key was seen before.
    async fn repeated(
        &self,
        request: &Request,
    ) -> Result<Option<Result<ActionResult, ActError>>, ActError> {
        let Some(key) = request.idempotency_key.as_deref().filter(|_| !request.dry_run) else {
            return Ok(None);
        };
        let earlier = self
            .journal
            .by_key(&request.user, key)
            .await
            .map_err(|e| ActError::Journal(e.to_string()))?;
        Ok(earlier.map(|entry| replay(entry, request)))
    }

    /// The facts on which the caller decided. What the index knows is enough if it is what the caller saw; otherwise the API
    /// server is asked, since either of the two may be behind.
    async fn load(&self, request: &Request, now: Timestamp) -> Result<Arc<Facts>, ActError> {
        let expect = &request.body.expect;
        let as_seen = |f: &Facts| f.set.uid == expect.uid && f.set.generation == expect.generation;
        if let Some(facts) = (self.known)(&request.key)
            && as_seen(&facts)
        {
            return Ok(facts);
        }
        let facts = self
            .cluster
            .read_facts(&request.key)
            .await?
            .ok_or_else(|| ActError::NoSuchSet(request.key.clone()))?;
        if as_seen(&facts) {
            return Ok(Arc::new(facts));
        }
        Err(self.conflict(&facts.set, expect, now).await)
    }

    async fn send(
        &self,
        effect: &Effect,
        request: &Request,
        dry_run: bool,
    ) -> Result<Option<model::set::Set>, ApiError> {
        let (caller, key) = (&request.caller, &request.key);
        match effect {
            Effect::Patch(ops) => self.cluster.patch_set(caller, key, ops, dry_run).await.map(Some),
            Effect::Delete { pod, uid } => self
                .cluster
                .delete_pod(caller, &key.namespace, pod, uid, dry_run)
                .await
                .map(|()| None),
            Effect::PatchThenDelete { patch, pods } => {
                let set = self.cluster.patch_set(caller, key, patch, dry_run).await?;
                for PodRef { pod, uid } in pods {
                    self.cluster.delete_pod(caller, &key.namespace, pod, uid, dry_run).await?;
                }
                Ok(Some(set))
            }
            Effect::Evict { pod, uid } => self
                .cluster
                .evict_pod(caller, &key.namespace, pod, uid, dry_run)
                .await
                .map(|()| None),
        }
    }

    /// uid and generation after the answer. A failed `test` comes as 422 like any bad patch: the set is read again, and
    /// if it is not what the caller saw it is a conflict.
    async fn answered(
        &self,
        answer: Result<Option<model::set::Set>, ApiError>,
        request: &Request,
        now: Timestamp,
    ) -> Result<(String, i64), ActError> {
        let expect = &request.body.expect;
        let error = match answer {
            Ok(Some(set)) => return Ok((set.uid, set.generation)),
            Ok(None) => return Ok((expect.uid.clone(), expect.generation)),
            Err(e) => e,
        };
        match error.kind {
            ApiErrorKind::Invalid | ApiErrorKind::Conflict | ApiErrorKind::NotFound => {
                let read = self.cluster.read_set(&Caller::Panel, &request.key).await;
                match read {
                    Ok(Some(set))
                        if set.uid != expect.uid || set.generation != expect.generation =>
                    {
                        Err(self.conflict(&set, expect, now).await)
                    }
                    Ok(None) => Err(ActError::NoSuchSet(request.key.clone())),
                    _ if error.kind == ApiErrorKind::Conflict
                        || error.kind == ApiErrorKind::NotFound =>
                    {
                        Err(pod_gone(&request.body, error))
                    }
                    _ => Err(error.into()),
                }
            }
            _ => Err(error.into()),
        }
    }

    /// Writes the outcome. If that fails the action has happened all the same: the entry stays open and is read off the
    /// cluster later.
    pub(super) async fn end(
        &self,
        id: &str,
        outcome: Outcome,
        result: Option<&ActionResult>,
        error: Option<&str>,
    ) {
        let at = self.clock.now();
        if let Err(e) = self.journal.end(id, outcome, at, result, error).await {
            tracing::error!(action.id = id, error = %e, "the outcome of an action was not recorded");
        }
    }
}

/// The answer of an earlier request with the same key.
fn replay(earlier: Entry, request: &Request) -> Result<ActionResult, ActError> {
    if earlier.request != request.body || earlier.set != request.key {
        return Err(ActError::KeyReused);
    }
    if let Some(result) = earlier.result {
        return Ok(result);
    }
    if earlier.outcome == Outcome::Refused {
        return Err(ActError::RefusedBefore(
            earlier.error.unwrap_or_else(|| "It was refused.".to_owned()),
        ));
    }
    Ok(ActionResult {
        id: Some(earlier.id),
        outcome: earlier.outcome,
        incomplete: None,
        summary: earlier.summary,
        forecast: model::forecast::Forecast::default(),
        patch: Vec::new(),
        kubectl: String::new(),
        uid: earlier.set_uid,
        generation: earlier.generation,
        row: None,
    })
}

/// What an action comes to, worked out before anything is sent.
struct Plan {
    summary: String,
    forecast: model::forecast::Forecast,
    effect: Effect,
    kubectl: String,
}

impl Plan {
    fn new(facts: &Facts, request: &Request, id: &str, now: Timestamp) -> Self {
        let action = &request.body.action;
        Self {
            summary: action::summary(facts, action),
            forecast: forecast(facts, action),
            effect: action::effect(facts, action, &Stamp { id, now, template: None }),
            kubectl: action::kubectl(facts, action, now),
        }
    }

    fn entry(&self, facts: &Facts, request: &Request, id: &str, now: Timestamp) -> Entry {
        Entry {
            id: id.to_owned(),
            set: request.key.clone(),
            set_uid: facts.set.uid.clone(),
            user: request.user.clone(),
            acted_as: match &request.caller {
                Caller::Panel => None,
                Caller::User { user, .. } => Some(user.clone()),
            },
            idempotency_key: request.idempotency_key.clone(),
            request: request.body.clone(),
            summary: self.summary.clone(),
            generation: facts.set.generation,
            at: now,
            outcome: Outcome::Pending,
            ended: None,
            result: None,
            error: None,
        }
    }

    fn result(
        self,
        id: Option<String>,
        outcome: Outcome,
        uid: String,
        generation: i64,
    ) -> ActionResult {
        ActionResult {
            id,
            outcome,
            incomplete: None,
            summary: self.summary,
            forecast: self.forecast,
            patch: match self.effect {
                Effect::Patch(ops) | Effect::PatchThenDelete { patch: ops, .. } => ops,
                Effect::Delete { .. } | Effect::Evict { .. } => Vec::new(),
            },
            kubectl: self.kubectl,
            uid,
            generation,
            row: None,
        }
    }
}

#[cfg(test)]
mod tests;
