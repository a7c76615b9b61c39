//! Fields as paths, and how `fieldsV1` writes them.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use crate::lists::{ListKind, kind_of, looks_like_service};

/// Between the segments of a path; no field name holds it.
const SEPARATOR: char = '\u{1}';

/// A set of fields, each as its path.
pub(crate) type FieldSet = BTreeSet<String>;

/// A path as errors print it: `.spec.replicas`, `.spec.containers[name="app"].image`.
pub(crate) fn readable(path: &str) -> String {
    let mut text = String::new();
    for segment in path.split(SEPARATOR) {
        if let Some(field) = segment.strip_prefix("f:") {
            text.push('.');
            text.push_str(field);
        } else if let Some(key) = segment.strip_prefix("k:")
            && let Ok(Value::Object(keys)) = serde_json::from_str(key)
        {
            let all: Vec<String> = keys.iter().map(|(k, v)| format!("{k}={v}")).collect();
            text.push_str(&format!("[{}]", all.join(",")));
        } else if let Some(value) = segment.strip_prefix("v:") {
            text.push_str(&format!("[={value}]"));
        }
    }
    text
}

/// The object without a field.
pub(crate) fn without(object: &mut Value, path: &str) {
    fn go(value: &mut Value, segments: &[&str]) {
        let Some((first, rest)) = segments.split_first() else { return };
        if let Some(field) = first.strip_prefix("f:") {
            let Some(map) = value.as_object_mut() else { return };
            if rest.is_empty() || rest == ["."] {
                map.remove(field);
            } else if let Some(inner) = map.get_mut(field) {
                go(inner, rest);
            }
        } else if let Some(key) = first.strip_prefix("k:") {
            let Ok(Value::Object(keys)) = serde_json::from_str(key) else { return };
            let Some(all) = value.as_array_mut() else { return };
            let is = |e: &Value| keys.iter().all(|(k, v)| e.get(k) == Some(v));
            if rest.is_empty() || rest == ["."] {
                all.retain(|e| !is(e));
            } else if let Some(entry) = all.iter_mut().find(|e| is(e)) {
                go(entry, rest);
            }
        } else if let (Some(v), Some(all)) = (first.strip_prefix("v:"), value.as_array_mut()) {
            all.retain(|e| serde_json::from_str(v).ok().as_ref() != Some(e));
        }
    }
    go(object, &path.split(SEPARATOR).collect::<Vec<_>>());
}

pub(super) fn collect(fields: &Value, path: &str, set: &mut FieldSet) {
    let Some(map) = fields.as_object() else { return };
    if map.is_empty() && !path.is_empty() {
        set.insert(path.to_owned());
    }
    for (segment, inner) in map {
        collect(inner, &join(path, segment), set);
    }
}

pub(super) fn nested(set: &FieldSet) -> Value {
    let mut root = Map::new();
    for path in set {
        let mut at = &mut root;
        for segment in path.split(SEPARATOR) {
            at = at
                .entry(segment.to_owned())
                .or_insert_with(|| json!({}))
                .as_object_mut()
                .expect("only objects are put in");
        }
    }
    Value::Object(root)
}

fn join(path: &str, segment: &str) -> String {
    if path.is_empty() { segment.to_owned() } else { format!("{path}{SEPARATOR}{segment}") }
}

/// Metadata that nobody owns.
const NOBODYS: [&str; 9] = [
    "name",
    "namespace",
    "uid",
    "resourceVersion",
    "generation",
    "creationTimestamp",
    "deletionTimestamp",
    "deletionGracePeriodSeconds",
    "managedFields",
];

/// Maps of which the whole has an owner too, written as `.`.
const WITH_DOT: [&str; 6] = [
    "labels",
    "annotations",
    "rollingUpdate",
    "limits",
    "requests",
    "persistentVolumeClaimRetentionPolicy",
];
/// Lists that are always there have no owner as a whole.
const WITHOUT_DOT: [&str; 1] = ["containers"];

pub(super) fn leaves(object: &Value) -> BTreeMap<String, &Value> {
    let mut all = BTreeMap::new();
    for (field, value) in object.as_object().into_iter().flatten() {
        match field.as_str() {
            "apiVersion" | "kind" => {}
            "metadata" => {
                for (inner, value) in value.as_object().into_iter().flatten() {
                    if !NOBODYS.contains(&inner.as_str()) {
                        let path = join("f:metadata", &format!("f:{inner}"));
                        visit(inner, value, path, &mut all);
                    }
                }
            }
            _ => visit(field, value, format!("f:{field}"), &mut all),
        }
    }
    all
}

fn visit<'a>(field: &str, value: &'a Value, path: String, all: &mut BTreeMap<String, &'a Value>) {
    match value {
        Value::Object(map) if !map.is_empty() && field != "selector" && field != "data" => {
            if WITH_DOT.contains(&field) {
                all.insert(join(&path, "."), &Value::Null);
            }
            for (inner, value) in map {
                visit(inner, value, join(&path, &format!("f:{inner}")), all);
            }
        }
        Value::Array(entries) => match kind_of(field, looks_like_service(entries)) {
            ListKind::Map(key, second) if entries.iter().all(|e| e.get(key).is_some()) => {
                if !WITHOUT_DOT.contains(&field) {
                    all.insert(join(&path, "."), &Value::Null);
                }
                for entry in entries {
                    let mut id = json!({key: entry[key]});
                    if let Some(second) = second.filter(|s| entry.get(*s).is_some()) {
                        id[second] = entry[second].clone();
                    }
                    let path = join(&path, &format!("k:{id}"));
                    all.insert(join(&path, "."), &Value::Null);
                    for (inner, value) in entry.as_object().into_iter().flatten() {
                        visit(inner, value, join(&path, &format!("f:{inner}")), all);
                    }
                }
            }
            ListKind::Set => {
                for entry in entries {
                    all.insert(join(&path, &format!("v:{entry}")), entry);
                }
            }
            _ => {
                all.insert(path, value);
            }
        },
        _ => {
            all.insert(path, value);
        }
    }
}
