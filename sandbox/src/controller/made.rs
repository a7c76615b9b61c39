//! The objects that the controller makes. Source: `stateful_set_utils.go`: `getPatch`, `newStatefulSetPod`,
//! `initIdentity`, `updateStorage`, `getPersistentVolumeClaims`; `controller_utils.go`, `GetPodFromTemplate`.

use std::fmt::Write as _;

use serde_json::{Map, Value, json};

use crate::kind::Kind;
use crate::object::{self, Key, list, text};
use crate::world::World;

/// The bytes of the `data` that a revision of the set's present template has.
pub(crate) fn record(set: &Value) -> String {
    canonical(&data(set))
}

/// The `data` of a revision of the set's present template.
pub(crate) fn data(set: &Value) -> Value {
    let mut template = set["spec"]["template"].clone();
    template["$patch"] = json!("replace");
    json!({"spec": {"template": template}})
}

/// JSON as Go writes a map: keys sorted, `<`, `>` and `&` escaped.
pub(crate) fn canonical(value: &Value) -> String {
    let mut text = String::new();
    write_canonical(value, &mut text);
    text
}

fn write_canonical(value: &Value, out: &mut String) {
    match value {
        Value::Object(map) => {
            let mut keys: Vec<&String> = map.keys().collect();
            keys.sort();
            out.push('{');
            for (i, key) in keys.into_iter().enumerate() {
                if i > 0 {
                    out.push(',');
                }
                write_text(key, out);
                out.push(':');
                write_canonical(&map[key], out);
            }
            out.push('}');
        }
        Value::Array(all) => {
            out.push('[');
            for (i, one) in all.iter().enumerate() {
                if i > 0 {
                    out.push(',');
                }
                write_canonical(one, out);
            }
            out.push(']');
        }
        Value::String(text) => write_text(text, out),
        other => {
            let _ = write!(out, "{other}");
        }
    }
}

fn write_text(text: &str, out: &mut String) {
    let quoted = Value::String(text.to_owned()).to_string();
    for c in quoted.chars() {
        match c {
            '<' => out.push_str("\\u003c"),
            '>' => out.push_str("\\u003e"),
            '&' => out.push_str("\\u0026"),
            '\u{2028}' => out.push_str("\\u2028"),
            '\u{2029}' => out.push_str("\\u2029"),
            c => out.push(c),
        }
    }
}

pub(super) fn owner_reference(set: &Value) -> Value {
    json!({
        "apiVersion": "apps/v1", "kind": "StatefulSet", "name": object::name(set),
        "uid": object::uid(set), "controller": true, "blockOwnerDeletion": true,
    })
}

/// `data-web-3`.
pub(super) fn claim_name(set: &Value, template: &str, ordinal: u32) -> String {
    format!("{template}-{}-{ordinal}", object::name(set))
}

/// The template that a revision recorded, or the set's own where the revision is gone.
fn template_of(world: &World, set: &Value, revision: &str) -> Value {
    let key = Key::new(Kind::Revision, object::namespace(set), revision);
    let recorded = world.store.get(&key).and_then(|r| r.pointer("/data/spec/template").cloned());
    let mut template = recorded.unwrap_or_else(|| set["spec"]["template"].clone());
    if let Some(map) = template.as_object_mut() {
        map.remove("$patch");
    }
    template
}

