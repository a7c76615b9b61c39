//! Many tabs and windows of one browser over HTTP/1.1, of which it opens six connections to a host in all: each is usable, and
//! what is looked at is live.

use anyhow::{Context as _, Result, bail, ensure};
use e2e::Demo;
use e2e::browser::{Browser, DESKTOP, in_time};
use model::path::page;
use model::status::StatusKind;
use serde_json::json;
use thirtyfour::WindowHandle;

/// The set that every tab shows, with its pods.
const SET: &str = "orders-db";

/// Another image, by which each tab tells what it has seen.
fn change(demo: &Demo, tag: &str) -> Result<()> {
    let image = format!("registry.example/orders-db:{tag}");
    let containers = json!([{ "name": "database", "image": image }]);
    let patch = json!({ "spec": { "template": { "spec": { "containers": containers } } } });
    let url = format!("{}/apis/apps/v1/namespaces/shop/statefulsets/{SET}", demo.server()?);
    ureq::patch(url)
        .header("content-type", "application/strategic-merge-patch+json")
        .send(patch.to_string().as_bytes())?;
    Ok(())
}

async fn is_hidden(browser: &Browser) -> Result<bool> {
    Ok(browser.script("return document.hidden").await? == json!(true))
}

/// Streams that all tabs of the browser have open.
async fn streams(browser: &Browser) -> Result<u64> {
    let asked = "const done = arguments[0]; navigator.locks.query().then(q => done(q.held.length))";
    let answer = browser.driver.execute_async(asked, vec![]).await?;
    answer.json().as_u64().context("a number")
}

async fn wait_streams(browser: &Browser, wanted: u64) -> Result<()> {
    let open = in_time(async || Ok((streams(browser).await? == wanted).then_some(())));
    if open.await?.is_some() {
        return Ok(());
    }
    bail!("{} streams are open, not {wanted}", streams(browser).await?)
}

/// Opens a tab or a window without going there, and answers it.
pub(super) async fn open(browser: &Browser, url: &str, how: &str) -> Result<WindowHandle> {
    let before = browser.driver.windows().await?;
    browser.cdp("Target.createTarget", json!({ "url": url, how: true })).await?;
    let new = in_time(async || {
        Ok(browser.driver.windows().await?.into_iter().find(|w| !before.contains(w)))
    });
    new.await?.context("no other tab has opened")
}

/// Goes to a tab, as by a click on it: the one before is hidden from then on.
pub(super) async fn show(browser: &Browser, tab: &WindowHandle) -> Result<()> {
    browser.driver.switch_to_window(tab.clone()).await?;
    let seen = in_time(async || Ok((!is_hidden(browser).await?).then_some(())));
    seen.await?.context("the tab that is looked at is not hidden")
}

async fn enter(demo: &Demo) -> Result<Browser> {
    let browser = Browser::start(DESKTOP).await?;
    demo.enter(&browser).await?;
    Ok(browser)
}

#[test]
fn ten_tabs_of_one_browser_stay_usable_and_the_one_that_is_looked_at_is_live() -> Result<()> {
    let demo = Demo::quick()?;
    tokio::runtime::Runtime::new()?.block_on(async {
        let browser = enter(&demo).await?;
        let told = ten(&browser, &demo).await;
        browser.quit().await?;
        told
    })
}

async fn ten(browser: &Browser, demo: &Demo) -> Result<()> {
    let url = format!("{}{}", demo.url(), page::set("shop", SET));
    let mut tabs = vec![browser.driver.window().await?];
    browser.open(&url).await?;
    // Nine more in the background, as links are opened: none of them takes a connection.
    for _ in 1..10 {
        tabs.push(open(browser, &url, "background").await?);
    }
    browser.says("orders-db-4").await?;
    wait_streams(browser, 1).await?;

    // One after the other is looked at, faster than they let go: it shows what is, and hears of what comes.
    for (n, tab) in tabs.iter().enumerate() {
        show(browser, tab).await?;
        if n > 0 {
            let first = "return performance.getEntriesByType('visibility-state')[0].name";
            ensure!(browser.script(first).await? == json!("hidden"), "it was in the background");
            browser.says(&format!("{}", 2000 + n - 1)).await.with_context(|| format!("tab {n}"))?;
        }
        let next = format!("{}", 2000 + n);
        change(demo, &next)?;
        browser.says(&next).await.with_context(|| format!("tab {n}"))?;
        browser.find("button", "New image").await?;
    }
    wait_streams(browser, 1).await?;
    ensure!(browser.console_errors().await?.is_empty());

    // A log that is followed rests as well, and goes on with what was missed.
    let pod = format!("{url}?pod=orders-db-0&tab=logs");
    browser.open(&pod).await?;
    browser.says("following").await?;
    wait_streams(browser, 2).await?;
    show(browser, &tabs[0]).await?;
    wait_streams(browser, 1).await?;
    show(browser, &tabs[9]).await?;
    browser.says("following").await?;
    let times = "return [...document.querySelectorAll('[role=log] li')].map(l => l.innerText)";
    let lines: Vec<String> = serde_json::from_value(browser.script(times).await?)?;
    let mut unique = lines.clone();
    unique.dedup();
    ensure!(!lines.is_empty() && unique == lines, "no line comes twice: {lines:#?}");
    Ok(())
}

