//! `POST …/commands`: runs a configured command on every ordinal, and compares.

use axum::Json;
use axum::extract::{FromRequest as _, Request, State};
use axum::http::StatusCode;
use model::set::SetKey;
use model::wire::{CommandRequest, CommandRun, Problem, RoleName};
use serde_json::json;

use super::permit;
use crate::actions::commands::{PODS, Run, RunError};
use crate::http::body::JsonBody;
use crate::http::problem::ApiProblem;
use crate::http::query::Place;
use crate::http::state::AppState;
use crate::http::{pod, sight};
use crate::identity::User;

/// Runs a configured command on every ordinal of the set, or on those named, as you, and compares the answers.
///
/// A pod has 10 s to answer and may write 64 KiB; what is longer is cut off, and may go on in its container. Two answers are
/// the same if exit code and standard output are, white space at the end aside. What fails on one pod is told there and
/// keeps no other from answering. The history keeps who ran which command where and the exit codes, not what was written.
/// The same command of yours on the same set is not run twice at a time.
#[utoipa::path(
    post,
    path = "/api/v1/sets/{namespace}/{name}/commands",
    tag = "pods",
    params(("namespace" = String, Path), ("name" = String, Path)),
    request_body = CommandRequest,
    responses(
        (status = 200, body = CommandRun),
        (status = 400, body = Problem, content_type = "application/problem+json"),
        (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 403, body = Problem, content_type = "application/problem+json"),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 409, body = Problem, content_type = "application/problem+json"),
        (status = 413, body = Problem, content_type = "application/problem+json"),
        (status = 415, body = Problem, content_type = "application/problem+json"),
        (status = 503, body = Problem, content_type = "application/problem+json"),
    )
)]
pub(in crate::http) async fn run(
    State(state): State<AppState>,
    user: User,
    Place((namespace, name)): Place<(String, String)>,
    request: Request,
) -> Result<Json<CommandRun>, ApiProblem> {
    // Before the body is even read.
    user.require(RoleName::Operator, &namespace)?;
    let kinds = sight::enter(&state, &user, &namespace).await?;
    let JsonBody(body) = JsonBody::<CommandRequest>::from_request(request, &state).await?;
    if !state.commands.allowed().iter().any(|c| c.name == body.command) {
        return Err(of_run(RunError::NoSuchCommand(body.command)));
    }
    let caller = permit(&state, &user, &namespace).await?;
    let key = SetKey::new(namespace, name);
    let facts = pod::members(&state, kinds, &caller, &key)?;
    if body.expect.is_some_and(|expect| expect.uid != facts.set.uid) {
        let says =
            format!("{} is another set now than the one you saw. Nothing was run.", key.name);
        let extra = json!({ "uid": facts.set.uid });
        return Err(ApiProblem::new(StatusCode::CONFLICT, "conflict", says).with_extra(extra));
    }
    let pods = pod::at_ordinals(&facts, body.ordinals.as_deref())?;
    let mut pods: Vec<_> = pods.into_iter().map(|(o, p)| (o, p.name.clone())).collect();
    pods.sort();
    pods.dedup();
    if pods.is_empty() {
        let says = format!("{} has no pod now.", key.name);
        return Err(ApiProblem::new(StatusCode::CONFLICT, "nothing-to-do", says));
    }
    if pods.len() > PODS {
        let says = format!("{} pods are too many: choose {PODS} ordinals at most.", pods.len());
        return Err(ApiProblem::bad_body(Some("ordinals"), says));
    }
    if state.unrecorded.borrow().is_some() {
        return Err(ApiProblem::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "journal",
            "Nothing can be recorded now, so nothing was run. The cluster's view says since when, and why.",
        ));
    }
    let run = Run {
        key,
        set_uid: facts.set.uid.clone(),
        command: body.command,
        container: body.container,
        pods,
        user: user.name.clone(),
        caller,
    };
    // In a task of its own: a browser that goes away must not keep it from being recorded.
    let commands = state.commands.clone();
    match state.work.spawn(async move { commands.run(run).await }).await {
        Ok(Ok(answer)) => Ok(Json(answer)),
        Ok(Err(error)) => Err(of_run(error)),
        Err(broken) => Err(ApiProblem::internal(&broken)),
    }
}

fn of_run(error: RunError) -> ApiProblem {
    match error {
        RunError::NoSuchCommand(name) => ApiProblem::new(
            StatusCode::NOT_FOUND,
            "no-such-command",
            format!("No command {name:?} is configured in this server."),
        ),
        RunError::UnderWay(name) => ApiProblem::new(
            StatusCode::CONFLICT,
            "under-way",
            format!("Your {name} on this set is still under way. It was not run a second time."),
        ),
        RunError::Unrecorded(cause) => {
            tracing::error!(%cause, "a command that was run could not be recorded");
            ApiProblem::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "journal",
                "The command was run, but that could not be recorded, so its answers are not shown. The server's log has the cause.",
            )
        }
    }
}