/// A pod of the set.
pub(crate) fn pod(world: &World, set: &Value, ordinal: u32, revision: &str) -> Value {
    let template = template_of(world, set, revision);
    let name = format!("{}-{ordinal}", object::name(set));
    let mut labels = template["metadata"]["labels"].as_object().cloned().unwrap_or_default();
    labels.insert("statefulset.kubernetes.io/pod-name".into(), json!(name));
    labels.insert("apps.kubernetes.io/pod-index".into(), json!(ordinal.to_string()));
    labels.insert(model::REVISION_LABEL.into(), json!(revision));
    let mut meta = Map::new();
    meta.insert("name".into(), json!(name));
    meta.insert("generateName".into(), json!(format!("{}-", object::name(set))));
    meta.insert("labels".into(), Value::Object(labels));
    meta.insert("ownerReferences".into(), json!([owner_reference(set)]));
    for field in ["annotations", "finalizers"] {
        if let Some(value) = template["metadata"].get(field) {
            meta.insert(field.into(), value.clone());
        }
    }
    let mut spec = template["spec"].clone();
    spec["hostname"] = json!(name);
    let service = text(set, "/spec/serviceName");
    if !service.is_empty() {
        spec["subdomain"] = json!(service);
    }
    mount_claims(set, ordinal, &mut spec);
    json!({"metadata": meta, "spec": spec})
}

/// Volumes of the claims, in place of volumes of the same name.
pub(crate) fn mount_claims(set: &Value, ordinal: u32, spec: &mut Value) {
    let templates = list(set, "/spec/volumeClaimTemplates");
    if templates.is_empty() {
        return;
    }
    let named = |volume: &Value| templates.iter().any(|t| object::name(t) == text(volume, "/name"));
    let mut volumes: Vec<Value> = templates
        .iter()
        .map(|t| {
            let template = object::name(t);
            let claim = claim_name(set, template, ordinal);
            json!({"name": template, "persistentVolumeClaim": {"claimName": claim}})
        })
        .collect();
    volumes.extend(list(spec, "/volumes").iter().filter(|v| !named(v)).cloned());
    spec["volumes"] = json!(volumes);
}

/// A claim of the set; `None` if there is no such claim template.
pub(crate) fn claim(set: &Value, template: &str, ordinal: u32) -> Option<Value> {
    let found =
        list(set, "/spec/volumeClaimTemplates").iter().find(|t| object::name(t) == template)?;
    let mut labels = found["metadata"]["labels"].as_object().cloned().unwrap_or_default();
    for (key, value) in set["spec"]["selector"]["matchLabels"].as_object().into_iter().flatten() {
        labels.insert(key.clone(), value.clone());
    }
    let mut meta = json!({"name": claim_name(set, template, ordinal), "labels": labels});
    if let Some(annotations) = found["metadata"].get("annotations") {
        meta["annotations"] = annotations.clone();
    }
    Some(json!({"metadata": meta, "spec": found["spec"]}))
}

/// A ControllerRevision of the set's present template.
pub(crate) fn revision(set: &Value, name: &str, number: i64) -> Value {
    let hash = name.rsplit('-').next().unwrap_or_default();
    let mut labels =
        set["spec"]["template"]["metadata"]["labels"].as_object().cloned().unwrap_or_default();
    labels.insert("controller.kubernetes.io/hash".into(), json!(hash));
    let mut meta =
        json!({"name": name, "labels": labels, "ownerReferences": [owner_reference(set)]});
    if let Some(annotations) = set["metadata"].get("annotations") {
        meta["annotations"] = annotations.clone();
    }
    json!({"metadata": meta, "revision": number, "data": data(set)})
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recorded_bytes_are_those_of_go() {
        let value = json!({"b": [1, "<a&b>"], "a": {"z": null, "y": true}});
        assert_eq!(
            canonical(&value),
            "{\"a\":{\"y\":true,\"z\":null},\"b\":[1,\"\\u003ca\\u0026b\\u003e\"]}"
        );
    }

    #[test]
    fn claims_take_the_place_of_volumes_of_their_name() {
        let set = json!({"metadata": {"name": "web"}, "spec": {"volumeClaimTemplates": [{"metadata": {"name": "data"}}]}});
        let mut spec =
            json!({"volumes": [{"name": "data", "emptyDir": {}}, {"name": "tmp", "emptyDir": {}}]});
        mount_claims(&set, 3, &mut spec);
        assert_eq!(
            spec["volumes"],
            json!([
            {"name": "data", "persistentVolumeClaim": {"claimName": "data-web-3"}},
            {"name": "tmp", "emptyDir": {}}])
        );
    }
}
