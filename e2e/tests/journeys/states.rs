//! Pages that have nothing to show, nothing new, or nobody to show it to: loading, failed, empty, no access, connection lost,
//! cluster gone, conflict, first start, login. In both themes, at each width.
//!
//! With `ROLLCALL_PICTURES=FOLDER` each state is also written there as pictures.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};
use e2e::browser::{Browser, DESKTOP};
use e2e::checks::Seen;
use e2e::panel::PASSWORD;
use e2e::{Demo, Panel, PanelOptions};
use model::path::page;
use serde_json::{Value, json};

use super::access::pictures;
use super::log_in;

/// What was found so far.
pub(super) struct States<'a> {
    pub browser: &'a Browser,
    wrong: Vec<String>,
}

impl<'a> States<'a> {
    pub(super) fn of(browser: &'a Browser) -> Self {
        Self { browser, wrong: Vec::new() }
    }

    /// Looks at the page as it is now, on which all this is to be seen in every look.
    pub(super) async fn show(&mut self, name: &str, seen: &[Seen<'_>]) -> Result<()> {
        for (role, says) in seen {
            self.browser.find(role, says).await.with_context(|| name.to_owned())?;
        }
        self.wrong.extend(self.browser.faults_in_view(name, seen).await?);
        self.wrong.extend(self.browser.foreign().await?);
        pictures(self.browser, name).await
    }

    /// Waits until something of this role says this, and looks at the page, on which it is to be seen in every look.
    async fn look(&mut self, name: &str, role: &str, says: &str) -> Result<()> {
        self.show(name, &[(role, says)]).await
    }

    /// The same, and the console is silent.
    async fn look_and_listen(&mut self, name: &str, role: &str, says: &str) -> Result<()> {
        self.show_and_listen(name, &[(role, says)]).await
    }

    /// The same of several things.
    pub(super) async fn show_and_listen(&mut self, name: &str, seen: &[Seen<'_>]) -> Result<()> {
        self.show(name, seen).await?;
        self.wrong.extend(self.browser.console_errors().await?);
        Ok(())
    }

    /// A page that waits under a heading: that it does is seen by its grey bars, and said to a screen reader alone.
    async fn waits(&mut self, name: &str, heading: &str, says: &str) -> Result<()> {
        self.browser.find("status", says).await.with_context(|| name.to_owned())?;
        let seen = [("heading", heading)];
        self.wrong.extend(self.browser.faults_in_view(name, &seen).await?);
        ensure!(self.browser.has("status", says).await?, "{name}: it waits no longer");
        self.wrong.extend(self.browser.foreign().await?);
        self.wrong.extend(self.browser.console_errors().await?);
        pictures(self.browser, name).await
    }

    pub(super) fn told(self, told: Result<()>) -> Result<()> {
        told?;
        ensure!(self.wrong.is_empty(), "{} faults:\n{}", self.wrong.len(), self.wrong.join("\n"));
        Ok(())
    }
}

/// Answers to addresses with this in them never come.
async fn hold_back(browser: &Browser, part: &str) -> Result<()> {
    let patterns = json!({ "patterns": [{ "urlPattern": format!("*{part}*") }] });
    browser.cdp("Fetch.enable", patterns).await?;
    Ok(())
}

async fn let_through(browser: &Browser) -> Result<()> {
    browser.cdp("Fetch.disable", json!({})).await?;
    Ok(())
}

/// Requests to addresses with this in them fail at once.
pub(super) async fn fail(browser: &Browser, part: &str) -> Result<()> {
    let urls: &[String] = if part.is_empty() { &[] } else { &[format!("*{part}*")] };
    browser.cdp("Network.enable", json!({})).await?;
    browser.cdp("Network.setBlockedURLs", json!({ "urls": urls })).await?;
    Ok(())
}

const SETS: &str = "/apis/apps/v1/namespaces/shop/statefulsets";

#[test]
fn a_page_says_what_it_waits_for_and_why_it_has_nothing_to_show() -> Result<()> {
    let demo = Demo::quick()?;
    tokio::runtime::Runtime::new()?.block_on(async {
        let browser = Browser::start(DESKTOP).await?;
        demo.enter(&browser).await?;
        let mut states = States::of(&browser);
        let told = states.of_a_demo(demo).await;
        let told = states.told(told);
        browser.quit().await?;
        told
    })
}

impl States<'_> {
    async fn of_a_demo(&mut self, demo: Demo) -> Result<()> {
        let browser = self.browser;
        let url = demo.url().to_owned();
        let at = |path: &str| format!("{url}{path}");
        let of_set = page::set("shop", "catalog");

        hold_back(browser, "/api/v1/sets").await?;
        browser.open(&at(page::FLEET)).await?;
        self.waits("loading-fleet", "Fleet", "Loading sets").await?;
        browser.open(&at(&of_set)).await?;
        self.waits("loading-set", "catalog", "Loading the set").await?;
        hold_back(browser, "/api/v1/*history").await?;
        browser.open(&at(&page::history("shop", "catalog"))).await?;
        self.waits("loading-history", "History of catalog", "Loading").await?;
        hold_back(browser, "/api/v1/events").await?;
        browser.open(&at(page::ACTIVITY)).await?;
        self.look_and_listen("loading-activity", "status", "Reading what happened").await?;
        let_through(browser).await?;

        fail(browser, "/api/v1/sets").await?;
        browser.open(&at(page::FLEET)).await?;
        self.look("failed-fleet", "alert", "No connection").await?;
        browser.open(&at(&of_set)).await?;
        self.look("failed-set", "heading", "catalog cannot be shown now").await?;
        fail(browser, "/api/v1/events").await?;
        browser.open(&at(page::ACTIVITY)).await?;
        self.look("failed-activity", "alert", "No connection").await?;
        fail(browser, "/history").await?;
        browser.open(&at(&page::history("shop", "catalog"))).await?;
        self.look("failed-history", "alert", "No connection").await?;
        browser.find("button", "Try again").await?;
        browser.open(&at(page::FLEET)).await?;
        browser.click("link", "catalog").await?;
        self.look("failed-part", "alert", "No connection").await?;
        fail(browser, "").await?;
        browser.console_errors().await?;

        // Somebody changes the set while its dialog is open.
        browser.open(&at(&of_set)).await?;
        browser.says("stay on").await?;
        browser.click("button", "Finish").await?;
        browser.find("text", "Checked with the API server").await?;
        let server = demo.server()?;
        let held = json!({ "spec": { "updateStrategy": { "rollingUpdate": { "partition": 1 } } } });
        patch(&format!("{server}{SETS}/catalog"), &held)?;
        self.look_and_listen("conflict", "columnheader", "What you saw").await?;
        browser.click("button", "New forecast").await?;
        self.look_and_listen("conflict-resolved", "button", "Finish: restart").await?;
        browser.click("button", "Cancel").await?;

        browser.open(&at(page::FLEET)).await?;
        browser.says("catalog").await?;
        delete_all_sets(&server)?;
        self.look_and_listen("empty", "heading", "No StatefulSets yet").await?;
        browser.open(&at(&of_set)).await?;
        self.look_and_listen("set-is-gone", "heading", "There is no StatefulSet catalog in shop")
            .await?;

        browser.open(&at(page::ACTIVITY)).await?;
        browser.says("catalog").await?;
        drop(demo);
        self.look("lost-activity", "status", "Connection lost").await?;
        Ok(())
    }
}

fn patch(url: &str, body: &Value) -> Result<()> {
    ureq::patch(url)
        .header("content-type", "application/merge-patch+json")
        .send(body.to_string().as_bytes())?;
    Ok(())
}

pub(super) fn delete_all_sets(server: &str) -> Result<()> {
    let all = format!("{server}/apis/apps/v1/statefulsets");
    let list: Value = ureq::get(all).call()?.body_mut().read_json()?;
    for set in list["items"].as_array().context("a list")? {
        let of = |field: &str| set["metadata"][field].as_str().map(str::to_owned);
        let (namespace, name) = (of("namespace").context("one")?, of("name").context("one")?);
        let url = format!("{server}/apis/apps/v1/namespaces/{namespace}/statefulsets/{name}");
        ureq::delete(url).call()?;
    }
    Ok(())
}

/// The demo's kubeconfig, as somebody else.
fn kubeconfig_as(demo: &Demo, user: &str, folder: &Path) -> Result<PathBuf> {
    let text = std::fs::read_to_string(&demo.kubeconfig)?;
    let other = text.replace("user: {}", &format!("user: {{ as: {user} }}"));
    ensure!(other != text, "a user in {text}");
    let file = folder.join(format!("as-{user}"));
    std::fs::write(&file, other)?;
    Ok(file)
}

#[test]
fn a_server_that_was_just_installed_says_who_may_come_in_and_what_they_may_see() -> Result<()> {
    let demo = Demo::quick()?;
    tokio::runtime::Runtime::new()?.block_on(async {
        let browser = Browser::start(DESKTOP).await?;
        let mut states = States::of(&browser);
        let told = states.of_a_server(demo).await;
        let told = states.told(told);
        browser.quit().await?;
        told
    })
}

impl States<'_> {
    async fn of_a_server(&mut self, demo: Demo) -> Result<()> {
        let browser = self.browser;
        let options = PanelOptions { authority: "impersonate".into(), ..PanelOptions::default() };
        let panel = Panel::before(demo.kubeconfig.clone(), options)?;

        // The first start.
        browser.open(&panel.setup_link()?).await?;
        self.look_and_listen("first-start", "heading", "Set up Rollcall").await?;
        browser.fill("textbox", "User name", "ada").await?;
        browser.fill("textbox", "Password", "short").await?;
        browser.fill("textbox", "The same password again", "short").await?;
        browser.click("button", "Make me the administrator").await?;
        self.look_and_listen("first-start-refused", "alert", "at least 10 characters").await?;
        browser.fill("textbox", "Password", PASSWORD).await?;
        browser.fill("textbox", "The same password again", PASSWORD).await?;
        browser.click("button", "Make me the administrator").await?;
        browser.find("heading", "Fleet").await?;
        // Whoever has come in goes on from the page, though it was there before what stands on it.
        browser.has_focus("main").await?;

        // The cluster knows nobody of that name.
        self.look_and_listen("no-access-fleet", "heading", "You may not see StatefulSets").await?;
        browser.open(&format!("{}{}", panel.url, page::set("shop", "catalog"))).await?;
        self.look_and_listen("no-access-set", "heading", "You may not see catalog in shop").await?;
        browser.open(&format!("{}{}", panel.url, page::history("shop", "catalog"))).await?;
        self.look_and_listen("no-access-history", "heading", "The cluster does not show it")
            .await?;
        browser.open(&format!("{}{}", panel.url, page::ACTIVITY)).await?;
        self.look_and_listen("no-access-activity", "heading", "You may not see StatefulSets")
            .await?;
        browser.click("button", "Log out").await?;

        self.look_and_listen("login", "heading", "Log in").await?;
        browser.fill("textbox", "User name", "ada").await?;
        browser.fill("textbox", "Password", "wrong horse battery").await?;
        browser.click("button", "Log in").await?;
        self.look_and_listen("login-refused", "alert", "password").await?;
        browser.open(&format!("{}{}", panel.url, page::SETUP)).await?;
        browser.says("This link is not complete").await?;
        self.look_and_listen("first-start-without-secret", "heading", "Set up Rollcall").await?;

        // The panel's own account may list nothing.
        let folder = tempfile::tempdir()?;
        let blind = kubeconfig_as(&demo, "carol", folder.path())?;
        let panel = Panel::before(blind, PanelOptions::default())?;
        panel.user("ada", "operator")?;
        log_in(browser, &panel, "ada").await?;
        self.look_and_listen("no-access-panel", "heading", "The panel may not see StatefulSets")
            .await?;

        // The API server goes, and then the server.
        let panel = Panel::before(demo.kubeconfig.clone(), PanelOptions::default())?;
        panel.user("ada", "operator")?;
        log_in(browser, &panel, "ada").await?;
        browser.says("catalog").await?;
        drop(demo);
        self.look_and_listen("cluster-gone-fleet", "status", "The cluster does not answer").await?;
        browser.click("link", "catalog").await?;
        self.look_and_listen("cluster-gone-set", "status", "The cluster does not answer").await?;
        drop(panel);
        self.look("lost-set", "status", "Connection lost").await?;
        browser.click("link", "Fleet").await?;
        self.look("lost-fleet", "status", "Connection lost").await
    }
}
