//! Abort, roll back and maxUnavailable on the real controller, and that what was foretold is what happens.

use std::time::Duration;

use anyhow::{Context, Result};
use e2e::stories::set;
use e2e::{Client, Panel, PanelOptions, namespace, plane};
use harness::{ControlPlane, Options};
use model::status::StatusKind;
use model::wire::{ActionResult, EventKind, Outcome, SetDetail};
use serde_json::{Value, json};

use crate::actions::{applied, comparable, shell, spec, start};

fn image(tag: &str, partition: u32) -> Value {
    let images = json!([{"container": "app", "image": format!("registry.example/app:{tag}")}]);
    json!({"action": "setImage", "images": images, "partition": partition})
}

/// The pods at these ordinals, as an abort names them.
fn named(detail: &SetDetail, ordinals: &[u32]) -> Result<Value> {
    let pod = |o: &u32| {
        let pod = detail.facts.pod_at(*o).context("the pod")?;
        Ok(json!({"pod": pod.name, "uid": pod.uid}))
    };
    ordinals.iter().map(pod).collect::<Result<Vec<_>>>().map(Value::Array)
}

/// The pods that run this image, each up.
fn all_run(client: &Client, ns: &str, name: &str, tag: &str) -> Result<()> {
    harness::wait_until(&format!("{name} runs {tag}"), Duration::from_mins(1), || {
        let wide = ["-n", ns, "get", "pods", "-l", &format!("app={name}"), "-o"];
        let path = "jsonpath={range .items[*]}{.spec.containers[0].image} {end}";
        let images = plane().kubectl("admin", &[wide.as_slice(), &[path]].concat())?;
        let up =
            client.set(ns, name)?.context("the set")?.facts.pods.iter().all(model::pod::Pod::is_up);
        let same = images.split_whitespace().all(|i| i.ends_with(&format!(":{tag}")));
        Ok((up && same).then_some(()))
    })
}

/// Revisions by the names of the pods, in the order in which the history has them come back.
fn came_back(client: &Client, ns: &str, name: &str, action: &str) -> Result<Vec<String>> {
    let events = client.history(ns, name)?.events;
    let since = events.iter().rposition(|e| e.action.as_deref() == Some(action));
    let kind = |k: EventKind| move |e: &&model::wire::EventView| e.kind == k;
    let newest = &events[..since.map_or(events.len(), |i| i + 1)];
    Ok(newest
        .iter()
        .rev()
        .filter(kind(EventKind::PodCreated))
        .map(|e| e.sentence.clone())
        .collect())
}

fn deviations(client: &Client, ns: &str, name: &str) -> Result<Vec<String>> {
    let events = client.history(ns, name)?.events;
    Ok(events.into_iter().filter(|e| e.kind == EventKind::Deviation).map(|e| e.sentence).collect())
}

#[test]
fn an_aborted_canary_falls_back_as_foretold_and_as_by_kubectl() -> Result<()> {
    let ns = "back-abort";
    let (_panel, client) = start(ns)?;
    for name in ["one", "twin"] {
        plane().apply("admin", ns, &set(name).replicas(4).yaml())?;
        client.wait_status(ns, name, StatusKind::Settled)?;
        applied(&client.act(ns, name, image("2.0", 2))?)?;
    }
    let held = client.wait_row(ns, "one", "two on the new one", |r| {
        r.status.kind == StatusKind::Held && r.status.done == 2
    })?;
    client.wait_row(ns, "twin", "two on the new one", |r| {
        r.status.kind == StatusKind::Held && r.status.done == 2
    })?;
    let abort = json!({"action": "abort", "pods": named(&held, &[2, 3])?});
    let dry = client.act_with(ns, "one", abort.clone(), "?dryRun=true", &[])?;
    assert_eq!(dry.parse::<ActionResult>()?.outcome, Outcome::DryRun);
    assert_eq!(spec(ns, "one")?["updateStrategy"]["rollingUpdate"]["partition"], 2);
    let result = applied(&client.act(ns, "one", abort)?)?;
    assert_eq!(result.incomplete, None);
    assert_eq!(result.forecast.sentence, "2 pods restart on r1, all at once: one-3, one-2.");
    all_run(&client, ns, "one", "1.0")?;
    let id = result.id.clone().context("an id")?;
    let back = harness::wait_until("both are told", Duration::from_secs(20), || {
        Ok(Some(came_back(&client, ns, "one", &id)?).filter(|b| b.len() == 2))
    })?;
    assert_eq!(back, ["one-2 was created on r1", "one-3 was created on r1"]);
    let twin = result.kubectl.replace(" one", " twin");
    shell(&twin)?;
    assert_eq!(spec(ns, "one")?, comparable(&spec(ns, "twin")?, "one", "twin"), "{twin}");
    all_run(&client, ns, "twin", "1.0")?;
    assert_eq!(deviations(&client, ns, "one")?, Vec::<String>::new());
    Ok(())
}

