//! The panel stays up, keeps the last facts, says how old they are and why, and recovers by itself; afterwards the index
//! equals a fresh list.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::{Context, Result};
use e2e::stories::set;
use e2e::{Client, Panel, PanelOptions};
use harness::{ControlPlane, Options, wait_until};
use model::path;
use model::status::StatusKind;
use model::wire::{ClusterView, KindState};
use serde_json::Value;

fn cluster(client: &Client) -> Result<ClusterView> {
    client.get(path::CLUSTER)?.parse()
}

fn state(client: &Client, kind: &str) -> Result<(KindState, String)> {
    let view = cluster(client)?;
    let found = view.kinds.into_iter().find(|k| k.kind == kind).context("a kind")?;
    Ok((found.state, found.reason.unwrap_or_default()))
}

fn all_live(client: &Client) -> Result<()> {
    wait_until("all watches are live", Duration::from_secs(40), || {
        let view = cluster(client)?;
        Ok(view.kinds.iter().all(|k| k.state == KindState::Live).then_some(()))
    })
}

/// Pods with uid and revision, claims and revisions, as a fresh list has them and as the panel has them.
fn index_equals_a_fresh_list(plane: &ControlPlane, client: &Client) -> Result<()> {
    let list = |kind: &str| -> Result<BTreeMap<String, String>> {
        let text = plane.kubectl("admin", &["get", kind, "-A", "-o", "json"])?;
        let all: Value = serde_json::from_str(&text)?;
        Ok(all["items"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|o| {
                let m = &o["metadata"];
                let key = format!(
                    "{}/{}",
                    m["namespace"].as_str().unwrap_or(""),
                    m["name"].as_str().unwrap_or("")
                );
                (key, m["uid"].as_str().unwrap_or("").to_owned())
            })
            .collect())
    };
    wait_until("the index equals a fresh list", Duration::from_secs(30), || {
        let mut ours: [BTreeMap<String, String>; 4] = Default::default();
        for row in client.fleet()?.sets {
            let Some(d) = client.set(&row.namespace, &row.name)? else { continue };
            let f = d.facts;
            ours[0].insert(format!("{}/{}", f.set.namespace, f.set.name), f.set.uid);
            ours[1]
                .extend(f.pods.into_iter().map(|p| (format!("{}/{}", p.namespace, p.name), p.uid)));
            ours[2].extend(
                f.claims.into_iter().map(|c| (format!("{}/{}", c.namespace, c.name), c.uid)),
            );
            ours[3].extend(
                f.revisions.into_iter().map(|r| (format!("{}/{}", r.namespace, r.name), r.uid)),
            );
        }
        let theirs = [
            list("statefulsets")?,
            list("pods")?,
            list("persistentvolumeclaims")?,
            list("controllerrevisions")?,
        ];
        Ok((ours == theirs).then_some(()))
    })
}

#[test]
fn the_api_server_is_killed_and_comes_back() -> Result<()> {
    let plane = ControlPlane::start(Options::default())?;
    let panel = Panel::start(&plane, PanelOptions::default())?;
    let client = panel.user("ada", "operator")?;
    plane.apply("admin", "default", &set("web").claims().yaml())?;
    client.wait_status("default", "web", StatusKind::Settled)?;
    plane.kill_api_server()?;
    let reason = wait_until("the watches are known to be lost", Duration::from_secs(20), || {
        let (state, reason) = state(&client, "pods")?;
        Ok((state == KindState::Lost).then_some(reason))
    })?;
    assert!(!reason.is_empty(), "it says why");
    let kept = client.set("default", "web")?.context("the set is kept")?;
    assert_eq!(kept.row.status.sentence, "All 3 pods run r1 and are Ready.");
    let refused =
        client.act("default", "web", serde_json::json!({"action": "scale", "replicas": 4}))?;
    assert_eq!(
        (refused.status, refused.code().as_str()),
        (503, "cluster-unreachable"),
        "{}",
        refused.text
    );
    assert_eq!(client.get("/readyz")?.status, 200, "the panel itself is well");
    plane.start_api_server()?;
    all_live(&client)?;
    plane.kubectl("admin", &["scale", "statefulset/web", "--replicas=2"])?;
    client.wait_row("default", "web", "two pods", |r| {
        r.status.sentence == "Both pods run r1 and are Ready."
    })?;
    index_equals_a_fresh_list(&plane, &client)
}

