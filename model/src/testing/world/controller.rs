//! The controller in the world: when it runs, and how its steps are carried out.

use super::{BACK_OFF, Due, Kept, MAX_SYNCS, STARTS, World};
use crate::controller::{Claim, ClaimOwner, Owner, Pod, Revision, Step, Sync, sync};
use crate::testing::kubelet;

impl World {
    pub(super) fn sync(&mut self) -> Result<(), String> {
        for _ in 0..MAX_SYNCS {
            if !self.exists {
                return Ok(());
            }
            let outcome = sync(&self.seen, &self.cluster);
            let rest = outcome.steps.is_empty() && !outcome.writes_status;
            if !rest {
                self.changed();
            }
            let again = outcome.again_after;
            let failed = outcome.failed | self.apply(outcome);
            if failed {
                self.after(BACK_OFF, Due::Sync);
                return Ok(());
            }
            if rest {
                if let Some(again) = again.and_then(|d| i64::try_from(d.as_millis()).ok()) {
                    self.after(again, Due::Sync);
                }
                return Ok(());
            }
        }
        Err("the controller does not come to rest".to_owned())
    }

    /// Answers whether a step was refused; then the rest is not done.
    fn apply(&mut self, outcome: Sync) -> bool {
        let mut refused = false;
        for step in outcome.steps {
            refused = self.take(step);
            if refused {
                break;
            }
        }
        if outcome.writes_status {
            self.seen.status = outcome.status;
        }
        self.seen.collision_count = outcome.collision_count;
        refused
    }

    fn take(&mut self, step: Step) -> bool {
        match step {
            // A pod of an earlier set of this name still ends.
            Step::CreatePod { ordinal, .. } if self.has_pod(ordinal) => return true,
            Step::AdoptRevision { name } => self.revision(&name, |r| r.owner = Owner::Set),
            Step::RenumberRevision { name, number } => self.revision(&name, |r| r.number = number),
            Step::DeleteRevision { name } => self.seen.revisions.retain(|r| r.name != name),
            Step::CreateRevision { name, number } => self.make_revision(name, number),
            Step::AdoptPod { name, .. } => self.pod(&name, |p| p.owner = Owner::Set),
            Step::ReleasePod { name, .. } => self.pod(&name, |p| p.owner = Owner::Nobody),
            Step::RepairPod { name, .. } => self.pod(&name, |p| p.drifted = false),
            Step::CreateClaim { name, ordinal, .. } => self.make_claim(name, ordinal),
            Step::UpdateClaimOwner { name, owner } => self.own(&name, owner),
            Step::CreatePod { ordinal, revision } => self.make_pod(ordinal, revision),
            Step::DeletePod { name, .. } => self.terminate(&name, "controller"),
        }
        false
    }

    fn has_pod(&self, ordinal: u32) -> bool {
        self.seen.pods.iter().any(|p| p.ordinal == Some(ordinal))
    }

    fn revision(&mut self, name: &str, change: impl Fn(&mut Revision)) {
        self.seen.revisions.iter_mut().filter(|r| r.name == name).for_each(change);
    }

    pub(super) fn pod(&mut self, name: &str, change: impl Fn(&mut Pod)) {
        self.seen.pods.iter_mut().filter(|p| p.name == name).for_each(change);
    }

    fn make_revision(&mut self, name: String, number: i64) {
        let template = self.spec.get("template").cloned().unwrap_or_default();
        if !self.made.contains(&name) {
            self.made.push(name.clone());
        }
        self.templates.insert(name.clone(), template);
        self.seen.revisions.push(Revision {
            name,
            number,
            template: self.seen.set.template.clone(),
            owner: Owner::Set,
            created: self.cluster.now,
        });
    }

    fn make_claim(&mut self, name: String, ordinal: u32) {
        *self.lives.entry(name.clone()).or_default() += 1;
        self.tell_claim("claim-create", &name, None);
        self.users.insert(name.clone(), self.seen.set.pod_name(ordinal));
        let uid = format!("claim-{}", self.number());
        let owner = ClaimOwner::Nobody;
        self.seen.claims.push(Claim { name, uid, owner, terminating: false });
    }

    fn make_pod(&mut self, ordinal: u32, revision: String) {
        let name = self.seen.set.pod_name(ordinal);
        *self.lives.entry(name.clone()).or_default() += 1;
        let template = self.templates.get(&revision).cloned().unwrap_or_default();
        let held = template.pointer("/metadata/finalizers").is_some();
        let behaviour = kubelet::behaviour(&template, ordinal);
        self.kept.insert(name.clone(), Kept { behaviour, held });
        let uid = format!("pod-{}", self.number());
        let pod = Pod::new(&self.name, name, uid.clone(), revision);
        self.tell_pod("create", &pod, None);
        self.seen.pods.push(pod);
        self.after(STARTS, Due::Runs(uid));
    }
}
