//! When a set becomes Stuck or Trapped, and when it is no longer: as the status says it, so that the two never differ. Nobody did
//! it. What was told is noted with the set, so that a restart of the panel tells nothing twice. Pure.

use model::status::StatusKind;
use model::wire::EventKind;
use serde::{Deserialize, Serialize};

use super::compare::Happened;
use super::data::Data;
use super::known::Known;
use super::step::Look;
use super::{ms, sentence};

/// So long (ms) an abort may take from its patch to the end of its pods.
const ABORTS: i64 = 10_000;

/// The trouble that was told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Trouble {
    pub kind: TroubleKind,
    /// The pod for which it is.
    pub pod: String,
    /// ms UTC.
    pub since: i64,
}

/// The kinds of status that are trouble.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum TroubleKind {
    Stuck,
    Trapped,
}

/// A turn into trouble, or out of it, since the look before.
pub(super) fn turn(known: &mut Known, look: Look<'_>) -> Option<Happened> {
    let status = look.status.filter(|_| !known.blind)?;
    let told = known.book.trouble.take();
    let now = match status.kind {
        // It is not known: what was told stands.
        StatusKind::NoAccess | StatusKind::Unknown | StatusKind::Unobserved | StatusKind::Other => {
            known.book.trouble = told;
            return None;
        }
        StatusKind::Stuck => Some(TroubleKind::Stuck),
        StatusKind::Trapped => Some(TroubleKind::Trapped),
        _ => None,
    };
    let Some(kind) = now else {
        let told = told?;
        let was = match told.kind {
            TroubleKind::Stuck => "stuck",
            TroubleKind::Trapped => "trapped",
        };
        let sentence = format!(
            "{} is no longer {was}, after {}",
            known.name,
            sentence::lasted(told.since, look.at)
        );
        return Some(event(sentence, None));
    };
    let Some(blocker) = &status.blocker else {
        known.book.trouble = told;
        return None;
    };
    // An abort raises the boundary, and takes the pod away a moment later.
    let aborting = known.book.aborted.as_ref().is_some_and(|note| look.at - note.by.at < ABORTS);
    if aborting && told.is_some() {
        known.book.trouble = told;
        return None;
    }
    let same = told.as_ref().is_some_and(|t| t.kind == kind && t.pod == blocker.pod);
    // Of the whole time, whichever pods it was for.
    let since = told.as_ref().map(|t| t.since);
    let since = since.or(status.since.map(ms)).unwrap_or(look.at);
    known.book.trouble = Some(Trouble { kind, pod: blocker.pod.clone(), since });
    if same {
        return None;
    }
    let (name, pod, reason) = (&known.name, &blocker.pod, &blocker.reason);
    let says = &blocker.says;
    let sentence = match kind {
        TroubleKind::Stuck => format!("{name} is stuck on {pod} ({reason}): it {says}"),
        TroubleKind::Trapped => format!(
            "{name} is trapped by {pod} ({reason}): it {says}, and the controller never replaces it"
        ),
    };
    Some(event(sentence, Some(kind)).at_ordinal(Some(blocker.ordinal)))
}

fn event(sentence: String, kind: Option<TroubleKind>) -> Happened {
    Happened::listed(EventKind::Stuck, sentence, Data::Trouble { kind })
}
