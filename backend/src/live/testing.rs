//! Builders for tests that read like sentences: `a_set("shop/web").of(3).updating("web-a", "web-b").held_at(2)`.
//!
//! They make plain facts; [`Words`] turns any of them into changes, and [`listed`] into what a watch says first.

mod changes;

pub use changes::*;

use jiff::{SignedDuration, Timestamp};
use model::claim::{Claim, ClaimPhase};
use model::pod::{Container, ContainerState, Exit, Phase, Pod};
use model::revision::Revision;
use model::service::{Service, ServiceKind};
use model::set::{
    ClaimTemplate, ContainerImage, Counters, PodManagement, Retain, RollingUpdate, Set, SetKey,
    UpdateStrategy,
};

/// Seconds after the moment at which every test begins.
pub fn at(seconds: i64) -> Timestamp {
    let begin: Timestamp = "2026-01-01T12:00:00Z".parse().unwrap();
    begin + SignedDuration::from_secs(seconds)
}

/// `shop/web`.
pub fn key(path: &str) -> SetKey {
    let (namespace, name) = path.split_once('/').expect("namespace/name");
    SetKey::new(namespace, name)
}

/// A settled set of three pods on the revision `<name>-a`; its uid is `uid-<name>`.
pub fn a_set(path: &str) -> Set {
    let SetKey { namespace, name } = key(path);
    let revision = format!("{name}-a");
    Set {
        uid: format!("uid-{name}"),
        generation: 1,
        created: at(-3600),
        deleting: false,
        replicas: 3,
        start: 0,
        policy: PodManagement::OrderedReady,
        strategy: UpdateStrategy::RollingUpdate {
            rolling_update: Some(RollingUpdate { partition: Some(0), max_unavailable: None }),
        },
        min_ready_seconds: 0,
        service_name: Some(name.clone()),
        when_deleted: Retain::Retain,
        when_scaled: Retain::Retain,
        containers: vec![ContainerImage { container: "app".into(), image: "app:1".into() }],
        init_containers: Vec::new(),
        claim_templates: Vec::new(),
        template_labels: [("app".to_owned(), name.clone())].into(),
        revision_history_limit: model::set::HISTORY_LIMIT,
        template_hash: format!("hash-{revision}"),
        template_shape: "shape".into(),
        restarted_at: None,
        template_has_annotations: false,
        has_annotations: false,
        last_action: None,
        marks: Vec::new(),
        managers: Vec::new(),
        managed_by: None,
        status: Counters {
            observed_generation: 1,
            replicas: 3,
            ready_replicas: 3,
            available_replicas: 3,
            current_replicas: 3,
            updated_replicas: 3,
            current_revision: revision.clone(),
            update_revision: revision,
        },
        collision_count: 0,
        namespace,
        name,
    }
}

/// What can be said of a set.
pub trait SetThat: Sized {
    /// So many replicas, all counted as there.
    #[must_use]
    fn of(self, replicas: u32) -> Self;
    #[must_use]
    fn with_uid(self, uid: &str) -> Self;
    /// A generation that the controller has observed.
    #[must_use]
    fn at_generation(self, generation: i64) -> Self;
    /// The generation is one ahead of what the controller has observed.
    #[must_use]
    fn unobserved(self) -> Self;
    /// On its way from one revision to another.
    #[must_use]
    fn updating(self, from: &str, to: &str) -> Self;
    #[must_use]
    fn held_at(self, partition: u32) -> Self;
    #[must_use]
    fn on_delete(self) -> Self;
    #[must_use]
    fn parallel(self) -> Self;
    #[must_use]
    fn starting_at(self, ordinal: u32) -> Self;
    #[must_use]
    fn with_claims(self, template: &str) -> Self;
    #[must_use]
    fn without_service(self) -> Self;
    #[must_use]
    fn with_image(self, image: &str) -> Self;
}

impl SetThat for Set {
    fn of(mut self, replicas: u32) -> Self {
        self.replicas = replicas;
        self.status.replicas = replicas;
        self.status.ready_replicas = replicas;
        self.status.available_replicas = replicas;
        self.status.current_replicas = replicas;
        self.status.updated_replicas = replicas;
        self
    }

    fn with_uid(mut self, uid: &str) -> Self {
        uid.clone_into(&mut self.uid);
        self
    }

    fn at_generation(mut self, generation: i64) -> Self {
        self.generation = generation;
        self.status.observed_generation = generation;
        self
    }

    fn unobserved(mut self) -> Self {
        self.generation = self.status.observed_generation + 1;
        self
    }

    fn updating(mut self, from: &str, to: &str) -> Self {
        from.clone_into(&mut self.status.current_revision);
        to.clone_into(&mut self.status.update_revision);
        self.template_hash = format!("hash-{to}");
        self
    }

    fn held_at(mut self, partition: u32) -> Self {
        self.strategy = UpdateStrategy::RollingUpdate {
            rolling_update: Some(RollingUpdate {
                partition: Some(partition),
                max_unavailable: None,
            }),
        };
        self
    }

    fn on_delete(mut self) -> Self {
        self.strategy = UpdateStrategy::OnDelete;
        self
    }

    fn parallel(mut self) -> Self {
        self.policy = PodManagement::Parallel;
        self
    }

