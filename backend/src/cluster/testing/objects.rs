//! Objects as the API server writes them.

use serde_json::{Value, json};

/// The StatefulSet `shop/<name>` with one claim template, as JSON.
pub(in crate::cluster) fn a_set(name: &str) -> Value {
    json!({"metadata": {"namespace": "shop", "name": name, "uid": format!("uid-{name}"),
            "generation": 1, "creationTimestamp": "2026-01-01T00:00:00Z"},
        "spec": {"replicas": 1, "serviceName": name, "selector": {"matchLabels": {"app": name}},
            "template": {"metadata": {"labels": {"app": name}},
                "spec": {"containers": [{"name": "app", "image": "app:1"}]}},
            "volumeClaimTemplates": [{"metadata": {"name": "data"}, "spec": {}}]},
        "status": {"replicas": 1, "observedGeneration": 1,
            "currentRevision": format!("{name}-a"), "updateRevision": format!("{name}-a")}})
}

fn owned(kind: &str, set: &str, name: &str) -> Value {
    json!({"namespace": "shop", "name": name, "uid": format!("uid-{name}"),
        "creationTimestamp": "2026-01-01T00:00:00Z",
        "labels": {"controller-revision-hash": format!("{set}-a"), "app": set},
        "ownerReferences": [{"apiVersion": "apps/v1", "kind": kind, "name": set,
            "uid": format!("uid-{set}"), "controller": true}]})
}

/// The Ready pod `shop/<set>-<ordinal>`.
pub(in crate::cluster) fn a_pod(set: &str, ordinal: u32) -> Value {
    json!({"metadata": owned("StatefulSet", set, &format!("{set}-{ordinal}")),
        "spec": {"containers": [{"name": "app"}]},
        "status": {"phase": "Running", "conditions": [{"type": "Ready", "status": "True"}]}})
}

/// A pod that belongs to something else.
pub(in crate::cluster) fn a_foreign_pod(name: &str) -> Value {
    json!({"metadata": owned("ReplicaSet", "other", name), "spec": {"containers": []}})
}

/// The revision `<set>-a`.
pub(in crate::cluster) fn a_revision(set: &str) -> Value {
    json!({"metadata": owned("StatefulSet", set, &format!("{set}-a")), "revision": 1,
        "data": {"spec": {"template": {"$patch": "replace",
            "spec": {"containers": [{"name": "app", "image": "app:1"}]}}}}})
}

/// The claim `data-<set>-0`.
pub(in crate::cluster) fn a_claim(set: &str) -> Value {
    json!({"metadata": {"namespace": "shop", "name": format!("data-{set}-0"), "uid": "uid-claim",
            "creationTimestamp": "2026-01-01T00:00:00Z"},
        "status": {"phase": "Bound"}})
}

/// The headless Service `<set>`.
pub(in crate::cluster) fn a_service(set: &str) -> Value {
    json!({"metadata": {"namespace": "shop", "name": set},
        "spec": {"clusterIP": "None", "selector": {"app": set}}})
}
