//! `kube::Client` before the sandbox, without a socket.

#![expect(clippy::unwrap_used, reason = "what is not there fails the test")]

use std::time::Duration;

use futures::{StreamExt as _, TryStreamExt as _, pin_mut};
use k8s_openapi::api::apps::v1::{ControllerRevision, StatefulSet};
use k8s_openapi::api::core::v1::{PersistentVolumeClaim, Pod};
use kube::api::{
    AttachParams, DeleteParams, ListParams, Patch, PatchParams, PostParams, Preconditions,
    WatchEvent, WatchParams,
};
use kube::{Api, Client, ResourceExt};
use sandbox::{Clock, Kind, Options, Sandbox, Seed, User};
use serde_json::json;
use tokio::io::AsyncReadExt as _;

fn sandbox() -> Sandbox {
    let clock = Clock::manual("2026-01-01T00:00:00Z".parse().unwrap());
    Sandbox::new(Options { clock, ..Options::default() })
}

fn client(sandbox: &Sandbox) -> Client {
    Client::new(sandbox.service(User::admin()), "shop")
}

fn web(replicas: u32) -> StatefulSet {
    serde_json::from_value(json!({
        "metadata": {"name": "web"},
        "spec": {
            "replicas": replicas, "serviceName": "web", "selector": {"matchLabels": {"app": "web"}},
            "template": {"metadata": {"labels": {"app": "web"}},
                "spec": {"containers": [{"name": "app", "image": "registry.example/app:1.0",
                    "volumeMounts": [{"name": "data", "mountPath": "/data"}]}]}},
            "volumeClaimTemplates": [{"metadata": {"name": "data"}, "spec": {
                "accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}}],
        },
    }))
    .unwrap()
}

async fn settled(sandbox: &Sandbox, replicas: u32) -> Api<StatefulSet> {
    let sets = Api::default_namespaced(client(sandbox));
    sets.create(&PostParams::default(), &web(replicas)).await.unwrap();
    sandbox.advance(Duration::from_mins(1));
    sets
}

#[tokio::test]
async fn a_set_comes_up_and_every_change_is_watched_in_order() {
    let sandbox = sandbox();
    let pods: Api<Pod> = Api::default_namespaced(client(&sandbox));
    let from = pods.list(&ListParams::default()).await.unwrap().metadata.resource_version.unwrap();
    let sets = settled(&sandbox, 2).await;
    let set = sets.get("web").await.unwrap();
    let status = set.status.unwrap();
    assert_eq!((status.ready_replicas, status.observed_generation), (Some(2), Some(1)));
    let events = pods.watch(&WatchParams::default(), &from).await.unwrap();
    pin_mut!(events);
    let mut seen = Vec::new();
    let mut last = 0;
    while seen.iter().filter(|s| **s == "web-1 Ready").count() == 0 {
        let event = events.next().await.unwrap().unwrap();
        let (WatchEvent::Added(pod) | WatchEvent::Modified(pod)) = event else {
            panic!("{event:?}")
        };
        let version: u64 = pod.resource_version().unwrap().parse().unwrap();
        assert!(version > last, "versions rise");
        last = version;
        let ready = pod.status.iter().flat_map(|s| s.conditions.iter().flatten());
        if ready.clone().any(|c| c.type_ == "Ready" && c.status == "True") {
            seen.push(format!("{} Ready", pod.name_any()));
        } else if seen.last() != Some(&pod.name_any()) {
            seen.push(pod.name_any());
        }
    }
    assert_eq!(seen, ["web-0", "web-0 Ready", "web-1", "web-1 Ready"]);
}

#[tokio::test]
async fn patches_are_refused_for_what_they_test_and_conflict_for_what_they_name() {
    let sandbox = sandbox();
    let sets = settled(&sandbox, 1).await;
    let refused = |patch: serde_json::Value| {
        let sets = sets.clone();
        async move {
            let patch: Patch<()> = Patch::Json(serde_json::from_value(patch).unwrap());
            match sets.patch("web", &PatchParams::default(), &patch).await {
                Err(kube::Error::Api(status)) => status.code,
                other => panic!("{other:?}"),
            }
        }
    };
    assert_eq!(
        refused(json!([{"op": "test", "path": "/metadata/generation", "value": 7}])).await,
        422
    );
    let merge = |patch: serde_json::Value| {
        let sets = sets.clone();
        async move { sets.patch("web", &PatchParams::default(), &Patch::Merge(patch)).await }
    };
    let stale = merge(json!({"metadata": {"resourceVersion": "1"}, "spec": {"replicas": 2}})).await;
    assert!(matches!(&stale, Err(kube::Error::Api(s)) if s.code == 409), "{stale:?}");
    let foreign = merge(json!({"metadata": {"uid": "somebody-else"}})).await;
    assert!(matches!(&foreign, Err(kube::Error::Api(s)) if s.code == 422), "{foreign:?}");
    let dry = PatchParams { dry_run: true, ..PatchParams::default() };
    let patch = Patch::Merge(json!({"spec": {"replicas": 5}}));
    let answer = sets.patch("web", &dry, &patch).await.unwrap();
    assert_eq!(answer.spec.replicas, Some(5));
    assert_eq!(sets.get("web").await.unwrap().spec.replicas, Some(1), "nothing is stored");
    // A label makes no new generation, a change of the spec does.
    let labelled = merge(json!({"metadata": {"labels": {"a": "b"}}})).await.unwrap();
    assert_eq!(labelled.metadata.generation, Some(1));
    let scaled = merge(json!({"spec": {"replicas": 2}})).await.unwrap();
    assert_eq!(scaled.metadata.generation, Some(2));
}

#[tokio::test]
async fn a_pod_is_deleted_only_with_its_uid_and_comes_back_on_its_claim() {
    let sandbox = sandbox();
    settled(&sandbox, 2).await;
    let pods: Api<Pod> = Api::default_namespaced(client(&sandbox));
    let claims: Api<PersistentVolumeClaim> = Api::default_namespaced(client(&sandbox));
    let (pod, claim) = (pods.get("web-1").await.unwrap(), claims.get("data-web-1").await.unwrap());
    let only = |uid: Option<String>| {
        DeleteParams::default().preconditions(Preconditions { uid, resource_version: None })
    };
    let wrong = pods.delete("web-1", &only(Some("another".to_owned()))).await;
    assert!(
        matches!(&wrong, Err(kube::Error::Api(s)) if s.code == 409 && s.message.contains("does not match the UID")),
        "{wrong:?}"
    );
    pods.delete("web-1", &only(pod.uid())).await.unwrap();
    assert!(
        pods.get("web-1").await.unwrap().metadata.deletion_timestamp.is_some(),
        "it takes its time"
    );
    sandbox.advance(Duration::from_secs(30));
    assert_ne!(pods.get("web-1").await.unwrap().uid(), pod.uid());
    assert_eq!(claims.get("data-web-1").await.unwrap().uid(), claim.uid());
}

#[tokio::test]
async fn lists_come_in_pages_and_old_positions_are_gone() {
    let sandbox = sandbox();
    settled(&sandbox, 5).await;
    let pods: Api<Pod> = Api::default_namespaced(client(&sandbox));
    let mut params = ListParams::default().limit(2);
    let mut names = Vec::new();
    loop {
        let page = pods.list(&params).await.unwrap();
        names.extend(page.items.iter().map(ResourceExt::name_any));
        match page.metadata.continue_ {
            Some(token) => params = params.continue_token(&token),
            None => break,
        }
    }
    assert_eq!(names, ["web-0", "web-1", "web-2", "web-3", "web-4"]);
    let some =
        pods.list(&ListParams::default().labels("apps.kubernetes.io/pod-index in (1,3)")).await;
    assert_eq!(some.unwrap().items.len(), 2);
    sandbox.compact();
    let events = pods.watch(&WatchParams::default(), "1").await.unwrap();
    let all: Result<Vec<_>, _> = events.try_collect().await;
    let gone = match &all {
        Ok(events) => matches!(&events[..], [WatchEvent::Error(s)] if s.code == 410),
        Err(kube::Error::Api(s)) => s.code == 410,
        Err(_) => false,
    };
    assert!(gone, "{all:?}");
}

#[tokio::test]
async fn a_set_that_is_orphaned_leaves_its_pods_and_a_new_one_adopts_them() {
    let sandbox = sandbox();
    let sets = settled(&sandbox, 2).await;
    let before = sandbox.list(Kind::Pod, "shop");
    sets.delete("web", &DeleteParams::orphan()).await.unwrap();
    sandbox.advance(Duration::from_secs(5));
    assert!(sets.get_opt("web").await.unwrap().is_none());
    assert_eq!(sandbox.list(Kind::Pod, "shop").len(), 2);
    sets.create(&PostParams::default(), &web(2)).await.unwrap();
    sandbox.advance(Duration::from_secs(30));
    let uids = |pods: &[serde_json::Value]| -> Vec<String> {
        pods.iter().map(|p| p["metadata"]["uid"].to_string()).collect()
    };
    assert_eq!(uids(&sandbox.list(Kind::Pod, "shop")), uids(&before));
    let revisions: Api<ControllerRevision> = Api::default_namespaced(client(&sandbox));
    assert_eq!(revisions.list(&ListParams::default()).await.unwrap().items.len(), 1);
    // Now with its pods.
    sets.delete("web", &DeleteParams::background()).await.unwrap();
    sandbox.advance(Duration::from_mins(1));
    assert_eq!(sandbox.list(Kind::Pod, "shop").len(), 0);
    assert_eq!(sandbox.list(Kind::Claim, "shop").len(), 2, "claims stay by default");
}

#[tokio::test]
async fn seeded_sets_are_settled_and_roll_like_others() {
    let sandbox = sandbox();
    let seed = Seed { namespaces: 2, sets: 4, replicas: 3, claims: true, ..Seed::default() };
    sandbox.seed(&seed).unwrap();
    sandbox.settle();
    assert_eq!(sandbox.list(Kind::Pod, "").len(), 12);
    let before = sandbox.version();
    sandbox.advance(Duration::from_secs(5));
    assert!(
        sandbox.changes(&[Kind::Set, Kind::Pod, Kind::Revision], before).unwrap().is_empty(),
        "they are at rest"
    );
    let sets: Api<StatefulSet> = Api::namespaced(client(&sandbox), "team-00");
    let patch = json!({"spec": {"template": {"metadata": {"annotations": {"a": "b"}}}}});
    sets.patch("set-0000", &PatchParams::default(), &Patch::Merge(patch)).await.unwrap();
    sandbox.advance(Duration::from_mins(1));
    let status = sets.get("set-0000").await.unwrap().status.unwrap();
    assert_eq!((status.updated_replicas, status.ready_replicas), (Some(3), Some(3)));
    assert_eq!(status.current_revision, status.update_revision);
}

#[tokio::test]
async fn a_command_runs_in_a_pod_without_a_socket_and_only_for_those_who_may() {
    let sandbox = sandbox();
    settled(&sandbox, 2).await;
    let pods: Api<Pod> = Api::default_namespaced(client(&sandbox));
    let run = async |argv: &[&str]| {
        let argv: Vec<String> = argv.iter().map(|&a| a.to_owned()).collect();
        let mut process = pods.exec("web-0", argv, &AttachParams::default()).await.unwrap();
        let status = process.take_status().unwrap();
        let mut out = String::new();
        process.stdout().unwrap().read_to_string(&mut out).await.unwrap();
        (out, status.await.unwrap())
    };
    let (out, status) = run(&["cat", "/data/visits"]).await;
    assert_eq!((out.as_str(), status.status.as_deref()), ("1\n", Some("Success")));
    let (_, status) = run(&["false"]).await;
    let causes = status.details.unwrap().causes.unwrap();
    assert_eq!(causes[0].message.as_deref(), Some("1"));
    let nobody = Client::new(sandbox.service(User::new("nobody", &[])), "shop");
    let pods: Api<Pod> = Api::default_namespaced(nobody);
    let refused = pods.exec("web-0", ["true"], &AttachParams::default()).await;
    let Err(kube::Error::Api(refused)) = refused else { panic!("it was not refused") };
    assert_eq!(refused.code, 403);
}
