//! `GET events`: what happened in the whole fleet.

use axum::Json;
use axum::extract::State;
use jiff::Timestamp;
use model::wire::{EventGroup, EventPage, Page, Problem, RoleName};
use serde::Deserialize;

use crate::history::EventQuery;
use crate::history::credit::Origin;
use crate::http::problem::ApiProblem;
use crate::http::query::{Paging, Params, set_key, since, words};
use crate::http::sight::Sight;
use crate::http::state::AppState;
use crate::identity::User;

#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Options {
    /// Only what came before this id: `page.next` of the page before.
    before: Option<i64>,
    /// 1 to 500; 100 if absent.
    limit: Option<u32>,
    /// Only this namespace.
    namespace: Option<String>,
    /// Only this set, as `namespace/name`.
    set: Option<String>,
    /// Only events of this kind.
    kind: Option<EventGroup>,
    /// Only what was done this way: `panel`, `tool`, `outside`, or `controller` for what nobody is known to have done.
    source: Option<String>,
    /// Only what this user of the panel, or this tool, did.
    actor: Option<String>,
    /// Only what was seen since then: a time such as `2026-11-21T10:52:20Z`, or how long ago that is, such as `30m`, `1h` or `7d`.
    since: Option<String>,
    /// Only events with all of these words in their sentence, their reason, the name of who did it or of the set; small and
    /// capital letters of ASCII are the same. At most 200 characters.
    text: Option<String>,
}

impl Options {
    /// What is asked, but of which sets.
    fn query(&self, now: Timestamp) -> Result<EventQuery, ApiProblem> {
        let origin = |source: &str| {
            Origin::parse(source).ok_or_else(|| {
                let says = "source must be panel, tool, outside or controller";
                ApiProblem::bad_query(format!("{says}, not {source:?}."))
            })
        };
        Ok(EventQuery {
            before: self.before,
            limit: Paging { before: self.before, limit: self.limit }.limit()?,
            kinds: self.kind.map(|group| group.kinds().to_vec()),
            source: self.source.as_deref().map(origin).transpose()?,
            actor: self.actor.clone(),
            since: self.since.as_deref().map(|text| since(text, now)).transpose()?,
            words: self.text.as_deref().map(words).transpose()?.unwrap_or_default(),
            ..EventQuery::default()
        })
    }
}

