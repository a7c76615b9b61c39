//! The side sheet of a pod: what it is, its log, its Events, by mouse and by keyboard.

use anyhow::{Context as _, Result, ensure};
use e2e::Demo;
use e2e::browser::{Browser, DESKTOP, PHONE, in_time};
use model::path::page;
use thirtyfour::prelude::*;

use crate::in_the_demo;

#[test]
fn a_pod_is_looked_at_from_all_sides_beside_the_strip() -> Result<()> {
    let demo = Demo::quick()?;
    tokio::runtime::Runtime::new()?.block_on(async {
        let browser = Browser::start(DESKTOP).await?;
        demo.enter(&browser).await?;
        browser.open(&format!("{}{}", demo.url(), page::set("shop", "orders-db"))).await?;
        browser.says("Settled").await?;
        browser.click("listitem", "orders-db-4").await?;
        browser.find("dialog", "orders-db-4").await?;
        browser.says("Containers Ready").await?;
        browser.says("orders-db-4.orders-db.shop.svc").await?;
        browser.says("data-orders-db-4").await?;
        browser.says("10 claims, all Bound").await?;
        browser.says("0 restarts").await?;
        browser.says("Node node-1").await?;

        browser.click("tab", "Events").await?;
        browser.says("Scheduled").await?;
        browser.click("tab", "Logs").await?;
        browser.says("following").await?;
        browser.find("log", "Log of orders-db-4").await?;
        lines(&browser, 1).await?;
        // The next pod is looked at in the same way.
        browser.click("button", "Lower ordinal: orders-db-3").await?;
        browser.find("log", "Log of orders-db-3").await?;
        let address = browser.script("return location.search").await?;
        ensure!(address == "?pod=orders-db-3&tab=logs", "{address}");
        browser.click("button", "Previous").await?;
        browser.says("There is no previous log").await?;

        browser.click("tab", "Logs").await?;
        browser.keys(Key::Home + "").await?;
        browser.has_focus("Overview").await?;
        browser.keys(Key::Escape + "").await?;
        browser.has_focus("orders-db-3").await?;
        browser.gone("dialog", "orders-db-3").await.context("Esc closes the sheet")?;
        let address = browser.script("return location.search").await?;
        ensure!(address == "", "{address}");

        // A link leads to the pod and the tab.
        browser.look(PHONE).await?;
        let link =
            format!("{}{}?pod=orders-db-0&tab=events", demo.url(), page::set("shop", "orders-db"));
        browser.open(&link).await?;
        browser.find("dialog", "orders-db-0").await?;
        browser.says("Scheduled").await?;
        browser.click("button", "Evict pod…").await?;
        browser.says("Evict orders-db-0").await?;

        // A link may name one that never was. On a phone it is not behind what stands at the lower edge.
        browser
            .open(&format!("{}{}?pod=orders-db-99", demo.url(), page::set("shop", "orders-db")))
            .await?;
        browser.find("dialog", "orders-db-99").await?;
        browser.says("orders-db has no pod orders-db-99.").await?;
        browser.look(DESKTOP).await?;
        browser.keys(Key::Escape + "").await?;
        browser.gone("dialog", "orders-db-99").await.context("Esc closes it")?;
        let address = browser.script("return location.search").await?;
        ensure!(address == "", "{address}");
        browser.quit().await
    })
}

#[test]
fn a_followed_log_goes_on_with_the_pod_that_comes_next() -> Result<()> {
    in_the_demo(&Demo::quick()?, DESKTOP, goes_on)
}

async fn goes_on(browser: &Browser, demo: &Demo) -> Result<()> {
    let set = page::set("shop", "orders-db");
    browser.open(&format!("{}{set}?pod=orders-db-4&tab=logs", demo.url())).await?;
    browser.says("following").await?;
    let before = lines(browser, 1).await?;
    browser.click("searchbox", "Search in the log").await?;
    browser.keys("starting").await?;

    let pod = format!("{}/api/v1/namespaces/shop/pods/orders-db-4", demo.server()?);
    ureq::delete(pod).call()?;
    let after = lines(browser, 2).await.context("the log of the next")?;
    ensure!(after.starts_with(&before), "{before:#?} do not stay in {after:#?}");
    browser.says("following").await?;
    let searched =
        browser.script("return document.querySelector('[role=dialog] [type=search]').value");
    ensure!(searched.await? == "starting", "what one searches for stays");

    // Also beside another tab, which one looks at meanwhile.
    browser.click("tab", "Events").await?;
    browser.gone("log", "Log of orders-db-4").await?;
    browser.click("tab", "Logs").await?;
    let again = lines(browser, 2).await?;
    ensure!(again.starts_with(&after), "{after:#?} do not stay in {again:#?}");
    browser.says("following").await?;
    // Of another pod nothing of it is there.
    browser.click("button", "Lower ordinal: orders-db-3").await?;
    browser.find("log", "Log of orders-db-3").await?;
    lines(browser, 1).await?;
    let mut errors = browser.console_errors().await?;
    // Of a pod that is made anew in the very moment there is no log: the browser itself writes that down.
    errors.retain(|line| !(line.contains("/logs?") && line.contains("409 (Conflict)")));
    ensure!(errors.is_empty(), "{}", errors.join("\n"));
    Ok(())
}

/// The lines of the log, once as many of them say that a container starts.
async fn lines(browser: &Browser, starts: usize) -> Result<Vec<String>> {
    let code = "return [...document.querySelectorAll('[role=log] li')].map(l => l.textContent)";
    let there = in_time(async || {
        let lines: Vec<String> = serde_json::from_value(browser.script(code).await?)?;
        let starting = lines.iter().filter(|l| l.contains("starting ")).count();
        Ok((starting == starts).then_some(lines))
    });
    there.await?.with_context(|| format!("no log in which {starts} start"))
}
