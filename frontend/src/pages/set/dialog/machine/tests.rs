use model::row::{Hands, row};
use model::status::{Settings, status};
use model::wire::{Actor, Held, Outcome, Source};

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
        row: row(&facts, status, Hands::default()),
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

#[test]
fn what_was_aborted_is_told_before_it_is_tried_again() {
    let by = Actor { source: Source::Panel, name: Some("mara".into()), at: None, reason: None };
    let mut detail = Arc::unwrap_or_clone(detail(5, 12));
    let aborted = Some(detail.facts.set.status.update_revision.clone());
    let because = Some("orders-db-4 crashed 6 times (exit 137)".to_owned());
    detail.held = Some(Held { by, aborted, because, advanced: false });
    let told = |draft| Dialog::open(Arc::new(detail.clone()), draft, "key-1".into()).0.forecast();
    let warnings = told(finish()).warnings;
    let first = warnings.first().map(String::as_str).unwrap_or_default();
    assert!(
        first
            .ends_with("was aborted: orders-db-4 crashed 6 times (exit 137). This tries it again."),
        "{warnings:?}"
    );
    let scale = told(Draft::Fixed(Action::Scale { replicas: 4 })).warnings;
    assert!(!scale.iter().any(|w| w.contains("aborted")), "{scale:?}");
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
        incomplete: None,
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
    let Some(Todo::Send { request, key }) = dialog.on(Event::Confirm) else { panic!("it is sent") };
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
fn a_dry_run_that_met_what_was_sent_is_no_conflict() {
    let mut dialog = open(finish());
    let ticket = dialog.ticket;
    dialog.on(Event::Confirm);
    dialog.on(Event::Checked(ticket, Err(problem(409, "conflict"))));
    assert_eq!(dialog.stage, Stage::Sending);
    dialog.on(Event::Sent(Ok(result())));
    assert!(matches!(dialog.stage, Stage::Done(_)));
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
    let again = |answer: Problem| {
        let mut dialog = open(finish());
        dialog.on(Event::Confirm);
        dialog.on(Event::Sent(Err(answer)));
        dialog.on(Event::Again("key-2".into()));
        dialog.key
    };
    assert_eq!(again(problem(0, api::UNREACHABLE)), "key-1");
    assert_eq!(again(problem(502, "unexpected-answer")), "key-1", "a proxy that had sent it on");
    assert_eq!(again(problem(502, "refused")), "key-2", "the panel's own word");

    // The set has changed since, perhaps by this: it would be a second action.
    let mut dialog = open(finish());
    dialog.on(Event::Confirm);
    dialog.on(Event::Sent(Err(problem(504, "unexpected-answer"))));
    assert!(dialog.repeats());
    dialog.on(Event::Facts(detail(3, 13)));
    assert!(!dialog.repeats());
    dialog.on(Event::Again("key-2".into()));
    assert_eq!(dialog.key, "key-2");
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

#[test]
fn the_forecast_of_an_abort_moves_with_the_choice() {
    let seen = detail(3, 12);
    let mut dialog = open(Draft::abort(&seen.facts));
    assert!(dialog.forecast().steps.is_empty(), "two healthy ones: nobody is chosen beforehand");
    let pods = vec![model::action::abort_candidates(&seen.facts)[0].pod.clone()];
    let todo = dialog.on(Event::Edit(Draft::Abort { pods }));
    assert!(matches!(todo, Some(Todo::Check(2, _))), "it is checked anew");
    let restarts: Vec<String> = dialog.forecast().steps.into_iter().map(|s| s.pod).collect();
    assert_eq!(restarts, ["web-4"]);
    assert_eq!(dialog.off(), None);
}

#[test]
fn what_the_cluster_cannot_do_is_off_with_its_reason() {
    let seen = detail(3, 12);
    let dialog = open(Draft::max_unavailable(&seen.facts));
    assert!(dialog.off().is_some_and(|why| why.contains("MaxUnavailableStatefulSet")));
}

#[test]
fn a_dry_run_that_was_not_answered_is_asked_again_once_the_server_is_back() {
    let mut dialog = open(finish());
    dialog.on(Event::Reason("CHG-1".into()));
    dialog.on(Event::Checked(dialog.ticket, Err(problem(0, api::UNREACHABLE))));
    assert_eq!(dialog.off().as_deref(), Some("The panel's server does not answer."));
    dialog.check = Check::Refused(problem(502, "unexpected-answer"));
    assert_eq!(
        dialog.off().as_deref(),
        Some("The panel's server does not answer."),
        "a proxy says so"
    );
    dialog.check = Check::Refused(problem(0, api::UNREADABLE));
    assert_eq!(dialog.off().as_deref(), Some("The dry run has no answer, see above."));
    dialog.check = Check::Refused(problem(0, api::UNREACHABLE));
    let Some(Todo::Check(ticket, _)) = dialog.on(Event::Reconnected) else { panic!("a dry run") };
    assert_eq!(dialog.off(), None);
    assert_eq!(dialog.reason, "CHG-1");
    dialog.on(Event::Checked(ticket, Err(problem(422, "refused"))));
    assert_eq!(dialog.on(Event::Reconnected), None, "that was an answer");
}

#[test]
fn a_new_forecast_is_made_from_the_newest_pods() {
    let mut dialog = open(finish());
    dialog.on(Event::Confirm);
    let mut newer = (*detail(3, 12)).clone();
    newer.facts.pods[2].revision = "web-new".into();
    dialog.on(Event::Sent(Err(problem(500, "failed"))));
    dialog.on(Event::Facts(Arc::new(newer)));
    dialog.on(Event::Again("key-2".into()));
    assert_eq!(dialog.forecast().steps.len(), 2);
}
