//! Routes, problem+json, CSRF, security headers, SSE, static files, OpenAPI. Must not know kube and sqlx.
//!
//! One verb a file; every file brings its `routes()`, and [`openapi::api`] gathers them together with their description.

mod act;
mod action;
pub mod body;
mod cluster;
mod commands;
mod connections;
pub mod demo;
mod detail;
mod events;
mod export;
mod fleet;
mod guard;
mod health;
mod held;
mod history;
mod lanes;
mod live;
mod log;
mod logs;
mod manifest;
pub mod openapi;
mod pod;
mod policy;
pub mod problem;
pub mod query;
pub mod recall;
mod revision;
mod revisions;
mod rollout;
mod serve;
pub mod session;
pub mod setup;
mod sight;
mod site;
pub mod state;
mod stream;
pub mod streams;
pub mod template;
#[cfg(test)]
mod testing;
pub mod users;

use axum::Router;
use axum::http::Uri;

use crate::http::problem::ApiProblem;
use crate::http::state::AppState;

pub use serve::serve;

/// The whole application: the API, health, and the pages.
///
/// # Errors
/// If the configured public URL is not an origin that a browser could send.
pub fn router(state: AppState) -> anyhow::Result<Router> {
    let (api, _) = openapi::api().split_for_parts();
    let api = api.merge(openapi::routes()).merge(demo::routes(&state));
    let api = guard::api(api, &state);
    let app =
        api.merge(health::routes()).fallback(site::page).method_not_allowed_fallback(wrong_method);
    guard::everything(app, &state).map(|app| app.with_state(state))
}

/// A method that the path does not have; axum adds the `Allow` header.
async fn wrong_method(uri: Uri) -> ApiProblem {
    ApiProblem::new(
        axum::http::StatusCode::METHOD_NOT_ALLOWED,
        "method-not-allowed",
        format!("{} does not take this method; the Allow header names those it takes.", uri.path()),
    )
}
