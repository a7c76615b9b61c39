//! `metadata.managedFields`: who wrote which field last.
//! Source: structured-merge-diff, `fieldpath`; <https://kubernetes.io/docs/reference/using-api/server-side-apply/>.

mod paths;

pub(crate) use paths::{FieldSet, readable, without};

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::object::{self, meta_mut, stamp};
use paths::{collect, leaves, nested};

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
