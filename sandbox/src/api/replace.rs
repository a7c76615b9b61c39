//! `update`: the whole object, or its status.

use super::answer::Answer;
use super::call::Call;
use super::create::checked;
use super::route::Place;
use crate::refusal::Refusal;
use crate::world::{Part, Update};

/// # Errors
/// 400, 404, 409 or 422.
pub(super) fn replace(call: &Call, place: &Place) -> Result<Answer, Refusal> {
    let (object, warnings) = checked(call, place.kind, call.json()?)?;
    let part = if place.subresource == "status" { Part::Status } else { Part::Main };
    let key = place.key();
    let update = Update { key: &key, object, part, by: call.by(), patched: false, applied: None };
    let stored = call.inner.world().update(update)?;
    Ok(Answer::ok(stored).warning(warnings))
}
