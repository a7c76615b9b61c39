//! A settled set's page takes little room. Where a rollout wants more of it, what is below slides.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use e2e::browser::{Browser, DESKTOP, NARROW, PHONE, in_time};
use e2e::{Client, Demo};
use model::path::page;
use model::status::StatusKind;
use serde_json::json;

use super::motion::STEADY;
use super::steady::{SET, WATCH, ZERO, change, settled};

#[test]
fn a_settled_set_takes_little_room_on_a_phone() -> Result<()> {
    let demo = Demo::quick()?;
    tokio::runtime::Runtime::new()?.block_on(async {
        let browser = Browser::start(PHONE).await?;
        demo.enter(&browser).await?;
        browser.open(&format!("{}{}", demo.url(), page::set("shop", SET))).await?;
        browser.says("Settled").await?;
        settled(&browser).await?;
        // Of the line in which its sentence stands.
        let height = "return document.querySelector('main p > :is([role=status], [role=alert])').parentElement.offsetHeight";
        let low = browser.script(height).await?.as_u64();
        ensure!(low.is_some_and(|low| low < 30), "a line, and not the room for more: {low:?}");
        change(&demo, SET, "2000")?;
        let high = in_time(async || {
            let high = browser.script(height).await?.as_u64();
            Ok((high > Some(60)).then_some(()))
        });
        high.await?.context("room for what may be said next")?;
        browser.quit().await
    })
}

/// Whether all frames were drawn in time: on a machine that does not, things arrive at once in place of sliding.
async fn drawn_in_time(browser: &Browser) -> Result<bool> {
    Ok(browser.script("return window.seen.late").await? == json!(0))
}

/// Since it is watched, and until all has arrived.
async fn nothing_shifted(browser: &Browser) -> Result<()> {
    tokio::time::sleep(Duration::from_secs(1)).await;
    let seen = browser.script("return window.seen").await?;
    let shifts: Vec<String> = serde_json::from_value(seen["shifts"].clone())?;
    let score = |line: &String| line.split(':').next().and_then(|s| s.parse::<f64>().ok());
    let all: f64 = shifts.iter().filter_map(score).sum();
    ensure!(all < ZERO, "{all}:\n{}", shifts.join("\n"));
    assert_eq!(browser.overflow().await?, Vec::<String>::new());
    Ok(())
}

#[test]
fn a_settled_set_that_begins_to_roll_and_is_held_makes_room_by_sliding() -> Result<()> {
    let demo = Demo::quick()?;
    tokio::runtime::Runtime::new()?.block_on(async {
        let browser = Browser::start(DESKTOP).await?;
        demo.enter(&browser).await?;
        let steady = json!({ "source": STEADY });
        browser.cdp("Page.addScriptToEvaluateOnNewDocument", steady).await?;
        let client = demo.visitor()?;
        let set = page::set("shop", SET);
        let sheet = format!("{set}?pod={SET}-1");
        let mut tags = 2000..;
        for (look, path) in [(DESKTOP, &set), (DESKTOP, &sheet), (NARROW, &set), (PHONE, &set)] {
            for trial in 1..=TRIALS {
                browser.look(look).await?;
                browser.open(&format!("{}{path}", demo.url())).await?;
                let tag = tags.next().context("there is always another")?.to_string();
                rolls_and_is_settled(&demo, &browser, &client, &tag).await?;
                let shifted = nothing_shifted(&browser).await;
                if shifted.is_err() && trial < TRIALS && !drawn_in_time(&browser).await? {
                    continue;
                }
                shifted.with_context(|| format!("{path} at {} px", look.width))?;
                break;
            }
        }
        browser.quit().await
    })
}

/// So often it is tried on a machine that is busy with other things.
const TRIALS: u32 = 5;

async fn rolls_and_is_settled(
    demo: &Demo,
    browser: &Browser,
    client: &Client,
    tag: &str,
) -> Result<()> {
    browser.says("Settled").await?;
    settled(browser).await?;
    browser.script(WATCH).await?;
    // The line between the ordinals comes to stand elsewhere, too.
    change(demo, SET, tag)?;
    client.wait_row("shop", SET, "it is held", |row| {
        row.status.kind == StatusKind::Held && row.images.iter().any(|i| i.ends_with(tag))
    })?;
    browser.says("Held by").await?;
    let all = json!({ "spec": { "updateStrategy": { "rollingUpdate": { "partition": 0 } } } });
    demo.patch("shop", SET, &all)?;
    client.wait_row("shop", SET, "it is settled again", |row| {
        row.status.kind == StatusKind::Settled
    })?;
    browser.says("All 5 pods run").await?;
    Ok(())
}
