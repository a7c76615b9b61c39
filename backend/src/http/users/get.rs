//! `GET users`.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use model::wire::{Problem, RoleName, UserView};

use crate::http::problem::ApiProblem;
use crate::identity::{Identity, User};

/// All users by name.
#[utoipa::path(
    get,
    operation_id = "users",
    path = "/api/v1/users",
    tag = "users",
    responses(
        (status = 200, body = [UserView]),
        (status = 400, body = Problem, content_type = "application/problem+json"),
        (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 403, body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn get(
    State(identity): State<Arc<Identity>>,
    user: User,
) -> Result<Json<Vec<UserView>>, ApiProblem> {
    user.require_everywhere(RoleName::Admin)?;
    let users = identity.users().await?;
    Ok(Json(users.into_iter().map(UserView::from).collect()))
}

#[cfg(test)]
mod tests {
    use axum::http::StatusCode;
    use serde_json::json;

    use crate::http::session::testing::Client;
    use crate::identity::testing::{Panel, new_user};

    #[tokio::test]
    async fn users_are_listed_by_name_without_their_passwords() {
        let panel = Panel::new().await;
        panel.identity.add_user(new_user("root")).await.unwrap();
        panel.user("alice").await;
        let mut client = Client::new(&panel);
        client.log_in("root").await;
        let answer = client.get("/api/v1/users").await;
        assert_eq!(answer.status, StatusCode::OK);
        assert_eq!(
            answer.json,
            json!([
                { "user": "alice", "roles": [{ "role": "viewer" }], "kubernetesUser": "alice" },
                { "user": "root", "roles": [{ "role": "admin" }], "kubernetesUser": "root" },
            ])
        );
    }
}