#[test]
fn the_broken_pod_of_a_roll_is_replaced_by_an_abort() -> Result<()> {
    let ns = "back-broken";
    namespace(plane(), ns);
    let options = PanelOptions { stuck_after: 3, ..PanelOptions::default() };
    let panel = Panel::start(plane(), options)?;
    let client = panel.user("ada", "operator")?;
    plane().apply("admin", ns, &set("web").yaml())?;
    client.wait_status(ns, "web", StatusKind::Settled)?;
    applied(&client.act(ns, "web", image("2.0-crash", 0))?)?;
    let stuck = client.wait_status(ns, "web", StatusKind::Stuck)?;
    let empty = client.act_with(ns, "web", json!({"action": "abort"}), "?dryRun=true", &[])?;
    let empty: ActionResult = empty.parse()?;
    assert!(empty.forecast.steps.is_empty(), "{:?}", empty.forecast);
    let deviation = harness::wait_until("the deviation", Duration::from_secs(20), || {
        Ok(deviations(&client, ns, "web")?.pop())
    })?;
    assert!(
        deviation.starts_with("Foretold: 3 pods restart on r2, one after another: web-2, web-1, web-0. Happened: web-2 is not back yet, then web-2 fails (CrashLoopBackOff)"),
        "{deviation}"
    );
    let abort = json!({"action": "abort", "pods": named(&stuck, &[2])?});
    let result = applied(&client.act(ns, "web", abort)?)?;
    assert_eq!(result.forecast.sentence, "web-2 restarts on r1.");
    assert_eq!((result.forecast.stall, result.incomplete), (None, None));
    all_run(&client, ns, "web", "1.0")?;
    client.wait_status(ns, "web", StatusKind::Held)?;
    assert_eq!(deviations(&client, ns, "web")?.len(), 1, "the abort went as foretold");
    Ok(())
}

#[test]
fn a_roll_back_by_name_reuses_the_revision_as_kubectl_does() -> Result<()> {
    let ns = "back-roll";
    let (_panel, client) = start(ns)?;
    for name in ["one", "twin"] {
        plane().apply("admin", ns, &set(name).yaml())?;
        client.wait_status(ns, name, StatusKind::Settled)?;
        applied(&client.act(ns, name, image("2.0", 0))?)?;
        client.wait_row(ns, name, "rolled", |r| {
            r.status.kind == StatusKind::Settled && r.generation == 2
        })?;
        all_run(&client, ns, name, "2.0")?;
    }
    let seen = client.set(ns, "one")?.context("the set")?;
    let old = seen.facts.revisions.first().context("r1")?.clone();
    let other = json!({"action": "rollBack", "revision": old.name, "hash": "another"});
    let refused = client.act(ns, "one", other)?;
    assert_eq!((refused.status, refused.code().as_str()), (409, "not-now"), "{}", refused.text);
    let unknown = json!({"action": "rollBack", "revision": "one-nothing"});
    let unknown = client.act(ns, "one", unknown)?;
    assert_eq!((unknown.status, unknown.code().as_str()), (404, "no-such-part"));
    let back =
        json!({"action": "rollBack", "revision": old.name, "hash": old.hash, "partition": 1});
    let result = applied(&client.act(ns, "one", back)?)?;
    assert_eq!(result.summary, "rolled back to r1, held before one-0");
    assert_eq!(result.forecast.sentence, "2 pods restart on r3, one after another: one-2, one-1.");
    shell(&result.kubectl.replace("/one", "/twin").replace(" one ", " twin "))?;
    assert_eq!(spec(ns, "one")?, comparable(&spec(ns, "twin")?, "one", "twin"));
    let held = client.wait_row(ns, "one", "two are back", |r| {
        r.status.kind == StatusKind::Held && r.status.done == 2
    })?;
    let reused = held.facts.revision(&old.name).context("it is still there")?;
    assert_eq!((reused.number, &held.facts.set.status.update_revision), (3, &old.name));
    assert_eq!(deviations(&client, ns, "one")?, Vec::<String>::new());
    Ok(())
}

