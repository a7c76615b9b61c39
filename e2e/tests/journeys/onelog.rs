//! The log of one pod, of any of its containers: read, searched, followed or not, and what was written before a restart.

use anyhow::{Context as _, Result, ensure};
use e2e::browser::{Browser, DESKTOP, in_time};
use e2e::tree::{names, within};
use e2e::{Demo, PATIENCE};
use model::path::page;

use crate::in_the_demo;

const SEARCH: &str = "Search in the log";

async fn open(browser: &Browser, demo: &Demo, pod: &str) -> Result<()> {
    let set = page::set("labs", "web-app");
    browser.open(&format!("{}{set}?pod={pod}&tab=logs", demo.url())).await?;
    browser.find("log", &format!("Log of {pod}")).await.map(drop)
}

/// The lines of the log, each without its time, which stands first.
async fn lines(browser: &Browser) -> Result<Vec<String>> {
    let code = "return [...document.querySelectorAll('[role=log] li')].map(l => l.lastElementChild.textContent)";
    Ok(serde_json::from_value(browser.script(code).await?)?)
}

/// Waits until the log has these lines.
async fn has(browser: &Browser, wanted: &[&str]) -> Result<()> {
    let there = in_time(async || Ok((lines(browser).await? == wanted).then_some(())));
    if let Ok(Some(())) = there.await {
        return Ok(());
    }
    anyhow::bail!("the log does not say {wanted:?}, but {:?}", lines(browser).await?)
}

/// What is marked in the log.
async fn marked(browser: &Browser) -> Result<Vec<String>> {
    let tree = browser.tree().await?;
    let log = within(&tree, "log", "Log of");
    let marks = (0..log.len()).map(|at| &log[at..]).filter(|part| part[0].role == "mark");
    Ok(marks.map(|part| names(within(part, "mark", ""), "StaticText").concat()).collect())
}

#[test]
fn each_container_of_a_pod_has_its_log_and_what_is_searched_for_is_marked() -> Result<()> {
    let demo = Demo::quick()?;
    in_the_demo(&demo, DESKTOP, containers)
}

async fn containers(browser: &Browser, demo: &Demo) -> Result<()> {
    open(browser, demo, "web-app-1").await?;
    has(browser, &["starting registry.example/web-app:1.0", "ready to serve"]).await?;
    browser.says("2 lines · held in the browser, not stored").await?;
    browser.press("combobox", "Container", "vault-agent").await?;
    has(browser, &["starting registry.example/vault-agent:1.18.1", "ready to serve"]).await?;
    let chosen = browser.find("combobox", "Container").await?.prop("value").await?;
    assert_eq!(chosen.as_deref(), Some("vault-agent"));

    // Whatever the case; all lines stay.
    browser.fill("searchbox", SEARCH, "REGISTRY").await?;
    browser.find("status", "1 line").await?;
    assert_eq!(marked(browser).await?, ["registry"]);
    browser.fill("searchbox", SEARCH, "r").await?;
    browser.find("status", "2 lines").await?;
    let every = marked(browser).await?;
    // One for each place, not for each line: staRting RegistRy.example, Ready to seRve.
    assert_eq!(every, ["r"; 5], "as it is written");
    has(browser, &["starting registry.example/vault-agent:1.18.1", "ready to serve"]).await?;
    browser.fill("searchbox", SEARCH, "no such words anywhere").await?;
    browser.find("status", "0 lines").await?;
    assert_eq!(marked(browser).await?, Vec::<String>::new());
    has(browser, &["starting registry.example/vault-agent:1.18.1", "ready to serve"]).await?;
    // What is searched for holds for the other container, too.
    browser.fill("searchbox", SEARCH, "web-app").await?;
    browser.find("status", "0 lines").await?;
    browser.press("combobox", "Container", "web-app").await?;
    browser.find("status", "1 line").await?;
    assert_eq!(marked(browser).await?, ["web-app"]);
    let wrong =
        browser.faults("log-searched", &[("searchbox", SEARCH), ("status", "1 line")]).await?;
    ensure!(wrong.is_empty(), "{}", wrong.join("\n"));
    browser.console_errors().await.map(drop)
}