#[test]
fn logs_of_all_pods_rest_while_nobody_looks_and_go_on_without_a_gap() -> Result<()> {
    let demo = Demo::quick()?;
    tokio::runtime::Runtime::new()?.block_on(async {
        let browser = enter(&demo).await?;
        let told = logs_rest(&browser, &demo).await;
        browser.quit().await?;
        told
    })
}

async fn logs_rest(browser: &Browser, demo: &Demo) -> Result<()> {
    let compare = format!("{}{}?view=merged", demo.url(), page::compare("shop", SET));
    let one = browser.driver.window().await?;
    browser.open(&compare).await?;
    browser.says("following 5 pods").await?;
    wait_streams(browser, 2).await?;
    // What is opened in the background takes nothing.
    let other = open(browser, &compare, "background").await?;
    wait_streams(browser, 2).await?;

    show(browser, &other).await?;
    browser.says("following 5 pods").await?;
    browser.find("listitem", "ready to serve").await.context("what was written long before")?;
    wait_streams(browser, 2).await?;
    // Meanwhile every pod is made anew.
    change(demo, "4001")?;
    browser.find("listitem", "starting registry.example/orders-db:4001").await?;
    demo.visitor()?.wait_row("shop", SET, "all have it", |row| {
        row.status.kind == StatusKind::Settled && row.images.iter().any(|i| i.ends_with("4001"))
    })?;

    show(browser, &one).await?;
    browser.says("following 5 pods").await?;
    // Also of those that had been made anew while nobody looked.
    let new = in_time(async || {
        let all = browser.every("listitem", "starting registry.example/orders-db:4001").await?;
        Ok((!all.is_empty()).then_some(()))
    });
    new.await?.context("what was written meanwhile")?;
    wait_streams(browser, 2).await?;
    let texts = "return [...document.querySelectorAll('[role=log] li')].map(l => l.innerText)";
    let lines: Vec<String> = serde_json::from_value(browser.script(texts).await?)?;
    let unique: std::collections::BTreeSet<&String> = lines.iter().collect();
    ensure!(unique.len() == lines.len(), "no line comes twice: {lines:#?}");
    ensure!(browser.console_errors().await?.is_empty());
    Ok(())
}

#[test]
fn windows_side_by_side_are_live_although_they_share_six_connections() -> Result<()> {
    let demo = Demo::quick()?;
    tokio::runtime::Runtime::new()?.block_on(async {
        let browser = enter(&demo).await?;
        let told = side_by_side(&browser, &demo).await;
        browser.quit().await?;
        told
    })
}

async fn side_by_side(browser: &Browser, demo: &Demo) -> Result<()> {
    let url = format!("{}{}", demo.url(), page::set("shop", SET));
    let mut windows = Vec::new();
    for _ in 0..8 {
        windows.push(open(browser, &url, "newWindow").await?);
    }
    for window in &windows {
        browser.driver.switch_to_window(window.clone()).await?;
        browser.says("orders-db-4").await?;
        let seen = in_time(async || Ok((!is_hidden(browser).await?).then_some(())));
        seen.await?.context("a window beside others is seen")?;
    }
    wait_streams(browser, 4).await?;
    // Where all connections are taken a log is read all the same, once, and says why.
    for page in [
        format!("{url}?pod={SET}-0&tab=logs"),
        format!("{}{}", demo.url(), page::compare("shop", SET)),
    ] {
        let window = open(browser, &page, "newWindow").await?;
        browser.driver.switch_to_window(window).await?;
        browser.says("Read once: other windows of this browser follow so much").await?;
        browser.says("ready to serve").await?;
        browser.until("button", "Follow", "aria-pressed", "false").await?;
        browser.driver.close_window().await?;
        browser.driver.switch_to_window(windows[0].clone()).await?;
    }
    wait_streams(browser, 4).await?;
    for tag in ["3001", "3002"] {
        change(demo, tag)?;
        for window in &windows {
            browser.driver.switch_to_window(window.clone()).await?;
            browser.says(tag).await?;
            ensure!(!browser.text().await?.contains("Connection lost"), "nothing is lost");
        }
    }
    // Windows that go make room.
    for window in windows.drain(..5) {
        browser.driver.switch_to_window(window).await?;
        browser.driver.close_window().await?;
    }
    // The window from which all were opened may be seen behind them, or not.
    let mut seen = 0;
    for window in browser.driver.windows().await? {
        browser.driver.switch_to_window(window).await?;
        seen += u64::from(!is_hidden(browser).await?);
    }
    ensure!((3..=4).contains(&seen), "{seen} windows are seen");
    wait_streams(browser, seen).await
}
