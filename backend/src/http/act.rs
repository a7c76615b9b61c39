//! `POST …/actions`: does something to a set, or says what it would do.

use axum::Json;
use axum::extract::{FromRequest, Request, State};
use axum::http::{HeaderMap, StatusCode};
use model::action::{Action, Refusal, RefusalCode};
use model::set::SetKey;
use model::wire::{ActionRequest, ActionResult, Problem, RoleName};
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::actions;
use crate::http::body::{self, JsonBody};
use crate::http::problem::ApiProblem;
use crate::http::query::{Params, Place};
use crate::http::sight::{self, Kinds};
use crate::http::state::AppState;
use crate::identity::User;

#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[into_params(parameter_in = Query)]
pub(super) struct Options {
    /// Let the API server check it, and answer forecast, patch and kubectl command; nothing is stored.
    #[serde(default)]
    dry_run: bool,
}

/// Longest reason, in characters.
const REASON: usize = 500;
/// Most pods of an abort: no set that is acted on has more.
const PODS: usize = model::MAX_REPLICAS as usize;

/// Does something to a set as you, if it is still what you saw (`expect`).
///
/// With an `Idempotency-Key`, repeating the request does nothing again and gives the first answer.
#[utoipa::path(
    post,
    path = "/api/v1/sets/{namespace}/{name}/actions",
    tag = "actions",
    params(
        ("namespace" = String, Path),
        ("name" = String, Path),
        Options,
        ("Idempotency-Key" = Option<String>, Header, description = "1 to 200 visible ASCII characters"),
    ),
    request_body = ActionRequest,
    responses(
        (status = 200, body = ActionResult),
        (status = 400, body = Problem, content_type = "application/problem+json"),
        (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 403, body = Problem, content_type = "application/problem+json"),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 409, body = Problem, content_type = "application/problem+json"),
        (status = 413, body = Problem, content_type = "application/problem+json"),
        (status = 415, body = Problem, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json"),
        (status = 429, body = Problem, content_type = "application/problem+json"),
        (status = 502, body = Problem, content_type = "application/problem+json"),
        (status = 503, body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn act(
    State(state): State<AppState>,
    user: User,
    Place((namespace, name)): Place<(String, String)>,
    Params(options): Params<Options>,
    request: Request,
) -> Result<Json<ActionResult>, ApiProblem> {
    // Before the body is even read.
    user.require(RoleName::Operator, &namespace)?;
    let kinds = sight::enter(&state, &user, &namespace).await?;
    let idempotency_key = idempotency_key(request.headers())?;
    let JsonBody(map) = JsonBody::<Map<String, Value>>::from_request(request, &state).await?;
    let caller = user.caller(state.authority);
    let body = read(map)?;
    if matches!(body.action, Action::RollBack { .. }) && !kinds.templates {
        return Err(ApiProblem::no_access(&caller, "get", "controllerrevisions", &namespace));
    }
    let key = SetKey::new(namespace, name);
    let held = match state.live.facts(&key) {
        Some(facts) => state.history.held(&facts.set.uid).await?,
        None => None,
    };
    let request = actions::Request {
        key,
        held,
        body,
        user: user.name.clone(),
        caller: caller.clone(),
        idempotency_key,
        dry_run: options.dry_run,
    };
    // In a task of its own: a browser that goes away, or the time limit of the request, must not stop an action between
    // its intent and its outcome.
    let actions = state.actions.clone();
    let done = state.work.spawn(async move { actions.run(request).await });
    match done.await {
        Ok(Ok(mut result)) => {
            veil(kinds, &mut result);
            Ok(Json(result))
        }
        Ok(Err(error)) => Err(ApiProblem::of_action(veiled(kinds, error), &caller)),
        Err(broken) => Err(ApiProblem::internal(&broken)),
    }
}

/// Takes out of an answer what it says of pods, for somebody who may not list them.
pub(super) fn veil(kinds: Kinds, result: &mut ActionResult) {
    if kinds.readable.pods {
        return;
    }
    let forecast = &mut result.forecast;
    forecast.steps.clear();
    "You may not list pods here, so what happens to which pod is not told."
        .clone_into(&mut forecast.sentence);
    forecast.stays.clear();
    forecast.stall = None;
    forecast.waits = None;
    forecast.takes = None;
    // A warning can name pods and what they run.
    forecast.warnings.clear();
    forecast.at_once = 0;
    forecast.in_vain = false;
    if let Some(incomplete) = &mut result.incomplete {
        "Not all of it was done; what is left is told to those who may list pods here."
            .clone_into(incomplete);
    }
    result.row = result.row.as_ref().map(sight::veiled);
}

/// A refusal names the pod that is in the way, and why.
fn veiled(kinds: Kinds, error: actions::ActError) -> actions::ActError {
    match error {
        actions::ActError::Refused(refusal)
            if !kinds.readable.pods && refusal.code == RefusalCode::NotNow =>
        {
            let reason = "It is not possible now; why is told to those who may list pods here.";
            actions::ActError::Refused(Refusal { reason: reason.to_owned(), ..refusal })
        }
        other => other,
    }
}

fn idempotency_key(headers: &HeaderMap) -> Result<Option<String>, ApiProblem> {
    let Some(value) = headers.get("idempotency-key") else { return Ok(None) };
    match value.to_str() {
        Ok(key) if (1..=200).contains(&key.len()) => Ok(Some(key.to_owned())),
        _ => Err(ApiProblem::new(
            StatusCode::BAD_REQUEST,
            "bad-idempotency-key",
            "Idempotency-Key may be 1 to 200 visible ASCII characters.",
        )),
    }
}

/// The body as an action. Numbers and the reason are looked at by hand: a tagged enum's own error does not name the field.
fn read(map: Map<String, Value>) -> Result<ActionRequest, ApiProblem> {
    const HIGHEST: u64 = i32::MAX as u64;
    for field in ["partition", "to", "replicas"] {
        let Some(value) = map.get(field) else { continue };
        if !value.is_null() && value.as_u64().is_none_or(|n| n > HIGHEST) {
            return Err(ApiProblem::bad_body(
                Some(field),
                format!("{field} must be a whole number from 0 to {HIGHEST}, not {value}."),
            ));
        }
    }
    if let Some(value) = map.get("maxUnavailable")
        && !value.is_string()
        && value.as_u64().is_none_or(|n| n > HIGHEST)
    {
        return Err(ApiProblem::bad_body(
            Some("maxUnavailable"),
            format!(
                "maxUnavailable must be a whole number or a percentage such as \"25%\", not {value}."
            ),
        ));
    }
    if map.get("pods").and_then(Value::as_array).is_some_and(|pods| pods.len() > PODS) {
        return Err(ApiProblem::bad_body(
            Some("pods"),
            format!("pods may name at most {PODS} pods."),
        ));
    }
    if map.get("reason").and_then(Value::as_str).is_some_and(|r| r.chars().count() > REASON) {
        return Err(ApiProblem::bad_body(
            Some("reason"),
            format!("reason may have at most {REASON} characters."),
        ));
    }
    serde_json::from_value(Value::Object(map)).map_err(|e| body::says(".", &e))
}

#[cfg(test)]
mod tests;
