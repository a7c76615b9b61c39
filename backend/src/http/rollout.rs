//! `GET …/rollouts/{id}`: one rollout.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use model::set::SetKey;
use model::wire::{Problem, RolloutView};

use crate::http::held;
use crate::http::problem::ApiProblem;
use crate::http::query::Place;
use crate::http::sight;
use crate::http::state::AppState;
use crate::identity::User;

/// One rollout of a set.
#[utoipa::path(
    get,
    path = "/api/v1/sets/{namespace}/{name}/rollouts/{id}",
    tag = "history",
    params(("namespace" = String, Path), ("name" = String, Path), ("id" = i64, Path)),
    responses(
        (status = 200, body = RolloutView),
        (status = 400, body = Problem, content_type = "application/problem+json"),
        (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 403, body = Problem, content_type = "application/problem+json"),
        (status = 404, body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn rollout(
    State(state): State<AppState>,
    user: User,
    Place((namespace, name, id)): Place<(String, String, i64)>,
) -> Result<Json<RolloutView>, ApiProblem> {
    let kinds = sight::enter(&state, &user, &namespace).await?;
    let key = SetKey::new(namespace, name);
    let found = state.history.rollout(&key, id).await?.ok_or_else(|| {
        ApiProblem::new(
            StatusCode::NOT_FOUND,
            "no-such-rollout",
            format!("{key} has no rollout {id}."),
        )
    })?;
    let mut rollout = found;
    held::mark(&state, &key, std::slice::from_mut(&mut rollout)).await?;
    if !kinds.templates {
        rollout.changes.clear();
    }
    Ok(Json(rollout))
}

#[cfg(test)]
mod tests {
    use model::wire::RolloutView;

    use crate::http::testing::{Panel, rollout};

    #[tokio::test]
    async fn a_rollout_is_found_under_its_own_set_only() {
        let panel = Panel::start().await;
        panel.history.rollout(rollout(7, "shop", "web", &["Image changes."]));
        let viewer = panel.viewer();
        let found: RolloutView = viewer.get("/api/v1/sets/shop/web/rollouts/7").await.json();
        assert_eq!(found, rollout(7, "shop", "web", &["Image changes."]).1);
        for path in ["shop/web/rollouts/8", "shop/api/rollouts/7"] {
            let answer = viewer.get(&format!("/api/v1/sets/{path}")).await;
            answer.is_problem(404, "no-such-rollout");
        }
        viewer.get("/api/v1/sets/shop/web/rollouts/x").await.is_problem(400, "bad-query");
    }
}
