//! What is so now, on paper: for a report, a change board, a wall.

use anyhow::{Context as _, Result};
use e2e::Demo;
use e2e::browser::{Browser, DESKTOP};
use model::path::page;
use serde_json::json;

/// What is between the margins of an A4 page, in px.
const PAPER: u32 = 703;

/// The elements that lie over others or stay where one scrolls to; on paper they would hide what is below them.
const OVER: &str = r"
return [...document.querySelectorAll('body *')]
  .filter(e => e.getClientRects().length && ['fixed', 'sticky'].includes(getComputedStyle(e).position)
    && getComputedStyle(e).clipPath === 'none')
  .map(e => e.className + ' ' + e.innerText);
";

/// Prints the page as a person would. Answers the size of the file.
async fn print(browser: &Browser) -> Result<usize> {
    let a4 = json!({ "paperWidth": 8.27, "paperHeight": 11.69, "printBackground": false });
    let printed = browser.cdp("Page.printToPDF", a4).await?;
    let data = printed["data"].as_str().context("a file")?;
    assert!(data.starts_with("JVBERi"), "it is no PDF: {data:.20}");
    Ok(data.len() / 4 * 3)
}

/// Shows the page as it would be on paper, although the dark theme is chosen.
async fn as_paper(browser: &Browser) -> Result<()> {
    let size = json!({ "width": PAPER, "height": 1000, "deviceScaleFactor": 1, "mobile": false });
    browser.cdp("Emulation.setDeviceMetricsOverride", size).await?;
    browser.cdp("Emulation.setEmulatedMedia", json!({ "media": "print" })).await?;
    let colours =
        "const s = getComputedStyle(document.body); return s.backgroundColor + ' ' + s.color";
    assert_eq!(browser.script(colours).await?, json!("rgb(255, 255, 255) rgb(22, 24, 27)"));
    for name in ["Log out", "theme; switch to", "Fleet", "All"] {
        assert!(!browser.has("button", name).await?, "{name}");
    }
    assert!(!browser.has("link", "Activity").await?);
    assert_eq!(browser.script(OVER).await?, json!([]));
    assert_eq!(browser.overflow().await?, Vec::<String>::new());
    // An age says nothing on paper.
    let header = browser.script("return document.querySelector('header').innerText").await?;
    let header = header.as_str().unwrap_or_default();
    let year = browser.script("return String(new Date().getFullYear())").await?;
    assert!(header.contains(year.as_str().context("a year")?), "when it was printed: {header}");
    assert!(!header.contains("ago"), "{header}");
    Ok(())
}

#[test]
fn a_set_is_printed_with_its_strip_and_without_what_one_presses() -> Result<()> {
    let demo = Demo::start()?;
    tokio::runtime::Runtime::new()?.block_on(async {
        let browser = Browser::start(DESKTOP).await?;
        demo.enter(&browser).await?;
        browser.click("button", "Theme of the system").await?;
        browser.click("button", "Light theme").await?;
        browser.find("button", "Dark theme").await?;
        browser.open(&format!("{}{}", demo.url(), page::set("shop", "catalog"))).await?;
        browser.find("button", "Advance to catalog-2").await?;
        browser.find("slider", "First ordinal").await?;
        assert!(print(&browser).await? > 10_000);
        as_paper(&browser).await?;
        for (role, name) in [
            ("button", "Advance to"),
            ("button", "New image"),
            ("button", "Roll back"),
            ("link", "Compare pods"),
            ("slider", "First ordinal"),
        ] {
            assert!(!browser.has(role, name).await?, "the {role} {name} is on paper");
        }
        browser.find("heading", "catalog").await?;
        for (pod, revision) in [("catalog-0", "r1"), ("catalog-3", "r2")] {
            browser.find("listitem", &format!("{pod}: revision {revision}, Ready")).await?;
        }
        browser.says("catalog-0 to catalog-2 stay on r1 until someone advances").await?;
        let drawn = "return getComputedStyle(document.querySelector('li[aria-label^=catalog]')).printColorAdjust";
        assert_eq!(browser.script(drawn).await?, json!("exact"), "a band without its colour");
        browser.quit().await
    })
}

#[test]
fn a_fleet_is_printed_as_a_whole() -> Result<()> {
    let demo = Demo::quick()?;
    let url = format!("{}/apis/apps/v1/namespaces/shop/statefulsets", demo.server()?);
    for n in 0..80 {
        let labels = json!({ "app": format!("copy-{n}") });
        let set = json!({
            "apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": { "name": format!("copy-{n}") },
            "spec": {
                "replicas": 1, "serviceName": "copy", "selector": { "matchLabels": labels },
                "template": {
                    "metadata": { "labels": labels },
                    "spec": { "containers": [{ "name": "app", "image": "registry.example/app:1.0" }] },
                },
            },
        });
        ureq::post(&url)
            .header("content-type", "application/json")
            .send(set.to_string().as_bytes())?;
    }
    tokio::runtime::Runtime::new()?.block_on(async {
        let browser = Browser::start(DESKTOP).await?;
        demo.enter(&browser).await?;
        browser.says("91 of 91 sets").await?;
        let rows = "return document.querySelectorAll('tbody th[scope=row]').length";
        let before = browser.script(rows).await?.as_u64().context("a number")?;
        assert!(before < 80, "{before} rows: on the screen only those nearby are there");
        // It listens after the page, which has made itself ready for paper then.
        browser
            .script(&format!(
                "addEventListener('beforeprint', () => {{ window.onPaper = (() => {{ {rows} }})(); }})"
            ))
            .await?;
        assert!(print(&browser).await? > 10_000);
        assert_eq!(browser.script("return window.onPaper").await?, json!(91));
        let after = browser.script(rows).await?.as_u64().context("a number")?;
        assert!((before..80).contains(&after), "and on the screen only those nearby: {after} rows");
        as_paper(&browser).await?;
        assert!(!browser.has("searchbox", "Search sets").await?);
        assert!(!browser.has("button", "Settled").await?);
        browser.find("row", "catalog-0 to catalog-2 stay on r1").await?;
        browser.quit().await
    })
}
