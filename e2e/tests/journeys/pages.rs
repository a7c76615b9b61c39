//! Every page in both themes on a desk and on a phone, and between them: it fits, nothing is cut off, axe-core finds nothing,
//! it says nothing in the console, asks nobody else and does nothing that its policy refuses, the keyboard reaches the handle.
//!
//! With `ROLLCALL_PICTURES=FOLDER` the pages are also written there as pictures.

use std::path::PathBuf;

use anyhow::{Context, Result};
use e2e::browser::{Browser, DESKTOP, Look, NARROW, PHONE};
use e2e::checks::Seen;
use e2e::stories::set;
use e2e::{Client, Panel, PanelOptions, namespace, plane};
use model::path::page;
use model::status::StatusKind;
use serde_json::json;

use super::log_in;

const LOOKS: [(&str, Look); 5] = [
    ("1440-light", DESKTOP),
    ("1440-dark", Look { dark: true, ..DESKTOP }),
    ("1024-light", NARROW),
    ("390-light", PHONE),
    ("390-dark", Look { dark: true, ..PHONE }),
];

pub(super) fn pictures() -> Option<PathBuf> {
    std::env::var_os("ROLLCALL_PICTURES").filter(|f| !f.is_empty()).map(PathBuf::from)
}

fn fill(ns: &str, client: &Client) -> Result<()> {
    let p = plane();
    p.apply("admin", ns, &set("orders-db").replicas(5).claims().yaml())?;
    p.apply("admin", ns, &set("vault").strategy("{ type: OnDelete }").yaml())?;
    p.apply("admin", ns, &set("kafka").replicas(9).spec("podManagementPolicy: Parallel").yaml())?;
    p.apply(
        "admin",
        ns,
        &set("search-data").replicas(40).spec("podManagementPolicy: Parallel").partition(28).yaml(),
    )?;
    p.apply("admin", ns, &set("ledger").yaml())?;
    for name in ["orders-db", "vault", "kafka", "search-data", "ledger"] {
        client.wait_status(ns, name, StatusKind::Settled)?;
    }
    let image = |name: &str, tag: &str, partition: Option<u32>| {
        let mut body = json!({"action": "setImage", "reason": "CHG-5120",
            "images": [{"container": "app", "image": format!("registry.example/app:{tag}")}]});
        if let Some(n) = partition {
            body["partition"] = json!(n);
        }
        client.act(ns, name, body)
    };
    assert_eq!(image("orders-db", "2.0", Some(3))?.status, 200);
    assert_eq!(image("vault", "2.0", None)?.status, 200);
    assert_eq!(image("kafka", "2.0-crash", None)?.status, 200);
    assert_eq!(image("search-data", "2.0", None)?.status, 200);
    assert_eq!(image("ledger", "2.0-pull", None)?.status, 200);
    client.wait_row(ns, "ledger", "failing", |r| r.strip.contains('y'))?;
    assert_eq!(image("ledger", "1.0", None)?.status, 200);
    for (name, kind) in [
        ("orders-db", StatusKind::Held),
        ("vault", StatusKind::OnDelete),
        ("kafka", StatusKind::Stuck),
        ("search-data", StatusKind::Held),
        ("ledger", StatusKind::Trapped),
    ] {
        client.wait_status(ns, name, kind)?;
    }
    Ok(())
}

#[test]
fn every_page_fits_in_both_themes_on_a_desk_and_on_a_phone() -> Result<()> {
    let ns = "shop-front";
    namespace(plane(), ns);
    let options = PanelOptions {
        stuck_after: 20,
        args: vec!["--namespace".into(), ns.into()],
        ..PanelOptions::default()
    };
    let panel = Panel::start(plane(), options)?;
    let client = panel.user("mara.lind", "operator")?;
    fill(ns, &client)?;
    tokio::runtime::Runtime::new()?.block_on(async {
        let browser = Browser::start(DESKTOP).await?;
        let told = visit(&browser, &panel, ns).await;
        browser.quit().await?;
        told
    })
}

