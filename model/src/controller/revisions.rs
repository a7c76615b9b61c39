//! ControllerRevisions: which one is wanted, which one is current, which are history.

use super::observed::{Observed, Owner, Pod, Revision};
use super::step::Step;

/// The revisions of a sync.
pub(super) struct Resolved {
    pub(super) current: String,
    pub(super) update: String,
    pub(super) collision_count: u32,
}

/// The name of a revision: `<set>-<hash>`. `template` is its `data`, or what stands for it.
/// Source: `history`, `ControllerRevisionName` and `HashControllerRevision`; apimachinery `util/rand`, `SafeEncodeString`.
pub fn revision_name(set: &str, template: &str, collision_count: u32) -> String {
    const CUT: usize = 223;
    let mut hash: u32 = 0x811c_9dc5;
    let digits = collision_count.to_string();
    for byte in template.bytes().chain(digits.bytes()) {
        // FNV-1: multiply first (FNV-1a does it the other way round).
        hash = hash.wrapping_mul(0x0100_0193) ^ u32::from(byte);
    }
    let cut = if set.is_char_boundary(CUT) { &set[..CUT] } else { set };
    let mut name = String::with_capacity(cut.len() + 11);
    name.push_str(cut);
    name.push('-');
    for digit in hash.to_string().bytes() {
        name.push(char::from(b"456789bcdf"[usize::from(digit - b'0')]));
    }
    name
}

/// Source: `set`, `adoptOrphanRevisions`.
pub(super) fn adopt(seen: &Observed, steps: &mut Vec<Step>) {
    if seen.set.deleting {
        return;
    }
    for revision in seen.revisions.iter().filter(|r| r.owner == Owner::Nobody) {
        steps.push(Step::AdoptRevision { name: revision.name.clone() });
    }
}

/// Ascending. Source: `history`, `byRevision`.
fn sorted(seen: &Observed) -> Vec<&Revision> {
    let mut all: Vec<&Revision> =
        seen.revisions.iter().filter(|r| r.owner != Owner::Other).collect();
    all.sort_unstable_by(|a, b| {
        a.number.cmp(&b.number).then(a.created.cmp(&b.created)).then(a.name.cmp(&b.name))
    });
    all
}

/// Finds, renumbers or creates the revision of the present template. Source: `control`, `getStatefulSetRevisions`.
pub(super) fn resolve(seen: &Observed, steps: &mut Vec<Step>) -> Resolved {
    let all = sorted(seen);
    let number = all.last().map_or(1, |r| r.number + 1);
    let mut collision_count = seen.collision_count;
    let equal = all.iter().rev().find(|r| r.template == seen.set.template);
    let update = match equal {
        Some(equal) => {
            if all.last().is_some_and(|newest| newest.template != equal.template) {
                // This is what a rollback comes to: the same object and name with the highest number.
                steps.push(Step::RenumberRevision { name: equal.name.clone(), number });
            }
            equal.name.clone()
        }
        None => create(seen, number, &mut collision_count, steps),
    };
    // A current revision that is gone (or was never set) becomes the update revision: pods below the partition then come
    // back new.
    let known = all.iter().any(|r| r.name == seen.status.current_revision);
    let current = if known { seen.status.current_revision.clone() } else { update.clone() };
    Resolved { current, update, collision_count }
}

/// Source: `history`, `CreateControllerRevision`.
fn create(
    seen: &Observed,
    number: i64,
    collision_count: &mut u32,
    steps: &mut Vec<Step>,
) -> String {
    loop {
        let name = revision_name(&seen.set.name, &seen.set.template, *collision_count);
        match seen.revisions.iter().find(|r| r.name == name) {
            None => {
                steps.push(Step::CreateRevision { name: name.clone(), number });
                return name;
            }
            Some(there) if there.template == seen.set.template => return name,
            Some(_) => *collision_count += 1,
        }
    }
}

/// Deletes what is neither current nor update nor any pod's, lowest number first, until the limit is kept. The order is that
/// from before the sync. Source: `control`, `truncateHistory`.
pub(super) fn truncate(seen: &Observed, pods: &[&Pod], resolved: &Resolved, steps: &mut Vec<Step>) {
    let Ok(limit) = usize::try_from(seen.set.history_limit) else { return };
    if seen.revisions.len() <= limit {
        return;
    }
    let mut old = sorted(seen);
    old.retain(|r| {
        r.name != resolved.current
            && r.name != resolved.update
            && !pods.iter().any(|p| p.revision == r.name)
    });
    let excess = old.len().saturating_sub(limit);
    for revision in &old[..excess] {
        steps.push(Step::DeleteRevision { name: revision.name.clone() });
    }
}
