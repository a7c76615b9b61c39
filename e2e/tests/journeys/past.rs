//! What was: every pod over time, a moment of the past, the history as a file, and what happened in the fleet.

use anyhow::{Context as _, Result};
use e2e::Demo;
use e2e::browser::{Browser, DESKTOP, Look, PHONE, in_time};
use model::path::page;
use serde_json::json;
use thirtyfour::Key;

const LOOKS: [Look; 4] =
    [DESKTOP, Look { dark: true, ..DESKTOP }, PHONE, Look { dark: true, ..PHONE }];

#[test]
fn someone_sees_what_every_pod_was_over_time_and_goes_back_to_a_moment() -> Result<()> {
    let demo = Demo::start()?;
    tokio::runtime::Runtime::new()?.block_on(async {
        let browser = Browser::start(DESKTOP).await?;
        finish_the_canary(&browser, &demo).await?;
        let told = walk(&browser, &demo).await;
        browser.quit().await?;
        told
    })
}

/// `shop/catalog` is held; it is finished, so that something happens while the panel looks.
async fn finish_the_canary(browser: &Browser, demo: &Demo) -> Result<()> {
    demo.enter(browser).await?;
    browser.open(&format!("{}{}", demo.url(), page::set("shop", "catalog"))).await?;
    browser.click("button", "Finish").await?;
    browser.click("button", "Finish: restart 3 pods").await?;
    browser.says("Settled").await
}

/// A click on a lane leads to the moment that one points at, whatever the pod did then: the same way further along the lane is the
/// same time later. The second lane is of a pod that was replaced.
async fn points(browser: &Browser) -> Result<()> {
    let mut at = Vec::new();
    for part in [-0.3, 0.0, 0.3] {
        // When something more was recorded, the lanes are drawn anew.
        let clicked = in_time(async || {
            let lanes = browser.every("img", "Ready from").await?;
            let lane = lanes.get(1).context("a lane for each ordinal")?;
            #[expect(clippy::cast_possible_truncation, reason = "pixels")]
            let x = (lane.rect().await?.width * part) as i64;
            let pointer = browser.driver.action_chain();
            pointer.move_to_element_with_offset(lane, x, 0).click().perform().await?;
            Ok(Some(()))
        });
        clicked.await?.context("a lane is clicked")?;
        let moment = in_time(async || {
            let search =
                browser.script("return new URLSearchParams(location.search).get('at')").await?;
            let now = search.as_str().and_then(|s| s.parse::<jiff::Timestamp>().ok());
            Ok(now.filter(|now| at.last() != Some(now)))
        });
        at.push(moment.await?.context("the address names another moment")?);
    }
    browser.says("The past").await?;
    let steps = [at[1].duration_since(at[0]), at[2].duration_since(at[1])];
    let [first, second] = steps.map(|step| step.as_secs_f64());
    assert!(first > 0.0 && (first / second - 1.0).abs() < 0.1, "{at:?}");
    Ok(())
}

/// What the card of the past says that it is of, once its strip is of the same moment.
async fn then(browser: &Browser) -> Result<String> {
    let at = browser.find("heading", "At ").await?.text().await?;
    let moment = at.strip_prefix("At ").context("a heading with a time")?;
    browser.find("list", &format!("Pods of catalog at {moment}")).await?;
    Ok(at)
}

async fn walk(browser: &Browser, demo: &Demo) -> Result<()> {
    let history = format!("{}{}", demo.url(), page::history("shop", "catalog"));
    browser.open(&history).await?;
    browser.says("settled after").await?;
    let words = browser.attr("img", "Ready from", "aria-label").await?;
    assert!(words.contains("r1 Ready") || words.contains("r2 Ready"), "{words}");
    assert!(browser.has("listitem", "catalog-0").await?, "one lane for each ordinal");

    points(browser).await?;
    browser.click("button", "Back to now").await?;
    browser.gone("button", "Back to now").await?;

    browser.press("group", "Pods of catalog over time", Key::Left + "").await?;
    browser.says("The past").await?;
    browser.says("As it was recorded; nothing can be done here.").await?;
    browser.find("listitem", "catalog-3").await?;
    let last = browser.script("return location.href").await?;
    let last = last.as_str().context("an address")?.to_owned();
    assert!(last.contains("at="), "{last}");
    // All pods have the new revision now. Then the lowest had not.
    let mut at = then(browser).await?;
    while !browser.has("listitem", "0 r1 catalog-0").await? {
        browser.click("button", "Previous change").await?;
        let before = in_time(async || Ok(Some(then(browser).await?).filter(|then| *then != at)));
        at = before.await?.context("each step leads to another time")?;
    }

    for look in LOOKS {
        browser.look(look).await?;
        // The link alone shows it.
        browser.open(&last).await?;
        browser.says("The past").await?;
        browser.find("img", "Ready from").await?;
        assert_eq!(browser.overflow().await?, Vec::<String>::new());
        // What happened last is in view, also where the lanes are wider than the window.
        let lanes = browser.find("group", "Pods of catalog over time").await?;
        let beyond =
            "const l = arguments[0]; return l.scrollLeft > 0 || l.scrollWidth <= l.clientWidth";
        let seen = in_time(async || {
            let there = browser.driver.execute(beyond, vec![lanes.to_json()?]).await?;
            Ok(there.convert::<bool>()?.then_some(()))
        });
        seen.await?.with_context(|| format!("the lanes begin at the oldest, {look:?}"))?;
        for verb in ["Finish", "Hold", "Abort", "Delete", "Advance"] {
            assert!(!browser.has("button", verb).await?, "{verb}: the past offers no action");
        }
    }
    assert_eq!(
        browser.faults("moment", &[("text", "The past"), ("listitem", "catalog-3")]).await?,
        Vec::<String>::new()
    );
    browser.click("button", "Back to now").await?;
    browser.gone("button", "Back to now").await?;

    browser.click("button", "Pods").await?;
    let href = browser.attr("link", "Download as CSV", "href").await?;
    assert!(href.ends_with("format=csv&kind=pods"), "{href}");
    let file = get(browser, &href).await?;
    assert!(file.starts_with("time,namespace,set,kind,"), "{file}");
    assert!(file.contains("shop,catalog,podReady,"), "{file}");
    assert!(!file.contains("shop,catalog,action,"), "filtered as the page is: {file}");
    let file = get(browser, &browser.attr("link", "Download as JSON", "href").await?).await?;
    let events: Vec<model::wire::EventView> = serde_json::from_str(&file)?;
    assert!(events.iter().all(|e| e.set.name == "catalog"));
    Ok(())
}