/// Events of all sets that you may list, newest first.
///
/// A page may hold fewer than `limit` events although more follow: those about pods and claims are left out where you may
/// not list these.
#[utoipa::path(
    get,
    path = "/api/v1/events",
    tag = "history",
    params(Options),
    responses(
        (status = 200, body = EventPage),
        (status = 400, body = Problem, content_type = "application/problem+json"),
        (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 403, body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn events(
    State(state): State<AppState>,
    user: User,
    Params(options): Params<Options>,
) -> Result<Json<EventPage>, ApiProblem> {
    let mut query = options.query(state.clock.now())?;
    let set = options.set.as_deref().map(set_key).transpose()?;
    let mut sight = Sight::begin(&state, &user).await?;
    let only = set.as_ref().map(|s| s.namespace.clone()).or(options.namespace);
    match only {
        Some(namespace) => {
            user.require(RoleName::Viewer, &namespace)?;
            if !sight.look(&state, &user, &namespace).await?.sets {
                let caller = sight.caller();
                return Err(ApiProblem::no_access(caller, "list", "statefulsets", &namespace));
            }
            query.namespaces = Some(vec![namespace]);
        }
        None if sight.is_unbounded(&user) => {}
        None => {
            let (_, rows) = state.live.fleet();
            sight.look_at_all(&state, &user, &rows).await?;
            query.namespaces = Some(sight.seen());
        }
    }
    query.sets = set.map(|s| vec![s]);
    if query.namespaces.as_ref().is_some_and(Vec::is_empty) {
        return Ok(Json(EventPage { events: Vec::new(), page: Page { next: None } }));
    }
    let mut page = state.history.events(&query).await?;
    sight.veil_events(&state, &user, &mut page.events).await?;
    Ok(Json(page))
}

#[cfg(test)]
mod tests {
    use model::wire::{Actor, EventKind, EventPage, RoleName, Source};

    use crate::http::testing::{Panel, event, facts};

    fn filled(panel: Panel) -> Panel {
        for (id, namespace) in [(1, "shop"), (2, "data"), (3, "shop")] {
            panel.put(facts(namespace, "web", 1));
            panel.history.event(event(id, namespace, "web", EventKind::Scale));
        }
        panel.history.event(event(4, "shop", "api", EventKind::PodDown));
        panel
    }

    fn ids(page: &EventPage) -> Vec<i64> {
        page.events.iter().map(|e| e.id).collect()
    }

    #[tokio::test]
    async fn everything_is_listed_newest_first_or_by_namespace_or_set() {
        let panel = filled(Panel::start().await);
        let viewer = panel.viewer();
        let table =
            [("", vec![4, 3, 2, 1]), ("?namespace=data", vec![2]), ("?set=shop/web", vec![3, 1])];
        for (query, expected) in table {
            let page: EventPage = viewer.get(&format!("/api/v1/events{query}")).await.json();
            assert_eq!(ids(&page), expected, "{query}");
        }
    }

    #[tokio::test]
    async fn namespaces_without_a_role_are_left_out_and_refused_by_name() {
        let panel = filled(Panel::start().await);
        let bob = panel.user("bob", &[(RoleName::Viewer, Some("data"))]);
        let page: EventPage = bob.get("/api/v1/events").await.json();
        assert_eq!(ids(&page), [2]);
        for query in ["namespace=shop", "set=shop/web"] {
            bob.get(&format!("/api/v1/events?{query}")).await.is_problem(403, "role-missing");
        }
        let nobody = panel.user("nobody", &[]);
        let page: EventPage = nobody.get("/api/v1/events").await.json();
        assert!(page.events.is_empty());
    }

    #[tokio::test]
    async fn the_cluster_decides_too_which_namespaces_and_kinds_are_shown() {
        let panel = filled(Panel::impersonating().await);
        panel.rights.allow("list", "statefulsets", Some("shop"));
        let page: EventPage = panel.viewer().get("/api/v1/events").await.json();
        assert_eq!(ids(&page), [3, 1], "no event about pods, none of the other namespace");
        panel.history.event(event(5, "shop", "web", EventKind::Claim));
        let page: EventPage = panel.viewer().get("/api/v1/events").await.json();
        assert_eq!(ids(&page), [3, 1], "nor about claims");
        panel.rights.allow("list", "persistentvolumeclaims", Some("shop"));
        let page: EventPage = panel.viewer().get("/api/v1/events").await.json();
        assert_eq!(ids(&page), [5, 3, 1]);
        let other = panel.viewer().get("/api/v1/events?namespace=data").await;
        other.is_problem(403, "no-access");
    }

    #[tokio::test]
    async fn events_are_found_by_kind_and_by_whom() {
        let panel = filled(Panel::start().await);
        let mut mine = event(6, "shop", "web", EventKind::Scale);
        mine.actor = Some(Actor {
            source: Source::Tool,
            name: Some("kubectl".into()),
            at: None,
            reason: None,
        });
        panel.history.event(mine);
        let viewer = panel.viewer();
        for (query, expected) in [
            ("kind=pods", vec![4]),
            ("kind=rollouts", vec![]),
            ("source=tool", vec![6]),
            ("source=controller", vec![4, 3, 2, 1]),
            ("actor=kubectl&kind=changes&set=shop/web", vec![6]),
            ("actor=mara", vec![]),
            (&format!("since={}", model::testing::now()), vec![6, 4, 3, 2, 1]),
            ("since=2100-01-01T00:00:00Z", vec![]),
            ("text=KUBECTL%20web", vec![6]),
            ("text=data/&kind=changes", vec![2]),
            ("text=%20", vec![6, 4, 3, 2, 1]),
        ] {
            let page: EventPage = viewer.get(&format!("/api/v1/events?{query}")).await.json();
            assert_eq!(ids(&page), expected, "{query}");
        }
    }

    #[tokio::test]
    async fn a_query_that_is_not_understood_is_refused() {
        let panel = Panel::start().await;
        let long = format!("text={}", "x".repeat(201));
        for query in [
            "limit=0",
            "set=web",
            "before=now",
            "sort=up",
            "kind=x",
            "source=me",
            "since=yesterday",
            "since=0h",
            "text=a%00b",
            &long,
        ] {
            let answer = panel.viewer().get(&format!("/api/v1/events?{query}")).await;
            answer.is_problem(400, "bad-query");
        }
    }
}
