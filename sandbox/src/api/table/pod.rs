//! What `kubectl get pods` says of a pod. Source: kubernetes `printers.go`, `printPod`.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::age;
use crate::object::{self, holds, list, moment, number, text};

/// READY, STATUS, RESTARTS, AGE, IP, NODE, NOMINATED NODE, READINESS GATES.
pub(super) fn cells(pod: &Value, now: Timestamp) -> Vec<Value> {
    let statuses = list(pod, "/status/containerStatuses");
    let total = list(pod, "/spec/containers").len();
    let running = |s: &&Value| s["ready"] == true && s["state"].get("running").is_some();
    let ready = statuses.iter().filter(running).count();
    let or_none = |t: &str| if t.is_empty() { json!("<none>") } else { json!(t) };
    let gates = list(pod, "/spec/readinessGates");
    let open = gates.iter().filter(|g| holds(pod, text(g, "/conditionType"))).count();
    let gates =
        if gates.is_empty() { json!("<none>") } else { json!(format!("{open}/{}", gates.len())) };
    vec![
        json!(format!("{ready}/{total}")),
        json!(status(pod, statuses)),
        json!(restarts(statuses, now)),
        json!(age::since(pod, "/metadata/creationTimestamp", now)),
        or_none(text(pod, "/status/podIP")),
        or_none(text(pod, "/spec/nodeName")),
        or_none(text(pod, "/status/nominatedNodeName")),
        gates,
    ]
}

fn status(pod: &Value, statuses: &[Value]) -> String {
    let own = text(pod, "/status/reason");
    let mut reason = if own.is_empty() { text(pod, "/status/phase") } else { own };
    for condition in list(pod, "/status/conditions") {
        if condition["type"] == "PodScheduled" && condition["reason"] == "SchedulingGated" {
            reason = "SchedulingGated";
        }
    }
    let mut some_run = false;
    for status in statuses.iter().rev() {
        let waiting = text(status, "/state/waiting/reason");
        let ended = text(status, "/state/terminated/reason");
        if !waiting.is_empty() {
            reason = waiting;
        } else if !ended.is_empty() {
            reason = ended;
        } else if status["ready"] == true && status["state"].get("running").is_some() {
            some_run = true;
        }
    }
    if reason == "Completed" && some_run {
        reason = if holds(pod, "Ready") { "Running" } else { "NotReady" };
    }
    if object::is_terminating(pod) && !["Failed", "Succeeded"].contains(&text(pod, "/status/phase"))
    {
        reason = if own == "NodeLost" { "Unknown" } else { "Terminating" };
    }
    reason.to_owned()
}

fn restarts(statuses: &[Value], now: Timestamp) -> String {
    let count: i64 = statuses.iter().filter_map(|s| number(s, "/restartCount")).sum();
    let last = statuses.iter().filter_map(|s| moment(s, "/lastState/terminated/finishedAt")).max();
    match last {
        Some(at) if count > 0 => {
            format!("{count} ({} ago)", age::human(now.as_second() - at.as_second()))
        }
        _ => count.to_string(),
    }
}
