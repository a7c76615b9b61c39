//! Small sets for the tests of this folder.

use jiff::Timestamp;
use model::claim::{Claim, ClaimPhase};
use model::facts::{Facts, Readable};
use model::pod::{Container, ContainerState, Exit, Phase, Pod};
use model::revision::Revision;
use model::set::{
    ClaimTemplate, ContainerImage, Counters, PodManagement, Retain, RollingUpdate, Set,
    UpdateStrategy,
};

/// `seconds` after the epoch.
pub(crate) fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(seconds).expect("in range")
}

/// `web` with `replicas` pods, all up; those from index `partition` on run `web-new` (r7), the others `web-old` (r6).
pub(crate) fn held(replicas: u32, partition: u32) -> Facts {
    let images = |tag: &str| {
        vec![ContainerImage { container: "app".into(), image: format!("reg/web:{tag}") }]
    };
    let revision = |name: &str, number, tag: &str| Revision {
        namespace: "shop".into(),
        name: name.into(),
        uid: format!("uid-{name}"),
        set_uid: "set".into(),
        number,
        was: Vec::new(),
        created: at(0),
        hash: name.into(),
        shape: "shape".into(),
        before_134: false,
        images: images(tag),
        init_images: Vec::new(),
        change_cause: None,
    };
    Facts {
        set: Set {
            namespace: "shop".into(),
            name: "web".into(),
            uid: "set".into(),
            generation: 12,
            created: at(0),
            deleting: false,
            replicas,
            start: 0,
            policy: PodManagement::OrderedReady,
            strategy: UpdateStrategy::RollingUpdate {
                rolling_update: Some(RollingUpdate {
                    partition: Some(partition),
                    max_unavailable: None,
                }),
            },
            min_ready_seconds: 0,
            service_name: Some("web".into()),
            when_deleted: Retain::Retain,
            when_scaled: Retain::Retain,
            containers: images("1.7"),
            init_containers: Vec::new(),
            claim_templates: vec![ClaimTemplate {
                name: "data".into(),
                size: Some("1Gi".into()),
                class: Some("fast".into()),
            }],
            template_labels: std::iter::once(("app".to_owned(), "web".to_owned())).collect(),
            revision_history_limit: model::set::HISTORY_LIMIT,
            template_hash: "new".into(),
            template_shape: "shape".into(),
            restarted_at: None,
            template_has_annotations: false,
            has_annotations: false,
            last_action: None,
            marks: Vec::new(),
            managers: Vec::new(),
            managed_by: None,
            status: Counters {
                observed_generation: 12,
                replicas,
                ready_replicas: replicas,
                available_replicas: replicas,
                current_replicas: partition.min(replicas),
                updated_replicas: replicas.saturating_sub(partition),
                current_revision: "web-old".into(),
                update_revision: "web-new".into(),
            },
            collision_count: 0,
        },
        pods: (0..replicas)
            .map(|i| pod(i, if i < partition { "web-old" } else { "web-new" }))
            .collect(),
        claims: (0..replicas).map(claim).collect(),
        revisions: vec![revision("web-old", 6, "1.6"), revision("web-new", 7, "1.7")].into(),
        services: Vec::new(),
        readable: Readable::ALL,
        kubernetes: None,
        pace: None,
    }
}

/// A pod of `web` that is up.
pub(crate) fn pod(ordinal: u32, revision: &str) -> Pod {
    Pod {
        namespace: "shop".into(),
        name: format!("web-{ordinal}"),
        uid: format!("pod-{ordinal}"),
        set_uid: "set".into(),
        revision: revision.into(),
        created: at(1_000),
        deleting: None,
        phase: Phase::Running,
        ready: true,
        ready_changed: Some(at(1_010)),
        node: Some("n1".into()),
        containers: vec![Container {
            name: "app".into(),
            init: false,
            ready: true,
            restarts: 0,
            state: ContainerState::Running,
            last_exit: None,
        }],
        claims: vec![format!("data-web-{ordinal}")],
        reason: None,
        message: None,
    }
}

/// A bound claim, older than the pods of [`pod`].
pub(crate) fn claim(ordinal: u32) -> Claim {
    Claim {
        namespace: "shop".into(),
        name: format!("data-web-{ordinal}"),
        uid: format!("claim-{ordinal}"),
        phase: ClaimPhase::Bound,
        created: at(100),
        deleting: false,
        requested: Some("1Gi".into()),
        capacity: Some("1Gi".into()),
        class: Some("fast".into()),
        volume: None,
        owner_uid: None,
        conditions: Vec::new(),
    }
}

/// Makes a pod crash again and again.
pub(crate) fn crash(pod: &mut Pod) {
    pod.ready = false;
    pod.containers[0].ready = false;
    pod.containers[0].restarts = 6;
    pod.containers[0].last_exit = Some(Exit { code: 137, reason: None, at: None });
    pod.containers[0].state =
        ContainerState::Waiting { reason: Some("CrashLoopBackOff".into()), message: None };
}
