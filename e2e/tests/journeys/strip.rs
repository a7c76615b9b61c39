//! The strip of pods as a screen reader has it: a list of sentences in the order of the ordinals, and a slider that says in
//! words what it means.

use anyhow::{Context as _, Result};
use e2e::Demo;
use e2e::browser::{Browser, DESKTOP, in_time};
use e2e::stories::set;
use e2e::tree::{Heard, names, within};
use model::path::page;
use model::status::StatusKind;
use serde_json::json;

use crate::in_the_demo;

/// Waits until the strip of a set reads as `wanted` and its handle, where it has one, means what `slider` says. The page draws the
/// strip first and the rest after that frame, so that one of them may be right before the other.
async fn reads(browser: &Browser, name: &str, wanted: &[&str], slider: Option<&str>) -> Result<()> {
    let mut last = (Vec::new(), Vec::new());
    let read = in_time(async || {
        let tree = browser.tree().await?;
        let strip = within(&tree, "group", &format!("Pods of {name} by ordinal, lowest first"));
        last = (owned(&names(strip, "listitem")), sliders(strip));
        let (pods, handles) = &last;
        Ok((pods == wanted && handles.iter().map(String::as_str).eq(slider)).then_some(()))
    });
    let read = read.await?;
    read.with_context(|| format!("{name} reads as {last:#?} and not {wanted:#?}, {slider:?}"))
}

fn owned(names: &[&str]) -> Vec<String> {
    names.iter().map(|&name| name.to_owned()).collect()
}

/// The sliders there, in words; by another name than the handle's with that name too.
fn sliders(heard: &[Heard]) -> Vec<String> {
    let sliders = heard.iter().filter(|h| h.role == "slider");
    let named = sliders.map(|h| match h.name.as_str() {
        "First ordinal that gets the new revision" => h.value.clone(),
        other => format!("{other}: {}", h.value),
    });
    named.collect()
}

async fn open(browser: &Browser, demo: &Demo, name: &str) -> Result<()> {
    browser.open(&format!("{}{}", demo.url(), page::set("shop", name))).await?;
    browser.find("heading", name).await?;
    Ok(())
}

#[test]
fn a_row_of_the_fleet_says_all_of_its_set_and_a_lane_what_became_of_its_pod() -> Result<()> {
    in_the_demo(&Demo::quick()?, DESKTOP, rows_and_lanes)
}

async fn rows_and_lanes(browser: &Browser, demo: &Demo) -> Result<()> {
    let rows: [(&str, &[&str]); 2] = [
        (
            "catalog",
            &[
                "shop",
                "Held 1/4",
                "3 d",
                "catalog-0 to catalog-2 on r1; catalog-3 on r2",
                "r1",
                "r2",
                "5.9.0",
                "until someone advances",
            ],
        ),
        ("mailer", &["shop", "Trapped", "2 h", "mailer-2 failing on r2", "r3", "ImagePullBackOff"]),
    ];
    for (set, wanted) in rows {
        let mut said = String::new();
        let read = in_time(async || {
            let tree = browser.tree().await?;
            let row = tree.iter().skip_while(|h| h.role != "rowheader" || !h.name.starts_with(set));
            let row = row.take_while(|h| h.role != "row");
            said = row.map(|h| h.name.as_str()).collect::<Vec<_>>().join(" | ");
            Ok(wanted.iter().all(|part| said.contains(part)).then_some(()))
        });
        let read = read.await?;
        read.with_context(|| format!("the row of {set} says {said:?}, and not all of {wanted:?}"))?;
    }
    browser.open(&format!("{}{}", demo.url(), page::history("shop", "mailer"))).await?;
    // Two were Ready all the time, and the third one was not.
    let lanes = in_time(async || {
        let mut said = Vec::new();
        for lane in browser.every("img", " from ").await? {
            said.extend(lane.attr("aria-label").await?);
        }
        Ok((said.len() == 3).then_some(said))
    });
    let lanes = lanes.await?.context("a lane for each pod")?;
    let was = |state: &str| lanes.iter().filter(|lane| lane.contains(state)).count();
    anyhow::ensure!((was("Ready"), was("failing")) == (2, 1), "{lanes:?}");
    Ok(())
}

#[test]
fn the_strip_reads_as_sentences_in_the_order_of_the_ordinals() -> Result<()> {
    let demo = Demo::quick()?;
    tokio::runtime::Runtime::new()?.block_on(async {
        let browser = Browser::start(DESKTOP).await?;
        let told = read(&browser, &demo).await;
        browser.quit().await?;
        told
    })
}

async fn read(browser: &Browser, demo: &Demo) -> Result<()> {
    demo.enter(browser).await?;
    held_and_rolling(browser, demo).await?;
    stuck_and_by_hand(browser, demo).await?;
    dense(browser, demo).await?;
    leaving(browser, demo).await
}

