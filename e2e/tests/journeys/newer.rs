//! The server is replaced by a newer one while somebody types a reason: the page asks to be reloaded, and takes nothing away.

use anyhow::{Context as _, Result, ensure};
use e2e::Panel;
use e2e::browser::Browser;
use model::path::page;
use serde_json::{Value, json};

use super::with_a_panel;

const UPDATED: &str = "The panel's server was updated.";

#[test]
fn a_dialog_outlives_the_change_to_a_newer_server_with_what_was_typed() -> Result<()> {
    with_a_panel(async |browser, _, panel| outlives(browser, panel).await)
}

async fn holds(browser: &Browser, reason: &str) -> Result<()> {
    browser.find("dialog", "Finish").await.context("the dialog stays open")?;
    let field = browser.find("textbox", "Reason").await?;
    let typed = field.prop("value").await?;
    ensure!(typed.as_deref() == Some(reason), "it holds {typed:?}");
    let mark = browser.script("return window.mark ?? null").await?;
    ensure!(mark == json!(1), "it was reloaded");
    Ok(())
}

async fn outlives(browser: &Browser, panel: &mut Panel) -> Result<()> {
    browser.open(&format!("{}{}", panel.url, page::set("shop", "catalog"))).await?;
    browser.says("stay on").await?;
    browser.script("window.mark = 1").await?;
    browser.click("button", "Finish").await?;
    browser.fill("textbox", "Reason", "CHG-5120").await?;
    browser.find("button", "Finish: restart 3 pods").await?;

    panel.kill()?;
    browser.says("Connection lost").await?;
    // As if the page had come from the build before. Nobody answers just now: it hears of the newer one from that alone.
    let older = "document.querySelector('meta[name=rollcall-app]').setAttribute('content', '0123456789abcdef')";
    browser.script(older).await?;
    holds(browser, "CHG-5120").await?;
    ensure!(!browser.text().await?.contains(UPDATED), "nobody has told it yet");

    panel.start_there()?;
    browser.says(UPDATED).await?;
    // Also of the connection it says that it is there again.
    let back = e2e::browser::in_time(async || {
        Ok((!browser.text().await?.contains("Connection lost")).then_some(()))
    });
    back.await?.context("it is live again")?;
    holds(browser, "CHG-5120").await?;
    browser.press("textbox", "Reason", " ok").await?;
    holds(browser, "CHG-5120 ok").await?;

    browser.click("button", "Cancel").await?;
    browser.gone("dialog", "Finish").await?;
    ensure!(browser.script("return window.mark ?? null").await? == json!(1), "it was reloaded");
    browser.click("button", "Reload").await?;
    browser.gone("button", "Reload").await?;
    browser.says("stay on").await?;
    ensure!(!browser.text().await?.contains(UPDATED), "the new page is of the new server");
    ensure!(browser.script("return window.mark ?? null").await? == Value::Null, "a new page");
    // The new page lets one do what the dialog was for.
    browser.click("button", "Finish").await?;
    browser.find("dialog", "Finish").await.map(drop)
}
