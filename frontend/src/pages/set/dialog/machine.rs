//! The confirm dialog as a value and what may happen to it. The browser's part carries out the [`Todo`]s.

use std::sync::Arc;

use model::aborted;
use model::action::{Action, permit};
use model::forecast::{Forecast, forecast_judged};
use model::wire::{ActionRequest, ActionResult, Expect, Problem, SetDetail};

use super::conflict;
use super::draft::Draft;
use crate::api;

/// The server's dry run: what it said of which action.
#[derive(Clone, Debug, PartialEq)]
pub enum Check {
    /// The fields are not complete yet, or changed since.
    Not,
    Running,
    Passed(Box<ActionResult>),
    /// The server or the cluster would refuse it.
    Refused(Problem),
}

/// Where the dialog stands.
#[derive(Clone, Debug, PartialEq)]
pub enum Stage {
    /// Forecast, fields, reason.
    Asking,
    /// Sent, not answered.
    Sending,
    /// The set is another than the one the dialog was opened on; nothing was sent.
    Conflict(Option<String>),
    /// The API server refused it; nothing changed.
    Forbidden(Problem),
    /// It did not happen for another reason, or no answer came.
    Failed(Problem),
    /// Done.
    Done(Box<ActionResult>),
}

/// An open dialog.
#[derive(Clone, Debug, PartialEq)]
pub struct Dialog {
    /// The set as the forecast is made from; renewed while its uid and generation stay.
    pub seen: Arc<SetDetail>,
    /// The newest of it, where that is another one.
    pub newer: Option<Arc<SetDetail>>,
    /// The newest of the same generation, where it came while nothing was asked.
    pub later: Option<Arc<SetDetail>>,
    pub draft: Draft,
    pub reason: String,
    /// The name typed where data is lost.
    pub typed: String,
    pub check: Check,
    pub stage: Stage,
    /// Idempotency key: one per forecast that is confirmed, kept over repeated attempts to send the same.
    pub key: String,
    /// Counts the dry runs, so that late answers are told from the current one.
    pub ticket: u64,
}

/// What happens to a dialog.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// A field changed.
    Edit(Draft),
    Reason(String),
    Typed(String),
    /// The page got newer facts.
    Facts(Arc<SetDetail>),
    /// The server that did not answer does so again.
    Reconnected,
    /// The dry run with this number was answered.
    Checked(u64, Result<Box<ActionResult>, Problem>),
    /// The primary button.
    Confirm,
    /// The answer to what was sent.
    Sent(Result<Box<ActionResult>, Problem>),
    /// A new forecast after a conflict or a failure, with a fresh key.
    Again(String),
}

/// What the browser is to do.
#[derive(Clone, Debug, PartialEq)]
pub enum Todo {
    /// Ask the server for a dry run, under this number.
    Check(u64, ActionRequest),
    Send {
        request: ActionRequest,
        key: String,
    },
}

impl Dialog {
    /// Opens a dialog; the dry run begins at once if the draft is complete.
    pub fn open(detail: Arc<SetDetail>, draft: Draft, key: String) -> (Self, Option<Todo>) {
        let mut dialog = Self {
            seen: detail,
            newer: None,
            later: None,
            draft,
            reason: String::new(),
            typed: String::new(),
            check: Check::Not,
            stage: Stage::Asking,
            key,
            ticket: 0,
        };
        let todo = dialog.recheck();
        (dialog, todo)
    }

    /// The action as it would be sent, or what is wrong with a field.
    pub fn action(&self) -> Result<Action, String> {
        self.draft.action(&self.seen.facts)
    }

    /// What the action leads to from the newest facts of the same generation.
    pub fn forecast(&self) -> Forecast {
        let (facts, status) = (&self.seen.facts, &self.seen.row.status);
        let Ok(action) = self.action() else { return Forecast::default() };
        let mut forecast = forecast_judged(facts, Some(status), &action);
        // What is known of it comes first.
        let warning = aborted::warning(facts, self.seen.held.as_ref(), &action);
        forecast.warnings.splice(0..0, warning);
        forecast
    }

    /// Why the primary button is off, `None` if it is on.
    pub fn off(&self) -> Option<String> {
        if self.stage == Stage::Sending {
            return Some("Waiting for the answer.".to_owned());
        }
        let action = match self.action() {
            Ok(action) => action,
            Err(reason) => return Some(reason),
        };
        if let Err(refusal) = permit(&self.seen.facts, &action) {
            return Some(refusal.reason);
        }
        if let Check::Refused(problem) = &self.check {
            return Some(if api::is_silence(problem) {
                "The panel's server does not answer.".to_owned()
            } else if api::is_no_answer(problem) {
                "The dry run has no answer, see above.".to_owned()
            } else {
                "The API server would refuse it, see above.".to_owned()
            });
        }
        if self.forecast().loses_data && self.typed.trim() != self.seen.facts.set.name {
            return Some("Type the full name first".to_owned());
        }
        None
    }