#[test]
fn an_image_that_is_set_back_restarts_only_the_pods_that_left_it() -> Result<()> {
    let ns = "back-image";
    let (_panel, client) = start(ns)?;
    plane().apply("admin", ns, &set("web").yaml())?;
    let first = client.wait_status(ns, "web", StatusKind::Settled)?;
    applied(&client.act(ns, "web", image("2.0", 1))?)?;
    client.wait_row(ns, "web", "two are rolled", |r| {
        r.status.kind == StatusKind::Held && r.status.done == 2
    })?;
    let uid = |seen: &SetDetail, ordinal| seen.facts.pod_at(ordinal).map(|p| p.uid.clone());
    let asked = client.act_with(ns, "web", image("1.0", 0), "?dryRun=true", &[])?;
    let back = applied(&client.act(ns, "web", image("1.0", 0))?)?;
    assert_eq!(asked.parse::<ActionResult>()?.forecast, back.forecast);
    assert_eq!(back.forecast.sentence, "2 pods restart on r3, one after another: web-2, web-1.");
    assert_eq!(
        back.forecast.stays,
        "web-0 keeps running as it is. r1 comes back as r3: numbers only rise."
    );
    let end = client.wait_row(ns, "web", "all are back", |r| {
        r.status.kind == StatusKind::Settled && r.generation == 3
    })?;
    all_run(&client, ns, "web", "1.0")?;
    assert_eq!((uid(&end, 0), end.facts.revisions.len()), (uid(&first, 0), 2));
    assert_ne!(uid(&end, 1), uid(&first, 1));
    assert_eq!(deviations(&client, ns, "web")?, Vec::<String>::new());
    Ok(())
}

#[test]
fn a_revision_that_kubernetes_has_forgotten_is_rolled_back_to_all_the_same() -> Result<()> {
    let ns = "back-forgotten";
    let (_panel, client) = start(ns)?;
    let yaml = set("web").replicas(2).spec("revisionHistoryLimit: 0").yaml();
    let secret = "containers: [{ name: app, env: [{ name: TOKEN, value: s3cret }], image:";
    plane().apply("admin", ns, &yaml.replace("containers: [{ name: app, image:", secret))?;
    let first = client.wait_status(ns, "web", StatusKind::Settled)?;
    let old = first.facts.revisions[0].clone();
    let before = spec(ns, "web")?["template"].clone();
    applied(&client.act(ns, "web", image("2.0", 0))?)?;
    harness::wait_until("it is forgotten", Duration::from_mins(1), || {
        let detail = client.set(ns, "web")?.context("the set")?;
        let gone = detail.facts.revision(&old.name).is_none();
        Ok((gone && detail.row.status.kind == StatusKind::Settled).then_some(()))
    })?;
    let result =
        applied(&client.act(ns, "web", json!({"action": "rollBack", "revision": old.name}))?)?;
    assert!(result.kubectl.starts_with("# Kubernetes has forgotten"), "{}", result.kubectl);
    let text = serde_json::to_string(&result)?;
    assert!(text.contains("(hidden)") && !text.contains("s3cret"), "{text}");
    assert_eq!(spec(ns, "web")?["template"], before, "the same bytes");
    all_run(&client, ns, "web", "1.0")?;
    let back = client.wait_status(ns, "web", StatusKind::Settled)?;
    assert_eq!(back.facts.set.status.update_revision, old.name, "the name comes from the bytes");
    assert_eq!(deviations(&client, ns, "web")?, Vec::<String>::new());
    Ok(())
}

