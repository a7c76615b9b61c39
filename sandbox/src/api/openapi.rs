//! As much OpenAPI as kubectl looks at: that writes take `fieldValidation`, so that it leaves validation to the server.
//! Source: client-go `pkg/.../queryparamverifierv3.go` of kubectl's resource builder.

use serde_json::{Map, Value, json};

use super::answer::Answer;
use super::call::Call;
use crate::kind::Kind;
use crate::refusal::Refusal;

/// # Errors
/// 404 for a document that does not exist; kubectl does without OpenAPI v2.
pub(super) fn openapi(_: &Call, rest: &str) -> Result<Answer, Refusal> {
    let groups = [
        "api/v1",
        "apis/apps/v1",
        "apis/discovery.k8s.io/v1",
        "apis/policy/v1",
        "apis/storage.k8s.io/v1",
    ];
    match rest {
        "v3" => {
            let paths: Map<String, Value> = groups
                .iter()
                .map(|g| {
                    (
                        (*g).to_owned(),
                        json!({"serverRelativeURL": format!("/openapi/v3/{g}?hash=1")}),
                    )
                })
                .collect();
            Ok(Answer::ok(json!({"paths": paths})))
        }
        other => {
            let group = other.strip_prefix("v3/").filter(|g| groups.contains(g));
            Ok(Answer::ok(document(group.ok_or_else(Refusal::no_such_path)?)))
        }
    }
}

fn document(group: &str) -> Value {
    let name = group.strip_prefix("apis/").and_then(|g| g.split('/').next()).unwrap_or_default();
    let mut paths = Map::new();
    for info in Kind::ALL.iter().map(|k| k.info()).filter(|i| i.group == name) {
        let place = if info.namespaced { "namespaces/{namespace}/" } else { "" };
        let kind = json!({"group": info.group, "version": info.version, "kind": info.name});
        let parameter =
            |name: &str| json!({"name": name, "in": "query", "schema": {"type": "string"}});
        let write = |action: &str| {
            json!({
                "parameters": [parameter("dryRun"), parameter("fieldManager"), parameter("fieldValidation")],
                "responses": {},
                "x-kubernetes-action": action,
                "x-kubernetes-group-version-kind": kind,
            })
        };
        paths.insert(format!("/{group}/{place}{}", info.resource), json!({"post": write("post")}));
        paths.insert(
            format!("/{group}/{place}{}/{{name}}", info.resource),
            json!({"patch": write("patch"), "put": write("put")}),
        );
    }
    json!({"openapi": "3.0.0", "info": {"title": "Kubernetes", "version": "sandbox"}, "paths": paths, "components": {}})
}
