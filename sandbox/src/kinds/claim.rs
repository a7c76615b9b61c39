//! Claims. Source: kubernetes `pkg/apis/core/validation`, `ValidatePersistentVolumeClaimUpdate`, and the admission plugins
//! DefaultStorageClass and PersistentVolumeClaimResize.

use serde_json::{Value, json};

use super::{Setting, or};
use crate::kind::Kind;
use crate::object::{name, text};
use crate::quantity;
use crate::refusal::{Cause, Refusal};

const SIZE: &str = "/spec/resources/requests/storage";

pub(super) fn default_new(claim: &mut Value, setting: &Setting) {
    or(&mut claim["spec"], "volumeMode", json!("Filesystem"));
    if let Some(class) = &setting.default_class {
        or(&mut claim["spec"], "storageClassName", json!(class));
    }
    claim["status"] = json!({"phase": "Pending"});
    claim["metadata"]["finalizers"] = json!(["kubernetes.io/pvc-protection"]);
}

pub(super) fn any(claim: &Value) -> Vec<Cause> {
    let mut causes = Vec::new();
    if crate::object::list(claim, "/spec/accessModes").is_empty() {
        causes.push(Cause::required("spec.accessModes", "at least 1 access mode is required"));
    }
    let size = text(claim, SIZE);
    if size.is_empty() {
        causes.push(Cause::required("spec.resources[storage]", ""));
    } else if quantity::parse(size).is_none_or(|n| n == 0) {
        let why = "must be greater than zero";
        causes.push(Cause::invalid("spec.resources[storage]", &json!(size), why));
    }
    causes
}

pub(super) fn change(old: &Value, new: &Value, setting: &Setting) -> Result<Vec<Cause>, Refusal> {
    let fixed = |claim: &Value| {
        let mut spec = claim["spec"].clone();
        if let Some(map) = spec.as_object_mut() {
            map.remove("resources");
            map.remove("volumeAttributesClassName");
            // The binder sets it once.
            if text(old, "/spec/volumeName").is_empty() {
                map.remove("volumeName");
            }
        }
        spec
    };
    let (before, after) = (text(old, SIZE), text(new, SIZE));
    let bound = text(old, "/status/phase") == "Bound";
    if fixed(old) != fixed(new) || (before != after && !bound) {
        return Ok(vec![Cause::forbidden(
            "spec",
            "spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims",
        )]);
    }
    let (small, large) = (quantity::parse(before), quantity::parse(after));
    if large > small && !setting.class_grows {
        return Err(Refusal::forbidden(
            Kind::Claim,
            name(new),
            "only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must support resize",
        ));
    }
    let capacity = quantity::parse(text(old, "/status/capacity/storage"));
    if large < small && large < capacity {
        let field = "spec.resources.requests.storage";
        return Ok(vec![Cause::forbidden(field, "field can not be less than status.capacity")]);
    }
    Ok(Vec::new())
}
