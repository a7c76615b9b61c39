//! Columns and cells by kind.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::{age, pod};
use crate::kind::Kind;
use crate::object::{self, list, number, text};

/// Names of the columns, and whether they are shown by `-o wide` only.
pub(super) fn columns(kind: Kind) -> &'static [(&'static str, bool)] {
    match kind {
        Kind::Set => &[
            ("Name", false),
            ("Ready", false),
            ("Age", false),
            ("Containers", true),
            ("Images", true),
        ],
        Kind::Pod => &[
            ("Name", false),
            ("Ready", false),
            ("Status", false),
            ("Restarts", false),
            ("Age", false),
            ("IP", true),
            ("Node", true),
            ("Nominated Node", true),
            ("Readiness Gates", true),
        ],
        Kind::Claim => &[
            ("Name", false),
            ("Status", false),
            ("Volume", false),
            ("Capacity", false),
            ("Access Modes", false),
            ("StorageClass", false),
            ("VolumeAttributesClass", false),
            ("Age", false),
            ("VolumeMode", true),
        ],
        Kind::Volume => &[
            ("Name", false),
            ("Capacity", false),
            ("Access Modes", false),
            ("Reclaim Policy", false),
            ("Status", false),
            ("Claim", false),
            ("StorageClass", false),
            ("VolumeAttributesClass", false),
            ("Reason", false),
            ("Age", false),
            ("VolumeMode", true),
        ],
        Kind::Service => &[
            ("Name", false),
            ("Type", false),
            ("Cluster-IP", false),
            ("External-IP", false),
            ("Port(s)", false),
            ("Age", false),
            ("Selector", true),
        ],
        Kind::Event => &[
            ("Last Seen", false),
            ("Type", false),
            ("Reason", false),
            ("Object", false),
            ("Subobject", true),
            ("Source", true),
            ("Message", false),
            ("First Seen", true),
            ("Count", true),
            ("Name", true),
        ],
        Kind::Revision => {
            &[("Name", false), ("Controller", false), ("Revision", false), ("Age", false)]
        }
        Kind::Budget => &[
            ("Name", false),
            ("Min Available", false),
            ("Max Unavailable", false),
            ("Allowed Disruptions", false),
            ("Age", false),
        ],
        Kind::EndpointSlice => &[
            ("Name", false),
            ("AddressType", false),
            ("Ports", false),
            ("Endpoints", false),
            ("Age", false),
        ],
        Kind::StorageClass => &[
            ("Name", false),
            ("Provisioner", false),
            ("ReclaimPolicy", false),
            ("VolumeBindingMode", false),
            ("AllowVolumeExpansion", false),
            ("Age", false),
        ],
        Kind::Node => &[
            ("Name", false),
            ("Status", false),
            ("Roles", false),
            ("Age", false),
            ("Version", false),
            ("Internal-IP", true),
        ],
        Kind::Namespace => &[("Name", false), ("Status", false), ("Age", false)],
        Kind::ServiceAccount => &[("Name", false), ("Age", false)],
        Kind::ConfigMap => &[("Name", false), ("Data", false), ("Age", false)],
    }
}

