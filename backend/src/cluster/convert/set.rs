//! StatefulSet → [`Set`].

use std::collections::BTreeMap;

use k8s_openapi::api::apps::v1::{StatefulSet, StatefulSetStatus, StatefulSetUpdateStrategy};
use k8s_openapi::api::core::v1::PersistentVolumeClaim;
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;
use model::set::{
    ClaimTemplate, Counters, HISTORY_LIMIT, PodManagement, Retain, RollingUpdate, Set,
    UpdateStrategy,
};

use super::managers::{managed_by, managers};
use super::marks::marks;
use super::{canonical, count, created, digest, images, name, namespace, shape, uid};

/// The facts of a set. Defaults of the API server are filled in where an object lacks them.
pub fn set(object: &StatefulSet) -> Set {
    let meta = &object.metadata;
    let annotations = meta.annotations.as_ref();
    let spec = &object.spec;
    let template_meta = spec.template.metadata.as_ref();
    let template_annotations = template_meta.and_then(|m| m.annotations.as_ref());
    let pod_spec = spec.template.spec.as_ref();
    // What cannot be written as JSON cannot have been read from it either.
    let template = serde_json::to_value(&spec.template).unwrap_or_default();
    let retention = spec.persistent_volume_claim_retention_policy.as_ref();
    Set {
        namespace: namespace(meta),
        name: name(meta),
        uid: uid(meta),
        generation: meta.generation.unwrap_or_default(),
        created: created(meta),
        deleting: meta.deletion_timestamp.is_some(),
        replicas: spec.replicas.map_or(1, |n| count(Some(n))),
        start: count(spec.ordinals.as_ref().and_then(|o| o.start)),
        policy: match spec.pod_management_policy.as_deref() {
            Some("Parallel") => PodManagement::Parallel,
            _ => PodManagement::OrderedReady,
        },
        strategy: strategy(spec.update_strategy.as_ref()),
        min_ready_seconds: count(spec.min_ready_seconds),
        service_name: spec.service_name.clone().filter(|n| !n.is_empty()),
        when_deleted: retain(retention.and_then(|r| r.when_deleted.as_deref())),
        when_scaled: retain(retention.and_then(|r| r.when_scaled.as_deref())),
        containers: pod_spec.map(|p| images(&p.containers)).unwrap_or_default(),
        init_containers: pod_spec
            .and_then(|p| p.init_containers.as_deref())
            .map(images)
            .unwrap_or_default(),
        claim_templates: spec
            .volume_claim_templates
            .as_deref()
            .unwrap_or_default()
            .iter()
            .map(claim_template)
            .collect(),
        revision_history_limit: spec.revision_history_limit.unwrap_or(HISTORY_LIMIT),
        template_labels: template_meta.and_then(|m| m.labels.clone()).unwrap_or_default(),
        template_hash: digest(&canonical(&template)),
        template_shape: shape(&template),
        restarted_at: value(template_annotations, model::RESTARTED_AT),
        template_has_annotations: template_annotations.is_some(),
        has_annotations: annotations.is_some(),
        last_action: value(annotations, model::ACTION_ANNOTATION),
        marks: marks(meta),
        managers: managers(meta),
        managed_by: managed_by(meta),
        status: object.status.as_ref().map(counters).unwrap_or_default(),
        collision_count: count(object.status.as_ref().and_then(|s| s.collision_count)),
    }
}

fn value(map: Option<&BTreeMap<String, String>>, key: &str) -> Option<String> {
    map?.get(key).cloned()
}

fn strategy(found: Option<&StatefulSetUpdateStrategy>) -> UpdateStrategy {
    let rolling = found.and_then(|s| s.rolling_update.as_ref()).map(|r| RollingUpdate {
        partition: r.partition.map(|n| count(Some(n))),
        max_unavailable: r.max_unavailable.as_ref().map(|m| match m {
            IntOrString::Int(n) => n.to_string(),
            IntOrString::String(text) => text.clone(),
        }),
    });
    match found.and_then(|s| s.type_.as_deref()) {
        None | Some("" | "RollingUpdate") => {
            UpdateStrategy::RollingUpdate { rolling_update: rolling }
        }
        Some("OnDelete") => UpdateStrategy::OnDelete,
        Some(other) => UpdateStrategy::Other { name: other.to_owned() },
    }
}

fn retain(policy: Option<&str>) -> Retain {
    if policy == Some("Delete") { Retain::Delete } else { Retain::Retain }
}

fn claim_template(template: &PersistentVolumeClaim) -> ClaimTemplate {
    let spec = template.spec.as_ref();
    ClaimTemplate {
        name: name(&template.metadata),
        size: spec
            .and_then(|s| s.resources.as_ref()?.requests.as_ref()?.get("storage"))
            .map(|q| q.0.clone()),
        class: spec.and_then(|s| s.storage_class_name.clone()),
    }
}

