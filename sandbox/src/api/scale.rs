//! `statefulsets/scale`.

use serde_json::{Value, json};

use super::answer::Answer;
use super::call::Call;
use super::route::Place;
use crate::kind::Kind;
use crate::object::{self, number, text};
use crate::patch::Patch;
use crate::refusal::{Cause, Refusal};
use crate::world::{Part, Update};

/// # Errors
/// 404.
pub(super) fn get(call: &Call, place: &Place) -> Result<Answer, Refusal> {
    let set = call.inner.world().get(&place.key())?;
    Ok(Answer::ok(scale_of(&set)))
}

/// # Errors
/// 400, 404, 409 or 422.
pub(super) fn write(call: &Call, place: &Place) -> Result<Answer, Refusal> {
    let mut world = call.inner.world();
    let key = place.key();
    let set = world.get(&key)?;
    let scale = if call.parts.method == http::Method::PUT {
        call.json()?
    } else {
        let patch = Patch::read(call.content_type(), &call.body)?;
        let mut patched = patch.onto(place.kind, &place.name, &scale_of(&set))?;
        if patched["metadata"]["resourceVersion"] == set["metadata"]["resourceVersion"] {
            patched["metadata"]["resourceVersion"] = json!("");
        }
        patched
    };
    let replicas = number(&scale, "/spec/replicas").unwrap_or_default();
    if replicas < 0 {
        let why = "must be greater than or equal to 0";
        let cause = Cause::invalid("spec.replicas", &json!(replicas), why);
        return Err(Refusal::invalid(Kind::Set, &place.name, &[cause]));
    }
    let mut object = (*set).clone();
    object["spec"]["replicas"] = json!(replicas);
    object["metadata"]["resourceVersion"] = json!(text(&scale, "/metadata/resourceVersion"));
    let uid = text(&scale, "/metadata/uid");
    if !uid.is_empty() {
        object["metadata"]["uid"] = json!(uid);
    }
    let update = Update {
        key: &key,
        object,
        part: Part::Scale,
        by: call.by(),
        patched: false,
        applied: None,
    };
    Ok(Answer::ok(scale_of(&*world.update(update)?)))
}

fn scale_of(set: &Value) -> Value {
    let labels = set["spec"]["selector"]["matchLabels"].as_object().cloned().unwrap_or_default();
    let selector: Vec<String> =
        labels.iter().map(|(k, v)| format!("{k}={}", v.as_str().unwrap_or_default())).collect();
    json!({
        "kind": "Scale",
        "apiVersion": "autoscaling/v1",
        "metadata": {
            "name": object::name(set), "namespace": object::namespace(set), "uid": object::uid(set),
            "resourceVersion": set["metadata"]["resourceVersion"],
            "creationTimestamp": set["metadata"]["creationTimestamp"],
        },
        "spec": {"replicas": set["spec"]["replicas"]},
        "status": {"replicas": number(set, "/status/replicas").unwrap_or_default(), "selector": selector.join(",")},
    })
}
