//! What a copy button says it has copied is in the clipboard, as it is shown.

use anyhow::{Context as _, Result, ensure};
use e2e::Demo;
use e2e::browser::{Browser, DESKTOP, in_time};
use model::path::page;
use serde_json::{Value, json};
use thirtyfour::Key;

/// Empties the clipboard of what the test put there before, and notes from now on what a screen reader is told: "Copied"
/// is there for two seconds only.
const LISTEN: &str = r"
const done = arguments[0];
window.told = [];
window.ear?.disconnect();
window.ear = new MutationObserver(() => {
  for (const e of document.querySelectorAll('[role=status]')) {
    const t = e.textContent.trim();
    if (t && window.told.at(-1) !== t) window.told.push(t);
  }
});
const old = [...document.querySelectorAll('[role=status]')].some(e => e.textContent.trim() === 'Copied');
if (old) return done('Copied');
window.ear.observe(document.body, { subtree: true, childList: true, characterData: true });
navigator.clipboard.writeText('nothing yet').then(() => done(''), e => done(String(e)));
";

const READ: &str = "const done = arguments[0]; \
     navigator.clipboard.readText().then(done, e => done('not read: ' + e))";

/// Runs a story in a browser that may read its clipboard and is logged in to a fresh demo.
fn tell(story: impl AsyncFnOnce(&Browser, &Demo) -> Result<()>) -> Result<()> {
    let demo = Demo::quick()?;
    tokio::runtime::Runtime::new()?.block_on(async {
        let browser = Browser::start(DESKTOP).await?;
        let all = ["clipboardReadWrite", "clipboardSanitizedWrite"];
        let grant = json!({ "origin": demo.url(), "permissions": all });
        browser.cdp("Browser.grantPermissions", grant).await?;
        demo.enter(&browser).await?;
        let told = story(&browser, &demo).await;
        let said = browser.text().await.unwrap_or_default();
        browser.quit().await?;
        told.with_context(|| format!("the page says: {said}"))
    })
}

/// What is in the clipboard after a press on the button of this name; on the nth of them, from the top of the page.
async fn nth(browser: &Browser, name: &str, n: usize) -> Result<String> {
    let quiet = in_time(async || {
        let answer = browser.driver.execute_async(LISTEN, vec![]).await?.convert::<String>()?;
        // What was copied before is still being said.
        ensure!(answer.is_empty() || answer == "Copied", "{answer}");
        Ok(answer.is_empty().then_some(()))
    });
    quiet.await?.context("nothing is being said of a copy before")?;
    let pressed = in_time(async || {
        let all = browser.every("button", name).await?;
        let button = all.get(n).with_context(|| format!("{} of {name:?}", all.len()))?;
        // The sheet may be sliding in.
        ensure!(browser.rests(button).await?, "{name:?} moves");
        Ok(Some(button.click().await?))
    });
    pressed.await?.with_context(|| format!("pressing {name:?}"))?;
    let copied = in_time(async || {
        let text = browser.driver.execute_async(READ, vec![]).await?.convert::<String>()?;
        Ok((text != "nothing yet").then_some(text))
    });
    let text =
        copied.await?.with_context(|| format!("{name:?} puts nothing into the clipboard"))?;
    let heard = in_time(async || {
        let told = browser.script("return window.told").await?;
        let told = told.as_array().context("a list")?;
        Ok(told.contains(&json!("Copied")).then_some(()))
    });
    heard.await?.with_context(|| format!("{name:?} is not said to be copied"))?;
    Ok(text)
}

async fn copy(browser: &Browser, name: &str) -> Result<String> {
    browser.find("button", name).await?;
    nth(browser, name, 0).await
}

#[test]
fn the_names_of_a_set_its_pods_and_a_claim_are_copied() -> Result<()> {
    tell(names)
}

async fn names(browser: &Browser, demo: &Demo) -> Result<()> {
    browser.open(&format!("{}{}", demo.url(), page::set("shop", "orders-db"))).await?;
    browser.says("Settled").await?;
    assert_eq!(copy(browser, "Copy the name of the set").await?, "orders-db");
    assert_eq!(copy(browser, "Copy the DNS name").await?, "orders-db-0.orders-db.shop.svc");
    let all = (0..5).map(|n| format!("orders-db-{n}.orders-db.shop.svc"));
    let copied = copy(browser, "Copy the names of all pods").await?;
    assert_eq!(copied.lines().collect::<Vec<_>>(), all.collect::<Vec<_>>());
    // As a file of lines is given to a program: nothing more at its end.
    ensure!(!copied.ends_with('\n'), "{copied:?}");

    // Both the network card and the sheet name the pod that is selected.
    browser.click("listitem", "orders-db-3").await?;
    browser.find("dialog", "orders-db-3").await?;
    browser.find("button", "Copy the name of data-orders-db-3").await?;
    let there = browser.every("button", "Copy the DNS name").await?;
    assert_eq!(there.len(), 2, "one in the card, one in the sheet");
    for n in 0..there.len() {
        let name = nth(browser, "Copy the DNS name", n).await?;
        assert_eq!(name, "orders-db-3.orders-db.shop.svc", "button {n}");
    }
    assert_eq!(copy(browser, "Copy the name of the pod").await?, "orders-db-3");
    let claim = copy(browser, "Copy the name of data-orders-db-3").await?;
    assert_eq!(claim, "data-orders-db-3");

    browser.click("tab", "YAML").await?;
    let shown = browser.find("group", "YAML of orders-db-3").await?;
    let shown = shown.prop("textContent").await?.context("a text")?;
    let yaml = copy(browser, "Copy the YAML").await?;
    ensure!(yaml.starts_with("apiVersion: v1\nkind: Pod\n"), "{yaml}");
    ensure!(yaml.contains("(hidden)"), "what is masked is not copied either: {yaml}");
    assert_eq!(yaml, shown);
    browser.click("button", "Its set").await?;
    browser.find("group", "YAML of orders-db").await?;
    browser.says("kind: StatefulSet").await?;
    let yaml = copy(browser, "Copy the YAML").await?;
    ensure!(yaml.contains("kind: StatefulSet"), "{yaml}");
    Ok(())
}

