//! Strategic merge patch: as a merge patch, but lists with keys merge entry by entry, and there are directives.
//! Source: apimachinery `pkg/util/strategicpatch/patch.go`.

use serde_json::{Map, Value, json};

use crate::lists::{ListKind, kind_of, looks_like_service};
use crate::refusal::Refusal;

const DIRECTIVE: &str = "$patch";
const RETAIN: &str = "$retainKeys";
const ORDER: &str = "$setElementOrder/";
const DROP: &str = "$deleteFromPrimitiveList/";

/// The object with the patch on it.
///
/// # Errors
/// 400 for an unknown directive or a list entry without its key.
pub(crate) fn strategic(object: &Value, patch: &Value) -> Result<Value, Refusal> {
    let Some(fields) = patch.as_object() else {
        return Err(Refusal::bad_request("the patch is no object"));
    };
    let mut target = object.as_object().cloned().unwrap_or_default();
    merge_map(&mut target, fields)?;
    Ok(Value::Object(target))
}

fn merge_map(target: &mut Map<String, Value>, patch: &Map<String, Value>) -> Result<(), Refusal> {
    match patch.get(DIRECTIVE).and_then(Value::as_str) {
        Some("replace") => {
            *target = without_directives(patch);
            return Ok(());
        }
        Some("delete") => {
            target.clear();
            return Ok(());
        }
        Some("merge") | None => {}
        Some(other) => return Err(unknown(other)),
    }
    if let Some(keep) = patch.get(RETAIN).and_then(Value::as_array) {
        target.retain(|key, _| keep.iter().any(|k| k == key));
    }
    for (field, value) in patch {
        if let Some(list) = field.strip_prefix(DROP) {
            if let Some(all) = target.get_mut(list).and_then(Value::as_array_mut) {
                let gone = value.as_array().map_or(&[][..], Vec::as_slice);
                all.retain(|v| !gone.contains(v));
            }
            continue;
        }
        if field.starts_with('$') {
            continue;
        }
        match value {
            Value::Null => {
                target.remove(field);
            }
            Value::Object(fields) => {
                let slot = target.entry(field.clone()).or_insert_with(|| json!({}));
                if !slot.is_object() {
                    *slot = json!({});
                }
                if let Some(slot) = slot.as_object_mut() {
                    merge_map(slot, fields)?;
                }
            }
            Value::Array(entries) => {
                let slot = target.entry(field.clone()).or_insert_with(|| json!([]));
                merge_list(slot, field, entries)?;
            }
            plain => {
                target.insert(field.clone(), plain.clone());
            }
        }
    }
    for (field, order) in patch {
        if let (Some(list), Some(order)) = (field.strip_prefix(ORDER), order.as_array())
            && let Some(all) = target.get_mut(list).and_then(Value::as_array_mut)
        {
            put_in_order(all, list, order);
        }
    }
    Ok(())
}

fn merge_list(slot: &mut Value, field: &str, entries: &[Value]) -> Result<(), Refusal> {
    let directive = |d: &str| {
        entries.iter().any(|e| e[DIRECTIVE] == d && e.as_object().is_some_and(|o| o.len() == 1))
    };
    let plain = || -> Vec<Value> {
        let keep = |e: &&Value| e.get(DIRECTIVE).is_none();
        entries.iter().filter(keep).cloned().collect()
    };
    let in_service = looks_like_service(entries);
    let kind = kind_of(field, in_service);
    let current = slot.as_array().cloned().unwrap_or_default();
    *slot = Value::Array(match kind {
        _ if directive("replace") => plain(),
        ListKind::Atomic => entries.to_vec(),
        ListKind::Set => {
            let mut all = current;
            for entry in entries {
                if !all.contains(entry) {
                    all.push(entry.clone());
                }
            }
            all
        }
        ListKind::Map(key, _) => {
            let mut all = current;
            for entry in entries {
                let Some(fields) = entry.as_object() else {
                    return Err(Refusal::bad_request(format!("an entry of {field} is no object")));
                };
                let Some(id) = fields.get(key) else {
                    return Err(Refusal::bad_request(format!(
                        "map: {entry} does not contain declared merge key: {key}"
                    )));
                };
                let at = all.iter().position(|e| e.get(key) == Some(id));
                if fields.get(DIRECTIVE).is_some_and(|d| d == "delete") {
                    all.retain(|e| e.get(key) != Some(id));
                    continue;
                }
                match at.and_then(|at| all[at].as_object_mut()) {
                    Some(old) => merge_map(old, fields)?,
                    None => all.push(Value::Object(without_directives(fields))),
                }
            }
            all
        }
    });
    Ok(())
}

