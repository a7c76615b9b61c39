//! Which pods the controller will never replace.

use super::judge::View;
use crate::blocker::Blocker;
use crate::forecast;

/// Broken pods that are not on the revision the set wants at their place, and that the controller, left alone, never replaces:
/// it waits for them to be Ready first (k8s#67250 and its relatives). Pods in phase Failed are replaced and are no trap.
pub(super) fn trapped(
    view: &View<'_>,
    down: &[Blocker],
    overdue: &dyn Fn(&Blocker) -> bool,
) -> Vec<Blocker> {
    let set = &view.facts.set;
    if !set.is_rolling_update() {
        return Vec::new();
    }
    let broken = |b: &Blocker| b.failing || overdue(b);
    let is_broken_and_old = |b: &&Blocker| {
        let Some(pod) = view.facts.pod_at(b.ordinal) else { return false };
        let Some(index) = set.index_of(b.ordinal) else { return false };
        let wanted = view.facts.wanted_revision(index);
        pod.deleting.is_none()
            && !pod.phase.is_terminal()
            && !wanted.is_empty()
            && pod.revision != wanted
            && broken(b)
    };
    let mut trapped: Vec<Blocker> = down.iter().filter(is_broken_and_old).cloned().collect();
    if !trapped.is_empty() {
        let uid = |b: &Blocker| view.facts.pod_at(b.ordinal).map(|p| p.uid.as_str());
        let stuck: Vec<&str> = down.iter().filter(|b| broken(b)).filter_map(uid).collect();
        let replaced = forecast::replaced(view.facts, &stuck);
        trapped.retain(|b| !replaced.contains(&b.ordinal));
    }
    trapped
}
