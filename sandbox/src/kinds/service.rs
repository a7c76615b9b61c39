//! Services. Source: kubernetes `pkg/apis/core/v1/defaults.go`, `pkg/registry/core/service/storage/alloc.go`.

use serde_json::{Value, json};

use super::{Setting, or};
use crate::object::{list, text};
use crate::refusal::Cause;

pub(super) fn default_any(service: &mut Value) {
    let spec = &mut service["spec"];
    if !spec.is_object() {
        return;
    }
    or(spec, "type", json!("ClusterIP"));
    or(spec, "sessionAffinity", json!("None"));
    if spec["type"] != "ExternalName" {
        or(spec, "internalTrafficPolicy", json!("Cluster"));
        or(spec, "ipFamilies", json!(["IPv4"]));
        or(spec, "ipFamilyPolicy", json!("SingleStack"));
    }
    for port in spec.get_mut("ports").and_then(Value::as_array_mut).into_iter().flatten() {
        or(port, "protocol", json!("TCP"));
        let number = port["port"].clone();
        or(port, "targetPort", number);
    }
}

pub(super) fn default_new(service: &mut Value, setting: &Setting) {
    let spec = &mut service["spec"];
    let serial = setting.serial;
    let address = format!("10.96.{}.{}", serial / 250 % 250, serial % 250 + 2);
    if spec["type"] != "ExternalName" {
        or(spec, "clusterIP", json!(address));
        let address = spec["clusterIP"].clone();
        or(spec, "clusterIPs", json!([address]));
    }
    if ["NodePort", "LoadBalancer"].contains(&text(spec, "/type")) {
        or(spec, "externalTrafficPolicy", json!("Cluster"));
        for (i, port) in (0_u64..).zip(spec["ports"].as_array_mut().into_iter().flatten()) {
            or(port, "nodePort", json!(30_000 + (serial + i) % 2_768));
        }
    }
    service["status"] = json!({"loadBalancer": {}});
}

pub(super) fn any(service: &Value) -> Vec<Cause> {
    let headless = text(service, "/spec/clusterIP") == "None";
    let mut causes = Vec::new();
    if list(service, "/spec/ports").is_empty()
        && !headless
        && text(service, "/spec/type") != "ExternalName"
    {
        causes.push(Cause::required("spec.ports", ""));
    }
    causes
}
