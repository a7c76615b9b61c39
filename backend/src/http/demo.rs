//! What only a demo has: its door, its guide, its reset.
//!
//! Whoever has the link, which only the server's terminal shows, is logged in: `/demo#KEY`. The fragment stays in the
//! browser; the guide's script sends the key. The database is thrown away when the demo ends.

use std::sync::Arc;

use async_trait::async_trait;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::Deserialize;
use subtle::ConstantTimeEq as _;
use tower_sessions::Session;

use super::body::JsonBody;
use super::problem::ApiProblem;
use super::site;
use super::state::AppState;
use crate::identity::{Account, User};

/// Brings the demo's cluster back to its beginning.
#[async_trait]
pub trait Reset: Send + Sync {
    /// `by`: the user who asked for it.
    ///
    /// # Errors
    /// If the cluster could not be made anew; it is as it was then.
    async fn reset(&self, by: &str) -> anyhow::Result<()>;
}

/// A demo: the key of its link, who comes in by it, and its cluster.
#[derive(Clone)]
pub struct Demo {
    pub key: Arc<str>,
    pub account: Account,
    pub cluster: Arc<dyn Reset>,
}

impl Demo {
    /// The path of the link.
    pub fn path(&self) -> String {
        format!("{GUIDE}#{}", self.key)
    }
}

/// The path of the guide.
pub(super) const GUIDE: &str = "/demo";

/// The routes of a demo; none where the server is no demo.
pub(super) fn routes(state: &AppState) -> Router<AppState> {
    if state.demo.is_none() {
        return Router::new();
    }
    Router::new()
        .route(GUIDE, get(guide))
        .route("/demo/guide.js", get(script))
        .route("/demo/guide.css", get(style))
        .route("/demo/enter", post(enter))
        .route("/demo/reset", post(reset))
}

async fn guide() -> Html<String> {
    // The app's style sheet has another name in each build.
    let style = site::style_sheet().unwrap_or_default();
    Html(include_str!("demo/guide.html").replace("{{css}}", &style))
}

async fn script() -> impl IntoResponse {
    let kind = [(header::CONTENT_TYPE, "text/javascript; charset=utf-8")];
    (kind, include_str!("demo/guide.js"))
}

async fn style() -> impl IntoResponse {
    let kind = [(header::CONTENT_TYPE, "text/css; charset=utf-8")];
    (kind, include_str!("demo/guide.css"))
}

/// The app's page with a way to the guide on top.
pub(super) fn with_strip(page: &str) -> String {
    const STYLE: &str = "<link rel=\"stylesheet\" href=\"/demo/guide.css\">";
    // "external" tells the app to leave the link to the browser.
    const STRIP: &str = "<aside class=\"demo-strip\" aria-label=\"Demo\">A demo: its cluster lives in the program. \
                         <a class=\"link\" rel=\"external\" href=\"/demo\">Things to try, and reset</a></aside>";
    // Behind the way to the content, which comes first in the order of the focus.
    page.replacen("</head>", &format!("{STYLE}</head>"), 1).replacen(
        "<svg class=\"sprite\"",
        &format!("{STRIP}<svg class=\"sprite\""),
        1,
    )
}

/// The key of the link.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    key: String,
}

async fn enter(
    State(state): State<AppState>,
    session: Session,
    JsonBody(entry): JsonBody<Entry>,
) -> Result<StatusCode, ApiProblem> {
    let demo =
        state.demo.filter(|demo| bool::from(demo.key.as_bytes().ct_eq(entry.key.as_bytes())));
    let Some(demo) = demo else {
        return Err(ApiProblem::new(
            StatusCode::FORBIDDEN,
            "wrong-link",
            "This link is of a demo that has ended. Open the link that the running one has printed.",
        ));
    };
    state.identity.log_in(&session, &demo.account).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn reset(State(state): State<AppState>, user: User) -> Result<Response, ApiProblem> {
    let Some(demo) = state.demo else { return Err(ApiProblem::internal(&"no demo")) };
    // In a task of its own: a browser that goes away must not leave half of it.
    let by = user.name.clone();
    let done = state.work.spawn(async move { demo.cluster.reset(&by).await }).await;
    match done {
        Ok(Ok(())) => {
            tracing::info!(user = user.name, "the demo was reset");
            Ok(Json(serde_json::json!({ "reset": true })).into_response())
        }
        Ok(Err(error)) => Err(ApiProblem::internal(&error)),
        Err(broken) => Err(ApiProblem::internal(&broken)),
    }
}

#[cfg(test)]
mod tests;