#[test]
fn the_patch_that_an_action_would_send_is_copied_and_does_the_same() -> Result<()> {
    tell(patch)
}

async fn patch(browser: &Browser, demo: &Demo) -> Result<()> {
    browser.open(&format!("{}{}", demo.url(), page::set("shop", "catalog"))).await?;
    browser.click("button", "Finish").await?;
    browser.find("dialog", "Finish").await?;
    browser.click("button", "Exact patch and kubectl").await?;
    let patch = copy(browser, "Copy the patch").await?;
    let operations: Vec<Value> = serde_json::from_str(&patch)?;
    ensure!(operations.iter().any(|op| op["op"] == "test"), "it holds for this set only: {patch}");
    // Of the texts on the page, white space is folded.
    let folded = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let said = browser.text().await?;
    ensure!(said.contains(&folded(&patch)), "as it is shown: {patch}");
    let command = copy(browser, "Copy the command").await?;
    ensure!(command.starts_with("kubectl ") && command.contains("catalog"), "{command}");
    ensure!(said.contains(&folded(&command)), "as it is shown: {command}");

    // Whoever pastes it gets what the dialog would have done.
    browser.click("button", "Cancel").await?;
    browser.gone("dialog", "Finish").await?;
    browser.says("stay on r1").await.context("nothing was sent so far")?;
    let set = format!("{}/apis/apps/v1/namespaces/shop/statefulsets/catalog", demo.server()?);
    ureq::patch(set).header("content-type", "application/json-patch+json").send(&patch)?;
    browser.says("All 4 pods run r2 and are Ready.").await
}

#[test]
fn the_link_to_a_moment_of_the_past_leads_whoever_gets_it_there() -> Result<()> {
    tell(moment)
}

async fn moment(browser: &Browser, demo: &Demo) -> Result<()> {
    browser.open(&format!("{}{}", demo.url(), page::set("shop", "catalog"))).await?;
    browser.click("button", "Finish").await?;
    browser.click("button", "Finish: restart 3 pods").await?;
    browser.says("All 4 pods run r2 and are Ready.").await?;
    let history = format!("{}{}", demo.url(), page::history("shop", "catalog"));
    browser.open(&history).await?;
    browser.says("settled after").await?;
    // There are lanes to step through.
    browser.find("img", "Ready from").await?;
    browser.press("group", "Pods of catalog over time", Key::Left + "").await?;
    browser.says("The past").await?;
    let when = browser.find("heading", "At ").await?.text().await?;
    let link = copy(browser, "Copy link to this moment").await?;
    ensure!(link.starts_with(&format!("{history}?")) && link.contains("at="), "{link}");

    browser.open(demo.url()).await?;
    browser.find("heading", "Fleet").await?;
    browser.open(&link).await?;
    browser.says("The past").await?;
    assert_eq!(browser.find("heading", "At ").await?.text().await?, when);
    browser.says("As it was recorded; nothing can be done here.").await
}

/// Notes all that is said from now on: it may be gone before somebody asks.
const HEARD: &str = "
  window.heard = '';
  window.hears?.disconnect();
  window.hears = new MutationObserver(() => window.heard += document.body.innerText);
  window.hears.observe(document.body, { childList: true, subtree: true, characterData: true });";

#[test]
fn where_the_browser_does_not_allow_it_a_button_says_what_to_do_instead() -> Result<()> {
    tell(async |browser, demo| {
        let never = json!({ "origin": demo.url(), "permission": { "name": "clipboard-write" },
                            "setting": "denied" });
        browser.cdp("Browser.setPermission", never).await?;
        browser.open(&format!("{}{}", demo.url(), page::set("shop", "orders-db"))).await?;
        browser.says("Settled").await?;
        for _ in 0..2 {
            // It comes and goes, and the button stays what it is.
            browser.script(HEARD).await?;
            browser.click("button", "Copy the names of all pods").await?;
            let said = in_time(async || {
                let said = browser.script("return window.heard").await?;
                Ok(said
                    .as_str()
                    .is_some_and(|s| s.contains("Select it and copy by hand"))
                    .then_some(()))
            });
            said.await?.context("what to do instead")?;
            ensure!(!browser.has("status", "Copied").await?, "nothing was copied");
            browser.says("Copy the names of all pods").await?;
        }
        Ok(())
    })
}
