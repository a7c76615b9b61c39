//! `POST users`.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use model::wire::{NewUser, Problem, RoleName, UserView};

use crate::http::body::JsonBody;
use crate::http::problem::ApiProblem;
use crate::identity::{Identity, User};

/// Adds a user.
#[utoipa::path(
    post,
    operation_id = "add_user",
    path = "/api/v1/users",
    tag = "users",
    request_body = NewUser,
    responses(
        (status = 201, body = UserView),
        (status = 400, body = Problem, content_type = "application/problem+json"),
        (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 403, body = Problem, content_type = "application/problem+json"),
        (status = 409, body = Problem, content_type = "application/problem+json"),
        (status = 413, body = Problem, content_type = "application/problem+json"),
        (status = 415, body = Problem, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn post(
    State(identity): State<Arc<Identity>>,
    user: User,
    body: Result<JsonBody<NewUser>, ApiProblem>,
) -> Result<(StatusCode, Json<UserView>), ApiProblem> {
    // Who may not is told so, whatever the body.
    user.require_everywhere(RoleName::Admin)?;
    let JsonBody(new) = body?;
    let account = identity.add_user(new).await?;
    tracing::info!(user = account.name, by = user.name, "added a user");
    Ok((StatusCode::CREATED, Json(account.into())))
}

#[cfg(test)]
mod tests {
    use axum::http::StatusCode;
    use serde_json::{Value, json};

    use crate::http::session::testing::Client;
    use crate::identity::testing::{PASSWORD, Panel, new_user};

    async fn root(panel: &Panel) -> Client {
        panel.identity.add_user(new_user("root")).await.unwrap();
        let mut client = Client::new(panel);
        client.log_in("root").await;
        client
    }

    fn alice() -> Value {
        json!({
            "user": "alice",
            "password": PASSWORD,
            "roles": [{ "role": "viewer" }, { "role": "operator", "namespace": "shop" }],
            "kubernetesUser": "alice@example.org",
            "kubernetesGroups": ["team:payments"],
        })
    }

    #[tokio::test]
    async fn an_added_user_is_shown_and_can_log_in() {
        let panel = Panel::new().await;
        let answer = root(&panel).await.post("/api/v1/users", &alice()).await;
        assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.json);
        let mut shown = alice();
        shown.as_object_mut().unwrap().remove("password");
        assert_eq!(answer.json, shown);
        Client::new(&panel).log_in("alice").await;
    }

    #[tokio::test]
    async fn what_is_wrong_is_named() {
        let panel = Panel::new().await;
        let mut client = root(&panel).await;
        for (field, value) in [
            ("user", json!("Alice")),
            ("password", json!("short")),
            ("roles", json!([])),
            ("roles", json!([{ "role": "viewer", "namespace": "No Namespace" }])),
            ("kubernetesUser", json!("system:admin")),
            ("kubernetesGroups", json!(["system:masters"])),
            ("kubernetesGroups", json!(["a\nb"])),
        ] {
            let mut body = alice();
            body[field] = value;
            let answer = client.post("/api/v1/users", &body).await;
            answer.problem(StatusCode::UNPROCESSABLE_ENTITY, "invalid-user");
            assert_eq!(answer.json["extra"]["field"], field, "{}", answer.json);
        }
        let mut taken = alice();
        taken["user"] = json!("root");
        let answer = client.post("/api/v1/users", &taken).await;
        answer.problem(StatusCode::CONFLICT, "user-exists");
        let mut unknown = alice();
        unknown["admin"] = json!(true);
        let answer = client.post("/api/v1/users", &unknown).await;
        answer.problem(StatusCode::BAD_REQUEST, "bad-body");
        assert_eq!(panel.identity.users().await.unwrap().len(), 1);
    }
}
