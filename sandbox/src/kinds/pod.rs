//! Pods. Source: kubernetes `pkg/registry/core/pod/strategy.go`, `pkg/apis/core/validation`, and the admission plugins
//! ServiceAccount, Priority and DefaultTolerationSeconds.

use serde_json::{Value, json};

use super::or;
use crate::refusal::Cause;

pub(super) fn default_new(pod: &mut Value) {
    let spec = &mut pod["spec"];
    or(spec, "serviceAccountName", json!("default"));
    let account = spec["serviceAccountName"].clone();
    or(spec, "serviceAccount", account);
    or(spec, "enableServiceLinks", json!(true));
    or(spec, "priority", json!(0));
    or(spec, "preemptionPolicy", json!("PreemptLowerPriority"));
    let toleration = |key: &str| json!({"key": key, "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 300});
    let defaults =
        [toleration("node.kubernetes.io/not-ready"), toleration("node.kubernetes.io/unreachable")];
    or(spec, "tolerations", json!(defaults));
    pod["status"] = json!({"phase": "Pending", "qosClass": quality(&pod["spec"])});
}

/// Source: `pkg/apis/core/v1/helper/qos`, without init containers.
fn quality(spec: &Value) -> &'static str {
    let containers = crate::object::list(spec, "/containers");
    let has = |c: &Value, what: &str| {
        c["resources"].get(what).is_some_and(|r| r.as_object().is_some_and(|m| !m.is_empty()))
    };
    if !containers.iter().any(|c| has(c, "requests") || has(c, "limits")) {
        return "BestEffort";
    }
    let guaranteed = containers.iter().all(|c| {
        let (requests, limits) = (&c["resources"]["requests"], &c["resources"]["limits"]);
        limits.get("cpu").is_some()
            && limits.get("memory").is_some()
            && (requests.is_null() || requests == limits)
    });
    if guaranteed { "Guaranteed" } else { "Burstable" }
}

/// Almost nothing of a pod's spec may change.
pub(super) fn change(old: &Value, new: &Value) -> Vec<Cause> {
    let fixed = |pod: &Value| {
        let mut spec = pod["spec"].clone();
        for field in ["containers", "initContainers"] {
            for container in spec.get_mut(field).and_then(Value::as_array_mut).into_iter().flatten()
            {
                container["image"] = json!("");
            }
        }
        if let Some(map) = spec.as_object_mut() {
            for field in [
                "activeDeadlineSeconds",
                "tolerations",
                "terminationGracePeriodSeconds",
                "nodeName",
            ] {
                map.remove(field);
            }
        }
        spec
    };
    if fixed(old) == fixed(new) {
        return Vec::new();
    }
    vec![Cause::forbidden(
        "spec",
        "pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)",
    )]
}
