//! How each watch is doing, and what follows for the sets of its scope.

use jiff::Timestamp;
use model::facts::Readable;
use model::wire::{KindHealth, KindState};

use super::super::{Kind, Scope};

/// All watched kinds, in each watched namespace or in all.
#[derive(Clone, Debug)]
pub(super) struct Health {
    parts: Vec<Part>,
}

#[derive(Clone, Debug)]
struct Part {
    namespace: Option<String>,
    /// In the order of [`Kind::ALL`].
    kinds: [Watched; 5],
}

#[derive(Clone, Debug, PartialEq)]
struct Watched {
    state: KindState,
    since: Timestamp,
    reason: Option<String>,
    /// It was listed once, or it is known that it may not be.
    heard: bool,
}

impl Health {
    pub(super) fn new(scope: &Scope, now: Timestamp) -> Self {
        let start =
            || Watched { state: KindState::Starting, since: now, reason: None, heard: false };
        let part = |namespace| Part { namespace, kinds: std::array::from_fn(|_| start()) };
        Self { parts: scope.parts().into_iter().map(part).collect() }
    }

    /// The watches of this kind that a report about `namespace` concerns. One about all namespaces concerns all.
    fn watched(
        &mut self,
        kind: Kind,
        namespace: Option<&str>,
    ) -> impl Iterator<Item = &mut Watched> {
        self.parts
            .iter_mut()
            .filter(move |p| namespace.is_none() || p.namespace.as_deref() == namespace)
            .map(move |p| &mut p.kinds[position(kind)])
    }

    /// A fresh list came in: whatever was wrong is over.
    pub(super) fn listed(&mut self, kind: Kind, namespace: Option<&str>, now: Timestamp) {
        for watched in self.watched(kind, namespace) {
            watched.heard = true;
            if watched.state != KindState::Live {
                watched.state = KindState::Live;
                watched.since = now;
                watched.reason = None;
            }
        }
    }

    /// A watch reports about itself. The same state again keeps the time since when it has been so. A watch that was
    /// never listed does not become readable by being alive: its list is still to come.
    pub(super) fn report(&mut self, report: &KindHealth) {
        let Some(kind) = Kind::of_resource(&report.kind) else { return };
        for watched in self.watched(kind, report.namespace.as_deref()) {
            if watched.state != report.state {
                watched.state = report.state;
                watched.since = report.since;
            }
            watched.reason.clone_from(&report.reason);
            watched.heard |= report.state == KindState::NoAccess;
        }
    }

    /// What can be read in a namespace; `None` while a kind has neither been listed nor refused.
    pub(super) fn readable_in(&self, namespace: &str) -> Option<Readable> {
        let part = self
            .parts
            .iter()
            .find(|p| p.namespace.as_deref().is_none_or(|own| own == namespace))?;
        if !part.kinds.iter().all(|k| k.heard) {
            return None;
        }
        let can = |kind| part.kinds[position(kind)].state != KindState::NoAccess;
        Some(Readable {
            pods: can(Kind::Pods),
            claims: can(Kind::Claims),
            revisions: can(Kind::Revisions),
            services: can(Kind::Services),
        })
    }

    /// The kinds of a watched namespace that have neither been listed nor refused yet, each with what went wrong.
    pub(super) fn unread_in(&self, namespace: &str) -> Vec<(Kind, Option<String>)> {
        let part =
            self.parts.iter().find(|p| p.namespace.as_deref().is_none_or(|own| own == namespace));
        part.into_iter()
            .flat_map(|p| p.kinds.iter().zip(Kind::ALL))
            .filter(|(watched, _)| !watched.heard)
            .map(|(watched, kind)| (kind, watched.reason.clone()))
            .collect()
    }

    pub(super) fn synced(&self) -> bool {
        self.parts.iter().all(|p| p.kinds.iter().all(|k| k.heard))
    }

    /// Whether nobody would see a difference.
    pub(super) fn tells_the_same(&self, other: &Self) -> bool {
        self.parts.iter().zip(&other.parts).all(|(a, b)| a.kinds == b.kinds)
    }

    pub(super) fn report_all(&self) -> Vec<KindHealth> {
        self.parts
            .iter()
            .flat_map(|part| {
                part.kinds.iter().zip(Kind::ALL).map(|(watched, kind)| KindHealth {
                    kind: kind.resource().to_owned(),
                    namespace: part.namespace.clone(),
                    state: watched.state,
                    since: watched.since,
                    reason: watched.reason.clone(),
                    yours: false,
                })
            })
            .collect()
    }
}

fn position(kind: Kind) -> usize {
    Kind::ALL.iter().position(|k| *k == kind).expect("ALL names every kind")
}