    fn request(&self, action: Action) -> ActionRequest {
        let reason = self.reason.trim();
        ActionRequest {
            action,
            reason: (!reason.is_empty()).then(|| reason.chars().take(500).collect()),
            expect: Expect {
                uid: self.seen.facts.set.uid.clone(),
                generation: self.seen.facts.set.generation,
            },
        }
    }

    /// A dry run of the draft as it is now, unless the page knows already that it is not possible.
    fn recheck(&mut self) -> Option<Todo> {
        self.check = Check::Not;
        let action = self.action().ok()?;
        permit(&self.seen.facts, &action).ok()?;
        self.ticket += 1;
        self.check = Check::Running;
        Some(Todo::Check(self.ticket, ActionRequest { reason: None, ..self.request(action) }))
    }

    /// Whether another attempt is the same action: no answer came, and the same request under the same key is not done twice. Once
    /// the set is another, perhaps by this very action, it would be another request.
    pub fn repeats(&self) -> bool {
        matches!(&self.stage, Stage::Failed(p) if api::may_have_arrived(p)) && self.newer.is_none()
    }

    /// Something happened.
    pub fn on(&mut self, event: Event) -> Option<Todo> {
        match event {
            Event::Edit(draft) => {
                if self.stage != Stage::Asking || draft == self.draft {
                    return None;
                }
                self.draft = draft;
                self.recheck()
            }
            Event::Reason(text) => {
                self.reason = text;
                None
            }
            Event::Typed(text) => {
                self.typed = text;
                None
            }
            Event::Facts(detail) => {
                self.facts(detail);
                None
            }
            Event::Reconnected => {
                let unanswered = matches!(&self.check, Check::Refused(p) if api::is_silence(p));
                if self.stage == Stage::Asking && unanswered { self.recheck() } else { None }
            }
            Event::Checked(ticket, answer) => {
                // Once it is sent only its own answer counts: the dry run may have come after it, and met what it did.
                let asking = self.stage == Stage::Asking;
                if asking && ticket == self.ticket && self.check == Check::Running {
                    match answer {
                        Ok(result) => self.check = Check::Passed(result),
                        Err(p) if p.code == "conflict" => self.conflict(Some(p.detail)),
                        Err(p) => self.check = Check::Refused(p),
                    }
                }
                None
            }
            Event::Confirm => {
                if self.stage != Stage::Asking || self.off().is_some() {
                    return None;
                }
                let action = self.action().ok()?;
                self.stage = Stage::Sending;
                Some(Todo::Send { request: self.request(action), key: self.key.clone() })
            }
            Event::Sent(answer) => {
                if self.stage == Stage::Sending {
                    self.sent(answer);
                }
                None
            }
            Event::Again(key) => {
                let same = self.repeats();
                let later = self.later.take();
                if let Some(newest) = self.newer.take().or(later) {
                    self.seen = newest;
                }
                if !same {
                    self.key = key;
                }
                self.typed.clear();
                self.stage = Stage::Asking;
                self.recheck()
            }
        }
    }

    fn facts(&mut self, detail: Arc<SetDetail>) {
        if !conflict::is_other(&self.seen, &detail) {
            // Pods moved on; the spec is the one that was forecast.
            if matches!(self.stage, Stage::Asking) {
                self.seen = detail;
            } else {
                self.later = Some(detail);
            }
            return;
        }
        let asking = matches!(self.stage, Stage::Asking);
        self.newer = Some(detail);
        // While it is being sent the change may be our own; after it, only the answer counts.
        if asking {
            self.stage = Stage::Conflict(None);
        }
    }

    fn conflict(&mut self, says: Option<String>) {
        self.stage = Stage::Conflict(says);
    }

    fn sent(&mut self, answer: Result<Box<ActionResult>, Problem>) {
        self.stage = match answer {
            Ok(result) => Stage::Done(result),
            Err(p) if p.code == "conflict" => Stage::Conflict(Some(p.detail)),
            Err(p) if p.status == 403 => Stage::Forbidden(p),
            Err(p) => Stage::Failed(p),
        };
    }
}

#[cfg(test)]
mod tests;
