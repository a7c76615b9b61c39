//! `delete` and `deletecollection`.

use serde_json::{Value, json};

use super::answer::Answer;
use super::call::Call;
use super::read;
use super::route::Place;
use crate::kind::Kind;
use crate::object::{self, Key};
use crate::refusal::Refusal;
use crate::world::{Deletion, Propagation};

/// # Errors
/// 400, 404, or 409 where a precondition fails.
pub(super) fn delete(call: &Call, place: &Place) -> Result<Answer, Refusal> {
    let deletion = deletion(call)?;
    let mut world = call.inner.world();
    let key = place.key();
    let last = world.delete(&key, &deletion)?;
    // What is still there is answered as it is; what is gone by a Status.
    if world.store.get(&key).is_some() || place.kind == Kind::Pod {
        return Ok(Answer::ok(last));
    }
    let info = place.kind.info();
    let mut details = json!({"name": place.name, "kind": info.resource, "uid": object::uid(&last)});
    if !info.group.is_empty() {
        details["group"] = json!(info.group);
    }
    Ok(Answer::ok(json!({
        "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "details": details,
    })))
}

/// From the body, or from the query where there is none.
fn deletion(call: &Call) -> Result<Deletion, Refusal> {
    let body = call.json()?;
    let mut options = if body.is_object() { body } else { json!({}) };
    for name in ["propagationPolicy", "gracePeriodSeconds"] {
        let value = call.query.get(name);
        if !value.is_empty() && options.get(name).is_none_or(Value::is_null) {
            options[name] = value.parse::<i64>().map_or_else(|_| json!(value), |n| json!(n));
        }
    }
    let mut deletion = Deletion::read(&options)?;
    deletion.dry_run |= call.by().dry_run;
    Ok(deletion)
}

/// # Errors
/// 400 for a selector that cannot be read.
pub(super) fn delete_all(call: &Call, place: &Place) -> Result<Answer, Refusal> {
    let selector = read::selector(call, place.kind)?;
    let deletion = Deletion { uid: None, version: None, ..deletion(call)? };
    let mut world = call.inner.world();
    let keys: Vec<Key> = world
        .store
        .list(place.kind, &place.namespace)
        .filter(|o| selector.matches(o))
        .map(|o| Key::new(place.kind, object::namespace(o), object::name(o)))
        .collect();
    let mut items = Vec::new();
    for key in keys {
        items.push((*world.delete(&key, &deletion)?).clone());
    }
    debug_assert!(
        matches!(deletion.propagation, Propagation::Background) || deletion.uid.is_none()
    );
    let info = place.kind.info();
    Ok(Answer::ok(json!({
        "kind": format!("{}List", info.name), "apiVersion": info.api_version(),
        "metadata": {"resourceVersion": world.store.version().to_string()}, "items": items,
    })))
}
