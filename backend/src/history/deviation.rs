//! What happens after an action, compared with what was foretold when it was taken. Pure.
//!
//! The forecast comes with the action from the journal; what of it has happened is noted with the set, so that it survives a restart of
//! the panel. The first thing that is otherwise is told once, as one event that names both, and ends the comparison. So do,
//! without a word, another change of the spec, another action, and rest after all was done. What happened while nobody looked is
//! taken as done where it shows, and never held against the forecast. Sets and pods are watched apart: a pod may be seen to go
//! before the change that made it go is seen on the set. So what is otherwise is told only when it has stood for a while.

mod wording;

use model::MAX_REPLICAS;
use model::forecast::{Step, StepKind};
use model::status::{Status, StatusKind};
use model::wire::EventKind;
use serde::{Deserialize, Serialize};

use super::compare::Happened;
use super::credit::{Credit, Deed};
use super::data::{Data, Kind, PodData};
use super::known::{Known, KnownPod, PodState};
use super::step::Look;

/// After the set has come to rest as foretold, something else that happens within this time (ms) still belongs to it.
const GRACE: i64 = 10_000;

/// So long (ms) something that is otherwise may still be explained by a change that is about to be seen.
const DOUBT: i64 = 5_000;

/// A forecast, and how much of it has happened. Times are ms UTC.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Expected {
    /// Whose action it was, and which.
    by: Credit,
    /// Of the set after the action: a later one has other consequences.
    generation: i64,
    /// As it was told.
    sentence: String,
    steps: Vec<ExpectedStep>,
    /// A stall was foretold: it may come, and what goes on once it is over is not part of the forecast.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    stalls: bool,
    /// Pods (uids) that were failing, or in the way, when it began: they are no news.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    failing: Vec<String>,
    /// Since when the set rests as foretold.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    rests: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    doubt: Option<Doubt>,
}

/// What is otherwise, and not yet told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Doubt {
    since: i64,
    /// In words.
    happened: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    ordinal: Option<u32>,
    /// It is no event but a state, which a later look may find otherwise.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    passes: bool,
}

/// A step of the forecast.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ExpectedStep {
    ordinal: u32,
    kind: ExpectedKind,
    /// Label of the revision that it comes up on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    revision: Option<String>,
    wave: u32,
    /// The panel itself deletes the pod, after the set was written.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    ours: bool,
    done: Done,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
enum ExpectedKind {
    Restart,
    Create,
    Stop,
}

/// How far a step has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
enum Done {
    Nothing,
    Down,
    Created,
    /// Up, or down for good.
    All,
}

/// What is otherwise.
enum Otherwise {
    /// Went down, unforetold.
    Down(u32),
    /// Was made, unforetold.
    Created(u32),
    /// Came back on this revision; the step is given by its index.
    Revision(usize, String),
    /// The first went down before the second; by their indices.
    Order(usize, usize),
    /// At rest with steps missing.
    Missing,
    /// A pod is in the way: what it does, in words.
    Stuck(String),
}

/// Follows a set from one look to the next. Brings `known.book.expected` up to date and answers a deviation.
pub(super) fn follow(
    before: &Known,
    known: &mut Known,
    happened: &[Happened],
    look: Look<'_>,
) -> Option<Happened> {
    let running = known.book.expected.take();
    let fresh = begun(before, known, happened, look);
    let mut expected = match (fresh, running) {
        (Some(fresh), _) => fresh,
        (None, Some(running)) if !superseded(&running, before, known, happened) => running,
        _ => return None,
    };
    if known.blind || known.deleting {
        return None;
    }
    if expected.doubt.as_ref().is_some_and(|doubt| !doubt.passes) {
        let sure = expected.sure(look.at);
        known.book.expected = sure.is_none().then_some(expected);
        return sure;
    }
    if expected.rests.is_some_and(|at| look.at - at > GRACE) {
        return None;
    }
    let otherwise = if look.gap.is_some() {
        expected.catch_up(before, known);
        // Done while nobody looked: what comes now is something else.
        if expected.all_done() {
            return None;
        }
        None
    } else {
        expected.watch(known, happened)
    };
    let otherwise =
        otherwise.or_else(|| look.status.and_then(|status| expected.judge(known, status, look.at)));
    // Something healed or was helped; nobody foretold what comes then.
    let moves = matches!(otherwise, Some(Otherwise::Down(_) | Otherwise::Created(_)));
    if moves && expected.stalls {
        return None;
    }
    let earlier = expected.doubt.take();
    expected.doubt = otherwise.map(|otherwise| expected.doubts(known, &otherwise, look.at));
    if let (Some(now), Some(then)) = (&mut expected.doubt, earlier)
        && now.passes
    {
        now.since = then.since;
    }
    let sure = expected.sure(look.at);
    known.book.expected = sure.is_none().then_some(expected);
    sure
}

