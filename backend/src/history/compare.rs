//! What happened between two looks at a set. Pure.

mod claims;
mod metadata;
mod pods;
mod spec;

pub(super) use spec::mark;

use std::collections::HashSet;

use model::facts::Facts;
use model::wire::EventKind;

use super::credit::{Credit, Deed};
use super::data::{Data, Kind};
use super::known::{Known, KnownPod};

/// One thing that happened to a set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Happened {
    pub kind: Kind,
    /// Without the actor; empty for kinds that are not listed.
    pub sentence: String,
    pub ordinal: Option<u32>,
    pub credit: Option<Credit>,
    pub data: Data,
}

impl Happened {
    pub(super) fn listed(kind: EventKind, sentence: String, data: Data) -> Self {
        Self { kind: Kind::Listed(kind), sentence, ordinal: None, credit: None, data }
    }

    pub(super) fn by(self, credit: Option<Credit>) -> Self {
        Self { credit, ..self }
    }

    pub(super) fn at_ordinal(self, ordinal: Option<u32>) -> Self {
        Self { ordinal, ..self }
    }
}

/// What differs, in the order in which it makes sense to tell it. `deeds` are actions of the panel on this set that may explain it, `at` is
/// ms UTC.
pub fn compare(before: &Facts, after: &Facts, deeds: &[Deed], at: i64) -> Vec<Happened> {
    let before = Known::of(before, None);
    let mut after = Known::of(after, Some(&before));
    changes(&before, &mut after, deeds, at)
}

/// Whether pods went since `before` of which nothing that was seen tells why. The change that made them go may be about to be seen:
/// kinds are watched apart.
pub fn lacks_cause(before: &Known, facts: &Facts, deeds: &[Deed]) -> bool {
    if !facts.readable.pods || before.uid != facts.set.uid {
        return false;
    }
    let staying: HashSet<&str> =
        facts.pods.iter().filter(|p| p.deleting.is_none()).map(|p| p.uid.as_str()).collect();
    let went = |p: &&KnownPod| p.ending.is_none() && !staying.contains(p.uid.as_str());
    if !before.pods.iter().any(|p| went(&p)) {
        return false;
    }
    let after = Known::of(facts, Some(before));
    let mut went = before.pods.iter().filter(went);
    went.any(|p| {
        let ours = deeds.iter().any(|d| !d.refused && d.ends_pod(&p.uid));
        !ours && pods::unexplained(&after, p)
    })
}

/// As [`compare`], on what the history keeps; the notes of `after` are brought up to date.
pub fn changes(before: &Known, after: &mut Known, deeds: &[Deed], at: i64) -> Vec<Happened> {
    let mut all = Vec::new();
    if after.deleting && !before.deleting {
        let sentence = format!("{} is being deleted", after.name);
        all.push(Happened::listed(EventKind::Set, sentence, Data::Deleting {}));
    }
    spec::changes(before, after, deeds, at, &mut all);
    spec::abort(before, after, deeds, at);
    metadata::changes(before, after, at, &mut all);
    claims::gone(before, after, &mut all);
    pods::changes(before, after, deeds, at, &mut all);
    claims::changes(before, after, &mut all);
    spec::hold(before, after, &mut all);
    all
}
