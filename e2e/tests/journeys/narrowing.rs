//! The fleet is narrowed by text, namespace, status and order: the rows are those that were asked for, the counts are those of
//! the rows, and the address holds all of it.

use anyhow::{Context as _, Result, bail, ensure};
use e2e::browser::{Browser, DESKTOP, in_time};
use e2e::tree::{names, within};
use e2e::{Demo, PATIENCE};
use model::status::StatusKind;
use model::wire::SetRow;
use serde_json::json;
use thirtyfour::Key;

const SEARCH: &str = "Search sets";
const CHANGED: &str = "session-cache";

/// Names of the sets from the top down.
async fn rows(browser: &Browser) -> Result<Vec<String>> {
    let tree = browser.tree().await?;
    let headers = (0..tree.len()).map(|at| &tree[at..]).filter(|t| t[0].role == "rowheader");
    // The heading of a group of rows names no set.
    let link = |t| names(within(t, "rowheader", ""), "link").first().map(|n| (*n).to_owned());
    Ok(headers.filter_map(link).collect())
}

/// Waits until the rows are these, in this order.
async fn in_order(browser: &Browser, wanted: &[String]) -> Result<()> {
    let there = in_time(async || Ok((rows(browser).await? == wanted).then_some(())));
    if let Ok(Some(())) = there.await {
        return Ok(());
    }
    bail!("the rows are not {wanted:?}, but {:?}", rows(browser).await?)
}

/// The same in any order.
async fn shows(browser: &Browser, wanted: &[&str]) -> Result<()> {
    let sorted = |mut names: Vec<String>| {
        names.sort();
        names
    };
    let wanted = sorted(wanted.iter().map(|w| (*w).to_owned()).collect());
    let there = in_time(async || Ok((sorted(rows(browser).await?) == wanted).then_some(())));
    if let Ok(Some(())) = there.await {
        return Ok(());
    }
    bail!("the rows are not {wanted:?}, but {:?}", sorted(rows(browser).await?))
}

/// The chips above the table and the numbers on them.
async fn chips(browser: &Browser) -> Result<Vec<(String, usize)>> {
    let tree = browser.tree().await?;
    let chips = names(within(&tree, "group", "Filter by status"), "button");
    let read = |name: &&str| {
        let (word, count) = name.rsplit_once(' ').with_context(|| format!("no count: {name}"))?;
        Ok((word.to_owned(), count.parse()?))
    };
    chips.iter().map(read).collect()
}

/// The query of the address.
async fn query(browser: &Browser) -> Result<String> {
    let query = browser.script("return decodeURIComponent(location.search)").await?;
    Ok(query.as_str().unwrap_or_default().to_owned())
}

async fn value(browser: &Browser, role: &str, name: &str) -> Result<String> {
    Ok(browser.find(role, name).await?.prop("value").await?.unwrap_or_default())
}

/// Runs a story in a browser that is logged in to a fresh demo, at its fleet page; it gets the sets, too.
fn tell(story: impl AsyncFnOnce(&Browser, &[SetRow]) -> Result<()>) -> Result<()> {
    let demo = Demo::quick()?;
    let visitor = demo.visitor()?;
    // What the panel saw being changed is told apart from the others by its last change.
    let there = || visitor.set("shop", CHANGED);
    harness::wait_until(CHANGED, PATIENCE, there)?;
    ensure!(visitor.act("shop", CHANGED, json!({ "action": "restart" }))?.status == 200, "it is");
    let ready = || {
        let sets = visitor.fleet()?.sets;
        let done = sets.iter().any(|s| s.last_change.is_some() && s.status.done == s.replicas);
        let rest = sets.iter().filter(|s| s.status.kind == StatusKind::Settled).count();
        Ok::<_, anyhow::Error>(Some(sets).filter(|s| s.len() == 11 && done && rest == 8))
    };
    let sets = harness::wait_until("all sets", PATIENCE, ready)?;
    tokio::runtime::Runtime::new()?.block_on(async {
        let browser = Browser::start(DESKTOP).await?;
        demo.enter(&browser).await?;
        browser.find("link", "orders-db").await?;
        let told = story(&browser, &sets).await;
        let said = browser.text().await.unwrap_or_default();
        browser.quit().await?;
        told.with_context(|| format!("the page says: {said}"))
    })
}

/// The names of those sets that pass.
fn those(sets: &[SetRow], pass: impl Fn(&SetRow) -> bool) -> Vec<&str> {
    sets.iter().filter(|s| pass(s)).map(|s| s.name.as_str()).collect()
}

#[test]
fn sets_are_found_by_image_by_namespace_and_name_by_pod_and_by_what_they_are_not() -> Result<()> {
    tell(texts)
}

