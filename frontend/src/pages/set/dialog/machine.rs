//! The confirm dialog as a value and what may happen to it. The browser's part carries out the [`Todo`]s.

use std::sync::Arc;

use model::action::{Action, permit};
use model::forecast::{Forecast, forecast};
use model::wire::{ActionRequest, ActionResult, Expect, Problem, SetDetail};

use super::conflict;
use super::draft::Draft;

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
        self.action().map(|a| forecast(&self.seen.facts, &a)).unwrap_or_default()
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
            return Some(match problem.status {
                0 => "The panel's server does not answer.".to_owned(),
                _ => "The API server would refuse it, see above.".to_owned(),
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
            Event::Checked(ticket, answer) => {
                if ticket == self.ticket && self.check == Check::Running {
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
                // No answer: the same request under the same key is the same action, if it arrived at all.
                let same = matches!(&self.stage, Stage::Failed(p) if p.status == 0)
                    && self.newer.is_none();
                if let Some(newer) = self.newer.take() {
                    self.seen = newer;
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
mod tests {
    use model::row::row;
    use model::status::{Settings, status};
    use model::wire::Outcome;

    use super::*;
    use crate::strip::sample;

    fn detail(partition: u32, generation: i64) -> Arc<SetDetail> {
        let mut facts = sample::held(5, 3);
        if let model::set::UpdateStrategy::RollingUpdate { rolling_update: Some(r) } =
            &mut facts.set.strategy
        {
            r.partition = Some(partition);
        }
        facts.set.generation = generation;
        facts.set.status.observed_generation = generation;
        let now = sample::at(2_000);
        let status = status(&facts, None, now, Settings::default());
        Arc::new(SetDetail {
            version: 1,
            now,
            row: row(&facts, status, None),
            facts,
            held: None,
            changes: None,
        })
    }

    fn open(draft: Draft) -> Dialog {
        Dialog::open(detail(3, 12), draft, "key-1".into()).0
    }

    fn finish() -> Draft {
        Draft::Fixed(Action::Finish {})
    }

    fn problem(status: u16, code: &str) -> Problem {
        Problem {
            status,
            code: code.into(),
            title: code.into(),
            detail: format!("{code} it was"),
            extra: None,
        }
    }

    fn result() -> Box<ActionResult> {
        Box::new(ActionResult {
            id: Some("id".into()),
            outcome: Outcome::Applied,
            summary: "finished".into(),
            forecast: Forecast::default(),
            patch: Vec::new(),
            kubectl: String::new(),
            uid: "set".into(),
            generation: 13,
            row: None,
        })
    }

    #[test]
    fn opening_asks_for_a_dry_run_of_what_was_seen() {
        let (dialog, todo) = Dialog::open(detail(3, 12), finish(), "k".into());
        let Some(Todo::Check(1, request)) = todo else { panic!("a dry run") };
        assert_eq!((request.expect.uid.as_str(), request.expect.generation), ("set", 12));
        assert_eq!(dialog.check, Check::Running);
        assert_eq!(dialog.off(), None);
    }

    #[test]
    fn confirming_sends_once_with_reason_and_key() {
        let mut dialog = open(finish());
        dialog.on(Event::Reason("  CHG-1 ".into()));
        let Some(Todo::Send { request, key }) = dialog.on(Event::Confirm) else {
            panic!("it is sent")
        };
        assert_eq!((request.reason.as_deref(), key.as_str()), (Some("CHG-1"), "key-1"));
        assert_eq!(dialog.on(Event::Confirm), None, "not twice");
        dialog.on(Event::Sent(Ok(result())));
        assert!(matches!(dialog.stage, Stage::Done(_)));
    }

    #[test]
    fn a_change_underneath_stops_the_dialog_before_anything_is_sent() {
        let mut dialog = open(finish());
        dialog.on(Event::Facts(detail(0, 13)));
        assert_eq!(dialog.stage, Stage::Conflict(None));
        assert_eq!(dialog.on(Event::Confirm), None);
        let todo = dialog.on(Event::Again("key-2".into()));
        assert_eq!(dialog.seen.facts.set.generation, 13);
        assert_eq!(dialog.key, "key-2");
        assert_eq!(todo, None, "nothing is left to finish, so there is nothing to check");
        assert!(dialog.off().is_some());
    }

    #[test]
    fn pods_that_move_on_are_no_conflict() {
        let mut dialog = open(finish());
        let mut newer = (*detail(3, 12)).clone();
        newer.facts.pods[2].revision = "web-new".into();
        dialog.on(Event::Facts(Arc::new(newer)));
        assert_eq!(dialog.stage, Stage::Asking);
        assert_eq!(dialog.forecast().steps.len(), 2);
    }

    #[test]
    fn a_conflict_answer_is_shown_and_never_repeated_blindly() {
        let mut dialog = open(finish());
        dialog.on(Event::Confirm);
        dialog.on(Event::Facts(detail(2, 13)));
        assert_eq!(dialog.stage, Stage::Sending, "the change may be our own");
        dialog.on(Event::Sent(Err(problem(409, "conflict"))));
        assert_eq!(dialog.stage, Stage::Conflict(Some("conflict it was".into())));
        let Some(Todo::Check(_, request)) = dialog.on(Event::Again("key-2".into())) else {
            panic!("a new dry run")
        };
        assert_eq!(request.expect.generation, 13);
    }

    #[test]
    fn a_refusal_by_the_cluster_is_its_own_stage() {
        let mut dialog = open(finish());
        dialog.on(Event::Confirm);
        dialog.on(Event::Sent(Err(problem(403, "refused-by-cluster"))));
        assert!(matches!(dialog.stage, Stage::Forbidden(_)));
    }

    #[test]
    fn without_an_answer_the_same_key_is_used_again() {
        let mut dialog = open(finish());
        dialog.on(Event::Confirm);
        dialog.on(Event::Sent(Err(problem(0, "unreachable"))));
        dialog.on(Event::Again("key-2".into()));
        assert_eq!(dialog.key, "key-1");
    }

    #[test]
    fn a_refused_dry_run_turns_the_button_off_and_a_late_one_is_ignored() {
        let mut dialog = open(Draft::Scale { replicas: "3".into() });
        dialog.on(Event::Edit(Draft::Scale { replicas: "4".into() }));
        assert_eq!(dialog.ticket, 2);
        dialog.on(Event::Checked(1, Err(problem(403, "refused-by-cluster"))));
        assert_eq!(dialog.check, Check::Running);
        dialog.on(Event::Checked(2, Err(problem(403, "refused-by-cluster"))));
        assert!(dialog.off().is_some());
    }

    #[test]
    fn losing_data_asks_for_the_name() {
        let mut with_loss = (*detail(3, 12)).clone();
        with_loss.facts.set.when_scaled = model::set::Retain::Delete;
        let draft = Draft::Scale { replicas: "3".into() };
        let (mut dialog, _) = Dialog::open(Arc::new(with_loss), draft, "k".into());
        assert!(dialog.forecast().loses_data);
        assert_eq!(dialog.off().as_deref(), Some("Type the full name first"));
        dialog.on(Event::Typed("web".into()));
        assert_eq!(dialog.off(), None);
    }

    #[test]
    fn an_incomplete_field_is_not_checked() {
        let (mut dialog, todo) =
            Dialog::open(detail(3, 12), Draft::Scale { replicas: "5".into() }, "k".into());
        assert_eq!(todo, None);
        assert!(dialog.off().is_some());
        let todo = dialog.on(Event::Edit(Draft::Scale { replicas: "6".into() }));
        assert!(matches!(todo, Some(Todo::Check(1, _))));
    }
}
