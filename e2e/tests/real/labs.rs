//! The five lab sets: at each step of their stories what the panel says equals a table and kubectl's own view.

use std::time::Duration;

use anyhow::{Context, Result};
use e2e::labs::manifest;
use e2e::{Client, Panel, PanelOptions, namespace, plane};
use model::network;
use model::status::StatusKind;
use model::wire::SetDetail;
use serde_json::json;

fn start(ns: &str) -> Result<(Panel, Client)> {
    namespace(plane(), ns);
    let panel = Panel::start(plane(), PanelOptions::default())?;
    let client = panel.user("ada", "operator")?;
    Ok((panel, client))
}

/// `pod → revision → claims` as the panel has it.
fn table(detail: &SetDetail) -> Vec<String> {
    let f = &detail.facts;
    f.pods
        .iter()
        .map(|p| {
            let (ready, all) = p.ready_containers();
            format!(
                "{} {} {ready}/{all} {}",
                p.name,
                f.revision_label(&p.revision),
                p.claims.join(",")
            )
        })
        .collect()
}

/// The same pods and claims as kubectl lists them.
fn agrees_with_kubectl(ns: &str, detail: &SetDetail) -> Result<()> {
    let pods = plane().kubectl(
        "admin",
        &["-n", ns, "get", "pods", "--sort-by=.metadata.name", "-o",
          "jsonpath={range .items[*]}{.metadata.name} {.metadata.labels.controller-revision-hash} {.spec.volumes[*].persistentVolumeClaim.claimName}{\"\\n\"}{end}"],
    )?;
    let ours: Vec<String> = detail
        .facts
        .pods
        .iter()
        .map(|p| format!("{} {} {}", p.name, p.revision, p.claims.join(" ")))
        .collect();
    assert_eq!(pods.trim().lines().map(str::trim).collect::<Vec<_>>(), ours);
    let claims = plane().kubectl(
        "admin",
        &["-n", ns, "get", "pvc", "--sort-by=.metadata.name", "-o",
          "jsonpath={range .items[*]}{.metadata.name} {.status.phase} {.status.capacity.storage}{\"\\n\"}{end}"],
    )?;
    let ours: Vec<String> = detail
        .facts
        .claims
        .iter()
        .map(|c| format!("{} {:?} {}", c.name, c.phase, c.capacity.as_deref().unwrap_or_default()))
        .collect();
    assert_eq!(claims.trim().lines().map(str::trim).collect::<Vec<_>>(), ours);
    Ok(())
}

#[test]
fn python_app_moves_its_partition_from_one_to_zero() -> Result<()> {
    let ns = "lab-python-app";
    let (_panel, client) = start(ns)?;
    plane().apply("admin", ns, manifest("python-app"))?;
    let fresh = client.wait_status(ns, "python-app", StatusKind::Settled)?;
    assert_eq!(
        table(&fresh),
        [
            "python-app-0 r1 1/1 python-app-pvc-python-app-0",
            "python-app-1 r1 1/1 python-app-pvc-python-app-1",
            "python-app-2 r1 1/1 python-app-pvc-python-app-2",
        ]
    );
    agrees_with_kubectl(ns, &fresh)?;
    let new = json!({"action": "setImage", "images": [{"container": "python-app", "image": "registry.example/python-watch:v2"}]});
    assert_eq!(client.act(ns, "python-app", new)?.status, 200);
    let held = client.wait_row(ns, "python-app", "held", |r| {
        r.status.sentence == "python-app-1 and python-app-2 run r2. python-app-0 stays on r1 until someone advances."
    })?;
    agrees_with_kubectl(ns, &held)?;
    let changes = held.changes.context("the difference")?;
    assert_eq!(changes.len(), 1);
    assert_eq!(changes[0].sentence, "Container python-app changes image from latest to v2.");
    assert_eq!(
        client.act(ns, "python-app", json!({"action": "setPartition", "partition": 0}))?.status,
        200
    );
    let done = client.wait_row(ns, "python-app", "settled", |r| {
        r.status.sentence == "All 3 pods run r2 and are Ready."
    })?;
    assert_eq!(done.facts.set.managed_by.as_ref().map(|m| m.tool.as_str()), Some("Helm"));
    assert!(
        network::checks(&done.facts)
            .iter()
            .any(|c| !c.ok && c.sentence.contains("has a cluster IP"))
    );
    agrees_with_kubectl(ns, &done)
}

