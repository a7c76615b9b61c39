//! Who asked for less motion sees nothing move, in the moments in which others do.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use e2e::Demo;
use e2e::browser::{Browser, DESKTOP, Look, in_time};
use model::path::page;
use serde::Deserialize;
use serde_json::json;

use crate::in_the_demo;

/// Looks in every frame at what moves: by the browser's own animations and transitions, and by a script that slides it.
const WATCH: &str = r"
window.seen = { frames: 0, animated: {}, slid: {} };
const of = e => `${e.tagName} ${e.getAttribute('class') ?? ''} in ${e.parentElement?.getAttribute('class') ?? ''}`;
let before = new Map();
const frame = () => {
  seen.frames += 1;
  for (const a of document.getAnimations()) {
    if (a.playState !== 'running') continue;
    const what = `${a.animationName ?? a.transitionProperty ?? 'animation'} of ${of(a.effect.target)}`;
    seen.animated[what] = (seen.animated[what] ?? 0) + 1;
  }
  const here = new Map();
  for (const e of document.querySelectorAll('[style*=transform]')) {
    here.set(e, e.style.transform);
    if (before.has(e) && before.get(e) !== e.style.transform) seen.slid[of(e)] = (seen.slid[of(e)] ?? 0) + 1;
  }
  before = here;
  requestAnimationFrame(frame);
};
requestAnimationFrame(frame);
";

/// Lets the page's clock pass over what keeps a frame waiting: where a machine jerks, slides arrive at once
/// (`frontend/src/glide.rs`), and others would see nothing move either.
pub(super) const STEADY: &str = r"
const real = Date.now;
let last = real(), over = 0;
Date.now = () => real() - over;
const frame = () => {
  const now = real();
  over += Math.max(0, now - last - 17);
  last = now;
  requestAnimationFrame(frame);
};
requestAnimationFrame(frame);
";

/// What was seen to move, and in how many frames.
#[derive(Debug, Deserialize)]
struct Seen {
    frames: u64,
    animated: std::collections::BTreeMap<String, u64>,
    slid: std::collections::BTreeMap<String, u64>,
}

#[test]
fn who_asked_for_less_motion_sees_nothing_move_while_a_set_rolls() -> Result<()> {
    in_the_demo(&Demo::start()?, DESKTOP, async |browser, demo| {
        let steady = json!({ "source": STEADY });
        browser.cdp("Page.addScriptToEvaluateOnNewDocument", steady).await?;
        // Others see it move at the same moments: else it would mean nothing that something does not.
        let (fleet, set) = roll(browser, demo, DESKTOP, "catalog-2").await?;
        ensure!(fleet.animated.keys().any(|k| k.starts_with("glow")), "a row glows: {fleet:?}");
        ensure!(!fleet.slid.is_empty(), "rows slide: {fleet:?}");
        ensure!(!set.slid.is_empty(), "what is written down slides: {set:?}");

        let (fleet, set) = roll(browser, demo, DESKTOP.still(), "catalog-1").await?;
        for seen in [fleet, set] {
            ensure!(seen.animated.is_empty() && seen.slid.is_empty(), "these move: {seen:#?}");
        }
        Ok(())
    })
}

/// One pod of a set is made anew while the fleet is looked at, and then one of another while its own page is. Answers what moved.
async fn roll(browser: &Browser, demo: &Demo, look: Look, to: &str) -> Result<(Seen, Seen)> {
    browser.look(look).await?;
    browser.open(&format!("{}{}", demo.url(), page::FLEET)).await?;
    browser.find("row", "orders-db").await?;
    browser.says("live · ").await?;
    browser.script(WATCH).await?;
    let patch = json!({ "spec": {
        "updateStrategy": { "rollingUpdate": { "partition": 4 } },
        "template": { "metadata": { "annotations": { "for": to } } },
    } });
    demo.patch("shop", "orders-db", &patch)?;
    let row = async |status: &str| {
        let said = in_time(async || {
            let row = browser.find("row", "orders-db").await?.text().await?;
            Ok(row.contains(status).then_some(()))
        });
        said.await?.with_context(|| format!("orders-db is {status} in the fleet"))
    };
    row("Rolling").await?;
    row("Held 1/5").await?;
    let fleet = seen(browser).await?;

    browser.open(&format!("{}{}", demo.url(), page::set("shop", "catalog"))).await?;
    browser.click("button", &format!("Advance to {to}")).await?;
    browser.find("button", "Advance: restart 1 pod").await?;
    // Further down the browser keeps what is in view in its place; the hand that pressed may have scrolled.
    browser.script("scrollTo({ top: 0, behavior: 'instant' })").await?;
    browser.script(WATCH).await?;
    browser.click("button", "Advance: restart 1 pod").await?;
    let titled = async |status: &str| {
        let there = in_time(async || {
            let title = browser.driver.title().await?;
            Ok(title.contains(&format!("catalog: {status}")).then_some(()))
        });
        there.await?.with_context(|| format!("catalog is {status} on its page"))
    };
    titled("Rolling").await?;
    titled("Held").await?;
    browser.find("listitem", &format!("{to}: revision r2, Ready")).await?;
    Ok((fleet, seen(browser).await?))
}

/// What has moved until everything has come to rest.
async fn seen(browser: &Browser) -> Result<Seen> {
    tokio::time::sleep(Duration::from_millis(700)).await;
    let seen = in_time(async || {
        let seen: Seen = serde_json::from_value(browser.script("return window.seen").await?)?;
        Ok((seen.frames > 100).then_some(seen))
    });
    seen.await?.context("nobody looked")
}
