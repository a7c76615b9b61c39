//! Kinds of events that one looks for together.

use serde::{Deserialize, Serialize};

use super::EventKind;

/// A group of kinds of events.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub enum EventGroup {
    /// What people and tools did.
    Changes,
    Rollouts,
    /// What pods did.
    Pods,
    Claims,
    Gaps,
}

impl EventGroup {
    pub const ALL: [Self; 5] =
        [Self::Changes, Self::Rollouts, Self::Pods, Self::Claims, Self::Gaps];

    /// As URLs have it.
    pub fn key(self) -> &'static str {
        match self {
            Self::Changes => "changes",
            Self::Pods => "pods",
            Self::Rollouts => "rollouts",
            Self::Claims => "claims",
            Self::Gaps => "gaps",
        }
    }

    /// The reverse of [`EventGroup::key`].
    pub fn parse(text: Option<&str>) -> Option<Self> {
        Self::ALL.into_iter().find(|g| Some(g.key()) == text)
    }

    /// Its kinds.
    pub fn kinds(self) -> &'static [EventKind] {
        use EventKind as K;
        match self {
            Self::Changes => &[
                K::Set,
                K::Template,
                K::Partition,
                K::Scale,
                K::Strategy,
                K::Action,
                K::PlanStep,
                K::Deviation,
                K::Metadata,
            ],
            Self::Pods => &[
                K::PodDown,
                K::PodCreated,
                K::PodReady,
                K::PodNotReady,
                K::PodRestarted,
                K::PodFailing,
            ],
            Self::Rollouts => &[K::Rollout, K::Hold, K::Stuck],
            Self::Claims => &[K::Claim],
            Self::Gaps => &[K::Gap],
        }
    }

    /// Whether an event is shown among those of one set. A gap always is: without it what stands around it would look
    /// complete.
    pub fn shows(chosen: Option<Self>, kind: EventKind) -> bool {
        kind == EventKind::Gap || chosen.is_none_or(|g| g.kinds().contains(&kind))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_is_in_exactly_one_group() {
        use EventKind as K;
        let kinds = [
            K::Set,
            K::Template,
            K::Partition,
            K::Scale,
            K::Strategy,
            K::PodDown,
            K::PodCreated,
            K::PodReady,
            K::PodNotReady,
            K::PodRestarted,
            K::PodFailing,
            K::Claim,
            K::Hold,
            K::Action,
            K::PlanStep,
            K::Deviation,
            K::Stuck,
            K::Metadata,
            K::Rollout,
            K::Gap,
        ];
        for kind in kinds {
            let groups = EventGroup::ALL.iter().filter(|g| g.kinds().contains(&kind));
            assert_eq!(groups.count(), 1, "{kind:?}");
        }
    }

    #[test]
    fn a_gap_is_shown_whatever_is_chosen() {
        assert!(EventGroup::shows(Some(EventGroup::Claims), EventKind::Gap));
        assert!(!EventGroup::shows(Some(EventGroup::Claims), EventKind::PodDown));
        assert!(EventGroup::shows(None, EventKind::PodDown));
    }

    #[test]
    fn the_url_round_trips_and_nonsense_shows_all() {
        for group in EventGroup::ALL {
            assert_eq!(EventGroup::parse(Some(group.key())), Some(group));
        }
        assert_eq!(EventGroup::parse(Some("nonsense")), None);
    }
}
