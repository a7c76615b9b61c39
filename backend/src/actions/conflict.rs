//! "Changed underneath": what a failed precondition means to the person.

use jiff::Timestamp;
use model::action::Action;
use model::set::Set;
use model::wire::{ActionRequest, Expect};
use model::words::ago;

use super::ActError;
use crate::cluster::ApiError;

/// The set is not what the caller saw.
pub(super) fn conflict(set: &Set, expect: &Expect, now: Timestamp) -> ActError {
    let says = if set.uid == expect.uid {
        let last = set.managers.iter().filter(|m| m.at.is_some()).max_by_key(|m| m.at);
        match last.and_then(|m| Some((&m.name, m.at?))) {
            Some((name, at)) => format!(
                "{} was changed meanwhile (by {}, {} ago). Nothing was sent.",
                set.name,
                crate::history::attribute::friendly(name),
                ago(now.duration_since(at).as_secs())
            ),
            None => format!("{} was changed meanwhile. Nothing was sent.", set.name),
        }
    } else {
        format!(
            "{} was deleted and created again meanwhile: this is another set of the same name. Nothing was sent.",
            set.name
        )
    };
    ActError::Conflict { says, uid: set.uid.clone(), generation: set.generation }
}

/// A pod precondition does not hold, while the set is as the caller saw it.
pub(super) fn pod_gone(request: &ActionRequest, error: ApiError) -> ActError {
    match &request.action {
        Action::DeletePod { pod, .. } | Action::EvictPod { pod, .. } => ActError::Conflict {
            says: format!("{pod} is gone or is another pod by now. Nothing was deleted."),
            uid: request.expect.uid.clone(),
            generation: request.expect.generation,
        },
        _ => error.into(),
    }
}