#[test]
fn web_app_has_two_containers_and_pod_zero_gets_its_claim_back() -> Result<()> {
    let ns = "lab-web-app";
    let (_panel, client) = start(ns)?;
    plane().apply("admin", ns, manifest("web-app"))?;
    let fresh = client.wait_status(ns, "web-app", StatusKind::Settled)?;
    assert_eq!(
        table(&fresh),
        ["web-app-0 r1 2/2 web-app-vol-web-app-0", "web-app-1 r1 2/2 web-app-vol-web-app-1",]
    );
    agrees_with_kubectl(ns, &fresh)?;
    let before = fresh.facts.pod_at(0).context("web-app-0")?.clone();
    let claim = fresh.facts.claims[0].clone();
    plane().kubectl("admin", &["-n", ns, "delete", "pod", "web-app-0"])?;
    let back = harness::wait_until("web-app-0 back", Duration::from_secs(40), || {
        let d = client.set(ns, "web-app")?.context("the set")?;
        let up = d.facts.pod_at(0).is_some_and(|p| p.uid != before.uid && p.is_up());
        Ok((up && d.row.status.kind == StatusKind::Settled).then_some(d))
    })?;
    assert_eq!(table(&back), table(&fresh));
    assert_eq!(back.facts.claims[0], claim, "the same claim, not a new one of that name");
    assert!(
        back.facts.claims[0].created < back.facts.pods[0].created,
        "the claim is older than its pod"
    );
    assert!(network::checks(&back.facts).iter().all(|c| c.ok));
    assert_eq!(
        network::pod_name(&back.facts, 1).as_deref(),
        Some("web-app-1.web-app.lab-web-app.svc")
    );
    agrees_with_kubectl(ns, &back)
}

#[test]
fn app_kotlin_changes_only_when_its_pods_are_deleted() -> Result<()> {
    let ns = "lab-kotlin";
    let (_panel, client) = start(ns)?;
    let name = "app-kotlin-release";
    plane().apply("admin", ns, manifest(name))?;
    client.wait_status(ns, name, StatusKind::Settled)?;
    let new = json!({"action": "setImage", "images": [{"container": "app-kotlin", "image": "registry.example/app-kotlin:2.0"}]});
    assert_eq!(client.act(ns, name, new)?.status, 200);
    let pending = client.wait_row(ns, name, "pending", |r| {
        r.status.sentence == "app-kotlin-release-0 and app-kotlin-release-1 still run r1 and change only when they are deleted."
    })?;
    agrees_with_kubectl(ns, &pending)?;
    for ordinal in [1, 0] {
        let detail = client.set(ns, name)?.context("the set")?;
        let pod = detail.facts.pod_at(ordinal).context("the pod")?.clone();
        let delete = json!({"action": "deletePod", "pod": pod.name, "uid": pod.uid});
        assert_eq!(client.act(ns, name, delete)?.status, 200);
        harness::wait_until("the pod is back on r2", Duration::from_secs(40), || {
            let d = client.set(ns, name)?.context("the set")?;
            Ok(d.facts.pod_at(ordinal).is_some_and(|p| p.uid != pod.uid && p.is_up()).then_some(()))
        })?;
    }
    let done = client.wait_row(ns, name, "settled by its pods", |r| {
        r.status.sentence == "Both pods run r2 and are Ready."
    })?;
    agrees_with_kubectl(ns, &done)
}

#[test]
fn python_time_is_told_why_its_names_cannot_resolve() -> Result<()> {
    let ns = "lab-time";
    let (_panel, client) = start(ns)?;
    plane().apply("admin", ns, manifest("python-time"))?;
    let fresh = client.wait_status(ns, "python-time", StatusKind::Settled)?;
    let checks = network::checks(&fresh.facts);
    assert_eq!(
        checks[0].sentence,
        "Names such as python-time-0.python-time do not resolve: the set names no governing Service (spec.serviceName is empty)."
    );
    assert!(
        checks[1].sentence.contains("Service python-time selects the pods, but has a cluster IP")
    );
    assert_eq!(network::pod_name(&fresh.facts, 1), None);
    agrees_with_kubectl(ns, &fresh)
}

#[test]
fn my_web_app_starts_in_parallel_and_slowly() -> Result<()> {
    let ns = "lab-parallel";
    let (_panel, client) = start(ns)?;
    // The minute of its probes, played as a start-up delay of some seconds.
    let slow = manifest("my-web-app-web-apps")
        .replace("python-web-app:latest", "python-web-app:latest-slow-4s");
    plane().apply("admin", ns, &slow)?;
    let both = client.wait_row(ns, "my-web-app-web-apps", "both are starting", |r| {
        r.strip == "CC" && r.status.kind == StatusKind::Scaling
    })?;
    assert_eq!(both.row.status.done, 0);
    let done = client.wait_row(ns, "my-web-app-web-apps", "settled", |r| {
        r.status.sentence == "Both pods run r1 and are Ready."
    })?;
    assert!(network::checks(&done.facts).iter().all(|c| c.ok));
    agrees_with_kubectl(ns, &done)
}