/// What was otherwise and still is, with nothing seen since.
pub(super) fn stands(known: &mut Known, at: i64) -> Option<Happened> {
    let sure = known.book.expected.as_ref()?.sure(at)?;
    known.book.expected = None;
    Some(sure)
}

/// The forecast of an action whose effect is seen for the first time.
fn begun(before: &Known, known: &Known, happened: &[Happened], look: Look<'_>) -> Option<Expected> {
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
    let steps = forecast.steps.iter().map(|s| expected(deed, before, s));
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
fn expected(deed: &Deed, before: &Known, step: &Step) -> ExpectedStep {
    let there = before.pod_at(step.ordinal);
    let ours = there.is_some_and(|p| deed.ends_pod(&p.uid));
    // Creation times are whole seconds; a revision that is not known yet is a new one.
    let is_back = |p: &KnownPod| {
        let revision = before.revision(&p.revision).map(|_| before.label(&p.revision));
        !ours && p.created + 1_000 > deed.at && (revision.is_none() || revision == step.revision)
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

/// The id of the action by which a pod went down.
fn down_by(happened: &Happened) -> Option<&str> {
    let down = happened.kind == Kind::Listed(EventKind::PodDown);
    happened.credit.as_ref().filter(|_| down)?.action.as_deref()
}

/// Another change of the spec, or another action.
fn superseded(running: &Expected, before: &Known, known: &Known, happened: &[Happened]) -> bool {
    let mine = running.by.action.as_deref();
    known.generation != running.generation
        || known.last_action != before.last_action
        || happened.iter().filter_map(down_by).any(|id| Some(id) != mine)
}

/// The pod of an event of this kind.
fn pod_of(happened: &Happened, kind: EventKind) -> Option<(u32, &PodData)> {
    match &happened.data {
        Data::Pod { pod } if happened.kind == Kind::Listed(kind) => Some((pod.ordinal?, pod)),
        _ => None,
    }
}

impl Expected {
    fn all_done(&self) -> bool {
        self.steps.iter().all(|s| s.done == Done::All)
    }

    /// The first step of an ordinal that has come exactly so far.
    fn step(&self, ordinal: u32, so: impl Fn(&ExpectedStep) -> bool) -> Option<usize> {
        self.steps.iter().position(|s| s.ordinal == ordinal && so(s))
    }

    /// Takes in what happened since the last look.
    fn watch(&mut self, known: &Known, happened: &[Happened]) -> Option<Otherwise> {
        let mut went = Vec::new();
        for (ordinal, _) in happened.iter().filter_map(|h| pod_of(h, EventKind::PodDown)) {
            let ends = |s: &ExpectedStep| s.kind != ExpectedKind::Create && s.done == Done::Nothing;
            let Some(i) = self.step(ordinal, ends) else {
                // A pod that goes before it was ever Ready: the same restart takes one more pod.
                let again = |s: &ExpectedStep| matches!(s.done, Done::Down | Done::Created);
                let Some(i) = self.step(ordinal, again) else {
                    return Some(Otherwise::Down(ordinal));
                };
                self.steps[i].done = Done::Down;
                continue;
            };
            let last = self.steps[i].kind == ExpectedKind::Stop;
            self.steps[i].done = if last { Done::All } else { Done::Down };
            // What it went down from is behind it.
            for step in &mut self.steps[..i] {
                if step.ordinal == ordinal {
                    step.done = Done::All;
                }
            }
            went.push(i);
        }
        // What is seen in one look has no order among itself.
        let ends = |s: &ExpectedStep| s.kind != ExpectedKind::Create && s.done == Done::Nothing;
        for i in went {
            let wave = self.steps[i].wave;
            if let Some(earlier) = self.steps.iter().position(|s| s.wave < wave && ends(s)) {
                return Some(Otherwise::Order(i, earlier));
            }
        }
        for (ordinal, _) in happened.iter().filter_map(|h| pod_of(h, EventKind::PodCreated)) {
            let comes = |s: &ExpectedStep| match s.kind {
                ExpectedKind::Stop => false,
                // Of what was missing before nobody saw it go.
                ExpectedKind::Create => s.done < Done::All,
                ExpectedKind::Restart => matches!(s.done, Done::Down | Done::Created),
            };
            match self.step(ordinal, comes) {
                Some(i) => self.steps[i].done = Done::Created,
                None => return Some(Otherwise::Created(ordinal)),
            }
        }
        self.arrive(known)
    }

    /// Steps whose pod is Ready by now are done. Revisions are compared only then: kinds are watched apart, and a revision may be
    /// known, or have its new number, a moment after its pod.
    fn arrive(&mut self, known: &Known) -> Option<Otherwise> {
        for i in 0..self.steps.len() {
            let step = &self.steps[i];
            let Some(pod) = known.pod_at(step.ordinal) else { continue };
            if step.done != Done::Created || pod.state != PodState::Ready {
                continue;
            }
            let label = known.revision(&pod.revision).map(|_| known.label(&pod.revision));
            if let (Some(is), Some(foretold)) = (label, &step.revision)
                && is != *foretold
            {
                return Some(Otherwise::Revision(i, is));
            }
            self.steps[i].done = Done::All;
        }
        None
    }

    /// What a gap has brought, as far as it shows.
    fn catch_up(&mut self, before: &Known, known: &Known) {
        for step in &mut self.steps {
            let now = known.pod_at(step.ordinal).filter(|p| p.ending.is_none());
            let then = before.pod_at(step.ordinal);
            let is_new = now.is_some_and(|p| then.is_none_or(|t| t.uid != p.uid));
            let up = now.is_some_and(|p| p.state == PodState::Ready);
            step.done = step.done.max(match (step.kind, now) {
                (ExpectedKind::Stop, None) => Done::All,
                (ExpectedKind::Stop, Some(_)) => Done::Nothing,
                (_, None) => Done::Down,
                (_, Some(_)) if up && (is_new || step.done >= Done::Created) => Done::All,
                (_, Some(_)) if is_new => Done::Created,
                (_, Some(_)) => Done::Nothing,
            });
        }
    }

    /// Whether the set has come to its end, or cannot go on.
    fn judge(&mut self, known: &Known, status: &Status, at: i64) -> Option<Otherwise> {
        self.rests = None;
        match status.kind {
            StatusKind::Settled | StatusKind::Held | StatusKind::OnDelete if is_at_rest(known) => {
                let missing = |s: &ExpectedStep| s.done != Done::All && !s.ours;
                if !self.stalls && self.steps.iter().any(missing) {
                    return Some(Otherwise::Missing);
                }
                self.rests = Some(at);
                None
            }
            StatusKind::Stuck | StatusKind::Trapped if !self.stalls && !self.all_done() => {
                let blocker = status.blocker.as_ref()?;
                let uid = known.pod_at(blocker.ordinal).map_or("", |p| p.uid.as_str());
                let news = !self.failing.iter().any(|f| f == uid);
                news.then(|| Otherwise::Stuck(wording::in_the_way(blocker)))
            }
            _ => None,
        }
    }

    fn doubts(&self, known: &Known, otherwise: &Otherwise, since: i64) -> Doubt {
        let ordinal = match otherwise {
            Otherwise::Down(o) | Otherwise::Created(o) => Some(*o),
            Otherwise::Revision(i, _) | Otherwise::Order(i, _) => Some(self.steps[*i].ordinal),
            Otherwise::Missing | Otherwise::Stuck(_) => None,
        };
        let passes = matches!(otherwise, Otherwise::Missing | Otherwise::Stuck(_));
        Doubt { since, happened: wording::happened(self, known, otherwise), ordinal, passes }
    }

    /// The deviation, once the doubt has stood for long enough.
    fn sure(&self, at: i64) -> Option<Happened> {
        let doubt = self.doubt.as_ref().filter(|doubt| at - doubt.since >= DOUBT)?;
        let (foretold, happened) = (self.sentence.clone(), doubt.happened.clone());
        let sentence = format!("Foretold: {foretold} Happened: {happened}");
        let deviation = Happened::listed(
            EventKind::Deviation,
            sentence,
            Data::Deviation { foretold, happened },
        );
        Some(deviation.at_ordinal(doubt.ordinal).by(Some(Credit { at, ..self.by.clone() })))
    }
}

/// The controller has seen the spec, every wanted pod is there and Ready, and none is ending.
fn is_at_rest(known: &Known) -> bool {
    let wanted = known.ordinals();
    let up = known
        .pods
        .iter()
        .filter(|p| p.state == PodState::Ready && p.ordinal.is_some_and(|o| wanted.contains(&o)));
    known.observed >= known.generation
        && known.pods.iter().all(|p| p.ending.is_none())
        && up.count() == wanted.len()
}