async fn visit(browser: &Browser, panel: &Panel, ns: &str) -> Result<()> {
    browser.open(&panel.url).await?;
    browser.find("button", "Log in").await?;
    let wrong = browser.faults("login", &[("heading", "Log in"), ("button", "Log in")]).await?;
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    log_in(browser, panel, "mara.lind").await?;
    let pages: [(&str, String, &[Seen<'_>]); 9] = [
        (
            "fleet",
            page::FLEET.to_owned(),
            &[("heading", "Fleet"), ("row", "Trapped"), ("row", "Stuck"), ("row", "orders-db")],
        ),
        (
            "set-held",
            page::set(ns, "orders-db"),
            &[
                ("status", "stay on r1 until someone advances"),
                ("button", "Advance to orders-db-2"),
            ],
        ),
        (
            "set-ondelete",
            page::set(ns, "vault"),
            &[("status", "change only when they are deleted"), ("listitem", "vault-2:")],
        ),
        ("set-stuck", page::set(ns, "kafka"), &[("alert", "crashed"), ("listitem", "kafka-8:")]),
        (
            "set-dense",
            page::set(ns, "search-data"),
            &[("status", "search-data-28"), ("slider", "First ordinal")],
        ),
        (
            "set-trapped",
            page::set(ns, "ledger"),
            &[
                ("alert", "Deleting this one pod frees the set"),
                ("heading", "Why this does not heal by itself"),
            ],
        ),
        (
            "history",
            page::history(ns, "orders-db"),
            &[
                ("heading", "History of orders-db"),
                ("row", "came back Ready on r2"),
                ("heading", "Rollouts"),
            ],
        ),
        (
            "compare",
            page::compare(ns, "orders-db"),
            &[("heading", "Compare the pods of orders-db"), ("text", "No command is configured")],
        ),
        ("activity", page::ACTIVITY.to_owned(), &[("heading", "Activity"), ("row", "orders-db")]),
    ];
    for (look_name, look) in LOOKS {
        browser.look(look).await?;
        for (name, path, seen) in &pages {
            browser.open(&format!("{}{path}", panel.url)).await?;
            for (role, says) in *seen {
                let at = || format!("{name} at {look_name}");
                browser.sees(role, says).await.with_context(at)?;
            }
            let mut wrong = browser.overflow().await?;
            wrong.extend(browser.foreign().await?);
            wrong.extend(browser.refused().await?);
            wrong.extend(browser.axe().await?);
            wrong.extend(browser.console_errors().await?);
            assert!(wrong.is_empty(), "{name} at {look_name}:\n{}", wrong.join("\n"));
            if let Some(folder) = pictures() {
                std::fs::create_dir_all(&folder)?;
                browser.picture(&folder.join(format!("{name}-{look_name}.png"))).await?;
            }
        }
    }
    browser.look(DESKTOP).await?;
    handle_by_keyboard(browser, panel, ns).await?;
    refused_because_viewer(browser, panel, ns).await
}

/// The handle moves by the arrow keys, says in words what it would do, and writes nothing.
async fn handle_by_keyboard(browser: &Browser, panel: &Panel, ns: &str) -> Result<()> {
    use thirtyfour::Key;
    browser.open(&format!("{}{}", panel.url, page::set(ns, "orders-db"))).await?;
    let handle = "First ordinal that gets the new revision";
    browser.until("slider", handle, "aria-valuetext", "orders-db-3 and orders-db-4 get r2").await?;
    browser.press("slider", handle, Key::Left + "").await?;
    browser.says("Not applied yet").await?;
    browser.until("slider", handle, "aria-valuetext", "orders-db-2 to orders-db-4 get r2").await?;
    browser.press("slider", handle, Key::Enter + "").await?;
    browser.find("dialog", "Advance to orders-db-2").await?;
    browser.click("button", "Cancel").await?;
    browser.press("slider", handle, Key::Escape + "").await?;
    let text = browser.text().await?;
    assert!(text.contains("orders-db-3 and orders-db-4 run r2"), "{text}");
    Ok(())
}

/// A viewer sees why a button is off.
async fn refused_because_viewer(browser: &Browser, panel: &Panel, ns: &str) -> Result<()> {
    panel.user("vic", "viewer")?;
    browser.click("button", "Log out").await?;
    browser.find("heading", "Log in").await?;
    log_in(browser, panel, "vic").await?;
    browser.open(&format!("{}{}", panel.url, page::set(ns, "orders-db"))).await?;
    browser.is_off("button", "Advance to orders-db-2").await?;
    browser.says("your role is viewer").await
}
