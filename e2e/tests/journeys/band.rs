//! The rollouts of a set in its history: as bands over the lanes and as a table, the time that a band leads to, and who did what.

use anyhow::{Context as _, Result, ensure};
use e2e::Demo;
use e2e::browser::{Browser, DESKTOP, in_time};
use e2e::tree::{names, within};
use jiff::{SignedDuration, Timestamp};
use model::path::page;
use model::wire::RolloutView;
use serde_json::json;
use thirtyfour::Key;

/// What sets the other image names itself so to the API server.
const PROGRAM: &str = "ureq";

const TIMES: [&str; 5] = ["1 h", "6 h", "24 h", "7 d", "14 d"];

/// Runs a story in a browser that is logged in to a fresh demo, after two rollouts of `shop/catalog`: its canary was finished
/// through the panel, and another image was set around it.
fn tell(story: impl AsyncFnOnce(&Browser, &Demo, &str) -> Result<()>) -> Result<()> {
    let demo = Demo::quick()?;
    tokio::runtime::Runtime::new()?.block_on(async {
        let browser = Browser::start(DESKTOP).await?;
        demo.enter(&browser).await?;
        let history = format!("{}{}", demo.url(), page::history("shop", "catalog"));
        let told = async {
            browser.open(&format!("{}{}", demo.url(), page::set("shop", "catalog"))).await?;
            browser.click("button", "Finish").await?;
            browser.fill("textbox", "Reason", "CHG-5120").await?;
            browser.click("button", "Finish: restart 3 pods").await?;
            browser.says("All 4 pods run r2 and are Ready.").await?;
            demo.image("shop", "catalog", "catalog", "registry.example/catalog:6.0")?;
            browser.says("All 4 pods run r3 and are Ready.").await?;
            browser.open(&history).await?;
            browser.find("row", "r2 → r3 Settled").await?;
            story(&browser, &demo, &history).await
        };
        let told = told.await;
        let said = browser.text().await.unwrap_or_default();
        browser.quit().await?;
        told.with_context(|| format!("the page says: {said}"))
    })
}

/// What the history says of the rollout to a revision.
fn rollout(demo: &Demo, to: &str) -> Result<RolloutView> {
    let history = demo.visitor()?.history("shop", "catalog")?;
    history.rollouts.into_iter().find(|r| r.to == to).with_context(|| format!("a rollout to {to}"))
}

/// The rollouts over the lanes, as a screen reader is told of them.
async fn bands(browser: &Browser) -> Result<Vec<String>> {
    let tree = browser.tree().await?;
    let links = names(within(&tree, "group", "Pods of catalog over time"), "link");
    Ok(links.into_iter().filter(|l| l.contains("rollout r")).map(str::to_owned).collect())
}

/// Waits until the address says this.
async fn address(browser: &Browser, query: &str) -> Result<()> {
    let there = in_time(async || {
        Ok((browser.script("return location.search").await? == json!(query)).then_some(()))
    });
    let now = browser.script("return location.search").await?;
    there.await?.with_context(|| format!("the address does not say {query:?}, but {now}"))
}

/// As the page writes it where the browser's zone is UTC.
fn written(at: Timestamp) -> String {
    at.strftime("%-d %b %Y, %H:%M:%S UTC").to_string()
}

#[test]
fn a_rollout_is_a_band_over_the_lanes_and_leads_to_its_time() -> Result<()> {
    tell(leads)
}

