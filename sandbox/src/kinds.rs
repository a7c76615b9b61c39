//! What the API server does with objects of a kind before it stores them: types, defaults, rules.

mod budget;
mod claim;
mod pod;
mod service;
mod set;
mod set_rules;
mod template;

use k8s_openapi::api::apps::v1::{ControllerRevision, StatefulSet};
use k8s_openapi::api::core::v1::{
    ConfigMap, Event, Namespace, Node, PersistentVolume, PersistentVolumeClaim, Pod, Service,
    ServiceAccount,
};
use k8s_openapi::api::discovery::v1::EndpointSlice;
use k8s_openapi::api::policy::v1::PodDisruptionBudget;
use k8s_openapi::api::storage::v1::StorageClass;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

use crate::kind::Kind;
use crate::object;
use crate::refusal::{Cause, Refusal};

/// What the rules depend on beside the object.
#[derive(Clone, Debug)]
pub(crate) struct Setting {
    /// The gate MaxUnavailableStatefulSet.
    pub(crate) max_unavailable: bool,
    /// 1.37 and later name each immutable field of a set.
    pub(crate) names_immutable_fields: bool,
    /// The StorageClass that claims without one get.
    pub(crate) default_class: Option<String>,
    /// The class of the claim at hand may grow.
    pub(crate) class_grows: bool,
    /// Makes addresses of Services differ.
    pub(crate) serial: u64,
}

/// The object as its kind's type has it: fields of other types are refused, unknown ones dropped.
///
/// # Errors
/// 400 if a field has the wrong type.
pub(crate) fn typed(kind: Kind, mut object: Value) -> Result<Value, Refusal> {
    let info = kind.info();
    object["apiVersion"] = json!(info.api_version());
    object["kind"] = json!(info.name);
    let read = match kind {
        Kind::Namespace => through::<Namespace>(object),
        Kind::Node => through::<Node>(object),
        Kind::ServiceAccount => through::<ServiceAccount>(object),
        Kind::ConfigMap => through::<ConfigMap>(object),
        Kind::Service => through::<Service>(object),
        Kind::Event => through::<Event>(object),
        Kind::Pod => through::<Pod>(object),
        Kind::Claim => through::<PersistentVolumeClaim>(object),
        Kind::Volume => through::<PersistentVolume>(object),
        Kind::Set => through::<StatefulSet>(object),
        Kind::Revision => through::<ControllerRevision>(object),
        Kind::EndpointSlice => through::<EndpointSlice>(object),
        Kind::Budget => through::<PodDisruptionBudget>(object),
        Kind::StorageClass => through::<StorageClass>(object),
    };
    let mut object = read.map_err(|e| {
        Refusal::bad_request(format!(
            "{} in version {:?} cannot be handled as a {}: {e}",
            info.name, info.version, info.name
        ))
    })?;
    drop_empty(&mut object);
    Ok(object)
}

fn through<T: DeserializeOwned + Serialize>(object: Value) -> serde_json::Result<Value> {
    serde_json::to_value(serde_json::from_value::<T>(object)?)
}

/// Maps that Go leaves out when they are empty (`omitempty`); empty structs stay.
const MAPS: [&str; 9] = [
    "labels",
    "annotations",
    "nodeSelector",
    "matchLabels",
    "limits",
    "requests",
    "data",
    "binaryData",
    "parameters",
];

fn drop_empty(value: &mut Value) {
    match value {
        Value::Object(map) => {
            map.retain(|field, inner| {
                drop_empty(inner);
                match inner {
                    Value::Array(all) => !all.is_empty(),
                    Value::Object(all) => !(all.is_empty() && MAPS.contains(&field.as_str())),
                    _ => true,
                }
            });
        }
        Value::Array(all) => all.iter_mut().for_each(drop_empty),
        _ => {}
    }
}

/// Paths of the given object that its type does not have.
pub(crate) fn unknown_fields(given: &Value, kept: &Value) -> Vec<String> {
    fn go(given: &Value, kept: Option<&Value>, path: &str, found: &mut Vec<String>) {
        match (given, kept) {
            (Value::Object(map), _) => {
                for (field, value) in map {
                    let path =
                        if path.is_empty() { field.clone() } else { format!("{path}.{field}") };
                    let inner = kept.and_then(|k| k.get(field));
                    let empty = value.is_null()
                        || value.as_array().is_some_and(Vec::is_empty)
                        || value.as_object().is_some_and(Map::is_empty);
                    if inner.is_none() && !empty {
                        found.push(path);
                    } else {
                        go(value, inner, &path, found);
                    }
                }
            }
            (Value::Array(all), Some(Value::Array(kept))) => {
                for (i, (value, inner)) in all.iter().zip(kept).enumerate() {
                    go(value, Some(inner), &format!("{path}[{i}]"), found);
                }
            }
            _ => {}
        }
    }
    let mut found = Vec::new();
    go(given, Some(kept), "", &mut found);
    found.retain(|path| path != "metadata.managedFields" && path != "metadata.selfLink");
    found
}

