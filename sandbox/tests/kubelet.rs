//! What the pretend kubelet and the storage make of images, annotations and storage classes.

#![expect(clippy::unwrap_used, reason = "what is not there fails the test")]

use std::time::Duration;

use sandbox::{Clock, Kind, Options, Sandbox};
use serde_json::{Value, json};

fn sandbox() -> Sandbox {
    let clock = Clock::manual("2026-01-01T00:00:00Z".parse().unwrap());
    Sandbox::new(Options { clock, ..Options::default() })
}

fn set(sandbox: &Sandbox, image: &str, class: &str) {
    let class =
        if class.is_empty() { String::new() } else { format!("storageClassName: {class}, ") };
    let yaml = format!(
        "apiVersion: apps/v1\nkind: StatefulSet\nmetadata: {{ name: web }}\nspec:\n  replicas: 2\n  podManagementPolicy: Parallel\n  selector: {{ matchLabels: {{ app: web }} }}\n  template:\n    metadata: {{ labels: {{ app: web }} }}\n    spec: {{ containers: [{{ name: app, image: \"registry.example/app:{image}\", volumeMounts: [{{ name: data, mountPath: /data }}] }}] }}\n  volumeClaimTemplates: [{{ metadata: {{ name: data }}, spec: {{ {class}accessModes: [ReadWriteOnce], resources: {{ requests: {{ storage: 1Gi }} }} }} }}]\n"
    );
    sandbox.create("shop", &yaml, "test").unwrap();
}

fn pod(sandbox: &Sandbox, name: &str) -> Value {
    sandbox.get(Kind::Pod, "shop", name).unwrap()
}

fn is_ready(pod: &Value) -> bool {
    let conditions = pod["status"]["conditions"].as_array().unwrap();
    conditions.iter().any(|c| c["type"] == "Ready" && c["status"] == "True")
}

