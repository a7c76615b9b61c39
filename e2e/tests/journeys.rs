//! Browser journeys against the real binary and the real control plane. Things are found by role and name, as a person finds
//! them.

#[path = "journeys/access.rs"]
mod access;
#[path = "journeys/band.rs"]
mod band;
#[path = "journeys/canary.rs"]
mod canary;
#[path = "journeys/closer.rs"]
mod closer;
#[path = "journeys/compare.rs"]
mod compare;
#[path = "journeys/copying.rs"]
mod copying;
#[path = "journeys/demo.rs"]
mod demo;
#[path = "journeys/drag.rs"]
mod drag;
#[path = "journeys/ended.rs"]
mod ended;
#[path = "journeys/focus.rs"]
mod focus;
#[path = "journeys/forced.rs"]
mod forced;
#[path = "journeys/going_back.rs"]
mod going_back;
#[path = "journeys/hover.rs"]
mod hover;
#[path = "journeys/keyboard.rs"]
mod keyboard;
#[path = "journeys/motion.rs"]
mod motion;
#[path = "journeys/narrowing.rs"]
mod narrowing;
#[path = "journeys/newer.rs"]
mod newer;
#[path = "journeys/onelog.rs"]
mod onelog;
#[path = "journeys/order.rs"]
mod order;
#[path = "journeys/outage.rs"]
mod outage;
#[path = "journeys/pages.rs"]
mod pages;
#[path = "journeys/parts.rs"]
mod parts;
#[path = "journeys/past.rs"]
mod past;
#[path = "journeys/print.rs"]
mod print;
#[path = "journeys/reconnect.rs"]
mod reconnect;
#[path = "journeys/refused.rs"]
mod refused;
#[path = "journeys/room.rs"]
mod room;
#[path = "journeys/sheet.rs"]
mod sheet;
#[path = "journeys/sizes.rs"]
mod sizes;
#[path = "journeys/states.rs"]
mod states;
#[path = "journeys/statuses.rs"]
mod statuses;
#[path = "journeys/steady.rs"]
mod steady;
#[path = "journeys/strip.rs"]
mod strip;
#[path = "journeys/tabs.rs"]
mod tabs;
#[path = "journeys/verbs.rs"]
mod verbs;

use anyhow::{Context as _, Result};
use e2e::browser::{Browser, DESKTOP, Look};
use e2e::{Demo, Panel, PanelOptions};

/// Logs in by the login page.
async fn log_in(browser: &Browser, panel: &Panel, user: &str) -> Result<()> {
    browser.open(&panel.url).await?;
    browser.fill("textbox", "User", user).await?;
    browser.fill("textbox", "Password", e2e::panel::PASSWORD).await?;
    browser.click("button", "Log in").await?;
    browser.find("heading", "Fleet").await?;
    Ok(())
}

/// Tells a story of somebody who has come in to a demo.
fn in_the_demo(
    demo: &Demo,
    look: Look,
    story: impl AsyncFnOnce(&Browser, &Demo) -> Result<()>,
) -> Result<()> {
    tokio::runtime::Runtime::new()?.block_on(async {
        let browser = Browser::start(look).await?;
        demo.enter(&browser).await?;
        let told = story(&browser, demo).await;
        let said = browser.text().await.unwrap_or_default();
        browser.quit().await?;
        told.with_context(|| format!("the page says: {said}"))
    })
}

/// Tells a story of somebody who is logged in to a panel of their own before a demo's cluster, which may be ended and started again.
fn with_a_panel(story: impl AsyncFnOnce(&Browser, &Demo, &mut Panel) -> Result<()>) -> Result<()> {
    let demo = Demo::quick()?;
    let mut panel = Panel::before(demo.kubeconfig.clone(), PanelOptions::default())?;
    panel.user("ada", "operator")?;
    tokio::runtime::Runtime::new()?.block_on(async {
        let browser = Browser::start(DESKTOP).await?;
        log_in(&browser, &panel, "ada").await?;
        let told = story(&browser, &demo, &mut panel).await;
        let said = browser.text().await.unwrap_or_default();
        browser.quit().await?;
        told.with_context(|| format!("the page says: {said}"))
    })
}
