//! What happened to a set, in the words of the recordings: read off the objects of any API server.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

/// What a change is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Watched {
    Pod,
    Claim,
    Revision,
}

/// An object changed: before and after, `None` where it did not exist.
#[derive(Clone, Copy, Debug)]
pub struct Change<'a> {
    pub kind: Watched,
    pub before: Option<&'a Value>,
    pub after: Option<&'a Value>,
}

/// All objects of a set's namespace at one moment.
#[derive(Clone, Debug, Default)]
pub struct Objects<'a> {
    pub set: Option<&'a Value>,
    pub pods: Vec<&'a Value>,
    pub claims: Vec<&'a Value>,
    pub revisions: Vec<&'a Value>,
}

/// Gives revisions their letters and counts lives, over all steps of one scenario.
#[derive(Clone, Debug, Default)]
pub struct Seen {
    /// What a recording calls the revisions, by their names.
    revisions: BTreeMap<String, String>,
    /// Uids of pods and claims by name.
    lives: BTreeMap<String, BTreeSet<String>>,
    /// Uids of pods that somebody deleted by hand.
    by_user: BTreeSet<String>,
    /// The set was deleted with its dependents: who goes now is collected.
    collected: bool,
}

/// A string in an object, empty if it is not there.
pub fn text<'a>(object: &'a Value, pointer: &str) -> &'a str {
    object.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

/// Whether the pod's condition Ready is True.
pub fn is_ready(pod: &Value) -> bool {
    let conditions = pod["status"]["conditions"].as_array();
    conditions.into_iter().flatten().any(|c| c["type"] == "Ready" && c["status"] == "True")
}

/// Whether the object has a deletionTimestamp.
pub fn is_ending(object: &Value) -> bool {
    !object["metadata"]["deletionTimestamp"].is_null()
}