    fn starting_at(mut self, ordinal: u32) -> Self {
        self.start = ordinal;
        self
    }

    fn with_claims(mut self, template: &str) -> Self {
        self.claim_templates.push(ClaimTemplate {
            name: template.to_owned(),
            size: Some("10Gi".into()),
            class: None,
        });
        self
    }

    fn without_service(mut self) -> Self {
        self.service_name = None;
        self
    }

    fn with_image(mut self, image: &str) -> Self {
        image.clone_into(&mut self.containers[0].image);
        self
    }
}

/// A Ready pod of the set on its update revision; its uid is `uid-<pod>`.
pub fn a_pod_of(set: &Set, ordinal: u32) -> Pod {
    let name = set.pod_name(ordinal);
    Pod {
        namespace: set.namespace.clone(),
        uid: format!("uid-{name}"),
        set_uid: set.uid.clone(),
        revision: set.status.update_revision.clone(),
        created: at(-600),
        deleting: None,
        phase: Phase::Running,
        ready: true,
        ready_changed: Some(at(-590)),
        node: Some("node-1".into()),
        containers: vec![Container {
            name: "app".into(),
            init: false,
            ready: true,
            restarts: 0,
            state: ContainerState::Running,
            last_exit: None,
        }],
        claims: set.claim_templates.iter().map(|t| format!("{}-{name}", t.name)).collect(),
        reason: None,
        message: None,
        name,
    }
}

/// Ready pods at every ordinal that the set wants.
pub fn all_pods_of(set: &Set) -> Vec<Pod> {
    set.ordinals().map(|ordinal| a_pod_of(set, ordinal)).collect()
}

/// What can be said of a pod.
pub trait PodThat: Sized {
    #[must_use]
    fn on(self, revision: &str) -> Self;
    #[must_use]
    fn with_uid(self, uid: &str) -> Self;
    #[must_use]
    fn named(self, name: &str) -> Self;
    #[must_use]
    fn created(self, when: Timestamp) -> Self;
    #[must_use]
    fn ready_since(self, when: Timestamp) -> Self;
    #[must_use]
    fn not_ready_since(self, when: Timestamp) -> Self;
    #[must_use]
    fn ending_since(self, when: Timestamp) -> Self;
    /// In `CrashLoopBackOff` after so many restarts.
    #[must_use]
    fn crashed(self, times: u32) -> Self;
}

impl PodThat for Pod {
    fn on(mut self, revision: &str) -> Self {
        revision.clone_into(&mut self.revision);
        self
    }

    fn with_uid(mut self, uid: &str) -> Self {
        uid.clone_into(&mut self.uid);
        self
    }

    fn named(mut self, name: &str) -> Self {
        name.clone_into(&mut self.name);
        self
    }

    fn created(mut self, when: Timestamp) -> Self {
        self.created = when;
        self
    }

    fn ready_since(mut self, when: Timestamp) -> Self {
        self.ready = true;
        self.ready_changed = Some(when);
        self
    }

    fn not_ready_since(mut self, when: Timestamp) -> Self {
        self.ready = false;
        self.ready_changed = Some(when);
        for container in &mut self.containers {
            container.ready = false;
        }
        self
    }

    fn ending_since(mut self, when: Timestamp) -> Self {
        self.deleting = Some(when);
        self
    }

    fn crashed(mut self, times: u32) -> Self {
        self.ready = false;
        let container = &mut self.containers[0];
        container.ready = false;
        container.restarts = times;
        container.state =
            ContainerState::Waiting { reason: Some("CrashLoopBackOff".into()), message: None };
        container.last_exit = Some(Exit { code: 1, reason: Some("Error".into()), at: None });
        self
    }
}

/// A bound claim of a claim template of the set; its uid is `uid-<claim>`.
pub fn a_claim_of(set: &Set, template: &str, ordinal: u32) -> Claim {
    let name = format!("{template}-{}-{ordinal}", set.name);
    Claim {
        namespace: set.namespace.clone(),
        uid: format!("uid-{name}"),
        phase: ClaimPhase::Bound,
        created: at(-3600),
        deleting: false,
        requested: Some("10Gi".into()),
        capacity: Some("10Gi".into()),
        class: None,
        volume: Some(format!("pv-{name}")),
        owner_uid: None,
        conditions: Vec::new(),
        name,
    }
}

/// A revision of the set; its uid is `uid-<revision>`, its hash `hash-<revision>`.
pub fn a_revision_of(set: &Set, name: &str, number: i64) -> Revision {
    Revision {
        namespace: set.namespace.clone(),
        name: name.to_owned(),
        uid: format!("uid-{name}"),
        set_uid: set.uid.clone(),
        number,
        created: at(-3600 + number),
        hash: format!("hash-{name}"),
        shape: "shape".into(),
        before_134: false,
        images: set.containers.clone(),
        was: Vec::new(),
        init_images: Vec::new(),
        change_cause: None,
    }
}

/// The headless Service that selects the pods of the set of this name.
pub fn a_service(path: &str) -> Service {
    let SetKey { namespace, name } = key(path);
    Service {
        namespace,
        kind: ServiceKind::Headless,
        selector: [("app".to_owned(), name.clone())].into(),
        publish_not_ready: true,
        name,
    }
}
