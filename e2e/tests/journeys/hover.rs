//! What the pointer is shown: the exact time of an age, in the zone of whoever looks.

use anyhow::{Context as _, Result, ensure};
use e2e::Demo;
use e2e::browser::{Browser, DESKTOP, in_time};
use jiff::{SignedDuration, Timestamp};
use model::path::page;
use serde_json::json;
use thirtyfour::prelude::*;

/// Where it is five and a half hours later than in UTC, summer and winter.
const ZONE: &str = "Asia/Kolkata";
const LATER: SignedDuration = SignedDuration::from_mins(330);

/// Points at a time and answers what that shows, and which moment it is of. `of`: where it stands.
async fn exact(browser: &Browser, of: &str) -> Result<(String, Timestamp)> {
    let shown = in_time(async || {
        let time = browser.driver.find(By::Css(of)).await?;
        let pointer = browser.driver.action_chain();
        pointer.move_to_element_center(&time).perform().await?;
        let at = time.attr("datetime").await?.context("a moment")?.parse::<Timestamp>()?;
        Ok(time.attr("title").await?.map(|title| (title, at)))
    });
    shown.await?.with_context(|| format!("{of} shows its exact time"))
}

#[test]
fn an_age_that_is_pointed_at_says_when_that_was_also_after_more_has_happened() -> Result<()> {
    let demo = Demo::quick()?;
    tokio::runtime::Runtime::new()?.block_on(async {
        let browser = Browser::start(DESKTOP).await?;
        browser.cdp("Emulation.setTimezoneOverride", json!({ "timezoneId": ZONE })).await?;
        demo.enter(&browser).await?;
        browser.open(&format!("{}{}", demo.url(), page::set("shop", "orders-db"))).await?;
        browser.says("inside and outside the panel").await?;
        let oldest = "[aria-labelledby=act-h] li:last-child time";
        let (_, first) = exact(&browser, oldest).await?;
        // The entries that stand there already stay, below what comes.
        for replicas in [6, 7] {
            let patch = json!({ "spec": { "replicas": replicas } });
            demo.patch("shop", "orders-db", &patch)?;
            browser.says(&format!("{replicas} pods")).await?;
            browser.says(&format!("to {replicas}")).await?;
            for of in ["[aria-labelledby=act-h] li:first-child time", oldest] {
                let (title, at) = exact(&browser, of).await?;
                let there = (at + LATER).strftime("%H:%M:%S").to_string();
                ensure!(title.contains(&there), "{of}: {title} of {at}");
            }
        }
        let (_, last) = exact(&browser, oldest).await?;
        ensure!(last >= first, "{first}, then {last}");
        let wrong =
            browser.faults("hover", &[("heading", "orders-db"), ("heading", "Activity")]).await?;
        ensure!(wrong.is_empty(), "{}", wrong.join("\n"));
        browser.quit().await
    })
}
