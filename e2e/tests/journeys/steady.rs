//! A page that is looked at while the cluster changes: what stands on it stays where it is, it asks nobody else, and nothing
//! goes wrong without a word.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use e2e::Demo;
use e2e::browser::{Browser, DESKTOP, Look, NARROW, PHONE, in_time};
use model::path::page;
use model::status::StatusKind;
use serde_json::{Value, json};

/// What is 0.000 as browsers write a cumulative layout shift. It is not 0, because a single chip of the filter was once seen to be
/// moved by the next one without a slide (0.0003), and why is not known.
pub(super) const ZERO: f64 = 0.0005;

/// Updates that a page draws while it is looked at.
const UPDATES: u64 = 200;

/// Notes the layout shifts that nobody's hand caused, with what moved; what the content security policy refused; and how often
/// the page was drawn anew, and lines of logs were written. That an age has grown is no update: all ages stand in a `time`.
pub(super) const WATCH: &str = r"
window.seen = { shifts: [], refused: [], updates: 0, lines: 0, late: 0 };
const say = n => n ? `${n.nodeName} ${(n.parentElement?.className ?? '')} ${(n.textContent ?? '').trim().slice(0, 60)}` : 'gone';
const place = r => `${Math.round(r.x)},${Math.round(r.y)} ${Math.round(r.width)}x${Math.round(r.height)}`;
new PerformanceObserver(list => {
  for (const e of list.getEntries()) {
    if (e.hadRecentInput) continue;
    const moved = e.sources.map(s => `${say(s.node)} from ${place(s.previousRect)} to ${place(s.currentRect)}`);
    window.seen.shifts.push(`${e.value.toFixed(5)}: ${moved.join('; ')}`);
  }
}).observe({ type: 'layout-shift' });
document.addEventListener('securitypolicyviolation', e => window.seen.refused.push(`${e.violatedDirective} ${e.blockedURI}`));
let drawn = false;
const written = n => n.nodeName === 'LI' || n.nodeName === 'TR';
new MutationObserver(changes => {
  const logs = changes.filter(c => c.target.closest?.('[role=log]'));
  window.seen.lines += logs.flatMap(c => [...c.addedNodes]).filter(written).length;
}).observe(document.body, { childList: true, subtree: true });
const ticks = change => {
  const e = change.target instanceof Element ? change.target : change.target.parentElement;
  // What is off the page by now was an update of what it stood in.
  return !e || e.closest('time');
};
new MutationObserver(changes => { drawn ||= !changes.every(ticks); }).observe(document.querySelector('main'),
  { childList: true, subtree: true, characterData: true, attributes: true, attributeFilter: ['data-r', 'data-rev', 'aria-label'] });
let last = performance.now();
const frame = now => {
  if (drawn) { window.seen.updates += 1; drawn = false; }
  if (now - last > 40) window.seen.late += 1;
  last = now;
  requestAnimationFrame(frame);
};
requestAnimationFrame(frame);
";

/// A new image. Two of the pods get it, and the others are held back.
pub(super) fn change(demo: &Demo, set: &str, tag: &str) -> Result<()> {
    let containers =
        json!([{ "name": CONTAINER, "image": format!("registry.example/{set}:{tag}") }]);
    let patch = json!({ "spec": {
        "updateStrategy": { "rollingUpdate": { "partition": 3 } },
        "template": { "spec": { "containers": containers } },
    } });
    let url = format!("{}/apis/apps/v1/namespaces/shop/statefulsets/{set}", demo.server()?);
    ureq::patch(url)
        .header("content-type", "application/strategic-merge-patch+json")
        .send(patch.to_string().as_bytes())?;
    Ok(())
}

pub(super) const SET: &str = "orders-db";
const CONTAINER: &str = "database";

/// Changes the cluster until the page has drawn enough updates. Answers what should not have been.
async fn watch(demo: &Demo, browser: &Browser, look: Look, path: &str) -> Result<Vec<String>> {
    watch_for((UPDATES, 0), demo, browser, look, path).await
}