#[test]
fn a_right_is_withdrawn_and_given_back() -> Result<()> {
    let plane = ControlPlane::start(Options::default())?;
    plane.apply("admin", "default", &set("web").claims().yaml())?;
    let panel = Panel::start(&plane, PanelOptions::default())?;
    let client = panel.user("ada", "viewer")?;
    client.wait_status("default", "web", StatusKind::Settled)?;
    // Every role that gives the panel claims loses them; what they were is kept for later.
    let text = plane.kubectl("admin", &["get", "clusterroles", "-o", "json"])?;
    let roles: Value = serde_json::from_str(&text)?;
    let ours: Vec<Value> = roles["items"]
        .as_array()
        .into_iter()
        .flatten()
        .filter(|r| r["metadata"]["name"].as_str().is_some_and(|n| n.starts_with("rollcall")))
        .cloned()
        .collect();
    assert!(!ours.is_empty());
    for role in &ours {
        let mut less = role.clone();
        for rule in less["rules"].as_array_mut().context("rules")? {
            if let Some(list) = rule["resources"].as_array_mut() {
                list.retain(|r| r != "persistentvolumeclaims");
                if list.is_empty() {
                    list.push(Value::from("configmaps"));
                }
            }
        }
        plane.kubectl_with_input(
            "admin",
            &["replace", "-f", "-"],
            Some(&less.to_string()),
            Duration::from_secs(20),
        )?;
    }
    wait_until("claims are no access", Duration::from_secs(100), || {
        Ok((state(&client, "persistentvolumeclaims")?.0 == KindState::NoAccess).then_some(()))
    })?;
    let hidden = client.set("default", "web")?.context("the set")?;
    assert!(!hidden.facts.readable.claims, "no access, never an empty list");
    for role in &ours {
        let mut again = role.clone();
        again["metadata"]["resourceVersion"] = Value::Null;
        plane.kubectl_with_input(
            "admin",
            &["replace", "-f", "-"],
            Some(&again.to_string()),
            Duration::from_secs(20),
        )?;
    }
    all_live(&client)?;
    index_equals_a_fresh_list(&plane, &client)
}

#[test]
fn the_token_is_rotated_and_the_old_one_forgotten() -> Result<()> {
    let plane = ControlPlane::start(Options::default())?;
    let kubeconfig = plane.rotating_kubeconfig();
    plane.apply("admin", "default", &set("web").yaml())?;
    let panel = Panel::start(
        &plane,
        PanelOptions { kubeconfig: Some(kubeconfig), ..PanelOptions::default() },
    )?;
    let client = panel.user("ada", "viewer")?;
    client.wait_status("default", "web", StatusKind::Settled)?;
    plane.rotate_token()?;
    plane.forget_first_token()?;
    all_live(&client)?;
    plane.kubectl("admin", &["scale", "statefulset/web", "--replicas=1"])?;
    client.wait_row("default", "web", "one pod", |r| {
        r.status.sentence == "web-0 runs r1 and is Ready."
    })?;
    index_equals_a_fresh_list(&plane, &client)
}

#[test]
fn a_position_that_is_too_old_is_listed_anew() -> Result<()> {
    let plane = ControlPlane::start(Options::default())?;
    plane.apply("admin", "default", &set("web").yaml())?;
    let panel = Panel::start(&plane, PanelOptions::default())?;
    let client = panel.user("ada", "viewer")?;
    client.wait_status("default", "web", StatusKind::Settled)?;
    // While the panel is stopped (not killed) the API server forgets where it was: a restart empties its watch cache.
    let pid = nix::unistd::Pid::from_raw(panel.pid().try_into()?);
    nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGSTOP)?;
    plane.kubectl("admin", &["scale", "statefulset/web", "--replicas=5"])?;
    plane.kubectl("admin", &["rollout", "status", "statefulset/web", "--timeout=60s"])?;
    plane.kill_api_server()?;
    plane.start_api_server()?;
    nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGCONT)?;
    all_live(&client)?;
    client.wait_row("default", "web", "five pods", |r| {
        r.status.sentence == "All 5 pods run r1 and are Ready."
    })?;
    index_equals_a_fresh_list(&plane, &client)
}
