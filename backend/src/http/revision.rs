//! `GET …/revisions/{name}`: a recorded template, and how it differs from another.

use std::collections::HashSet;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use model::diff;
use model::revision::Revision;
use model::set::SetKey;
use model::wire::{Problem, RevisionDetail, RoleName};
use serde::Deserialize;
use serde_json::Value;

use crate::history::Recorded;
use crate::http::problem::ApiProblem;
use crate::http::query::{Params, Place};
use crate::http::state::AppState;
use crate::http::{sight, template};
use crate::identity::User;

#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Options {
    /// The revision to compare with; without it, the one before.
    from: Option<String>,
    /// Show literal environment values; operators only.
    #[serde(default)]
    reveal: bool,
}

/// A recorded pod template, and how it differs from another revision of the set. It outlives the revision in Kubernetes, and
/// the set.
#[utoipa::path(
    get,
    path = "/api/v1/sets/{namespace}/{name}/revisions/{revision}",
    tag = "sets",
    params(("namespace" = String, Path), ("name" = String, Path), ("revision" = String, Path), Options),
    responses(
        (status = 200, body = RevisionDetail),
        (status = 400, body = Problem, content_type = "application/problem+json"),
        (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 403, body = Problem, content_type = "application/problem+json"),
        (status = 404, body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn revision(
    State(state): State<AppState>,
    user: User,
    Place((namespace, name, revision)): Place<(String, String, String)>,
    Params(options): Params<Options>,
) -> Result<Json<RevisionDetail>, ApiProblem> {
    let kinds = sight::enter(&state, &user, &namespace).await?;
    if options.reveal {
        user.require(RoleName::Operator, &namespace)?;
    }
    if !kinds.templates {
        let caller = user.caller(state.authority);
        return Err(ApiProblem::no_access(&caller, "get", "controllerrevisions", &namespace));
    }
    let key = SetKey::new(namespace, name);
    let all = all(&state, &key).await?;
    let to = find(&key, &all, &revision)?;
    let from = match &options.from {
        Some(name) => Some(find(&key, &all, name)?),
        None => before(&all, to),
    };
    let to_template = read(&state, to).await?;
    let from_template = match from {
        Some(from) => Some((from, read(&state, from).await?)),
        None => None,
    };
    Ok(Json(describe(to, &to_template, from_template, options.reveal)?))
}

/// The revisions that are, then those that Kubernetes has forgotten, those of earlier sets of this name last.
async fn all(state: &AppState, key: &SetKey) -> Result<Vec<Recorded>, ApiProblem> {
    let live = state.live.facts(key);
    let recorded = state.history.revisions(key).await?;
    if live.is_none() && recorded.is_empty() {
        return Err(ApiProblem::no_such_set(&key.namespace, &key.name));
    }
    let is = |r: &Revision| Recorded {
        set_uid: r.set_uid.clone(),
        name: r.name.clone(),
        number: r.number,
        hash: r.hash.clone(),
        kept: true,
    };
    let mut all: Vec<Recorded> = live.iter().flat_map(|f| &f.revisions).map(is).collect();
    let known: HashSet<(String, String)> =
        all.iter().map(|r| (r.set_uid.clone(), r.name.clone())).collect();
    all.extend(
        recorded.into_iter().filter(|r| !known.contains(&(r.set_uid.clone(), r.name.clone()))),
    );
    Ok(all)
}

fn find<'a>(key: &SetKey, all: &'a [Recorded], name: &str) -> Result<&'a Recorded, ApiProblem> {
    all.iter().find(|r| r.name == name).ok_or_else(|| {
        ApiProblem::new(
            StatusCode::NOT_FOUND,
            "no-such-revision",
            format!("{key} has no revision {name}, and none is recorded."),
        )
    })
}

/// The revision before this one by number, of the same set.
fn before<'a>(all: &'a [Recorded], of: &Recorded) -> Option<&'a Recorded> {
    all.iter().filter(|r| r.set_uid == of.set_uid && r.number < of.number).max_by_key(|r| r.number)
}

async fn read(state: &AppState, revision: &Recorded) -> Result<Arc<Value>, ApiProblem> {
    let found = state.templates.get(state.history.as_ref(), &revision.hash).await?;
    found.ok_or_else(|| {
        ApiProblem::new(
            StatusCode::NOT_FOUND,
            "template-not-recorded",
            format!("The template of {} has not been recorded (yet).", revision.name),
        )
    })
}

fn describe(
    to: &Recorded,
    to_template: &Value,
    from: Option<(&Recorded, Arc<Value>)>,
    reveal: bool,
) -> Result<RevisionDetail, ApiProblem> {
    let shown = if reveal { to_template.clone() } else { template::masked(to_template) };
    let mut detail = RevisionDetail {
        name: to.name.clone(),
        label: to.label(),
        hash: to.hash.clone(),
        template: template::yaml(&shown)?,
        from: None,
        changes: Vec::new(),
        diff: String::new(),
    };
    if let Some((from, from_template)) = from {
        let (old, new) = if reveal {
            (Value::clone(&from_template), to_template.clone())
        } else {
            template::masked_pair(&from_template, to_template)
        };
        let heading = |r: &Recorded| format!("{} ({})", r.name, r.label());
        detail.diff = template::difference(
            &template::yaml(&old)?,
            &template::yaml(&new)?,
            (&heading(from), &heading(to)),
        );
        detail.changes = diff::changes(&from_template, to_template, reveal);
        detail.from = Some(from.name.clone());
    }
    Ok(detail)
}