/// Entries named in the order come in that order; the others keep their place relative to what stood before them.
fn put_in_order(all: &mut [Value], field: &str, order: &[Value]) {
    let in_service = looks_like_service(all);
    let same = |entry: &Value, wanted: &Value| match kind_of(field, in_service) {
        ListKind::Map(key, _) => entry.get(key).is_some() && entry.get(key) == wanted.get(key),
        _ => entry == wanted,
    };
    let place = |entry: &Value| order.iter().position(|w| same(entry, w));
    let mut named: Vec<(usize, Value)> =
        all.iter().filter_map(|e| Some((place(e)?, e.clone()))).collect();
    named.sort_by_key(|(at, _)| *at);
    let mut named = named.into_iter().map(|(_, e)| e);
    for entry in all.iter_mut() {
        if place(entry).is_some()
            && let Some(next) = named.next()
        {
            *entry = next;
        }
    }
}

fn without_directives(fields: &Map<String, Value>) -> Map<String, Value> {
    fields
        .iter()
        .filter(|(key, value)| !key.starts_with('$') && !value.is_null())
        .map(|(key, value)| {
            let clean = match value {
                Value::Object(inner) => Value::Object(without_directives(inner)),
                other => other.clone(),
            };
            (key.clone(), clean)
        })
        .collect()
}

fn unknown(directive: &str) -> Refusal {
    Refusal::bad_request(format!("Unknown patch type found: {directive}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn template(containers: &Value) -> Value {
        json!({"spec": {"template": {"metadata": {"annotations": {"a": "1"}}, "spec": {"containers": containers}}}})
    }

    #[test]
    fn containers_merge_by_name_as_set_image_needs_it() {
        let before = template(
            &json!([{"name": "app", "image": "app:1", "env": [{"name": "A", "value": "1"}]}, {"name": "side", "image": "s:1"}]),
        );
        let patch = json!({"spec": {"template": {"spec": {
            "$setElementOrder/containers": [{"name": "app"}, {"name": "side"}],
            "containers": [{"name": "app", "image": "app:2"}]}}}});
        let after = strategic(&before, &patch).unwrap();
        assert_eq!(
            after,
            template(
                &json!([{"name": "app", "image": "app:2", "env": [{"name": "A", "value": "1"}]}, {"name": "side", "image": "s:1"}])
            )
        );
    }

    #[test]
    fn replace_swaps_the_whole_template_as_rollout_undo_does() {
        let before = template(&json!([{"name": "app", "image": "app:1"}]));
        let patch = json!({"spec": {"template": {"$patch": "replace", "metadata": {}, "spec": {"containers": [{"name": "x", "image": "x:1"}]}}}});
        let after = strategic(&before, &patch).unwrap();
        assert_eq!(
            after["spec"]["template"],
            json!({"metadata": {}, "spec": {"containers": [{"name": "x", "image": "x:1"}]}})
        );
    }

    #[test]
    fn entries_and_plain_values_can_be_deleted() {
        let before = json!({"metadata": {"finalizers": ["a", "b"]}, "spec": {"containers": [{"name": "app", "env": [{"name": "A"}, {"name": "B"}]}]}});
        let patch = json!({"metadata": {"$deleteFromPrimitiveList/finalizers": ["a"]},
            "spec": {"containers": [{"name": "app", "env": [{"name": "A", "$patch": "delete"}]}]}});
        let after = strategic(&before, &patch).unwrap();
        assert_eq!(
            after,
            json!({"metadata": {"finalizers": ["b"]}, "spec": {"containers": [{"name": "app", "env": [{"name": "B"}]}]}})
        );
    }

    #[test]
    fn a_list_without_keys_is_replaced() {
        let before = json!({"spec": {"accessModes": ["A"], "command": ["x", "y"]}});
        let after = strategic(&before, &json!({"spec": {"command": ["z"]}})).unwrap();
        assert_eq!(after, json!({"spec": {"accessModes": ["A"], "command": ["z"]}}));
    }

    #[test]
    fn an_entry_without_its_key_is_refused() {
        let error =
            strategic(&json!({}), &json!({"spec": {"containers": [{"image": "x"}]}})).unwrap_err();
        assert!(error.message.contains("merge key: name"), "{}", error.message);
    }
}
