//! [`User`] as an argument of handlers.

use std::sync::Arc;

use axum::extract::{FromRef, FromRequestParts};
use axum::http::request::Parts;
use tower_sessions::Session;

use crate::http::problem::ApiProblem;
use crate::identity::{Identity, NotLoggedIn, User};

/// The user of a request.
pub(super) async fn user(parts: &Parts, identity: &Identity) -> Result<User, NotLoggedIn> {
    let session = parts.extensions.get::<Session>();
    let session = session.ok_or_else(|| anyhow::anyhow!("a route outside the session layer"))?;
    identity.user(session).await
}

impl<S> FromRequestParts<S> for User
where
    Arc<Identity>: FromRef<S>,
    S: Send + Sync,
{
    type Rejection = ApiProblem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiProblem> {
        Ok(user(parts, &Arc::from_ref(state)).await?)
    }
}
