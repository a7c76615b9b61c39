//! What the API server refuses about StatefulSets. Source: kubernetes `pkg/apis/apps/validation/validation.go`.

use serde_json::{Value, json};

use super::{Setting, template};
use crate::object::{list, number, text};
use crate::refusal::Cause;
use crate::store::selector::Selector;

const NOT_NEGATIVE: &str = "must be greater than or equal to 0";
/// Fields of the spec that may change.
const MUTABLE: [&str; 7] = [
    "replicas",
    "ordinals",
    "template",
    "updateStrategy",
    "revisionHistoryLimit",
    "persistentVolumeClaimRetentionPolicy",
    "minReadySeconds",
];
const FORBIDDEN: &str = "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden";

/// Rules for every write.
pub(super) fn any(set: &Value, setting: &Setting) -> Vec<Cause> {
    let spec = &set["spec"];
    let mut causes = Vec::new();
    let policy = text(spec, "/podManagementPolicy");
    if !["OrderedReady", "Parallel"].contains(&policy) {
        let why = "must be 'OrderedReady' or 'Parallel'";
        causes.push(Cause::invalid("spec.podManagementPolicy", &json!(policy), why));
    }
    strategy(&spec["updateStrategy"], setting, &mut causes);
    for end in ["whenDeleted", "whenScaled"] {
        let field = format!("spec.persistentVolumeClaimRetentionPolicy.{end}");
        let value = text(spec, &format!("/persistentVolumeClaimRetentionPolicy/{end}"));
        if !["Retain", "Delete"].contains(&value) {
            causes.push(Cause::unsupported(&field, value, &["Delete", "Retain"]));
        }
    }
    for (pointer, field) in [
        ("/replicas", "spec.replicas"),
        ("/minReadySeconds", "spec.minReadySeconds"),
        ("/ordinals/start", "spec.ordinals.start"),
    ] {
        if let Some(n) = number(spec, pointer).filter(|n| *n < 0) {
            causes.push(Cause::invalid(field, &json!(n), NOT_NEGATIVE));
        }
    }
    selector(spec, &mut causes);
    let restart = text(spec, "/template/spec/restartPolicy");
    if restart != "Always" {
        let field = "spec.template.spec.restartPolicy";
        causes.push(Cause::unsupported(field, restart, &["Always"]));
    }
    if spec.pointer("/template/spec/activeDeadlineSeconds").is_some() {
        causes.push(Cause::forbidden(
            "spec.template.spec.activeDeadlineSeconds",
            "activeDeadlineSeconds in StatefulSet is not Supported",
        ));
    }
    causes.extend(template::check_spec(&spec["template"]["spec"], "spec.template.spec"));
    mounts(spec, &mut causes);
    causes
}

fn strategy(strategy: &Value, setting: &Setting, causes: &mut Vec<Cause>) {
    let rolling = strategy.get("rollingUpdate");
    match text(strategy, "/type") {
        "RollingUpdate" => {
            let Some(rolling) = rolling else { return };
            let at = "spec.updateStrategy.rollingUpdate";
            if let Some(n) = number(rolling, "/partition").filter(|n| *n < 0) {
                causes.push(Cause::invalid(&format!("{at}.partition"), &json!(n), NOT_NEGATIVE));
            }
            if setting.max_unavailable
                && let Some(max) = rolling.get("maxUnavailable")
                && let Some(why) = bad_max_unavailable(max)
            {
                causes.push(Cause::invalid(&format!("{at}.maxUnavailable"), max, why));
            }
        }
        "OnDelete" => {
            if let Some(rolling) = rolling {
                causes.push(Cause::invalid(
                    "spec.updateStrategy.rollingUpdate",
                    rolling,
                    "only allowed for updateStrategy 'RollingUpdate'",
                ));
            }
        }
        _ => causes.push(Cause::invalid(
            "spec.updateStrategy",
            strategy,
            "must be 'RollingUpdate' or 'OnDelete'",
        )),
    }
}

fn bad_max_unavailable(value: &Value) -> Option<&'static str> {
    match value {
        Value::Number(n) if n.as_i64().is_some_and(|n| n < 0) => Some(NOT_NEGATIVE),
        Value::Number(n) if n.as_i64() == Some(0) => Some("cannot be 0"),
        Value::String(s) => match s.strip_suffix('%').and_then(|p| p.parse::<u32>().ok()) {
            None => Some(
                "a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')",
            ),
            Some(0) => Some("cannot be 0"),
            Some(p) if p > 100 => Some("must not be greater than 100%"),
            Some(_) => None,
        },
        _ => None,
    }
}

fn selector(spec: &Value, causes: &mut Vec<Cause>) {
    let Some(selector) = Selector::of_object(&spec["selector"]) else {
        causes.push(Cause::required("spec.selector", ""));
        return;
    };
    if selector.is_everything() {
        let why = "empty selector is invalid for statefulset";
        causes.push(Cause::invalid("spec.selector", &spec["selector"], why));
        return;
    }
    let labels = spec.pointer("/template/metadata/labels").unwrap_or(&Value::Null);
    if !selector.matches_labels(labels) {
        causes.push(Cause::invalid(
            "spec.template.metadata.labels",
            if labels.is_null() { &Value::Null } else { labels },
            "`selector` does not match template `labels`",
        ));
    }
}

/// Every mount needs its volume or claim template.
fn mounts(spec: &Value, causes: &mut Vec<Cause>) {
    let claims = list(spec, "/volumeClaimTemplates").iter().map(|c| text(c, "/metadata/name"));
    let volumes = list(spec, "/template/spec/volumes").iter().map(|v| text(v, "/name"));
    let known: Vec<&str> = claims.chain(volumes).collect();
    for (i, container) in list(spec, "/template/spec/containers").iter().enumerate() {
        for (j, mount) in list(container, "/volumeMounts").iter().enumerate() {
            let name = text(mount, "/name");
            if !known.contains(&name) {
                causes.push(Cause {
                    reason: "FieldValueNotFound",
                    field: format!("spec.template.spec.containers[{i}].volumeMounts[{j}].name"),
                    message: format!("Not found: {name:?}"),
                });
            }
        }
    }
}

/// Rules for a change.
pub(super) fn change(old: &Value, new: &Value, setting: &Setting) -> Vec<Cause> {
    let fixed = |set: &Value| {
        let mut spec = set["spec"].as_object().cloned().unwrap_or_default();
        spec.retain(|field, _| !MUTABLE.contains(&field.as_str()));
        spec
    };
    let (before, after) = (fixed(old), fixed(new));
    if before == after {
        return Vec::new();
    }
    if !setting.names_immutable_fields {
        return vec![Cause::forbidden("spec", FORBIDDEN)];
    }
    let fields = ["serviceName", "podManagementPolicy", "selector", "volumeClaimTemplates"];
    fields
        .into_iter()
        .filter(|field| before.get(*field) != after.get(*field))
        .map(|field| {
            let value = after.get(field).unwrap_or(&Value::Null);
            Cause::invalid(&format!("spec.{field}"), value, "field is immutable")
        })
        .collect()
}
