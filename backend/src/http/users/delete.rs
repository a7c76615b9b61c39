//! `DELETE users/{user}`.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use model::wire::{Problem, RoleName};

use crate::http::problem::ApiProblem;
use crate::identity::{Identity, User};

/// Removes a user and ends their sessions. What they did stays in the history.
#[utoipa::path(
    delete,
    operation_id = "remove_user",
    path = "/api/v1/users/{user}",
    tag = "users",
    params(("user" = String, Path)),
    responses(
        (status = 204, description = "Removed"),
        (status = 400, body = Problem, content_type = "application/problem+json"),
        (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 403, body = Problem, content_type = "application/problem+json"),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 409, body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn delete(
    State(identity): State<Arc<Identity>>,
    user: User,
    Path(name): Path<String>,
) -> Result<StatusCode, ApiProblem> {
    user.require_everywhere(RoleName::Admin)?;
    identity.remove_user(&name).await?;
    tracing::info!(user = name, by = user.name, "removed a user");
    Ok(StatusCode::NO_CONTENT)
}

#[cfg(test)]
mod tests {
    use axum::http::StatusCode;

    use crate::http::session::testing::Client;
    use crate::identity::testing::{Panel, new_user};

    #[tokio::test]
    async fn a_removed_user_is_gone_and_the_last_administrator_stays() {
        let panel = Panel::new().await;
        panel.identity.add_user(new_user("root")).await.unwrap();
        panel.user("alice").await;
        let mut client = Client::new(&panel);
        client.log_in("root").await;
        let mut alice = Client::new(&panel);
        alice.log_in("alice").await;

        let answer = client.delete("/api/v1/users/alice").await;
        assert_eq!(answer.status, StatusCode::NO_CONTENT);
        let answer = alice.get("/api/v1/session").await;
        answer.problem(StatusCode::UNAUTHORIZED, "session-expired");
        let answer = client.delete("/api/v1/users/alice").await;
        answer.problem(StatusCode::NOT_FOUND, "no-such-user");
        let answer = client.delete("/api/v1/users/root").await;
        answer.problem(StatusCode::CONFLICT, "last-admin");
        assert_eq!(client.get("/api/v1/session").await.status, StatusCode::OK);
    }
}
