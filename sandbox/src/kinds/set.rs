//! Defaults of StatefulSets. Source: kubernetes `pkg/apis/apps/v1/defaults.go`, and
//! `pkg/registry/apps/statefulset/strategy.go` for the fields that are dropped.

use serde_json::{Value, json};

use super::{Setting, or, template};

pub(super) fn default_any(set: &mut Value, setting: &Setting) {
    let spec = &mut set["spec"];
    if !spec.is_object() {
        return;
    }
    or(spec, "podManagementPolicy", json!("OrderedReady"));
    or(spec, "replicas", json!(1));
    // Not a default: the field is always written.
    or(spec, "serviceName", json!(""));
    or(spec, "revisionHistoryLimit", json!(10));
    or(spec, "updateStrategy", json!({}));
    default_strategy(&mut spec["updateStrategy"], setting);
    or(spec, "persistentVolumeClaimRetentionPolicy", json!({}));
    let retention = &mut spec["persistentVolumeClaimRetentionPolicy"];
    or(retention, "whenDeleted", json!("Retain"));
    or(retention, "whenScaled", json!("Retain"));
    if let Some(spec) = spec.pointer_mut("/template/spec") {
        template::default_spec(spec);
    }
    for claim in
        spec.get_mut("volumeClaimTemplates").and_then(Value::as_array_mut).into_iter().flatten()
    {
        or(&mut claim["spec"], "volumeMode", json!("Filesystem"));
        or(claim, "status", json!({"phase": "Pending"}));
    }
}

/// A strategy without a type rolls from index 0; an explicit `RollingUpdate` without settings stays without.
fn default_strategy(strategy: &mut Value, setting: &Setting) {
    if strategy["type"].as_str().unwrap_or_default().is_empty() {
        strategy["type"] = json!("RollingUpdate");
        or(strategy, "rollingUpdate", json!({}));
    }
    let Some(rolling) = strategy.get_mut("rollingUpdate").filter(|r| r.is_object()) else { return };
    or(rolling, "partition", json!(0));
    if setting.max_unavailable {
        or(rolling, "maxUnavailable", json!(1));
    } else if let Some(fields) = rolling.as_object_mut() {
        // The server drops it without a word while the gate is off.
        fields.remove("maxUnavailable");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn setting(gate: bool) -> Setting {
        Setting {
            max_unavailable: gate,
            names_immutable_fields: false,
            default_class: None,
            class_grows: true,
            serial: 0,
        }
    }

    fn strategy(given: &Value, gate: bool) -> Value {
        let mut set = json!({"spec": {"updateStrategy": given}});
        default_any(&mut set, &setting(gate));
        set["spec"]["updateStrategy"].clone()
    }

    #[test]
    fn only_a_strategy_without_a_type_gets_settings() {
        let rolling = json!({"type": "RollingUpdate", "rollingUpdate": {"partition": 0}});
        assert_eq!(strategy(&json!({}), false), rolling);
        assert_eq!(
            strategy(&json!({"type": "RollingUpdate"}), false),
            json!({"type": "RollingUpdate"})
        );
        assert_eq!(strategy(&json!({"type": "OnDelete"}), true), json!({"type": "OnDelete"}));
    }

    #[test]
    fn max_unavailable_is_dropped_or_filled_in_by_its_gate() {
        let given = json!({"type": "RollingUpdate", "rollingUpdate": {"partition": 2, "maxUnavailable": 2}});
        assert_eq!(strategy(&given, false)["rollingUpdate"], json!({"partition": 2}));
        assert_eq!(strategy(&given, true), given);
        assert_eq!(strategy(&json!({}), true)["rollingUpdate"]["maxUnavailable"], json!(1));
    }
}
