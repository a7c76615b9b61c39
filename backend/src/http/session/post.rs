//! `POST session`: log in.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use model::wire::{Login, Problem, SessionView};
use tower_sessions::Session;

use super::ClientIp;
use crate::http::body::JsonBody;
use crate::http::problem::ApiProblem;
use crate::identity::Identity;

/// Logs in; the answer sets the session cookie. A session that the caller had ends.
#[utoipa::path(
    post,
    operation_id = "log_in",
    security(()),
    path = "/api/v1/session",
    tag = "session",
    request_body = Login,
    responses(
        (status = 200, body = SessionView),
        (status = 400, body = Problem, content_type = "application/problem+json"),
        (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 413, body = Problem, content_type = "application/problem+json"),
        (status = 415, body = Problem, content_type = "application/problem+json"),
        (status = 429, body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn post(
    State(identity): State<Arc<Identity>>,
    ClientIp(from): ClientIp,
    session: Session,
    JsonBody(login): JsonBody<Login>,
) -> Result<Json<SessionView>, ApiProblem> {
    let account = identity.check_password(&login.user, &login.password, from).await?;
    let user = identity.log_in(&session, &account).await?;
    tracing::info!(user = user.name, %from, "logged in");
    Ok(Json(identity.view(&user)))
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU32;
    use std::time::Duration;

    use axum::http::StatusCode;
    use serde_json::json;

    use crate::http::session::testing::Client;
    use crate::identity::testing::{PASSWORD, Panel};
    use crate::identity::{Limits, Settings};

    #[tokio::test]
    async fn the_right_password_logs_in_with_a_cookie_that_only_this_host_gets() {
        let panel = Panel::new().await;
        panel.user("alice").await;
        let mut client = Client::new(&panel);
        let body = json!({ "user": "alice", "password": PASSWORD });
        let answer = client.post("/api/v1/session", &body).await;
        assert_eq!(answer.status, StatusCode::OK);
        assert_eq!(answer.json["user"], "alice");
        assert_eq!(answer.json["serverVersion"], env!("CARGO_PKG_VERSION"));

        let cookie = answer.set_cookie.unwrap();
        let (pair, attributes) = cookie.split_once("; ").unwrap();
        let (name, id) = pair.split_once('=').unwrap();
        assert_eq!(name, panel.identity.cookie_name());
        assert!(name.starts_with("__Host-rollcall-"), "{name}");
        assert_eq!(id.len(), 22, "128 random bits");
        let mut attributes: Vec<_> = attributes.split("; ").collect();
        attributes.sort_unstable();
        assert_eq!(attributes, ["HttpOnly", "Max-Age=86400", "Path=/", "SameSite=Lax", "Secure"]);

        assert_eq!(client.get("/api/v1/session").await.json["user"], "alice");
    }

    #[tokio::test]
    async fn a_wrong_password_and_an_unknown_user_get_the_same_answer() {
        let panel = Panel::new().await;
        panel.user("alice").await;
        let mut client = Client::new(&panel);
        let mut answers = Vec::new();
        for user in ["alice", "nobody"] {
            let body = json!({ "user": user, "password": "not the password" });
            let answer = client.post("/api/v1/session", &body).await;
            answer.problem(StatusCode::UNAUTHORIZED, "login-wrong");
            assert_eq!(answer.set_cookie, None);
            answers.push(answer.json);
        }
        assert_eq!(answers[0], answers[1]);
    }

    #[tokio::test]
    async fn a_login_ends_the_session_that_was_there_before() {
        let panel = Panel::new().await;
        panel.user("alice").await;
        panel.user("bob").await;
        let mut client = Client::new(&panel);
        let guard = panel.identity.guard(&client.log_in("alice").await).await;
        let before = client.cookie.clone();
        client.log_in("bob").await;
        guard.ended().await;
        assert_ne!(client.cookie, before);
        client.cookie = before;
        let answer = client.get("/api/v1/session").await;
        answer.problem(StatusCode::UNAUTHORIZED, "session-expired");
    }

    #[tokio::test]
    async fn an_id_chosen_by_somebody_else_is_not_taken_over() {
        let panel = Panel::new().await;
        panel.user("alice").await;
        let mut client = Client::new(&panel);
        let planted = format!("{}=AAAAAAAAAAAAAAAAAAAAAA", panel.identity.cookie_name());
        client.cookie = Some(planted.clone());
        client.log_in("alice").await;
        assert_ne!(client.cookie, Some(planted));
    }

    #[tokio::test]
    async fn too_many_attempts_are_refused_even_with_the_right_password_until_later() {
        let limits = Limits {
            per_user: NonZeroU32::new(2).unwrap(),
            user_every: Duration::from_secs(30),
            ..Limits::default()
        };
        let panel = Panel::with(Settings { limits, ..Settings::default() }).await;
        panel.user("alice").await;
        let mut client = Client::new(&panel);
        for _ in 0..2 {
            let body = json!({ "user": "alice", "password": "not the password" });
            let answer = client.post("/api/v1/session", &body).await;
            answer.problem(StatusCode::UNAUTHORIZED, "login-wrong");
        }
        let right = json!({ "user": "alice", "password": PASSWORD });
        let answer = client.post("/api/v1/session", &right).await;
        answer.problem(StatusCode::TOO_MANY_REQUESTS, "too-many-attempts");
        let wait: i64 = answer.retry_after.unwrap().parse().unwrap();
        assert!((1..=31).contains(&wait), "{wait}");
        panel.time.pass(jiff::Span::new().seconds(wait));
        let answer = client.post("/api/v1/session", &right).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.json);
    }

    #[tokio::test]
    async fn a_body_that_is_no_login_is_refused() {
        let panel = Panel::new().await;
        let mut client = Client::new(&panel);
        let more = json!({ "user": "a", "password": "b", "admin": true });
        for body in [json!({}), json!({ "user": "a" }), more] {
            let answer = client.post("/api/v1/session", &body).await;
            answer.problem(StatusCode::BAD_REQUEST, "bad-body");
        }
    }
}
