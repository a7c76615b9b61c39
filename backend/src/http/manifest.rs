//! `GET …/manifest` and `GET …/pods/{pod}/manifest`: a set or one of its pods as YAML, read from the API server as the user.

use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use model::set::SetKey;
use model::wire::{Authority, Problem, RoleName};
use serde::Deserialize;
use serde_json::Value;

use crate::actions::mask::{HIDDEN, each_literal};
use crate::cluster::inside::Whole;
use crate::http::problem::ApiProblem;
use crate::http::query::{Params, Place};
use crate::http::state::AppState;
use crate::http::{pod, sight, template};
use crate::identity::User;

#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Options {
    /// Show literal environment values; operators only.
    #[serde(default)]
    reveal: bool,
}

/// Where `kubectl apply` keeps what it was given: a copy of all that is masked elsewhere.
const APPLIED: &str = "/metadata/annotations/kubectl.kubernetes.io~1last-applied-configuration";

/// A set as YAML, without `managedFields`, read from the API server as you.
///
/// Literal environment values are masked unless asked for, and with them what `kubectl apply` keeps of the manifest. Where the
/// panel acts with rights of its own for everybody (`direct`) this takes an operator.
#[utoipa::path(
    get,
    operation_id = "set_manifest",
    path = "/api/v1/sets/{namespace}/{name}/manifest",
    tag = "sets",
    params(("namespace" = String, Path), ("name" = String, Path), Options),
    responses(
        (status = 200, body = String, content_type = "application/yaml"),
        (status = 400, body = Problem, content_type = "application/problem+json"),
        (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 403, body = Problem, content_type = "application/problem+json"),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 502, body = Problem, content_type = "application/problem+json"),
        (status = 503, body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn of_set(
    State(state): State<AppState>,
    user: User,
    Place((namespace, name)): Place<(String, String)>,
    Params(options): Params<Options>,
) -> Result<Response, ApiProblem> {
    permit(&state, &user, &namespace, &options)?;
    sight::enter(&state, &user, &namespace).await?;
    let key = SetKey::new(namespace, name);
    if state.live.facts(&key).is_none() {
        return Err(ApiProblem::no_set_shown(&state.live, &key.namespace, &key.name));
    }
    let caller = user.caller(state.authority);
    let found = state.inside.manifest(&caller, &key.namespace, Whole::Set(&key.name)).await;
    let found = found.map_err(|e| ApiProblem::of_reading(&e, &caller, "get this set"))?;
    let object = found.ok_or_else(|| ApiProblem::no_such_set(&key.namespace, &key.name))?;
    written(object, &options)
}

/// One pod of a set as YAML, without `managedFields`, read from the API server as you.
///
/// Literal environment values are masked unless asked for. Where the panel acts with rights of its own for everybody (`direct`)
/// this takes an operator: arguments and annotations are shown as they are. A pod that belongs to another set is not found.
#[utoipa::path(
    get,
    operation_id = "pod_manifest",
    path = "/api/v1/sets/{namespace}/{name}/pods/{pod}/manifest",
    tag = "pods",
    params(("namespace" = String, Path), ("name" = String, Path), ("pod" = String, Path), Options),
    responses(
        (status = 200, body = String, content_type = "application/yaml"),
        (status = 400, body = Problem, content_type = "application/problem+json"),
        (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 403, body = Problem, content_type = "application/problem+json"),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 502, body = Problem, content_type = "application/problem+json"),
        (status = 503, body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn of_pod(
    State(state): State<AppState>,
    user: User,
    Place((namespace, name, pod)): Place<(String, String, String)>,
    Params(options): Params<Options>,
) -> Result<Response, ApiProblem> {
    permit(&state, &user, &namespace, &options)?;
    let kinds = sight::enter(&state, &user, &namespace).await?;
    let caller = user.caller(state.authority);
    let key = SetKey::new(namespace, name);
    let facts = pod::members(&state, kinds, &caller, &key)?;
    pod::owned(&facts, &pod)?;
    let found = state.inside.manifest(&caller, &key.namespace, Whole::Pod(&pod)).await;
    let found = found.map_err(|e| ApiProblem::of_reading(&e, &caller, "get this pod"))?;
    // Another set may have taken the name since the index was read.
    let owned = found.filter(|object| is_owned_by(object, &facts.set.uid));
    written(owned.ok_or_else(|| pod::gone(&key.name, &pod))?, &options)
}

/// Under `direct` nobody's own rights in the cluster stand before what arguments and annotations may hold.
fn permit(
    state: &AppState,
    user: &User,
    namespace: &str,
    options: &Options,
) -> Result<(), ApiProblem> {
    let operators_only = options.reveal || state.authority == Authority::Direct;
    let role = if operators_only { RoleName::Operator } else { RoleName::Viewer };
    Ok(user.require(role, namespace)?)
}

fn is_owned_by(pod: &Value, set_uid: &str) -> bool {
    let owners = pod.pointer("/metadata/ownerReferences").and_then(Value::as_array);
    owners.into_iter().flatten().any(|o| o["controller"] == true && o["uid"] == set_uid)
}

fn written(mut object: Value, options: &Options) -> Result<Response, ApiProblem> {
    if !options.reveal {
        hide(&mut object);
    }
    let yaml = template::yaml(&object)?;
    Ok(([(header::CONTENT_TYPE, "application/yaml; charset=utf-8")], yaml).into_response())
}

fn hide(object: &mut Value) {
    each_literal(object, |_, value| HIDDEN.clone_into(value));
    if let Some(template) = object.pointer_mut("/spec/template") {
        each_literal(template, |_, value| HIDDEN.clone_into(value));
    }
    if let Some(Value::String(applied)) = object.pointer_mut(APPLIED) {
        HIDDEN.clone_into(applied);
    }
}

#[cfg(test)]
mod tests {
    use model::wire::RoleName;
    use serde_json::{Value, json};

    use crate::cluster::Caller;
    use crate::http::testing::{Panel, facts, forbidden};

    const POD: &str = "/api/v1/sets/shop/web/pods/web-0/manifest";
    const SET: &str = "/api/v1/sets/shop/web/manifest";

    fn spec() -> Value {
        json!({ "containers": [{
            "name": "app",
            "args": ["--verbose"],
            "env": [
                { "name": "PASSWORD", "value": "hunter2" },
                { "name": "TOKEN", "valueFrom": { "secretKeyRef": { "name": "s", "key": "k" } } },
            ],
        }] })
    }

    fn filled(panel: Panel) -> Panel {
        let facts = facts("shop", "web", 2);
        let owner = json!([{ "controller": true, "uid": facts.set.uid }]);
        panel.inside.manifest(
            "web-0",
            json!({
                "kind": "Pod",
                "metadata": { "name": "web-0", "ownerReferences": owner },
                "spec": spec(),
            }),
        );
        panel.inside.manifest(
            "web",
            json!({
                "kind": "StatefulSet",
                "metadata": {
                    "name": "web",
                    "annotations": {
                        "kubectl.kubernetes.io/last-applied-configuration": "{\"PASSWORD\":\"hunter2\"}",
                    },
                },
                "spec": { "replicas": 2, "template": { "spec": spec() } },
            }),
        );
        panel.put(facts);
        panel
    }

    /// Under impersonation, with a user who may see the set and its pods.
    async fn as_themselves() -> Panel {
        let panel = filled(Panel::impersonating().await);
        for resource in ["statefulsets", "pods"] {
            panel.rights.allow("list", resource, Some("shop"));
        }
        panel
    }

    #[tokio::test]
    async fn a_pod_and_its_set_come_as_yaml_read_as_the_user() {
        let panel = as_themselves().await;
        let viewer = panel.viewer();
        let answer = viewer.get(POD).await;
        answer.is_ok();
        assert_eq!(answer.header("content-type"), "application/yaml; charset=utf-8");
        assert_eq!(answer.header("cache-control"), "no-store");
        let yaml = answer.text();
        assert!(yaml.starts_with("kind: Pod\nmetadata:\n"), "{yaml}");
        assert!(yaml.contains("--verbose") && yaml.contains("secretKeyRef"), "{yaml}");
        let yaml = viewer.get(SET).await.text();
        assert!(yaml.contains("kind: StatefulSet") && yaml.contains("replicas: 2"), "{yaml}");
        let vera = |c: &Caller| matches!(c, Caller::User { user, .. } if user == "vera");
        assert!(panel.inside.callers().iter().all(vera), "{:?}", panel.inside.callers());
    }

    #[tokio::test]
    async fn literal_environment_values_are_masked_until_an_operator_asks() {
        let panel = as_themselves().await;
        for path in [POD, SET] {
            for user in [panel.viewer(), panel.operator()] {
                let yaml = user.get(path).await.text();
                assert!(!yaml.contains("hunter2") && yaml.contains("PASSWORD"), "{yaml}");
            }
            let revealed = format!("{path}?reveal=true");
            panel.viewer().get(&revealed).await.is_problem(403, "role-missing");
            let yaml = panel.operator().get(&revealed).await.text();
            assert!(yaml.contains("hunter2"), "{yaml}");
        }
    }

    #[tokio::test]
    async fn with_the_panels_own_rights_it_takes_an_operator() {
        let panel = filled(Panel::start().await);
        for path in [POD, SET] {
            panel.viewer().get(path).await.is_problem(403, "role-missing");
            panel.operator().get(path).await.is_ok();
        }
    }

    #[tokio::test]
    async fn what_the_cluster_does_not_show_is_refused_and_what_is_gone_not_found() {
        let panel = as_themselves().await;
        let viewer = panel.viewer();
        for (path, code) in [
            // The index has it, the API server no more.
            ("shop/web/pods/web-1/manifest", "no-such-part"),
            ("shop/web/pods/other-0/manifest", "no-such-part"),
            ("shop/none/manifest", "no-such-set"),
        ] {
            viewer.get(&format!("/api/v1/sets/{path}")).await.is_problem(404, code);
        }
        let stranger =
            json!({ "metadata": { "ownerReferences": [{ "controller": true, "uid": "x" }] } });
        panel.inside.manifest("web-0", stranger);
        viewer.get(POD).await.is_problem(404, "no-such-part");
        panel.inside.refuse("manifest", forbidden());
        for path in [POD, SET] {
            let problem = viewer.get(path).await.is_problem(403, "no-access");
            assert!(problem.detail.contains("let vera get this"), "{}", problem.detail);
        }
        let elsewhere = panel.user("bob", &[(RoleName::Admin, Some("data"))]);
        for path in [POD, SET] {
            elsewhere.get(path).await.is_problem(403, "role-missing");
        }
    }
}
