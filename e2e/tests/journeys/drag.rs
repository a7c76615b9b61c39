//! The handle by mouse and by finger: while it is dragged the page says what would follow, and nothing is written.

use anyhow::{Context as _, Result, ensure};
use e2e::Demo;
use e2e::browser::{Browser, DESKTOP, Look, PHONE, in_time};
use e2e::tree::{names, within};
use model::path::page;
use serde_json::{Value, json};
use thirtyfour::Key;
use thirtyfour::prelude::*;

const HANDLE: &str = "First ordinal that gets the new revision";

/// What points at the page.
#[derive(Clone, Copy, Debug)]
enum Pointer {
    Mouse,
    Finger,
}

/// What it does, in the words of the DevTools protocol.
#[derive(Clone, Copy, Debug)]
enum Does {
    Press,
    Move,
    Release,
}

impl Pointer {
    async fn send(self, browser: &Browser, does: Does, (x, y): (f64, f64)) -> Result<()> {
        match self {
            Self::Mouse => {
                let (kind, held) = match does {
                    Does::Press => ("mousePressed", 1),
                    Does::Move => ("mouseMoved", 1),
                    Does::Release => ("mouseReleased", 0),
                };
                let event = json!({ "type": kind, "x": x, "y": y, "button": "left", "buttons": held, "clickCount": 1 });
                browser.cdp("Input.dispatchMouseEvent", event).await?;
            }
            Self::Finger => {
                let (kind, points) = match does {
                    Does::Press => ("touchStart", json!([{ "x": x, "y": y }])),
                    Does::Move => ("touchMove", json!([{ "x": x, "y": y }])),
                    Does::Release => ("touchEnd", json!([])),
                };
                let event = json!({ "type": kind, "touchPoints": points });
                browser.cdp("Input.dispatchTouchEvent", event).await?;
            }
        }
        Ok(())
    }

    /// Presses on one place and goes to another. Does not let go.
    async fn drag(self, browser: &Browser, from: (f64, f64), to: (f64, f64)) -> Result<()> {
        self.send(browser, Does::Press, from).await?;
        self.drag_on(browser, from, to).await
    }

    /// Goes on from one place to another in a few steps, as a hand does.
    async fn drag_on(self, browser: &Browser, from: (f64, f64), to: (f64, f64)) -> Result<()> {
        for step in 1..=5 {
            let part = f64::from(step) / 5.0;
            let at = (from.0 + (to.0 - from.0) * part, from.1 + (to.1 - from.1) * part);
            self.send(browser, Does::Move, at).await?;
        }
        Ok(())
    }
}

/// The middle of an element that is in view, in the window.
async fn middle(browser: &Browser, element: &WebElement) -> Result<(f64, f64)> {
    let code = "const r = arguments[0].getBoundingClientRect(); return [r.x + r.width / 2, r.y + r.height / 2]";
    let found = browser.driver.execute(code, vec![element.to_json()?]).await?;
    Ok(serde_json::from_value(found.json().clone())?)
}

/// The pods that would restart, as the list says it.
async fn marked(browser: &Browser) -> Result<Vec<String>> {
    let tree = browser.tree().await?;
    let strip = within(&tree, "group", "Pods of catalog by ordinal");
    let marked = names(strip, "listitem").into_iter().filter(|n| n.contains("would restart"));
    Ok(marked.map(str::to_owned).collect())
}

async fn is_marked(browser: &Browser, wanted: &[&str]) -> Result<()> {
    let right = in_time(async || Ok((marked(browser).await? == wanted).then_some(())));
    let right = right.await?;
    let now = marked(browser).await?;
    right.with_context(|| format!("marked are {now:#?} and not {wanted:#?}"))
}

#[test]
fn the_handle_is_dragged_by_mouse_and_by_finger_and_writes_nothing() -> Result<()> {
    let demo = Demo::quick()?;
    tokio::runtime::Runtime::new()?.block_on(async {
        let browser = Browser::start(DESKTOP).await?;
        demo.enter(&browser).await?;
        let mut told = Ok(());
        for (pointer, look) in [(Pointer::Mouse, DESKTOP), (Pointer::Finger, PHONE)] {
            if told.is_ok() {
                told = story(&browser, &demo, pointer, look).await;
            }
            told = told.with_context(|| format!("by {pointer:?}"));
        }
        browser.quit().await?;
        told
    })
}

