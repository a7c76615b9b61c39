//! What is kept of the facts of a set.

use model::blocker;
use model::facts::Facts;
use model::pod::{Phase, Pod};
use model::set::{Set, UpdateStrategy};
use model::strip;

use super::{Known, KnownClaim, KnownPod, KnownRevision, PodState};
use crate::history::ms;

impl Known {
    /// What there is to keep of these facts, taking from `before` what cannot be read now and what the recorder noted.
    pub fn of(facts: &Facts, before: Option<&Self>) -> Self {
        let before = before.filter(|b| b.uid == facts.set.uid);
        let set = &facts.set;
        let mut known = Self {
            v: 1,
            namespace: set.namespace.clone(),
            name: set.name.clone(),
            uid: set.uid.clone(),
            generation: set.generation,
            observed: set.status.observed_generation,
            deleting: set.deleting,
            replicas: set.replicas,
            start: set.start,
            min_ready_seconds: set.min_ready_seconds,
            strategy: match &set.strategy {
                UpdateStrategy::RollingUpdate { .. } => "RollingUpdate".to_owned(),
                UpdateStrategy::OnDelete => "OnDelete".to_owned(),
                UpdateStrategy::Other { name } => name.clone(),
            },
            partition: set.is_rolling_update().then(|| set.partition()),
            template: set.template_hash.clone(),
            images: set.containers.clone(),
            restarted_at: set.restarted_at.clone(),
            current: set.status.current_revision.clone(),
            update: set.status.update_revision.clone(),
            updated_replicas: set.status.updated_replicas,
            ready_replicas: set.status.ready_replicas,
            last_action: set.last_action.clone(),
            marks: Some(set.marks.clone()),
            managers: set.managers.clone(),
            revisions: Vec::new(),
            pods: Vec::new(),
            claims: Vec::new(),
            blind: !facts.readable.pods,
            book: before.map(|b| b.book.clone()).unwrap_or_default(),
        };
        known.pods = match before {
            Some(b) if !facts.readable.pods => b.pods.clone(),
            _ => {
                let earlier = before.map(Self::pods_by_uid).unwrap_or_default();
                let keep = |p: &Pod| pod(facts, p, earlier.get(p.uid.as_str()).copied());
                facts.pods.iter().map(keep).collect()
            }
        };
        // `pod_at` relies on it.
        known.pods.sort_by(|a, b| {
            (a.ordinal.is_none(), a.ordinal, &a.name).cmp(&(
                b.ordinal.is_none(),
                b.ordinal,
                &b.name,
            ))
        });
        known.revisions = match before {
            Some(b) if !facts.readable.revisions => b.revisions.clone(),
            _ => facts
                .revisions
                .iter()
                .map(|r| KnownRevision {
                    name: r.name.clone(),
                    number: r.number,
                    hash: r.hash.clone(),
                })
                .collect(),
        };
        known.claims = match before {
            Some(b) if !facts.readable.claims => b.claims.clone(),
            _ => claims(facts),
        };
        if let Some(b) = before
            && facts.readable.revisions
            && !b.update.is_empty()
            && known.update != b.update
            && !known.can_name_update()
        {
            known.update.clone_from(&b.update);
        }
        known
    }

    /// The controller gives the update revision the highest number of all, also when it takes an old one up again
    /// (`stateful_set_control.go`, `getStatefulSetRevisions`): until that is seen, it has no right label. A pod that
    /// carries the revision ends the waiting.
    fn can_name_update(&self) -> bool {
        let highest = self.revisions.iter().max_by_key(|r| r.number);
        highest.is_some_and(|r| r.name == self.update)
            || self.pods.iter().any(|p| p.revision == self.update)
    }
}

fn pod(facts: &Facts, pod: &Pod, earlier: Option<&KnownPod>) -> KnownPod {
    let state = PodState::from(strip::state(pod));
    let up = pod.is_up();
    let (_, says) = if up { (String::new(), String::new()) } else { blocker::says(pod) };
    KnownPod {
        ordinal: facts.ordinal(pod),
        name: pod.name.clone(),
        uid: pod.uid.clone(),
        revision: pod.revision.clone(),
        state,
        ready: pod.ready && pod.phase == Phase::Running,
        created: ms(pod.created),
        ending: pod.deleting.map(ms),
        ready_changed: pod.ready_changed.map(ms),
        restarts: pod.restarts(),
        was_ready: up || earlier.is_some_and(|e| e.was_ready),
        told_failing: !up
            && (state == PodState::Failing || earlier.is_some_and(|e| e.told_failing)),
        over: pod.phase.is_terminal(),
        says,
        exit: pod
            .containers
            .iter()
            .filter_map(|c| c.last_exit.as_ref())
            .max_by_key(|e| e.at)
            .map(|e| e.code),
    }
}

fn claims(facts: &Facts) -> Vec<KnownClaim> {
    let place = |name: &str| {
        facts
            .set
            .claim_templates
            .iter()
            .find_map(|t| Set::ordinal_in(&format!("{}-{}", t.name, facts.set.name), name))
    };
    facts
        .claims
        .iter()
        .map(|c| KnownClaim {
            name: c.name.clone(),
            uid: c.uid.clone(),
            ordinal: place(&c.name),
            phase: format!("{:?}", c.phase),
            requested: c.requested.clone(),
            capacity: c.capacity.clone(),
        })
        .collect()
}
