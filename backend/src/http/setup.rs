//! `POST setup`: the set-up link makes the first administrator.

use std::sync::Arc;

use axum::Json;
use axum::extract::{FromRef, State};
use model::wire::{Problem, SessionView, Setup};
use tower_sessions::Session;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::http::body::JsonBody;
use crate::http::problem::ApiProblem;
use crate::http::session::ClientIp;
use crate::identity::Identity;

/// `POST` of `/api/v1/setup`.
pub fn routes<S>() -> OpenApiRouter<S>
where
    Arc<Identity>: FromRef<S>,
    S: Clone + Send + Sync + 'static,
{
    OpenApiRouter::new().routes(routes!(post))
}

/// Makes the first administrator with the secret of the printed link, and logs them in. Works once.
#[utoipa::path(
    post,
    operation_id = "set_up",
    security(()),
    path = "/api/v1/setup",
    tag = "session",
    request_body = Setup,
    responses(
        (status = 200, body = SessionView),
        (status = 400, body = Problem, content_type = "application/problem+json"),
        (status = 403, body = Problem, content_type = "application/problem+json"),
        (status = 409, body = Problem, content_type = "application/problem+json"),
        (status = 410, body = Problem, content_type = "application/problem+json"),
        (status = 413, body = Problem, content_type = "application/problem+json"),
        (status = 415, body = Problem, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json"),
        (status = 429, body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn post(
    State(identity): State<Arc<Identity>>,
    ClientIp(from): ClientIp,
    session: Session,
    JsonBody(setup): JsonBody<Setup>,
) -> Result<Json<SessionView>, ApiProblem> {
    identity.count_attempt(from)?;
    let account = identity.set_up(&setup.secret, &setup.user, &setup.password).await?;
    let user = identity.log_in_after_setup(&session, &account).await?;
    tracing::info!(user = user.name, %from, "set up the first administrator");
    Ok(Json(identity.view(&user)))
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU32;

    use axum::http::StatusCode;
    use serde_json::{Value, json};

    use crate::http::session::testing::Client;
    use crate::identity::testing::{PASSWORD, Panel};
    use crate::identity::{Limits, Settings};

    const PATH: &str = "/api/v1/setup";

    async fn body(panel: &Panel) -> Value {
        let link = panel.identity.setup_link().await.unwrap().unwrap();
        json!({ "secret": link.secret(), "user": "root", "password": PASSWORD })
    }

    #[tokio::test]
    async fn the_link_makes_an_administrator_and_logs_in() {
        let panel = Panel::new().await;
        let mut client = Client::new(&panel);
        let body = body(&panel).await;
        let answer = client.post(PATH, &body).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.json);
        assert_eq!(answer.json["roles"], json!([{ "role": "admin" }]));
        assert_eq!(client.get("/api/v1/session").await.json["user"], "root");
        client.post(PATH, &body).await.problem(StatusCode::CONFLICT, "already-set-up");
    }

    #[tokio::test]
    async fn a_wrong_or_old_link_makes_nobody() {
        let panel = Panel::new().await;
        let mut client = Client::new(&panel);
        let mut wrong = body(&panel).await;
        let right = wrong.clone();
        wrong["secret"] = json!("guess");
        client.post(PATH, &wrong).await.problem(StatusCode::FORBIDDEN, "setup-link-wrong");
        panel.time.pass(jiff::Span::new().minutes(15));
        client.post(PATH, &right).await.problem(StatusCode::GONE, "setup-link-expired");
        assert!(panel.identity.users().await.unwrap().is_empty());
        assert_eq!(client.cookie, None);
    }

    #[tokio::test]
    async fn a_name_or_password_that_is_refused_names_its_field() {
        let panel = Panel::new().await;
        let mut client = Client::new(&panel);
        let good = body(&panel).await;
        for (field, value) in [("password", "short"), ("user", "Mr Root")] {
            let mut bad = good.clone();
            bad[field] = json!(value);
            let answer = client.post(PATH, &bad).await;
            answer.problem(StatusCode::UNPROCESSABLE_ENTITY, "invalid-user");
            assert_eq!(answer.json["extra"]["field"], field);
        }
        assert_eq!(client.post(PATH, &good).await.status, StatusCode::OK);
    }

    #[tokio::test]
    async fn guessing_is_limited() {
        let limits = Limits { per_address: NonZeroU32::MIN, ..Limits::default() };
        let panel = Panel::with(Settings { limits, ..Settings::default() }).await;
        let mut client = Client::new(&panel);
        let guess = json!({ "secret": "guess", "user": "root", "password": PASSWORD });
        client.post(PATH, &guess).await.problem(StatusCode::FORBIDDEN, "setup-link-wrong");
        let answer = client.post(PATH, &guess).await;
        answer.problem(StatusCode::TOO_MANY_REQUESTS, "too-many-attempts");
    }
}
