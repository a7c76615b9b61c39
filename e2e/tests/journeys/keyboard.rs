//! The panel by keyboard alone, and what the fleet page does while somebody is in it.

use anyhow::{Context as _, Result};
use e2e::Demo;
use e2e::browser::{Browser, DESKTOP, PHONE, in_time};
use e2e::tree::{names, within};
use model::path::page;
use serde_json::json;
use thirtyfour::Key;

/// Role and name of the palette's field.
const PALETTE: (&str, &str) = ("combobox", "Search sets, pages and actions");

/// Names of the sets from the top down.
async fn rows(browser: &Browser) -> Result<Vec<String>> {
    let tree = browser.tree().await?;
    let headers = (0..tree.len()).map(|at| &tree[at..]).filter(|t| t[0].role == "rowheader");
    // The heading of a group of rows names no set.
    let link = |t| names(within(t, "rowheader", ""), "link").first().map(|n| (*n).to_owned());
    Ok(headers.filter_map(link).collect())
}

async fn path(browser: &Browser) -> Result<String> {
    let path = browser.script("return location.pathname + location.search").await?;
    Ok(path.as_str().unwrap_or_default().to_owned())
}

/// Runs a story in a browser that is logged in to a fresh demo, at its fleet page.
fn tell(story: impl AsyncFnOnce(&Browser, &Demo) -> Result<()>) -> Result<()> {
    let demo = Demo::start()?;
    tokio::runtime::Runtime::new()?.block_on(async {
        let browser = Browser::start(DESKTOP).await?;
        demo.enter(&browser).await?;
        browser.find("link", "orders-db").await?;
        let told = story(&browser, &demo).await;
        let said = browser.text().await.unwrap_or_default();
        browser.quit().await?;
        told.with_context(|| format!("the page says: {said}"))
    })
}

#[test]
fn the_fleet_is_walked_searched_and_opened_by_keys() -> Result<()> {
    tell(async |browser, _| {
        let order = rows(browser).await?;
        for row in &order[..2] {
            browser.keys("j").await?;
            browser.has_focus(row).await?;
        }
        browser.keys("k").await?;
        browser.has_focus(&order[0]).await?;
        browser.keys("j").await?;
        browser.has_focus(&order[1]).await?;
        browser.keys(Key::Enter + "").await?;
        browser.find("heading", &order[1]).await?;

        // The browser's own way back leads to the row.
        browser.driver.back().await?;
        browser.find("heading", "Fleet").await?;
        browser.has_focus(&order[1]).await?;
        browser.keys("k").await?;
        browser.has_focus(&order[0]).await?;
        browser.keys(Key::Enter + "").await?;
        browser.find("heading", &order[0]).await?;

        // Back by two letters; one that follows `g` is nothing else.
        browser.keys("ga").await?;
        assert!(!browser.has("dialog", "").await?);
        browser.keys("gf").await?;
        browser.find("heading", "Fleet").await?;
        browser.keys("/").await?;
        browser.has_focus("search").await?;
        // Letters are letters in a field.
        browser.keys("gf?jk").await?;
        browser.says("Nothing matches “gf?jk”").await?;
        assert_eq!(path(browser).await?, "/?q=gf%3Fjk");
        browser.keys(Key::Control + "a").await?;
        browser.keys(Key::Delete + "").await?;
        browser.find("link", "orders-db").await?;
        browser.driver.execute("document.activeElement.blur()", vec![]).await?;
        browser.keys("?").await?;
        browser.find("dialog", "Keys").await?;
        browser.says("go to a set, a page or an action").await?;
        assert_eq!(
            browser.faults("keys", &[("dialog", "Keys"), ("heading", "Everywhere")]).await?,
            Vec::<String>::new()
        );
        browser.keys(Key::Escape + "").await?;
        browser.gone("dialog", "Keys").await?;
        browser.keys("f").await?;
        browser.has_focus("All").await?;
        Ok(())
    })
}

