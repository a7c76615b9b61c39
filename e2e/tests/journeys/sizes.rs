//! Sets of one, forty and three hundred ordinals, one that rolls, one that has lost some; and a fleet of a thousand sets.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use e2e::browser::{Browser, DESKTOP, PHONE, in_time};
use e2e::stories::{Manifest, set};
use e2e::tree::{names, within};
use e2e::{Client, Demo};
use model::path::page;
use model::status::StatusKind;
use serde_json::json;

use super::access::pictures;

#[test]
fn sets_of_every_size_are_shown_whole_rolling_and_with_what_they_left_behind() -> Result<()> {
    let demo = Demo::quick()?;
    let client = demo.visitor()?;
    made(&demo, &client)?;
    tokio::runtime::Runtime::new()?.block_on(async {
        let browser = Browser::start(DESKTOP).await?;
        demo.enter(&browser).await?;
        let told = look_at_all(&browser, &demo).await;
        browser.quit().await?;
        let wrong = told?;
        ensure!(wrong.is_empty(), "{} faults:\n{}", wrong.len(), wrong.join("\n"));
        Ok(())
    })
}

/// The sets, as they are to be looked at.
fn made(demo: &Demo, client: &Client) -> Result<()> {
    let many = |name: &str, replicas: u32, held: u32| -> Manifest {
        set(name).replicas(replicas).partition(held).spec("podManagementPolicy: Parallel")
    };
    // It comes up while the others are made: the cluster of a demo takes its time for so many pods.
    demo.create("shop", &many("hundreds", 300, 0))?;
    demo.create("shop", &set("single").replicas(1).claims())?;
    demo.create("shop", &many("forty", 40, 36))?;
    demo.create("shop", &set("shrunk").replicas(5).claims())?;
    demo.create("shop", &set("rolling").replicas(5).claims())?;
    for name in ["single", "forty", "shrunk", "rolling"] {
        client.wait_status("shop", name, StatusKind::Settled)?;
    }
    demo.image("shop", "forty", "app", "registry.example/app:2.0")?;
    client.wait_status("shop", "forty", StatusKind::Held)?;
    demo.patch("shop", "shrunk", &json!({ "spec": { "replicas": 2 } }))?;
    demo.image("shop", "rolling", "app", "registry.example/app:2.0-slow-30m")?;
    client.wait_status("shop", "rolling", StatusKind::Rolling)?;
    harness::wait_until("300 pods are Ready", Duration::from_mins(10), || {
        let set = client.set("shop", "hundreds")?.context("it was made")?;
        Ok((set.row.status.kind == StatusKind::Settled).then_some(()))
    })
}

/// A set, and what a screen reader is told of its pods: the first and the last of the list, and how many there are.
const SIZES: [(&str, usize, &str, &str); 5] = [
    ("single", 1, "single-0: revision r1, Ready, Running", "single-0: revision r1, Ready, Running"),
    ("forty", 5, "forty-34: revision r1, Ready, Running", "forty-38: revision r2, Ready, Running"),
    (
        "hundreds",
        5,
        "hundreds-295: revision r1, Ready",
        "hundreds-299: revision r1, Ready, Running",
    ),
    ("shrunk", 5, "shrunk-0: revision r1, Ready, Running", "shrunk-4: Gone, claim left behind"),
    (
        "rolling",
        5,
        "rolling-0: revision r1, Ready",
        "rolling-4: revision r2, Not Ready yet, Running",
    ),
];

