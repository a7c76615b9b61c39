//! What happened in the sandbox, in the words of the recordings.

use std::collections::{BTreeMap, BTreeSet};

use sandbox::{Changed, Kind, Sandbox};
use serde_json::{Value, json};

use super::play::Names;

/// What has been seen so far.
#[derive(Default)]
pub(crate) struct Seen {
    /// Names of revisions, and what the recording calls them.
    revisions: Names,
    /// Uids of pods and claims by name.
    lives: BTreeMap<String, BTreeSet<String>>,
}

fn is_ready(pod: &Value) -> bool {
    let conditions = pod["status"]["conditions"].as_array();
    conditions.into_iter().flatten().any(|c| c["type"] == "Ready" && c["status"] == "True")
}

fn ends(object: &Value) -> bool {
    !object["metadata"]["deletionTimestamp"].is_null()
}

fn text<'a>(object: &'a Value, pointer: &str) -> &'a str {
    object.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

fn owner(claim: &Value) -> &'static str {
    let owners = claim["metadata"]["ownerReferences"].as_array();
    match owners.and_then(|o| o.first()).map(|o| text(o, "/kind")) {
        None => "none",
        Some("StatefulSet") => "set",
        Some(_) => "pod",
    }
}

impl Seen {
    fn label(&mut self, name: &str) -> String {
        let next = char::from(b'A' + u8::try_from(self.revisions.len()).unwrap());
        self.revisions.entry(name.to_owned()).or_insert_with(|| format!("rev-{next}")).clone()
    }

    /// The name of the revision that the recording calls so.
    pub(crate) fn revision(&self, label: &str) -> String {
        self.revisions.iter().find(|(_, l)| *l == label).expect("a known revision").0.clone()
    }

    /// Lines such as `create 2 rev-A`, each with what it is about.
    pub(crate) fn events(&mut self, changes: &[Changed]) -> Vec<String> {
        let mut lines = Vec::new();
        for change in changes {
            let object = change.after.as_ref().or(change.before.as_ref()).unwrap();
            let name = text(object, "/metadata/name").to_owned();
            if change.before.is_none() {
                let uid = text(object, "/metadata/uid").to_owned();
                self.lives.entry(name.clone()).or_default().insert(uid);
            }
            match change.kind {
                Kind::Revision => {
                    self.label(&name);
                }
                Kind::Claim => lines.extend(claim_events(&name, change)),
                _ => {
                    let revision = text(object, "/metadata/labels/controller-revision-hash");
                    let revision = self.label(revision);
                    let about = format!("{} {revision}", name.rsplit('-').next().unwrap());
                    lines.extend(pod_events(change).into_iter().map(|e| format!("{e} {about}")));
                }
            }
        }
        lines
    }

    /// The state at rest.
    pub(crate) fn settled(&mut self, sandbox: &Sandbox) -> Value {
        let lives = |name: &str| self.lives.get(name).map_or(0, BTreeSet::len);
        let pods: Vec<Value> = by_ordinal(sandbox.list(Kind::Pod, "default"))
            .into_iter()
            .map(|(ordinal, pod)| {
                let revision = text(&pod, "/metadata/labels/controller-revision-hash");
                json!({"ordinal": ordinal, "rev": self.revisions[revision],
                    "life": lives(text(&pod, "/metadata/name")), "phase": pod["status"]["phase"],
                    "ready": is_ready(&pod), "terminating": ends(&pod)})
            })
            .collect();
        let claims: Vec<Value> = sandbox
            .list(Kind::Claim, "default")
            .into_iter()
            .map(|claim| {
                let name = text(&claim, "/metadata/name");
                json!({"claim": name, "life": lives(name), "owner": owner(&claim), "terminating": ends(&claim)})
            })
            .collect();
        let mut revisions: Vec<Value> = sandbox
            .list(Kind::Revision, "default")
            .into_iter()
            .map(|r| json!({"rev": self.revisions[text(&r, "/metadata/name")], "revision": r["revision"]}))
            .collect();
        revisions.sort_by_key(|r| r["revision"].as_i64());
        let set = sandbox.get(Kind::Set, "default", "web");
        json!({"set": set.map_or(Value::Null, |s| self.set(&s)), "pods": pods, "claims": claims, "revisions": revisions})
    }

