//! `metadata.managedFields`: who wrote which field last.
//! Source: structured-merge-diff, `fieldpath`; <https://kubernetes.io/docs/reference/using-api/server-side-apply/>.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use crate::lists::{ListKind, kind_of, looks_like_service};
use crate::object::{self, meta_mut, stamp};

/// Between the segments of a path; no field name holds it.
const SEPARATOR: char = '\u{1}';

/// A set of fields, each as its path.
pub(crate) type FieldSet = BTreeSet<String>;

/// Whose write it is.
#[derive(Clone, Debug)]
pub(crate) struct Writer<'a> {
    pub(crate) manager: &'a str,
    /// Server-side apply, and not an update.
    pub(crate) applies: bool,
    pub(crate) subresource: &'a str,
}

impl Writer<'_> {
    fn is_of(&self, entry: &Value) -> bool {
        entry["manager"] == self.manager
            && entry["operation"] == self.operation()
            && object::text(entry, "/subresource") == self.subresource
    }

    fn operation(&self) -> &'static str {
        if self.applies { "Apply" } else { "Update" }
    }
}

/// Credits the writer with every field that changed, and takes it from the others. Answers nothing: the object carries it.
pub(crate) fn credit(
    before: Option<&Value>,
    after: &mut Value,
    writer: &Writer<'_>,
    now: Timestamp,
) {
    let old = before.map(leaves).unwrap_or_default();
    let new = leaves(after);
    let changed: FieldSet = new
        .iter()
        .filter(|(path, value)| old.get(*path) != Some(*value))
        .map(|(path, _)| path.clone())
        .collect();
    let gone: FieldSet = old.keys().filter(|path| !new.contains_key(*path)).cloned().collect();
    if changed.is_empty() && gone.is_empty() {
        keep(before, after);
        return;
    }
    let mut entries = entries(before);
    for (entry, set) in &mut entries {
        let mine = writer.is_of(entry);
        set.retain(|path| !gone.contains(path) && (mine || !changed.contains(path)));
    }
    own(&mut entries, &changed, writer, after, now);
    write(after, entries);
}

/// The fields that an apply configuration names.
pub(crate) fn named(configuration: &Value) -> FieldSet {
    leaves(configuration).into_keys().collect()
}

/// The fields that this writer has now.
pub(crate) fn owned_by(object: &Value, writer: &Writer<'_>) -> FieldSet {
    entries(Some(object))
        .into_iter()
        .find(|(e, _)| writer.is_of(e))
        .map(|(_, s)| s)
        .unwrap_or_default()
}

/// The other managers of these fields.
pub(crate) fn others<'a>(
    object: &'a Value,
    fields: &'a FieldSet,
    writer: &'a Writer<'a>,
) -> impl Iterator<Item = (String, String)> + 'a {
    entries(Some(object)).into_iter().filter(|(e, _)| !writer.is_of(e)).flat_map(move |(e, set)| {
        let mut manager = format!("{:?}", object::text(&e, "/manager"));
        // An applier is named alone. Source: structured-merge-diff's conflicts, apiserver `fieldmanager/managedfields.go`.
        if e["operation"] == "Update" {
            manager.push_str(&format!(" using {}", object::text(&e, "/apiVersion")));
        }
        set.into_iter()
            .filter(|path| fields.contains(path))
            .map(move |path| (manager.clone(), path))
            .collect::<Vec<_>>()
    })
}

/// Gives the writer of an apply exactly these fields, and takes those that it changed from the others.
pub(crate) fn settle_apply(
    before: Option<&Value>,
    after: &mut Value,
    fields: &FieldSet,
    writer: &Writer<'_>,
    now: Timestamp,
) {
    let old = before.map(leaves).unwrap_or_default();
    let new = leaves(after);
    let changed: FieldSet = new
        .iter()
        .filter(|(path, value)| old.get(*path) != Some(*value))
        .map(|(path, _)| path.clone())
        .collect();
    let mut entries = entries(before);
    for (entry, set) in &mut entries {
        let mine = writer.is_of(entry);
        set.retain(|path| new.contains_key(path) && !mine && !changed.contains(path));
    }
    own(&mut entries, fields, writer, after, now);
    write(after, entries);
}

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

fn own(
    entries: &mut Vec<(Value, FieldSet)>,
    fields: &FieldSet,
    writer: &Writer<'_>,
    after: &Value,
    now: Timestamp,
) {
    if !fields.is_empty() {
        let mine = if let Some(at) = entries.iter().position(|(e, _)| writer.is_of(e)) {
            &mut entries[at]
        } else {
            let mut entry = json!({
                "manager": writer.manager,
                "operation": writer.operation(),
                "apiVersion": after["apiVersion"],
                "time": stamp(now),
                "fieldsType": "FieldsV1",
            });
            if !writer.subresource.is_empty() {
                entry["subresource"] = json!(writer.subresource);
            }
            entries.push((entry, FieldSet::new()));
            entries.last_mut().expect("it was just pushed")
        };
        mine.0["time"] = json!(stamp(now));
        mine.1.extend(fields.iter().cloned());
    }
    entries.retain(|(_, set)| !set.is_empty());
}

