//! What an action comes to, worked out before anything is sent.

use jiff::Timestamp;
use model::aborted;
use model::action::{self, Action, Effect, Stamp};
use model::facts::Facts;
use model::forecast::{Forecast, forecast_judged};
use model::status::Status;
use model::wire::{ActionResult, Held, Outcome};

use super::{Entry, Request, mask};
use crate::cluster::Caller;

pub(super) struct Plan {
    summary: String,
    forecast: Forecast,
    pub(super) effect: Effect,
    kubectl: String,
}

/// What came of it.
pub(super) struct Done {
    pub(super) outcome: Outcome,
    /// What was left undone, in one sentence.
    pub(super) incomplete: Option<String>,
    /// uid and generation of the set after it.
    pub(super) uid: String,
    pub(super) generation: i64,
}

impl Plan {
    pub(super) fn new(
        facts: &Facts,
        status: &Status,
        action: &Action,
        held: Option<&Held>,
        stamp: &Stamp<'_>,
    ) -> Self {
        let mut forecast = forecast_judged(facts, Some(status), action);
        forecast.warnings.splice(0..0, aborted::warning(facts, held, action));
        Self {
            summary: action::summary(facts, action),
            forecast,
            effect: action::effect(facts, action, stamp),
            kubectl: action::kubectl(facts, action, stamp.now),
        }
    }

    /// The intent, with what was foretold: what happens is compared with it, also after a crash.
    pub(super) fn entry(
        &self,
        facts: &Facts,
        request: &Request,
        id: &str,
        now: Timestamp,
    ) -> Entry {
        let pending = Done {
            outcome: Outcome::Pending,
            incomplete: None,
            uid: facts.set.uid.clone(),
            generation: facts.set.generation,
        };
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
            result: Some(self.result(Some(id.to_owned()), pending)),
            error: None,
        }
    }

    /// The answer. A template may hold secrets, so it is masked in what is shown and kept.
    pub(super) fn result(&self, id: Option<String>, done: Done) -> ActionResult {
        let mut patch = match &self.effect {
            Effect::Patch(ops) | Effect::PatchThenDelete { patch: ops, .. } => ops.clone(),
            Effect::Delete { .. } | Effect::Evict { .. } => Vec::new(),
        };
        mask::mask_patch(&mut patch);
        ActionResult {
            id,
            outcome: done.outcome,
            incomplete: done.incomplete,
            summary: self.summary.clone(),
            forecast: self.forecast.clone(),
            patch,
            kubectl: self.kubectl.clone(),
            uid: done.uid,
            generation: done.generation,
            row: None,
        }
    }
}
