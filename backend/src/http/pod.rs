//! `GET …/pods/{pod}`: one pod of a set in full, read from the API server as the user.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use model::facts::Facts;
use model::pod::Pod;
use model::set::{Set, SetKey};
use model::wire::{PodDetail, PodEvents, PodNode, Problem};

use crate::cluster::inside::About;
use crate::cluster::{ApiError, ApiErrorKind, Caller};
use crate::http::problem::ApiProblem;
use crate::http::query::Place;
use crate::http::sight::{self, Kinds};
use crate::http::state::AppState;
use crate::identity::User;

/// One pod of a set: conditions, containers, Events and node, read from the API server as you.
///
/// What you may not read of it is marked so (`unread`), never empty. A pod that belongs to another set is not found.
#[utoipa::path(
    get,
    path = "/api/v1/sets/{namespace}/{name}/pods/{pod}",
    tag = "pods",
    params(("namespace" = String, Path), ("name" = String, Path), ("pod" = String, Path)),
    responses(
        (status = 200, body = PodDetail),
        (status = 400, body = Problem, content_type = "application/problem+json"),
        (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 403, body = Problem, content_type = "application/problem+json"),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 502, body = Problem, content_type = "application/problem+json"),
        (status = 503, body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn pod(
    State(state): State<AppState>,
    user: User,
    Place((namespace, name, pod)): Place<(String, String, String)>,
) -> Result<Json<PodDetail>, ApiProblem> {
    let kinds = sight::enter(&state, &user, &namespace).await?;
    let caller = user.caller(state.authority);
    let key = SetKey::new(namespace, name);
    let facts = members(&state, kinds, &caller, &key)?;
    let uid = owned(&facts, &pod)?.uid.as_str();
    let namespace = key.namespace.as_str();
    let (found, events) = tokio::join!(
        state.inside.read_pod(&caller, namespace, &pod),
        state.inside.events(&caller, namespace, About::Pod(uid)),
    );
    let found = found.map_err(|e| ApiProblem::of_reading(&e, &caller, "get this pod"))?;
    let owned =
        found.filter(|p| p.set_uid == facts.set.uid).ok_or_else(|| gone(&key.name, &pod))?;
    let mut detail = owned.detail;
    detail.now = state.clock.now();
    detail.ordinal = Set::ordinal_in(&key.name, &detail.name);
    // Replaced since the index was read: those were the events of the pod before.
    let events = if detail.uid == uid {
        events
    } else {
        state.inside.events(&caller, namespace, About::Pod(&detail.uid)).await
    };
    detail.events = events.unwrap_or_else(|e| unread(&e, &caller));
    if let Some(bare) = detail.node.take() {
        detail.node = Some(node(&state, &caller, bare).await);
    }
    Ok(Json(detail))
}

/// What Kubernetes' Events say of a set itself, newest first, read from the API server as you: pods that could not be made, and why.
///
/// What you may not read is marked so (`unread`), never empty.
#[utoipa::path(
    get,
    path = "/api/v1/sets/{namespace}/{name}/events",
    tag = "sets",
    params(("namespace" = String, Path), ("name" = String, Path)),
    responses(
        (status = 200, body = PodEvents),
        (status = 400, body = Problem, content_type = "application/problem+json"),
        (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 403, body = Problem, content_type = "application/problem+json"),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 503, body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn set_events(
    State(state): State<AppState>,
    user: User,
    Place((namespace, name)): Place<(String, String)>,
) -> Result<Json<PodEvents>, ApiProblem> {
    sight::enter(&state, &user, &namespace).await?;
    let key = SetKey::new(namespace, name);
    let facts = state
        .live
        .facts(&key)
        .ok_or_else(|| ApiProblem::no_set_shown(&state.live, &key.namespace, &key.name))?;
    let caller = user.caller(state.authority);
    let told = state.inside.events(&caller, &key.namespace, About::Set(&facts.set.uid)).await;
    Ok(Json(told.unwrap_or_else(|e| unread(&e, &caller))))
}

fn unread(error: &ApiError, caller: &Caller) -> PodEvents {
    let unread = Some(ApiProblem::of_reading(error, caller, "list events").unread());
    PodEvents { unread, ..PodEvents::default() }
}

/// What is known of the node, at least its name: that the pod tells.
async fn node(state: &AppState, caller: &Caller, bare: PodNode) -> PodNode {
    match state.inside.read_node(caller, &bare.name).await {
        Ok(Some(node)) => node,
        Ok(None) => {
            let says = format!("The node {} is not in the cluster any more.", bare.name);
            PodNode { unread: Some(ApiProblem::no_such_part(says).unread()), ..bare }
        }
        Err(e) => {
            let unread = ApiProblem::of_reading(&e, caller, "get this node").unread();
            PodNode { unread: Some(unread), ..bare }
        }
    }
}

/// The set with the pods that belong to it, for somebody who may list them.
///
/// # Errors
/// 403 where they may not, 404 and 503 as for the set.
pub(super) fn members(
    state: &AppState,
    kinds: Kinds,
    caller: &Caller,
    key: &SetKey,
) -> Result<Arc<Facts>, ApiProblem> {
    if !kinds.readable.pods {
        return Err(ApiProblem::no_access(caller, "list", "pods", &key.namespace));
    }
    let facts = state
        .live
        .facts(key)
        .ok_or_else(|| ApiProblem::no_set_shown(&state.live, &key.namespace, &key.name))?;
    if !facts.readable.pods {
        return Err(ApiProblem::no_access(&Caller::Panel, "list", "pods", &key.namespace));
    }
    Ok(facts)
}

/// A pod of the set, strays among them.
///
/// # Errors
/// 404 if it is none of its pods.
pub(super) fn owned<'a>(facts: &'a Facts, pod: &str) -> Result<&'a Pod, ApiProblem> {
    let found = facts.pods.iter().find(|p| p.name == pod);
    found.ok_or_else(|| gone(&facts.set.name, pod))
}

