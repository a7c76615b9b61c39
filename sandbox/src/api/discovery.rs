//! What the API offers, for clients that ask first.

use serde_json::{Value, json};

use super::answer::Answer;
use super::call::Call;
use super::route::Which;
use crate::kind::Kind;
use crate::refusal::Refusal;

pub(super) fn version(call: &Call) -> Answer {
    let version = call.inner.world().options.version;
    Answer::ok(json!({
        "major": version.major.to_string(),
        "minor": version.minor.to_string(),
        "gitVersion": format!("v{}.{}.{}", version.major, version.minor, version.patch),
        "gitCommit": "", "gitTreeState": "clean", "buildDate": "", "goVersion": "",
        "compiler": "", "platform": "rollcall/sandbox",
    }))
}

/// # Errors
/// 404 for an unknown group or version.
pub(super) fn discovery(which: &Which) -> Result<Answer, Refusal> {
    Ok(Answer::ok(match which {
        Which::Paths => {
            json!({"paths": ["/api", "/api/v1", "/apis", "/healthz", "/openapi/v3", "/version"]})
        }
        Which::CoreVersions => json!({
            "kind": "APIVersions", "versions": ["v1"],
            "serverAddressByClientCIDRs": [],
        }),
        Which::Groups => {
            let all: Vec<Value> = groups().into_iter().map(group).collect();
            json!({"kind": "APIGroupList", "apiVersion": "v1", "groups": all})
        }
        Which::Group(name) => {
            let known =
                groups().into_iter().find(|g| g == name).ok_or_else(Refusal::no_such_path)?;
            let mut group = group(known);
            group["kind"] = json!("APIGroup");
            group["apiVersion"] = json!("v1");
            group
        }
        Which::Resources(group, version) => {
            let all = resources(group);
            if all.is_empty() || version != "v1" {
                return Err(Refusal::no_such_path());
            }
            let whole =
                if group.is_empty() { version.clone() } else { format!("{group}/{version}") };
            json!({"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": whole, "resources": all})
        }
    }))
}

/// The groups but the core one.
fn groups() -> Vec<&'static str> {
    let mut all: Vec<&str> = vec!["authentication.k8s.io", "authorization.k8s.io"];
    all.extend(Kind::ALL.iter().map(|k| k.info().group).filter(|g| !g.is_empty()));
    all.dedup();
    all
}

fn group(name: &str) -> Value {
    let version = json!({"groupVersion": format!("{name}/v1"), "version": "v1"});
    json!({"name": name, "versions": [version], "preferredVersion": version})
}

const VERBS: [&str; 8] =
    ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"];

fn resources(group: &str) -> Vec<Value> {
    let ask = |name: &str, kind: &str| json!({"name": name, "singularName": kind.to_lowercase(), "namespaced": false, "kind": kind, "verbs": ["create"]});
    match group {
        "authentication.k8s.io" => {
            return vec![
                ask("selfsubjectreviews", "SelfSubjectReview"),
                ask("tokenreviews", "TokenReview"),
            ];
        }
        "authorization.k8s.io" => {
            return vec![
                ask("selfsubjectaccessreviews", "SelfSubjectAccessReview"),
                ask("selfsubjectrulesreviews", "SelfSubjectRulesReview"),
                ask("subjectaccessreviews", "SubjectAccessReview"),
            ];
        }
        _ => {}
    }
    let mut all = Vec::new();
    for info in Kind::ALL.iter().map(|k| k.info()).filter(|i| i.group == group) {
        let mut entry = json!({
            "name": info.resource, "singularName": info.singular, "namespaced": info.namespaced,
            "kind": info.name, "verbs": VERBS,
        });
        if !info.short.is_empty() {
            entry["shortNames"] = json!(info.short);
        }
        if info.in_all {
            entry["categories"] = json!(["all"]);
        }
        all.push(entry);
        let part = |sub: &str, kind: &str, verbs: &[&str]| {
            json!({"name": format!("{}/{sub}", info.resource), "singularName": "",
                "namespaced": info.namespaced, "kind": kind, "verbs": verbs})
        };
        if info.has_status {
            all.push(part("status", info.name, &["get", "patch", "update"]));
        }
        for sub in info.subresources {
            let mut entry = match *sub {
                "scale" => part(sub, "Scale", &["get", "patch", "update"]),
                "eviction" => part(sub, "Eviction", &["create"]),
                "exec" => part(sub, "PodExecOptions", &["create", "get"]),
                _ => part(sub, info.name, &["get"]),
            };
            if *sub == "scale" {
                entry["group"] = json!("autoscaling");
                entry["version"] = json!("v1");
            }
            if *sub == "eviction" {
                entry["group"] = json!("policy");
                entry["version"] = json!("v1");
            }
            all.push(entry);
        }
    }
    all
}
