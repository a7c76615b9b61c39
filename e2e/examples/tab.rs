//! A tab of the fleet in a real browser, for `cargo xtask bench`: what loading it costs, how smoothly it scrolls, and when each
//! change is painted.
//!
//! It logs in at `ROLLCALL_URL` as `ROLLCALL_USER` with `ROLLCALL_PASSWORD`, and prints the figures of loading and scrolling, one a
//! line: name, value and unit, with tabs between; then a line `open`. To each line on its standard input it answers with one line of JSON:
//! what was painted since, as `[name of the set, when it was painted, when the page was told]`, in Unix time in milliseconds. A
//! number makes the window so high, in px, first. It ends with its standard input.

use std::io::BufRead as _;

use anyhow::{Context as _, Result};
use e2e::browser::{Browser, DESKTOP, Look};
use serde_json::{Value, json};

/// How often the page is loaded, each from an empty and from a filled cache.
const LOADS: usize = 5;

/// Looks on from the first moment of a page. Painted means: the turn after the frame with the change.
///
/// A row glows when its set has changed, in the same turn in which its cells follow; texts of times change by themselves and are
/// not meant.
const LOOK_ON: &str = r#"(() => {
  const long = [], painted = [];
  const bench = window.bench = { long, painted, usable: null };
  new PerformanceObserver(list => {
    for (const entry of list.getEntries()) long.push([entry.startTime, entry.duration]);
  }).observe({ type: 'longtask', buffered: true });
  const afterFrame = then => requestAnimationFrame(() => {
    const channel = new MessageChannel();
    channel.port1.onmessage = then;
    channel.port2.postMessage(0);
  });
  const now = () => performance.timeOrigin + performance.now();
  // When messages about a set came since it was last painted. One that changes nothing to be seen is soon no longer meant.
  const told = new Map(), listen = EventSource.prototype.addEventListener;
  EventSource.prototype.addEventListener = function (kind, then, ...rest) {
    return listen.call(this, kind, event => {
      const at = now();
      for (const [, name] of (event.data ?? '').matchAll(/"name":"(set-\d+)"/g)) told.set(name, [...(told.get(name) ?? []).filter(t => t > at - 1000), at]);
      return then.call(this, event);
    }, ...rest);
  };
  let first = true;
  new MutationObserver(changes => {
    if (first && document.querySelector('tbody tr a')) {
      first = false;
      afterFrame(() => { bench.usable = performance.now(); });
    }
    const rows = new Set();
    for (const change of changes) {
      if (change.attributeName === 'data-glow') rows.add(change.target);
    }
    const names = [...rows].map(row => row.querySelector('a')?.textContent).filter(Boolean);
    const heard = names.map(name => (told.get(name) ?? []).find(t => t > now() - 1000) ?? now());
    for (const name of names) told.delete(name);
    if (names.length) afterFrame(() => {
      const at = now();
      names.forEach((name, n) => painted.push([name, at, heard[n]]));
    });
  }).observe(document, { childList: true, subtree: true, attributes: true, attributeFilter: ['data-glow'] });
})()"#;

