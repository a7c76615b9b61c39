//! What the panel observes, as the controller sees it.

use super::cluster::Version;
use super::observed::{Claim, ClaimOwner, Observed, Owner, Pod, Revision, Spec};
use crate::facts::Facts;
use crate::set::Set;

impl Observed {
    /// From the facts of the panel. Orphans and foreign objects are not among them.
    pub fn of(facts: &Facts) -> Self {
        let set = &facts.set;
        let mut revisions: Vec<Revision> =
            facts.revisions.iter().map(|r| revision(facts, r)).collect();
        let template = template(facts, &mut revisions);
        Self {
            set: Spec {
                name: set.name.clone(),
                uid: set.uid.clone(),
                generation: set.generation,
                deleting: set.deleting,
                replicas: set.replicas,
                start: set.start,
                policy: set.policy,
                strategy: set.strategy.clone(),
                min_ready_seconds: set.min_ready_seconds,
                history_limit: set.revision_history_limit,
                when_deleted: set.when_deleted,
                when_scaled: set.when_scaled,
                claim_templates: set.claim_templates.iter().map(|t| t.name.clone()).collect(),
                template,
            },
            status: set.status.clone(),
            collision_count: set.collision_count,
            pods: facts.pods.iter().map(|p| pod(set, p)).collect(),
            claims: facts.claims.iter().map(|c| claim(set, c)).collect(),
            revisions,
        }
    }
}

/// The identity of the present template. Where the controller has seen the spec it is by definition that of the update revision,
/// which may be known by name before its object is (kinds are watched apart) or may not be readable at all.
fn template(facts: &Facts, revisions: &mut Vec<Revision>) -> String {
    let set = &facts.set;
    let status = &set.status;
    let known = |name: &str, all: &[Revision]| all.iter().any(|r| r.name == name);
    let mut stand_in = |name: &str, template: &str, number: i64| {
        if !name.is_empty() && !known(name, revisions) {
            revisions.push(Revision {
                name: name.to_owned(),
                number,
                template: template.to_owned(),
                owner: Owner::Set,
                created: set.created,
            });
        }
    };
    let next = facts.next_revision_number();
    let unread = !facts.readable.revisions || facts.revisions.is_empty();
    if unread && status.current_revision != status.update_revision {
        stand_in(&status.current_revision, &status.current_revision, next - 1);
    }
    if status.observed_generation < set.generation {
        return set.template_hash.clone();
    }
    stand_in(&status.update_revision, &set.template_hash, next);
    let update = revisions.iter().find(|r| r.name == status.update_revision);
    update.map_or_else(|| set.template_hash.clone(), |r| r.template.clone())
}

fn pod(set: &Set, pod: &crate::pod::Pod) -> Pod {
    Pod {
        name: pod.name.clone(),
        ordinal: Set::ordinal_in(&set.name, &pod.name),
        uid: pod.uid.clone(),
        owner: Owner::Set,
        selected: true,
        revision: pod.revision.clone(),
        phase: pod.phase,
        // A Ready pod whose condition carries no time has been so for as long as anybody knows.
        ready_since: pod.ready.then(|| pod.ready_changed.unwrap_or(pod.created)),
        terminating: pod.deleting.is_some(),
        drifted: false,
    }
}

fn claim(set: &Set, claim: &crate::claim::Claim) -> Claim {
    let owner = match &claim.owner_uid {
        None => ClaimOwner::Nobody,
        Some(uid) if *uid == set.uid => ClaimOwner::Set { uid: uid.clone() },
        // The facts do not tell the kind of the owner; besides the set only a pod is usual.
        Some(uid) => ClaimOwner::Pod { uid: uid.clone() },
    };
    Claim { name: claim.name.clone(), uid: claim.uid.clone(), owner, terminating: claim.deleting }
}

/// The identity of a recorded template: its digest, but not where its bytes are none that the controller makes any more.
fn identity(facts: &Facts, revision: &crate::revision::Revision) -> String {
    let kubernetes = facts.kubernetes.unwrap_or(Version::SEEN);
    if revision.before_134 && kubernetes.minor >= 34 {
        // None that is made from now on equals it.
        return format!("{} before 1.34", revision.hash);
    }
    revision.hash.clone()
}

fn revision(facts: &Facts, revision: &crate::revision::Revision) -> Revision {
    Revision {
        name: revision.name.clone(),
        number: revision.number,
        template: identity(facts, revision),
        owner: Owner::Set,
        created: revision.created,
    }
}
