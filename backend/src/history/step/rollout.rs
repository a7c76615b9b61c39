//! When rollouts begin and end. One is open per set at most.

use model::facts::Facts;
use model::wire::{EventKind, RolloutOutcome};
use model::words::{count, verb};

use super::{Look, event};
use crate::history::book::{OpenRollout, RevisionMark};
use crate::history::compare::{Happened, mark};
use crate::history::data::{Data, outcome_code};
use crate::history::known::Known;
use crate::history::ledger::Write;
use crate::history::{ms, sentence};

fn told(sentence: String, to: &RevisionMark, outcome: RolloutOutcome) -> Happened {
    let outcome = outcome_code(outcome).to_owned();
    let data = Data::Rollout { to: to.clone(), outcome };
    Happened::listed(EventKind::Rollout, sentence, data)
}

fn opened(known: &Known, writes: &mut Vec<Write>) {
    if let Some(rollout) = &known.book.rollout {
        writes.push(Write::RolloutOpened {
            set_uid: known.uid.clone(),
            rollout: rollout.clone(),
            credit: known.book.template_by.clone(),
        });
    }
}

fn ended(known: &Known, outcome: RolloutOutcome, look: Look<'_>, writes: &mut Vec<Write>) {
    let set_uid = known.uid.clone();
    writes.push(Write::RolloutEnded { set_uid, outcome, at: look.at });
}

/// A set that is seen for the first time may be in the middle of a rollout: it began when the revision was made.
pub(super) fn found(
    known: &mut Known,
    facts: &Facts,
    look: Look<'_>,
    tell: bool,
    writes: &mut Vec<Write>,
) {
    if known.update.is_empty() || known.current == known.update || known.all_updated() {
        return;
    }
    let Some(to) = mark(known, &known.update) else { return };
    let from = known.old_revision().and_then(|name| mark(known, name));
    // A revision that was taken up again is older than the rollout to it.
    let fresh = facts
        .revision(&known.update)
        .filter(|u| facts.revisions.iter().all(|r| r.created <= u.created));
    let started = fresh.map_or(look.at, |r| ms(r.created)).min(look.at);
    let sentence = format!("a rollout to {} was under way", to.label);
    let happened = told(sentence, &to, RolloutOutcome::Open);
    known.book.rollout = Some(OpenRollout { from, to, started });
    opened(known, writes);
    if tell {
        writes.push(event(known, look, happened));
    }
}

/// A new update revision ends the rollout that was open and begins one.
pub(super) fn switch(before: &Known, known: &mut Known, look: Look<'_>, writes: &mut Vec<Write>) {
    if before.update == known.update || before.update.is_empty() {
        return;
    }
    let Some(to) = mark(known, &known.update) else { return };
    if let Some(open) = known.book.rollout.take() {
        let back = open.from.as_ref().is_some_and(|from| {
            from.name == to.name || (from.hash.is_some() && from.hash == to.hash)
        });
        let after = sentence::lasted(open.started, look.at);
        let (outcome, sentence) = if back {
            let sentence = format!(
                "the rollout to {} was rolled back after {after}: the template is that of {} again",
                open.to.label,
                open.from.as_ref().map_or("before", |f| f.label.as_str())
            );
            (RolloutOutcome::RolledBack, sentence)
        } else {
            let sentence =
                format!("{} took the place of {} after {after}", to.label, open.to.label);
            (RolloutOutcome::Superseded, sentence)
        };
        // Who brought the new revision ended the rollout before it.
        let happened = told(sentence, &open.to, outcome).by(known.book.template_by.clone());
        writes.push(event(known, look, happened));
        ended(known, outcome, look, writes);
    }
    // Back on the revision that all pods ran before too: nothing is to be rolled. (Where they ran another, the whole rollout went
    // by while the panel did not look; it is told all the same.)
    let ran_it = before.pods.iter().all(|p| p.revision == known.update);
    if known.replicas > 0 && ran_it && known.all_updated() {
        return;
    }
    let from = known
        .old_revision()
        .filter(|name| known.revision(name).is_some())
        .and_then(|name| mark(known, name))
        .or_else(|| mark(before, &before.update));
    known.book.rollout = Some(OpenRollout { from, to, started: look.at });
    opened(known, writes);
}

/// The open rollout has reached every pod.
pub(super) fn settle(known: &mut Known, look: Look<'_>, writes: &mut Vec<Write>) {
    if !known.settled() {
        return;
    }
    let Some(open) = known.book.rollout.take_if(|r| r.to.name == known.update) else { return };
    let n = known.replicas as usize;
    let label = known.label(&known.update);
    let after = sentence::lasted(open.started, look.at);
    let sentence = match n {
        0 => format!("settled after {after}: no pods are wanted"),
        1 => format!("settled after {after}: the one pod runs {label} and is Ready"),
        _ => format!(
            "settled after {after}: all {} {} {label} and are Ready",
            count(n, "pod"),
            verb(n, "runs", "run")
        ),
    };
    let to = RevisionMark { label, ..open.to };
    writes.push(event(known, look, told(sentence, &to, RolloutOutcome::Settled)));
    ended(known, RolloutOutcome::Settled, look, writes);
}

/// The set is gone before its rollout came to an end.
pub(super) fn abandoned(known: &Known, look: Look<'_>, writes: &mut Vec<Write>) {
    if known.book.rollout.is_some() {
        ended(known, RolloutOutcome::SetDeleted, look, writes);
    }
}
