//! `GET /enter?key=…`: the demo's door. Whoever has the link, which only the server's terminal shows, is logged in.
//!
//! Only a demo has one: its database is thrown away when it ends.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Query, State};
use axum::response::{IntoResponse as _, Redirect, Response};
use axum::routing::get;
use serde::Deserialize;
use subtle::ConstantTimeEq as _;
use tower_sessions::Session;

use super::problem::ApiProblem;
use super::state::AppState;
use crate::identity::Account;

/// The door: its key, and who comes in by it.
#[derive(Clone)]
pub struct Door {
    pub key: Arc<str>,
    pub account: Account,
}

impl Door {
    /// The path of the link.
    pub fn path(&self) -> String {
        format!("/enter?key={}", self.key)
    }
}

#[derive(Deserialize)]
struct Entry {
    #[serde(default)]
    key: String,
}

pub(super) fn routes() -> Router<AppState> {
    Router::new().route("/enter", get(enter))
}

async fn enter(
    State(state): State<AppState>,
    session: Session,
    Query(entry): Query<Entry>,
) -> Result<Response, ApiProblem> {
    let door =
        state.door.filter(|door| bool::from(door.key.as_bytes().ct_eq(entry.key.as_bytes())));
    let Some(door) = door else {
        return Err(ApiProblem::new(
            axum::http::StatusCode::NOT_FOUND,
            "not-found",
            "This link leads nowhere: it is of a demo that has ended. Start the demo again for a new one.",
        ));
    };
    state.identity.log_in(&session, &door.account).await?;
    Ok(Redirect::to("/").into_response())
}
