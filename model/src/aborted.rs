//! A rollout that somebody aborted: its template is still the set's, and it is held back from every pod. To let it go on tries it
//! again; to leave it the template has to go back.

use crate::action::{Action, target_partition};
use crate::facts::Facts;
use crate::set::Set;
use crate::wire::Held;

/// Whether an abort of the rollout to the revision of this name still stands: no other revision has taken its place, and the
/// boundary still keeps every pod from it.
pub fn stands(set: &Set, revision: &str) -> bool {
    let status = &set.status;
    set.is_rolling_update()
        && status.update_revision == revision
        && status.current_revision != revision
        && set.partition() >= set.replicas
}

/// "r6 was aborted", if a set is held by an abort that still stands.
pub fn says(facts: &Facts, held: Option<&Held>) -> Option<String> {
    let revision = held?.aborted.as_ref()?;
    stands(&facts.set, revision).then(|| format!("{} was aborted", facts.revision_label(revision)))
}

/// What to know before an action that tries the aborted revision again, if it does: a place of a pod gets it.
pub fn warning(facts: &Facts, held: Option<&Held>, action: &Action) -> Option<String> {
    let set = &facts.set;
    let what = says(facts, held)?;
    let tries = match action {
        // Another template takes its place.
        Action::SetImage { .. } | Action::RollBack { .. } => false,
        // The same but for a mark.
        Action::Restart { partition } => partition.unwrap_or(set.partition()) < set.replicas,
        Action::Scale { replicas } => *replicas > set.partition(),
        _ => target_partition(facts, action).is_some_and(|p| p < set.replicas),
    };
    let because =
        held.and_then(|h| h.because.as_ref()).map(|b| format!(": {b}")).unwrap_or_default();
    tries.then(|| format!("{what}{because}. This tries it again."))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::set::UpdateStrategy;
    use crate::testing::sts;
    use crate::wire::{Actor, Source};

    fn held(partition: u32) -> Facts {
        sts("web").replicas(3).revision(2).partition(partition).facts()
    }

    fn by(facts: &Facts) -> Held {
        let revision = facts.set.status.update_revision.clone();
        Held {
            by: Actor { source: Source::Panel, name: Some("alice".into()), at: None, reason: None },
            aborted: Some(revision),
            because: None,
            advanced: false,
        }
    }

    #[test]
    fn an_abort_stands_until_a_pod_may_have_the_revision_or_another_one_comes() {
        let facts = held(3);
        let noted = by(&facts);
        assert_eq!(says(&facts, Some(&noted)).as_deref(), Some("r2 was aborted"));
        assert_eq!(says(&facts, None), None);
        assert_eq!(says(&held(2), Some(&noted)), None, "somebody let it go on");
        let mut scaled = held(3);
        scaled.set.replicas = 4;
        assert_eq!(says(&scaled, Some(&noted)), None, "the new pod gets it");
        let mut other = held(3);
        other.set.status.update_revision = other.set.status.current_revision.clone();
        assert_eq!(says(&other, Some(&noted)), None, "the template went back");
        let mut on_delete = held(3);
        on_delete.set.strategy = UpdateStrategy::OnDelete;
        assert_eq!(says(&on_delete, Some(&noted)), None);
    }

    #[test]
    fn to_try_again_what_was_aborted_is_warned_of_with_the_reason() {
        let facts = held(3);
        let noted = Held { because: Some("web-2 crashed 6 times (exit 137)".into()), ..by(&facts) };
        let warned = |noted: &Held, action: &Action| warning(&facts, Some(noted), action);
        let why = "r2 was aborted: web-2 crashed 6 times (exit 137). This tries it again.";
        for action in [
            Action::SetPartition { partition: 2 },
            Action::Finish {},
            Action::Advance { to: None },
            Action::Scale { replicas: 4 },
            Action::Restart { partition: Some(2) },
        ] {
            assert_eq!(warned(&noted, &action).as_deref(), Some(why), "{action:?}");
        }
        let bare = by(&facts);
        let first = warned(&bare, &Action::Finish {});
        assert_eq!(first.as_deref(), Some("r2 was aborted. This tries it again."));
        let images = facts.set.containers.clone();
        for action in [
            Action::SetImage { images, partition: Some(0) },
            Action::RollBack { revision: "web-rev1".into(), hash: None, partition: Some(0) },
            Action::Scale { replicas: 2 },
            Action::Restart { partition: None },
            Action::SetPartition { partition: 3 },
        ] {
            assert_eq!(warned(&noted, &action), None, "{action:?}");
        }
        assert_eq!(warning(&facts, None, &Action::Finish {}), None);
    }
}
