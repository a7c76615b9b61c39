//! Where Tab leads: through the fleet, a set's page and a dialog, in the order in which they are read, and nowhere else. What a
//! button is called, and why it is off.

use anyhow::{Context as _, Result, ensure};
use e2e::Demo;
use e2e::browser::{Browser, DESKTOP, PHONE, in_time};
use e2e::tree::{Heard, within};
use model::path::page;
use serde_json::json;
use thirtyfour::{Key, TypingData};

use crate::in_the_demo;

/// What has the focus, as a screen reader says it: role and name. Nothing where the browser's own controls have it.
async fn focused(browser: &Browser) -> Result<Option<Heard>> {
    let tree = browser.tree().await?;
    Ok(tree.into_iter().rfind(|h| h.focused && h.role != "RootWebArea"))
}

async fn tab(browser: &Browser, keys: impl Into<TypingData>) -> Result<()> {
    browser.keys(keys).await
}

/// Goes on by Tab and answers where that leads, step by step.
pub(super) async fn walk(browser: &Browser, steps: usize) -> Result<Vec<String>> {
    let mut way = Vec::new();
    for _ in 0..steps {
        tab(browser, Key::Tab + "").await?;
        let on = focused(browser).await?;
        way.push(on.map_or_else(String::new, |h| format!("{} {}", h.role, h.name)));
    }
    Ok(way)
}

#[test]
fn tab_leads_through_every_page_in_the_order_in_which_it_is_read() -> Result<()> {
    in_the_demo(&Demo::quick()?, DESKTOP, order)
}

/// What stands above every page.
const TOP: [&str; 7] = [
    "link Skip to content",
    "link Things to try, and reset",
    "link Rollcall",
    "link Fleet",
    "link Activity",
    "button Theme of the system; switch to light",
    "button Log out",
];

const FLEET: [&str; 10] = [
    "searchbox Search sets",
    "combobox Namespace",
    "combobox Order",
    "button All 11",
    "button Trapped 1",
    "button Held 1",
    "button OnDelete 1",
    "button Settled 8",
    // One stop for all rows; the others by arrows.
    "link mailer",
    "button Favourite mailer",
];

const SET: [&str; 25] = [
    "link Fleet",
    "link shop",
    "button Copy the name of the set",
    "button Favourite catalog",
    "button New image…",
    "button Roll back…",
    "button Restart…",
    "button Scale…",
    "DisclosureTriangle More actions",
    "link Compare pods",
    // One stop for all ordinals, and the handle.
    "listitem catalog-0: revision r1, Ready, Running",
    "slider First ordinal that gets the new revision",
    "paragraph Next step: catalog-2 restarts on r2. catalog-0, catalog-1 and catalog-3 keep running as they are. \
     Hold is off: the rollout is held here already.",
    "button Advance to catalog-2…",
    "button Finish…",
    "button Hold…",
    "button Abort…",
    "button Roll back…",
    "link catalog-74fd5c9c9d",
    "link catalog-67df754b46",
    "DisclosureTriangle Template as YAML",
    "link Full history",
    "DisclosureTriangle Kubernetes' Events of the set",
    "button Copy the DNS name",
    "button Copy the names of all pods",
];

async fn order(browser: &Browser, demo: &Demo) -> Result<()> {
    let set = page::set("shop", "catalog");
    for (path, there, rest) in [(page::FLEET, "search", &FLEET[..]), (&set, "catalog-3:", &SET)] {
        browser.open(&format!("{}{path}", demo.url())).await?;
        browser.says("live · ").await?;
        let role = if path == page::FLEET { "row" } else { "listitem" };
        browser.find(role, there).await?;
        let wanted: Vec<&str> = TOP.iter().chain(rest).copied().collect();
        let way = walk(browser, wanted.len()).await?;
        ensure!(way == wanted, "{path}: {way:#?}");
        // And back.
        for before in wanted.iter().rev().skip(1).take(3) {
            tab(browser, Key::Shift + Key::Tab).await?;
            let on = focused(browser).await?.map(|h| format!("{} {}", h.role, h.name));
            ensure!(on.as_deref() == Some(before), "back leads to {on:?}, not {before:?}");
        }
    }
    Ok(())
}