async fn held_and_rolling(browser: &Browser, demo: &Demo) -> Result<()> {
    open(browser, demo, "catalog").await?;
    let held = [
        "catalog-0: revision r1, Ready, Running",
        "catalog-1: revision r1, Ready, Running",
        "catalog-2: revision r1, Ready, Running, next to restart",
        "catalog-3: revision r2, Ready, Running",
    ];
    let handle = "catalog-3 gets r2; catalog-0 to catalog-2 stay on r1";
    reads(browser, "catalog", &held, Some(handle)).await?;
    // The pod of the next ordinal takes a while.
    let image = json!([{ "name": "catalog", "image": "registry.example/catalog:6.0-slow-30m" }]);
    let patch = json!({ "spec": {
        "updateStrategy": { "rollingUpdate": { "partition": 1 } },
        "template": { "spec": { "containers": image } },
    } });
    demo.patch("shop", "catalog", &patch)?;
    let rolling = [
        "catalog-0: revision r1, Ready, Running",
        "catalog-1: revision r1, Ready, Running",
        "catalog-2: revision r1, Ready, Running, next to restart",
        "catalog-3: revision r3, Not Ready yet, Running",
    ];
    let handle = "catalog-1 to catalog-3 get r3; catalog-0 stays on r1";
    reads(browser, "catalog", &rolling, Some(handle)).await
}

async fn stuck_and_by_hand(browser: &Browser, demo: &Demo) -> Result<()> {
    open(browser, demo, "mailer").await?;
    let trapped = [
        "mailer-0: revision r3, Ready, Running",
        "mailer-1: revision r3, Ready, Running",
        "mailer-2: revision r2, Not Ready, ImagePullBackOff, the others wait for it",
    ];
    reads(browser, "mailer", &trapped, None).await?;
    browser.find("heading", "Why this does not heal by itself").await?;
    for says in [
        "pod mailer-2, container mailer: ImagePullBackOff",
        "With OrderedReady it replaces nothing while mailer-2 is not Ready",
        "Deleting mailer-2 frees the set.",
    ] {
        browser.says(says).await?;
    }
    open(browser, demo, "ledger").await?;
    let by_hand = [
        "ledger-0: revision r1, Ready, Running, changes only when it is deleted",
        "ledger-1: revision r1, Ready, Running, changes only when it is deleted",
        "ledger-2: revision r1, Ready, Running, changes only when it is deleted",
    ];
    // Nothing is held where somebody deletes.
    reads(browser, "ledger", &by_hand, None).await
}

/// Of sixty ordinals a few are read out, and the picture of all of them says what they are.
async fn dense(browser: &Browser, demo: &Demo) -> Result<()> {
    let image = json!([{ "name": "search", "image": "registry.example/search:9.0" }]);
    let patch = json!({ "spec": {
        "updateStrategy": { "type": "RollingUpdate", "rollingUpdate": { "partition": 57 } },
        "template": { "spec": { "containers": image } },
    } });
    demo.patch("shop", "search", &patch)?;
    demo.visitor()?.wait_status("shop", "search", StatusKind::Held)?;
    open(browser, demo, "search").await?;
    let dense = [
        "search-55: revision r1, Ready, Running",
        "search-56: revision r1, Ready, Running, next to restart",
        "search-57: revision r2, Ready, Running",
        "search-58: revision r2, Ready, Running",
        "search-59: revision r2, Ready, Running",
    ];
    let handle = "search-57 to search-59 get r2; search-0 to search-56 stay on r1";
    let whole = "Overview of 60 pods: 57 on r1; search-57 to search-59 on r2; below: search-55 to search-59";
    let mut last = Vec::new();
    let read = in_time(async || {
        let tree = browser.tree().await?;
        let card = within(&tree, "region", "Pods by ordinal");
        let strip = within(&tree, "group", "Pods of search by ordinal, lowest first");
        last = owned(&names(strip, "listitem"));
        last.extend(sliders(card));
        last.extend(owned(&names(card, "image")));
        Ok(last.iter().eq(dense.iter().chain(&[handle, whole])).then_some(()))
    });
    let read = read.await?;
    read.with_context(|| format!("search reads as {last:#?}"))
}

/// `stock` was four, then three, and is to be two; its second pod is not Ready, so the third cannot go yet.
async fn leaving(browser: &Browser, demo: &Demo) -> Result<()> {
    let client = demo.visitor()?;
    demo.create("shop", &set("stock").replicas(4).claims())?;
    client.wait_status("shop", "stock", StatusKind::Settled)?;
    demo.patch("shop", "stock", &json!({ "spec": { "replicas": 3 } }))?;
    client.wait_status("shop", "stock", StatusKind::Settled)?;
    demo.image("shop", "stock", "app", "registry.example/app:2.0-never-1")?;
    client.wait_row("shop", "stock", "stock-1 starts", |row| row.strip.contains("Uu"))?;
    demo.patch("shop", "stock", &json!({ "spec": { "replicas": 2 } }))?;
    open(browser, demo, "stock").await?;
    let leaving = [
        "stock-0: revision r1, Ready, Running, next to restart",
        "stock-1: revision r2, Not Ready yet, Running",
        "stock-2: revision r2, Leaving, no longer wanted",
        "stock-3: Gone, claim left behind",
    ];
    let handle = "stock-0 and stock-1 get r2; no pod stays on r1";
    reads(browser, "stock", &leaving, Some(handle)).await
}
