//! Which kinds a user may see of the sets of one namespace, and what is taken out for those they may not.

use model::facts::{Facts, Readable};
use model::wire::{EventKind, EventView};

/// Kinds readable in one namespace, for the page of a set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::http) struct Kinds {
    pub(in crate::http) readable: Readable,
    /// `get controllerrevisions`: whoever may not sees no template and no difference of templates.
    pub(in crate::http) templates: bool,
}

impl Kinds {
    /// Takes out of the facts what may not be seen, and says so in `readable`.
    pub(in crate::http) fn veil(self, facts: &mut Facts) {
        if !self.readable.pods {
            facts.pods.clear();
            facts.readable.pods = false;
        }
        if !self.readable.claims {
            facts.claims.clear();
            facts.readable.claims = false;
        }
        if !self.readable.revisions {
            facts.revisions.clear();
            facts.readable.revisions = false;
        }
        if !self.readable.services {
            facts.services.clear();
            facts.readable.services = false;
        }
    }

    /// Takes events about pods and claims out where these are not seen.
    pub(in crate::http) fn veil_events(self, events: &mut Vec<EventView>) {
        events.retain(|e| match about(e.kind) {
            About::Set => true,
            About::Pods => self.readable.pods,
            About::Claims => self.readable.claims,
        });
    }
}

/// Which right it takes to see an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum About {
    Set,
    Pods,
    Claims,
}

/// Without a wildcard: a new kind of event has to be placed here.
pub(super) fn about(kind: EventKind) -> About {
    match kind {
        EventKind::PodDown
        | EventKind::PodCreated
        | EventKind::PodReady
        | EventKind::PodNotReady
        | EventKind::PodRestarted
        | EventKind::PodFailing
        // It names pods and what became of them.
        | EventKind::Deviation
        | EventKind::Stuck
        // Never made here.
        | EventKind::Other => About::Pods,
        EventKind::Claim => About::Claims,
        EventKind::Set
        | EventKind::Template
        | EventKind::Partition
        | EventKind::Scale
        | EventKind::Strategy
        | EventKind::Hold
        | EventKind::Action
        | EventKind::PlanStep
        | EventKind::Metadata
        | EventKind::Rollout
        | EventKind::Gap => About::Set,
    }
}
