//! Plays the controller forward with ideal pods.

use jiff::SignedDuration;

use super::sick::Sick;
use crate::controller::{
    Claim, ClaimOwner, Cluster, Observed, Owner, Pod, Revision, Step, Unseen, Wait, sync,
};
use crate::pod::Phase;

/// What happens to a pod or a claim.
pub(crate) enum What {
    Down,
    Created {
        revision: String,
    },
    ClaimCreated {
        name: String,
    },
    /// The claim goes after the pod.
    ClaimLost {
        name: String,
    },
}

/// One happening. Those of one sync carry the same `wave`.
pub(crate) struct Move {
    pub(crate) ordinal: u32,
    pub(crate) wave: u32,
    pub(crate) what: What,
}

/// The whole play.
pub(crate) struct Played {
    pub(crate) moves: Vec<Move>,
    /// The revisions made in it: name and number.
    pub(crate) made: Vec<(String, i64)>,
    /// The name of the update revision at the end.
    pub(crate) update: String,
    /// For what the controller waits at the end.
    pub(crate) wait: Option<Wait>,
    pub(crate) unseen: Vec<Unseen>,
    /// So many of the counted places had no pod that was up while something was done, at most.
    pub(crate) down: u32,
    /// It came to rest. One case is known in which it does not: a Parallel set without `rollingUpdate`, the gate
    /// MaxUnavailableStatefulSet and 1.37, where a pod that is made on the current revision counts as broken and old.
    pub(crate) ended: bool,
}

/// More syncs than this for each pod mean that it does not end.
const SYNCS_FOR_EACH_POD: usize = 16;

/// Every pod that is made becomes Ready.
pub(crate) fn ideal(_ordinal: u32, _revision: &str) -> bool {
    false
}

/// Plays until nothing moves. Sick pods stay as they are, until they are deleted; those that are made never become Ready where
/// `fails` says so, by their ordinal and the name of their revision. Of the first `counted` places it is counted how many are
/// without a pod that is up.
pub(crate) fn play(
    seen: Observed,
    cluster: &Cluster,
    sick: &Sick<'_>,
    fails: &dyn Fn(u32, &str) -> bool,
    counted: u32,
) -> Played {
    let limit = SYNCS_FOR_EACH_POD * (seen.pods.len() + seen.set.replicas as usize + 4);
    let mut play = Play {
        seen,
        cluster: *cluster,
        wave: 0,
        number: 0,
        moves: Vec::new(),
        made: Vec::new(),
        fails,
        failing: Vec::new(),
    };
    let mut unseen: Vec<Unseen> = Vec::new();
    let mut wait = None;
    let mut ended = false;
    let mut down = 0;
    for _ in 0..limit {
        let done = sync(&play.seen, &play.cluster);
        let moved = !done.steps.is_empty() || done.writes_status;
        let before = play.moves.len();
        play.wave += 1;
        for rule in done.unseen {
            if !unseen.contains(&rule) {
                unseen.push(rule);
            }
        }
        for step in done.steps {
            play.take(step);
        }
        if play.moves.len() > before || play.wave == 1 {
            down = down.max(play.down(counted));
        }
        if done.writes_status {
            play.seen.status = done.status;
        }
        play.seen.collision_count = done.collision_count;
        wait = done.wait;
        let alive = play.end_pods(sick)
            || play.ready_pods(sick)
            || moved
            || play.let_pass(done.again_after)
            || (done.failed && play.end_claims());
        if !alive {
            ended = true;
            break;
        }
    }
    let update = play.seen.status.update_revision;
    Played { moves: play.moves, made: play.made, update, wait, unseen, down, ended }
}

struct Play<'a> {
    seen: Observed,
    cluster: Cluster,
    wave: u32,
    number: u32,
    moves: Vec<Move>,
    made: Vec<(String, i64)>,
    fails: &'a dyn Fn(u32, &str) -> bool,
    /// The uids of the pods that were made and fail.
    failing: Vec<String>,
}

