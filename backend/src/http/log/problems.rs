//! Why there is no log, as problems.

use axum::http::StatusCode;
use serde_json::json;

use crate::cluster::Caller;
use crate::cluster::inside::{LogError, LogOptions};
use crate::http::problem::ApiProblem;

/// With a sentence that says what to do.
pub(in crate::http) fn of_log(
    error: &LogError,
    caller: &Caller,
    pod: &str,
    wanted: &LogOptions,
) -> ApiProblem {
    let container = wanted.container.as_deref();
    let which = container.map_or_else(|| pod.to_owned(), |c| format!("{c} in {pod}"));
    let (status, code, detail, says) = match error {
        LogError::Api(error) => return ApiProblem::of_reading(error, caller, "get pods/log"),
        LogError::ContainerNeeded(says) => (
            StatusCode::BAD_REQUEST,
            "container-needed",
            format!("{pod} has several containers: say which one ({says})."),
            says,
        ),
        LogError::NoSuchContainer(says) => (
            StatusCode::NOT_FOUND,
            "no-such-part",
            format!("{pod} has no log of container {}.", container.unwrap_or("that name")),
            says,
        ),
        LogError::NoPrevious(says) => (
            StatusCode::NOT_FOUND,
            "no-previous-log",
            format!(
                "There is no previous log of {which}: its container has not been restarted, or the node has dropped it."
            ),
            says,
        ),
        LogError::NotYet(says) => (
            StatusCode::CONFLICT,
            "log-not-yet",
            format!("There is no log yet: {}.", says.trim_end_matches('.')),
            says,
        ),
    };
    ApiProblem::new(status, code, detail).with_extra(json!({ "says": says }))
}
