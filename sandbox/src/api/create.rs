//! `create`.

use serde_json::Value;

use super::answer::Answer;
use super::call::Call;
use super::route::Place;
use crate::kind::Kind;
use crate::kinds;
use crate::object::text;
use crate::refusal::Refusal;
use crate::world::Creation;

/// # Errors
/// 400, 404, 409 or 422.
pub(super) fn create(call: &Call, place: &Place) -> Result<Answer, Refusal> {
    let object = call.json()?;
    let (object, warnings) = checked(call, place.kind, object)?;
    let mut world = call.inner.world();
    let creation = Creation {
        kind: place.kind,
        namespace: &place.namespace,
        object,
        by: call.by(),
        applied: None,
    };
    let stored = world.create(creation)?;
    Ok(Answer::created(stored).warning(warnings))
}

/// The object as it was sent, and warnings for fields that are unknown.
///
/// # Errors
/// 400 for another kind, or for unknown fields where they are to be refused.
pub(super) fn checked(
    call: &Call,
    kind: Kind,
    object: Value,
) -> Result<(Value, Vec<String>), Refusal> {
    let info = kind.info();
    let (version, name) = (text(&object, "/apiVersion"), text(&object, "/kind"));
    if !object.is_object() {
        return Err(Refusal::bad_request("the body of the request is no object"));
    }
    if (!name.is_empty() && name != info.name)
        || (!version.is_empty() && version != info.api_version())
    {
        return Err(Refusal::bad_request(format!(
            "the API version and kind in the data ({version}, {name}) do not match the expected ({}, {})",
            info.api_version(),
            info.name
        )));
    }
    let strictness = call.query.get("fieldValidation");
    if strictness == "Ignore" {
        return Ok((object, Vec::new()));
    }
    let unknown = kinds::unknown_fields(&object, &kinds::typed(kind, object.clone())?);
    let told: Vec<String> =
        unknown.iter().map(|path| format!("unknown field \"{path}\"")).collect();
    if strictness == "Strict" && !told.is_empty() {
        return Err(Refusal::bad_request(format!(
            "{} in version {:?} cannot be handled as a {}: strict decoding error: {}",
            info.name,
            info.version,
            info.name,
            told.join(", ")
        )));
    }
    Ok((object, told))
}
