//! Builders of facts for tests, which read like sentences: `sts("web").replicas(5).rolled_to("r2", 3)`.

#![expect(clippy::return_self_not_must_use, reason = "builders are chained")]

mod kubelet;
mod manifest;
mod replay;
pub mod seen;
mod trace;
mod world;

pub use replay::{Agreement, replay};

use jiff::{SignedDuration, Timestamp};

use crate::claim::{Claim, ClaimPhase};
use crate::facts::{Facts, Readable};
use crate::pod::{Container, ContainerState, Exit, Phase, Pod};
use crate::revision::Revision;
use crate::set::{
    ClaimTemplate, ContainerImage, Counters, Manager, Owned, PodManagement, Retain, RollingUpdate,
    Set, UpdateStrategy,
};
use crate::shared::Shared;

/// The moment at which every test set is looked at.
pub fn now() -> Timestamp {
    Timestamp::from_second(1_800_000_000).expect("a moment in range")
}

/// A moment so many seconds before [`now`].
pub fn ago(seconds: i64) -> Timestamp {
    now() - SignedDuration::from_secs(seconds)
}

/// A set `shop/<name>` under construction. Without further words: three Ready pods on revision 1.
#[derive(Clone)]
pub struct Sts(Facts);

pub fn sts(name: &str) -> Sts {
    let set = Set {
        namespace: "shop".into(),
        name: name.into(),
        uid: format!("uid-{name}"),
        generation: 1,
        created: ago(10_000),
        deleting: false,
        replicas: 0,
        start: 0,
        policy: PodManagement::OrderedReady,
        strategy: UpdateStrategy::RollingUpdate {
            rolling_update: Some(RollingUpdate { partition: Some(0), max_unavailable: None }),
        },
        min_ready_seconds: 0,
        service_name: Some(name.into()),
        when_deleted: Retain::Retain,
        when_scaled: Retain::Retain,
        containers: vec![ContainerImage { container: "app".into(), image: "shop/app:1".into() }],
        init_containers: Vec::new(),
        claim_templates: Vec::new(),
        template_labels: [("app".to_owned(), name.to_owned())].into(),
        revision_history_limit: crate::set::HISTORY_LIMIT,
        template_hash: "t1".into(),
        template_shape: "shape".into(),
        restarted_at: None,
        template_has_annotations: false,
        has_annotations: false,
        last_action: None,
        marks: Vec::new(),
        managers: vec![Manager {
            name: "kubectl-client-side-apply".into(),
            operation: "Update".into(),
            at: Some(ago(9_000)),
            owns: Owned {
                template: true,
                partition: true,
                strategy: true,
                replicas: true,
                spec: true,
            },
        }],
        managed_by: None,
        status: Counters::default(),
        collision_count: 0,
    };
    let facts = Facts {
        set,
        pods: Shared::default(),
        claims: Vec::new(),
        revisions: Shared::default(),
        services: Vec::new(),
        readable: Readable::ALL,
        kubernetes: None,
        pace: None,
    };
    Sts(facts).revision(1).observed().replicas(3)
}

impl Sts {
    pub fn facts(mut self) -> Facts {
        let counters = {
            let f = &self.0;
            let update = f.set.status.update_revision.clone();
            let ready = f.pods.iter().filter(|p| p.ready).count();
            let updated =
                f.pods.iter().filter(|p| p.revision == update && p.deleting.is_none()).count();
            (f.pods.len(), ready, updated)
        };
        let status = &mut self.0.set.status;
        let small = |n: usize| u32::try_from(n).expect("few pods");
        status.replicas = small(counters.0);
        status.ready_replicas = small(counters.1);
        status.available_replicas = small(counters.1);
        status.updated_replicas = small(counters.2);
        self.0
    }

    fn rev(&self, number: i64) -> String {
        format!("{}-rev{number}", self.0.set.name)
    }

    /// A recorded revision; the newest becomes the update revision, the first the current one.
    pub fn revision(mut self, number: i64) -> Self {
        let name = self.rev(number);
        self.0.revisions.push(Revision {
            namespace: "shop".into(),
            name: name.clone(),
            uid: format!("uid-{name}"),
            set_uid: self.0.set.uid.clone(),
            number,
            was: Vec::new(),
            created: ago(1_000),
            hash: format!("h{number}"),
            shape: "shape".into(),
            before_134: false,
            images: vec![ContainerImage {
                container: "app".into(),
                image: format!("shop/app:{number}"),
            }],
            init_images: Vec::new(),
            change_cause: None,
        });
        let status = &mut self.0.set.status;
        if status.current_revision.is_empty() {
            status.current_revision.clone_from(&name);
        }
        status.update_revision = name;
        self.0.set.containers[0].image = format!("shop/app:{number}");
        self
    }

    /// The template goes back to an older revision, which gets a new number as the controller does it.
    pub fn back_to(mut self, number: i64, renumbered: i64) -> Self {
        let name = self.rev(number);
        for r in &mut self.0.revisions {
            if r.name == name {
                r.number = renumbered;
            }
        }
        self.0.revisions.sort_by_key(|r| r.number);
        self.0.set.containers[0].image = format!("shop/app:{number}");
        self.0.set.status.update_revision = name;
        self
    }

