//! `session`: who am I, log in, log out; and how handlers learn who calls.
//!
//! A handler that takes [`User`](crate::identity::User) answers 401 to everybody else. All of this works on any state that has
//! the [`Identity`], inside [`Identity::session_layer`].

pub mod delete;
pub mod get;
pub mod post;

mod client;
mod extract;
mod problems;
#[cfg(test)]
pub(crate) mod testing;

use std::sync::Arc;

use axum::extract::FromRef;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::http::state::AppState;
use crate::identity::Identity;

pub use client::ClientIp;

impl FromRef<AppState> for Arc<Identity> {
    fn from_ref(state: &AppState) -> Self {
        Self::clone(&state.identity)
    }
}

/// `GET`, `POST` and `DELETE` of `/api/v1/session`.
pub fn routes<S>() -> OpenApiRouter<S>
where
    Arc<Identity>: FromRef<S>,
    S: Clone + Send + Sync + 'static,
{
    OpenApiRouter::new().routes(routes!(get::get, post::post, delete::delete))
}
