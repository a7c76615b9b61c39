//! Kill -9, half of the times while an action is in flight: the history agrees with the API server's audit log, nothing acknowledged is
//! lost, nothing doubled.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use anyhow::{Context, Result};
use e2e::stories::set;
use e2e::{Client, Panel, PanelOptions};
use harness::{ControlPlane, Options, wait_until};
use model::ACTION_ANNOTATION;
use model::path;
use model::status::StatusKind;
use model::wire::{EventKind, EventView, History, Outcome};
use serde_json::{Value, json};

/// Fifty, as promised; `cargo xtask test --full` asks for more, and whoever works on this for fewer.
fn rounds() -> u32 {
    std::env::var("ROLLCALL_KILLS").ok().and_then(|n| n.parse().ok()).unwrap_or(50)
}

/// Ids of actions in patches that reached the API server, with the status of each answer. Where the connection was cut while
/// the patch was written, the log has an error although the patch took effect.
fn sent(plane: &ControlPlane, mark: harness::AuditMark) -> Result<BTreeMap<String, Vec<u16>>> {
    let key = ACTION_ANNOTATION.replace('/', "~1");
    let mut ids: BTreeMap<String, Vec<u16>> = BTreeMap::new();
    for entry in plane.audit_since(mark)? {
        if entry.verb != "patch" || entry.request_uri.contains("dryRun") {
            continue;
        }
        let Some(Value::Array(ops)) = entry.request_object else { continue };
        for op in ops {
            let id = match op["path"].as_str() {
                Some("/metadata/annotations") => op["value"][ACTION_ANNOTATION].as_str(),
                Some(p) if p.ends_with(&key) => op["value"].as_str(),
                _ => None,
            };
            if let Some(id) = id.filter(|_| op["op"] == "add") {
                ids.entry(id.to_owned()).or_default().push(entry.response_status.code);
            }
        }
    }
    Ok(ids)
}

fn entry(client: &Client, id: &str) -> Result<Option<Outcome>> {
    let answer = client.get(&path::action("default", "web", id))?;
    if answer.status == 404 {
        return Ok(None);
    }
    Ok(Some(serde_json::from_value(answer.json()["outcome"].clone())?))
}

#[test]
fn after_fifty_kills_the_history_agrees_with_the_audit_log() -> Result<()> {
    let plane = ControlPlane::start(Options::default())?;
    plane.apply("admin", "default", &set("web").replicas(1).partition(1).yaml())?;
    let mut panel = Panel::start(&plane, PanelOptions::default())?;
    let mut client = panel.user("ada", "operator")?;
    client.wait_status("default", "web", StatusKind::Settled)?;
    let mark = plane.audit_mark();
    let mut acknowledged = BTreeSet::new();
    for round in 0..rounds() {
        let mut answered = None;
        let detail = client.set("default", "web")?.context("the set")?;
        let expect = json!({"uid": detail.row.uid, "generation": detail.row.generation});
        // The partition walks up and down above the replicas: a new generation each time, and no pod moves.
        let now = detail.facts.set.partition();
        let next = if now >= 40 { 2 } else { now + 1 };
        let body = json!({"action": "setPartition", "partition": next, "expect": expect});
        if round % 2 == 0 {
            let answer = client.act("default", "web", body)?;
            assert_eq!(answer.status, 200, "round {round}: {}", answer.text);
            answered = Some(answer);
            panel.kill()?;
        } else {
            // In flight: the request is on its way when the process is killed, sooner or later from round to round.
            let asking = client.clone();
            let delay = Duration::from_micros(u64::from(round) * 400);
            let request = std::thread::spawn(move || asking.act("default", "web", body));
            std::thread::sleep(delay);
            panel.kill()?;
            if let Ok(Ok(answer)) = request.join()
                && answer.status == 200
            {
                answered = Some(answer);
            }
        }
        panel.start_again()?;
        client.url.clone_from(&panel.url);
        wait_until("the panel knows the set as it is", Duration::from_secs(30), || {
            let live = plane.kubectl(
                "admin",
                &["get", "sts", "web", "-o", "jsonpath={.metadata.generation}"],
            )?;
            let seen = client.set("default", "web")?;
            Ok(seen.filter(|d| d.row.generation.to_string() == live.trim()).map(|_| ()))
        })?;
        if let Some(answer) = answered {
            let id = answer.json()["id"].as_str().context("an id")?.to_owned();
            // Before the next change covers it up.
            wait_until("the change is recorded", Duration::from_secs(30), || {
                let recorded = told(&client.history("default", "web")?.events);
                Ok(recorded.get(&(CHANGE, id.clone())).map(|_| ()))
            })?;
            acknowledged.insert(id);
        }
    }
    assert!(acknowledged.len() >= rounds() as usize / 2);
    let arrived = sent(&plane, mark)?;
    let ids: BTreeMap<String, usize> = arrived
        .iter()
        .map(|(id, codes)| (id.clone(), codes.iter().filter(|c| **c < 300).count()))
        .filter(|(_, n)| *n > 0)
        .collect();
    assert!(arrived.values().all(|c| c.len() == 1), "an action was sent twice: {arrived:?}");
    for id in &acknowledged {
        assert!(ids.contains_key(id), "acknowledged, and not in the audit log: {id}");
    }
    // Every patch that the API server took is in the history as applied, once.
    for id in ids.keys() {
        let outcome = wait_until("the outcome is read off", Duration::from_mins(1), || {
            Ok(entry(&client, id)?.filter(|o| *o != Outcome::Pending))
        })?;
        let last = id == ids.keys().next_back().context("ids")?;
        let overwritten = outcome == Outcome::Unknown && !acknowledged.contains(id) && !last;
        assert!(outcome == Outcome::Applied || overwritten, "{id} is {outcome:?}");
    }
    let mut events = Vec::new();
    let mut before: Option<i64> = None;
    loop {
        let query = before.map(|b| format!("?before={b}")).unwrap_or_default();
        let page: History =
            client.get(&format!("{}{query}", path::history("default", "web")))?.parse()?;
        events.extend(page.events);
        before = page.page.next;
        if before.is_none() {
            break;
        }
    }
    let told = told(&events);
    assert!(told.values().all(|n| *n == 1), "an event is there twice: {told:?}");
    // What never arrived is told too, as tried; it changed nothing.
    for (_, id) in told.keys().filter(|(kind, _)| *kind == CHANGE) {
        assert!(arrived.contains_key(id), "in the history, and not in the audit log: {id}");
    }
    for id in &acknowledged {
        for kind in [ASKED, CHANGE] {
            assert!(
                told.contains_key(&(kind, id.clone())),
                "acknowledged, and no event of {kind}: {id}"
            );
        }
    }
    Ok(())
}

const ASKED: &str = "the action";
const CHANGE: &str = "the new partition";

/// How often each action is told, as what was asked and as what it changed.
fn told(events: &[EventView]) -> BTreeMap<(&'static str, String), u32> {
    let mut told = BTreeMap::new();
    for event in events {
        let kind = match event.kind {
            EventKind::Action => ASKED,
            EventKind::Partition => CHANGE,
            _ => continue,
        };
        if let Some(id) = &event.action {
            *told.entry((kind, id.clone())).or_default() += 1;
        }
    }
    told
}