async fn texts(browser: &Browser, sets: &[SetRow]) -> Result<()> {
    let without = |name: &str| those(sets, |s| s.namespace == "shop" && s.name != name);
    let agents = those(sets, |s| !["web-app", "app-kotlin-release"].contains(&s.name.as_str()));
    assert_eq!((without("orders-db").len(), agents.len()), (5, 9), "as the demo has them");
    let asked: [(&str, &[&str]); 8] = [
        ("image:vault-agent", &["app-kotlin-release", "web-app"]),
        ("image:Catalog:5.9", &["catalog"]),
        ("!image:vault-agent", &agents),
        ("shop !orders-db", &without("orders-db")),
        ("shop/orders-db", &["orders-db"]),
        ("labs/orders-db", &[]),
        // An alert names the pod.
        ("session-cache-5", &["session-cache"]),
        // A part of a name is no part of an image.
        ("registry.example", &[]),
    ];
    for (text, wanted) in asked {
        browser.fill("searchbox", SEARCH, text).await?;
        shows(browser, wanted).await.context(text)?;
        if wanted.is_empty() {
            browser.says(&format!("Nothing matches “{text}”")).await?;
        }
        assert_eq!(query(browser).await?, format!("?q={text}"));
        // The address alone shows the same.
        browser.driver.refresh().await?;
        browser.find("heading", "Fleet").await?;
        browser.find("button", "All").await?;
        shows(browser, wanted).await.with_context(|| format!("{text} after a reload"))?;
        assert_eq!(value(browser, "searchbox", SEARCH).await?, text);
    }
    Ok(())
}

/// Presses each chip in turn: the rows are as many as it says, and those of its status; the way back leads to all of them.
async fn each(browser: &Browser, among: &[SetRow], marked: &[&str], text: &str) -> Result<()> {
    let all = those(among, |_| true);
    shows(browser, &all).await?;
    let there = chips(browser).await?;
    let mut sum = 0;
    for (word, count) in &there {
        let chip = format!("{word} {count}");
        let (wanted, part) = match word.as_str() {
            "All" => (all.clone(), String::new()),
            "Favourites" => {
                (those(among, |s| marked.contains(&s.name.as_str())), "favourites=yes".to_owned())
            }
            word => {
                sum += count;
                let of = those(among, |s| s.status.kind.word() == word);
                (of, format!("status={}", word.to_lowercase()))
            }
        };
        let before = query(browser).await?;
        assert_eq!(wanted.len(), *count, "{chip} among {text:?}");
        browser.click("button", &chip).await?;
        browser.until("button", &chip, "aria-pressed", "true").await?;
        shows(browser, &wanted).await.with_context(|| format!("{chip} among {text:?}"))?;
        if word == "All" {
            assert_eq!(query(browser).await?, before, "it is on already");
            continue;
        }
        let now = query(browser).await?;
        assert!(now.contains(&part) && now.contains(text), "{chip}: {now}");
        // What is not shown is still counted: one sees where the others are.
        if word != "Favourites" {
            assert_eq!(chips(browser).await?, there, "{chip}");
        }
        browser.driver.refresh().await?;
        browser.find("heading", "Fleet").await?;
        shows(browser, &wanted).await.with_context(|| format!("{chip} after a reload"))?;
        browser.until("button", &chip, "aria-pressed", "true").await?;
        browser.driver.back().await?;
        shows(browser, &all).await.with_context(|| format!("back from {chip}"))?;
        assert_eq!(query(browser).await?, before, "back from {chip}");
    }
    assert_eq!(there.first(), Some(&("All".to_owned(), sum)), "each set has one status");
    Ok(())
}

#[test]
fn each_chip_shows_as_many_sets_as_it_says_whatever_else_is_asked_for() -> Result<()> {
    tell(async |browser, sets| {
        browser.click("button", "Favourite mailer").await?;
        browser.click("button", "Favourite python-app").await?;
        browser.find("button", "Favourites 2").await?;
        let marked = ["mailer", "python-app"];
        let found = chips(browser).await?;
        assert!(found.len() > 4, "sets of several statuses: {found:?}");
        each(browser, sets, &marked, "").await?;
        browser.fill("searchbox", SEARCH, "shop !search").await?;
        let shop = |s: &&SetRow| s.namespace == "shop" && s.name != "search";
        let shop: Vec<SetRow> = sets.iter().filter(shop).cloned().collect();
        browser.find("button", "All 5").await?;
        browser.find("button", "Favourites 1").await?;
        each(browser, &shop, &marked, "q=shop !search").await
    })
}

#[test]
fn several_chips_together_show_the_sets_of_each_and_go_off_one_by_one() -> Result<()> {
    tell(async |browser, sets| {
        let of = |words: &[&str]| those(sets, |s| words.contains(&s.status.kind.word()));
        browser.click("button", "Held").await?;
        shows(browser, &of(&["Held"])).await?;
        browser.click("button", "Trapped").await?;
        shows(browser, &of(&["Held", "Trapped"])).await?;
        assert_eq!(query(browser).await?, "?status=trapped,held");
        browser.click("button", "Held").await?;
        shows(browser, &["mailer"]).await?;
        assert_eq!(query(browser).await?, "?status=trapped");
        browser.click("button", "All").await?;
        browser.until("button", "Trapped", "aria-pressed", "false").await?;
        shows(browser, &those(sets, |_| true)).await?;
        assert_eq!(query(browser).await?, "");
        Ok(())
    })
}

