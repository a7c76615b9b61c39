//! The status of a pod, as a kubelet writes it.

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::object::{self, list, set_condition, stamp, text};

/// The node has taken the pod.
pub(super) fn begin(pod: &mut Value, address: &str, statuses: &[Value], now: Timestamp) {
    let node = text(pod, "/spec/nodeName").rsplit('-').next().unwrap_or("1").to_owned();
    let init: Vec<Value> =
        list(pod, "/spec/initContainers").iter().map(|c| completed(c, now)).collect();
    let status = object::object_at(pod, "status");
    status.insert("phase".into(), json!("Pending"));
    status.insert("startTime".into(), json!(stamp(now)));
    status.insert("hostIP".into(), json!(format!("192.168.0.{node}")));
    status.insert("hostIPs".into(), json!([{"ip": format!("192.168.0.{node}")}]));
    status.insert("podIP".into(), json!(address));
    status.insert("podIPs".into(), json!([{"ip": address}]));
    status.insert("containerStatuses".into(), json!(statuses));
    if !init.is_empty() {
        status.insert("initContainerStatuses".into(), json!(init));
    }
    set_condition(pod, "PodReadyToStartContainers", true, "", "", now);
    set_condition(pod, "Initialized", true, "", "", now);
    let names: Vec<(String, bool)> =
        statuses.iter().map(|s| (text(s, "/name").to_owned(), false)).collect();
    conditions(pod, &names, now);
}

/// Containers have moved on.
pub(super) fn update(
    pod: &mut Value,
    statuses: &[Value],
    ready: &[(String, bool)],
    up: bool,
    now: Timestamp,
) {
    let status = object::object_at(pod, "status");
    status.insert("containerStatuses".into(), json!(statuses));
    if up {
        status.insert("phase".into(), json!("Running"));
    }
    conditions(pod, ready, now);
}

fn conditions(pod: &mut Value, ready: &[(String, bool)], now: Timestamp) {
    let sick: Vec<&str> = ready.iter().filter(|(_, r)| !r).map(|(n, _)| n.as_str()).collect();
    let message = format!("containers with unready status: [{}]", sick.join(" "));
    for gate in list(pod, "/spec/readinessGates").to_vec() {
        set_condition(pod, text(&gate, "/conditionType"), true, "", "", now);
    }
    for kind in ["ContainersReady", "Ready"] {
        if sick.is_empty() {
            set_condition(pod, kind, true, "", "", now);
        } else {
            set_condition(pod, kind, false, "ContainersNotReady", &message, now);
        }
    }
}

/// Init containers have done their work; those that stay (sidecars) run.
fn completed(container: &Value, now: Timestamp) -> Value {
    let (name, image) = (text(container, "/name"), text(container, "/image"));
    let stays = text(container, "/restartPolicy") == "Always";
    let state = if stays {
        json!({"running": {"startedAt": stamp(now)}})
    } else {
        json!({"terminated": {"exitCode": 0, "reason": "Completed", "startedAt": stamp(now), "finishedAt": stamp(now)}})
    };
    json!({"name": name, "image": image, "imageID": image, "ready": true, "started": stays,
        "restartCount": 0, "state": state, "lastState": {}})
}
