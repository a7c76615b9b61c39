//! What happens after an action, compared with what was foretold when it was taken. Pure.
//!
//! The forecast comes with the action from the journal; what of it has happened is noted with the set, so that it survives a restart of
//! the panel. The first thing that is otherwise is told once, as one event that names both, and ends the comparison. So do,
//! without a word, another change of the spec, another action, and rest after all was done. What happened while nobody looked is
//! taken as done where it shows, and never held against the forecast. Sets and pods are watched apart: a pod may be seen to go
//! before the change that made it go is seen on the set. So what is otherwise is told only when it has stood for a while.

mod begin;
mod watch;
mod wording;

use model::wire::EventKind;
use serde::{Deserialize, Serialize};

use super::compare::Happened;
use super::credit::Credit;
use super::data::{Data, Kind};
use super::known::Known;
use super::step::Look;

/// After the set has come to rest as foretold, something else that happens within this time (ms) still belongs to it.
const GRACE: i64 = 10_000;

/// So long (ms) something that is otherwise may still be explained by a change that is about to be seen.
const DOUBT: i64 = 5_000;

/// So long (ms), and minReadySeconds, nothing has to have moved behind a pod that was in the way before the action: the forecast
/// knew of it, and it may not be what the rest waits for.
const STILL: i64 = 60_000;

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
    /// Pods (uids) that were failing, or in the way, when it began: they are news only once nothing moves any more.
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
    /// So long (ms) it has to stand.
    #[serde(default = "doubt", skip_serializing_if = "is_doubt")]
    stands: i64,
}

fn doubt() -> i64 {
    DOUBT
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature serde asks for")]
fn is_doubt(ms: &i64) -> bool {
    *ms == DOUBT
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
    /// So is one that was there before, and nothing moves.
    Still(String),
}

/// Follows a set from one look to the next. Brings `known.book.expected` up to date and answers a deviation.
pub(super) fn follow(
    before: &Known,
    known: &mut Known,
    happened: &[Happened],
    look: Look<'_>,
) -> Option<Happened> {
    let running = known.book.expected.take();
    let fresh = begin::begun(before, known, happened, look);
    let mut expected = match (fresh, running) {
        (Some(fresh), _) => fresh,
        (None, Some(running)) if !superseded(&running, before, known, happened) => running,
        _ => return None,
    };
    if known.blind || known.deleting {
        return None;
    }
    if expected.doubt.as_ref().is_some_and(|doubt| !doubt.passes) {
        let sure = expected.sure(look.at, false);
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
        && (now.stands == DOUBT || !happened.iter().any(moves_a_pod))
    {
        now.since = then.since;
    }
    // After a gap every kind was listed afresh: nothing lags behind.
    let sure = expected.sure(look.at, look.gap.is_some());
    known.book.expected = sure.is_none().then_some(expected);
    sure
}

/// What was otherwise and still is, with nothing seen since.
pub(super) fn stands(known: &mut Known, at: i64) -> Option<Happened> {
    let sure = known.book.expected.as_ref()?.sure(at, false)?;
    known.book.expected = None;
    Some(sure)
}

/// The id of the action by which a pod went down.
fn down_by(happened: &Happened) -> Option<&str> {
    let down = happened.kind == Kind::Listed(EventKind::PodDown);
    happened.credit.as_ref().filter(|_| down)?.action.as_deref()
}

fn moves_a_pod(happened: &Happened) -> bool {
    use EventKind::{PodCreated, PodDown, PodReady};
    matches!(happened.kind, Kind::Listed(PodCreated | PodDown | PodReady))
}

/// Another change of the spec, or another action.
fn superseded(running: &Expected, before: &Known, known: &Known, happened: &[Happened]) -> bool {
    let mine = running.by.action.as_deref();
    known.generation != running.generation
        || known.last_action != before.last_action
        || happened.iter().filter_map(down_by).any(|id| Some(id) != mine)
}

impl Expected {
    fn all_done(&self) -> bool {
        self.steps.iter().all(|s| s.done == Done::All)
    }

    fn doubts(&self, known: &Known, otherwise: &Otherwise, since: i64) -> Doubt {
        let ordinal = match otherwise {
            Otherwise::Down(o) | Otherwise::Created(o) => Some(*o),
            Otherwise::Revision(i, _) | Otherwise::Order(i, _) => Some(self.steps[*i].ordinal),
            Otherwise::Missing | Otherwise::Stuck(_) | Otherwise::Still(_) => None,
        };
        let passes = ordinal.is_none();
        let stands = match otherwise {
            Otherwise::Still(_) => STILL + 1_000 * i64::from(known.min_ready_seconds),
            _ => DOUBT,
        };
        let happened = wording::happened(self, known, otherwise);
        Doubt { since, happened, ordinal, passes, stands }
    }

    /// The deviation, once the doubt has stood for long enough. After a gap what was only late is there.
    fn sure(&self, at: i64, gap: bool) -> Option<Happened> {
        let enough = |doubt: &Doubt| if gap && doubt.stands == DOUBT { 0 } else { doubt.stands };
        let doubt = self.doubt.as_ref().filter(|doubt| at - doubt.since >= enough(doubt))?;
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
