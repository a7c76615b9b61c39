//! `GET sets`: every set that the caller may list.

use std::hash::{Hash, Hasher};

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use model::wire::{Fleet, Problem};

use crate::http::problem::ApiProblem;
use crate::http::sight::{self, Sight};
use crate::http::state::AppState;
use crate::identity::User;

/// Every set that you may list, and the version at which this stands: pass it as `since` to the live stream.
#[utoipa::path(
    get,
    path = "/api/v1/sets",
    tag = "sets",
    responses(
        (status = 200, body = Fleet),
        (status = 304, description = "Nothing changed since the ETag in If-None-Match"),
        (status = 400, body = Problem, content_type = "application/problem+json"),
        (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 503, body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn fleet(
    State(state): State<AppState>,
    user: User,
    headers: HeaderMap,
) -> Result<Response, ApiProblem> {
    let (version, rows) = state.live.fleet();
    let mut sight = Sight::begin(&state, &user).await?;
    sight.look_at_all(&state, &user, &rows).await?;
    let mut json =
        String::with_capacity(rows.iter().map(|r| r.json.len() + 1).sum::<usize>() + 512);
    json.push('[');
    // Everything that decides what this user gets beside the version.
    let mut view = std::hash::DefaultHasher::new();
    for row in &rows {
        let look = sight.look(&state, &user, &row.row.namespace).await?;
        (look.sets, look.pods).hash(&mut view);
        sight::push_row(&mut json, row, look);
    }
    json.push(']');
    let cluster = sight::to_json(&sight.cluster(&state, &user).await);
    cluster.hash(&mut view);
    // Weak: the clock in the body moves on without a new version. Versions begin anew with the process.
    let tag = format!("W/\"{:x}-{version}-{:x}\"", state.streams.boot(), view.finish());
    if headers.get(header::IF_NONE_MATCH).is_some_and(|v| v.as_bytes() == tag.as_bytes()) {
        return Ok((StatusCode::NOT_MODIFIED, [(header::ETAG, tag)]).into_response());
    }
    let now = state.clock.now();
    let body =
        format!(r#"{{"version":{version},"now":"{now}","cluster":{cluster},"sets":{json}}}"#);
    let json = "application/json".to_owned();
    Ok(([(header::CONTENT_TYPE, json), (header::ETAG, tag)], body).into_response())
}

#[cfg(test)]
mod tests {
    use axum::http::StatusCode;
    use model::status::StatusKind;
    use model::wire::{Fleet, KindState, RoleName};

    use crate::http::testing::{Panel, facts};

    #[tokio::test]
    async fn the_fleet_is_what_the_index_holds_at_its_version() {
        let panel = Panel::start().await;
        panel.put(facts("shop", "web", 3));
        panel.put(facts("data", "db", 2));
        let answer = panel.viewer().get("/api/v1/sets").await;
        assert_eq!(answer.status, StatusCode::OK);
        let fleet: Fleet = answer.json();
        assert_eq!(fleet.version, panel.live.version());
        assert_eq!(fleet.now, panel.now());
        assert_eq!(fleet.cluster.name, "test");
        let mut names: Vec<_> = fleet.sets.iter().map(|r| r.name.as_str()).collect();
        names.sort_unstable();
        assert_eq!(names, ["db", "web"]);
    }

    #[tokio::test]
    async fn an_answer_that_did_not_change_is_not_sent_again() {
        let panel = Panel::start().await;
        panel.put(facts("shop", "web", 3));
        let user = panel.viewer();
        let first = user.get("/api/v1/sets").await;
        let tag = first.header("etag").to_owned();
        let again = user.request("GET", "/api/v1/sets").header("if-none-match", &tag);
        assert_eq!(again.send().await.status, StatusCode::NOT_MODIFIED);
        panel.put(facts("shop", "web", 4));
        let changed = user.request("GET", "/api/v1/sets").header("if-none-match", &tag);
        assert_eq!(changed.send().await.status, StatusCode::OK);
    }

    #[tokio::test]
    async fn namespaces_without_a_role_are_left_out() {
        let panel = Panel::start().await;
        panel.put(facts("shop", "web", 3));
        panel.put(facts("data", "db", 2));
        let user = panel.user("bob", &[(RoleName::Operator, Some("data"))]);
        let fleet: Fleet = user.get("/api/v1/sets").await.json();
        assert_eq!(fleet.sets.len(), 1);
        assert_eq!(fleet.sets[0].name, "db");
    }

    #[tokio::test]
    async fn what_the_cluster_does_not_let_the_user_list_is_left_out() {
        let panel = Panel::impersonating().await;
        panel.put(facts("shop", "web", 3));
        panel.put(facts("data", "db", 2));
        panel.rights.allow("list", "statefulsets", Some("shop"));
        panel.rights.allow("list", "pods", Some("shop"));
        let fleet: Fleet = panel.viewer().get("/api/v1/sets").await.json();
        assert_eq!(fleet.sets.len(), 1);
        assert_eq!(fleet.sets[0].name, "web");
        assert_eq!(fleet.sets[0].strip.len(), 3);
    }

    #[tokio::test]
    async fn one_cluster_wide_review_is_enough() {
        let panel = Panel::impersonating().await;
        for n in 0..20 {
            panel.put(facts(&format!("ns-{n}"), "web", 1));
        }
        panel.rights.allow("list", "statefulsets", None);
        panel.rights.allow("list", "pods", None);
        let fleet: Fleet = panel.viewer().get("/api/v1/sets").await.json();
        assert_eq!(fleet.sets.len(), 20);
        assert_eq!(panel.rights.asked(), 2);
    }

    #[tokio::test]
    async fn a_set_whose_pods_may_not_be_listed_says_so_and_shows_no_pod() {
        let panel = Panel::impersonating().await;
        panel.put(facts("shop", "web", 3));
        panel.rights.allow("list", "statefulsets", None);
        let fleet: Fleet = panel.viewer().get("/api/v1/sets").await.json();
        let row = &fleet.sets[0];
        assert_eq!(row.status.kind, StatusKind::NoAccess);
        assert_eq!(row.status.sentence, "You may list this set, but not its pods.");
        assert_eq!(row.strip, "");
    }

    #[tokio::test]
    async fn a_user_to_whom_the_cluster_shows_nothing_reads_no_access_instead_of_an_empty_page() {
        let panel = Panel::impersonating().await;
        panel.put(facts("shop", "web", 3));
        panel.health("statefulsets", KindState::Live);
        let fleet: Fleet = panel.viewer().get("/api/v1/sets").await.json();
        assert!(fleet.sets.is_empty());
        let kind = fleet.cluster.kinds.iter().find(|k| k.kind == "statefulsets").unwrap();
        assert_eq!(kind.state, KindState::NoAccess);
        assert!(kind.reason.as_deref().unwrap().contains("vera"));
        assert!(kind.yours, "it is her right that is missing, not the panel's");
        panel.rights.allow("list", "statefulsets", Some("shop"));
        panel.health("statefulsets", KindState::NoAccess);
        let fleet: Fleet = panel.viewer().get("/api/v1/sets").await.json();
        let kind = fleet.cluster.kinds.iter().find(|k| k.kind == "statefulsets").unwrap();
        assert!(!kind.yours, "and here it is the panel's");
    }

    #[tokio::test]
    async fn an_api_server_that_does_not_answer_takes_nothing_from_the_page() {
        let panel = Panel::impersonating().await;
        panel.put(facts("shop", "web", 3));
        panel.rights.allow("list", "statefulsets", None);
        panel.rights.allow("list", "pods", None);
        let viewer = panel.viewer();
        let before: Fleet = viewer.get("/api/v1/sets").await.json();
        panel.rights.break_down();
        let after: Fleet = viewer.get("/api/v1/sets").await.json();
        assert_eq!(after.sets, before.sets);
        assert_eq!(after.sets.len(), 1);
    }

    #[tokio::test]
    async fn an_api_server_that_cannot_be_asked_for_rights_is_named_as_the_cause() {
        let panel = Panel::impersonating().await;
        panel.put(facts("shop", "web", 3));
        panel.rights.break_down();
        let answer = panel.viewer().get("/api/v1/sets").await;
        answer.is_problem(503, "cluster-unreachable");
    }
}
