//! The chart: rendered by Helm, accepted by the real API server, and giving the panel's account what it needs and no more.

#![expect(
    clippy::unwrap_used,
    reason = "a failure here is the test's; clippy knows only test functions as tests"
)]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;
use std::time::Duration;

use harness::{ControlPlane, Options};
use serde_json::{Value, json};

const TIMEOUT: Duration = Duration::from_mins(1);

fn plane() -> &'static ControlPlane {
    static PLANE: OnceLock<ControlPlane> = OnceLock::new();
    PLANE.get_or_init(|| {
        let plane = ControlPlane::start(Options::default()).unwrap();
        for namespace in ["panel", "panel-direct", "panel-narrow", "panel-inside"] {
            plane.kubectl("admin", &["create", "namespace", namespace]).unwrap();
        }
        plane
    })
}

fn helm(command: &[&str], namespace: &str, set: &[&str]) -> Output {
    static HELM: OnceLock<PathBuf> = OnceLock::new();
    let helm = HELM
        .get_or_init(|| harness::binaries::ensure_helm(&mut |text| eprintln!("{text}")).unwrap());
    let home = tempfile::tempdir().unwrap();
    let chart = Path::new(env!("CARGO_MANIFEST_DIR")).join("../chart");
    Command::new(helm)
        // Its caches, and no cluster of the machine's user.
        .env("HOME", home.path())
        .env("KUBECONFIG", plane().kubeconfig("admin"))
        .args(command)
        .arg(chart)
        .args(["--namespace", namespace])
        .args(set.iter().flat_map(|set| ["--set", set]))
        .output()
        .unwrap()
}

/// The manifests, or what Helm complained about.
fn render(namespace: &str, set: &[&str]) -> Result<String, String> {
    // Left to itself, Helm renders for the version that it was built with.
    let version = plane().version();
    let output = helm(&["template", "rollcall", "--kube-version", version], namespace, set);
    if output.status.success() {
        Ok(String::from_utf8(output.stdout).unwrap())
    } else {
        Err(String::from_utf8(output.stderr).unwrap())
    }
}

/// What the API server makes of the manifests, without storing them.
fn accepted(namespace: &str, set: &[&str]) -> Vec<Value> {
    let manifests = render(namespace, set).unwrap();
    let arguments = ["apply", "--dry-run=server", "-o", "json", "-f", "-"];
    let list = plane().kubectl_with_input("admin", &arguments, Some(&manifests), TIMEOUT).unwrap();
    let list: Value = serde_json::from_str(&list).unwrap();
    list["items"].as_array().unwrap().clone()
}

fn of_kind<'a>(objects: &'a [Value], kind: &str) -> Vec<&'a Value> {
    objects.iter().filter(|object| object["kind"] == kind).collect()
}

fn install(namespace: &str, set: &[&str]) {
    let manifests = render(namespace, set).unwrap();
    // Every object names its namespace itself.
    let arguments = ["apply", "-f", "-"];
    plane().kubectl_with_input("admin", &arguments, Some(&manifests), TIMEOUT).unwrap();
}

/// Whether the account of the release in `panel` may do it, in the API server's own judgement.
fn may(panel: &str, verb: &str, resource: &str, namespace: &str, name: &str) -> bool {
    let (group, resource) = resource.split_once('/').unwrap_or(("", resource));
    let (resource, subresource) = resource.split_once('.').unwrap_or((resource, ""));
    let review = json!({
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SubjectAccessReview",
        "spec": {
            "user": format!("system:serviceaccount:{panel}:rollcall"),
            "groups": ["system:serviceaccounts", "system:authenticated"],
            "resourceAttributes": {
                "verb": verb, "group": group, "resource": resource, "subresource": subresource,
                "namespace": namespace, "name": name,
            },
        },
    });
    let arguments = ["create", "-o", "jsonpath={.status.allowed}", "-f", "-"];
    let answer = plane()
        .kubectl_with_input("admin", &arguments, Some(&review.to_string()), TIMEOUT)
        .unwrap();
    answer == "true"
}

