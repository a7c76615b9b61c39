//! `GET …/commands`: which commands may be run on the ordinals of a set.

use axum::Json;
use axum::extract::State;
use model::set::SetKey;
use model::wire::{CommandList, Problem};

use super::permit;
use crate::actions::commands::{BYTES, PODS, TIME};
use crate::http::problem::ApiProblem;
use crate::http::query::Place;
use crate::http::sight;
use crate::http::state::AppState;
use crate::identity::User;

/// The commands that the server's configuration permits, and whether you may run them here.
///
/// An empty list: the server was started without any, and none can be run.
#[utoipa::path(
    get,
    path = "/api/v1/sets/{namespace}/{name}/commands",
    tag = "pods",
    params(("namespace" = String, Path), ("name" = String, Path)),
    responses(
        (status = 200, body = CommandList),
        (status = 400, body = Problem, content_type = "application/problem+json"),
        (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 403, body = Problem, content_type = "application/problem+json"),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 503, body = Problem, content_type = "application/problem+json"),
    )
)]
pub(in crate::http) async fn list(
    State(state): State<AppState>,
    user: User,
    Place((namespace, name)): Place<(String, String)>,
) -> Result<Json<CommandList>, ApiProblem> {
    sight::enter(&state, &user, &namespace).await?;
    if state.live.facts(&SetKey::new(&namespace, &name)).is_none() {
        return Err(ApiProblem::no_set_shown(&state.live, &namespace, &name));
    }
    let commands = state.commands.allowed().to_vec();
    let refusal = match permit(&state, &user, &namespace).await {
        Ok(_) => None,
        Err(problem) if problem.status().as_u16() == 403 => Some(problem.unread()),
        Err(problem) => return Err(problem),
    };
    Ok(Json(CommandList {
        permitted: refusal.is_none() && !commands.is_empty(),
        refusal,
        commands,
        seconds: u32::try_from(TIME.as_secs()).unwrap_or(u32::MAX),
        bytes: u32::try_from(BYTES).unwrap_or(u32::MAX),
        pods: u32::try_from(PODS).unwrap_or(u32::MAX),
    }))
}
