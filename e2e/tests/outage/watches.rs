//! The panel stays up, keeps the last facts, says how old they are and why, and recovers by itself; afterwards the index
//! equals a fresh list.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use e2e::stories::set;
use e2e::{Client, Panel, PanelOptions};
use harness::{ControlPlane, Options, wait_until};
use model::path;
use model::status::StatusKind;
use model::wire::{ClusterView, EventKind, EventView, KindState};
use serde_json::{Value, json};

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

/// What the panel keeps of an object that an event it missed would have changed, by kind and place.
type Facts = BTreeMap<(&'static str, String), Value>;

const KINDS: [&str; 5] =
    ["statefulsets", "pods", "persistentvolumeclaims", "controllerrevisions", "services"];

fn kept(object: &Value, kind: &str) -> Value {
    let (meta, spec, status) = (&object["metadata"], &object["spec"], &object["status"]);
    let deleting = meta["deletionTimestamp"].is_string();
    let number = |n: &Value| n.as_i64().unwrap_or_default();
    match kind {
        "statefulsets" => json!([
            meta["uid"],
            meta["generation"],
            spec["replicas"],
            number(&spec["updateStrategy"]["rollingUpdate"]["partition"]),
            number(&status["observedGeneration"]),
            number(&status["updatedReplicas"]),
            number(&status["readyReplicas"]),
            status["updateRevision"],
            deleting,
        ]),
        "pods" => {
            let conditions = status["conditions"].as_array();
            let ready = conditions.into_iter().flatten().find(|c| c["type"] == "Ready");
            json!([
                meta["uid"],
                meta["labels"]["controller-revision-hash"],
                status["phase"],
                ready.is_some_and(|c| c["status"] == "True"),
                deleting,
            ])
        }
        "persistentvolumeclaims" => json!([
            meta["uid"],
            status["phase"],
            spec["resources"]["requests"]["storage"],
            status["capacity"]["storage"],
            deleting,
        ]),
        "controllerrevisions" => json!([meta["uid"], object["revision"]]),
        _ => spec["selector"].clone(),
    }
}

/// As a fresh list has them. Of the Services only those by which sets name their pods are the panel's business.
fn listed(plane: &ControlPlane) -> Result<Facts> {
    let mut all = Facts::new();
    let mut governing = BTreeSet::new();
    for kind in KINDS {
        let text = plane.kubectl("admin", &["get", kind, "-A", "-o", "json"])?;
        let list: Value = serde_json::from_str(&text)?;
        for object in list["items"].as_array().into_iter().flatten() {
            let text = |v: &Value| v.as_str().unwrap_or_default().to_owned();
            let namespace = text(&object["metadata"]["namespace"]);
            let place = format!("{namespace}/{}", text(&object["metadata"]["name"]));
            if kind == "statefulsets" {
                governing.insert(format!("{namespace}/{}", text(&object["spec"]["serviceName"])));
            }
            if kind != "services" || governing.contains(&place) {
                all.insert((kind, place), kept(object, kind));
            }
        }
    }
    Ok(all)
}

/// As the panel has them.
fn indexed(client: &Client) -> Result<Facts> {
    let mut all = Facts::new();
    for row in client.fleet()?.sets {
        let Some(detail) = client.set(&row.namespace, &row.name)? else { continue };
        let f = detail.facts;
        let place = |namespace: &str, name: &str| format!("{namespace}/{name}");
        let set = &f.set;
        let fact = json!([
            set.uid,
            set.generation,
            set.replicas,
            set.partition(),
            set.status.observed_generation,
            set.status.updated_replicas,
            set.status.ready_replicas,
            set.status.update_revision,
            set.deleting,
        ]);
        all.insert((KINDS[0], place(&set.namespace, &set.name)), fact);
        for p in &f.pods {
            let phase = format!("{:?}", p.phase);
            let fact = json!([p.uid, p.revision, phase, p.ready, p.deleting.is_some()]);
            all.insert((KINDS[1], place(&p.namespace, &p.name)), fact);
        }
        for c in &f.claims {
            let phase = format!("{:?}", c.phase);
            let fact = json!([c.uid, phase, c.requested, c.capacity, c.deleting]);
            all.insert((KINDS[2], place(&c.namespace, &c.name)), fact);
        }
        for r in &f.revisions {
            all.insert((KINDS[3], place(&r.namespace, &r.name)), json!([r.uid, r.number]));
        }
        for s in &f.services {
            all.insert((KINDS[4], place(&s.namespace, &s.name)), json!(s.selector));
        }
    }
    Ok(all)
}

fn index_equals_a_fresh_list(plane: &ControlPlane, client: &Client) -> Result<()> {
    let mut differ = Vec::new();
    let same = wait_until("the index equals a fresh list", Duration::from_secs(30), || {
        let (ours, theirs) = (indexed(client)?, listed(plane)?);
        assert!(KINDS[..2].iter().chain(&KINDS[3..]).all(|k| theirs.keys().any(|(t, _)| t == k)));
        let keys: BTreeSet<_> = ours.keys().chain(theirs.keys()).cloned().collect();
        differ = keys
            .into_iter()
            .filter(|k| ours.get(k) != theirs.get(k))
            .map(|k| format!("{k:?}: {:?}, and listed {:?}", ours.get(&k), theirs.get(&k)))
            .collect();
        Ok(differ.is_empty().then_some(()))
    });
    same.with_context(|| differ.join("\n"))
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
    plane.await_working()?;
    plane.kubectl("admin", &["scale", "statefulset/web", "--replicas=2"])?;
    client.wait_row("default", "web", "two pods", |r| {
        r.status.sentence == "Both pods run r1 and are Ready."
    })?;
    index_equals_a_fresh_list(&plane, &client)
}

/// Takes the right to these kinds from every role of the panel, and gives back what the roles were.
fn withdraw(plane: &ControlPlane, kinds: &[&str]) -> Result<Vec<Value>> {
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
                list.retain(|r| !kinds.iter().any(|k| r == k));
                if list.is_empty() {
                    list.push(Value::from("configmaps"));
                }
            }
        }
        replace(plane, &less)?;
    }
    Ok(ours)
}