fn entries(object: Option<&Value>) -> Vec<(Value, FieldSet)> {
    object
        .map(|o| object::list(o, "/metadata/managedFields"))
        .unwrap_or_default()
        .iter()
        .map(|entry| {
            let mut set = FieldSet::new();
            collect(&entry["fieldsV1"], "", &mut set);
            (entry.clone(), set)
        })
        .collect()
}

fn write(object: &mut Value, entries: Vec<(Value, FieldSet)>) {
    let all: Vec<Value> = entries
        .into_iter()
        .map(|(mut entry, set)| {
            entry["fieldsV1"] = nested(&set);
            entry
        })
        .collect();
    meta_mut(object).insert("managedFields".to_owned(), Value::Array(all));
}

/// The entries as they were.
fn keep(before: Option<&Value>, after: &mut Value) {
    let old = before.map(|b| b["metadata"]["managedFields"].clone()).filter(|f| !f.is_null());
    match old {
        Some(old) => meta_mut(after).insert("managedFields".to_owned(), old),
        None => meta_mut(after).remove("managedFields"),
    };
}

fn collect(fields: &Value, path: &str, set: &mut FieldSet) {
    let Some(map) = fields.as_object() else { return };
    if map.is_empty() && !path.is_empty() {
        set.insert(path.to_owned());
    }
    for (segment, inner) in map {
        collect(inner, &join(path, segment), set);
    }
}

fn nested(set: &FieldSet) -> Value {
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

fn leaves(object: &Value) -> BTreeMap<String, &Value> {
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

#[cfg(test)]
mod tests {
    use super::*;

    fn set(replicas: i64, image: &str) -> Value {
        json!({"apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": {"name": "web"}, "spec": {
            "replicas": replicas,
            "updateStrategy": {"type": "RollingUpdate", "rollingUpdate": {"partition": 0}},
            "template": {"spec": {"containers": [{"name": "app", "image": image}]}}}})
    }

    fn update(manager: &str) -> Writer<'_> {
        Writer { manager, applies: false, subresource: "" }
    }

    fn of<'a>(object: &'a Value, manager: &str) -> &'a Value {
        let all = object::list(object, "/metadata/managedFields");
        &all.iter().find(|e| e["manager"] == manager).expect("the manager has an entry")["fieldsV1"]
    }

    #[test]
    fn a_changed_field_goes_over_to_who_changed_it() {
        let mut first = set(3, "app:1");
        credit(None, &mut first, &update("helm"), Timestamp::UNIX_EPOCH);
        let mut second = set(5, "app:1");
        credit(Some(&first), &mut second, &update("kubectl-edit"), Timestamp::UNIX_EPOCH);
        assert_eq!(of(&second, "kubectl-edit"), &json!({"f:spec": {"f:replicas": {}}}));
        let helm = of(&second, "helm");
        assert!(helm["f:spec"].get("f:replicas").is_none());
        assert_eq!(
            helm["f:spec"]["f:updateStrategy"]["f:rollingUpdate"],
            json!({".": {}, "f:partition": {}})
        );
        let app = &helm["f:spec"]["f:template"]["f:spec"]["f:containers"]["k:{\"name\":\"app\"}"];
        assert_eq!(app, &json!({".": {}, "f:image": {}, "f:name": {}}));
    }

    #[test]
    fn a_manager_that_owns_nothing_any_more_disappears() {
        let mut first = json!({"metadata": {}, "spec": {"replicas": 1}});
        credit(None, &mut first, &update("a"), Timestamp::UNIX_EPOCH);
        let mut second = json!({"metadata": {}, "spec": {"replicas": 2}});
        credit(Some(&first), &mut second, &update("b"), Timestamp::UNIX_EPOCH);
        let managers: Vec<_> = object::list(&second, "/metadata/managedFields")
            .iter()
            .map(|e| &e["manager"])
            .collect();
        assert_eq!(managers, ["b"]);
    }

    #[test]
    fn paths_are_readable() {
        let fields = named(&set(1, "app:1"));
        let all: Vec<_> = fields.iter().map(|f| readable(f)).collect();
        assert!(
            all.contains(&".spec.template.spec.containers[name=\"app\"].image".to_owned()),
            "{all:?}"
        );
    }
}