    /// All pods were promoted: current = update.
    pub fn promoted(mut self) -> Self {
        let status = &mut self.0.set.status;
        status.current_revision.clone_from(&status.update_revision);
        self
    }

    /// So many replicas, each with a Ready pod on the current revision.
    pub fn replicas(mut self, n: u32) -> Self {
        self.0.set.replicas = n;
        self.0.pods.clear();
        for i in 0..n {
            let pod = self.new_pod(self.0.set.start + i, &self.0.set.status.current_revision);
            self.0.pods.push(pod);
        }
        self
    }

    pub fn start(mut self, start: u32) -> Self {
        self.0.set.start = start;
        let n = self.0.set.replicas;
        self.replicas(n)
    }

    fn new_pod(&self, ordinal: u32, revision: &str) -> Pod {
        let name = self.0.set.pod_name(ordinal);
        Pod {
            namespace: "shop".into(),
            uid: format!("uid-{name}-{revision}"),
            name,
            set_uid: self.0.set.uid.clone(),
            revision: revision.to_owned(),
            created: ago(600),
            deleting: None,
            phase: Phase::Running,
            ready: true,
            ready_changed: Some(ago(590)),
            node: Some("node-0".into()),
            containers: vec![Container {
                name: "app".into(),
                init: false,
                ready: true,
                restarts: 0,
                state: ContainerState::Running,
                last_exit: None,
            }],
            claims: Vec::new(),
            reason: None,
            message: None,
        }
    }

    /// The pod at this ordinal runs that revision (and is Ready).
    pub fn on(mut self, ordinal: u32, revision: i64) -> Self {
        let pod = self.new_pod(ordinal, &self.rev(revision));
        let at = self.0.set.pod_name(ordinal);
        self.0.pods.retain(|p| p.name != at);
        self.0.pods.push(pod);
        self.0.pods.sort_by_key(|p| Set::ordinal_in(&self.0.set.name, &p.name));
        self
    }

    pub fn partition(mut self, p: u32) -> Self {
        self.0.set.strategy = UpdateStrategy::RollingUpdate {
            rolling_update: Some(RollingUpdate { partition: Some(p), max_unavailable: None }),
        };
        self
    }

    pub fn strategy(mut self, s: UpdateStrategy) -> Self {
        self.0.set.strategy = s;
        self
    }

    pub fn on_delete(self) -> Self {
        self.strategy(UpdateStrategy::OnDelete)
    }

    pub fn parallel(mut self) -> Self {
        self.0.set.policy = PodManagement::Parallel;
        self
    }

    pub fn with(mut self, change: impl FnOnce(&mut Facts)) -> Self {
        change(&mut self.0);
        self
    }

    pub fn pod(self, ordinal: u32, change: impl FnOnce(&mut Pod)) -> Self {
        let name = self.0.set.pod_name(ordinal);
        self.with(|f| change(f.pods.iter_mut().find(|p| p.name == name).expect("the pod exists")))
    }

    pub fn without(self, ordinal: u32) -> Self {
        let name = self.0.set.pod_name(ordinal);
        self.with(|f| f.pods.retain(|p| p.name != name))
    }

    pub fn ending(self, ordinal: u32) -> Self {
        self.pod(ordinal, |p| p.deleting = Some(ago(3)))
    }

    /// Not Ready for so many seconds.
    pub fn starting(self, ordinal: u32, seconds: i64) -> Self {
        self.pod(ordinal, |p| {
            p.ready = false;
            p.created = ago(seconds);
            p.ready_changed = Some(ago(seconds));
            p.containers[0].ready = false;
        })
    }

    /// In a crash loop for so many seconds.
    pub fn crashing(self, ordinal: u32, seconds: i64) -> Self {
        self.starting(ordinal, seconds).pod(ordinal, |p| {
            p.containers[0].restarts = 6;
            p.containers[0].state =
                ContainerState::Waiting { reason: Some("CrashLoopBackOff".into()), message: None };
            p.containers[0].last_exit =
                Some(Exit { code: 137, reason: Some("Error".into()), at: None });
        })
    }

    pub fn observed(self) -> Self {
        self.with(|f| f.set.status.observed_generation = f.set.generation)
    }

    /// The spec was changed so many seconds ago and the controller has not seen it.
    pub fn unobserved(self, seconds: i64) -> Self {
        self.with(|f| {
            f.set.generation += 1;
            f.set.managers[0].at = Some(ago(seconds));
        })
    }

    /// A claim template with a Bound claim for each replica.
    pub fn claims(mut self, template: &str) -> Self {
        self.0.set.claim_templates.push(ClaimTemplate {
            name: template.into(),
            size: Some("1Gi".into()),
            class: Some("standard".into()),
        });
        for o in self.0.set.ordinals() {
            self = self.claim(template, o);
        }
        self
    }

    pub fn claim(self, template: &str, ordinal: u32) -> Self {
        self.with(|f| {
            let name = format!("{template}-{}-{ordinal}", f.set.name);
            f.claims.push(Claim {
                namespace: "shop".into(),
                uid: format!("uid-{name}"),
                name,
                phase: ClaimPhase::Bound,
                created: ago(9_000),
                deleting: false,
                requested: Some("1Gi".into()),
                capacity: Some("1Gi".into()),
                class: Some("standard".into()),
                volume: None,
                owner_uid: None,
                conditions: Vec::new(),
            });
        })
    }
}