#[test]
fn the_default_values_pass_lint_and_are_accepted_by_the_api_server() {
    let lint = helm(&["lint", "--strict", "--kube-version", plane().version()], "panel", &[]);
    assert!(lint.status.success(), "{}", String::from_utf8_lossy(&lint.stdout));
    let objects = accepted("panel", &[]);
    let [deployment] = of_kind(&objects, "Deployment")[..] else { panic!("one Deployment") };
    assert_eq!(deployment["spec"]["strategy"]["type"], "Recreate");
    assert_eq!(deployment["spec"]["replicas"], 1);
    let pod = &deployment["spec"]["template"]["spec"];
    assert_eq!(pod["securityContext"]["runAsNonRoot"], true);
    assert_eq!(pod["securityContext"]["seccompProfile"]["type"], "RuntimeDefault");
    let container = &pod["containers"][0];
    assert_eq!(
        container["securityContext"],
        json!({
            "allowPrivilegeEscalation": false,
            "readOnlyRootFilesystem": true,
            "capabilities": { "drop": ["ALL"] },
        })
    );
    assert_eq!(container["livenessProbe"]["httpGet"]["path"], "/healthz");
    assert_eq!(container["readinessProbe"]["httpGet"]["path"], "/readyz");
    let arguments = container["args"].as_array().unwrap();
    assert!(arguments.contains(&json!("--authority=impersonate")), "{arguments:?}");
    let [claim] = of_kind(&objects, "PersistentVolumeClaim")[..] else { panic!("one claim") };
    assert_eq!(pod["volumes"][0]["persistentVolumeClaim"]["claimName"], claim["metadata"]["name"]);
    let [service] = of_kind(&objects, "Service")[..] else { panic!("one Service") };
    let labels = deployment["spec"]["template"]["metadata"]["labels"].as_object().unwrap();
    for (label, value) in service["spec"]["selector"].as_object().unwrap() {
        assert_eq!(labels.get(label), Some(value), "the Service finds the pod");
    }
}

#[test]
fn the_pod_meets_the_restricted_pod_security_standard() {
    let plane = plane();
    plane.kubectl("admin", &["create", "namespace", "guarded"]).unwrap();
    let restricted = "pod-security.kubernetes.io/enforce=restricted";
    plane.kubectl("admin", &["label", "namespace", "guarded", restricted]).unwrap();
    let objects = accepted("guarded", &[]);
    let deployment = of_kind(&objects, "Deployment")[0];
    // A Deployment is let through whatever its pods are; so the pod itself is tried.
    let template = &deployment["spec"]["template"];
    let mut spec = template["spec"].clone();
    spec["serviceAccountName"] = json!("default");
    let account = ["-n", "guarded", "get", "serviceaccount", "default"];
    harness::wait_until("the account of the new namespace", TIMEOUT, || {
        plane.kubectl("admin", &account).map(Some)
    })
    .unwrap();
    let create = |spec: &Value| {
        let pod = json!({ "apiVersion": "v1", "kind": "Pod", "metadata": { "name": "try" }, "spec": spec });
        let arguments = ["-n", "guarded", "create", "--dry-run=server", "-f", "-"];
        plane.kubectl_with_input("admin", &arguments, Some(&pod.to_string()), TIMEOUT)
    };
    create(&spec).unwrap();
    spec["containers"][0]["securityContext"]["allowPrivilegeEscalation"] = json!(true);
    let refusal = create(&spec).unwrap_err().to_string();
    assert!(refusal.contains("restricted"), "the standard is enforced: {refusal}");
}

#[test]
fn under_impersonation_the_account_reads_and_acts_only_as_those_who_are_named() {
    install("panel", &["impersonate.users={alice,bob}", "impersonate.groups={shop-team}"]);
    for (verb, resource, name, expected) in [
        ("list", "apps/statefulsets", "", true),
        ("watch", "pods", "", true),
        ("list", "apps/controllerrevisions", "", true),
        ("list", "persistentvolumeclaims", "", true),
        ("list", "services", "", true),
        ("get", "namespaces", "kube-system", true),
        ("get", "namespaces", "shop", false),
        ("patch", "apps/statefulsets", "web", false),
        ("delete", "pods", "web-0", false),
        ("create", "pods.eviction", "web-0", false),
        ("list", "secrets", "", false),
        ("impersonate", "users", "alice", true),
        ("impersonate", "users", "carol", false),
        ("impersonate", "groups", "shop-team", true),
        ("impersonate", "groups", "system:masters", false),
    ] {
        assert_eq!(may("panel", verb, resource, "", name), expected, "{verb} {resource} {name}");
    }
}