#[test]
fn tab_leads_down_every_page_also_on_a_phone() -> Result<()> {
    in_the_demo(&Demo::quick()?, DESKTOP, down)
}

/// From the top of each page to its end every stop comes after the one before in the order in which the page is read.
async fn down(browser: &Browser, demo: &Demo) -> Result<()> {
    let pages = [
        (page::FLEET.to_owned(), "3 need a person"),
        (page::set("shop", "catalog"), "Next step:"),
        (page::history("shop", "catalog"), "was seen for the first time"),
        (page::ACTIVITY.to_owned(), "was seen for the first time"),
        (page::compare("shop", "orders-db"), "Logs of all ordinals"),
    ];
    for look in [DESKTOP, PHONE] {
        browser.look(look).await?;
        for (path, there) in &pages {
            browser.open(&format!("{}{path}", demo.url())).await?;
            browser.says(there).await?;
            browser.says("live · ").await?;
            let (mut last, mut way) = (0, Vec::new());
            for _ in 0..80 {
                tab(browser, Key::Tab + "").await?;
                let tree = browser.tree().await?;
                let on = tree.iter().rposition(|h| h.focused && h.role != "RootWebArea");
                let Some(on) = on else { break };
                way.push(format!("{} {}", tree[on].role, tree[on].name));
                ensure!(
                    on > last,
                    "{path} at {} px: the last one stands before: {way:#?}",
                    look.width
                );
                last = on;
            }
            // More than what stands above every page, and an end.
            ensure!(
                (TOP.len() + 3..80).contains(&way.len()),
                "{path} at {} px: {way:#?}",
                look.width
            );
        }
    }
    Ok(())
}

#[test]
fn a_dialog_keeps_the_focus_and_gives_it_back() -> Result<()> {
    in_the_demo(&Demo::quick()?, DESKTOP, in_a_dialog)
}

async fn in_a_dialog(browser: &Browser, demo: &Demo) -> Result<()> {
    browser.open(&format!("{}{}", demo.url(), page::set("shop", "catalog"))).await?;
    browser.click("button", "Finish").await?;
    browser.find("button", "Finish: restart 3 pods").await?;
    browser.has_focus("reason").await?;
    let tree = browser.tree().await?;
    let dialog = within(&tree, "dialog", "Finish");
    let first = focused(browser).await?.map(|h| h.name);
    ensure!(first.as_deref() == Some("Reason kept in the history"), "{first:?}");
    let way = walk(browser, 8).await?;
    // Round and round; between the last and the first lie the browser's own controls.
    let round = [
        "button Cancel",
        "button Finish: restart 3 pods",
        "",
        "DisclosureTriangle Exact patch and kubectl",
        "textbox Reason kept in the history",
        "button Cancel",
        "button Finish: restart 3 pods",
        "",
    ];
    ensure!(way == round, "{way:#?}");
    for step in round.iter().filter(|s| !s.is_empty()) {
        let inside = dialog.iter().any(|h| format!("{} {}", h.role, h.name) == *step);
        ensure!(inside, "{step:?} lies outside of the dialog: {dialog:#?}");
    }
    tab(browser, Key::Escape + "").await?;
    browser.gone("dialog", "").await?;
    browser.has_focus("Finish").await?;
    Ok(())
}

#[test]
fn the_sheet_is_entered_and_left_by_keyboard_and_stays_while_one_looks() -> Result<()> {
    in_the_demo(&Demo::quick()?, DESKTOP, in_the_sheet)
}