    fn set(&self, set: &Value) -> Value {
        let count = |field: &str| set["status"][field].as_i64().unwrap_or_default();
        let revision = |field: &str| self.revisions[set["status"][field].as_str().unwrap()].clone();
        json!({
            "generation": set["metadata"]["generation"],
            "observedGeneration": count("observedGeneration"),
            "replicas": count("replicas"),
            "readyReplicas": count("readyReplicas"),
            "availableReplicas": count("availableReplicas"),
            "currentReplicas": count("currentReplicas"),
            "updatedReplicas": count("updatedReplicas"),
            "currentRevision": revision("currentRevision"),
            "updateRevision": revision("updateRevision"),
            "spec": {"replicas": set["spec"]["replicas"], "updateStrategy": set["spec"]["updateStrategy"]},
        })
    }
}

fn by_ordinal(pods: Vec<Value>) -> Vec<(u32, Value)> {
    let ordinal = |pod: &Value| text(pod, "/metadata/name").rsplit('-').next()?.parse().ok();
    let mut all: Vec<(u32, Value)> =
        pods.into_iter().filter_map(|p| Some((ordinal(&p)?, p))).collect();
    all.sort_by_key(|(ordinal, _)| *ordinal);
    all
}

fn pod_events(change: &Changed) -> Vec<&'static str> {
    let mut events = Vec::new();
    match (&change.before, &change.after) {
        (None, Some(_)) => events.push("create"),
        (Some(before), Some(after)) => {
            if !ends(before) && ends(after) {
                events.push("delete");
            }
            let failed = |p: &Value| p["status"]["phase"] == "Failed";
            if !failed(before) && failed(after) {
                events.push("failed");
            }
            if !ends(after) {
                match (is_ready(before), is_ready(after)) {
                    (false, true) => events.push("ready"),
                    (true, false) => events.push("unready"),
                    _ => {}
                }
            }
        }
        (Some(before), None) => {
            if !ends(before) {
                events.push("delete");
            }
            events.push("gone");
        }
        (None, None) => {}
    }
    events
}

fn claim_events(name: &str, change: &Changed) -> Vec<String> {
    let mut events = Vec::new();
    match (&change.before, &change.after) {
        (None, Some(claim)) => {
            events.push(format!("claim-create {name}"));
            if owner(claim) != "none" {
                events.push(format!("claim-owner {name} {}", owner(claim)));
            }
        }
        (Some(before), Some(after)) => {
            if !ends(before) && ends(after) {
                events.push(format!("claim-delete {name}"));
            }
            if owner(before) != owner(after) {
                events.push(format!("claim-owner {name} {}", owner(after)));
            }
        }
        (Some(before), None) => {
            if !ends(before) {
                events.push(format!("claim-delete {name}"));
            }
            events.push(format!("claim-gone {name}"));
        }
        (None, None) => {}
    }
    events
}

/// As [`Seen::events`] writes it.
fn recorded_line(event: &Value) -> String {
    let mut line = event["event"].as_str().unwrap().to_owned();
    for field in ["ordinal", "claim", "rev", "owner"] {
        match &event[field] {
            Value::Null => {}
            Value::String(text) => line.push_str(&format!(" {text}")),
            other => line.push_str(&format!(" {other}")),
        }
    }
    line
}

/// Compares group by group; within a group the order was luck.
pub(crate) fn difference(groups: &[Value], events: &[String]) -> Option<String> {
    let mut rest = events;
    for (number, group) in (1..).zip(groups) {
        let wanted = group.as_array().unwrap();
        let mut wanted: Vec<String> = wanted.iter().map(recorded_line).collect();
        let (mine, tail) = rest.split_at(wanted.len().min(rest.len()));
        let mut mine = mine.to_vec();
        wanted.sort();
        mine.sort();
        if mine != wanted {
            return Some(format!(
                "group {number}\n  got      {mine:?}\n  expected {wanted:?}\n  all {events:?}"
            ));
        }
        rest = tail;
    }
    (!rest.is_empty()).then(|| format!("more than expected: {rest:?}"))
}
