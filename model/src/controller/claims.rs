//! Claims: made before their pod, owned as the retention policy says.

use super::observed::{Claim, ClaimOwner, Observed};
use super::step::Step;
use crate::set::Retain;

fn find<'a>(seen: &'a Observed, name: &str) -> Option<&'a Claim> {
    seen.claims.iter().find(|c| c.name == name)
}

/// The claim that still belongs to a pod of this name that is no more. Only asked where scaling down deletes claims.
/// Source: `pod control`, `PodClaimIsStale`.
pub(super) fn stale_claim(seen: &Observed, ordinal: u32) -> Option<String> {
    if seen.set.when_scaled == Retain::Retain {
        return None;
    }
    seen.set.claim_templates.iter().find_map(|template| {
        let claim = find(seen, &seen.set.claim_name(template, ordinal))?;
        matches!(claim.owner, ClaimOwner::Pod { .. }).then(|| claim.name.clone())
    })
}

/// Creates the claims that are missing, all of them, and answers one that is being deleted, if there is: then the pod cannot
/// be made. Source: `pod control`, `createPersistentVolumeClaims`.
pub(super) fn create(seen: &Observed, ordinal: u32, steps: &mut Vec<Step>) -> Option<String> {
    let mut ending = None;
    for template in &seen.set.claim_templates {
        let name = seen.set.claim_name(template, ordinal);
        match find(seen, &name) {
            None => steps.push(Step::CreateClaim { name, template: template.clone(), ordinal }),
            Some(claim) if claim.terminating && ending.is_none() => ending = Some(name),
            Some(_) => {}
        }
    }
    ending
}

/// To whom the claim of an ordinal is to belong. `pod_uid` is the uid of the pod that is there.
/// Source: `utils`, `updateClaimOwnerRefForSetAndPod`.
fn wanted(seen: &Observed, in_range: bool, pod_uid: Option<&str>) -> ClaimOwner {
    let set = &seen.set;
    match (set.when_scaled, set.when_deleted) {
        (Retain::Delete, _) if !in_range => match pod_uid {
            Some(uid) => ClaimOwner::Pod { uid: uid.to_owned() },
            None => ClaimOwner::Nobody,
        },
        (_, Retain::Delete) => ClaimOwner::Set { uid: set.uid.clone() },
        (_, Retain::Retain) => ClaimOwner::Nobody,
    }
}

/// Gives the claims of an ordinal to whom the retention policy says. A claim of a foreign controller, or of a set or pod of
/// this name with another uid, is left alone. Sources: `utils`, `isClaimOwnerUpToDate` and `hasUnexpectedController`.
pub(super) fn retain(seen: &Observed, ordinal: u32, pod_uid: Option<&str>, steps: &mut Vec<Step>) {
    let set = &seen.set;
    let keeps_all = set.when_scaled == Retain::Retain && set.when_deleted == Retain::Retain;
    let wanted = wanted(seen, set.index_of(ordinal).is_some(), pod_uid);
    for template in &set.claim_templates {
        let name = set.claim_name(template, ordinal);
        let owner = match find(seen, &name) {
            Some(claim) => &claim.owner,
            // Made a moment ago in this sync.
            None if created(steps, &name) => &ClaimOwner::Nobody,
            None => continue,
        };
        let foreign = match owner {
            ClaimOwner::Nobody => false,
            ClaimOwner::Set { uid } => *uid != set.uid,
            ClaimOwner::Pod { uid } => pod_uid != Some(uid),
            ClaimOwner::Other => true,
        };
        // With Retain for both nobody is unexpected; then only our own references are taken away.
        if *owner == wanted || foreign || (keeps_all && matches!(owner, ClaimOwner::Other)) {
            continue;
        }
        steps.push(Step::UpdateClaimOwner { name, owner: wanted.clone() });
    }
}

fn created(steps: &[Step], claim: &str) -> bool {
    steps.iter().rev().any(|s| matches!(s, Step::CreateClaim { name, .. } if name == claim))
}

/// Whether every claim belongs to whom those of wanted ordinals are to belong: the common case, in which nothing has to be
/// looked at pod by pod.
pub(super) fn all_in_order(seen: &Observed) -> bool {
    let wanted = wanted(seen, true, None);
    seen.claims.iter().all(|c| c.owner == wanted)
}
