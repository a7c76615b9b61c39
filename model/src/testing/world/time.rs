//! Time in the world: what becomes due, one after the other, until nothing changes any more.

use jiff::Timestamp;

use super::{COLLECTED, Due, PROTECTED, REST, World};
use crate::controller::ClaimOwner;
use crate::testing::kubelet::Behaviour;

impl World {
    /// Lets time pass until nothing changes any more.
    ///
    /// # Errors
    /// When the controller does not come to rest.
    pub(in crate::testing) fn settle(&mut self) -> Result<(), String> {
        loop {
            let next = self.queue.iter().enumerate().min_by_key(|(_, (at, n, _))| (*at, *n));
            let Some((i, (at, _, _))) = next else { return Ok(()) };
            if *at > self.changed + REST {
                return Ok(());
            }
            let (at, _, due) = self.queue.swap_remove(i);
            if at > self.now() {
                self.cluster.now = Timestamp::from_millisecond(at)
                    .map_err(|e| format!("the clock ran out of its range: {e}"))?;
            }
            match due {
                Due::Sync => self.sync()?,
                Due::Runs(uid) => self.runs(&uid),
                Due::Ready(uid) => {
                    if let Some(name) = self.living(&uid) {
                        self.report(&name, true);
                    }
                }
                Due::Gone(uid) => self.gone(&uid),
                Due::Collect(claim) => self.delete_claim(&claim),
                Due::Protect(claim) => self.unprotect(&claim),
            }
        }
    }

    fn living(&self, uid: &str) -> Option<String> {
        self.seen.pods.iter().find(|p| p.uid == uid && !p.terminating).map(|p| p.name.clone())
    }

    fn runs(&mut self, uid: &str) {
        let Some(name) = self.living(uid) else { return };
        match self.kept.get(&name).map(|k| k.behaviour) {
            Some(Behaviour::Ready) | None => self.report(&name, true),
            Some(Behaviour::Slow(more)) => {
                self.report(&name, false);
                self.after(more, Due::Ready(uid.to_owned()));
            }
            Some(Behaviour::Never) => self.report(&name, false),
            Some(Behaviour::Pending) => {}
        }
    }

    fn gone(&mut self, uid: &str) {
        let Some(i) = self.seen.pods.iter().position(|p| p.uid == uid) else { return };
        let pod = self.seen.pods.remove(i);
        self.tell_pod("gone", &pod, None);
        let owner = ClaimOwner::Pod { uid: pod.uid.clone() };
        let mut due = Vec::new();
        for claim in &self.seen.claims {
            if claim.owner == owner {
                due.push((COLLECTED, Due::Collect(claim.name.clone())));
            } else if claim.terminating && self.users.get(&claim.name) == Some(&pod.name) {
                due.push((PROTECTED, Due::Protect(claim.name.clone())));
            }
        }
        for (milliseconds, what) in due {
            self.after(milliseconds, what);
        }
        self.wake();
    }

    /// A claim that is being deleted goes as soon as no pod uses it. No pod event: the controller is not told.
    fn unprotect(&mut self, name: &str) {
        let used =
            self.users.get(name).is_some_and(|pod| self.seen.pods.iter().any(|p| p.name == *pod));
        let at = self.seen.claims.iter().position(|c| c.name == name && c.terminating);
        if let (false, Some(at)) = (used, at) {
            self.seen.claims.remove(at);
            self.tell_claim("claim-gone", name, None);
            self.changed();
        }
    }
}