#[test]
fn what_a_container_wrote_before_it_was_restarted_is_read_as_previous() -> Result<()> {
    let demo = Demo::quick()?;
    let visitor = demo.visitor()?;
    harness::wait_until("the labs", PATIENCE, || visitor.set("labs", "web-app"))?;
    demo.image("labs", "web-app", "vault-agent", "registry.example/vault-agent:1.19-crash")?;
    harness::wait_until("a restart", PATIENCE, || {
        let set = visitor.set("labs", "web-app")?.context("it stays")?;
        Ok::<_, anyhow::Error>(set.facts.pod_at(1).filter(|p| p.restarts() > 0).map(drop))
    })?;
    in_the_demo(&demo, DESKTOP, previous)
}

async fn previous(browser: &Browser, demo: &Demo) -> Result<()> {
    open(browser, demo, "web-app-1").await?;
    has(browser, &["starting registry.example/web-app:1.0", "ready to serve"]).await?;
    browser.click("button", "Previous").await?;
    browser.says("There is no previous log").await.context("of the one that runs on")?;
    browser.until("button", "Previous", "aria-pressed", "true").await?;
    has(browser, &[]).await?;
    browser.press("combobox", "Container", "vault-agent").await?;
    let ended = [
        "starting registry.example/vault-agent:1.19-crash",
        "fatal: cannot read configuration: exit 1",
    ];
    // It is read once, when it is asked for: whoever was too early asks again.
    let read = in_time(async || {
        let said = browser.text().await?;
        if said.contains("There is no previous log") {
            browser.click("button", "This pod").await?;
            browser.click("button", "Previous").await?;
        }
        Ok((lines(browser).await? == ended).then_some(()))
    });
    read.await?.with_context(|| format!("the log before the restart says {ended:?}"))?;
    browser.says("read once").await?;
    let said = browser.text().await?;
    ensure!(!said.contains("There is no previous log"), "there is one");
    browser.click("button", "This pod").await?;
    browser.until("button", "Previous", "aria-pressed", "false").await?;
    browser.press("combobox", "Container", "web-app").await?;
    browser.says("following").await?;
    has(browser, &["starting registry.example/web-app:1.0", "ready to serve"]).await
}

/// It says something after its start, and this much later something more.
const SLOW: &str = "registry.example/web-app:1.1-slow-30s";

#[test]
fn a_log_grows_while_it_is_followed_and_only_then() -> Result<()> {
    let demo = Demo::quick()?;
    in_the_demo(&demo, DESKTOP, follow)
}

async fn follow(browser: &Browser, demo: &Demo) -> Result<()> {
    open(browser, demo, "web-app-1").await?;
    browser.says("following").await?;
    let before = ["starting registry.example/web-app:1.0", "ready to serve"];
    has(browser, &before).await?;
    let visitor = demo.visitor()?;
    let pod = |ordinal| {
        let set = visitor.set("labs", "web-app")?.context("it stays")?;
        Ok::<_, anyhow::Error>(set.facts.pod_at(ordinal).cloned())
    };
    let up = |ordinal| Ok::<_, anyhow::Error>(pod(ordinal)?.is_some_and(|p| p.is_up()));
    let old = pod(0)?.context("a pod")?.uid;
    demo.image("labs", "web-app", "web-app", SLOW)?;
    let starting = format!("starting {SLOW}");
    // The new pod of the name comes into the sheet, and its log below that of the one before.
    let begun = [before[0], before[1], &starting];
    has(browser, &begun).await.context("the log of a start")?;
    browser.click("button", "Follow").await?;
    browser.until("button", "Follow", "aria-pressed", "false").await?;
    browser.says("read once").await?;
    has(browser, &begun).await?;
    ensure!(!up(1)?, "the pod is still starting");
    in_time(async || Ok(up(1)?.then_some(()))).await?.context("web-app-1 is Ready")?;
    has(browser, &begun).await.context("nothing is asked for any more")?;
    browser.click("button", "Follow").await?;
    has(browser, &[before[0], before[1], &starting, "ready to serve"]).await?;
    browser.says("following").await?;

    // The next one: its lines come by themselves.
    let another = in_time(async || Ok(pod(0)?.filter(|p| p.uid != old).map(drop)));
    another.await?.context("web-app-0 restarts")?;
    open(browser, demo, "web-app-0").await?;
    has(browser, &[&starting]).await?;
    browser.script("window.mark = 1").await?;
    has(browser, &[&starting, "ready to serve"]).await?;
    browser.says("2 lines · held in the browser").await?;
    ensure!(browser.script("return window.mark").await?.as_u64() == Some(1), "without a reload");
    Ok(())
}
