//! Which events are shown: a group of kinds, kept in the URL.

use leptos::prelude::*;
use model::wire::EventKind;

use crate::reactive::Memo;

/// A group of kinds that one looks for together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Group {
    /// What people and tools did.
    Changes,
    /// What pods did.
    Pods,
    Rollouts,
    Claims,
    Gaps,
}

impl Group {
    pub const ALL: [Self; 5] =
        [Self::Changes, Self::Rollouts, Self::Pods, Self::Claims, Self::Gaps];

    /// As the URL has it.
    pub fn key(self) -> &'static str {
        match self {
            Self::Changes => "changes",
            Self::Pods => "pods",
            Self::Rollouts => "rollouts",
            Self::Claims => "claims",
            Self::Gaps => "gaps",
        }
    }

    fn word(self) -> &'static str {
        match self {
            Self::Changes => "Changes",
            Self::Pods => "Pods",
            Self::Rollouts => "Rollouts",
            Self::Claims => "Claims",
            Self::Gaps => "Gaps",
        }
    }

    /// What the URL asks for; anything else shows all.
    pub fn parse(text: Option<&str>) -> Option<Self> {
        Self::ALL.into_iter().find(|g| Some(g.key()) == text)
    }

    fn has(self, kind: EventKind) -> bool {
        use EventKind as K;
        match self {
            Self::Changes => matches!(
                kind,
                K::Set
                    | K::Template
                    | K::Partition
                    | K::Scale
                    | K::Strategy
                    | K::Action
                    | K::PlanStep
                    | K::Deviation
            ),
            Self::Pods => matches!(
                kind,
                K::PodDown
                    | K::PodCreated
                    | K::PodReady
                    | K::PodNotReady
                    | K::PodRestarted
                    | K::PodFailing
            ),
            Self::Rollouts => matches!(kind, K::Rollout | K::Hold),
            Self::Claims => kind == K::Claim,
            Self::Gaps => kind == K::Gap,
        }
    }

    /// Whether an event is shown. A gap always is: without it what stands around it would look complete.
    pub fn shows(chosen: Option<Self>, kind: EventKind) -> bool {
        kind == EventKind::Gap || chosen.is_none_or(|g| g.has(kind))
    }
}

/// The chips.
pub(super) fn chips(shown: Memo<Option<Group>>, choose: Callback<Option<Group>>) -> AnyView {
    let chip = move |group: Option<Group>, word: &'static str| {
        view! {
            <button
                type="button"
                class="chip"
                aria-pressed=move || if shown.get() == group { "true" } else { "false" }
                on:click=move |_| choose.run(group)
            >
                {word}
            </button>
        }
    };
    let groups = Group::ALL.into_iter().map(|g| chip(Some(g), g.word())).collect_view();
    view! {
        <div class="chips flat" role="group" aria-label="Which events">{chip(None, "All")}{groups}</div>
    }
    .into_any()
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
            K::Rollout,
            K::Gap,
        ];
        for kind in kinds {
            assert_eq!(Group::ALL.iter().filter(|g| g.has(kind)).count(), 1, "{kind:?}");
        }
    }

    #[test]
    fn a_gap_is_shown_whatever_is_chosen() {
        assert!(Group::shows(Some(Group::Claims), EventKind::Gap));
        assert!(!Group::shows(Some(Group::Claims), EventKind::PodDown));
        assert!(Group::shows(None, EventKind::PodDown));
    }

    #[test]
    fn the_url_round_trips_and_nonsense_shows_all() {
        for group in Group::ALL {
            assert_eq!(Group::parse(Some(group.key())), Some(group));
        }
        assert_eq!(Group::parse(Some("nonsense")), None);
    }
}