#[test]
fn with_direct_authority_the_account_also_acts_and_impersonates_nobody() {
    install("panel-direct", &["authority=direct", "impersonate.users={alice}"]);
    for (verb, resource, expected) in [
        ("list", "apps/statefulsets", true),
        ("patch", "apps/statefulsets", true),
        ("delete", "pods", true),
        ("create", "pods.eviction", true),
        ("update", "apps/statefulsets", false),
        ("delete", "apps/statefulsets", false),
        ("create", "pods", false),
        ("create", "pods.exec", false),
        ("get", "pods.exec", false),
        ("get", "pods.log", false),
        ("list", "events", true),
        ("get", "nodes", true),
        ("delete", "persistentvolumeclaims", false),
        ("get", "secrets", false),
    ] {
        assert_eq!(may("panel-direct", verb, resource, "shop", "x"), expected, "{verb} {resource}");
    }
    assert!(!may("panel-direct", "impersonate", "users", "", "alice"));
}

#[test]
fn rights_inside_pods_are_granted_only_where_values_ask_for_them() {
    let inside = ["podLogs=true", "commands.visits={cat,/data/visits}"];
    let direct: Vec<&str> = ["authority=direct"].into_iter().chain(inside).collect();
    install("panel-inside", &direct);
    for (verb, resource) in [("get", "pods.log"), ("get", "pods.exec"), ("create", "pods.exec")] {
        assert!(may("panel-inside", verb, resource, "shop", "x"), "{verb} {resource}");
    }
    let objects = accepted("panel-inside", &direct);
    let arguments =
        &of_kind(&objects, "Deployment")[0]["spec"]["template"]["spec"]["containers"][0]["args"];
    let command = json!(r#"--command=visits=["cat","/data/visits"]"#);
    assert!(arguments.as_array().unwrap().contains(&command), "{arguments}");
    // Each user's own rights decide: the account needs none.
    let rendered = render("panel", &inside).unwrap();
    assert!(!rendered.contains("pods/exec") && !rendered.contains("pods/log"));
}

#[test]
fn with_namespaces_the_rights_end_there() {
    install("panel-narrow", &["authority=direct", "namespaces={shop}"]);
    let objects = accepted("panel-narrow", &["authority=direct", "namespaces={shop}"]);
    let arguments =
        &of_kind(&objects, "Deployment")[0]["spec"]["template"]["spec"]["containers"][0]["args"];
    assert!(arguments.as_array().unwrap().contains(&json!("--namespace=shop")));
    for (namespace, expected) in [("shop", true), ("default", false), ("", false)] {
        assert_eq!(
            may("panel-narrow", "list", "apps/statefulsets", namespace, ""),
            expected,
            "{namespace}"
        );
        assert_eq!(may("panel-narrow", "delete", "pods", namespace, "x"), expected, "{namespace}");
    }
    assert!(may("panel-narrow", "get", "namespaces", "", "kube-system"));
}

#[test]
fn an_empty_list_of_users_gives_no_right_to_impersonate() {
    let rendered = render("panel", &[]).unwrap();
    assert!(
        !rendered.contains("verbs: [impersonate]"),
        "a rule without names would mean everybody"
    );
}

#[test]
fn an_existing_claim_is_used_and_none_is_made() {
    let objects = accepted("panel", &["database.existingClaim=mine"]);
    assert!(of_kind(&objects, "PersistentVolumeClaim").is_empty());
    let pod = &of_kind(&objects, "Deployment")[0]["spec"]["template"]["spec"];
    assert_eq!(pod["volumes"][0]["persistentVolumeClaim"]["claimName"], "mine");
}

#[test]
fn values_that_cannot_be_meant_are_refused() {
    for (set, named) in [
        ("authority=everyone", "authority"),
        ("replicas=2", "replicas"),
        ("image.repository=", "repository"),
        ("impersonate.groups={system:masters}", "groups"),
        ("namespaces={Shop}", "namespaces"),
        ("retentionDays=-1", "retentionDays"),
        ("database.size=lots", "size"),
        ("publicUrl=rollcall.example.org", "publicUrl"),
        ("service.port=0", "port"),
        ("commands.visits=cat", "commands"),
        ("podLogs=maybe", "podLogs"),
    ] {
        let refusal = render("panel", &[set]).expect_err(set);
        assert!(refusal.contains(named), "{set}: {refusal}");
    }
}

#[test]
fn the_notes_say_what_is_missing() {
    let notes = |set: &[&str]| {
        let output = helm(&["install", "--dry-run=client", "rollcall"], "panel-notes", set);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let text = String::from_utf8(output.stdout).unwrap();
        text.split_once("NOTES:").unwrap().1.to_owned()
    };
    assert!(notes(&[]).contains("act as nobody yet"));
    assert!(notes(&["impersonate.users={alice}"]).contains("these users: alice; groups: none"));
    assert!(notes(&["authority=direct"]).contains("rights of its account"));
    assert!(
        notes(&["publicUrl=https://rollcall.example.org"]).contains("https://rollcall.example.org")
    );
}