#[test]
fn namespace_and_order_are_chosen_and_back_leads_through_what_was_chosen() -> Result<()> {
    tell(chosen)
}

async fn chosen(browser: &Browser, sets: &[SetRow]) -> Result<()> {
    let settled: Vec<&SetRow> = sets.iter().filter(|s| s.status.kind.word() == "Settled").collect();
    let in_shop: Vec<&SetRow> = settled.iter().copied().filter(|s| s.namespace == "shop").collect();
    let name = |s: &&SetRow| s.name.clone();
    let mut by_name: Vec<String> = in_shop.iter().map(name).collect();
    by_name.sort();

    let shop = those(sets, |s| s.namespace == "shop");
    browser.press("combobox", "Namespace", "s").await?;
    shows(browser, &shop).await?;
    assert_eq!(query(browser).await?, "?ns=shop");
    browser.click("button", "Settled").await?;
    shows(browser, &those(sets, |s| in_shop.iter().any(|l| l.name == s.name))).await?;
    let usual = rows(browser).await?;
    browser.press("combobox", "Order", "N").await?;
    in_order(browser, &by_name).await?;
    assert_ne!(usual, by_name, "the order can be seen");
    browser.says("by name").await?;
    assert_eq!(query(browser).await?, "?ns=shop&status=settled&sort=name");
    browser.driver.refresh().await?;
    browser.find("heading", "Fleet").await?;
    in_order(browser, &by_name).await.context("after a reload")?;
    assert_eq!(value(browser, "combobox", "Namespace").await?, "shop");
    assert_eq!(value(browser, "combobox", "Order").await?, "name");

    browser.driver.back().await?;
    in_order(browser, &usual).await?;
    assert_eq!(query(browser).await?, "?ns=shop&status=settled");
    assert_eq!(value(browser, "combobox", "Order").await?, "");
    browser.driver.back().await?;
    shows(browser, &shop).await?;
    assert_eq!(query(browser).await?, "?ns=shop");
    browser.until("button", "Settled", "aria-pressed", "false").await?;
    browser.driver.back().await?;
    shows(browser, &those(sets, |_| true)).await?;
    assert_eq!(value(browser, "combobox", "Namespace").await?, "");
    browser.driver.forward().await?;
    shows(browser, &shop).await?;
    assert_eq!(value(browser, "combobox", "Namespace").await?, "shop");
    browser.press("combobox", "Namespace", "A").await?;
    shows(browser, &those(sets, |_| true)).await?;
    assert_eq!(query(browser).await?, "");

    // Those at rest, in each order.
    browser.click("button", "Settled").await?;
    let orders = orders(&settled);
    let differ = orders.iter().all(|a| orders.iter().filter(|b| b.1 == a.1).count() == 1);
    assert!(differ, "each order can be seen: {orders:?}");
    for (key, wanted) in &orders {
        browser.press("combobox", "Order", Key::Down + "").await?;
        in_order(browser, wanted).await.context(*key)?;
        assert_eq!(query(browser).await?, format!("?status=settled&sort={key}"));
    }
    Ok(())
}

/// The orders after the usual one, as the address names them, and the sets in each.
fn orders(settled: &[&SetRow]) -> [(&'static str, Vec<String>); 4] {
    let sorted = |before: &dyn Fn(&SetRow, &SetRow) -> std::cmp::Ordering| {
        let mut sets = settled.to_vec();
        sets.sort_by(|a, b| before(a, b));
        sets.iter().map(|s| s.name.clone()).collect::<Vec<_>>()
    };
    let changed = |s: &SetRow| s.last_change.as_ref().and_then(|c| c.at);
    [
        ("name", sorted(&|a, b| a.name.cmp(&b.name))),
        ("namespace", sorted(&|a, b| a.key().cmp(&b.key()))),
        ("age", sorted(&|a, b| (a.status.since, a.key()).cmp(&(b.status.since, b.key())))),
        ("change", sorted(&|a, b| changed(b).cmp(&changed(a)).then_with(|| a.key().cmp(&b.key())))),
    ]
}

/// The picker that has the focus.
async fn picker(browser: &Browser) -> Result<Option<String>> {
    let tree = browser.tree().await?;
    let found = tree.iter().find(|h| h.focused && h.role == "combobox");
    Ok(found.map(|h| h.name.clone()))
}

#[test]
fn whoever_chooses_by_keyboard_stays_in_the_picker() -> Result<()> {
    tell(async |browser, _| {
        browser.press("combobox", "Namespace", "s").await?;
        browser.says("6 of 11 sets").await?;
        assert_eq!(picker(browser).await?.as_deref(), Some("Namespace"));
        browser.press("combobox", "Order", "A").await?;
        browser.says("longest in its state first").await?;
        assert_eq!(picker(browser).await?.as_deref(), Some("Order"));
        // Its arrow keys go on from there.
        browser.keys(Key::Down + "").await?;
        browser.says("last changed first").await?;
        assert_eq!(query(browser).await?, "?ns=shop&sort=change");
        Ok(())
    })
}
