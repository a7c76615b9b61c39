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

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use axum::http::{Request, StatusCode};
    use axum::response::Response;
    use model::wire::{RoleBinding, RoleName};
    use tower::ServiceExt as _;

    use super::*;
    use crate::http::router;
    use crate::http::testing::Panel;

    async fn open(state: &AppState, path: &str) -> Response {
        let request = Request::get(path).header("host", "panel.test").body(Body::empty()).unwrap();
        router(state.clone()).unwrap().oneshot(request).await.unwrap()
    }

    #[tokio::test]
    async fn the_link_of_a_demo_logs_in_and_no_other_does() {
        let panel = Panel::start().await;
        let mut state = panel.state.clone();
        assert_eq!(open(&state, "/enter?key=").await.status(), StatusCode::NOT_FOUND, "no door");
        let roles = [RoleBinding { role: RoleName::Admin, namespace: None }];
        let password = "a long password of a demo";
        let account = state.identity.demo_user("visitor", password, &roles).await.unwrap();
        let door = Door { key: "right".into(), account };
        let link = door.path();
        state.door = Some(door);
        for wrong in ["/enter", "/enter?key=", "/enter?key=wrong", "/enter?key=right1"] {
            let answer = open(&state, wrong).await;
            assert_eq!(answer.status(), StatusCode::NOT_FOUND, "{wrong}");
            assert!(answer.headers().get("set-cookie").is_none(), "{wrong}");
        }
        let answer = open(&state, &link).await;
        assert_eq!(answer.status(), StatusCode::SEE_OTHER);
        assert_eq!(answer.headers()["location"], "/");
        let cookie = answer.headers()["set-cookie"].to_str().unwrap();
        let request = Request::get("/api/v1/session")
            .header("host", "panel.test")
            .header("cookie", cookie.split(';').next().unwrap())
            .body(Body::empty())
            .unwrap();
        let session = router(state).unwrap().oneshot(request).await.unwrap();
        assert_eq!(session.status(), StatusCode::OK);
    }
}
