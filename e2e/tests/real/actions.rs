//! Every action through the API: what it does to the set, its dry run, its kubectl twin, conflicts, idempotency, budgets.

use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result};
use e2e::stories::set;
use e2e::{Answer, Client, Panel, PanelOptions, namespace, plane};
use model::status::StatusKind;
use model::wire::{ActionResult, EventKind, Outcome};
use serde_json::{Value, json};

pub(crate) fn start(ns: &str) -> Result<(Panel, Client)> {
    namespace(plane(), ns);
    let panel = Panel::start(plane(), PanelOptions::default())?;
    let client = panel.user("ada", "operator")?;
    Ok((panel, client))
}

pub(crate) fn spec(ns: &str, name: &str) -> Result<Value> {
    let text = plane().kubectl("admin", &["-n", ns, "get", "statefulset", name, "-o", "json"])?;
    let object: Value = serde_json::from_str(&text)?;
    Ok(object["spec"].clone())
}

/// Runs a command line of the panel's making in a shell in which `kubectl` is that of the control plane.
pub(crate) fn shell(line: &str) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let script = folder.path().join("kubectl");
    std::fs::write(&script, kubectl_script())?;
    let mut mode = std::fs::metadata(&script)?.permissions();
    std::os::unix::fs::PermissionsExt::set_mode(&mut mode, 0o755);
    std::fs::set_permissions(&script, mode)?;
    let path = format!("{}:{}", folder.path().display(), std::env::var("PATH").unwrap_or_default());
    let out = Command::new("sh")
        .args(["-c", line])
        .env("PATH", path)
        .env("KUBECONFIG", plane().kubeconfig("admin"))
        .output()?;
    anyhow::ensure!(out.status.success(), "{line}: {}", String::from_utf8_lossy(&out.stderr));
    Ok(())
}

fn kubectl_script() -> String {
    let binaries = harness::binaries::ensure(&mut |_| {}).expect("built before");
    format!("#!/bin/sh\nexec {} kubectl \"$@\"\n", binaries.control_plane.display())
}

/// The spec without what differs by name.
pub(crate) fn comparable(spec: &Value, name: &str, twin: &str) -> Value {
    serde_json::from_str(&spec.to_string().replace(twin, name)).expect("still JSON")
}

/// The kubectl command of an action on `one`, for `twin`.
fn on_the_twin(result: &ActionResult) -> String {
    result.kubectl.replace("/one", "/twin").replace(" one ", " twin ")
}

/// The set `one` is as an action left it: now its kubectl command does the same to `twin`.
#[track_caller]
fn does_the_same_to_the_twin(ns: &str, result: &ActionResult) -> Result<()> {
    let line = on_the_twin(result);
    assert_ne!(line, result.kubectl, "the command names the set");
    shell(&line)?;
    assert_eq!(spec(ns, "one")?, comparable(&spec(ns, "twin")?, "one", "twin"), "{line}");
    Ok(())
}

pub(crate) fn applied(answer: &Answer) -> Result<ActionResult> {
    assert_eq!(answer.status, 200, "{}", answer.text);
    let result: ActionResult = answer.parse()?;
    assert_eq!(result.outcome, Outcome::Applied);
    Ok(result)
}

