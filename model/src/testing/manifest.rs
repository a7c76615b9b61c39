//! A StatefulSet's spec as JSON: the API server's defaults, and what the controller reads from it.

use serde_json::{Map, Value, json};

use crate::controller::Spec;
use crate::set::{PodManagement, Retain, RollingUpdate, UpdateStrategy};

/// What the API server fills in and takes away, as far as a sync depends on it. `old` is the spec that is replaced.
pub(super) fn default(spec: &mut Value, old: Option<&Value>, gate: bool) {
    let fill = |object: &mut Map<String, Value>, key: &str, value: Value| {
        object.entry(key.to_owned()).or_insert(value);
    };
    let Some(all) = spec.as_object_mut() else { return };
    fill(all, "replicas", json!(1));
    fill(all, "podManagementPolicy", json!("OrderedReady"));
    fill(all, "revisionHistoryLimit", json!(10));
    fill(
        all,
        "persistentVolumeClaimRetentionPolicy",
        json!({"whenDeleted": "Retain", "whenScaled": "Retain"}),
    );
    if all.get("minReadySeconds") == Some(&json!(0)) {
        all.remove("minReadySeconds");
    }
    fill(all, "updateStrategy", json!({}));
    if let Some(strategy) = all["updateStrategy"].as_object_mut() {
        if !strategy.contains_key("type") {
            strategy.insert("type".into(), json!("RollingUpdate"));
            fill(strategy, "rollingUpdate", json!({}));
        }
        if let Some(rolling) = strategy.get_mut("rollingUpdate").and_then(Value::as_object_mut) {
            fill(rolling, "partition", json!(0));
            if gate {
                fill(rolling, "maxUnavailable", json!(1));
            } else if old.is_none_or(|old| {
                old.pointer("/updateStrategy/rollingUpdate/maxUnavailable").is_none()
            }) {
                rolling.remove("maxUnavailable");
            }
        }
    }
    if let Some(pod) = spec.pointer_mut("/template/spec").and_then(Value::as_object_mut) {
        fill(pod, "restartPolicy", json!("Always"));
        fill(pod, "terminationGracePeriodSeconds", json!(30));
        fill(pod, "dnsPolicy", json!("ClusterFirst"));
        fill(pod, "schedulerName", json!("default-scheduler"));
    }
}

/// A JSON merge patch (RFC 7386).
pub(super) fn merge(target: &mut Value, patch: &Value) {
    let Value::Object(patch) = patch else {
        *target = patch.clone();
        return;
    };
    if !target.is_object() {
        *target = json!({});
    }
    let Value::Object(object) = target else { return };
    for (key, value) in patch {
        if value.is_null() {
            object.remove(key);
        } else {
            merge(object.entry(key.clone()).or_insert(Value::Null), value);
        }
    }
}

fn number<T: TryFrom<i64> + Default>(spec: &Value, pointer: &str) -> T {
    let number = spec.pointer(pointer).and_then(Value::as_i64).unwrap_or(0);
    T::try_from(number).unwrap_or_default()
}

fn strategy(spec: &Value) -> UpdateStrategy {
    match spec.pointer("/updateStrategy/type").and_then(Value::as_str) {
        Some("OnDelete") => UpdateStrategy::OnDelete,
        Some("RollingUpdate") | None => UpdateStrategy::RollingUpdate {
            rolling_update: spec.pointer("/updateStrategy/rollingUpdate").map(|rolling| {
                RollingUpdate {
                    partition: Some(number(rolling, "/partition")),
                    max_unavailable: rolling.get("maxUnavailable").map(|m| match m {
                        Value::String(text) => text.clone(),
                        other => other.to_string(),
                    }),
                }
            }),
        },
        Some(other) => UpdateStrategy::Other { name: other.to_owned() },
    }
}

/// What the controller reads. The template's identity is its JSON.
pub(super) fn read(name: &str, uid: &str, generation: i64, spec: &Value) -> Spec {
    let retain =
        |key: &str| match spec.pointer(&format!("/persistentVolumeClaimRetentionPolicy/{key}")) {
            Some(Value::String(text)) if text == "Delete" => Retain::Delete,
            _ => Retain::Retain,
        };
    let templates = spec.pointer("/volumeClaimTemplates").and_then(Value::as_array);
    Spec {
        name: name.to_owned(),
        uid: uid.to_owned(),
        generation,
        deleting: false,
        replicas: number(spec, "/replicas"),
        start: number(spec, "/ordinals/start"),
        policy: match spec.pointer("/podManagementPolicy").and_then(Value::as_str) {
            Some("Parallel") => PodManagement::Parallel,
            _ => PodManagement::OrderedReady,
        },
        strategy: strategy(spec),
        min_ready_seconds: number(spec, "/minReadySeconds"),
        history_limit: number(spec, "/revisionHistoryLimit"),
        when_deleted: retain("whenDeleted"),
        when_scaled: retain("whenScaled"),
        claim_templates: templates
            .into_iter()
            .flatten()
            .filter_map(|t| t.pointer("/metadata/name")?.as_str().map(str::to_owned))
            .collect(),
        template: spec.get("template").map(Value::to_string).unwrap_or_default(),
    }
}
