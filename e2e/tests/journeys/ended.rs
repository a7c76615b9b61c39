//! Whose session ends under an open page finds the way back to it. What a server says that has seen nothing yet, and what one says
//! to a viewer.

use anyhow::{Context as _, Result, ensure};
use e2e::browser::{Browser, DESKTOP, in_time};
use e2e::panel::PASSWORD;
use e2e::{Client, Demo, Panel, PanelOptions};
use model::path::{self, page};
use serde_json::json;

use super::log_in;
use super::states::{States, delete_all_sets};

#[test]
fn whose_session_ends_under_an_open_page_comes_back_to_it_by_the_login() -> Result<()> {
    let demo = Demo::quick()?;
    let command = r#"visits=["cat","/data/visits"]"#.to_owned();
    let options =
        PanelOptions { args: vec!["--command".into(), command], ..PanelOptions::default() };
    let panel = Panel::before(demo.kubeconfig.clone(), options)?;
    panel.user("vic", "viewer")?;
    tokio::runtime::Runtime::new()?.block_on(async {
        let browser = Browser::start(DESKTOP).await?;
        let mut states = States::of(&browser);
        let told = async {
            log_in(&browser, &panel, "vic").await?;
            viewer(&mut states, &panel).await.context("a viewer")?;
            ended(&mut states, &panel).await.context("the session ends")?;
            empty(&mut states, &demo).await.context("a new server")
        };
        let told = told.await;
        let said = browser.text().await.unwrap_or_default();
        let told = states.told(told);
        browser.quit().await?;
        told.with_context(|| format!("the page says: {said}"))
    })
}

async fn viewer(states: &mut States<'_>, panel: &Panel) -> Result<()> {
    let browser = states.browser;
    browser.open(&format!("{}{}", panel.url, page::compare("shop", "orders-db"))).await?;
    let seen = [
        ("heading", "Compare the pods of orders-db"),
        ("text", "You may not run commands here."),
        ("text", "visits (cat /data/visits)"),
    ];
    states.show_and_listen("compare-viewer", &seen).await?;
    ensure!(!browser.has("button", "Run on").await?, "there is no form");

    browser.open(&format!("{}{}", panel.url, page::history("shop", "orders-db"))).await?;
    browser.find("row", "was seen for the first time").await?;
    browser.click("button", "Claims").await?;
    let none = [("heading", "Nothing of this kind"), ("heading", "History of orders-db")];
    states.show_and_listen("history-none-of-this-kind", &none).await
}

/// The session cookie of the browser, as another tool would send it.
async fn same_session(browser: &Browser, panel: &Panel) -> Result<Client> {
    let cookies = browser.cdp("Network.getCookies", json!({ "urls": [panel.url] })).await?;
    let cookie = cookies["cookies"].get(0).context("a cookie")?;
    let text = |field: &str| cookie[field].as_str().context("of it").map(str::to_owned);
    let mut client = Client::anonymous(&panel.url);
    client.cookie = Some(format!("{}={}", text("name")?, text("value")?));
    Ok(client)
}

async fn ended(states: &mut States<'_>, panel: &Panel) -> Result<()> {
    let browser = states.browser;
    let place = format!("{}?pod=orders-db-1", page::set("shop", "orders-db"));
    browser.open(&format!("{}{place}", panel.url)).await?;
    browser.find("dialog", "orders-db-1").await?;
    browser.says("live · ").await?;
    let out = same_session(browser, panel).await?.send("DELETE", path::SESSION, None, &[])?;
    ensure!(out.status < 300, "{}", out.text);
    // Nobody touches the page.
    states
        .show_and_listen("login-again", &[("heading", "Log in"), ("textbox", "User name")])
        .await?;
    let next = browser.script("return new URLSearchParams(location.search).get('next')").await?;
    ensure!(next == json!(place), "the login leads to {next}");
    let text = browser.text().await?;
    ensure!(!text.contains("orders-db"), "what was shown is gone: {text}");
    browser.fill("textbox", "User name", "vic").await?;
    browser.fill("textbox", "Password", PASSWORD).await?;
    browser.click("button", "Log in").await?;
    browser.find("dialog", "orders-db-1").await?;
    browser.find("heading", "orders-db").await?;
    let back = in_time(async || {
        let here = browser.script("return location.pathname + location.search").await?;
        Ok((here == json!(place)).then_some(()))
    });
    back.await?.context("the same page again")?;
    browser.says("live · ").await
}

/// A server that comes to a cluster without sets.
async fn empty(states: &mut States<'_>, demo: &Demo) -> Result<()> {
    let browser = states.browser;
    delete_all_sets(&demo.server()?)?;
    let panel = Panel::before(demo.kubeconfig.clone(), PanelOptions::default())?;
    panel.user("ada", "operator")?;
    log_in(browser, &panel, "ada").await?;
    browser.open(&format!("{}{}", panel.url, page::ACTIVITY)).await?;
    let seen = [("heading", "Activity"), ("heading", "Nothing has happened yet")];
    states.show_and_listen("activity-empty", &seen).await
}