fn reasons(sandbox: &Sandbox, about: &str) -> Vec<String> {
    let events = sandbox.list(Kind::Event, "shop");
    let about = events.iter().filter(|e| e["involvedObject"]["name"] == *about);
    about.map(|e| e["reason"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn a_slow_pod_is_ready_after_its_time_and_not_before() {
    let sandbox = sandbox();
    set(&sandbox, "v1-slow-60s", "");
    sandbox.advance(Duration::from_secs(50));
    assert_eq!(pod(&sandbox, "web-0")["status"]["phase"], "Running");
    assert!(!is_ready(&pod(&sandbox, "web-0")));
    sandbox.advance(Duration::from_secs(15));
    assert!(is_ready(&pod(&sandbox, "web-0")));
}

#[test]
fn one_ordinal_crashes_and_says_so_and_the_other_runs() {
    let sandbox = sandbox();
    set(&sandbox, "v1-oom-1", "");
    sandbox.advance(Duration::from_secs(20));
    let (fine, sick) = (pod(&sandbox, "web-0"), pod(&sandbox, "web-1"));
    assert!(is_ready(&fine) && !is_ready(&sick));
    let status = &sick["status"]["containerStatuses"][0];
    assert!(status["restartCount"].as_i64().unwrap() >= 2, "{status}");
    assert_eq!(status["lastState"]["terminated"]["exitCode"], 137);
    assert_eq!(status["lastState"]["terminated"]["reason"], "OOMKilled");
    assert!(reasons(&sandbox, "web-1").contains(&"BackOff".to_owned()));
}

#[test]
fn an_image_that_cannot_be_pulled_keeps_the_pod_pending() {
    let sandbox = sandbox();
    set(&sandbox, "v1-pull", "");
    sandbox.advance(Duration::from_secs(5));
    let pod = pod(&sandbox, "web-0");
    assert_eq!(pod["status"]["phase"], "Pending");
    let waiting = &pod["status"]["containerStatuses"][0]["state"]["waiting"];
    assert_eq!(waiting["reason"], "ImagePullBackOff");
}

#[test]
fn a_claim_that_nobody_binds_keeps_its_pod_unscheduled() {
    let sandbox = sandbox();
    set(&sandbox, "v1", "nobody");
    sandbox.advance(Duration::from_secs(30));
    let pod = pod(&sandbox, "web-0");
    assert!(pod["spec"]["nodeName"].is_null());
    let scheduled = &pod["status"]["conditions"][0];
    assert_eq!(
        (&scheduled["reason"], &scheduled["status"]),
        (&json!("Unschedulable"), &json!("False"))
    );
    assert!(reasons(&sandbox, "web-0").contains(&"FailedScheduling".to_owned()));
}

#[test]
fn claims_grow_never_grow_fail_to_grow_or_may_not() {
    let grown = |class: &str| {
        let sandbox = sandbox();
        set(&sandbox, "v1", class);
        sandbox.advance(Duration::from_secs(10));
        let larger = json!({"spec": {"resources": {"requests": {"storage": "2Gi"}}}});
        let answer = sandbox.patch(Kind::Claim, "shop", "data-web-0", &larger, "test");
        sandbox.advance(Duration::from_secs(10));
        let claim = sandbox.get(Kind::Claim, "shop", "data-web-0").unwrap();
        let conditions = claim["status"]["conditions"].as_array().cloned().unwrap_or_default();
        let types: Vec<String> =
            conditions.iter().map(|c| c["type"].as_str().unwrap().to_owned()).collect();
        let capacity = claim["status"]["capacity"]["storage"].as_str().unwrap().to_owned();
        (answer.map(drop).map_err(|r| r.code), capacity, types)
    };
    assert_eq!(grown(""), (Ok(()), "2Gi".into(), vec![]));
    assert_eq!(grown("never-grows"), (Ok(()), "1Gi".into(), vec!["Resizing".into()]));
    let failed = vec!["Resizing".into(), "ControllerResizeError".into()];
    assert_eq!(grown("fails-to-grow"), (Ok(()), "1Gi".into(), failed));
    assert_eq!(grown("fixed-size"), (Err(403), "1Gi".into(), vec![]));
}

#[test]
fn a_finalizer_holds_a_pod_and_an_annotation_slows_its_end() {
    let sandbox = sandbox();
    set(&sandbox, "v1", "");
    sandbox.advance(Duration::from_secs(10));
    let hold = json!({"metadata": {"finalizers": ["rollcall.test/hold"]}});
    sandbox.patch(Kind::Pod, "shop", "web-1", &hold, "test").unwrap();
    let slow = json!({"metadata": {"annotations": {"rollcall.test/end-after": "20s"}}});
    sandbox.patch(Kind::Pod, "shop", "web-0", &slow, "test").unwrap();
    let uid = |name: &str| pod(&sandbox, name)["metadata"]["uid"].clone();
    let (zero, one) = (uid("web-0"), uid("web-1"));
    sandbox.delete(Kind::Pod, "shop", "web-0").unwrap();
    sandbox.delete(Kind::Pod, "shop", "web-1").unwrap();
    sandbox.advance(Duration::from_secs(15));
    assert_eq!(uid("web-0"), zero, "it takes its time");
    sandbox.advance(Duration::from_mins(1));
    assert_ne!(uid("web-0"), zero);
    assert_eq!(uid("web-1"), one, "a finalizer holds it for ever");
    let free = json!({"metadata": {"finalizers": null}});
    sandbox.patch(Kind::Pod, "shop", "web-1", &free, "test").unwrap();
    sandbox.advance(Duration::from_secs(10));
    assert_ne!(uid("web-1"), one);
}

#[test]
fn a_namespace_goes_with_everything_in_it() {
    let sandbox = sandbox();
    set(&sandbox, "v1", "");
    sandbox.advance(Duration::from_secs(10));
    sandbox.delete(Kind::Namespace, "", "shop").unwrap();
    sandbox.advance(Duration::from_mins(2));
    assert!(sandbox.get(Kind::Namespace, "", "shop").is_none());
    assert!(
        sandbox.list(Kind::Pod, "shop").is_empty() && sandbox.list(Kind::Claim, "shop").is_empty()
    );
    assert!(sandbox.list(Kind::Volume, "").is_empty());
}

/// Claims on their way out make every sync of their set fail, and the controller wait longer from one to the next.
#[test]
fn a_pod_is_counted_as_available_in_time_though_all_syncs_fail() {
    let sandbox = sandbox();
    let claim = "apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: { name: data-web-1 }\nspec: { accessModes: [ReadWriteOnce], resources: { requests: { storage: 1Gi } } }\n";
    sandbox.create("shop", claim, "test").unwrap();
    let hold = json!({"metadata": {"finalizers": ["rollcall.test/hold"]}});
    sandbox.patch(Kind::Claim, "shop", "data-web-1", &hold, "test").unwrap();
    sandbox.delete(Kind::Claim, "shop", "data-web-1").unwrap();
    set(&sandbox, "v1-slow-60s", "");
    let waits = json!({"spec": {"minReadySeconds": 4}});
    sandbox.patch(Kind::Set, "shop", "web", &waits, "test").unwrap();
    let mut ready = 0;
    while ready == 0 || !is_ready(&pod(&sandbox, "web-0")) {
        sandbox.advance(Duration::from_secs(1));
        ready += 1;
    }
    assert!((30..100).contains(&ready), "{ready}");
    let counted = || {
        let set = sandbox.get(Kind::Set, "shop", "web").unwrap();
        set["status"]["availableReplicas"].as_i64().unwrap()
    };
    assert_eq!(counted(), 0);
    sandbox.advance(Duration::from_secs(5));
    assert_eq!(counted(), 1);
    assert!(reasons(&sandbox, "web").contains(&"FailedCreate".to_owned()));
}
