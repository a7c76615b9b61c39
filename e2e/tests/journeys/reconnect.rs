//! The server goes away under an open page and comes back: the page says how old what it shows is, offers nothing that cannot
//! be done, and goes on by itself.

use anyhow::{Context as _, Result, ensure};
use e2e::browser::{Browser, in_time};
use e2e::tree::{names, within};
use e2e::{Demo, Panel};
use model::path::page;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::json;

use super::with_a_panel;

#[test]
fn a_page_outlives_its_server_and_shows_what_it_missed_without_a_reload() -> Result<()> {
    with_a_panel(outlives)
}

async fn outlives(browser: &Browser, demo: &Demo, panel: &mut Panel) -> Result<()> {
    browser.open(&format!("{}{}", panel.url, page::set("shop", "orders-db"))).await?;
    browser.find("heading", "orders-db").await?;
    browser.says("live · ").await?;
    browser.script("window.mark = 1").await?;

    panel.kill()?;
    let lost = browser.find("status", "Connection lost").await?.text().await?;
    ensure!(lost.contains("ago. You see the state of "), "how old it is: {lost}");
    ensure!(lost.contains("Actions are off until it is live again"), "{lost}");
    browser.is_off("button", "Restart…").await.context("nothing can be done")?;
    let wrong = browser.faults_in_view("reconnecting", &[("status", "Connection lost")]).await?;
    ensure!(wrong.is_empty(), "{}", wrong.join("\n"));

    demo.image("shop", "orders-db", "database", "registry.example/orders-db:15.0")?;
    panel.start_there()?;
    // Without anybody's doing; what was missed is there, too.
    browser.says("orders-db:15.0").await?;
    browser.gone("status", "Connection lost").await?;
    is_on(browser).await?;
    ensure!(browser.script("return window.mark").await? == json!(1), "it was not reloaded");
    browser.console_errors().await?;
    let wrong = browser.faults("returned", &[("heading", "orders-db")]).await?;
    ensure!(wrong.is_empty(), "{}", wrong.join("\n"));

    // A server that only pauses loses nobody.
    let pid = Pid::from_raw(i32::try_from(panel.pid())?);
    kill(pid, Signal::SIGSTOP)?;
    let changed = demo.image("shop", "orders-db", "database", "registry.example/orders-db:15.1");
    kill(pid, Signal::SIGCONT)?;
    changed?;
    browser.says("orders-db:15.1").await?;

    // One that has come to a halt is told of, although no connection ends, and whether or not it had been silent before. So it is
    // of a log.
    browser.click("listitem", "orders-db-0").await?;
    browser.click("tab", "Logs").await?;
    browser.says("following").await?;
    kill(pid, Signal::SIGSTOP)?;
    let told = browser.find("status", "Connection lost").await;
    let of_log = browser.find("status", "The connection is lost. The log goes on from here").await;
    kill(pid, Signal::SIGCONT)?;
    told.context("a server that stands still")?;
    of_log.context("a log of it")?;
    browser.gone("status", "Connection lost").await?;
    browser.says("following").await?;
    is_on(browser).await?;
    ensure!(browser.script("return window.mark").await? == json!(1), "it was not reloaded");
    Ok(())
}

/// The actions can be taken again, and a screen reader has heard it.
async fn is_on(browser: &Browser) -> Result<()> {
    let on = in_time(async || {
        let off = browser.attr("button", "Restart…", "aria-disabled").await?;
        Ok((off != "true").then_some(()))
    });
    on.await?.context("the actions are off")?;
    let tree = browser.tree().await?;
    let said = names(within(&tree, "banner", ""), "StaticText");
    ensure!(said.contains(&"The connection is live."), "{said:?}");
    Ok(())
}