fn replace(plane: &ControlPlane, role: &Value) -> Result<()> {
    let mut role = role.clone();
    role["metadata"]["resourceVersion"] = Value::Null;
    let (args, patience) = (["replace", "-f", "-"], Duration::from_secs(20));
    plane.kubectl_with_input("admin", &args, Some(&role.to_string()), patience)?;
    Ok(())
}

#[test]
fn a_right_is_withdrawn_and_given_back() -> Result<()> {
    let plane = ControlPlane::start(Options::default())?;
    plane.apply("admin", "default", &set("web").claims().yaml())?;
    let panel = Panel::start(&plane, PanelOptions::default())?;
    let client = panel.user("ada", "viewer")?;
    client.wait_status("default", "web", StatusKind::Settled)?;
    let taken = ["statefulsets", "pods", "persistentvolumeclaims"];
    let roles = withdraw(&plane, &taken)?;
    wait_until("the kinds are no access", Duration::from_secs(100), || {
        let mut none = 0;
        for kind in taken {
            none += usize::from(state(&client, kind)?.0 == KindState::NoAccess);
        }
        Ok((none == taken.len()).then_some(()))
    })?;
    let hidden = client.set("default", "web")?.context("the set")?;
    let readable = hidden.facts.readable;
    assert!(!readable.claims && !readable.pods, "no access, never an empty list");
    // Behind its back: another pod in the place of web-1, another partition, one pod more.
    assert_eq!(hidden.facts.pods.len(), 3, "what was known is kept");
    plane.kubectl("admin", &["delete", "pod", "web-1"])?;
    plane.kubectl("admin", &["scale", "statefulset/web", "--replicas=4"])?;
    plane.kubectl("admin", &["rollout", "status", "statefulset/web", "--timeout=60s"])?;
    // Two seconds and less are no gap worth a word.
    let away = Instant::now();
    wait_until("a gap worth a word", Duration::from_secs(20), || {
        Ok((away.elapsed() > Duration::from_secs(4)).then_some(()))
    })?;
    for role in &roles {
        replace(&plane, role)?;
    }
    all_live(&client)?;
    index_equals_a_fresh_list(&plane, &client)?;
    let mut last = None;
    wait_until("the gap is told", Duration::from_secs(20), || {
        let history = client.history("default", "web")?;
        let gap = history.events.iter().any(|e| e.kind == EventKind::Gap);
        let afterwards = |e: &&EventView| e.sentence.ends_with("(while the panel did not look)");
        let pods = history.events.iter().filter(afterwards).any(|e| e.sentence.contains("web-1"));
        last = Some(history);
        Ok((gap && pods).then_some(()))
    })
    .with_context(|| format!("{last:#?}"))
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
    plane.await_working()?;
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