/// The same for so many updates, and until so many lines of logs are written.
async fn watch_for(
    (updates, lines): (u64, u64),
    demo: &Demo,
    browser: &Browser,
    look: Look,
    path: &str,
) -> Result<Vec<String>> {
    browser.look(look).await?;
    browser.open(&format!("{}{path}", demo.url())).await?;
    browser.says(SET).await?;
    settled(browser).await?;
    if look.width == DESKTOP.width && path == page::FLEET {
        // Whoever points at a row finds it where it was.
        let row = browser.find("link", SET).await?;
        browser.driver.action_chain().move_to_element_center(&row).perform().await?;
    }
    browser.script(WATCH).await?;
    let client = demo.visitor()?;
    let mut seen = Value::Null;
    for tag in 1000..1000 + UPDATES {
        let tag = tag.to_string();
        change(demo, SET, &tag)?;
        client.wait_row("shop", SET, "it is held again", |row| {
            row.status.kind == StatusKind::Held && row.images.iter().any(|i| i.ends_with(&tag))
        })?;
        seen = browser.script("return window.seen").await?;
        if seen["updates"].as_u64() >= Some(updates) && seen["lines"].as_u64() >= Some(lines) {
            break;
        }
    }
    let enough = seen["updates"].as_u64() >= Some(updates) && seen["lines"].as_u64() >= Some(lines);
    ensure!(enough, "the page has drawn too little: {seen}");
    let shifts: Vec<String> = serde_json::from_value(seen["shifts"].clone())?;
    let mut wrong: Vec<String> = serde_json::from_value(seen["refused"].clone())?;
    let score = |line: &String| line.split(':').next().and_then(|s| s.parse::<f64>().ok());
    if shifts.iter().filter_map(score).sum::<f64>() >= ZERO {
        wrong.extend(shifts.into_iter().map(|line| format!("shifts: {line}")));
    }
    wrong.extend(browser.overflow().await?);
    wrong.extend(browser.foreign().await?);
    wrong.extend(browser.console_errors().await?);
    Ok(wrong.into_iter().map(|line| format!("{path} at {} px: {line}", look.width)).collect())
}

/// Waits until all of the app is there: what belongs to loading it is over.
pub(super) async fn settled(browser: &Browser) -> Result<()> {
    let last = "return performance.getEntriesByType('resource').some(e => e.name.includes('/past.')) && !document.querySelector('[aria-busy=true], [aria-label=Loading]')";
    let rests = in_time(async || Ok((browser.script(last).await? == json!(true)).then_some(())));
    rests.await?.context("the page does not come to rest")
}

/// Notes each row of the table that is taken off the document, by the name of its set.
const TAKEN: &str = r"
window.taken = [];
new MutationObserver(changes => {
  for (const change of changes) for (const node of change.removedNodes) {
    const name = node.nodeName === 'TR' && node.querySelector('th a')?.textContent;
    if (name) window.taken.push(name);
  }
}).observe(document.querySelector('tbody'), { childList: true });
";

#[test]
fn a_set_that_changes_its_group_leaves_the_rows_of_others_alone() -> Result<()> {
    let demo = Demo::quick()?;
    tokio::runtime::Runtime::new()?.block_on(async {
        let browser = Browser::start(DESKTOP).await?;
        demo.enter(&browser).await?;
        browser.open(&format!("{}{}", demo.url(), page::FLEET)).await?;
        browser.says(SET).await?;
        settled(&browser).await?;
        browser.script(TAKEN).await?;
        let client = demo.visitor()?;
        for tag in ["3000", "3001"] {
            browser.script("window.taken.length = 0").await?;
            change(&demo, SET, tag)?;
            client.wait_row("shop", SET, "it is held again", |row| {
                row.status.kind == StatusKind::Held && row.images.iter().any(|i| i.ends_with(tag))
            })?;
            let back =
                json!({ "spec": { "updateStrategy": { "rollingUpdate": { "partition": 0 } } } });
            demo.patch("shop", SET, &back)?;
            client.wait_row("shop", SET, "it is settled", |row| {
                row.status.kind == StatusKind::Settled
            })?;
            let there = in_time(async || {
                let row = browser.find("row", SET).await?.text().await?;
                Ok((row.contains("Settled") && row.contains(tag)).then_some(()))
            });
            there.await?.context("the row is settled, too")?;
            let mut before = 0;
            let taken = in_time(async || {
                tokio::time::sleep(Duration::from_millis(600)).await;
                let taken = browser.script("return window.taken").await?;
                let taken: Vec<String> = serde_json::from_value(taken)?;
                let rests = std::mem::replace(&mut before, taken.len()) == taken.len();
                Ok((rests && taken.len() >= 2).then_some(taken))
            })
            .await?
            .context("it came to another group and back")?;
            // It rolls, is held, rolls on and is settled. Of two neighbours that change places either may be the one.
            ensure!(taken.len() <= 4, "one row a change: {taken:?}");
        }
        browser.quit().await
    })
}

#[test]
fn nothing_shifts_and_nothing_goes_wrong_while_hundreds_of_updates_come_in() -> Result<()> {
    let demo = Demo::quick()?;
    tokio::runtime::Runtime::new()?.block_on(async {
        let browser = Browser::start(DESKTOP).await?;
        demo.enter(&browser).await?;
        let mut wrong = Vec::new();
        let set = page::set("shop", SET);
        for look in [DESKTOP, NARROW.dark(), PHONE] {
            for path in [page::FLEET, &set] {
                let found = watch(&demo, &browser, look, path).await;
                wrong.extend(found.with_context(|| format!("{path} at {} px", look.width))?);
            }
        }
        ensure!(wrong.is_empty(), "{} things:\n{}", wrong.len(), wrong.join("\n"));
        browser.quit().await
    })
}

