//! `GET …/revisions`: what a set can go back to.

use axum::Json;
use axum::extract::State;
use model::set::SetKey;
use model::wire::{Problem, RevisionEntry, RevisionList};

use crate::http::problem::ApiProblem;
use crate::http::query::Place;
use crate::http::sight;
use crate::http::state::AppState;
use crate::identity::User;

/// The revisions of a set: those that Kubernetes keeps, and those that it has forgotten and the panel has recorded.
#[utoipa::path(
    get,
    path = "/api/v1/sets/{namespace}/{name}/revisions",
    tag = "sets",
    params(("namespace" = String, Path), ("name" = String, Path)),
    responses(
        (status = 200, body = RevisionList),
        (status = 400, body = Problem, content_type = "application/problem+json"),
        (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 403, body = Problem, content_type = "application/problem+json"),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 503, body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn revisions(
    State(state): State<AppState>,
    user: User,
    Place((namespace, name)): Place<(String, String)>,
) -> Result<Json<RevisionList>, ApiProblem> {
    let kinds = sight::enter(&state, &user, &namespace).await?;
    if !kinds.readable.revisions {
        let caller = user.caller(state.authority);
        return Err(ApiProblem::no_access(&caller, "list", "controllerrevisions", &namespace));
    }
    let key = SetKey::new(namespace, name);
    let Some(facts) = state.live.facts(&key) else {
        return Err(ApiProblem::no_set_shown(&state.live, &key.namespace, &key.name));
    };
    let recorded = state.history.revisions(&key).await?;
    let of_this = recorded.into_iter().filter(|r| r.set_uid == facts.set.uid);
    let forgotten = of_this.filter(|r| r.kept && facts.revision(&r.name).is_none());
    let mut all: Vec<(i64, RevisionEntry)> = facts
        .revisions
        .iter()
        .map(|r| (r.number, r.name.clone(), r.hash.clone(), r.label(), false))
        .chain(forgotten.map(|r| {
            let label = r.label();
            (r.number, r.name, r.hash, label, true)
        }))
        .map(|(number, name, hash, label, forgotten)| {
            (number, RevisionEntry { name, label, hash, forgotten })
        })
        .collect();
    all.sort_by_key(|(number, _)| std::cmp::Reverse(*number));
    Ok(Json(RevisionList { revisions: all.into_iter().map(|(_, entry)| entry).collect() }))
}

#[cfg(test)]
mod tests {
    use model::wire::RevisionList;

    use crate::http::testing::{Panel, canary};

    const PATH: &str = "/api/v1/sets/shop/web/revisions";

    #[tokio::test]
    async fn what_kubernetes_forgot_and_the_panel_kept_is_listed_behind_what_is() {
        let panel = Panel::start().await;
        let facts = canary("shop", "web", 3, 2);
        let uid = facts.set.uid.clone();
        panel.put(facts);
        panel.history.revision(&uid, "web-rev1", 1, "h1");
        panel.history.revision(&uid, "web-old", 0, "h0");
        panel.history.revision("another", "web-other", 9, "h9");
        let list: RevisionList = panel.viewer().get(PATH).await.json();
        let told: Vec<_> = list
            .revisions
            .iter()
            .map(|r| (r.name.as_str(), r.label.as_str(), r.forgotten))
            .collect();
        assert_eq!(
            told,
            [("web-rev2", "r2", false), ("web-rev1", "r1", false), ("web-old", "r0", true)]
        );
        assert_eq!(list.revisions[2].hash, "h0");
        panel.viewer().get(&format!("{PATH}?all=1")).await.is_problem(400, "bad-query");
    }

    #[tokio::test]
    async fn revisions_are_for_those_who_may_list_them() {
        let panel = Panel::impersonating().await;
        panel.put(canary("shop", "web", 3, 2));
        panel.rights.allow("list", "statefulsets", Some("shop"));
        panel.viewer().get(PATH).await.is_problem(403, "no-access");
        panel.rights.allow("list", "controllerrevisions", Some("shop"));
        let list: RevisionList = panel.viewer().get(PATH).await.json();
        assert_eq!(list.revisions.len(), 2);
        let other = "/api/v1/sets/shop/other/revisions";
        panel.viewer().get(other).await.is_problem(404, "no-such-set");
    }
}
