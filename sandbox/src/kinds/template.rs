//! Defaults and rules of a pod's spec, in a pod and in a template. Source: kubernetes `pkg/apis/core/v1/defaults.go`.

use serde_json::{Value, json};

use super::or;
use crate::object;
use crate::refusal::Cause;

/// Fills in what every pod spec has.
pub(super) fn default_spec(spec: &mut Value) {
    if !spec.is_object() {
        return;
    }
    or(spec, "restartPolicy", json!("Always"));
    or(spec, "terminationGracePeriodSeconds", json!(30));
    or(spec, "dnsPolicy", json!("ClusterFirst"));
    or(spec, "securityContext", json!({}));
    or(spec, "schedulerName", json!("default-scheduler"));
    // The older name of the field is kept in step with the newer one.
    if let Some(account) = spec.get("serviceAccountName").cloned() {
        spec["serviceAccount"] = account;
    } else if let Some(account) = spec.get("serviceAccount").cloned() {
        spec["serviceAccountName"] = account;
    }
    for field in ["containers", "initContainers"] {
        for container in spec.get_mut(field).and_then(Value::as_array_mut).into_iter().flatten() {
            default_container(container);
        }
    }
    for volume in spec.get_mut("volumes").and_then(Value::as_array_mut).into_iter().flatten() {
        default_volume(volume);
    }
}

fn default_container(container: &mut Value) {
    or(container, "terminationMessagePath", json!("/dev/termination-log"));
    or(container, "terminationMessagePolicy", json!("File"));
    or(container, "resources", json!({}));
    let image = object::text(container, "/image").to_owned();
    let last = image.rsplit('/').next().unwrap_or_default();
    let latest = !image.contains('@') && (!last.contains(':') || last.ends_with(":latest"));
    or(container, "imagePullPolicy", json!(if latest { "Always" } else { "IfNotPresent" }));
    for port in container.get_mut("ports").and_then(Value::as_array_mut).into_iter().flatten() {
        or(port, "protocol", json!("TCP"));
    }
    for env in container.get_mut("env").and_then(Value::as_array_mut).into_iter().flatten() {
        if let Some(field) = env.pointer_mut("/valueFrom/fieldRef") {
            or(field, "apiVersion", json!("v1"));
        }
    }
    for probe in ["livenessProbe", "readinessProbe", "startupProbe"] {
        if let Some(probe) = container.get_mut(probe) {
            default_probe(probe);
        }
    }
}

fn default_probe(probe: &mut Value) {
    or(probe, "timeoutSeconds", json!(1));
    or(probe, "periodSeconds", json!(10));
    or(probe, "successThreshold", json!(1));
    or(probe, "failureThreshold", json!(3));
    if let Some(get) = probe.get_mut("httpGet") {
        or(get, "path", json!("/"));
        or(get, "scheme", json!("HTTP"));
    }
}

fn default_volume(volume: &mut Value) {
    for source in ["configMap", "secret", "downwardAPI", "projected"] {
        if let Some(source) = volume.get_mut(source) {
            or(source, "defaultMode", json!(420));
        }
    }
    if let Some(path) = volume.get_mut("hostPath") {
        or(path, "type", json!(""));
    }
}

/// What is wrong with a pod spec at `path`.
pub(super) fn check_spec(spec: &Value, path: &str) -> Vec<Cause> {
    let mut causes = Vec::new();
    let containers = object::list(spec, "/containers");
    if containers.is_empty() {
        causes.push(Cause::required(&format!("{path}.containers"), ""));
    }
    let volumes: Vec<&str> =
        object::list(spec, "/volumes").iter().filter_map(|v| v["name"].as_str()).collect();
    for (i, container) in containers.iter().enumerate() {
        let at = format!("{path}.containers[{i}]");
        let name = object::text(container, "/name");
        if name.is_empty() {
            causes.push(Cause::required(&format!("{at}.name"), ""));
        }
        if containers[..i].iter().any(|c| c["name"] == container["name"]) {
            causes.push(Cause {
                reason: "FieldValueDuplicate",
                field: format!("{at}.name"),
                message: format!("Duplicate value: {name:?}"),
            });
        }
        if object::text(container, "/image").trim().is_empty() {
            causes.push(Cause::required(&format!("{at}.image"), ""));
        }
        for (j, mount) in object::list(container, "/volumeMounts").iter().enumerate() {
            let volume = object::text(mount, "/name");
            if path == "spec" && !volumes.contains(&volume) {
                causes.push(Cause {
                    reason: "FieldValueNotFound",
                    field: format!("{at}.volumeMounts[{j}].name"),
                    message: format!("Not found: {volume:?}"),
                });
            }
        }
    }
    causes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bare_container_gets_what_the_real_server_fills_in() {
        let mut spec = json!({"containers": [{"name": "app", "image": "r/app:v1", "ports": [{"containerPort": 80}],
            "readinessProbe": {"httpGet": {"port": 80}}}]});
        default_spec(&mut spec);
        assert_eq!(
            spec,
            json!({
                "containers": [{"name": "app", "image": "r/app:v1", "ports": [{"containerPort": 80, "protocol": "TCP"}],
                    "readinessProbe": {"httpGet": {"port": 80, "path": "/", "scheme": "HTTP"}, "timeoutSeconds": 1,
                        "periodSeconds": 10, "successThreshold": 1, "failureThreshold": 3},
                    "terminationMessagePath": "/dev/termination-log", "terminationMessagePolicy": "File",
                    "resources": {}, "imagePullPolicy": "IfNotPresent"}],
                "restartPolicy": "Always", "terminationGracePeriodSeconds": 30, "dnsPolicy": "ClusterFirst",
                "securityContext": {}, "schedulerName": "default-scheduler",
            })
        );
    }

    #[test]
    fn images_without_a_fixed_tag_are_always_pulled() {
        for (image, policy) in [
            ("app", "Always"),
            ("r:5000/app", "Always"),
            ("app:latest", "Always"),
            ("app:1", "IfNotPresent"),
            ("app@sha256:00", "IfNotPresent"),
        ] {
            let mut container = json!({"name": "app", "image": image});
            default_container(&mut container);
            assert_eq!(container["imagePullPolicy"], policy, "{image}");
        }
    }
}
