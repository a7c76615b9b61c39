//! One action from request to answer.

use std::sync::Arc;

use jiff::Timestamp;
use model::action::{self, Action, Effect, Stamp};
use model::facts::Facts;
use model::set::SetKey;
use model::status::{Settings, status};
use model::wire::{ActionResult, Outcome};

use super::plan::{Done, Plan};
use super::recall::Templates;
use super::send::dropped;
use super::under_way::UnderWay;
use super::{ActError, Entry, Journal, Request};
use crate::clock::Clock;
use crate::cluster::{ApiErrorKind, Cluster};

/// Makes ids of actions (UUID v7); given in so that tests know them.
pub type Ids = Arc<dyn Fn() -> String + Send + Sync>;

/// What is known of a set without asking the API server (the live index).
pub type FactSource = Arc<dyn Fn(&SetKey) -> Option<Arc<Facts>> + Send + Sync>;

/// The use case "act on a set".
#[derive(Clone)]
pub struct Actions {
    pub(super) cluster: Arc<dyn Cluster>,
    pub(super) journal: Arc<dyn Journal>,
    pub(super) templates: Arc<dyn Templates>,
    pub(super) known: FactSource,
    pub(super) clock: Clock,
    pub(super) under_way: UnderWay,
    ids: Ids,
    /// When a pod that is not Ready is called stuck: what waits for it stalls then.
    settings: Settings,
}

impl Actions {
    pub fn new(
        cluster: Arc<dyn Cluster>,
        journal: Arc<dyn Journal>,
        templates: Arc<dyn Templates>,
        known: FactSource,
        clock: Clock,
        ids: Ids,
    ) -> Self {
        let (under_way, settings) = (UnderWay::default(), Settings::default());
        Self { cluster, journal, templates, known, clock, under_way, ids, settings }
    }

    /// The same with sets judged by these settings, as everywhere else.
    #[must_use]
    pub fn judged_by(self, settings: Settings) -> Self {
        Self { settings, ..self }
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
        let action = self.completed(&facts, &request.body.action).await?;
        action::permit(&facts, &action)?;
        let template = self.template_of(&facts, &action).await?;
        let id = (self.ids)();
        let status = status(&facts, None, now, self.settings);
        let stamp = Stamp { id: &id, now, template: template.as_ref() };
        let plan = Plan::new(&facts, &status, &action, request.held.as_ref(), &stamp);
        if request.dry_run || tried_first(&action, &plan.effect) {
            let tried = self.try_out(&plan.effect, &request).await;
            if let Ok(Some(stored)) = &tried {
                dropped(&action, stored)?;
            }
            let (uid, generation) = self.answered(tried, &request, now).await?;
            if request.dry_run {
                let done = Done { outcome: Outcome::DryRun, incomplete: None, uid, generation };
                return Ok(plan.result(None, done));
            }
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
        let sent = self.send(&plan.effect, &request).await;
        if let Err(failed) = &sent
            && failed.error.kind == ApiErrorKind::Unreachable
        {
            // Nobody knows whether it took effect: the entry stays open for `resolve`.
            return Err(failed.error.clone().into());
        }
        let (sent, incomplete) = match sent {
            Ok((set, incomplete)) => (Ok(set), incomplete),
            Err(failed) => (Err(failed), None),
        };
        match self.answered(sent, &request, now).await {
            Ok((uid, generation)) => {
                let note = incomplete.clone();
                let done = Done { outcome: Outcome::Applied, incomplete, uid, generation };
                let result = plan.result(Some(id.clone()), done);
                self.end(&id, Outcome::Applied, Some(&result), note.as_deref()).await;
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
        let known = (self.known)(&request.key);
        if let Some(facts) = known.as_ref().filter(|f| as_seen(f)) {
            return Ok(Arc::clone(facts));
        }
        let mut facts = self
            .cluster
            .read_facts(&request.key)
            .await?
            .ok_or_else(|| ActError::NoSuchSet(request.key.clone()))?;
        if as_seen(&facts) {
            // What the API server does not tell of a set.
            if let Some(known) = known {
                facts.kubernetes = known.kubernetes;
                facts.pace = known.pace.filter(|_| known.set.uid == facts.set.uid);
            }
            return Ok(Arc::new(facts));
        }
        Err(self.conflict(&facts.set, expect, now).await)
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
    if let Some(result) = earlier.answer() {
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

/// Actions of more than one part are tried out before anything is changed, and those of which the API server may drop
/// something without a word.
fn tried_first(action: &Action, effect: &Effect) -> bool {
    matches!(effect, Effect::PatchThenDelete { .. })
        || matches!(action, Action::SetMaxUnavailable { .. })
}

#[cfg(test)]
mod tests;