/// What loading cost, once the page is usable and has come to rest.
const LOADED: &str = r"
  const bench = window.bench;
  if (bench.usable === null || performance.now() < bench.usable + 1000) return null;
  const all = [...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')];
  const bytes = wanted => all.filter(e => wanted === new URL(e.name).pathname.startsWith('/api/'))
    .reduce((sum, e) => sum + e.transferSize, 0);
  return {
    usable: bench.usable,
    longest: Math.max(0, ...bench.long.map(([, took]) => took)),
    blocked: bench.long.reduce((sum, [, took]) => sum + Math.max(0, took - 50), 0),
    app: bytes(false),
    data: bytes(true),
    rows: document.querySelectorAll('tbody tr').length,
    elements: document.querySelectorAll('*').length,
  };";

/// How fast the fleet is scrolled, in px/s: more than a hundred rows a second.
const SPEED: u32 = 4_000;

/// How far it is scrolled at most, in px.
const FAR: f64 = 20_000.0;

/// Looks on while the page is scrolled: how far the frames are apart in which it stands elsewhere than in the one before. What the
/// compositor shows between them is not seen from here.
const WATCH_FRAMES: &str = "
  const seen = window.scrolled = { apart: [], over: false };
  let last = performance.now(), top = scrollY;
  const look = now => {
    if (scrollY !== top) seen.apart.push(now - last);
    [last, top] = [now, scrollY];
    if (!seen.over) requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
  return document.documentElement.scrollHeight - innerHeight;";

fn main() -> Result<()> {
    tokio::runtime::Runtime::new()?.block_on(async {
        let browser = Browser::start(DESKTOP).await?;
        let url = variable("ROLLCALL_URL")?;
        log_in(&browser, &url).await?;
        browser.cdp("Page.addScriptToEvaluateOnNewDocument", json!({ "source": LOOK_ON })).await?;
        browser.cdp("Network.enable", json!({})).await?;
        load(&browser, &url).await?;
        // The whole fleet, in an order that shows the sets that are changed first among those that rest.
        browser.open(&format!("{url}/?sort=name")).await?;
        browser.find("link", "set-0000").await?;
        scroll(&browser).await?;
        println!("open");
        for line in std::io::stdin().lock().lines() {
            if let Ok(height) = line?.parse() {
                browser.look(Look { height, ..DESKTOP }).await?;
            }
            let painted = browser.script("return window.bench.painted.splice(0)").await?;
            println!("{painted}");
        }
        browser.quit().await
    })
}

fn variable(name: &str) -> Result<String> {
    std::env::var(name).with_context(|| format!("{name} is not set"))
}

async fn log_in(browser: &Browser, url: &str) -> Result<()> {
    browser.open(&format!("{url}/login")).await?;
    browser.fill("textbox", "User name", &variable("ROLLCALL_USER")?).await?;
    browser.fill("textbox", "Password", &variable("ROLLCALL_PASSWORD")?).await?;
    browser.click("button", "Log in").await?;
    browser.find("heading", "Fleet").await.map(drop)
}

async fn load(browser: &Browser, url: &str) -> Result<()> {
    let (mut cold, mut warm) = (Vec::new(), Vec::new());
    for _ in 0..LOADS {
        browser.cdp("Network.clearBrowserCache", json!({})).await?;
        for into in [&mut cold, &mut warm] {
            // Another page between: the same address again would be a reload.
            browser.open("about:blank").await?;
            browser.open(url).await?;
            into.push(loaded(browser).await?);
        }
    }
    for (cache, loads) in [("cold", &cold), ("warm", &warm)] {
        for (key, name, unit) in [
            ("usable", "fleet page usable", "ms"),
            ("longest", "longest task while loading", "ms"),
            ("blocked", "main thread blocked while loading", "ms"),
            ("app", "app on the wire, with headers", "bytes"),
            ("data", "data on the wire, with headers", "bytes"),
        ] {
            println!("{name}, {cache} cache\t{}\t{unit}", median(loads, key)?);
        }
    }
    for (key, name) in [("rows", "rows in the page"), ("elements", "elements in the page")] {
        println!("{name}\t{}\t", median(&warm, key)?);
    }
    let heap = browser.cdp("Runtime.getHeapUsage", json!({})).await?;
    for (key, name) in [
        ("usedSize", "JavaScript heap"),
        ("backingStorageSize", "buffers, WebAssembly's with them"),
    ] {
        if let Some(bytes) = heap[key].as_f64() {
            println!("{name}\t{}\tMB", bytes / 1024.0 / 1024.0);
        }
    }
    Ok(())
}

/// Scrolls down the fleet by the wheel, and back to its top.
async fn scroll(browser: &Browser) -> Result<()> {
    let page = browser.script(WATCH_FRAMES).await?.as_f64().context("the page has no height")?;
    if page < 1.0 {
        // All rows are in view.
        return Ok(());
    }
    let by = json!({
        "x": 700, "y": 500, "yDistance": -page.min(FAR), "speed": SPEED, "gestureSourceType": "mouse", "preventFling": true,
    });
    browser.cdp("Input.synthesizeScrollGesture", by).await?;
    let seen = browser.script("window.scrolled.over = true; return window.scrolled").await?;
    let top = browser.script("const y = scrollY; scrollTo(0, 0); return y").await?;
    anyhow::ensure!(top.as_f64() > Some(0.0), "nothing was scrolled");
    let mut apart: Vec<f64> =
        seen["apart"].as_array().into_iter().flatten().filter_map(Value::as_f64).collect();
    apart.sort_by(f64::total_cmp);
    for (percent, name) in [(50, "median"), (95, "95th percentile"), (100, "longest")] {
        let n = (apart.len() * percent / 100).min(apart.len().saturating_sub(1));
        let apart = apart.get(n).context("no frame")?;
        println!("from frame to frame while scrolling, {name}\t{apart}\tms");
    }
    Ok(())
}

/// Waits for the figures of the page that was opened.
async fn loaded(browser: &Browser) -> Result<Value> {
    for _ in 0..600 {
        let told = browser.script(LOADED).await?;
        if !told.is_null() {
            return Ok(told);
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    anyhow::bail!("the fleet shows no row: {}", browser.text().await?)
}

fn median(loads: &[Value], key: &str) -> Result<f64> {
    let mut values: Vec<f64> = loads.iter().filter_map(|load| load[key].as_f64()).collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().with_context(|| format!("no {key}"))
}
