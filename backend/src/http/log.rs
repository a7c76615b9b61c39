//! `GET …/pods/{pod}/logs`: the log of a container of one pod, as text, or followed as a stream of events.

use axum::extract::State;
use axum::http::{HeaderName, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use bytes::BytesMut;
use futures::TryStreamExt as _;
use model::set::SetKey;
use model::wire::{LogLines, Problem};
use serde::Deserialize;
use tokio::sync::Semaphore;
use tower_sessions::Session;

use crate::cluster::inside::{LogOptions, LogStream};
use crate::cluster::{ApiError, Caller};
use crate::http::problem::ApiProblem;
use crate::http::query::{Params, Place};
use crate::http::state::AppState;
use crate::http::{pod, sight};
use crate::identity::User;

pub(super) mod follow;
mod lines;
pub(super) mod problems;

use follow::{Reader, Source};

/// Most lines from the end on.
pub(super) const MOST_LINES: u32 = 10_000;
/// Lines where none are asked for.
const LINES: u32 = 1_000;
/// Longest time back: 30 days.
pub(super) const LONGEST: u32 = 30 * 24 * 3_600;
/// Of a longer text the beginning is left out: 2 MiB.
const BYTES: usize = 2 * 1024 * 1024;

/// Says that the beginning of a text was left out.
const CUT: HeaderName = HeaderName::from_static("x-log-cut");

/// Texts that are put together at a time: each takes memory.
static TEXTS: Semaphore = Semaphore::const_new(16);

#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[into_params(parameter_in = Query)]
pub(super) struct Options {
    /// Absent: the one that the pod's annotation `kubectl.kubernetes.io/default-container` names, else its first.
    container: Option<String>,
    /// Of the instance before, which ended.
    #[serde(default)]
    previous: bool,
    /// From this many lines before the end on: 1 to 10000; 1000 if absent.
    tail_lines: Option<u32>,
    /// Only of the last so many seconds: 1 to 2592000.
    since_seconds: Option<u32>,
    /// A time (RFC 3339) and a space before each line.
    #[serde(default)]
    timestamps: bool,
    /// Go on as it grows, as a stream of events.
    #[serde(default)]
    follow: bool,
}

/// The bounds on lines and seconds.
///
/// # Errors
/// 400 `bad-query` outside of them.
pub(super) fn bounded(
    tail_lines: Option<u32>,
    since_seconds: Option<u32>,
    lines: u32,
) -> Result<u32, ApiProblem> {
    let lines = tail_lines.unwrap_or(lines);
    if !(1..=MOST_LINES).contains(&lines) {
        let says = format!("tailLines may be 1 to {MOST_LINES}, not {lines}.");
        return Err(ApiProblem::bad_query(says));
    }
    if let Some(seconds) = since_seconds.filter(|s| !(1..=LONGEST).contains(s)) {
        let says = format!("sinceSeconds may be 1 to {LONGEST}, not {seconds}.");
        return Err(ApiProblem::bad_query(says));
    }
    Ok(lines)
}

/// The log of a container of one pod of the set, read from the API server as you.
///
/// As text, of which at most the last 2 MiB are sent; where the beginning was left out, `X-Log-Cut: beginning` says so. With
/// `follow=true` as server-sent events: `lines` (a LogLines) as lines come, `beat` while there are none, and at last `end`
/// (a LogEnd) with the reason. A stream ends with the session, with the server, when rights are withdrawn, and after half an
/// hour; a line of more than 64 KiB comes in pieces.
#[utoipa::path(
    get,
    path = "/api/v1/sets/{namespace}/{name}/pods/{pod}/logs",
    tag = "pods",
    params(
        ("namespace" = String, Path),
        ("name" = String, Path),
        ("pod" = String, Path),
        Options,
    ),
    responses(
        (status = 200, description = "The log", content(
            (String = "text/plain"),
            (LogLines = "text/event-stream"),
        )),
        (status = 400, body = Problem, content_type = "application/problem+json"),
        (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 403, body = Problem, content_type = "application/problem+json"),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 409, body = Problem, content_type = "application/problem+json"),
        (status = 429, body = Problem, content_type = "application/problem+json"),
        (status = 502, body = Problem, content_type = "application/problem+json"),
        (status = 503, body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn log(
    State(state): State<AppState>,
    user: User,
    session: Session,
    Place((namespace, name, pod)): Place<(String, String, String)>,
    Params(options): Params<Options>,
) -> Result<Response, ApiProblem> {
    let tail_lines = bounded(options.tail_lines, options.since_seconds, LINES)?;
    let kinds = sight::enter(&state, &user, &namespace).await?;
    let caller = user.caller(state.authority);
    let key = SetKey::new(namespace, name);
    let facts = pod::members(&state, kinds, &caller, &key)?;
    let found = pod::owned(&facts, &pod)?;
    let container = match options.container {
        Some(named) => Some(named),
        None => pod::default_container(&state, &caller, &key, &pod).await?,
    };
    let wanted = LogOptions {
        container,
        previous: options.previous,
        follow: options.follow,
        timestamps: options.timestamps,
        tail_lines,
        since_seconds: options.since_seconds,
    };
    if !options.follow {
        let _room = TEXTS.acquire().await.expect("it is never closed");
        let log = open(&state, &caller, &key, &found.name, &wanted).await?;
        return text(log).await.map_err(|e| ApiProblem::of_reading(&e, &caller, "read this log"));
    }
    let seat = state.streams.take(&user.name, state.limits)?;
    let log = open(&state, &caller, &key, &found.name, &wanted).await?;
    let ordinal = facts.ordinal(found).unwrap_or_default();
    let source = Source::new(found.name.clone(), ordinal, log);
    let reader =
        Reader { state, user, session, namespace: key.namespace, sources: vec![source], seat };
    Ok(follow::respond(reader, Vec::new()).await)
}

/// The log of a pod of the set.
pub(super) async fn open(
    state: &AppState,
    caller: &Caller,
    key: &SetKey,
    pod: &str,
    wanted: &LogOptions,
) -> Result<LogStream, ApiProblem> {
    let opened = state.inside.log(caller, &key.namespace, pod, wanted).await;
    opened.map_err(|e| problems::of_log(&e, caller, pod, wanted))
}

/// The whole log, or its last part, from the beginning of a line on.
async fn text(mut log: LogStream) -> Result<Response, ApiError> {
    let (mut kept, mut cut) = (BytesMut::new(), false);
    while let Some(chunk) = log.try_next().await? {
        kept.extend_from_slice(&chunk);
        if kept.len() > 2 * BYTES {
            drop(kept.split_to(kept.len() - BYTES));
            cut = true;
        }
    }
    if kept.len() > BYTES {
        drop(kept.split_to(kept.len() - BYTES));
        cut = true;
    }
    if cut && let Some(end) = kept.iter().position(|b| *b == b'\n') {
        drop(kept.split_to(end + 1));
    }
    let text = String::from_utf8_lossy(&kept).into_owned();
    let mut response =
        ([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], text).into_response();
    if cut {
        response.headers_mut().insert(CUT, HeaderValue::from_static("beginning"));
    }
    Ok(response)
}

#[cfg(test)]
mod tests;