#[test]
fn nothing_shifts_while_the_logs_that_are_followed_grow() -> Result<()> {
    let demo = Demo::quick()?;
    tokio::runtime::Runtime::new()?.block_on(async {
        let browser = Browser::start(DESKTOP).await?;
        demo.enter(&browser).await?;
        let mut wrong = Vec::new();
        change(&demo, SET, "999")?;
        demo.visitor()?
            .wait_row("shop", SET, "it is held", |row| row.status.kind == StatusKind::Held)?;
        // Of a pod that is made anew at each change.
        let sheet = format!("{}?pod={SET}-4&tab=logs", page::set("shop", SET));
        for look in [DESKTOP, PHONE] {
            for path in [&sheet, &page::compare("shop", SET)] {
                let found = watch_for((UPDATES / 4, 4), &demo, &browser, look, path).await;
                let found = found.with_context(|| format!("{path} at {} px", look.width))?;
                // Of a pod that is made anew in the very moment there is no log: the browser itself writes that down.
                let gone =
                    |line: &&String| line.contains("/logs?") && line.contains("409 (Conflict)");
                wrong.extend(found.iter().filter(|line| !gone(line)).cloned());
            }
        }
        ensure!(wrong.is_empty(), "{} things:\n{}", wrong.len(), wrong.join("\n"));
        browser.quit().await
    })
}

/// Whoever has scrolled to a row has it before their eyes when more is written above it, and keeps the older ones that were loaded.
async fn reads_on(browser: &Browser, demo: &Demo, path: &str) -> Result<()> {
    browser.look(DESKTOP).await?;
    browser.open(&format!("{}{path}", demo.url())).await?;
    browser.says(SET).await?;
    settled(browser).await?;
    let more = if path == page::ACTIVITY { "Older" } else { "Load more" };
    let rows =
        "return [...document.querySelectorAll('table')].at(-1).querySelectorAll('tbody tr').length";
    let first = browser.script(rows).await?.as_u64();
    browser.click("button", more).await?;
    let all =
        in_time(async || Ok(browser.script(rows).await?.as_u64().filter(|n| Some(*n) > first)));
    let all = all.await?.context("older ones came")?;
    let mark = "window.row = [...document.querySelectorAll('table')].at(-1).querySelectorAll('tbody tr')[40]; row.scrollIntoView({ block: 'center', behavior: 'instant' })";
    browser.script(mark).await?;
    tokio::time::sleep(Duration::from_millis(500)).await;
    let place = "return [window.row.isConnected, window.row.getBoundingClientRect().top, window.row.cells[2].innerText]";
    let before = browser.script(place).await?;
    // Another one on each page.
    change(demo, SET, &format!("7{:03}", path.len()))?;
    let grown =
        in_time(async || Ok((browser.script(rows).await?.as_u64() > Some(all)).then_some(())));
    grown.await?.context("more was written, and nothing is gone")?;
    tokio::time::sleep(Duration::from_millis(500)).await;
    let after = browser.script(place).await?;
    let moved = after[1].as_f64().zip(before[1].as_f64()).map(|(now, then)| (now - then).abs());
    let same = before[0] == json!(true) && before[0] == after[0] && before[2] == after[2];
    ensure!(same && moved < Some(1.0), "{before} and then {after}");
    Ok(())
}

#[test]
fn nothing_shifts_where_what_happens_is_written_down() -> Result<()> {
    let demo = Demo::quick()?;
    tokio::runtime::Runtime::new()?.block_on(async {
        let browser = Browser::start(DESKTOP).await?;
        demo.enter(&browser).await?;
        let mut wrong = Vec::new();
        let history = page::history("shop", SET);
        for look in [DESKTOP, PHONE.dark()] {
            for path in [&history, page::ACTIVITY] {
                let found = watch(&demo, &browser, look, path).await;
                wrong.extend(found.with_context(|| format!("{path} at {} px", look.width))?);
                let set = demo.visitor()?.set("shop", SET)?.context("it stays")?;
                let last = set.row.images.iter().find_map(|i| i.rsplit_once(&format!("{SET}:")));
                let (_, tag) = last.context("an image with a tag")?;
                let told = browser.says(&format!("to {tag}")).await;
                told.context("what was changed last is written down")?;
            }
        }
        ensure!(wrong.is_empty(), "{} things:\n{}", wrong.len(), wrong.join("\n"));
        for path in [&history, page::ACTIVITY] {
            reads_on(&browser, &demo, path).await.context(path.to_owned())?;
        }
        browser.quit().await
    })
}
