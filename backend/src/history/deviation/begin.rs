//! When a comparison begins: the effect of an action is seen for the first time.

use model::MAX_REPLICAS;
use model::forecast::{Step, StepKind};
use model::status::StatusKind;

use super::{Done, Expected, ExpectedKind, ExpectedStep, down_by};
use crate::history::compare::Happened;
use crate::history::credit::Deed;
use crate::history::known::{Known, KnownPod, PodState};
use crate::history::step::Look;

/// The forecast of an action whose effect is seen for the first time.
pub(super) fn begun(
    before: &Known,
    known: &Known,
    happened: &[Happened],
    look: Look<'_>,
) -> Option<Expected> {
    let last = known.last_action.as_deref();
    let marked = |d: &&Deed| last == Some(d.id.as_str()) && before.last_action.as_deref() != last;
    let deletes = |d: &&Deed| happened.iter().any(|h| down_by(h).is_some_and(|id| id == d.id));
    let deed = look
        .deeds
        .iter()
        .filter(|d| !d.refused && (marked(d) || (d.is_of_a_pod() && deletes(d))))
        .max_by(|a, b| a.id.cmp(&b.id))?;
    let forecast = deed.forecast.as_ref()?;
    // Somebody else changed it as well before anybody looked.
    let others = known.generation > deed.generation + i64::from(!deed.is_of_a_pod());
    if others || known.replicas.max(before.replicas) > MAX_REPLICAS {
        return None;
    }
    let steps = forecast.steps.iter().map(|s| expected(deed, before, known, s));
    let stuck = look.status.filter(|s| matches!(s.kind, StatusKind::Stuck | StatusKind::Trapped));
    let blocker = stuck.and_then(|s| s.blocker.as_ref()).map(|b| b.ordinal);
    let failing = before
        .pods
        .iter()
        .filter(|p| p.state == PodState::Failing || (blocker.is_some() && p.ordinal == blocker));
    Some(Expected {
        by: deed.credit(look.at),
        generation: known.generation,
        sentence: forecast.sentence.clone(),
        steps: steps.collect(),
        stalls: forecast.stall.is_some(),
        failing: failing.map(|p| p.uid.clone()).collect(),
        rests: None,
        doubt: None,
    })
}

/// A step as it stands when the comparison begins. Kinds are watched apart: its pod may have been seen on its way, or even back,
/// before the action was seen on the set.
fn expected(deed: &Deed, before: &Known, known: &Known, step: &Step) -> ExpectedStep {
    let there = before.pod_at(step.ordinal);
    let ours = there.is_some_and(|p| deed.ends_pod(&p.uid));
    let foretold = |label: &str| step.revision.as_deref() == Some(label);
    let is_back = |p: &KnownPod| {
        // A revision that was not known yet is a new one; one that is taken up again gets its new number a moment later.
        let revision = before.revision(&p.revision).is_none()
            || foretold(&before.label(&p.revision))
            || foretold(&known.label(&p.revision));
        // Creation times are whole seconds.
        !ours && p.created + 1_000 > deed.at && revision
    };
    let kind = match step.what {
        StepKind::Restart => ExpectedKind::Restart,
        StepKind::Create => ExpectedKind::Create,
        StepKind::Stop => ExpectedKind::Stop,
    };
    let done = match (kind, there) {
        (ExpectedKind::Stop, Some(p)) if p.ending.is_none() => Done::Nothing,
        (ExpectedKind::Stop, _) => Done::All,
        (_, None) => Done::Down,
        (_, Some(p)) if p.ending.is_some() => Done::Down,
        (_, Some(p)) if is_back(p) && p.state == PodState::Ready => Done::All,
        (_, Some(p)) if is_back(p) => Done::Created,
        (ExpectedKind::Create, Some(_)) => Done::Created,
        (ExpectedKind::Restart, Some(_)) => Done::Nothing,
    };
    let (ordinal, revision, wave) = (step.ordinal, step.revision.clone(), step.wave);
    ExpectedStep { ordinal, kind, revision, wave, ours, done }
}