async fn leads(browser: &Browser, demo: &Demo, history: &str) -> Result<()> {
    let (first, second) = (rollout(demo, "r2")?, rollout(demo, "r3")?);
    let ended = second.ended.context("it has ended")?;
    let said = in_time(async || Ok(Some(bands(browser).await?).filter(|b| b.len() == 2)));
    let said = said.await?.context("a band for each rollout")?;
    for (rollout, revisions) in [(&first, "r1 → r2"), (&second, "r2 → r3")] {
        let end = rollout.ended.context("it has ended")?.strftime("%H:%M:%S");
        let start = format!("Show the rollout {revisions}, ");
        let band = said.iter().find(|b| b.starts_with(&start)).context(revisions)?;
        ensure!(band.ends_with(&end.to_string()), "{band:?} ended {end}");
        // What began on another day is not said to have begun today.
        let began = rollout.started;
        let day = if began.strftime("%F").to_string() == Timestamp::now().strftime("%F").to_string()
        {
            String::new()
        } else {
            began.strftime("%-d ").to_string()
        };
        let said = band.trim_start_matches(&start);
        ensure!(
            said.starts_with(&day) && said.contains(&began.strftime("%H:%M:%S").to_string()),
            "{band:?} began {began}"
        );
        ensure!(
            day.is_empty() == said.starts_with(&began.strftime("%H:").to_string()),
            "{band:?} began {began}"
        );
    }

    // In the table the one is as long as the hold was; the other was done around the panel.
    let row = browser.find("row", "r1 → r2").await?.text().await?;
    for part in ["Settled", "3 d ago", "Container catalog changes image from 5.8.1 to 5.9.0."] {
        ensure!(row.contains(part), "{part:?} in {row:?}");
    }
    let row = browser.find("row", "r2 → r3").await?.text().await?;
    for part in ["Settled", PROGRAM, "from 5.9.0 to 6.0"] {
        ensure!(row.contains(part), "{part:?} in {row:?}");
    }

    browser.until("button", "24 h", "aria-pressed", "true").await.context("the usual time")?;
    browser.click("link", "Show the rollout r2 → r3").await?;
    address(browser, &format!("?rollout={}", second.id)).await?;
    for time in TIMES {
        browser.until("button", time, "aria-pressed", "false").await?;
    }
    browser.find("img", "r3 Ready from").await?;

    // Whenever one looks, its time ends a little after it.
    let later = ended + SignedDuration::from_secs(20);
    in_time(async || Ok((Timestamp::now() > later).then_some(()))).await?.context("a while")?;
    browser.open(&format!("{history}?rollout={}", second.id)).await?;
    browser.says(&format!("to {}", written(later))).await?;
    ensure!(bands(browser).await?.iter().any(|b| b.contains("r2 → r3")), "the band is in view");
    browser.find("img", "r3 Ready from").await?;
    let wrong = browser
        .faults("history-rollout", &[("img", "r3 Ready from"), ("heading", "Rollouts")])
        .await?;
    ensure!(wrong.is_empty(), "{}", wrong.join("\n"));
    browser.click("button", "1 h").await?;
    address(browser, "?last=1h").await?;
    browser.until("button", "1 h", "aria-pressed", "true").await?;
    let now =
        in_time(async || Ok((!browser.text().await?.contains(&written(later))).then_some(())));
    now.await?.context("the last hour ends now")?;
    // The way back to the rollout is still there, by keyboard too: it is narrow by now.
    browser.press("link", "Show the rollout r2 → r3", Key::Enter + "").await?;
    browser.says(&format!("to {}", written(later))).await
}

#[test]
fn each_event_names_who_did_it_and_its_time_leads_to_that_moment() -> Result<()> {
    tell(sources)
}

/// The cells of the row that says this.
async fn cells(browser: &Browser, said: &str) -> Result<(String, String)> {
    browser.find("row", said).await?;
    let tree = browser.tree().await?;
    let rows = (0..tree.len()).map(|at| &tree[at..]).filter(|t| t[0].role == "row");
    let mut rows = rows.map(|t| names(within(t, "row", ""), "cell"));
    let row = rows.find(|cells| cells.len() == 3 && cells[2].contains(said));
    let row = row.with_context(|| format!("a row with a cell that says {said:?}"))?;
    Ok((row[1].to_owned(), row[2].to_owned()))
}

async fn sources(browser: &Browser, _: &Demo, _: &str) -> Result<()> {
    let (source, what) = cells(browser, "finished the rollout").await?;
    assert_eq!(source, "Panel, visitor");
    assert_eq!(
        what,
        "finished the rollout: it reaches every pod “CHG-5120” → lets r2 reach every pod"
    );
    for pod in ["catalog-0 went down (r1)", "catalog-0 was created on r2", "catalog-2 came back"] {
        assert_eq!(cells(browser, pod).await?.0, "Cluster", "{pod}");
    }
    let (source, what) = cells(browser, "6.0").await?;
    assert_eq!(source, PROGRAM, "{what}");

    // Of each kind by itself.
    browser.click("button", "Pods").await?;
    browser.gone("row", "finished the rollout").await?;
    browser.find("row", "catalog-0 went down (r1)").await?;
    browser.click("button", "Changes").await?;
    browser.gone("row", "catalog-0 went down (r1)").await?;
    browser.find("row", "finished the rollout").await?;

    // The time of a row is a link to that moment.
    let row = browser.find("row", "finished the rollout").await?;
    let time = row.text().await?.split_whitespace().next().context("a time")?.to_owned();
    let links = browser.every("link", &time).await?;
    let at = |link: String| link.contains("kind=changes&at=");
    let mut to = None;
    for link in links {
        let near = link.rect().await?.y - row.rect().await?.y;
        if (0.0..20.0).contains(&near) && link.attr("href").await?.is_some_and(at) {
            to = Some(link);
        }
    }
    to.context("a link in the row")?.click().await?;
    browser.says("The past").await?;
    browser.find("heading", &format!("{time} UTC")).await?;
    browser.says("visitor finished the rollout: it reaches every pod").await?;
    browser.find("row", "finished the rollout").await.context("the filter is kept")?;
    browser.gone("row", "catalog-0 went down (r1)").await
}
