//! The whole panel before the cluster that lives in it: quick, so it runs before the stages that need a real control plane. What
//! the real controller does is shown there; here, that the rooms of the server work together.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context as _, Result, ensure};
use e2e::{Answer, Client, Demo};
use model::forecast::StepKind;
use model::path;
use model::status::StatusKind;
use model::wire::{ActionResult, EventKind, EventView, Outcome, SetDetail, SetRow, Source};
use serde_json::{Value, json};

const NS: &str = "shop";

fn is_at_rest(row: &SetRow) -> bool {
    let rests = [StatusKind::Settled, StatusKind::Held, StatusKind::OnDelete];
    rests.contains(&row.status.kind) && row.status.total == row.replicas
}

fn rests(client: &Client, set: &str) -> Result<SetDetail> {
    client.wait_row(NS, set, "it rests", is_at_rest)
}

/// The uid of each pod.
fn lives(detail: &SetDetail) -> BTreeSet<(u32, String)> {
    let facts = &detail.facts;
    facts.pods.iter().filter_map(|p| Some((facts.ordinal(p)?, p.uid.clone()))).collect()
}

/// Asks what would follow, acts, waits, and holds the forecast against the pods. Answers the set as it is then, and the action's
/// id.
fn does_as_foretold(client: &Client, set: &str, action: &Value) -> Result<(SetDetail, String)> {
    let before = rests(client, set)?;
    let dry = client.act_with(NS, set, action.clone(), "?dryRun=true", &[])?;
    ensure!(dry.status == 200, "{action}: {}", dry.text);
    let dry: ActionResult = dry.parse()?;
    ensure!(dry.outcome == Outcome::DryRun && dry.id.is_none(), "{dry:?}");
    let untouched = client.set(NS, set)?.context("the set")?;
    ensure!(untouched.row.generation == before.row.generation, "a dry run changes nothing");
    ensure!(lives(&untouched) == lives(&before), "a dry run moves no pod");

    let done = client.act(NS, set, action.clone())?;
    ensure!(done.status == 200, "{action}: {}", done.text);
    let done: ActionResult = done.parse()?;
    ensure!(done.outcome == Outcome::Applied, "{done:?}");
    ensure!(done.forecast.steps == dry.forecast.steps, "{action}: foretold otherwise than before");

    let steps = &dry.forecast.steps;
    let ends = |kinds: &[StepKind]| -> BTreeSet<u32> {
        steps.iter().filter(|s| kinds.contains(&s.what)).map(|s| s.ordinal).collect()
    };
    let (goes, comes) =
        (ends(&[StepKind::Restart, StepKind::Stop]), ends(&[StepKind::Restart, StepKind::Create]));
    let moved = |now: &SetDetail| {
        let (then, now) = (lives(&before), lives(now));
        let went = then.difference(&now).map(|(o, _)| *o).collect::<BTreeSet<_>>();
        let came = now.difference(&then).map(|(o, _)| *o).collect::<BTreeSet<_>>();
        went == goes && came == comes
    };
    let after = harness::wait_until(
        &format!("{action} to do what was foretold: {}", dry.forecast.sentence),
        std::time::Duration::from_mins(1),
        || {
            let now = client.set(NS, set)?.context("the set")?;
            let seen = now.row.generation >= done.generation;
            Ok((seen && is_at_rest(&now.row) && moved(&now)).then_some(now))
        },
    )?;
    for step in steps {
        let pod = after.facts.pod_at(step.ordinal);
        let label = pod.map(|p| after.facts.revision_label(&p.revision));
        ensure!(label == step.revision, "{step:?}: it is on {label:?}");
    }
    Ok((after, done.id.context("what was done has an id")?))
}

fn pod(detail: &SetDetail, name: &str) -> Result<Value> {
    let pod = detail.facts.pods.iter().find(|p| p.name == name).context("the pod")?;
    Ok(json!({ "pod": name, "uid": pod.uid }))
}

fn with(action: &str, more: Value) -> Value {
    let mut all = json!({ "action": action });
    if let (Some(all), Value::Object(more)) = (all.as_object_mut(), more) {
        all.extend(more);
    }
    all
}

fn image(tag: &str, partition: Option<u32>) -> Value {
    let image = format!("registry.example/orders-db:{tag}");
    let mut action =
        with("setImage", json!({ "images": [{ "container": "database", "image": image }] }));
    if let Some(partition) = partition {
        action["partition"] = json!(partition);
    }
    action
}

fn refused(answer: &Answer, status: u16, code: &str) -> Result<()> {
    ensure!((answer.status, answer.code().as_str()) == (status, code), "{}", answer.text);
    Ok(())
}

