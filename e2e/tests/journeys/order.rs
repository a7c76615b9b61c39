//! Where Tab leads over a page and beside it: the sheet on a phone, the palette, a moment of the past, the login.

use anyhow::{Context as _, Result, ensure};
use e2e::browser::{Browser, DESKTOP, PHONE, in_time};
use e2e::{Demo, Panel, PanelOptions};
use model::path::page;
use model::status::StatusKind;
use serde_json::json;
use thirtyfour::Key;

use super::focus::walk;
use super::tabs::{open, show};
use crate::in_the_demo;

#[test]
fn tab_leads_through_what_stands_over_a_page_in_the_order_in_which_it_is_read() -> Result<()> {
    in_the_demo(&Demo::quick()?, DESKTOP, async |browser, demo| {
        palette(browser, demo).await.context("the palette")?;
        moment(browser, demo).await.context("a moment of the past")?;
        login(browser, demo).await.context("the login")?;
        sheet(browser, demo).await.context("the sheet on a phone")
    })
}

/// Walks as many steps as there should be. What is called by a moment too is named up to that.
async fn leads(browser: &Browser, wanted: &[&str]) -> Result<()> {
    let way = walk(browser, wanted.len()).await?;
    let is = |(there, name): (&String, &&str)| {
        if name.is_empty() { there.is_empty() } else { there.starts_with(name) }
    };
    ensure!(way.iter().zip(wanted).all(is), "{way:#?}");
    Ok(())
}

/// On a phone the sheet covers the page: nothing below it can be come to.
async fn sheet(browser: &Browser, demo: &Demo) -> Result<()> {
    browser.look(PHONE).await?;
    let set = page::set("shop", "orders-db");
    browser.open(&format!("{}{set}", demo.url())).await?;
    browser.says("live · ").await?;
    browser.press("listitem", "orders-db-1:", Key::Enter + "").await?;
    browser.find("dialog", "orders-db-1").await?;
    browser.has_focus("Overview").await?;
    browser.find("button", "Copy the name of wal-orders-db-1").await?;
    leads(browser, &SHEET).await?;
    browser.keys(Key::Escape + "").await?;
    browser.gone("dialog", "orders-db-1").await?;
    browser.has_focus("orders-db-1").await?;
    // Also beyond its end.
    browser.keys(Key::Enter + "").await?;
    browser.has_focus("Overview").await?;
    let mut covered = Vec::new();
    for _ in 0..12 {
        browser.keys(Key::Tab + "").await?;
        let said = browser.script(COVERED).await?;
        covered.extend(said.as_str().filter(|s| !s.is_empty()).map(str::to_owned));
    }
    browser.look(DESKTOP).await?;
    ensure!(covered.is_empty(), "the focus is behind the sheet on {covered:?}");
    Ok(())
}

const SHEET: [&str; 6] = [
    "tabpanel Overview",
    "button Copy the DNS name",
    "button Copy the name of data-orders-db-1",
    "button Copy the name of wal-orders-db-1",
    "button Evict pod…",
    "button Delete pod…",
];

/// What has the focus and is not to be seen: something else lies over its middle.
const COVERED: &str = "
  const e = document.activeElement, r = e.getBoundingClientRect();
  if (e === document.body) return '';
  const top = document.elementFromPoint(r.x + r.width / 2, r.y + Math.min(r.height, innerHeight - r.y) / 2);
  return e === top || e.contains(top) || top?.contains(e) ? '' : (e.innerText || e.id);";

/// Its options are reached by the arrows; Tab goes round between the field and the browser's own controls.
async fn palette(browser: &Browser, demo: &Demo) -> Result<()> {
    browser.open(&format!("{}{}", demo.url(), page::set("shop", "catalog"))).await?;
    browser.says("live · ").await?;
    browser.press("link", "Compare pods", Key::Control + "k").await?;
    browser.has_focus("Search sets, pages and actions").await?;
    leads(browser, &PALETTE).await?;
    browser.keys(Key::Escape + "").await?;
    browser.gone("combobox", "Search sets").await?;
    // Whoever leaves it is where they were.
    browser.has_focus("Compare pods").await
}

const PALETTE: [&str; 4] =
    ["", "combobox Search sets, pages and actions", "", "combobox Search sets, pages and actions"];

/// The card of a moment stands below the lanes.
async fn moment(browser: &Browser, demo: &Demo) -> Result<()> {
    demo.patch(
        "shop",
        "catalog",
        &json!({ "spec": { "updateStrategy": { "rollingUpdate": { "partition": 2 } } } }),
    )?;
    demo.visitor()?.wait_row("shop", "catalog", "it is held one pod further", |row| {
        row.status.kind == StatusKind::Held && row.boundary == Some(2)
    })?;
    browser.open(&format!("{}{}", demo.url(), page::history("shop", "catalog"))).await?;
    browser.says("live · ").await?;
    browser.find("row", "came back Ready on r2").await?;
    // There are lanes to step through.
    browser.find("img", "Ready from").await?;
    browser.press("group", "Pods of catalog over time", Key::Left + "").await?;
    browser.find("text", "The past").await?;
    let there = in_time(async || Ok(browser.has("button", "Back to now").await?.then_some(())));
    there.await?.context("a way back")?;
    leads(browser, &MOMENT).await
}

const MOMENT: [&str; 7] = [
    "link Show the rollout r1 → r2",
    "button Previous change",
    "button Next change",
    "button Copy link to this moment",
    "button Back to now",
    "button All",
    "button Changes",
];

async fn login(browser: &Browser, demo: &Demo) -> Result<()> {
    let panel = Panel::before(demo.kubeconfig.clone(), PanelOptions::default())?;
    for look in [DESKTOP, PHONE] {
        browser.look(look).await?;
        browser.open(&panel.url).await?;
        browser.find("heading", "Log in").await?;
        // One can begin to type at once.
        browser.has_focus("user").await?;
        leads(browser, &LOGIN).await?;
    }
    browser.look(DESKTOP).await?;
    // Also where the page is there long before its first frame.
    let here = browser.driver.window().await?;
    let other = open(browser, &panel.url, "background").await?;
    let there = in_time(async || {
        let tabs = browser.cdp("Target.getTargets", json!({})).await?.to_string();
        Ok((tabs.matches(r#""title":"Log in"#).count() == 2).then_some(()))
    });
    there.await?.context("two tabs with the login")?;
    show(browser, &other).await?;
    browser.has_focus("user").await?;
    browser.driver.close_window().await?;
    Ok(browser.driver.switch_to_window(here).await?)
}

const LOGIN: [&str; 6] = [
    "textbox Password",
    "button Log in",
    "",
    "link Skip to content",
    "button Theme of the system; switch to light",
    "textbox User name",
];