#[test]
fn each_action_does_what_its_kubectl_command_does_to_a_twin() -> Result<()> {
    let ns = "act-twin";
    let (_panel, client) = start(ns)?;
    let actions = [
        json!({"action": "setImage", "images": [{"container": "app", "image": "registry.example/app:2.0"}], "partition": 2}),
        json!({"action": "advance"}),
        json!({"action": "setPartition", "partition": 2}),
        json!({"action": "hold"}),
        json!({"action": "finish"}),
        json!({"action": "setImage", "images": [{"container": "app", "image": "registry.example/app:3.0"}]}),
        json!({"action": "restart"}),
        json!({"action": "restart", "partition": 1}),
        json!({"action": "finish"}),
        json!({"action": "scale", "replicas": 4}),
        json!({"action": "switchStrategy", "strategy": "OnDelete"}),
        json!({"action": "switchStrategy", "strategy": "RollingUpdate", "partition": 1}),
        json!({"action": "scale", "replicas": 2}),
    ];
    plane().apply("admin", ns, &set("one").yaml())?;
    plane().apply("admin", ns, &set("twin").yaml())?;
    client.wait_status(ns, "one", StatusKind::Settled)?;
    client.wait_status(ns, "twin", StatusKind::Settled)?;
    for action in actions {
        let rest = |r: &model::wire::SetRow| {
            matches!(r.status.kind, StatusKind::Settled | StatusKind::Held | StatusKind::OnDelete)
                && r.status.total == r.replicas
        };
        let before = client.wait_row(ns, "one", "at rest", rest)?;
        client.wait_row(ns, "twin", "at rest", rest)?;
        let as_it_was = spec(ns, "one")?;
        let dry = client.act_with(ns, "one", action.clone(), "?dryRun=true", &[])?;
        assert_eq!(dry.status, 200, "{action}: {}", dry.text);
        let dry: ActionResult = dry.parse()?;
        assert_eq!((dry.outcome, &dry.id), (Outcome::DryRun, &None));
        assert_eq!(spec(ns, "one")?, as_it_was, "a dry run changes nothing: {action}");
        let still = client.set(ns, "one")?.context("the set")?;
        assert_eq!(still.row.generation, before.row.generation, "a dry run changes nothing");

        let result = applied(&client.act(ns, "one", action.clone())?)?;
        assert_eq!(result.generation, before.row.generation + 1, "{action}");
        assert_ne!(spec(ns, "one")?, as_it_was, "{action} changes something");
        does_the_same_to_the_twin(ns, &result)?;
    }
    let last = client.wait_row(ns, "one", "at rest", |r| r.strip.len() == 2)?;
    let told = client.history(ns, "one")?.events;
    let otherwise: Vec<_> = told.iter().filter(|e| e.kind == EventKind::Deviation).collect();
    assert!(otherwise.is_empty(), "all went as foretold: {otherwise:#?}");
    let finish = client.act_with(ns, "one", json!({"action": "hold"}), "?dryRun=true", &[])?;
    assert_eq!((finish.status, finish.code().as_str()), (409, "nothing-to-do"), "{:?}", last.row);
    Ok(())
}