#[test]
fn every_action_does_what_was_foretold_and_the_history_says_who_did_it() -> Result<()> {
    let demo = Demo::quick()?;
    let client = demo.visitor()?;
    let set = "orders-db";
    let first = rests(&client, set)?;
    ensure!(first.row.replicas == 5, "{:?}", first.row);
    let mut ids = Vec::new();
    // The history comes in pages; all of it passes by.
    let mut events: BTreeMap<i64, EventView> = BTreeMap::new();
    let mut act = |action: Value| {
        let (after, id) =
            does_as_foretold(&client, set, &action).with_context(|| action.to_string())?;
        ids.push(id);
        events.extend(client.history(NS, set)?.events.into_iter().map(|e| (e.id, e)));
        anyhow::Ok(after)
    };
    act(image("15.0", Some(4)))?;
    act(with("advance", json!({})))?;
    act(with("setPartition", json!({ "partition": 2 })))?;
    let rolled = act(with("finish", json!({})))?;
    // Back to what it was: the recorded revision is used again.
    let old = &first.facts.set.status.update_revision;
    let hash = rolled.facts.revision(old).context("Kubernetes keeps it")?.hash.clone();
    act(with("rollBack", json!({ "revision": old, "hash": hash })))?;
    act(with("restart", json!({})))?;
    act(with("restart", json!({ "partition": 3 })))?;
    act(with("finish", json!({})))?;
    act(with("scale", json!({ "replicas": 6 })))?;
    let wide = act(with("scale", json!({ "replicas": 5 })))?;
    let wide = act(with("deletePod", pod(&wide, "orders-db-2")?))?;
    act(with("evictPod", pod(&wide, "orders-db-0")?))?;
    act(with("switchStrategy", json!({ "strategy": "OnDelete" })))?;
    act(with("switchStrategy", json!({ "strategy": "RollingUpdate", "partition": 5 })))?;
    act(image("15.1", None))?;
    act(with("setPartition", json!({ "partition": 4 })))?;

    let events: Vec<EventView> = events.into_values().collect();
    for id in ids {
        let told = events.iter().find(|e| e.action.as_ref() == Some(&id) && e.actor.is_some());
        let actor = told.and_then(|e| e.actor.as_ref()).with_context(|| format!("{events:#?}"))?;
        ensure!(actor.source == Source::Panel && actor.name.as_deref() == Some("visitor"));
    }
    let deviations: Vec<_> = events.iter().filter(|e| e.kind == EventKind::Deviation).collect();
    ensure!(deviations.is_empty(), "{deviations:#?}");
    Ok(())
}

#[test]
fn what_may_not_be_done_is_refused_and_changes_nothing() -> Result<()> {
    let demo = Demo::quick()?;
    let client = demo.visitor()?;
    let search = rests(&client, "search")?;
    // Its budget allows few at a time; a stale view is told apart from it.
    let stale =
        json!({ "action": "restart", "expect": { "uid": search.row.uid, "generation": 1_000 } });
    refused(&client.act(NS, "search", stale)?, 409, "conflict")?;
    let other = json!({ "action": "restart", "expect": { "uid": "another", "generation": search.row.generation } });
    refused(&client.act(NS, "search", other)?, 409, "conflict")?;
    let nothing = client.act(NS, "orders-db", with("hold", json!({})))?;
    refused(&nothing, 409, "nothing-to-do")?;
    let gone = with("deletePod", json!({ "pod": "orders-db-2", "uid": "of another" }));
    let gone = client.act(NS, "orders-db", gone)?;
    ensure!(gone.status == 409, "{}", gone.text);
    let anonymous = Client::anonymous(demo.url());
    ensure!(anonymous.get(path::SETS)?.status == 401);
    let after = client.set(NS, "search")?.context("the set")?;
    ensure!(after.row.generation == search.row.generation && lives(&after) == lives(&search));
    Ok(())
}

#[test]
fn a_trapped_set_is_freed_and_an_abort_takes_a_canary_back() -> Result<()> {
    let demo = Demo::quick()?;
    let client = demo.visitor()?;
    let trapped = client.wait_status(NS, "mailer", StatusKind::Trapped)?;
    let broken = trapped.row.status.blocker.clone().context("who is in the way")?;
    let deleted = client.act(NS, "mailer", with("deletePod", pod(&trapped, &broken.pod)?))?;
    ensure!(deleted.status == 200, "{}", deleted.text);
    client.wait_status(NS, "mailer", StatusKind::Settled)?;

    let held = client.wait_status(NS, "catalog", StatusKind::Held)?;
    let pods: Vec<_> =
        model::action::abort_candidates(&held.facts).into_iter().map(|p| p.pod).collect();
    ensure!(!pods.is_empty(), "the canary's pod falls back only when it is deleted");
    does_as_foretold(&client, "catalog", &with("abort", json!({ "pods": pods })))?;
    let back = rests(&client, "catalog")?;
    let revisions: BTreeSet<_> = back.facts.pods.iter().map(|p| p.revision.clone()).collect();
    ensure!(revisions.len() == 1, "all pods run one revision: {revisions:?}");
    Ok(())
}

#[test]
fn with_the_gate_two_pods_go_at_once_where_the_set_allows_it() -> Result<()> {
    let demo = Demo::with_max_unavailable()?;
    let client = demo.visitor()?;
    let set = "orders-db";
    does_as_foretold(&client, set, &with("setMaxUnavailable", json!({ "maxUnavailable": "2" })))?;
    let dry = client.act_with(NS, set, with("restart", json!({})), "?dryRun=true", &[])?;
    let dry: ActionResult = dry.parse()?;
    let waves: Vec<u32> = dry.forecast.steps.iter().map(|s| s.wave).collect();
    ensure!(waves == [0, 0, 1, 1, 2] && dry.forecast.at_once == 2, "{:#?}", dry.forecast);
    does_as_foretold(&client, set, &with("restart", json!({})))?;
    Ok(())
}
