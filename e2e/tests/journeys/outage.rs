//! The server goes away while a log is followed: what was read stays, and the log goes on from there.

use anyhow::{Context as _, Result, ensure};
use e2e::browser::{Browser, in_time};
use e2e::{Client, Demo, PATIENCE, Panel};
use model::path::page;
use serde_json::json;

use super::with_a_panel;

/// It says something at its start, and this much later something more.
const SLOW: &str = "registry.example/web-app:1.1-slow-30s";

/// Rolls the set to what is slow; of the pod before nothing is to be read.
fn roll(demo: &Demo, visitor: &Client) -> Result<()> {
    let before = harness::wait_until("the labs", PATIENCE, || {
        let set = visitor.set("labs", "web-app")?;
        Ok::<_, anyhow::Error>(set.and_then(|s| Some(s.facts.pod_at(1)?.uid.clone())))
    })?;
    demo.image("labs", "web-app", "web-app", SLOW)?;
    harness::wait_until("web-app-1 is another", PATIENCE, || {
        let set = visitor.set("labs", "web-app")?.context("it stays")?;
        Ok::<_, anyhow::Error>(set.facts.pod_at(1).filter(|p| p.uid != before).map(drop))
    })
}

#[test]
fn a_followed_log_outlives_its_server_and_misses_nothing() -> Result<()> {
    with_a_panel(outlives)
}

async fn outlives(browser: &Browser, demo: &Demo, panel: &mut Panel) -> Result<()> {
    let visitor = demo.visitor()?;
    roll(demo, &visitor)?;
    let set = page::set("labs", "web-app");
    browser.open(&format!("{}{set}?pod=web-app-1&tab=logs", panel.url)).await?;
    let starting = format!("starting {SLOW}");
    has(browser, &[&starting]).await?;
    browser.says("following").await?;
    browser.script("window.mark = 1").await?;

    panel.kill()?;
    browser.find("status", "The connection is lost. The log goes on from here").await?;
    has(browser, &[&starting]).await.context("what was read stays")?;
    browser.until("button", "Follow", "aria-pressed", "true").await?;
    let wrong =
        browser.faults_in_view("log without a server", &[("log", "Log of web-app-1")]).await?;
    ensure!(wrong.is_empty(), "{}", wrong.join("\n"));
    // Meanwhile it is written on.
    harness::wait_until("web-app-1 is Ready", PATIENCE, || {
        let set = visitor.set("labs", "web-app")?.context("it stays")?;
        Ok::<_, anyhow::Error>(set.facts.pod_at(1).filter(|p| p.is_up()).map(drop))
    })?;
    has(browser, &[&starting]).await?;

    panel.start_there()?;
    has(browser, &[&starting, "ready to serve"])
        .await
        .context("what was missed, and nothing twice")?;
    browser.says("following").await?;
    ensure!(browser.script("return window.mark").await? == json!(1), "it was not reloaded");
    Ok(())
}

#[test]
fn the_followed_logs_of_all_pods_outlive_their_server_too() -> Result<()> {
    with_a_panel(all_outlive)
}

async fn all_outlive(browser: &Browser, demo: &Demo, panel: &mut Panel) -> Result<()> {
    let visitor = demo.visitor()?;
    roll(demo, &visitor)?;
    let set = page::compare("labs", "web-app");
    browser.open(&format!("{}{set}?on=1&view=merged", panel.url)).await?;
    let starting = format!("starting {SLOW}");
    browser.find("listitem", &starting).await?;
    browser.says("following 1 pod").await?;
    browser.script("window.mark = 1").await?;

    ensure!(!browser.has("listitem", "ready to serve").await?, "not yet");

    panel.kill()?;
    browser.find("status", "The connection is lost. The log goes on from here").await?;
    ensure!(browser.every("listitem", &starting).await?.len() == 1, "what was read stays");
    let wrong =
        browser.faults_in_view("logs without a server", &[("log", "Logs of web-app-1")]).await?;
    ensure!(wrong.is_empty(), "{}", wrong.join("\n"));
    harness::wait_until("web-app-1 is Ready", PATIENCE, || {
        let set = visitor.set("labs", "web-app")?.context("it stays")?;
        Ok::<_, anyhow::Error>(set.facts.pod_at(1).filter(|p| p.is_up()).map(drop))
    })?;

    panel.start_there()?;
    browser.says("following 1 pod").await?;
    browser.find("listitem", "ready to serve").await.context("what was missed")?;
    ensure!(browser.every("listitem", &starting).await?.len() == 1, "and nothing twice");
    ensure!(browser.script("return window.mark").await? == json!(1), "it was not reloaded");
    Ok(())
}

/// Waits until the log has these lines.
async fn has(browser: &Browser, wanted: &[&str]) -> Result<()> {
    let code = "return [...document.querySelectorAll('[role=log] li')].map(l => l.lastElementChild.textContent)";
    let there = in_time(async || {
        let lines: Vec<String> = serde_json::from_value(browser.script(code).await?)?;
        Ok((lines == wanted).then_some(()))
    });
    if let Ok(Some(())) = there.await {
        return Ok(());
    }
    anyhow::bail!("the log does not say {wanted:?}, but {}", browser.script(code).await?)
}
