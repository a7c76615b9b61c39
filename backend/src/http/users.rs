//! `users`: list, add and remove them. Only for administrators of all namespaces.

pub mod delete;
pub mod get;
pub mod post;

use std::sync::Arc;

use axum::extract::FromRef;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::identity::Identity;

/// `GET` and `POST` of `/api/v1/users`, `DELETE` of `/api/v1/users/{user}`.
pub fn routes<S>() -> OpenApiRouter<S>
where
    Arc<Identity>: FromRef<S>,
    S: Clone + Send + Sync + 'static,
{
    OpenApiRouter::new().routes(routes!(get::get, post::post)).routes(routes!(delete::delete))
}

#[cfg(test)]
mod tests {
    use axum::http::StatusCode;
    use model::wire::{RoleBinding, RoleName};
    use serde_json::json;

    use crate::http::session::testing::Client;
    use crate::identity::testing::{PASSWORD, Panel};

    /// Everything, one namespace, and everything but not enough.
    #[tokio::test]
    async fn only_administrators_of_everything_manage_users() {
        let panel = Panel::new().await;
        let everywhere = |role| RoleBinding { role, namespace: None };
        let in_shop = RoleBinding { role: RoleName::Admin, namespace: Some("shop".to_owned()) };
        for (user, roles, allowed) in [
            ("viewer", vec![everywhere(RoleName::Viewer)], false),
            ("operator", vec![everywhere(RoleName::Operator)], false),
            ("shopkeeper", vec![everywhere(RoleName::Viewer), in_shop], false),
            ("root", vec![everywhere(RoleName::Admin)], true),
        ] {
            panel.identity.demo_user(user, PASSWORD, &roles).await.unwrap();
            let mut client = Client::new(&panel);
            client.log_in(user).await;
            let new = json!({ "user": format!("by-{user}"), "password": PASSWORD, "roles": [{ "role": "viewer" }] });
            let answers = [
                client.get("/api/v1/users").await,
                client.post("/api/v1/users", &new).await,
                client.delete(&format!("/api/v1/users/by-{user}")).await,
            ];
            for answer in answers {
                if allowed {
                    assert!(answer.status.is_success(), "{user}: {}", answer.json);
                } else {
                    answer.problem(StatusCode::FORBIDDEN, "role-missing");
                    assert_eq!(answer.json["extra"]["needed"], "admin");
                }
            }
        }
        assert_eq!(panel.identity.users().await.unwrap().len(), 4, "nobody was added");
    }

    #[tokio::test]
    async fn who_is_not_logged_in_learns_nothing_of_users() {
        let panel = Panel::new().await;
        let mut client = Client::new(&panel);
        let answers = [
            client.get("/api/v1/users").await,
            client.post("/api/v1/users", &json!({})).await,
            client.delete("/api/v1/users/root").await,
        ];
        for answer in answers {
            answer.problem(StatusCode::UNAUTHORIZED, "login-required");
        }
    }
}
