//! `GET cluster`: which cluster it is, and how its watches are doing.

use axum::Json;
use axum::extract::State;
use model::wire::{ClusterView, Problem};

use crate::http::state::AppState;
use crate::identity::User;

/// Which cluster it is, and how its watches are doing.
#[utoipa::path(
    get,
    path = "/api/v1/cluster",
    tag = "cluster",
    responses(
        (status = 200, body = ClusterView),
        (status = 401, body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn cluster(State(state): State<AppState>, _: User) -> Json<ClusterView> {
    Json(state.cluster_view().await)
}

#[cfg(test)]
mod tests {
    use model::wire::{ClusterView, KindState};

    use crate::http::testing::Panel;

    #[tokio::test]
    async fn the_cluster_says_how_its_watches_are_doing() {
        let panel = Panel::start().await;
        panel.health("statefulsets", KindState::Lost);
        let view: ClusterView = panel.viewer().get("/api/v1/cluster").await.json();
        assert_eq!((view.name.as_str(), view.id.as_deref()), ("test", Some("cluster-uid")));
        let kind = view.kinds.iter().find(|k| k.kind == "statefulsets").unwrap();
        assert_eq!(kind.state, KindState::Lost);
        panel.anyone().get("/api/v1/cluster").await.is_problem_status(401);
    }
}
