//! Ways back from a canary: the handle says beforehand what would restart, an abort lets it fall back, a roll back brings an
//! earlier revision, and what this cluster cannot do says why.

use anyhow::{Context, Result};
use e2e::browser::{Browser, DESKTOP, Look, PHONE};
use e2e::stories::set;
use e2e::tree::within;
use e2e::{Client, Panel, PanelOptions, namespace, plane};
use model::path::page;
use model::status::StatusKind;
use serde_json::json;
use thirtyfour::Key;

use super::log_in;

const NS: &str = "way-back";

/// Three pods on r1, the highest of them on r2, held there.
fn canary(client: &Client) -> Result<()> {
    plane().apply("admin", NS, &set("orders-db").claims().yaml())?;
    client.wait_status(NS, "orders-db", StatusKind::Settled)?;
    let image = json!([{"container": "app", "image": "registry.example/app:2.0"}]);
    let body = json!({"action": "setImage", "images": image, "partition": 2});
    assert_eq!(client.act(NS, "orders-db", body)?.status, 200);
    client.wait_status(NS, "orders-db", StatusKind::Held)?;
    Ok(())
}

#[test]
fn a_canary_is_looked_at_aborted_and_rolled_back() -> Result<()> {
    namespace(plane(), NS);
    let options =
        PanelOptions { args: vec!["--namespace".into(), NS.into()], ..PanelOptions::default() };
    let panel = Panel::start(plane(), options)?;
    let client = panel.user("ada", "operator")?;
    canary(&client)?;
    tokio::runtime::Runtime::new()?.block_on(async {
        let browser = Browser::start(DESKTOP).await?;
        let told = story(&browser, &panel).await;
        let said = browser.text().await.unwrap_or_default();
        browser.quit().await?;
        told.with_context(|| format!("the page says: {said}"))
    })
}

async fn story(browser: &Browser, panel: &Panel) -> Result<()> {
    log_in(browser, panel, "ada").await?;
    browser.open(&format!("{}{}", panel.url, page::set(NS, "orders-db"))).await?;
    browser.says("orders-db-2 runs r2.").await?;
    looked_at(browser).await?;

    // The only healthy canary is chosen beforehand.
    browser.click("button", "Abort").await?;
    browser.find("dialog", "Abort the rollout").await?;
    let canary = browser.find("checkbox", "orders-db-2").await?;
    assert!(canary.is_selected().await?);
    browser.find("button", "Abort: restart 1 pod").await?;
    canary.click().await?;
    browser.find("button", "Abort: no restart").await?;
    canary.click().await?;
    browser.says("orders-db-2 restarts on r1").await?;
    fits(browser).await?;
    browser.fill("textbox", "Reason", "p95 doubled").await?;
    browser.click("button", "Abort: restart 1 pod").await?;
    browser
        .says("No pod gets r2 yet. orders-db-0 to orders-db-2 stay on r1 until someone advances.")
        .await?;
    browser.says("r2 was aborted").await?;
    browser.find("button", "Advance to orders-db-2…").await?;
    assert_eq!(
        browser
            .faults("aborted", &[("text", "r2 was aborted"), ("button", "Advance to orders-db-2…")])
            .await?,
        Vec::<String>::new()
    );

    // Whoever goes on all the same is told before, and whoever looks at all sets sees what holds this one.
    browser.click("button", "Advance to orders-db-2…").await?;
    browser.find("dialog", "Advance").await?;
    browser.says("r2 was aborted. This tries it again.").await?;
    browser.keys(Key::Escape + "").await?;
    browser.gone("dialog", "Advance").await?;
    browser.open(&panel.url).await?;
    browser.says("r2 was aborted by ada").await?;
    browser.open(&format!("{}{}", panel.url, page::set(NS, "orders-db"))).await?;

    // Back to r1 as the template, too: nothing is left that could roll again.
    browser.click("button", "Roll back").await?;
    browser.find("dialog", "Roll back orders-db to r1").await?;
    let earlier = browser.find("radio", "r1").await?;
    assert!(earlier.is_selected().await?);
    browser.says("image from 2.0 to 1.0").await?;
    browser.says("Only the pod template goes back").await?;
    fits(browser).await?;
    browser.fill("textbox", "Reason", "CHG-5121").await?;
    browser.click("button", "Roll back to r1: no restart").await?;
    browser.says("All 3 pods run r3 and are Ready.").await?;
    browser.says("p95 doubled").await?;
    browser.says("CHG-5121").await?;

    // This cluster drops the field, and the button says so.
    browser.click("button", "More actions").await?;
    browser.is_off("button", "Set maxUnavailable").await?;
    let tree = browser.tree().await?;
    let why = within(&tree, "button", "Set maxUnavailable")[0].description.as_str();
    assert!(why.contains("MaxUnavailableStatefulSet is off"), "{why}");
    assert!(browser.text().await?.contains(why), "in view as well");
    Ok(())
}

/// The pods that would restart say so while the handle is away from its place, and cease to when it is put back.
async fn looked_at(browser: &Browser) -> Result<()> {
    browser.press("slider", "First ordinal", Key::Left + "").await?;
    browser.find("listitem", "would restart 1st").await?;
    browser.press("slider", "First ordinal", Key::Home + "").await?;
    let said = browser.attr("listitem", "would restart 2nd", "aria-label").await?;
    assert!(said.starts_with("orders-db-0:"), "{said}");
    fits(browser).await?;
    browser.press("slider", "First ordinal", Key::Escape + "").await?;
    browser.says("Hold is off").await?;
    browser.gone("listitem", "would restart").await?;
    Ok(())
}

/// What is open fits on a desk and on a phone, in both themes.
async fn fits(browser: &Browser) -> Result<()> {
    for look in [PHONE, Look { dark: true, ..PHONE }, DESKTOP] {
        browser.look(look).await?;
        let wide = browser.overflow().await?;
        assert!(wide.is_empty(), "too wide at {}: {wide:?}", look.width);
    }
    Ok(())
}