/// The answer to a GET with the browser's session.
async fn get(browser: &Browser, href: &str) -> Result<String> {
    let code = format!(
        "const r = new XMLHttpRequest(); r.open('GET', {href:?}, false); r.send(); return r.responseText"
    );
    Ok(browser.script(&code).await?.as_str().context("a text")?.to_owned())
}

#[test]
fn someone_finds_out_who_did_what_in_the_fleet() -> Result<()> {
    let demo = Demo::start()?;
    tokio::runtime::Runtime::new()?.block_on(async {
        let browser = Browser::start(DESKTOP).await?;
        finish_the_canary(&browser, &demo).await?;
        let told = search(&browser, &demo).await;
        browser.quit().await?;
        told
    })
}

async fn search(browser: &Browser, demo: &Demo) -> Result<()> {
    browser.open(&format!("{}{}", demo.url(), page::ACTIVITY)).await?;
    browser.find("row", "catalog").await?;
    browser.click("button", "Panel").await?;
    browser.find("row", "catalog").await?;
    browser.press("searchbox", "Set", "catalog" + Key::Enter).await?;
    browser.find("row", "catalog").await?;
    let address = browser.script("return location.search").await?;
    assert_eq!(address.as_str(), Some("?source=panel&set=shop/catalog"));
    browser.click("button", "Last hour").await?;
    // As in the fleet.
    browser.keys("/").await?;
    browser.press("searchbox", "Text", "VISITOR catalog" + Key::Enter).await?;
    browser.find("row", "catalog").await?;
    let found = "?source=panel&since=1h&set=shop/catalog&text=VISITOR%20catalog";
    let address = browser.script("return location.search").await?;
    assert_eq!(address.as_str(), Some(found));
    browser.find("row", "catalog").await?;
    for look in LOOKS {
        browser.look(look).await?;
        // The address alone shows the same.
        browser.open(&format!("{}/activity{found}", demo.url())).await?;
        browser.find("row", "catalog").await?;
        assert_eq!(browser.overflow().await?, Vec::<String>::new());
    }
    assert_eq!(
        browser.faults("activity-filtered", &[("row", "catalog")]).await?,
        Vec::<String>::new()
    );
    browser.open(&format!("{}/activity?text=nobody-says-this", demo.url())).await?;
    browser.find("heading", "Nothing like this").await?;
    assert_eq!(
        browser.faults("activity-no-match", &[("heading", "Nothing like this")]).await?,
        Vec::<String>::new()
    );
    browser.click("link", "Show all events").await?;
    browser.find("row", "catalog").await?;
    // By who did it, and by what it was.
    browser.press("searchbox", "Who", "visitor" + Key::Enter).await?;
    browser.gone("row", "orders-db").await?;
    browser.find("row", "catalog").await?;
    browser.click("button", "Claims").await?;
    browser.find("heading", "Nothing like this").await?;
    browser.click("link", "Show all events").await?;
    browser.find("row", "orders-db").await?;
    // What is typed is asked for once the typing rests, and half a user's name is not.
    browser.press("searchbox", "Text", "VISITOR").await?;
    in_time(async || {
        let asked = browser.script("return location.search").await?;
        Ok((asked.as_str() == Some("?text=VISITOR")).then_some(()))
    })
    .await?
    .context("words that nobody sent by Enter")?;
    browser.gone("row", "orders-db").await?;
    browser.find("row", "catalog").await?;
    browser.open(&format!("{}{}", demo.url(), page::ACTIVITY)).await?;
    browser.find("row", "orders-db").await?;
    // What other filters let through is no answer where there is none to these.
    browser.cdp("Network.enable", json!({})).await?;
    browser.cdp("Network.setBlockedURLs", json!({ "urls": ["*/api/v1/events*"] })).await?;
    browser.click("button", "Panel").await?;
    browser.gone("row", "orders-db").await?;
    browser.says("The panel's server does not answer").await?;
    browser.cdp("Network.setBlockedURLs", json!({ "urls": [] })).await?;
    browser.click("button", "Panel").await?;
    browser.find("row", "orders-db").await?;
    // Those were ours.
    browser.console_errors().await.map(drop)
}