#[test]
fn the_palette_finds_sets_and_opens_dialogs_without_writing() -> Result<()> {
    tell(async |browser, _| {
        browser.keys(Key::Control + "k").await?;
        browser.has_focus("Search sets, pages and actions").await?;
        assert_eq!(
            browser.faults("palette", &[PALETTE, ("option", "orders-db")]).await?,
            Vec::<String>::new()
        );
        browser.press(PALETTE.0, PALETTE.1, "catal").await?;
        browser.find("option", "catalog").await?;
        browser.keys(Key::Enter + "").await?;
        browser.find("heading", "catalog").await?;
        browser.says("stay on").await?;

        // From within the page of a set its actions are there, too.
        browser.keys(Key::Control + "k").await?;
        browser.has_focus("Search sets, pages and actions").await?;
        browser.find("option", "Advance to catalog-2").await?;
        assert_eq!(
            browser.faults("palette-set", &[PALETTE, ("option", "Advance to catalog-2")]).await?,
            Vec::<String>::new()
        );
        browser.press(PALETTE.0, PALETTE.1, "nothing like it").await?;
        browser.says("Nothing matches.").await?;
        assert_eq!(
            browser.faults("palette-empty", &[PALETTE, ("text", "Nothing matches.")]).await?,
            Vec::<String>::new()
        );
        browser.press(PALETTE.0, PALETTE.1, Key::Control + "a").await?;
        browser.press(PALETTE.0, PALETTE.1, "scale").await?;
        browser.until("option", "Scale", "aria-selected", "true").await?;
        let on = browser.attr("option", "Scale", "id").await?;
        assert_eq!(browser.attr(PALETTE.0, PALETTE.1, "aria-activedescendant").await?, on);
        browser.press(PALETTE.0, PALETTE.1, Key::Enter + "").await?;
        browser.find("dialog", "Scale").await?;
        browser.gone("combobox", "Search sets").await.context("one dialog at a time")?;
        browser.keys(Key::Control + "k").await?;
        assert!(!browser.has("combobox", "Search sets").await?, "one dialog at a time");
        browser.click("button", "Cancel").await?;

        // The arrows go round, Esc leaves, and nothing was written.
        browser.keys(Key::Control + "k").await?;
        browser.has_focus("Search sets, pages and actions").await?;
        browser.keys(Key::Up + "").await?;
        let chosen = in_time(async || {
            let last = browser.every("option", "").await?.pop().context("options")?;
            Ok((last.attr("aria-selected").await?.as_deref() == Some("true")).then_some(()))
        });
        chosen.await?.context("the last one is chosen")?;
        browser.keys(Key::Escape + "").await?;
        browser.gone("combobox", "Search sets").await?;
        browser.says("catalog-0 to catalog-2 stay on").await?;
        Ok(())
    })
}

#[test]
fn favourites_and_order_stay_with_browser_and_address() -> Result<()> {
    tell(async |browser, demo| {
        browser.driver.execute("document.activeElement.blur()", vec![]).await?;
        browser.click("button", "Favourite mailer").await?;
        assert_eq!(path(browser).await?, "/", "the star opens no page");
        browser.keys("js").await?;
        browser.click("button", "Favourites").await?;
        assert_eq!(path(browser).await?, "/?favourites=yes");
        let mut marked = rows(browser).await?;
        marked.sort();
        assert_eq!(marked.len(), 2, "{marked:?}");
        browser.look(PHONE).await?;
        assert_eq!(browser.overflow().await?, Vec::<String>::new());
        browser.look(DESKTOP).await?;
        browser.open(&format!("{}/?favourites=yes&sort=name", demo.url())).await?;
        browser.find("button", "Favourites").await?;
        browser.find("link", &marked[0]).await?;
        let mut kept = rows(browser).await?;
        kept.sort();
        assert_eq!(kept, marked, "kept in this browser");
        browser.open(&format!("{}/?sort=name&status=settled", demo.url())).await?;
        browser.says("by name").await?;
        let named = rows(browser).await?;
        assert!(named.len() > 2 && named.is_sorted(), "{named:?}");
        let order = browser.find("combobox", "Order").await?;
        assert_eq!(order.prop("value").await?.as_deref(), Some("name"));
        Ok(())
    })
}

/// Restarts a set over the API, as anybody's script would do it.
const RESTART: &str = r"
const [name, done] = arguments;
const url = '/api/v1/sets/shop/' + name;
fetch(url).then(a => a.json()).then(d => fetch(url + '/actions', {
  method: 'POST', headers: { 'content-type': 'application/json' },
  body: JSON.stringify({ action: 'restart', expect: { uid: d.facts.set.uid, generation: d.facts.set.generation } }),
})).then(a => done(a.status), e => done(String(e)));
";

/// The animation of the glow of a set's row; `none` as long as nothing has changed.
async fn glow(browser: &Browser, name: &str) -> Result<String> {
    let row = browser.find("row", name).await?.to_json()?;
    let code = "return getComputedStyle(arguments[0].lastElementChild, '::before').animationName";
    let found = browser.driver.execute(code, vec![row]).await?;
    Ok(found.json().as_str().unwrap_or_default().to_owned())
}

