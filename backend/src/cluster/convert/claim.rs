//! PersistentVolumeClaim → [`Claim`].

use k8s_openapi::api::core::v1::PersistentVolumeClaim;
use model::claim::{Claim, ClaimPhase};

use super::{controller, created, name, namespace, uid};

/// The facts of a claim. Whether it is a set's claim is told by its name, later.
pub fn claim(object: &PersistentVolumeClaim) -> Claim {
    let meta = &object.metadata;
    let spec = object.spec.as_ref();
    let status = object.status.as_ref();
    Claim {
        namespace: namespace(meta),
        name: name(meta),
        uid: uid(meta),
        phase: match status.and_then(|s| s.phase.as_deref()) {
            Some("Bound") => ClaimPhase::Bound,
            Some("Lost") => ClaimPhase::Lost,
            _ => ClaimPhase::Pending,
        },
        created: created(meta),
        deleting: meta.deletion_timestamp.is_some(),
        requested: spec
            .and_then(|s| s.resources.as_ref()?.requests.as_ref()?.get("storage"))
            .map(|q| q.0.clone()),
        capacity: status.and_then(|s| s.capacity.as_ref()?.get("storage")).map(|q| q.0.clone()),
        class: spec.and_then(|s| s.storage_class_name.clone()),
        volume: spec.and_then(|s| s.volume_name.clone()).filter(|v| !v.is_empty()),
        owner_uid: controller(meta).map(|o| o.uid.clone()),
        conditions: status
            .and_then(|s| s.conditions.as_deref())
            .unwrap_or_default()
            .iter()
            .filter(|c| c.status == "True")
            .map(|c| c.type_.clone())
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_bound_claim_that_grows_is_read_in_full() {
        let claim = claim(
            &serde_json::from_value(json!({
                "metadata": {"namespace": "shop", "name": "data-web-0", "uid": "c0",
                    "creationTimestamp": "2026-01-01T00:00:00Z",
                    "ownerReferences": [{"apiVersion": "apps/v1", "kind": "StatefulSet",
                        "name": "web", "uid": "u1", "controller": true}]},
                "spec": {"storageClassName": "fast", "volumeName": "pv-1",
                    "resources": {"requests": {"storage": "20Gi"}}},
                "status": {"phase": "Bound", "capacity": {"storage": "10Gi"}, "conditions": [
                    {"type": "Resizing", "status": "True"},
                    {"type": "FileSystemResizePending", "status": "False"}]},
            }))
            .unwrap(),
        );
        assert_eq!(claim.phase, ClaimPhase::Bound);
        assert_eq!(claim.requested.as_deref(), Some("20Gi"));
        assert_eq!(claim.capacity.as_deref(), Some("10Gi"));
        assert_eq!((claim.class.as_deref(), claim.volume.as_deref()), (Some("fast"), Some("pv-1")));
        assert_eq!(claim.owner_uid.as_deref(), Some("u1"));
        assert_eq!(claim.conditions, ["Resizing"]);
        assert!(!claim.deleting);
    }

    #[test]
    fn a_new_claim_is_pending() {
        let claim = claim(&serde_json::from_value(json!({"metadata": {"name": "x"}})).unwrap());
        assert_eq!((claim.phase, claim.volume), (ClaimPhase::Pending, None));
    }
}
