//! `GET …/actions/{id}`: what became of an action.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use model::set::SetKey;
use model::wire::{ActionView, Problem};

use crate::actions::Entry;
use crate::http::act::veil;
use crate::http::problem::ApiProblem;
use crate::http::query::Place;
use crate::http::sight;
use crate::http::state::AppState;
use crate::identity::User;

/// What became of an action: for a client that lost the answer.
#[utoipa::path(
    get,
    path = "/api/v1/sets/{namespace}/{name}/actions/{id}",
    tag = "actions",
    params(("namespace" = String, Path), ("name" = String, Path), ("id" = String, Path)),
    responses(
        (status = 200, body = ActionView),
        (status = 400, body = Problem, content_type = "application/problem+json"),
        (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 403, body = Problem, content_type = "application/problem+json"),
        (status = 404, body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn action(
    State(state): State<AppState>,
    user: User,
    Place((namespace, name, id)): Place<(String, String, String)>,
) -> Result<Json<ActionView>, ApiProblem> {
    let kinds = sight::enter(&state, &user, &namespace).await?;
    let key = SetKey::new(namespace, name);
    let entry = state.actions.find(&id).await?.filter(|e| e.set == key);
    let view = entry.map(|mut entry| {
        entry.result = entry.answer();
        if let Some(result) = &mut entry.result {
            veil(kinds, result);
        }
        Json(view(entry))
    });
    view.ok_or_else(|| {
        ApiProblem::new(
            StatusCode::NOT_FOUND,
            "no-such-action",
            format!("No action {id:?} on {key} is recorded."),
        )
    })
}

fn view(entry: Entry) -> ActionView {
    ActionView {
        id: entry.id,
        outcome: entry.outcome,
        summary: entry.summary,
        user: entry.user,
        acted_as: entry.acted_as,
        at: entry.at,
        ended: entry.ended,
        error: entry.error,
        request: entry.request,
        result: entry.result,
    }
}

#[cfg(test)]
mod tests {
    use model::wire::{ActionView, Outcome};

    use crate::http::testing::{Panel, answered, entry};

    #[tokio::test]
    async fn what_an_action_did_to_pods_is_for_those_who_may_list_them() {
        let panel = Panel::impersonating().await;
        panel.actions.keep(crate::actions::Entry {
            outcome: Outcome::Applied,
            result: Some(answered()),
            ..entry("a-1", "shop", "web")
        });
        let steps = async || {
            let view: ActionView =
                panel.viewer().get("/api/v1/sets/shop/web/actions/a-1").await.json();
            view.result.unwrap().forecast.steps.len()
        };
        panel.rights.allow("list", "statefulsets", Some("shop"));
        assert_eq!(steps().await, 0);
        panel.rights.allow("list", "pods", Some("shop"));
        assert_eq!(steps().await, 1);
    }

    #[tokio::test]
    async fn an_action_is_found_under_its_own_set_only() {
        let panel = Panel::start().await;
        panel.actions.keep(entry("a-1", "shop", "web"));
        let viewer = panel.viewer();
        let view: ActionView = viewer.get("/api/v1/sets/shop/web/actions/a-1").await.json();
        assert_eq!((view.id.as_str(), view.outcome), ("a-1", Outcome::Pending));
        for path in ["shop/web/actions/a-2", "shop/api/actions/a-1"] {
            let answer = viewer.get(&format!("/api/v1/sets/{path}")).await;
            answer.is_problem(404, "no-such-action");
        }
    }
}