fn counters(status: &StatefulSetStatus) -> Counters {
    Counters {
        observed_generation: status.observed_generation.unwrap_or_default(),
        replicas: count(Some(status.replicas)),
        ready_replicas: count(status.ready_replicas),
        available_replicas: count(status.available_replicas),
        current_replicas: count(status.current_replicas),
        updated_replicas: count(status.updated_replicas),
        current_revision: status.current_revision.clone().unwrap_or_default(),
        update_revision: status.update_revision.clone().unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn convert(value: Value) -> Set {
        set(&serde_json::from_value(value).unwrap())
    }

    fn minimal() -> Value {
        json!({
            "metadata": {"namespace": "shop", "name": "web", "uid": "u1", "generation": 3,
                "creationTimestamp": "2026-01-01T00:00:00Z"},
            "spec": {"selector": {}, "serviceName": "", "template": {
                "metadata": {"labels": {"app": "web"}},
                "spec": {"containers": [{"name": "app", "image": "app:1"}]}}},
        })
    }

    #[test]
    fn a_bare_set_gets_the_api_servers_defaults() {
        let set = convert(minimal());
        assert_eq!((set.replicas, set.start, set.min_ready_seconds), (1, 0, 0));
        assert_eq!(set.policy, PodManagement::OrderedReady);
        assert_eq!(set.strategy, UpdateStrategy::RollingUpdate { rolling_update: None });
        assert_eq!(set.service_name, None, "an empty name is no name");
        assert!(!set.has_annotations && !set.template_has_annotations && !set.deleting);
        assert_eq!(set.status, Counters::default());
        assert_eq!((set.revision_history_limit, set.collision_count), (10, 0));
        assert_eq!(set.template_labels["app"], "web");
    }

    #[test]
    fn every_field_is_read() {
        let set = convert(json!({
            "metadata": {"namespace": "shop", "name": "web", "uid": "u1", "generation": 7,
                "creationTimestamp": "2026-01-01T00:00:00Z",
                "deletionTimestamp": "2026-01-01T01:00:00Z",
                "annotations": {"rollcall.dev/action": "a-1"}},
            "spec": {"replicas": 5, "ordinals": {"start": 2}, "podManagementPolicy": "Parallel",
                "minReadySeconds": 9, "serviceName": "web-hl", "selector": {},
                "revisionHistoryLimit": 0,
                "persistentVolumeClaimRetentionPolicy":
                    {"whenDeleted": "Retain", "whenScaled": "Delete"},
                "updateStrategy": {"type": "RollingUpdate",
                    "rollingUpdate": {"partition": 3, "maxUnavailable": "25%"}},
                "template": {
                    "metadata": {"annotations": {"kubectl.kubernetes.io/restartedAt": "now"}},
                    "spec": {
                        "initContainers": [{"name": "prep", "image": "prep:1"}],
                        "containers": [{"name": "app", "image": "app:1"}, {"name": "side"}]}},
                "volumeClaimTemplates": [{"metadata": {"name": "data"}, "spec": {
                    "storageClassName": "fast",
                    "resources": {"requests": {"storage": "200Gi"}}}}]},
            "status": {"observedGeneration": 6, "replicas": 5, "readyReplicas": 4,
                "availableReplicas": 3, "currentReplicas": 2, "updatedReplicas": 1,
                "currentRevision": "web-a", "updateRevision": "web-b",
                "collisionCount": 2},
        }));
        assert_eq!((set.replicas, set.start, set.min_ready_seconds), (5, 2, 9));
        assert_eq!(set.policy, PodManagement::Parallel);
        assert_eq!(
            set.strategy,
            UpdateStrategy::RollingUpdate {
                rolling_update: Some(RollingUpdate {
                    partition: Some(3),
                    max_unavailable: Some("25%".into()),
                }),
            }
        );
        assert_eq!(set.service_name.as_deref(), Some("web-hl"));
        assert_eq!((set.when_deleted, set.when_scaled), (Retain::Retain, Retain::Delete));
        assert_eq!(set.containers.len(), 2);
        assert_eq!(set.containers[1].image, "");
        assert_eq!(set.init_containers[0].container, "prep");
        assert_eq!(
            set.claim_templates,
            [ClaimTemplate {
                name: "data".into(),
                size: Some("200Gi".into()),
                class: Some("fast".into()),
            }]
        );
        assert_eq!(set.restarted_at.as_deref(), Some("now"));
        assert_eq!(set.last_action.as_deref(), Some("a-1"));
        assert!(set.deleting && set.has_annotations && set.template_has_annotations);
        assert_eq!(set.status.update_revision, "web-b");
        assert_eq!((set.revision_history_limit, set.collision_count), (0, 2));
        assert_eq!((set.status.ready_replicas, set.status.observed_generation), (4, 6));
    }

    #[test]
    fn strategies_are_told_apart() {
        let table = [
            (json!({"type": "OnDelete"}), UpdateStrategy::OnDelete),
            (json!({"type": "Recreate"}), UpdateStrategy::Other { name: "Recreate".into() }),
            (
                json!({"type": "RollingUpdate"}),
                UpdateStrategy::RollingUpdate { rolling_update: None },
            ),
            (
                json!({"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": 2}}),
                UpdateStrategy::RollingUpdate {
                    rolling_update: Some(RollingUpdate {
                        partition: None,
                        max_unavailable: Some("2".into()),
                    }),
                },
            ),
        ];
        for (strategy, expected) in table {
            let mut object = minimal();
            object["spec"]["updateStrategy"] = strategy.clone();
            assert_eq!(convert(object).strategy, expected, "{strategy}");
        }
    }

    #[test]
    fn the_template_hash_changes_with_the_template_only() {
        let first = convert(minimal()).template_hash;
        assert_eq!(first.len(), 32);
        let mut scaled = minimal();
        scaled["spec"]["replicas"] = json!(9);
        assert_eq!(convert(scaled).template_hash, first);
        let mut changed = minimal();
        changed["spec"]["template"]["spec"]["containers"][0]["image"] = json!("app:2");
        assert_ne!(convert(changed).template_hash, first);
    }
}