#[test]
fn max_unavailable_is_refused_where_the_gate_is_off() -> Result<()> {
    let ns = "back-gate";
    let (_panel, client) = start(ns)?;
    plane().apply("admin", ns, &set("web").yaml())?;
    let settled = client.wait_status(ns, "web", StatusKind::Settled)?;
    assert_eq!(settled.facts.kubernetes.map(|v| v.to_string()).as_deref(), Some("1.36.3"));
    let two = json!({"action": "setMaxUnavailable", "maxUnavailable": 2});
    let refused = client.act(ns, "web", two.clone())?;
    assert_eq!((refused.status, refused.code().as_str()), (409, "unsupported"), "{}", refused.text);
    assert!(
        refused.text.contains("is off in this cluster (Kubernetes 1.36.3)"),
        "{}",
        refused.text
    );
    // Without `rollingUpdate` nothing of the set tells it: the API server does, and drops the field.
    let bare = set("bare").strategy("{ type: RollingUpdate }").yaml();
    let create = ["-n", ns, "create", "-f", "-"];
    plane().kubectl_with_input("admin", &create, Some(&bare), Duration::from_secs(20))?;
    client.wait_status(ns, "bare", StatusKind::Settled)?;
    let refused = client.act(ns, "bare", two)?;
    assert_eq!((refused.status, refused.code().as_str()), (409, "unsupported"), "{}", refused.text);
    assert!(refused.text.contains("dropped the field"), "{}", refused.text);
    assert!(spec(ns, "bare")?["updateStrategy"]["rollingUpdate"].is_null());
    Ok(())
}

#[test]
fn max_unavailable_takes_several_pods_at_once_where_the_gate_is_on() -> Result<()> {
    let ns = "back-budget";
    let gate = ("MaxUnavailableStatefulSet".to_owned(), true);
    let plane = ControlPlane::start(Options { feature_gates: vec![gate], ..Options::default() })?;
    namespace(&plane, ns);
    let panel = Panel::start(&plane, PanelOptions::default())?;
    let client = panel.user("ada", "operator")?;
    let parallel = set("web").replicas(5).spec("podManagementPolicy: Parallel");
    plane.apply("admin", ns, &parallel.yaml())?;
    client.wait_status(ns, "web", StatusKind::Settled)?;
    let two = json!({"action": "setMaxUnavailable", "maxUnavailable": "40%"});
    let result = applied(&client.act(ns, "web", two)?)?;
    assert_eq!(
        result.forecast.sentence,
        "No pod restarts. A roll may then take 2 pods down at once."
    );
    let get = ["-n", ns, "get", "sts", "web", "-o"];
    let path = "jsonpath={.spec.updateStrategy.rollingUpdate.maxUnavailable}";
    let stored = plane.kubectl("admin", &[get.as_slice(), &[path]].concat())?;
    assert_eq!(stored.trim(), "40%");
    client.wait_row(ns, "web", "it was seen", |r| {
        r.generation == result.generation && r.status.kind == StatusKind::Settled
    })?;
    let roll = applied(&client.act(ns, "web", image("2.0", 0))?)?;
    assert_eq!(roll.forecast.at_once, 2, "{:?}", roll.forecast);
    client.wait_row(ns, "web", "rolled", |r| {
        r.generation == roll.generation && r.status.kind == StatusKind::Settled
    })?;
    assert_eq!(deviations(&client, ns, "web")?, Vec::<String>::new());
    Ok(())
}