/// The number at the end of a pod's name.
pub fn ordinal(pod: &Value) -> Option<u32> {
    text(pod, "/metadata/name").rsplit('-').next()?.parse().ok()
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
    /// Somebody deletes the pod with this uid by hand.
    pub fn user_deletes(&mut self, uid: &str) {
        self.by_user.insert(uid.to_owned());
    }

    /// Whether somebody deleted the pod with this uid by hand.
    pub fn was_deleted_by_user(&self, uid: &str) -> bool {
        self.by_user.contains(uid)
    }

    /// The set is deleted with its dependents, or there is one again.
    pub fn collects(&mut self, collected: bool) {
        self.collected = collected;
    }

    /// What the recording calls a revision; a new one gets the next letter.
    fn label(&mut self, name: &str) -> String {
        let next = self.revisions.len();
        let letter = u8::try_from(next).ok().filter(|n| *n < 26).map(|n| char::from(b'A' + n));
        let label = letter.map_or_else(|| format!("rev-{next}"), |letter| format!("rev-{letter}"));
        self.revisions.entry(name.to_owned()).or_insert(label).clone()
    }

    /// What the recording calls a revision that was seen.
    pub fn label_of(&self, name: &str) -> Option<&str> {
        self.revisions.get(name).map(String::as_str)
    }

    /// The name of the revision that the recording calls so.
    pub fn revision(&self, label: &str) -> Option<&str> {
        self.revisions.iter().find(|(_, l)| *l == label).map(|(name, _)| name.as_str())
    }

    /// The events of these changes, in their order.
    pub fn events(&mut self, changes: &[Change<'_>]) -> Vec<Value> {
        let mut events = Vec::new();
        for change in changes {
            let Some(object) = change.after.or(change.before) else { continue };
            let name = text(object, "/metadata/name").to_owned();
            if change.before.is_none() {
                let uid = text(object, "/metadata/uid").to_owned();
                self.lives.entry(name.clone()).or_default().insert(uid);
            }
            match change.kind {
                Watched::Revision => {
                    self.label(&name);
                }
                Watched::Claim => {
                    events.extend(claim_events(&name, change));
                }
                Watched::Pod => {
                    let revision =
                        self.label(text(object, "/metadata/labels/controller-revision-hash"));
                    let by = if self.by_user.contains(text(object, "/metadata/uid")) {
                        "user"
                    } else if self.collected {
                        "garbage collector"
                    } else {
                        "controller"
                    };
                    for event in pod_events(change) {
                        let mut told =
                            json!({"event": event, "ordinal": ordinal(object), "rev": revision});
                        if event == "delete" {
                            told["by"] = json!(by);
                        }
                        events.push(told);
                    }
                }
            }
        }
        events
    }

    /// The state at rest. The events up to it have to be told before.
    pub fn settled(&self, objects: &Objects<'_>) -> Value {
        let lives = |name: &str| self.lives.get(name).map_or(0, BTreeSet::len);
        let label = |name: &str| self.label_of(name).unwrap_or("unknown").to_owned();
        let mut pods: Vec<_> = objects.pods.iter().filter_map(|p| Some((ordinal(p)?, p))).collect();
        pods.sort_by_key(|(ordinal, _)| *ordinal);
        let pods: Vec<Value> = pods
            .into_iter()
            .map(|(ordinal, pod)| {
                json!({
                    "ordinal": ordinal,
                    "rev": label(text(pod, "/metadata/labels/controller-revision-hash")),
                    "life": lives(text(pod, "/metadata/name")),
                    "phase": pod["status"]["phase"],
                    "ready": is_ready(pod),
                    "terminating": is_ending(pod),
                })
            })
            .collect();
        let mut claims = objects.claims.clone();
        claims.sort_by_key(|c| text(c, "/metadata/name"));
        let claims: Vec<Value> = claims
            .into_iter()
            .map(|claim| {
                let name = text(claim, "/metadata/name");
                json!({"claim": name, "life": lives(name), "owner": owner(claim), "terminating": is_ending(claim)})
            })
            .collect();
        let mut revisions: Vec<Value> = objects
            .revisions
            .iter()
            .map(|r| json!({"rev": label(text(r, "/metadata/name")), "revision": r["revision"]}))
            .collect();
        revisions.sort_by_key(|r| r["revision"].as_i64());
        let set = objects.set.map_or(Value::Null, |set| self.set(set));
        json!({"set": set, "pods": pods, "claims": claims, "revisions": revisions})
    }

    fn set(&self, set: &Value) -> Value {
        let count = |field: &str| set["status"][field].as_i64().unwrap_or_default();
        let revision = |field: &str| {
            let name = set["status"][field].as_str().unwrap_or_default();
            self.label_of(name).unwrap_or_default().to_owned()
        };
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

fn pod_events(change: &Change<'_>) -> Vec<&'static str> {
    let mut events = Vec::new();
    match (change.before, change.after) {
        (None, Some(_)) => events.push("create"),
        (Some(before), Some(after)) => {
            if !is_ending(before) && is_ending(after) {
                events.push("delete");
            }
            let failed = |p: &Value| p["status"]["phase"] == "Failed";
            if !failed(before) && failed(after) {
                events.push("failed");
            }
            if !is_ending(after) {
                match (is_ready(before), is_ready(after)) {
                    (false, true) => events.push("ready"),
                    (true, false) => events.push("unready"),
                    _ => {}
                }
            }
        }
        (Some(before), None) => {
            if !is_ending(before) {
                events.push("delete");
            }
            events.push("gone");
        }
        (None, None) => {}
    }
    events
}

fn claim_events(name: &str, change: &Change<'_>) -> Vec<Value> {
    let plain = |event: &str| json!({"event": event, "claim": name});
    let owned =
        |claim: &Value| json!({"event": "claim-owner", "claim": name, "owner": owner(claim)});
    let mut events = Vec::new();
    match (change.before, change.after) {
        (None, Some(claim)) => {
            events.push(plain("claim-create"));
            if owner(claim) != "none" {
                events.push(owned(claim));
            }
        }
        (Some(before), Some(after)) => {
            if !is_ending(before) && is_ending(after) {
                events.push(plain("claim-delete"));
            }
            if owner(before) != owner(after) {
                events.push(owned(after));
            }
        }
        (Some(before), None) => {
            if !is_ending(before) {
                events.push(plain("claim-delete"));
            }
            events.push(plain("claim-gone"));
        }
        (None, None) => {}
    }
    events
}

/// The merge patch of a set that these keys of a step stand for; `None` if none of them edits the set. `containers` are those
/// of the template now.
///
/// # Errors
/// The key that stands for nothing that can be played.
pub fn edits(step: &Map<String, Value>, containers: &Value) -> Result<Option<Value>, String> {
    let mut patch = json!({});
    for (key, value) in step {
        let edit = match key.as_str() {
            "create" | "undo" | "deletePod" | "deleteClaim" | "deleteRevision" | "deleteSet"
            | "ready" | "unready" | "fail" | "release" | "racy" => continue,
            "replicas" => json!({"replicas": value}),
            "partition" | "maxUnavailable" => {
                json!({"updateStrategy": {"rollingUpdate": {key: value}}})
            }
            "strategy" if value.is_string() => {
                json!({"updateStrategy": {"type": value, "rollingUpdate": null}})
            }
            "strategy" => json!({"updateStrategy": value}),
            "annotate" => json!({"template": {"metadata": {"annotations": value}}}),
            "spec" => value.clone(),
            "image" => {
                let mut containers = containers.clone();
                let tag = value.as_str().unwrap_or_default();
                if let Some(image) = containers.pointer_mut("/0/image") {
                    *image = json!(format!("registry.example/app:{tag}"));
                }
                json!({"template": {"spec": {"containers": containers}}})
            }
            other => return Err(format!("`{other}` is no step that can be played")),
        };
        lay_over(&mut patch, &edit);
    }
    Ok((patch != json!({})).then(|| json!({"spec": patch})))
}

/// Lays one merge patch over another: nulls stay, they remove something later.
fn lay_over(target: &mut Value, patch: &Value) {
    match (target.as_object_mut(), patch.as_object()) {
        (Some(target), Some(patch)) => {
            for (key, value) in patch {
                lay_over(target.entry(key.clone()).or_insert(json!({})), value);
            }
        }
        _ => *target = patch.clone(),
    }
}

/// `delete 2 rev-A by controller`: an event in one line.
pub fn line(event: &Value) -> String {
    let mut line = text(event, "/event").to_owned();
    for field in ["ordinal", "claim", "rev", "owner"] {
        match &event[field] {
            Value::Null => {}
            Value::String(text) => line.push_str(&format!(" {text}")),
            other => line.push_str(&format!(" {other}")),
        }
    }
    if let Some(by) = event["by"].as_str() {
        line.push_str(&format!(" by {by}"));
    }
    line
}

/// The first place at which two values differ, expected against got.
///
/// # Errors
/// That place, in words.
pub fn same(place: &str, expected: &Value, got: &Value) -> Result<(), String> {
    match (expected, got) {
        (Value::Object(e), Value::Object(g)) => {
            for key in e.keys().chain(g.keys()) {
                let none = Value::Null;
                let (e, g) = (e.get(key).unwrap_or(&none), g.get(key).unwrap_or(&none));
                same(&format!("{place}.{key}"), e, g)?;
            }
            Ok(())
        }
        (Value::Array(e), Value::Array(g)) if e.len() == g.len() => e
            .iter()
            .zip(g)
            .enumerate()
            .try_for_each(|(i, (e, g))| same(&format!("{place}[{i}]"), e, g)),
        _ if expected == got => Ok(()),
        _ => Err(format!("{place}: expected {expected}, got {got}")),
    }
}
