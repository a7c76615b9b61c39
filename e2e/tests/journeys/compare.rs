//! All ordinals side by side: the same command on every pod, their logs, and the YAML of one.

use std::path::PathBuf;

use anyhow::{Context as _, Result, ensure};
use e2e::browser::{Browser, DESKTOP, PHONE, in_time};
use e2e::checks::Seen;
use e2e::{Demo, PATIENCE};
use model::path::page;
use serde_json::json;

/// With `ROLLCALL_PICTURES=FOLDER` the states are also written there as pictures, on a desk and on a phone.
async fn is_sound(browser: &Browser, state: &str, seen: &[Seen<'_>]) -> Result<()> {
    let wrong = browser.faults(state, seen).await?;
    ensure!(wrong.is_empty(), "{}", wrong.join("\n"));
    let Some(folder) =
        std::env::var_os("ROLLCALL_PICTURES").filter(|f| !f.is_empty()).map(PathBuf::from)
    else {
        return Ok(());
    };
    std::fs::create_dir_all(&folder)?;
    for (name, look) in [
        ("1440-light", DESKTOP),
        ("1440-dark", DESKTOP.dark()),
        ("390-light", PHONE),
        ("390-dark", PHONE.dark()),
    ] {
        browser.look(look.still()).await?;
        browser.picture(&folder.join(format!("{state}-{name}.png"))).await?;
    }
    browser.look(DESKTOP).await
}

#[test]
fn all_pods_are_asked_the_same_and_who_differs_is_seen_at_a_glance() -> Result<()> {
    let demo = Demo::quick()?;
    // One pod is started once more than the others.
    let visitor = demo.visitor()?;
    let set = harness::wait_until("the labs", PATIENCE, || visitor.set("labs", "python-app"))?;
    let pod = set.facts.pod_at(1).context("python-app-1")?;
    let (uid, old) = (pod.uid.clone(), pod.uid.clone());
    let delete = json!({ "action": "deletePod", "pod": "python-app-1", "uid": uid });
    ensure!(visitor.act("labs", "python-app", delete)?.status == 200, "it is deleted");
    harness::wait_until("python-app-1 is back", PATIENCE, || {
        let set = visitor.set("labs", "python-app")?.context("it stays")?;
        let back = set.facts.pod_at(1).filter(|p| p.uid != old && p.is_up()).map(drop);
        Ok::<_, anyhow::Error>(back)
    })?;
    tokio::runtime::Runtime::new()?.block_on(async {
        let browser = Browser::start(DESKTOP).await?;
        let told = commands(&browser, &demo).await;
        browser.quit().await?;
        told
    })
}

async fn commands(browser: &Browser, demo: &Demo) -> Result<()> {
    demo.enter(browser).await?;
    browser.open(&format!("{}{}", demo.url(), page::set("labs", "python-app"))).await?;
    browser.click("link", "Compare pods").await?;
    browser.find("heading", "Compare the pods of python-app").await?;
    browser.find("heading", "One command on every ordinal").await?;
    browser.says("at most 10 s and 64 KB each").await?;
    browser.says("The history keeps that you ran it").await?;
    is_sound(
        browser,
        "compare-before",
        &[("heading", "One command on every ordinal"), ("button", "Run on 3 pods")],
    )
    .await?;

    browser.click("button", "Run on 3 pods").await?;
    browser.says("python-app-1 says 2; python-app-0 and python-app-2 say 1.").await?;
    browser.says("2 of 3 agree.").await?;
    browser.says("All exited with 0.").await?;
    browser.says("Differs: 1 higher than the others").await?;
    browser.says("same as python-app-2").await?;
    browser.find("button", "Copy for a report").await?;
    is_sound(
        browser,
        "compare-answers",
        &[("text", "1 higher than the others"), ("button", "Copy for a report")],
    )
    .await?;

    // Only two of them: the address says so, and so does the button.
    browser.click("button", "python-app-1").await?;
    let address = browser.script("return location.search").await?;
    ensure!(address == "?on=0,2", "{address}");
    browser.click("button", "Run on 2 pods").await?;
    browser.says("Both pods say 1.").await?;
    browser.says("All 2 agree.").await?;
    browser.says("ago as well: python-app-1 says 2").await?;

    // It is in the history, without what was answered.
    let history = demo.visitor()?.history("labs", "python-app")?;
    let ran = history.events.iter().filter(|e| e.sentence.contains("ran visits on")).count();
    ensure!(ran == 2, "two runs are recorded: {:?}", history.events);
    Ok(())
}

#[test]
fn the_logs_of_all_pods_stand_side_by_side_and_a_link_leads_back_to_them() -> Result<()> {
    let demo = Demo::quick()?;
    tokio::runtime::Runtime::new()?.block_on(async {
        let browser = Browser::start(DESKTOP).await?;
        let told = logs(&browser, &demo).await;
        browser.quit().await?;
        told
    })
}

async fn logs(browser: &Browser, demo: &Demo) -> Result<()> {
    demo.enter(browser).await?;
    // From the log of one pod to those of all.
    let sheet =
        format!("{}{}?pod=orders-db-1&tab=logs", demo.url(), page::set("shop", "orders-db"));
    browser.open(&sheet).await?;
    browser.find("log", "Log of orders-db-1").await?;
    browser.click("link", "All pods").await?;
    browser.find("log", "Logs of orders-db-0 to orders-db-4").await?;
    browser.find("columnheader", "orders-db-3").await?;
    browser.says("following 5 pods").await?;
    let rows = "return document.querySelectorAll('[role=log] tbody tr').length";
    let some = in_time(async || Ok(browser.script(rows).await?.as_u64().filter(|n| *n > 0)));
    some.await?.context("a table with lines")?;
    is_sound(
        browser,
        "compare-side",
        &[("log", "Logs of orders-db-0 to orders-db-4"), ("status", "following 5 pods")],
    )
    .await?;

    browser.click("button", "Merged").await?;
    browser.find("button", "Merged").await?;
    let address = browser.script("return location.search").await?;
    ensure!(address == "?view=merged", "{address}");
    let items = "return document.querySelectorAll('[role=log] li').length";
    ensure!(browser.script(items).await?.as_u64() > Some(0), "a list with lines");
    is_sound(
        browser,
        "compare-merged",
        &[
            ("log", "Logs of orders-db-0 to orders-db-4"),
            ("listitem", "starting registry.example/orders-db"),
        ],
    )
    .await?;
    browser.fill("searchbox", "Only lines with this", "no such words anywhere").await?;
    browser.says(" 0 lines").await?;
    browser.fill("searchbox", "Only lines with this", "").await?;

    browser.click("button", "Previous").await?;
    browser.says("there is no previous log").await?;

    // A link leads to the same pods; a large set shows as many as can be followed, and says so.
    let link = format!("{}{}?on=2-4&view=side", demo.url(), page::compare("shop", "orders-db"));
    browser.open(&link).await?;
    browser.find("log", "Logs of orders-db-2 to orders-db-4").await?;
    browser.says("following 3 pods").await?;
    browser.open(&format!("{}{}", demo.url(), page::compare("shop", "search"))).await?;
    browser.says("Of 60 pods the logs of the first 20 are shown").await?;
    browser.says("following 20 pods").await?;
    browser.click("button", "Run on 60 pods").await?;
    browser.says("All 60 agree.").await?;
    browser.says("exit code 1").await?;
    is_sound(
        browser,
        "compare-sixty",
        &[("text", "Of 60 pods the logs of the first 20 are shown"), ("text", "All 60 agree.")],
    )
    .await?;
    browser.fill("textbox", "Ordinals", "4-2\u{e007}").await?;
    browser.says("Ordinals are numbers, as in 0-4, 7.").await?;
    browser.fill("textbox", "Ordinals", "57-59\u{e007}").await?;
    browser.find("log", "Logs of search-57 to search-59").await?;

    Ok(())
}

#[test]
fn a_pod_and_its_set_are_shown_as_yaml_with_values_masked_until_they_are_asked_for() -> Result<()> {
    let demo = Demo::quick()?;
    tokio::runtime::Runtime::new()?.block_on(async {
        let browser = Browser::start(DESKTOP).await?;
        let told = yaml(&browser, &demo).await;
        browser.quit().await?;
        told
    })
}

async fn yaml(browser: &Browser, demo: &Demo) -> Result<()> {
    demo.enter(browser).await?;
    let sheet =
        format!("{}{}?pod=orders-db-1&tab=yaml", demo.url(), page::set("shop", "orders-db"));
    browser.open(&sheet).await?;
    let text = browser.find("group", "YAML of orders-db-1").await?.text().await?;
    ensure!(text.starts_with("apiVersion: v1\nkind: Pod\nmetadata:"), "{text}");
    ensure!(text.contains("MAX_CONNECTIONS") && text.contains("(hidden)"), "{text}");
    ensure!(!text.contains("managedFields"), "{text}");
    browser.find("button", "Copy the YAML").await?;
    is_sound(browser, "sheet-yaml", &[("group", "YAML of orders-db-1"), ("button", "Show them")])
        .await?;
    browser.click("button", "Show them").await?;
    browser.says("Environment values are shown.").await?;
    let text = browser.find("group", "YAML of orders-db-1").await?.text().await?;
    ensure!(text.contains("value: \"200\"") || text.contains("value: '200'"), "{text}");
    browser.click("button", "Its set").await?;
    browser.says("kind: StatefulSet").await?;
    browser.says("volumeClaimTemplates").await
}
