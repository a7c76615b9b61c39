//! `GET sets/{namespace}/{name}`: everything about one set.

use axum::Json;
use axum::extract::State;
use model::facts::Facts;
use model::set::SetKey;
use model::wire::{Problem, SetDetail};
use model::{diff, strip};

use crate::http::problem::ApiProblem;
use crate::http::query::Place;
use crate::http::sight::{self, Kinds};
use crate::http::state::AppState;
use crate::identity::User;

/// Everything about one set, as far as you may see it.
#[utoipa::path(
    get,
    path = "/api/v1/sets/{namespace}/{name}",
    tag = "sets",
    params(("namespace" = String, Path), ("name" = String, Path)),
    responses(
        (status = 200, body = SetDetail),
        (status = 400, body = Problem, content_type = "application/problem+json"),
        (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 403, body = Problem, content_type = "application/problem+json"),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 503, body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn detail(
    State(state): State<AppState>,
    user: User,
    Place((namespace, name)): Place<(String, String)>,
) -> Result<Json<SetDetail>, ApiProblem> {
    let kinds = sight::enter(&state, &user, &namespace).await?;
    let key = SetKey::new(namespace, name);
    let detail = build(&state, kinds, &key).await;
    detail.map(Json).ok_or_else(|| ApiProblem::no_set_shown(&state.live, &key.namespace, &key.name))
}

/// The detail of a set as one may see it who may see these kinds; `None` if there is no such set.
pub(super) async fn build(state: &AppState, kinds: Kinds, key: &SetKey) -> Option<SetDetail> {
    // First, so that what is published while the rest is read comes again over the stream.
    let version = state.live.version();
    let row = state.live.row(key)?;
    let shared = state.live.facts(key)?;
    let mut held = match row.row.boundary {
        Some(_) => or_none(state.history.held(&shared.set.uid).await),
        None => None,
    };
    if let Some(held) = held.as_mut().filter(|_| !kinds.readable.pods) {
        held.because = None;
    }
    let changes = if kinds.templates { or_none(changes(state, &shared).await) } else { None };
    let mut facts = Facts::clone(&shared);
    kinds.veil(&mut facts);
    let row = if kinds.readable.pods { row.row.clone() } else { sight::veiled(&row.row) };
    Some(SetDetail { version, now: state.clock.now(), row, facts, held, changes })
}

/// The page works without its history; that the history cannot be read is for the log.
fn or_none<T>(answer: anyhow::Result<Option<T>>) -> Option<T> {
    answer.unwrap_or_else(|cause| {
        tracing::error!(cause = format!("{cause:#}"), "the history cannot be read");
        None
    })
}

async fn changes(state: &AppState, facts: &Facts) -> anyhow::Result<Option<Vec<diff::Change>>> {
    let update = &facts.set.status.update_revision;
    let old = strip::old_revision(facts);
    if !strip::in_progress(facts) || old == update {
        return Ok(Some(Vec::new()));
    }
    let (Some(from), Some(to)) = (facts.revision(old), facts.revision(update)) else {
        return Ok(None);
    };
    let history = state.history.as_ref();
    let from = state.templates.get(history, &from.hash).await?;
    let to = state.templates.get(history, &to.hash).await?;
    Ok(from.zip(to).map(|(from, to)| diff::changes(&from, &to, false)))
}

#[cfg(test)]
mod tests {
    use model::status::Settings;
    use model::status::StatusKind;
    use model::wire::{Actor, Held, KindHealth, KindState, RoleName, SetDetail, Source};

    use crate::http::testing::{Panel, canary, facts};
    use crate::live::{Change, Kind, Live, Scope};

    const PATH: &str = "/api/v1/sets/shop/web";

    #[tokio::test]
    async fn a_set_comes_with_its_facts_and_version() {
        let panel = Panel::start().await;
        panel.put(facts("shop", "web", 3));
        let detail: SetDetail = panel.viewer().get(PATH).await.json();
        assert_eq!(detail.version, panel.live.version());
        assert_eq!(detail.facts, facts("shop", "web", 3));
        assert_eq!(detail.changes, Some(vec![]));
        assert_eq!(detail.held, None);
    }

    #[tokio::test]
    async fn a_held_set_says_by_whom_and_a_canary_has_its_changes_compared() {
        let panel = Panel::start().await;
        panel.put(canary("shop", "web", 3, 2));
        let by = Actor { source: Source::Panel, name: Some("olga".into()), at: None, reason: None };
        panel.history.held_by(by.clone());
        let absent: SetDetail = panel.viewer().get(PATH).await.json();
        assert_eq!(absent.held.unwrap().by, by);
        assert_eq!(absent.changes, None, "templates that were not recorded");
        panel.history.template("h1", r#"{"spec":{"containers":[]}}"#);
        panel.history.template("h2", r#"{"spec":{"containers":[]}}"#);
        let known: SetDetail = panel.viewer().get(PATH).await.json();
        assert!(known.changes.is_some());
    }

    #[tokio::test]
    async fn what_a_pod_did_before_an_abort_is_for_those_who_may_list_pods() {
        let panel = Panel::impersonating().await;
        panel.put(canary("shop", "web", 3, 2));
        let by = Actor { source: Source::Panel, name: Some("olga".into()), at: None, reason: None };
        let because = Some("web-2 crashed (exit 1)".to_owned());
        let aborted = Some("web-rev2".to_owned());
        panel.history.hold(Held { by, aborted, because: because.clone(), advanced: false });
        panel.rights.allow("list", "statefulsets", Some("shop"));
        let told = async || {
            let detail: SetDetail = panel.viewer().get(PATH).await.json();
            detail.held.filter(|held| held.aborted.is_some()).expect("by an abort").because
        };
        assert_eq!(told().await, None);
        panel.rights.allow("list", "pods", Some("shop"));
        assert_eq!(told().await, because);
    }

    #[tokio::test]
    async fn changes_are_for_those_who_may_get_controllerrevisions() {
        let panel = Panel::impersonating().await;
        panel.put(canary("shop", "web", 3, 2));
        panel.history.template("h1", r#"{"spec":{"containers":[]}}"#);
        panel.history.template("h2", r#"{"spec":{"containers":[]}}"#);
        for resource in ["statefulsets", "pods", "controllerrevisions"] {
            panel.rights.allow("list", resource, Some("shop"));
        }
        let without: SetDetail = panel.viewer().get(PATH).await.json();
        assert_eq!(without.changes, None);
        panel.rights.allow("get", "controllerrevisions", Some("shop"));
        let with: SetDetail = panel.viewer().get(PATH).await.json();
        assert!(with.changes.is_some());
    }

    #[tokio::test]
    async fn without_an_answer_of_the_api_server_the_page_stays_and_templates_are_hidden() {
        let panel = Panel::start().await;
        panel.put(canary("shop", "web", 3, 2));
        panel.history.template("h1", r#"{"spec":{"containers":[]}}"#);
        panel.history.template("h2", r#"{"spec":{"containers":[]}}"#);
        panel.rights.break_down();
        let detail: SetDetail = panel.viewer().get(PATH).await.json();
        assert_eq!(detail.facts.pods.len(), 3);
        assert_eq!(detail.changes, None);
    }

    #[tokio::test]
    async fn kinds_that_may_not_be_listed_are_marked_and_empty() {
        let panel = Panel::impersonating().await;
        panel.put(facts("shop", "web", 3));
        panel.rights.allow("list", "statefulsets", Some("shop"));
        let detail: SetDetail = panel.viewer().get(PATH).await.json();
        assert_eq!(detail.row.status.kind, StatusKind::NoAccess);
        assert!(detail.facts.pods.is_empty() && detail.facts.revisions.is_empty());
        let readable = detail.facts.readable;
        assert!(!readable.pods && !readable.claims && !readable.revisions && !readable.services);
    }

    #[tokio::test]
    async fn a_set_that_does_not_exist_is_not_found() {
        let panel = Panel::start().await;
        panel.viewer().get(PATH).await.is_problem(404, "no-such-set");
    }

    #[tokio::test]
    async fn before_the_cluster_was_read_nothing_is_said_not_to_exist() {
        let mut panel = Panel::start().await;
        let scope = Scope::Namespaces(vec!["shop".into()]);
        let live = Live::new(&scope, Settings::default(), panel.now());
        panel.state.live = live.clone();
        let reads = async |path: &str| panel.viewer().get(path).await;
        live.apply(
            Change::Health(KindHealth {
                kind: "statefulsets".into(),
                namespace: Some("shop".into()),
                state: KindState::Lost,
                since: panel.now(),
                reason: Some("connection refused".into()),
                yours: false,
            }),
            panel.now(),
        );
        for path in [PATH.to_owned(), format!("{PATH}/history")] {
            let answer = reads(&path).await;
            assert_eq!(answer.header("retry-after"), "2");
            let problem = answer.is_problem(503, "not-read-yet");
            let says = "statefulsets (connection refused), pods, ";
            assert!(problem.detail.contains(says), "{}", problem.detail);
        }
        // A namespace that is not watched is not waited for.
        reads("/api/v1/sets/data/db").await.is_problem(404, "no-such-set");
        for kind in Kind::ALL {
            let objects = Vec::new();
            let listed = Change::Reset { kind, namespace: Some("shop".into()), objects };
            live.apply(listed, panel.now());
        }
        reads(PATH).await.is_problem(404, "no-such-set");
    }

    #[tokio::test]
    async fn whoever_has_no_role_in_the_namespace_is_told_so_before_anything_is_looked_up() {
        let panel = Panel::start().await;
        let user = panel.user("bob", &[(RoleName::Admin, Some("data"))]);
        user.get(PATH).await.is_problem(403, "role-missing");
    }

    #[tokio::test]
    async fn whom_the_cluster_does_not_let_list_sets_is_told_so() {
        let panel = Panel::impersonating().await;
        panel.put(facts("shop", "web", 3));
        panel.viewer().get(PATH).await.is_problem(403, "no-access");
    }
}