async fn in_the_sheet(browser: &Browser, demo: &Demo) -> Result<()> {
    let keys = async |keys: Key| browser.keys(keys + "").await;
    browser.open(&format!("{}{}", demo.url(), page::set("shop", "orders-db"))).await?;
    browser.says("live · ").await?;
    let tile = browser.find("listitem", "orders-db-0:").await?;
    tile.focus().await?;
    keys(Key::Right).await?;
    browser.has_focus("orders-db-1").await?;
    // Enter goes into the sheet, and its own buttons go on from pod to pod.
    keys(Key::Enter).await?;
    browser.find("dialog", "orders-db-1").await?;
    browser.has_focus("Overview").await?;
    browser.press("button", "Higher ordinal: orders-db-2", Key::Enter + "").await?;
    browser.find("dialog", "orders-db-2").await?;
    browser.has_focus("Higher ordinal: orders-db-3").await?;
    keys(Key::Escape).await?;
    browser.gone("dialog", "orders-db-2").await?;
    browser.has_focus("orders-db-2").await?;

    // By mouse the focus stays where it was clicked, and Esc closes from there.
    browser.click("listitem", "orders-db-3:").await?;
    browser.find("dialog", "orders-db-3").await?;
    browser.has_focus("orders-db-3").await?;
    // Its pod is made anew meanwhile: nobody loses the place for that.
    demo.image("shop", "orders-db", "database", "registry.example/orders-db:15.0")?;
    browser.find("listitem", "orders-db-0: revision r3, Ready").await?;
    browser.find("dialog", "orders-db-3").await?;
    browser.has_focus("orders-db-3").await?;
    keys(Key::Escape).await?;
    browser.gone("dialog", "orders-db-3").await?;
    // A double click is no second opinion. (The sheet opens at the other end.)
    let tile = browser.still("listitem", "orders-db-0:").await?;
    browser.driver.action_chain().double_click_element(&tile).perform().await?;
    browser.find("dialog", "orders-db-0").await?;
    browser.has_focus("orders-db-0").await?;
    keys(Key::Escape).await?;
    browser.gone("dialog", "orders-db-0").await?;

    // What was pressed goes with what it does: one goes on at what the page says now.
    browser.open(&format!("{}{}", demo.url(), page::set("shop", "catalog"))).await?;
    browser.click("button", "Abort…").await?;
    browser.click("button", "Abort: restart 1 pod").await?;
    browser.gone("dialog", "").await?;
    let told = in_time(async || {
        let on = focused(browser).await?;
        Ok(on.filter(|h| h.role == "paragraph" || h.role == "button").map(|_| ()))
    });
    told.await?.context("something has the focus")?;
    Ok(())
}

#[test]
fn why_a_button_is_off_is_its_description_and_is_seen_by_whoever_comes_to_it() -> Result<()> {
    in_the_demo(&Demo::quick()?, DESKTOP, reasons)
}

const WHY: &str = "Kubernetes keeps no other revision of search.";

async fn reasons(browser: &Browser, demo: &Demo) -> Result<()> {
    for look in [DESKTOP, DESKTOP.dark(), PHONE, PHONE.dark()] {
        browser.look(look.still()).await?;
        browser.open(&format!("{}{}", demo.url(), page::set("shop", "search"))).await?;
        browser.find("heading", "Revisions").await?;
        // In the head and beside the revisions; until the page is live there is another reason.
        let off = in_time(async || {
            let mut off = browser.tree().await?;
            off.retain(|h| h.role == "button" && h.description == WHY);
            Ok((off.len() == 2).then_some(off))
        });
        let off = off.await?.context("two buttons that are off for that reason")?;
        ensure!(off.iter().all(|h| h.name == "Roll back…"), "the name is what it does: {off:?}");
        for button in browser.every("button", "Roll back…").await? {
            let reach = "arguments[0].scrollIntoView({ block: 'center' }); arguments[0].focus()";
            browser.driver.execute(reach, vec![button.to_json()?]).await?;
            let id = button.attr("aria-describedby").await?.context("it is described")?;
            let seen = in_time(async || {
                // On top of everything at its own middle, whole, and in the window.
                let code = "const e = document.getElementById(arguments[0]), r = e.getBoundingClientRect(); \
                    const top = document.elementFromPoint(r.x + r.width / 2, r.y + r.height / 2); \
                    return r.width > 60 && r.left >= 0 && r.right <= innerWidth && top === e && e.innerText";
                let seen = browser.driver.execute(code, vec![json!(id)]).await?;
                Ok((seen.json() == &json!(WHY)).then_some(()))
            });
            seen.await?.with_context(|| format!("the reason is not seen, {look:?}"))?;
            let wrong = browser.axe().await?;
            ensure!(wrong.is_empty(), "{look:?}: {}", wrong.join("\n"));
        }
        super::access::pictures(browser, &format!("reason-{}", look.width)).await?;
    }
    Ok(())
}
