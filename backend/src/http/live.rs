//! `GET live`: the one event stream of a tab.

use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::response::{IntoResponse, Response, Sse};
use model::wire::{LiveRows, Problem};
use serde::Deserialize;
use tower_sessions::Session;

use crate::http::problem::ApiProblem;
use crate::http::query::{Params, set_key};
use crate::http::sight::{self, Sight};
use crate::http::state::AppState;
use crate::http::stream::{self, Viewer};
use crate::identity::User;

#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Options {
    /// The version at which you stand; the header `Last-Event-ID` beats it.
    since: Option<u64>,
    /// Also send the detail of this set (`namespace/name`) whenever it changes.
    set: Option<String>,
}

/// What changes, as server-sent events.
///
/// * `rows`: rows that changed and sets that are gone; `id` is the version.
/// * `detail`: the set of `?set=` (a SetDetail), when something about it changed.
/// * `cluster`: a ClusterView, when the state of a watch changed, or what happens is not recorded any more, or again.
/// * `beat`: nothing else was said for a while; `now` is the server's clock.
/// * `reset`: what was missed is not kept any more, or other sets may be seen now: get the fleet again.
/// * `bye`: the stream ends; `reason` is `shutdown` or `session-ended`.
///
/// A stream also ends after half an hour; open the next one from the last version.
#[utoipa::path(
    get,
    path = "/api/v1/live",
    tag = "sets",
    params(
        Options,
        ("Last-Event-ID" = Option<String>, Header, description = "The last version that was received"),
    ),
    responses(
        (status = 200, body = LiveRows, content_type = "text/event-stream"),
        (status = 400, body = Problem, content_type = "application/problem+json"),
        (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 403, body = Problem, content_type = "application/problem+json"),
        (status = 429, body = Problem, content_type = "application/problem+json"),
        (status = 503, body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn live(
    State(state): State<AppState>,
    user: User,
    session: Session,
    Params(options): Params<Options>,
    headers: HeaderMap,
) -> Result<Response, ApiProblem> {
    let watched = options.set.as_deref().map(set_key).transpose()?;
    let last = headers.get("last-event-id").and_then(|v| v.to_str().ok()?.trim().parse().ok());
    let seat = state.streams.take(&user.name, state.limits)?;
    let sight = Sight::begin(&state, &user).await?;
    let watched = match watched {
        Some(key) => Some((sight::enter(&state, &user, &key.namespace).await?, key)),
        None => None,
    };
    let ended = state.identity.guard(&user).await;
    let viewer =
        Viewer { state, user, session, sight, watched, since: last.or(options.since), seat };
    let events = stream::events(viewer, async move { ended.ended().await });
    let mut response = Sse::new(events).into_response();
    let headers = response.headers_mut();
    // Proxies that collect an answer before they hand it on would hold the events back.
    headers.insert(HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache, no-transform"));
    Ok(response)
}

#[cfg(test)]
mod tests;