#[test]
fn a_change_glows_and_moves_no_row_under_the_pointer() -> Result<()> {
    tell(async |browser, _| {
        let before = rows(browser).await?;
        let row = browser.find("link", "orders-db").await?;
        browser.driver.action_chain().move_to_element_center(&row).perform().await?;
        assert_eq!(glow(browser, "orders-db").await?, "none");
        let answer =
            browser.driver.execute_async(RESTART, vec![json!("orders-db")]).await?.json().clone();
        assert_eq!(answer, json!(200));
        browser.says("it follows when you leave the table").await?;
        assert_eq!(rows(browser).await?, before);
        assert!(glow(browser, "orders-db").await?.starts_with("glow"));
        browser.look(DESKTOP.still()).await?;
        assert_eq!(glow(browser, "orders-db").await?, "none", "less motion was asked for");
        browser.look(DESKTOP).await?;
        let heading = browser.find("heading", "Fleet").await?;
        browser.driver.action_chain().move_to_element_center(&heading).perform().await?;
        let after = rows(browser).await?;
        assert_ne!(after, before, "what moves stands above what rests");
        assert!(!browser.text().await?.contains("it follows when you leave"));
        Ok(())
    })
}

#[test]
fn exact_times_are_shown_by_key_and_from_the_palette() -> Result<()> {
    tell(async |browser, demo| {
        browser.open(&format!("{}{}", demo.url(), page::set("shop", "catalog"))).await?;
        browser.says("stay on").await?;
        let year = "return [...document.querySelectorAll('main time')].map(t => /, \\d\\d:\\d\\d:\\d\\d /.test(t.innerText))";
        let exact = async |wanted: bool| {
            let found = e2e::browser::in_time(async || {
                let told: Vec<bool> = serde_json::from_value(browser.script(year).await?)?;
                Ok((told.len() > 2 && told.iter().all(|t| *t == wanted)).then_some(()))
            });
            found.await?.with_context(|| format!("exact: {wanted}"))
        };
        exact(false).await?;
        browser.keys("t").await?;
        browser.says("Times are exact.").await?;
        exact(true).await?;
        assert!(!browser.text().await?.contains("UTC ago"));
        assert_eq!(
            browser
                .faults("exact times", &[("heading", "catalog"), ("heading", "Revisions")])
                .await?,
            Vec::<String>::new()
        );
        browser.look(PHONE).await?;
        assert_eq!(browser.overflow().await?, Vec::<String>::new());
        browser.look(DESKTOP).await?;
        // A page that is listened to cannot always be given single letters.
        browser.keys(Key::Control + "k").await?;
        browser.press(PALETTE.0, PALETTE.1, "exact").await?;
        browser.find("option", "Exact times").await?;
        browser.keys(Key::Enter + "").await?;
        exact(false).await
    })
}

#[test]
fn a_newer_server_asks_to_reload_and_takes_nothing_that_was_typed() -> Result<()> {
    tell(async |browser, demo| {
        browser.open(&format!("{}{}", demo.url(), page::set("shop", "catalog"))).await?;
        browser.says("stay on").await?;
        assert!(!browser.text().await?.contains("server was updated"));
        // As if the page had come from the build before.
        let older = "document.querySelector('meta[name=rollcall-app]').setAttribute('content', '0123456789abcdef')";
        browser.driver.execute(older, vec![]).await?;
        browser.click("button", "Finish").await?;
        browser.fill("textbox", "Reason", "CHG-5120").await?;
        browser.says("The panel's server was updated.").await?;
        let reason = browser.find("textbox", "Reason").await?;
        assert_eq!(reason.prop("value").await?.as_deref(), Some("CHG-5120"));
        browser.click("button", "Cancel").await?;
        assert_eq!(
            browser
                .faults(
                    "newer",
                    &[("status", "The panel's server was updated."), ("button", "Reload")]
                )
                .await?,
            Vec::<String>::new()
        );
        browser.click("button", "Reload").await?;
        browser.gone("button", "Reload").await?;
        browser.says("stay on").await?;
        assert!(!browser.text().await?.contains("server was updated"));
        Ok(())
    })
}

#[test]
fn the_content_is_one_key_away_and_a_moved_handle_is_put_back_from_anywhere() -> Result<()> {
    tell(async |browser, demo| {
        browser.open(&format!("{}{}", demo.url(), page::set("shop", "catalog"))).await?;
        browser.says("stay on").await?;
        // Also in a demo, whose own line stands above the page.
        browser.keys(Key::Tab + "").await?;
        browser.has_focus("Skip to content").await?;
        browser.keys(Key::Enter + "").await?;
        browser.has_focus("main").await?;

        browser.press("slider", "First ordinal", Key::Left + "").await?;
        browser.says("Not applied yet").await?;
        browser.driver.execute("document.activeElement.blur()", vec![]).await?;
        browser.keys(Key::Escape + "").await?;
        browser.says("Next step").await?;
        browser.gone("listitem", "would restart").await?;
        Ok(())
    })
}