async fn look_at_all(browser: &Browser, demo: &Demo) -> Result<Vec<String>> {
    let mut wrong = Vec::new();
    for (name, count, first, last) in SIZES {
        browser.open(&format!("{}{}", demo.url(), page::set("shop", name))).await?;
        browser.find("heading", name).await?;
        let mut heard = Vec::new();
        let right = in_time(async || {
            let tree = browser.tree().await?;
            let strip = within(&tree, "group", &format!("Pods of {name} by ordinal"));
            heard = names(strip, "listitem").into_iter().map(str::to_owned).collect();
            let right = heard.len() == count
                && heard.first().is_some_and(|h| h.starts_with(first))
                && heard.last().is_some_and(|h| h.starts_with(last));
            Ok(right.then_some(()))
        });
        right.await?.with_context(|| format!("{name} reads as {heard:#?}"))?;
        wrong.extend(
            browser
                .faults(
                    &format!("set-{name}"),
                    &[("heading", name), ("heading", "Pods by ordinal")],
                )
                .await?,
        );
        pictures(browser, &format!("set-{name}")).await?;
    }
    // The end of three hundred is one key away, and comes into the document then.
    browser.open(&format!("{}{}", demo.url(), page::set("shop", "hundreds"))).await?;
    browser.press("listitem", "hundreds-297:", thirtyfour::Key::Home + "").await?;
    browser.find("listitem", "hundreds-0: revision r1, Ready").await?;
    browser.find("listitem", "hundreds-4: revision r1, Ready").await?;
    ensure!(!browser.has("listitem", "hundreds-297:").await?, "the window has moved");
    Ok(wrong)
}

/// With those of the demo there are a few more.
const MANY: usize = 1_000;

#[test]
fn of_a_fleet_of_a_thousand_only_what_is_in_view_is_in_the_document() -> Result<()> {
    let demo = Demo::quick()?;
    let client = demo.visitor()?;
    for n in 0..MANY {
        demo.create("shop", &set(&format!("many-{n:03}")).replicas(0))?;
    }
    harness::wait_until("all sets are in the fleet", e2e::PATIENCE, || {
        Ok((client.fleet()?.sets.len() >= MANY).then_some(()))
    })?;
    tokio::runtime::Runtime::new()?.block_on(async {
        let browser = Browser::start(DESKTOP).await?;
        demo.enter(&browser).await?;
        let told = scroll(&browser, &demo).await;
        browser.quit().await?;
        told
    })
}

async fn scroll(browser: &Browser, demo: &Demo) -> Result<()> {
    for look in [DESKTOP, PHONE] {
        browser.look(look).await?;
        browser.open(&format!("{}/?sort=name&ns=shop", demo.url())).await?;
        browser.find("row", "many-000").await?;
        let total = browser.attr("table", "", "aria-rowcount").await?;
        let total: usize = total.parse().context("it says how many there are")?;
        ensure!(total > MANY, "{total} rows");
        is_short(browser).await?;
        ensure!(!browser.has("row", "many-999").await?, "the last row is far away");

        browser.script("window.scrollTo(0, document.documentElement.scrollHeight)").await?;
        let shown = "const r = arguments[0].getBoundingClientRect(); return r.top >= 0 && r.top < innerHeight";
        let seen = in_time(async || {
            let last = browser.find("row", "many-999").await?.to_json()?;
            let shown = browser.driver.execute(shown, vec![last]).await?;
            Ok((shown.json() == &json!(true)).then_some(()))
        });
        seen.await?.context("the last row is in view")?;
        let place: usize = browser.attr("row", "many-999", "aria-rowindex").await?.parse()?;
        ensure!(place > MANY, "and knows its place: {place}");
        browser.gone("row", "many-000").await?;
        is_short(browser).await?;
    }
    browser.look(DESKTOP).await?;
    let wrong =
        browser.faults("fleet-of-a-thousand", &[("heading", "Fleet"), ("row", "many-")]).await?;
    ensure!(wrong.is_empty(), "{}", wrong.join("\n"));
    Ok(())
}

/// A few dozen rows, whatever there is; those around the view come after the first frame.
async fn is_short(browser: &Browser) -> Result<()> {
    let around = in_time(async || {
        let rows = browser.every("row", "").await?.len();
        Ok((rows >= 10).then_some(rows))
    });
    let rows = around.await?.context("rows are in the document")?;
    ensure!(rows < 100, "{rows} rows are in the document");
    Ok(())
}
