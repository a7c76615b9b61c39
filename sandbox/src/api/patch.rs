//! `patch`: of all four kinds.

use serde_json::{Value, json};

use super::answer::Answer;
use super::call::Call;
use super::create::checked;
use super::route::Place;
use crate::fields::Writer;
use crate::patch::{Patch, apply};
use crate::refusal::Refusal;
use crate::world::{Creation, Part, Update};

/// # Errors
/// 400, 404, 409, 415 or 422.
pub(super) fn patch(call: &Call, place: &Place) -> Result<Answer, Refusal> {
    let patch = Patch::read(call.content_type(), &call.body)?;
    let part = if place.subresource == "status" { Part::Status } else { Part::Main };
    if let Patch::Apply(configuration) = &patch {
        return applied(call, place, part, configuration);
    }
    let mut world = call.inner.world();
    let key = place.key();
    let old = world.get(&key)?;
    let mut patched = patch.onto(place.kind, &place.name, &old)?;
    // The patch is made on the present version: only one that it names itself is a precondition.
    if patched["metadata"]["resourceVersion"] == old["metadata"]["resourceVersion"]
        && let Some(meta) = patched["metadata"].as_object_mut()
    {
        meta.remove("resourceVersion");
    }
    let (object, warnings) = checked(call, place.kind, patched)?;
    let update = Update { key: &key, object, part, by: call.by(), patched: true, applied: None };
    Ok(Answer::ok(world.update(update)?).warning(warnings))
}

fn applied(
    call: &Call,
    place: &Place,
    part: Part,
    configuration: &Value,
) -> Result<Answer, Refusal> {
    if call.query.get("fieldManager").is_empty() {
        return Err(Refusal::bad_request(
            "PatchOptions.meta.k8s.io \"\" is invalid: fieldManager: Required value: is required for apply patch",
        ));
    }
    let by = call.by();
    let writer = Writer { manager: by.manager, applies: true, subresource: &place.subresource };
    let (mut configuration, warnings) = checked(call, place.kind, configuration.clone())?;
    configuration["metadata"]["name"] = json!(place.name);
    let mut world = call.inner.world();
    let key = place.key();
    let Some(old) = world.store.get(&key).cloned() else {
        let creation = Creation {
            kind: place.kind,
            namespace: &place.namespace,
            object: configuration.clone(),
            by,
            applied: Some((&configuration, writer)),
        };
        return Ok(Answer::created(world.create(creation)?).warning(warnings));
    };
    let force = call.query.is("force");
    let object = apply::onto(place.kind, &old, &configuration, &writer, force)?;
    let update = Update {
        key: &key,
        object,
        part,
        by,
        patched: true,
        applied: Some((&configuration, writer)),
    };
    Ok(Answer::ok(world.update(update)?).warning(warnings))
}
