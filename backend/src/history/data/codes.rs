//! The words in which the database says of what kind an event is, and how a rollout ended.

use model::wire::{EventKind, RolloutOutcome};

/// The kinds of stored events: those of the API, and two that only serve to draw a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Listed.
    Listed(EventKind),
    /// Everything as it stands.
    Snapshot,
    /// The object of a pod that was ending is gone.
    PodGone,
}

const CODES: [(EventKind, &str); 20] = [
    (EventKind::Set, "set"),
    (EventKind::Template, "template"),
    (EventKind::Partition, "partition"),
    (EventKind::Scale, "scale"),
    (EventKind::Strategy, "strategy"),
    (EventKind::PodDown, "pod_down"),
    (EventKind::PodCreated, "pod_created"),
    (EventKind::PodReady, "pod_ready"),
    (EventKind::PodNotReady, "pod_not_ready"),
    (EventKind::PodRestarted, "pod_restarted"),
    (EventKind::PodFailing, "pod_failing"),
    (EventKind::Claim, "claim"),
    (EventKind::Hold, "hold"),
    (EventKind::Action, "action"),
    (EventKind::PlanStep, "plan_step"),
    (EventKind::Deviation, "deviation"),
    (EventKind::Stuck, "stuck"),
    (EventKind::Metadata, "metadata"),
    (EventKind::Rollout, "rollout"),
    (EventKind::Gap, "gap"),
];

impl Kind {
    /// The word in the database.
    pub fn code(self) -> &'static str {
        match self {
            Self::Snapshot => "snapshot",
            Self::PodGone => "pod_gone",
            Self::Listed(kind) => {
                CODES.iter().find(|(k, _)| *k == kind).map_or("set", |(_, code)| code)
            }
        }
    }

    /// The reverse of [`Kind::code`].
    pub fn parse(code: &str) -> Option<Self> {
        match code {
            "snapshot" => Some(Self::Snapshot),
            "pod_gone" => Some(Self::PodGone),
            _ => CODES.iter().find(|(_, c)| *c == code).map(|(k, _)| Self::Listed(*k)),
        }
    }
}

/// The word of an outcome in the database.
pub fn outcome_code(outcome: RolloutOutcome) -> &'static str {
    match outcome {
        RolloutOutcome::Open => "open",
        RolloutOutcome::Settled => "settled",
        RolloutOutcome::Superseded => "superseded",
        RolloutOutcome::RolledBack => "rolled_back",
        RolloutOutcome::SetDeleted => "set_deleted",
        // A later version's, never stored by this one.
        RolloutOutcome::Other => "other",
    }
}

/// The reverse of [`outcome_code`].
pub fn outcome_of(code: &str) -> Option<RolloutOutcome> {
    [
        RolloutOutcome::Open,
        RolloutOutcome::Settled,
        RolloutOutcome::Superseded,
        RolloutOutcome::RolledBack,
        RolloutOutcome::SetDeleted,
    ]
    .into_iter()
    .find(|o| outcome_code(*o) == code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_has_a_word_of_its_own_and_is_read_back() {
        for (kind, code) in CODES {
            assert_eq!(Kind::Listed(kind).code(), code);
            assert_eq!(Kind::parse(code), Some(Kind::Listed(kind)));
        }
        assert_eq!(Kind::parse("snapshot"), Some(Kind::Snapshot));
        assert_eq!(Kind::parse("nonsense"), None);
    }
}