#[test]
fn containers_and_init_containers_are_changed_together_as_kubectl_does_it() -> Result<()> {
    let ns = "act-many";
    let (_panel, client) = start(ns)?;
    let one = "containers: [{ name: app, image: \"registry.example/app:1.0\" }]";
    let many = "initContainers: [{ name: prep, image: \"registry.example/prep:1.0\" }]
      containers: [{ name: app, image: \"registry.example/app:1.0\" }, { name: side, image: \"registry.example/side:1.0\" }]";
    for name in ["one", "twin"] {
        let yaml = set(name).yaml();
        assert!(yaml.contains(one));
        plane().apply("admin", ns, &yaml.replace(one, many))?;
        client.wait_row(ns, name, "it is known", |_| true)?;
    }
    let images = |tag: &str, partition: Option<u32>| {
        let named = |name: &str| json!({"container": name, "image": format!("registry.example/{name}:{tag}")});
        let mut action =
            json!({"action": "setImage", "images": [named("app"), named("side"), named("prep")]});
        if let Some(partition) = partition {
            action["partition"] = json!(partition);
        }
        action
    };
    for action in [images("2.0", Some(2)), images("3.0", None)] {
        let seen = spec(ns, "one")?;
        let result = applied(&client.act(ns, "one", action)?)?;
        let now = spec(ns, "one")?["template"]["spec"].clone();
        for list in ["containers", "initContainers"] {
            let was = seen["template"]["spec"][list].as_array().context("a list")?.clone();
            for (then, now) in was.iter().zip(now[list].as_array().context("a list")?) {
                assert_ne!(then["image"], now["image"], "{now}");
            }
        }
        does_the_same_to_the_twin(ns, &result)?;
        client.wait_row(ns, "one", "the change was seen", |r| r.generation == result.generation)?;
    }
    Ok(())
}

#[test]
fn hold_stops_a_roll_that_is_under_way() -> Result<()> {
    let ns = "act-hold";
    let (_panel, client) = start(ns)?;
    for name in ["one", "twin"] {
        plane().apply("admin", ns, &set(name).replicas(4).yaml())?;
        client.wait_status(ns, name, StatusKind::Settled)?;
    }
    let slow = json!({"action": "setImage", "images": [{"container": "app", "image": "registry.example/app:2.0-slow-2s"}]});
    let slow = applied(&client.act(ns, "one", slow)?)?;
    client.wait_row(ns, "one", "rolling on one-3", |r| {
        r.status.kind == StatusKind::Rolling && r.strip.ends_with('U')
    })?;
    let hold = client.act(ns, "one", json!({"action": "hold", "reason": "look first"}))?;
    // Only now: the roll does not wait for a shell.
    shell(&on_the_twin(&slow))?;
    does_the_same_to_the_twin(ns, &applied(&hold)?)?;
    let held = client.wait_status(ns, "one", StatusKind::Held)?;
    assert!(held.row.status.done >= 1 && held.row.status.done < 4, "{:?}", held.row.status);
    let by = held.held.context("who holds it")?.by;
    assert_eq!((by.name.as_deref(), by.reason.as_deref()), (Some("ada"), Some("look first")));
    Ok(())
}

/// Waits until another pod stands in the place of this one.
fn another_pod(client: &Client, ns: &str, than: &model::pod::Pod) -> Result<model::pod::Pod> {
    harness::wait_until("another pod", Duration::from_secs(30), || {
        let detail = client.set(ns, "web")?.context("the set")?;
        let successor =
            |p: &&model::pod::Pod| p.name == than.name && p.uid != than.uid && p.is_up();
        Ok(detail.facts.pods.iter().find(successor).cloned())
    })
}

#[test]
fn a_pod_is_deleted_once_by_its_uid_and_its_claim_comes_back() -> Result<()> {
    let ns = "act-delete";
    let (_panel, client) = start(ns)?;
    plane().apply("admin", ns, &set("web").replicas(2).claims().yaml())?;
    let before = client.wait_status(ns, "web", StatusKind::Settled)?;
    let pod = before.facts.pod_at(0).context("web-0")?.clone();
    let claim = before.facts.claims[0].clone();
    let delete = json!({"action": "deletePod", "pod": "web-0", "uid": pod.uid});
    let dry = client.act_with(ns, "web", delete.clone(), "?dryRun=true", &[])?;
    assert_eq!(dry.status, 200, "{}", dry.text);
    let still = client.set(ns, "web")?.context("the set")?;
    assert_eq!(still.facts.pod_at(0).map(|p| (&p.uid, p.deleting)), Some((&pod.uid, None)));
    let deleted = applied(&client.act(ns, "web", delete.clone())?)?;
    let back = client.wait_row(ns, "web", "back", |r| r.strip == "cc")?;
    let after = harness::wait_until("a new web-0", Duration::from_secs(30), || {
        let d = client.set(ns, "web")?.context("the set")?;
        Ok(d.facts.pod_at(0).filter(|p| p.uid != pod.uid && p.is_up()).cloned())
    })?;
    assert_eq!(after.claims, pod.claims);
    assert_eq!(back.facts.claims.iter().find(|c| c.name == claim.name), Some(&claim));
    // The same request again means the pod of before, not its successor.
    let again = client.act(ns, "web", delete)?;
    assert_eq!((again.status, again.code().as_str()), (409, "not-now"), "{}", again.text);
    shell(&deleted.kubectl)?;
    another_pod(&client, ns, &after)?;
    let history = client.history(ns, "web")?;
    assert!(
        history.events.iter().any(|e| e.sentence.contains("deleted web-0")
            && e.actor.as_ref().is_some_and(|a| a.name.as_deref() == Some("ada"))),
        "{:#?}",
        history.events
    );
    Ok(())
}

#[test]
fn an_eviction_that_a_budget_forbids_is_answered_at_once_as_what_it_is() -> Result<()> {
    let ns = "act-evict";
    let (_panel, client) = start(ns)?;
    plane().apply("admin", ns, &set("web").replicas(2).yaml())?;
    let budget = |n: u32| {
        format!(
            "apiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata: {{ name: web }}\nspec:\n  minAvailable: {n}\n  selector: {{ matchLabels: {{ app: web }} }}\n"
        )
    };
    plane().apply("admin", ns, &budget(2))?;
    let detail = client.wait_status(ns, "web", StatusKind::Settled)?;
    harness::wait_until("the budget's status", Duration::from_secs(20), || {
        let seen = plane().kubectl(
            "admin",
            &["-n", ns, "get", "pdb", "web", "-o", "jsonpath={.status.currentHealthy}"],
        )?;
        Ok((seen.trim() == "2").then_some(()))
    })?;
    let pod = detail.facts.pods[1].clone();
    let evict = json!({"action": "evictPod", "pod": "web-1", "uid": pod.uid});
    for query in ["?dryRun=true", ""] {
        let answer = client.act_with(ns, "web", evict.clone(), query, &[])?;
        assert_eq!(
            (answer.status, answer.code().as_str()),
            (429, "disruption-budget"),
            "{query}: {}",
            answer.text
        );
        assert!(answer.text.contains("needs 2 healthy pods and has 2"), "{}", answer.text);
    }
    plane().apply("admin", ns, &budget(1))?;
    harness::wait_until("a dry run is allowed", Duration::from_secs(20), || {
        let dry = client.act_with(ns, "web", evict.clone(), "?dryRun=true", &[])?;
        Ok((dry.status == 200).then_some(()))
    })?;
    let still = client.set(ns, "web")?.context("the set")?;
    assert_eq!(still.facts.pod_at(1).map(|p| (&p.uid, p.deleting)), Some((&pod.uid, None)));
    let evicted = applied(&client.act(ns, "web", evict)?)?;
    let second = another_pod(&client, ns, &pod)?;
    harness::wait_until("kubectl may evict too", Duration::from_secs(20), || {
        Ok(shell(&evicted.kubectl).ok())
    })?;
    another_pod(&client, ns, &second)?;
    Ok(())
}

#[test]
fn what_changed_underneath_is_a_conflict_and_changes_nothing() -> Result<()> {
    let ns = "act-conflict";
    let (_panel, client) = start(ns)?;
    plane().apply("admin", ns, &set("web").yaml())?;
    let seen = client.wait_status(ns, "web", StatusKind::Settled)?;
    plane().kubectl("admin", &["-n", ns, "scale", "statefulset/web", "--replicas=4"])?;
    let old = json!({"uid": seen.row.uid, "generation": seen.row.generation});
    let act = json!({"action": "scale", "replicas": 2, "expect": old});
    let mark = plane().audit_mark();
    let answer = client.act(ns, "web", act)?;
    assert_eq!((answer.status, answer.code().as_str()), (409, "conflict"), "{}", answer.text);
    assert!(answer.text.contains("kubectl"), "{}", answer.text);
    assert_eq!(spec(ns, "web")?["replicas"], 4);
    let stored = plane().audit_since(mark)?.into_iter().any(|e| {
        e.verb == "patch" && e.is_about("statefulsets", ns) && e.response_status.code < 300
    });
    assert!(!stored, "a write reached the cluster");
    Ok(())
}

#[test]
fn a_repeated_idempotency_key_is_the_same_action() -> Result<()> {
    let ns = "act-idem";
    let (_panel, client) = start(ns)?;
    plane().apply("admin", ns, &set("web").yaml())?;
    let seen = client.wait_status(ns, "web", StatusKind::Settled)?;
    let act = json!({
        "action": "scale", "replicas": 4,
        "expect": {"uid": seen.row.uid, "generation": seen.row.generation},
    });
    let key = [("idempotency-key", "job-17")];
    let mark = plane().audit_mark();
    let first = client.act_with(ns, "web", act.clone(), "", &key)?;
    assert_eq!(first.status, 200, "{}", first.text);
    let second = client.act_with(ns, "web", act.clone(), "", &key)?;
    assert_eq!(
        (second.status, &second.json()["id"]),
        (200, &first.json()["id"]),
        "{}",
        second.text
    );
    let mut other = act;
    other["replicas"] = json!(5);
    let reused = client.act_with(ns, "web", other, "", &key)?;
    assert_eq!((reused.status, reused.code().as_str()), (422, "idempotency-key-reused"));
    let id = first.json()["id"].as_str().context("an id")?.to_owned();
    let patches = harness::wait_until("the audit entry", Duration::from_secs(10), || {
        let n = plane()
            .audit_since(mark)?
            .into_iter()
            .filter(|e| {
                e.verb == "patch"
                    && e.is_about("statefulsets", ns)
                    && e.request_object.as_ref().is_some_and(|o| o.to_string().contains(&id))
            })
            .count();
        Ok((n > 0).then_some(n))
    })?;
    assert_eq!(patches, 1, "the action reached the cluster more than once");
    Ok(())
}

#[test]
fn patches_fit_sets_without_rolling_update_and_without_annotations() -> Result<()> {
    let ns = "act-parents";
    let (_panel, client) = start(ns)?;
    // `kubectl create` leaves no last-applied annotation; an explicit type alone leaves rollingUpdate absent.
    let yaml = set("bare").strategy("{ type: RollingUpdate }").yaml();
    plane().kubectl_with_input(
        "admin",
        &["-n", ns, "create", "-f", "-"],
        Some(&yaml),
        Duration::from_secs(20),
    )?;
    client.wait_status(ns, "bare", StatusKind::Settled)?;
    let held = client.act(ns, "bare", json!({"action": "setPartition", "partition": 2}))?;
    assert_eq!(held.status, 200, "{}", held.text);
    assert_eq!(spec(ns, "bare")?["updateStrategy"]["rollingUpdate"]["partition"], 2);
    let id = held.json()["id"].as_str().context("an id")?.to_owned();
    let annotation = plane().kubectl(
        "admin",
        &[
            "-n",
            ns,
            "get",
            "sts",
            "bare",
            "-o",
            "jsonpath={.metadata.annotations.rollcall\\.dev/action}",
        ],
    )?;
    assert_eq!(annotation.trim(), id);
    Ok(())
}