/// Fills in what the sender left out, before a creation.
pub(crate) fn default_new(kind: Kind, object: &mut Value, setting: &Setting) {
    default_any(kind, object, setting);
    match kind {
        Kind::Pod => pod::default_new(object),
        Kind::Claim => claim::default_new(object, setting),
        Kind::Service => service::default_new(object, setting),
        Kind::Set => object["status"] = json!({"availableReplicas": 0, "replicas": 0}),
        Kind::Namespace => {
            object["spec"] = json!({"finalizers": ["kubernetes"]});
            object["status"] = json!({"phase": "Active"});
            let name = object::name(object).to_owned();
            object["metadata"]["labels"]["kubernetes.io/metadata.name"] = json!(name);
        }
        Kind::Budget => budget::default_new(object),
        Kind::Volume => {
            object["status"] = json!({"phase": "Pending"});
            object["metadata"]["finalizers"] = json!(["kubernetes.io/pv-protection"]);
        }
        _ => {}
    }
}

/// Fills in what the sender left out, before any write of the whole object.
pub(crate) fn default_any(kind: Kind, object: &mut Value, setting: &Setting) {
    match kind {
        Kind::Set => set::default_any(object, setting),
        Kind::Pod => template::default_spec(&mut object["spec"]),
        Kind::Service => service::default_any(object),
        Kind::StorageClass => {
            or(object, "reclaimPolicy", json!("Delete"));
            or(object, "volumeBindingMode", json!("Immediate"));
        }
        Kind::Volume => {
            or(&mut object["spec"], "persistentVolumeReclaimPolicy", json!("Retain"));
            or(&mut object["spec"], "volumeMode", json!("Filesystem"));
        }
        _ => {}
    }
}

/// What is wrong with an object that is to be created.
pub(crate) fn check_new(kind: Kind, object: &Value, setting: &Setting) -> Vec<Cause> {
    let mut causes = name_rules(kind, object);
    causes.extend(check_any(kind, object, setting));
    causes
}

/// What is wrong with a change.
///
/// # Errors
/// 403 where an admission plugin forbids it.
pub(crate) fn check_change(
    kind: Kind,
    old: &Value,
    new: &Value,
    setting: &Setting,
) -> Result<Vec<Cause>, Refusal> {
    let mut causes = match kind {
        Kind::Set => set_rules::change(old, new, setting),
        Kind::Pod => pod::change(old, new),
        Kind::Claim => claim::change(old, new, setting)?,
        Kind::Revision if old["data"] != new["data"] => {
            vec![Cause::invalid("data", &json!(""), "field is immutable")]
        }
        _ => Vec::new(),
    };
    causes.extend(check_any(kind, new, setting));
    Ok(causes)
}

fn check_any(kind: Kind, object: &Value, setting: &Setting) -> Vec<Cause> {
    match kind {
        Kind::Set => set_rules::any(object, setting),
        Kind::Pod => template::check_spec(&object["spec"], "spec"),
        Kind::Claim => claim::any(object),
        Kind::Service => service::any(object),
        Kind::Budget => budget::any(object),
        _ => Vec::new(),
    }
}

/// Names are DNS labels or subdomains. Source: `apimachinery/pkg/util/validation`.
fn name_rules(kind: Kind, object: &Value) -> Vec<Cause> {
    let name = object::name(object);
    if name.is_empty() {
        return vec![Cause::required("metadata.name", "name or generateName is required")];
    }
    let edge = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    let label = |part: &str, longest: usize| {
        let bytes = part.as_bytes();
        !bytes.is_empty()
            && bytes.len() <= longest
            && edge(bytes[0])
            && edge(bytes[bytes.len() - 1])
            && bytes.iter().all(|b| edge(*b) || *b == b'-')
    };
    let (good, why) = match kind {
        Kind::Set | Kind::Namespace | Kind::Service => (
            label(name, 63),
            "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')",
        ),
        _ => (
            name.len() <= 253 && name.split('.').all(|part| label(part, 253)),
            "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')",
        ),
    };
    if good { Vec::new() } else { vec![Cause::invalid("metadata.name", &json!(name), why)] }
}

/// Sets a field that is absent.
fn or(object: &mut Value, field: &str, value: Value) {
    if let Some(map) = object.as_object_mut() {
        map.entry(field).or_insert(value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_fields_are_found_by_path() {
        let given = json!({"metadata": {"name": "web"}, "spec": {"replicaz": 1, "template": {"spec": {"containers": [{"name": "a", "imagee": "x"}]}}, "selector": {}}});
        let kept = typed(Kind::Set, given.clone()).unwrap();
        assert_eq!(
            unknown_fields(&given, &kept),
            ["spec.replicaz", "spec.template.spec.containers[0].imagee"]
        );
    }

    #[test]
    fn a_field_of_the_wrong_type_is_a_bad_request() {
        let given = json!({"metadata": {"name": "web"}, "spec": {"replicas": "three", "selector": {}, "template": {}}});
        assert_eq!(typed(Kind::Set, given).unwrap_err().code, 400);
    }

    #[test]
    fn names_are_checked() {
        let named = |name: &str| name_rules(Kind::Set, &json!({"metadata": {"name": name}}));
        assert!(named("web-1").is_empty());
        for bad in ["Web", "-web", "web_", "", "a.b"] {
            assert_eq!(named(bad).len(), 1, "{bad}");
        }
    }
}
