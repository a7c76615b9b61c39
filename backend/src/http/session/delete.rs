//! `DELETE session`: log out.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use model::wire::Problem;
use tower_sessions::Session;

use crate::http::problem::ApiProblem;
use crate::identity::{Identity, User};

/// Logs out: the session ends here, with its live streams, and its cookie is taken back.
#[utoipa::path(
    delete,
    operation_id = "log_out",
    path = "/api/v1/session",
    tag = "session",
    responses(
        (status = 204, description = "Logged out"),
        (status = 400, body = Problem, content_type = "application/problem+json"),
        (status = 401, body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn delete(
    State(identity): State<Arc<Identity>>,
    _: User,
    session: Session,
) -> Result<StatusCode, ApiProblem> {
    // In a task of its own: whoever closes the page at once is logged out all the same.
    let done = tokio::spawn(async move { identity.log_out(&session).await });
    done.await.map_err(|broken| ApiProblem::internal(&broken))??;
    Ok(StatusCode::NO_CONTENT)
}

#[cfg(test)]
mod tests {
    use axum::http::StatusCode;

    use crate::http::session::testing::Client;
    use crate::identity::testing::Panel;

    #[tokio::test]
    async fn logging_out_ends_the_session_its_streams_and_its_cookie() {
        let panel = Panel::new().await;
        panel.user("alice").await;
        let mut client = Client::new(&panel);
        let user = client.log_in("alice").await;
        let guard = panel.identity.guard(&user).await;
        let cookie = client.cookie.clone();

        assert_eq!(client.delete("/api/v1/session").await.status, StatusCode::NO_CONTENT);
        guard.ended().await;
        assert_eq!(client.cookie, None);
        client.cookie = cookie;
        let answer = client.get("/api/v1/session").await;
        answer.problem(StatusCode::UNAUTHORIZED, "session-expired");

        let late = panel.identity.guard(&user).await;
        assert!(late.has_ended(), "a stream that begins just after the logout");
    }

    #[tokio::test]
    async fn the_same_user_elsewhere_stays_logged_in() {
        let panel = Panel::new().await;
        panel.user("alice").await;
        let (mut here, mut there) = (Client::new(&panel), Client::new(&panel));
        here.log_in("alice").await;
        let guard = panel.identity.guard(&there.log_in("alice").await).await;
        here.delete("/api/v1/session").await;
        assert!(!guard.has_ended());
        assert_eq!(there.get("/api/v1/session").await.status, StatusCode::OK);
    }

    #[tokio::test]
    async fn who_is_not_logged_in_cannot_log_out() {
        let panel = Panel::new().await;
        let answer = Client::new(&panel).delete("/api/v1/session").await;
        answer.problem(StatusCode::UNAUTHORIZED, "login-required");
    }
}