impl Play<'_> {
    fn tell(&mut self, ordinal: u32, what: What) {
        self.moves.push(Move { ordinal, wave: self.wave, what });
    }

    fn take(&mut self, step: Step) {
        match step {
            Step::CreateRevision { name, number } => {
                self.made.push((name.clone(), number));
                let template = self.seen.set.template.clone();
                let created = self.cluster.now;
                let owner = Owner::Set;
                self.seen.revisions.push(Revision { name, number, template, owner, created });
            }
            Step::RenumberRevision { name, number } => {
                if let Some(r) = self.seen.revisions.iter_mut().find(|r| r.name == name) {
                    r.number = number;
                    self.made.push((name, number));
                }
            }
            Step::DeleteRevision { name } => self.seen.revisions.retain(|r| r.name != name),
            Step::CreateClaim { name, ordinal, .. } => {
                self.tell(ordinal, What::ClaimCreated { name: name.clone() });
                let owner = ClaimOwner::Nobody;
                self.seen.claims.push(Claim {
                    name,
                    uid: String::new(),
                    owner,
                    terminating: false,
                });
            }
            Step::UpdateClaimOwner { name, owner } => {
                if let Some(claim) = self.seen.claims.iter_mut().find(|c| c.name == name) {
                    claim.owner = owner;
                }
            }
            Step::CreatePod { ordinal, revision } => {
                self.tell(ordinal, What::Created { revision: revision.clone() });
                self.number += 1;
                let name = self.seen.set.pod_name(ordinal);
                let uid = self.number.to_string();
                if (self.fails)(ordinal, &revision) {
                    self.failing.push(uid.clone());
                }
                self.seen.pods.push(Pod::new(&self.seen.set.name, name, uid, revision));
            }
            Step::DeletePod { ordinal, .. } => {
                self.tell(ordinal, What::Down);
                if let Some(pod) = self.seen.pods.iter_mut().find(|p| p.ordinal == Some(ordinal)) {
                    pod.terminating = true;
                }
            }
            // The facts hold no orphans and nothing that has drifted.
            Step::AdoptRevision { .. }
            | Step::AdoptPod { .. }
            | Step::ReleasePod { .. }
            | Step::RepairPod { .. } => {}
        }
    }

    /// How many of the first places have no pod that is up.
    fn down(&self, counted: u32) -> u32 {
        let set = &self.seen.set;
        let counted = counted.min(set.replicas);
        let up = self.seen.pods.iter().filter(|p| {
            let index = p.ordinal.and_then(|o| set.index_of(o));
            let ready = p.phase == Phase::Running && p.ready_since.is_some() && !p.terminating;
            ready && index.is_some_and(|i| i < counted)
        });
        counted.saturating_sub(u32::try_from(up.count()).unwrap_or(u32::MAX))
    }

    /// All terminating pods end. The controller sees that before the garbage collector has taken their claims, as it mostly does
    /// in a real cluster; what comes of it then is a stall, and nobody is told when the claim has gone.
    fn end_pods(&mut self, sick: &Sick<'_>) -> bool {
        let mut any = false;
        let held = |p: &Pod| sick.held.contains(p.uid.as_str());
        while let Some(at) = self.seen.pods.iter().position(|p| p.terminating && !held(p)) {
            any = true;
            let pod = self.seen.pods.swap_remove(at);
            let Some(ordinal) = pod.ordinal else { continue };
            for i in 0..self.seen.claims.len() {
                let claim = &mut self.seen.claims[i];
                if claim.owner == (ClaimOwner::Pod { uid: pod.uid.clone() }) {
                    claim.terminating = true;
                    let name = claim.name.clone();
                    self.tell(ordinal, What::ClaimLost { name });
                }
            }
        }
        any
    }

    fn ready_pods(&mut self, sick: &Sick<'_>) -> bool {
        let mut any = false;
        let now = self.cluster.now;
        for pod in &mut self.seen.pods {
            if pod.ready_since.is_some() && pod.phase == Phase::Running {
                continue;
            }
            let waits = sick.unready.contains(pod.uid.as_str()) || self.failing.contains(&pod.uid);
            let held = pod.terminating && sick.held.contains(pod.uid.as_str());
            if held {
                continue;
            }
            if !pod.phase.is_terminal() && !waits {
                pod.phase = Phase::Running;
                pod.ready_since = Some(pod.ready_since.unwrap_or(now));
                any = true;
            }
        }
        any
    }

    fn let_pass(&mut self, time: Option<std::time::Duration>) -> bool {
        let later = time
            .and_then(|t| SignedDuration::try_from(t).ok())
            .and_then(|t| self.cluster.now.checked_add(t).ok());
        match later {
            Some(later) if later > self.cluster.now => {
                self.cluster.now = later;
                true
            }
            _ => false,
        }
    }

    /// Claims that are being deleted and that no pod uses any more go.
    fn end_claims(&mut self) -> bool {
        let before = self.seen.claims.len();
        let mut lost = Vec::new();
        for template in &self.seen.set.claim_templates {
            for index in 0..self.seen.set.replicas {
                let ordinal = self.seen.set.start + index;
                if self.seen.pods.iter().any(|p| p.ordinal == Some(ordinal)) {
                    continue;
                }
                let name = self.seen.set.claim_name(template, ordinal);
                if self.seen.claims.iter().any(|c| c.name == name && c.terminating) {
                    lost.push((ordinal, name));
                }
            }
        }
        for (ordinal, name) in lost {
            self.seen.claims.retain(|c| c.name != name);
            self.tell(ordinal, What::ClaimLost { name });
        }
        self.seen.claims.len() < before
    }
}