async fn story(browser: &Browser, demo: &Demo, pointer: Pointer, look: Look) -> Result<()> {
    let touch = json!({ "enabled": matches!(pointer, Pointer::Finger) });
    browser.cdp("Emulation.setTouchEmulationEnabled", touch).await?;
    browser.look(look.still()).await?;
    browser.open(&format!("{}{}", demo.url(), page::set("shop", "catalog"))).await?;
    browser.find("heading", "catalog").await?;
    let before = facts(demo)?;

    // The page may still be coming in: where the handle stands is asked for when it has come to rest.
    let handle = browser.still("slider", HANDLE).await?;
    let from = middle(browser, &handle).await?;
    let lowest = middle(browser, &browser.find("listitem", "catalog-0:").await?).await?;
    let second = middle(browser, &browser.find("listitem", "catalog-1:").await?).await?;
    // Between the two lowest ordinals: three pods get the update. Across the drag the pointer may stray.
    let to = (lowest.0.midpoint(second.0), lowest.1.midpoint(second.1));
    let to = if look.width > PHONE.width { (to.0, from.1 + 5.0) } else { (from.0 + 5.0, to.1) };
    pointer.drag(browser, from, to).await?;

    // Not let go of yet, and it is told already.
    let would = [
        "catalog-1: revision r1, Ready, Running, would restart 2nd",
        "catalog-2: revision r1, Ready, Running, next to restart, would restart 1st",
    ];
    is_marked(browser, &would).await?;
    browser.says("Not applied yet").await?;
    let told = "2 pods restart on r2, one after another: catalog-2, catalog-1.";
    browser.says(told).await?;
    let words = "catalog-1 to catalog-3 get r2; catalog-0 stays on r1; not applied yet";
    browser.until("slider", HANDLE, "aria-valuetext", words).await?;

    // A finger lies over what stands beside the handle: the same is said above it.
    let bubble = words.replace(';', "");
    if matches!(pointer, Pointer::Finger) {
        browser.says(&bubble).await?;
        if let Some(folder) = super::pages::pictures() {
            browser.picture(&folder.join("handle-bubble.png")).await?;
        }
    }

    // A bubble that is put there by an attribute is against the content security policy.
    let said = browser.console_errors().await?;
    ensure!(said.is_empty(), "{}", said.join("\n"));

    pointer.send(browser, Does::Release, to).await?;
    browser.find("button", "Review…").await?;
    is_marked(browser, &would).await?;
    ensure!(!browser.text().await?.contains(&bubble), "it goes with the finger");
    if matches!(pointer, Pointer::Mouse) {
        let wrong = browser
            .faults("handle-moved", &[("text", "Not applied yet"), ("button", "Review…")])
            .await?;
        ensure!(wrong.is_empty(), "{}", wrong.join("\n"));
        browser.look(look.still()).await?;
        is_marked(browser, &would).await?;
        // What was let go of does not follow.
        let free = json!({ "type": "mouseMoved", "x": from.0, "y": from.1, "buttons": 0 });
        browser.cdp("Input.dispatchMouseEvent", free).await?;
        is_marked(browser, &would).await?;
    }
    ensure!(facts(demo)? == before, "nothing is written");
    ensure!(browser.overflow().await?.is_empty(), "{:?}", browser.overflow().await?);
    browser.keys(Key::Escape + "").await?;
    is_marked(browser, &[]).await?;
    browser.says("Next step").await?;

    // Back to where it was is no move.
    let from = middle(browser, &browser.still("slider", HANDLE).await?).await?;
    pointer.drag(browser, from, to).await?;
    is_marked(browser, &would).await?;
    pointer.drag_on(browser, to, from).await?;
    pointer.send(browser, Does::Release, from).await?;
    is_marked(browser, &[]).await?;
    browser.gone("button", "Review…").await?;
    ensure!(facts(demo)? == before, "nothing is written");
    Ok(())
}

/// What of the set a drag must not change, and what was done to it.
fn facts(demo: &Demo) -> Result<Value> {
    let client = demo.visitor()?;
    let set = client.set("shop", "catalog")?.context("it is there")?.facts.set;
    let events = client.history("shop", "catalog")?.events.len();
    Ok(json!([set.generation, set.partition(), events]))
}