#[cfg(test)]
mod tests {
    use model::wire::RevisionDetail;

    use crate::http::testing::{Panel, canary};

    const PATH: &str = "/api/v1/sets/shop/web/revisions/web-rev2";

    async fn panel() -> Panel {
        let panel = Panel::start().await;
        panel.put(canary("shop", "web", 3, 2));
        for (hash, image, secret) in [("h1", "app:1", "old-secret"), ("h2", "app:2", "new-secret")]
        {
            let template = serde_json::json!({ "spec": { "containers": [{
                "name": "app", "image": image, "env": [{ "name": "PW", "value": secret }],
            }] } });
            panel.history.template(hash, &template.to_string());
        }
        panel
    }

    #[tokio::test]
    async fn a_revision_is_compared_with_the_one_before_and_values_are_hidden() {
        let detail: RevisionDetail = panel().await.viewer().get(PATH).await.json();
        assert_eq!((detail.name.as_str(), detail.label.as_str()), ("web-rev2", "r2"));
        assert_eq!(detail.from.as_deref(), Some("web-rev1"));
        assert!(detail.template.contains("image: app:2"), "{}", detail.template);
        assert!(detail.diff.contains("+    image: app:2"), "{}", detail.diff);
        for text in [&detail.template, &detail.diff] {
            assert!(!text.contains("secret"), "{text}");
        }
    }

    #[tokio::test]
    async fn an_operator_may_reveal_values_and_a_viewer_may_not() {
        let panel = panel().await;
        let reveal = format!("{PATH}?reveal=true");
        let detail: RevisionDetail = panel.operator().get(&reveal).await.json();
        assert!(detail.template.contains("new-secret"));
        panel.viewer().get(&reveal).await.is_problem(403, "role-missing");
    }

    #[tokio::test]
    async fn the_first_revision_is_compared_with_nothing_unless_asked() {
        let panel = panel().await;
        let path = "/api/v1/sets/shop/web/revisions/web-rev1";
        let first: RevisionDetail = panel.viewer().get(path).await.json();
        assert_eq!((first.from, first.diff.as_str()), (None, ""));
        let turned: RevisionDetail =
            panel.viewer().get(&format!("{path}?from=web-rev2")).await.json();
        assert!(turned.diff.contains("+    image: app:1"), "{}", turned.diff);
    }

    #[tokio::test]
    async fn unknown_sets_revisions_templates_and_options_are_told_apart() {
        let panel = panel().await;
        let viewer = panel.viewer();
        let gone = "/api/v1/sets/shop/other/revisions/web-rev2";
        viewer.get(gone).await.is_problem(404, "no-such-set");
        let gone = "/api/v1/sets/shop/web/revisions/web-9";
        viewer.get(gone).await.is_problem(404, "no-such-revision");
        viewer.get(&format!("{PATH}?from=web-9")).await.is_problem(404, "no-such-revision");
        viewer.get(&format!("{PATH}?raw=1")).await.is_problem(400, "bad-query");
        panel.put(canary("shop", "api", 3, 2));
        let other = Panel::start().await;
        other.put(canary("shop", "web", 3, 2));
        other.viewer().get(PATH).await.is_problem(404, "template-not-recorded");
    }

    #[tokio::test]
    async fn a_revision_that_kubernetes_forgot_can_be_read_and_is_compared_with() {
        let panel = panel().await;
        let uid = canary("shop", "web", 3, 2).set.uid;
        panel.history.revision(&uid, "web-rev1", 1, "h1");
        panel.history.revision(&uid, "web-old", 0, "h0");
        panel.history.template("h0", r#"{"spec":{"containers":[{"name":"app","image":"app:0"}]}}"#);
        let viewer = panel.viewer();
        let path = "/api/v1/sets/shop/web/revisions/web-old";
        let old: RevisionDetail = viewer.get(path).await.json();
        assert_eq!((old.label.as_str(), old.from), ("r0", None));
        assert!(old.template.contains("image: app:0"), "{}", old.template);
        let next: RevisionDetail =
            viewer.get("/api/v1/sets/shop/web/revisions/web-rev1").await.json();
        assert_eq!(next.from.as_deref(), Some("web-old"));
    }

    #[tokio::test]
    async fn the_revisions_of_a_set_that_is_gone_can_be_read() {
        let panel = panel().await;
        let facts = canary("shop", "web", 3, 2);
        for (name, number, hash) in [("web-rev2", 2, "h2"), ("web-rev1", 1, "h1")] {
            panel.history.revision(&facts.set.uid, name, number, hash);
        }
        panel.history.revision("another", "web-rev0", 0, "h1");
        panel.remove(&facts);
        let viewer = panel.viewer();
        let detail: RevisionDetail = viewer.get(PATH).await.json();
        assert_eq!(detail.from.as_deref(), Some("web-rev1"));
        let first: RevisionDetail =
            viewer.get("/api/v1/sets/shop/web/revisions/web-rev1").await.json();
        assert_eq!(
            first.from, None,
            "a revision of another set of this name is not the one before"
        );
    }

    #[tokio::test]
    async fn a_template_is_only_for_those_who_may_get_controllerrevisions() {
        let panel = Panel::impersonating().await;
        panel.put(canary("shop", "web", 3, 2));
        panel.rights.allow("list", "statefulsets", Some("shop"));
        panel.viewer().get(PATH).await.is_problem(403, "no-access");
    }
}
