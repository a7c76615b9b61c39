//! `GET cluster`: which cluster it is, and how its watches are doing.

use axum::Json;
use axum::extract::State;
use model::wire::{ClusterView, Problem};

use crate::http::problem::ApiProblem;
use crate::http::sight::Sight;
use crate::http::state::AppState;
use crate::identity::User;

/// Which cluster it is, and how its watches are doing, as far as they concern you: those of namespaces in which you have
/// no role, or whose sets the cluster does not show you, are left out.
#[utoipa::path(
    get,
    path = "/api/v1/cluster",
    tag = "cluster",
    responses(
        (status = 200, body = ClusterView),
        (status = 400, body = Problem, content_type = "application/problem+json"),
        (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 503, body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn cluster(
    State(state): State<AppState>,
    user: User,
) -> Result<Json<ClusterView>, ApiProblem> {
    let mut sight = Sight::begin(&state, &user).await?;
    Ok(Json(sight.cluster(&state, &user).await))
}

#[cfg(test)]
mod tests {
    use model::wire::{ClusterView, KindHealth, KindState, RoleName};

    use crate::http::testing::{Panel, facts};
    use crate::live::{Live, Scope};

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
    /// Watches `shop` and `data` each by itself.
    fn in_namespaces(mut panel: Panel) -> Panel {
        let scope = Scope::Namespaces(vec!["shop".into(), "data".into()]);
        panel.live = Live::new(&scope, model::status::Settings::default(), panel.now());
        panel.state.live = panel.live.clone();
        panel
    }

    fn places(view: &ClusterView) -> Vec<&str> {
        let sets = view.kinds.iter().filter(|k| k.kind == "statefulsets");
        sets.map(|k| k.namespace.as_deref().unwrap_or("all")).collect()
    }

    #[tokio::test]
    async fn the_name_of_a_watched_namespace_is_for_those_who_have_a_role_in_it() {
        let panel = in_namespaces(Panel::start().await);
        let read = async |user: crate::http::testing::User| -> ClusterView {
            user.get("/api/v1/cluster").await.json()
        };
        assert_eq!(places(&read(panel.viewer()).await), ["shop", "data"]);
        let bob = panel.user("bob", &[(RoleName::Admin, Some("data"))]);
        assert_eq!(places(&read(bob).await), ["data"]);
        let nobody = panel.user("nobody", &[]);
        assert_eq!(read(nobody).await.kinds, Vec::<KindHealth>::new());
    }

    #[tokio::test]
    async fn the_name_of_a_watched_namespace_is_for_those_to_whom_the_cluster_shows_its_sets() {
        let panel = in_namespaces(Panel::impersonating().await);
        panel.rights.allow("list", "statefulsets", Some("data"));
        let view: ClusterView = panel.viewer().get("/api/v1/cluster").await.json();
        assert_eq!(places(&view), ["data"]);
        panel.rights.withdraw();
        panel.put(facts("shop", "web", 1));
        let view: ClusterView = panel.viewer().get("/api/v1/cluster").await.json();
        assert_eq!(places(&view), ["all"]);
        assert!(view.kinds.iter().all(|k| k.yours && k.state == KindState::NoAccess));
    }
}