/// The pods that the set has at these ordinals, or at any.
///
/// # Errors
/// 404 if there is none at one of them.
pub(super) fn at_ordinals<'a>(
    facts: &'a Facts,
    chosen: Option<&[u32]>,
) -> Result<Vec<(u32, &'a Pod)>, ApiProblem> {
    match chosen {
        None => Ok(facts.pods.iter().filter_map(|p| Some((facts.ordinal(p)?, p))).collect()),
        Some(chosen) => chosen
            .iter()
            .map(|o| {
                let found = facts.pod_at(*o);
                let missing = || gone(&facts.set.name, &format!("{}-{o}", facts.set.name));
                found.map(|p| (*o, p)).ok_or_else(missing)
            })
            .collect(),
    }
}

/// The container of a pod where none is named; `None`, for the API server to choose, where the pod may not be read.
///
/// # Errors
/// Those of reading the pod.
pub(super) async fn default_container(
    state: &AppState,
    caller: &Caller,
    key: &SetKey,
    pod: &str,
) -> Result<Option<String>, ApiProblem> {
    match state.inside.read_pod(caller, &key.namespace, pod).await {
        Ok(Some(found)) => Ok(Some(found.detail.default_container)),
        Ok(None) => Err(gone(&key.name, pod)),
        Err(e) if e.kind == ApiErrorKind::Forbidden => Ok(None),
        Err(e) => Err(ApiProblem::of_reading(&e, caller, "get this pod")),
    }
}

pub(super) fn gone(set: &str, pod: &str) -> ApiProblem {
    ApiProblem::no_such_part(format!("{set} has no pod {pod} now."))
}

#[cfg(test)]
mod tests {
    use model::wire::{PodDetail, PodEvents, RoleName};

    use crate::cluster::{ApiError, ApiErrorKind, Caller};
    use crate::http::testing::{Panel, facts, forbidden};

    const PATH: &str = "/api/v1/sets/shop/web/pods/web-0";

    fn filled(panel: Panel) -> Panel {
        panel.put(facts("shop", "web", 2));
        panel.inside.pod(&facts("shop", "web", 2).set.uid, "web-0");
        panel.inside.event("BackOff");
        panel
    }

    fn seen_by(panel: &Panel) {
        for resource in ["statefulsets", "pods"] {
            panel.rights.allow("list", resource, Some("shop"));
        }
    }

