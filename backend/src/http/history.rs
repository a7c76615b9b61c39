//! `GET …/history`: rollouts and events of one set.

use axum::Json;
use axum::extract::State;
use model::set::SetKey;
use model::wire::{History, Problem};

use crate::http::held;
use crate::http::problem::ApiProblem;
use crate::http::query::{Paging, Params, Place};
use crate::http::sight;
use crate::http::state::AppState;
use crate::identity::User;

/// Rollouts and events of the sets that had this name, newest first. It outlives the set.
#[utoipa::path(
    get,
    path = "/api/v1/sets/{namespace}/{name}/history",
    tag = "history",
    params(("namespace" = String, Path), ("name" = String, Path), Paging),
    responses(
        (status = 200, body = History),
        (status = 400, body = Problem, content_type = "application/problem+json"),
        (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 403, body = Problem, content_type = "application/problem+json"),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 503, body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn history(
    State(state): State<AppState>,
    user: User,
    Place((namespace, name)): Place<(String, String)>,
    Params(paging): Params<Paging>,
) -> Result<Json<History>, ApiProblem> {
    let limit = paging.limit()?;
    let kinds = sight::enter(&state, &user, &namespace).await?;
    let key = SetKey::new(namespace, name);
    let mut history = state.history.history(&key, paging.before, limit).await?;
    let nothing = history.events.is_empty() && history.rollouts.is_empty();
    if nothing && paging.before.is_none() && state.live.row(&key).is_none() {
        return Err(ApiProblem::no_set_shown(&state.live, &key.namespace, &key.name));
    }
    held::mark(&state, &key, &mut history.rollouts).await?;
    kinds.veil_events(&mut history.events);
    if !kinds.templates {
        history.rollouts.iter_mut().for_each(|r| r.changes.clear());
    }
    Ok(Json(history))
}

#[cfg(test)]
mod tests {
    use model::wire::{EventKind, History};

    use crate::http::testing::{Panel, event, facts, rollout};

    const PATH: &str = "/api/v1/sets/shop/web/history";

    #[tokio::test]
    async fn the_history_of_a_set_outlives_it() {
        let panel = Panel::start().await;
        panel.history.event(event(1, "shop", "web", EventKind::Partition));
        let history: History = panel.viewer().get(PATH).await.json();
        assert_eq!(history.events.len(), 1);
    }

    #[tokio::test]
    async fn a_name_that_never_was_is_not_found_and_a_new_set_has_an_empty_history() {
        let panel = Panel::start().await;
        panel.viewer().get(PATH).await.is_problem(404, "no-such-set");
        panel.put(facts("shop", "web", 1));
        let history: History = panel.viewer().get(PATH).await.json();
        assert!(history.events.is_empty());
    }

    #[tokio::test]
    async fn pages_follow_each_other() {
        let panel = Panel::start().await;
        for id in 1..=5 {
            panel.history.event(event(id, "shop", "web", EventKind::Scale));
        }
        let viewer = panel.viewer();
        let ids = |h: &History| h.events.iter().map(|e| e.id).collect::<Vec<_>>();
        let first: History = viewer.get(&format!("{PATH}?limit=2")).await.json();
        assert_eq!(ids(&first), [5, 4]);
        let next = first.page.next.unwrap();
        let second: History = viewer.get(&format!("{PATH}?limit=2&before={next}")).await.json();
        assert_eq!(ids(&second), [3, 2]);
        for bad in ["limit=0", "limit=501", "limit=x", "before=x", "sort=up"] {
            viewer.get(&format!("{PATH}?{bad}")).await.is_problem(400, "bad-query");
        }
    }

    #[tokio::test]
    async fn what_happened_to_pods_and_claims_is_only_for_those_who_may_list_these() {
        let panel = Panel::impersonating().await;
        panel.history.event(event(1, "shop", "web", EventKind::PodDown));
        panel.history.event(event(2, "shop", "web", EventKind::Partition));
        panel.history.event(event(3, "shop", "web", EventKind::Claim));
        panel.history.rollout(rollout(1, "shop", "web", &["Image changes."]));
        panel.rights.allow("list", "statefulsets", Some("shop"));
        let history: History = panel.viewer().get(PATH).await.json();
        assert_eq!(history.events.len(), 1);
        assert_eq!(history.events[0].kind, EventKind::Partition);
        assert!(history.rollouts[0].changes.is_empty(), "templates may not be shown either");
        panel.rights.allow("list", "persistentvolumeclaims", Some("shop"));
        let history: History = panel.viewer().get(PATH).await.json();
        assert_eq!(history.events[0].kind, EventKind::Claim);
        assert_eq!(history.events.len(), 2, "pods are another right");
    }
}
