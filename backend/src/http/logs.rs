//! `GET …/logs`: the logs of many pods of a set as one stream of events, since browsers allow few connections to a host.

use axum::extract::State;
use axum::response::Response;
use futures::future::join_all;
use model::pod::Pod;
use model::set::SetKey;
use model::wire::{LOGS_AT_ONCE, LogEnd, LogLines, Problem};
use serde::Deserialize;
use tower_sessions::Session;

use crate::cluster::inside::LogOptions;
use crate::http::log::follow::{self, Reader, Source};
use crate::http::log::{bounded, open};
use crate::http::problem::ApiProblem;
use crate::http::query::{Params, Place, ordinals};
use crate::http::state::AppState;
use crate::http::{pod, sight};
use crate::identity::User;

/// Lines of each pod where none are asked for.
const LINES: u32 = 100;

#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[into_params(parameter_in = Query)]
pub(super) struct Options {
    /// Ordinals with commas between them, 20 at most; all if absent.
    ordinals: Option<String>,
    /// Absent: of each pod the one that its annotation `kubectl.kubernetes.io/default-container` names, else its first.
    container: Option<String>,
    /// Of the instances before, which ended.
    #[serde(default)]
    previous: bool,
    /// Of each pod, from this many lines before the end on: 1 to 10000; 100 if absent.
    tail_lines: Option<u32>,
    /// Only of the last so many seconds: 1 to 2592000.
    since_seconds: Option<u32>,
    /// A time (RFC 3339) and a space before each line.
    #[serde(default)]
    timestamps: bool,
    /// Go on as they grow.
    #[serde(default)]
    follow: bool,
}

/// The logs of many pods of the set, side by side, as one stream of events, read from the API server as you.
///
/// * `lines`: whole lines of one pod (a LogLines), in the order of that pod; the pods are not put in order among each other.
/// * `end` with a `pod`: that pod's log is at its end, or could not be opened; `reason` is then the code of the problem.
/// * `beat`: nothing else was said for a while.
/// * `end` without: the stream is over, and why.
#[utoipa::path(
    get,
    path = "/api/v1/sets/{namespace}/{name}/logs",
    tag = "pods",
    params(("namespace" = String, Path), ("name" = String, Path), Options),
    responses(
        (status = 200, body = LogLines, content_type = "text/event-stream"),
        (status = 400, body = Problem, content_type = "application/problem+json"),
        (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 403, body = Problem, content_type = "application/problem+json"),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 429, body = Problem, content_type = "application/problem+json"),
        (status = 503, body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn logs(
    State(state): State<AppState>,
    user: User,
    session: Session,
    Place((namespace, name)): Place<(String, String)>,
    Params(options): Params<Options>,
) -> Result<Response, ApiProblem> {
    let tail_lines = bounded(options.tail_lines, options.since_seconds, LINES)?;
    let chosen = options.ordinals.as_deref().map(ordinals).transpose()?;
    let kinds = sight::enter(&state, &user, &namespace).await?;
    let caller = user.caller(state.authority);
    let key = SetKey::new(namespace, name);
    let facts = pod::members(&state, kinds, &caller, &key)?;
    let pods = pod::at_ordinals(&facts, chosen.as_deref())?;
    if pods.len() > LOGS_AT_ONCE {
        return Err(ApiProblem::bad_query(format!(
            "{} has {} pods: choose {LOGS_AT_ONCE} ordinals at most.",
            key.name,
            pods.len()
        )));
    }
    let seat = state.streams.take(&user.name, state.limits)?;
    let open_one = |(ordinal, pod): (u32, &Pod)| {
        let (state, caller, key) = (&state, &caller, &key);
        let (name, container) = (pod.name.clone(), options.container.clone());
        let wanted = LogOptions {
            container: None,
            previous: options.previous,
            follow: options.follow,
            timestamps: options.timestamps,
            tail_lines,
            since_seconds: options.since_seconds,
        };
        async move {
            let container = match container {
                Some(named) => Ok(Some(named)),
                None => pod::default_container(state, caller, key, &name).await,
            };
            let opened = match container {
                Ok(container) => {
                    let wanted = LogOptions { container, ..wanted };
                    open(state, caller, key, &name, &wanted).await
                }
                Err(problem) => Err(problem),
            };
            match opened {
                Ok(log) => Ok(Source::new(name, ordinal, log)),
                Err(problem) => Err(follow::end(Some(&name), problem.code(), problem.detail())),
            }
        }
    };
    // All at once: one after the other they could take longer than a request may.
    let opened: Vec<Result<Source, LogEnd>> = join_all(pods.into_iter().map(open_one)).await;
    let (mut sources, mut missing) = (Vec::new(), Vec::new());
    for one in opened {
        match one {
            Ok(source) => sources.push(source),
            Err(end) => missing.push(end),
        }
    }
    let reader = Reader { state, user, session, namespace: key.namespace, sources, seat };
    Ok(follow::respond(reader, missing).await)
}