    #[tokio::test]
    async fn a_pod_comes_with_ordinal_events_and_node() {
        let panel = filled(Panel::start().await);
        let detail: PodDetail = panel.viewer().get(PATH).await.json();
        assert_eq!((detail.ordinal, detail.now), (Some(0), panel.now()));
        assert_eq!(detail.events.items[0].reason, "BackOff");
        assert_eq!(detail.node.unwrap().zone.as_deref(), Some("eu-1a"));
        assert!(panel.inside.callers().iter().all(|c| *c == Caller::Panel));
    }

    #[tokio::test]
    async fn events_of_a_set_are_those_of_its_uid_and_what_may_not_be_read_is_marked() {
        let panel = filled(Panel::impersonating().await);
        seen_by(&panel);
        let viewer = panel.viewer();
        let path = "/api/v1/sets/shop/web/events";
        let told: PodEvents = viewer.get(path).await.json();
        let uid = facts("shop", "web", 2).set.uid;
        assert_eq!(told.items[0].message, format!("of set {uid}"));
        panel.inside.refuse("events", forbidden());
        let told: PodEvents = viewer.get(path).await.json();
        assert_eq!(told.unread.unwrap().code, "no-access");
        viewer.get("/api/v1/sets/shop/gone/events").await.is_problem_status(404);
        panel.anyone().get(path).await.is_problem_status(401);
    }

    #[tokio::test]
    async fn under_impersonation_it_is_read_as_the_user() {
        let panel = filled(Panel::impersonating().await);
        seen_by(&panel);
        let detail: PodDetail = panel.viewer().get(PATH).await.json();
        assert_eq!(detail.events.unread, None);
        let vera = |c: &Caller| matches!(c, Caller::User { user, .. } if user == "vera");
        assert!(panel.inside.callers().iter().all(vera), "{:?}", panel.inside.callers());
    }

    #[tokio::test]
    async fn parts_that_may_not_be_read_are_marked_and_not_empty() {
        let panel = filled(Panel::impersonating().await);
        seen_by(&panel);
        panel.inside.refuse("events", forbidden());
        panel.inside.refuse("nodes", forbidden());
        let detail: PodDetail = panel.viewer().get(PATH).await.json();
        assert!(detail.events.items.is_empty());
        let unread = detail.events.unread.unwrap();
        assert_eq!(unread.code, "no-access");
        assert!(unread.says.contains("let vera list events"), "{}", unread.says);
        let node = detail.node.unwrap();
        assert_eq!((node.name.as_str(), node.unread.unwrap().code.as_str()), ("b1", "no-access"));
    }

    #[tokio::test]
    async fn a_pod_that_may_not_be_read_is_refused_and_one_that_cannot_be_is_not_lost() {
        let panel = filled(Panel::impersonating().await);
        let viewer = panel.viewer();
        viewer.get(PATH).await.is_problem(403, "no-access");
        panel.rights.allow("list", "statefulsets", Some("shop"));
        let problem = viewer.get(PATH).await.is_problem(403, "no-access");
        assert!(problem.detail.contains("list pods"), "{}", problem.detail);
        seen_by(&panel);
        panel.inside.refuse("pods", forbidden());
        viewer.get(PATH).await.is_problem(403, "no-access");
        let message = "connection refused".to_owned();
        let kind = ApiErrorKind::Unreachable;
        panel.inside.refuse("pods", ApiError { kind, code: 0, reason: String::new(), message });
        viewer.get(PATH).await.is_problem(503, "cluster-unreachable");
        panel
            .user("bob", &[(RoleName::Admin, Some("data"))])
            .get(PATH)
            .await
            .is_problem(403, "role-missing");
    }

    #[tokio::test]
    async fn only_pods_of_the_set_are_found() {
        let panel = filled(Panel::start().await);
        let viewer = panel.viewer();
        for (path, code) in [
            ("shop/web/pods/other-0", "no-such-part"),
            // The index has it, the API server no more.
            ("shop/web/pods/web-1", "no-such-part"),
            ("shop/none/pods/none-0", "no-such-set"),
        ] {
            viewer.get(&format!("/api/v1/sets/{path}")).await.is_problem(404, code);
        }
        // Another set took the name meanwhile.
        panel.inside.pod("another", "web-0");
        viewer.get(PATH).await.is_problem(404, "no-such-part");
    }
}
