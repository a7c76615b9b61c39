//! The verbs of a set by one key each, the ends of the handle, and the page right after something was done.

use anyhow::{Context as _, Result, ensure};
use e2e::Demo;
use e2e::browser::{Browser, DESKTOP, Look, in_time};
use model::path::page;
use model::status::StatusKind;
use thirtyfour::Key;

const HANDLE: &str = "First ordinal that gets the new revision";

#[test]
fn a_key_opens_the_next_step_or_the_hold_and_the_handle_knows_its_ends() -> Result<()> {
    let demo = Demo::quick()?;
    tokio::runtime::Runtime::new()?.block_on(async {
        let browser = Browser::start(DESKTOP).await?;
        demo.enter(&browser).await?;
        let told = ends(&browser, &demo).await.context("the handle");
        let told = match told {
            Ok(()) => hold(&browser, &demo).await,
            failed => failed,
        };
        let said = browser.text().await.unwrap_or_default();
        browser.quit().await?;
        told.with_context(|| format!("the page says: {said}"))
    })
}

/// What the handle means, waiting for it.
async fn means(browser: &Browser, words: &str) -> Result<()> {
    browser.until("slider", HANDLE, "aria-valuetext", words).await
}

async fn ends(browser: &Browser, demo: &Demo) -> Result<()> {
    browser.open(&format!("{}{}", demo.url(), page::set("shop", "catalog"))).await?;
    browser.says("Next step").await?;
    // Until the page is live nothing can be done, and a key is lost.
    browser.says("live · ").await?;
    browser.keys("a").await?;
    browser.find("dialog", "Advance to catalog-2").await?;
    browser.keys(Key::Escape + "").await?;
    browser.gone("dialog", "Advance").await?;

    means(browser, "catalog-3 gets r2; catalog-0 to catalog-2 stay on r1").await?;
    browser.press("slider", HANDLE, Key::Home + "").await?;
    means(browser, "catalog-0 to catalog-3 get r2; no pod stays on r1; not applied yet").await?;
    browser.press("slider", HANDLE, Key::End + "").await?;
    means(browser, "catalog-3 already runs r2 and keeps it; not applied yet").await?;
    browser.press("slider", HANDLE, Key::Escape + "").await?;
    browser.gone("button", "Review…").await?;
    means(browser, "catalog-3 gets r2; catalog-0 to catalog-2 stay on r1").await
}

#[test]
fn whoever_holds_a_set_is_named_although_somebody_else_changed_it_last() -> Result<()> {
    let demo = Demo::quick()?;
    tokio::runtime::Runtime::new()?.block_on(async {
        let browser = Browser::start(DESKTOP).await?;
        demo.enter(&browser).await?;
        browser.open(&format!("{}{}", demo.url(), page::set("shop", "catalog"))).await?;
        browser.click("button", "Advance to catalog-2").await?;
        browser.click("button", "Advance: restart 1 pod").await?;
        browser.says("catalog-2 and catalog-3 run r2").await?;
        let client = demo.visitor()?;
        let whose = |by: &str| {
            client.wait_row("shop", "catalog", by, |row| {
                let name = |a: &Option<model::wire::Actor>| a.as_ref().and_then(|a| a.name.clone());
                row.status.kind == StatusKind::Held
                    && name(&row.held_by).as_deref() == Some("visitor")
                    && (name(&row.last_change).as_deref() == Some("visitor")) == (by == "their own")
            })
        };
        whose("their own")?;
        browser.open(&format!("{}{}", demo.url(), page::FLEET)).await?;
        browser.find("row", "catalog").await?;
        ensure!(!browser.text().await?.contains("Held by"), "who changed it last holds it");
        demo.patch("shop", "catalog", &serde_json::json!({ "spec": { "replicas": 5 } }))?;
        whose("another's")?;
        browser.says("Held by visitor").await?;
        // Where there is no column for it the sentence says it.
        browser.look(Look { width: 1024, ..DESKTOP }).await?;
        browser.gone("columnheader", "Last change").await?;
        let row = browser.find("row", "catalog").await?;
        let seen = browser.driver.execute(IN_SIGHT, vec![row.to_json()?]).await?;
        ensure!(seen.json() == &serde_json::json!(true), "who holds it is cut off");
        let wrong =
            browser.faults("held by", &[("row", "catalog"), ("row", "Held by visitor")]).await?;
        ensure!(wrong.is_empty(), "{}", wrong.join("\n"));
        browser.quit().await
    })
}

/// Whether the words about the holder are within the lines that their cell shows.
const IN_SIGHT: &str = "
  const words = [...arguments[0].querySelectorAll('td span')].find(e => e.children.length === 0 && e.textContent.startsWith('Held by visitor'));
  const [seen, cell] = [words?.getClientRects() ?? [], words?.closest('td').getBoundingClientRect()];
  return seen.length > 0 && [...seen].every(r => r.width > 0 && r.top >= cell.top && r.bottom <= cell.bottom);";

/// A rollout whose first pod takes its time is held by `h`.
async fn hold(browser: &Browser, demo: &Demo) -> Result<()> {
    let client = demo.visitor()?;
    demo.image("shop", "orders-db", "database", "registry.example/orders-db:16.0-slow-30m")?;
    client.wait_status("shop", "orders-db", StatusKind::Rolling)?;
    browser.open(&format!("{}{}", demo.url(), page::set("shop", "orders-db"))).await?;
    browser.says("By itself:").await?;
    browser.says("live · ").await?;
    browser.keys("h").await?;
    browser.find("dialog", "Hold").await?;
    let wrong =
        browser.faults("holding", &[("dialog", "Hold the rollout"), ("textbox", "Reason")]).await?;
    ensure!(wrong.is_empty(), "{}", wrong.join("\n"));
    browser.fill("textbox", "Reason", "the disk is full").await?;
    browser.click("button", "Hold: ").await?;
    browser.gone("dialog", "Hold").await?;
    let held = in_time(async || {
        let set = client.set("shop", "orders-db")?.context("it is there")?.facts.set;
        Ok((set.partition() == 4).then_some(()))
    });
    held.await?.context("the others are kept on the old revision")?;
    browser.says("the disk is full").await?;
    let wrong = browser.faults("held", &[("text", "the disk is full")]).await?;
    ensure!(wrong.is_empty(), "{}", wrong.join("\n"));
    Ok(())
}
