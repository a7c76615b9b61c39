//! Parts of the app that are loaded when they are needed: what one sees where that fails, and how it goes on.

use anyhow::Result;
use e2e::Demo;
use e2e::browser::{Browser, DESKTOP, Look, PHONE};
use model::path::page;
use serde_json::json;

/// From now on the browser gets none of the parts whose addresses contain one of these.
async fn withhold(browser: &Browser, parts: &[&str]) -> Result<()> {
    // What a page begins with comes in one file, and else each part in its own.
    let kinds = |part| ["wasm", "pack"].map(|kind| format!("*{part}*.{kind}"));
    let urls: Vec<String> = parts.iter().flat_map(kinds).collect();
    browser.cdp("Network.enable", json!({})).await?;
    browser.cdp("Network.clearBrowserCache", json!({})).await?;
    browser.cdp("Network.setBlockedURLs", json!({ "urls": urls })).await?;
    Ok(())
}

/// How many files of this kind with a part of the fleet in them this page has asked for.
async fn asked_for(browser: &Browser, kind: &str) -> Result<Option<u64>> {
    let count = format!(
        "return performance.getEntriesByType('resource').filter(e => /[/-]fleet[.-].*\\.{kind}$/.test(e.name)).length"
    );
    Ok(browser.script(&count).await?.as_u64())
}

#[test]
fn what_cannot_be_loaded_says_so_and_comes_when_it_can() -> Result<()> {
    let demo = Demo::start()?;
    tokio::runtime::Runtime::new()?.block_on(async {
        let browser = Browser::start(DESKTOP).await?;
        let told = go_on(&browser, &demo).await;
        browser.quit().await?;
        told
    })
}

async fn go_on(browser: &Browser, demo: &Demo) -> Result<()> {
    withhold(browser, &["/past.", "/dialog."]).await?;
    demo.enter(browser).await?;
    // The fleet needs none of them.
    browser.find("link", "orders-db").await?;
    // They are asked for as soon as there is time, which may be now.
    let mut errors = browser.console_errors().await?;
    errors.retain(|line| !["/past.", "/dialog."].iter().any(|part| line.contains(part)));
    assert_eq!(errors, Vec::<String>::new());

    browser.click("link", "Activity").await?;
    browser.find("heading", "This page could not be loaded").await?;
    browser.click("button", "Try again").await?;
    browser.find("heading", "This page could not be loaded").await?;
    // Still: colours that fade from one theme to the other have no contrast to be measured.
    for look in [DESKTOP, DESKTOP.dark(), PHONE, PHONE.dark()].map(Look::still) {
        browser.look(look).await?;
        browser.find("link", "Load everything anew").await?;
        assert_eq!(browser.overflow().await?, Vec::<String>::new());
        assert_eq!(browser.axe().await?, Vec::<String>::new());
    }
    browser.look(DESKTOP).await?;
    withhold(browser, &["/dialog."]).await?;
    browser.click("button", "Try again").await?;
    browser.find("heading", "Activity").await?;

    // The same over a page: the focus stays where it was, and what is below goes on.
    browser.open(&format!("{}{}", demo.url(), page::set("shop", "orders-db"))).await?;
    browser.click("button", "Restart").await?;
    browser.find("dialog", "This could not be loaded").await?;
    assert_eq!(browser.axe().await?, Vec::<String>::new());
    withhold(browser, &[]).await?;
    browser.click("button", "Try again").await?;
    browser.find("dialog", "Restart the pods of orders-db").await?;
    browser.click("button", "Cancel").await?;
    browser.has_focus("Restart").await?;

    // What a page begins with comes in one file.
    let fleet = format!("{}{}", demo.url(), page::FLEET);
    browser.open(&fleet).await?;
    browser.find("link", "orders-db").await?;
    assert_eq!(asked_for(browser, "pack").await?, Some(1));
    assert_eq!(asked_for(browser, "wasm").await?, Some(0));
    // Where that cannot be had, each part comes by itself.
    browser.cdp("Network.clearBrowserCache", json!({})).await?;
    browser.cdp("Network.setBlockedURLs", json!({ "urls": ["*.pack"] })).await?;
    browser.open(&fleet).await?;
    browser.find("link", "orders-db").await?;
    assert!(asked_for(browser, "wasm").await? > Some(1));
    browser.open(&format!("{}{}", demo.url(), page::set("shop", "orders-db"))).await?;
    browser.find("button", "Restart").await?;
    Ok(())
}
