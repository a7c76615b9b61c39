//! A rollout that somebody aborted: its template is still the set's, and it is held back from every pod. To let it go on tries it
//! again; to leave it the template has to go back.

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
}
