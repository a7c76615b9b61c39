//! The main story: a canary on a five-pod set, stepped by button, with a kubectl change in the middle.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use e2e::browser::{Browser, DESKTOP};
use e2e::stories::set;
use e2e::{Client, PATIENCE, Panel, PanelOptions, namespace, plane};
use model::status::StatusKind;
use model::wire::{EventKind, EventView, Source};

use super::log_in;

fn uids(client: &Client, ns: &str) -> Result<BTreeMap<String, String>> {
    let detail = client.set(ns, "orders-db")?.context("the set")?;
    Ok(detail.facts.pods.iter().map(|p| (p.name.clone(), p.uid.clone())).collect())
}

/// Names of the pods that are not the ones of before.
fn replaced(before: &BTreeMap<String, String>, after: &BTreeMap<String, String>) -> Vec<String> {
    after.iter().filter(|(n, uid)| before.get(*n) != Some(*uid)).map(|(n, _)| n.clone()).collect()
}

#[test]
fn a_canary_is_started_stepped_and_finished_with_a_kubectl_change_in_the_middle() -> Result<()> {
    let ns = "journey";
    namespace(plane(), ns);
    plane().apply("admin", ns, &set("orders-db").replicas(5).claims().yaml())?;
    let panel = Panel::start(
        plane(),
        PanelOptions { args: vec!["--namespace".into(), ns.into()], ..PanelOptions::default() },
    )?;
    let client = panel.user("ada", "operator")?;
    client.wait_status(ns, "orders-db", StatusKind::Settled)?;
    let runtime = tokio::runtime::Runtime::new()?;
    runtime.block_on(async {
        let browser = Browser::start(DESKTOP).await?;
        let told = story(&browser, &panel, &client, ns).await;
        let said = browser.text().await.unwrap_or_default();
        browser.quit().await?;
        told.with_context(|| format!("the page says: {said}"))
    })
}

async fn story(browser: &Browser, panel: &Panel, client: &Client, ns: &str) -> Result<()> {
    let fresh = uids(client, ns)?;
    log_in(browser, panel, "ada").await?;
    browser.click("link", "orders-db").await?;
    browser.says("All 5 pods run r1 and are Ready.").await?;

    // Only orders-db-4 gets the new image.
    browser.click("button", "New image").await?;
    browser.fill("textbox", "Image", "registry.example/app:2.0").await?;
    browser.fill("textbox", "Reason", "CHG-5120").await?;
    browser.click("button", "Set image: restart 1 pod").await?;
    browser
        .says("orders-db-4 runs r2. orders-db-0 to orders-db-3 stay on r1 until someone advances.")
        .await?;
    let canary = uids(client, ns)?;
    assert_eq!(replaced(&fresh, &canary), ["orders-db-4"]);

    browser.click("button", "Advance to orders-db-3").await?;
    browser.says("orders-db-3 restarts on r2").await?;
    browser.click("button", "Advance: restart 1 pod").await?;
    browser
        .says("orders-db-3 and orders-db-4 run r2. orders-db-0 to orders-db-2 stay on r1 until someone advances.")
        .await?;
    let stepped = uids(client, ns)?;
    assert_eq!(replaced(&canary, &stepped), ["orders-db-3"]);

    // Somebody else, by kubectl: it appears without a refresh.
    let patch = r#"{"spec":{"updateStrategy":{"rollingUpdate":{"partition":2}}}}"#;
    plane().kubectl(
        "admin",
        &["-n", ns, "patch", "statefulset", "orders-db", "--type=merge", "-p", patch],
    )?;
    browser
        .says("orders-db-2 to orders-db-4 run r2. orders-db-0 and orders-db-1 stay on r1 until someone advances.")
        .await?;

    browser.click("button", "Finish").await?;
    browser.fill("textbox", "Reason", "looks good").await?;
    browser.click("button", "Finish: restart 2 pods").await?;
    browser.says("All 5 pods run r2 and are Ready.").await?;
    assert_eq!(
        replaced(&stepped, &uids(client, ns)?),
        ["orders-db-0", "orders-db-1", "orders-db-2"]
    );

    // Who did what, and when each pod went down and came back.
    let history = harness::wait_until("the rollout has ended", PATIENCE, || {
        let h = client.history(ns, "orders-db")?;
        Ok(h.rollouts.iter().any(|r| r.ended.is_some()).then_some(h))
    })?;
    for ordinal in 0..5 {
        let name = format!("orders-db-{ordinal}");
        let about = |part: &str| {
            history
                .events
                .iter()
                .any(|e| e.sentence.starts_with(&name) && e.sentence.contains(part))
        };
        for part in ["went down (r1)", "came back Ready on r2"] {
            assert!(about(part), "{name} {part}: {:#?}", history.events);
        }
    }
    let by = |e: &&EventView| {
        e.actor.as_ref().map(|a| (a.source, a.name.clone()))
            == Some((Source::Tool, Some("kubectl".into())))
    };
    let theirs: Vec<&EventView> =
        history.events.iter().filter(|e| e.kind == EventKind::Partition).filter(by).collect();
    assert_eq!(theirs.len(), 1, "the change by kubectl: {:#?}", history.events);
    let theirs = theirs[0].sentence.clone();
    browser.open(&format!("{}/sets/{ns}/orders-db/history", panel.url)).await?;
    browser.says("orders-db-4 came back Ready on r2").await?;
    let text = browser.text().await?;
    for part in ["ada", "kubectl", theirs.as_str(), "CHG-5120", "looks good"] {
        assert!(text.contains(part), "the history does not say {part:?}: {text}");
    }
    Ok(())
}