/// One row.
pub(super) fn cells(kind: Kind, object: &Value, now: Timestamp) -> Vec<Value> {
    let age = json!(age::since(object, "/metadata/creationTimestamp", now));
    let at = |pointer: &str| json!(text(object, pointer));
    let name = json!(match kind {
        Kind::StorageClass if is_default(object) => format!("{} (default)", object::name(object)),
        _ => object::name(object).to_owned(),
    });
    match kind {
        Kind::Set => {
            let count = |pointer: &str| number(object, pointer).unwrap_or_default();
            let ready = format!("{}/{}", count("/status/readyReplicas"), count("/spec/replicas"));
            let containers = list(object, "/spec/template/spec/containers");
            vec![name, json!(ready), age, joined(containers, "/name"), joined(containers, "/image")]
        }
        Kind::Pod => [name].into_iter().chain(pod::cells(object, now)).collect(),
        Kind::Claim => {
            let status = if object::is_terminating(object) {
                json!("Terminating")
            } else {
                at("/status/phase")
            };
            let bound = !text(object, "/spec/volumeName").is_empty();
            vec![
                name,
                status,
                at("/spec/volumeName"),
                at("/status/capacity/storage"),
                json!(if bound { modes(object, "/status/accessModes") } else { String::new() }),
                at("/spec/storageClassName"),
                json!("<unset>"),
                age,
                at("/spec/volumeMode"),
            ]
        }
        Kind::Volume => {
            let claim = format!(
                "{}/{}",
                text(object, "/spec/claimRef/namespace"),
                text(object, "/spec/claimRef/name")
            );
            vec![
                name,
                at("/spec/capacity/storage"),
                json!(modes(object, "/spec/accessModes")),
                at("/spec/persistentVolumeReclaimPolicy"),
                at("/status/phase"),
                json!(claim),
                at("/spec/storageClassName"),
                json!("<unset>"),
                at("/status/reason"),
                age,
                at("/spec/volumeMode"),
            ]
        }
        Kind::Service => vec![
            name,
            at("/spec/type"),
            or_none(text(object, "/spec/clusterIP")),
            json!("<none>"),
            json!(ports(object)),
            age,
            labels(&object["spec"]["selector"]),
        ],
        Kind::Event => event(object, now),
        Kind::Revision => {
            let owner = object::controller(object)
                .map(|o| format!("{}.apps/{}", text(o, "/kind").to_lowercase(), text(o, "/name")));
            let revision = object["revision"].clone();
            vec![name, json!(owner.unwrap_or_else(|| "<none>".to_owned())), revision, age]
        }
        Kind::Budget => {
            let bound = |field: &str| match object["spec"].get(field) {
                None => json!("N/A"),
                Some(Value::String(s)) => json!(s),
                Some(other) => json!(other.to_string()),
            };
            let allowed = object["status"]["disruptionsAllowed"].clone();
            vec![name, bound("minAvailable"), bound("maxUnavailable"), allowed, age]
        }
        Kind::EndpointSlice => {
            let ports: Vec<String> =
                list(object, "/ports").iter().map(|p| p["port"].to_string()).collect();
            let all: Vec<&str> = list(object, "/endpoints")
                .iter()
                .flat_map(|e| list(e, "/addresses"))
                .filter_map(Value::as_str)
                .collect();
            vec![name, at("/addressType"), short(&ports), short(&all), age]
        }
        Kind::StorageClass => vec![
            name,
            at("/provisioner"),
            at("/reclaimPolicy"),
            at("/volumeBindingMode"),
            json!((object["allowVolumeExpansion"] == true).to_string()),
            age,
        ],
        Kind::Node => {
            let ready = if object::holds(object, "Ready") { "Ready" } else { "NotReady" };
            let address =
                list(object, "/status/addresses").iter().find(|a| a["type"] == "InternalIP");
            let address = address.map_or("", |a| text(a, "/address"));
            vec![
                name,
                json!(ready),
                json!("<none>"),
                age,
                at("/status/nodeInfo/kubeletVersion"),
                json!(address),
            ]
        }
        Kind::Namespace => vec![name, at("/status/phase"), age],
        Kind::ServiceAccount => vec![name, age],
        Kind::ConfigMap => {
            let count = object["data"].as_object().map_or(0, serde_json::Map::len);
            vec![name, json!(count), age]
        }
    }
}

fn is_default(class: &Value) -> bool {
    object::annotation(class, "storageclass.kubernetes.io/is-default-class") == Some("true")
}

fn or_none(text: &str) -> Value {
    if text.is_empty() { json!("<none>") } else { json!(text) }
}

fn joined(all: &[Value], pointer: &str) -> Value {
    json!(all.iter().map(|c| text(c, pointer)).collect::<Vec<_>>().join(","))
}

fn modes(object: &Value, pointer: &str) -> String {
    let short = |mode: &Value| match mode.as_str().unwrap_or_default() {
        "ReadWriteOnce" => "RWO",
        "ReadOnlyMany" => "ROX",
        "ReadWriteMany" => "RWX",
        "ReadWriteOncePod" => "RWOP",
        _ => "",
    };
    list(object, pointer).iter().map(short).collect::<Vec<_>>().join(",")
}

fn ports(service: &Value) -> String {
    let one = |port: &Value| match port.get("nodePort").and_then(Value::as_i64) {
        Some(node) => format!("{}:{node}/{}", port["port"], text(port, "/protocol")),
        None => format!("{}/{}", port["port"], text(port, "/protocol")),
    };
    match list(service, "/spec/ports") {
        [] => "<none>".to_owned(),
        all => all.iter().map(one).collect::<Vec<_>>().join(","),
    }
}

fn labels(map: &Value) -> Value {
    let mut all: Vec<String> = map
        .as_object()
        .into_iter()
        .flatten()
        .map(|(k, v)| format!("{k}={}", v.as_str().unwrap_or_default()))
        .collect();
    all.sort();
    or_none(&all.join(","))
}

/// The first three, and how many more there are.
fn short<T: AsRef<str>>(all: &[T]) -> Value {
    let shown: Vec<&str> = all.iter().take(3).map(AsRef::as_ref).collect();
    match all.len() {
        0 => json!("<unset>"),
        n if n > 3 => json!(format!("{} + {} more...", shown.join(","), n - 3)),
        _ => json!(shown.join(",")),
    }
}

fn event(event: &Value, now: Timestamp) -> Vec<Value> {
    let at = |pointer: &str| json!(text(event, pointer));
    let count = number(event, "/count").unwrap_or(1);
    let seen = age::since(event, "/lastTimestamp", now);
    let first = age::since(event, "/firstTimestamp", now);
    let object = format!(
        "{}/{}",
        text(event, "/involvedObject/kind").to_lowercase(),
        text(event, "/involvedObject/name")
    );
    vec![
        json!(seen),
        at("/type"),
        at("/reason"),
        json!(object),
        at("/involvedObject/fieldPath"),
        at("/source/component"),
        json!(text(event, "/message").trim()),
        json!(first),
        json!(count),
        json!(object::name(event)),
    ]
}
