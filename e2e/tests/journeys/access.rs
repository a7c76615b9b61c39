//! Every page and state in both themes, wide and narrow: it shows what it should, axe-core finds nothing, everything fits, the
//! console is silent.
//!
//! The cluster is the demo's. With `ROLLCALL_PICTURES=FOLDER` each state is also written there as pictures.

use anyhow::Result;
use e2e::Demo;
use e2e::browser::{Browser, DESKTOP, Look, PHONE};
use e2e::checks::Seen;
use model::path::page;

/// Writes pictures of what is there now, if that is asked for.
pub(super) async fn pictures(browser: &Browser, name: &str) -> Result<()> {
    let Some(folder) = super::pages::pictures() else { return Ok(()) };
    std::fs::create_dir_all(&folder)?;
    let looks: [(&str, Look); 4] = [
        ("390-light", PHONE),
        ("390-dark", PHONE.dark()),
        ("1440-dark", DESKTOP.dark()),
        ("1440-light", DESKTOP),
    ];
    for (at, look) in looks {
        browser.look(look).await?;
        browser.picture(&folder.join(format!("{name}-{at}.png"))).await?;
    }
    Ok(())
}

/// What was found so far.
struct Tour<'a> {
    browser: &'a Browser,
    demo: &'a Demo,
    wrong: Vec<String>,
}

impl Tour<'_> {
    async fn open(&self, path: &str, (role, says): Seen<'_>) -> Result<()> {
        self.browser.open(&format!("{}{path}", self.demo.url())).await?;
        self.browser.find(role, says).await.map(drop)
    }

    /// Looks at what is there now, in every look of which a person sees all this.
    async fn look(&mut self, name: &str, seen: &[Seen<'_>]) -> Result<()> {
        for (role, says) in seen {
            self.browser.find(role, says).await?;
        }
        self.wrong.extend(self.browser.faults(name, seen).await?);
        pictures(self.browser, name).await
    }

    /// Opens a page and looks at it.
    async fn visit(&mut self, name: &str, path: &str, seen: &[Seen<'_>]) -> Result<()> {
        self.browser.open(&format!("{}{path}", self.demo.url())).await?;
        self.look(name, seen).await
    }

    /// Presses a button that opens a dialog of this title, looks at it, and leaves it. Further things are looked for within it.
    async fn dialog(
        &mut self,
        name: &str,
        button: &str,
        title: &str,
        within: &[Seen<'_>],
    ) -> Result<()> {
        self.browser.click("button", button).await?;
        let seen: Vec<Seen<'_>> =
            [("dialog", title), ("heading", title)].iter().chain(within).copied().collect();
        self.look(name, &seen).await?;
        self.browser.click("button", "Cancel").await?;
        self.browser.gone("dialog", title).await
    }
}

#[test]
fn nothing_is_wrong_with_any_page_in_any_state() -> Result<()> {
    let demo = Demo::start()?;
    tokio::runtime::Runtime::new()?.block_on(async {
        let browser = Browser::start(DESKTOP).await?;
        let mut tour = Tour { browser: &browser, demo: &demo, wrong: Vec::new() };
        let told = tour.all().await;
        let wrong = tour.wrong;
        browser.quit().await?;
        told?;
        assert!(wrong.is_empty(), "{} faults:\n{}", wrong.len(), wrong.join("\n"));
        Ok(())
    })
}

impl Tour<'_> {
    async fn all(&mut self) -> Result<()> {
        self.demo.enter(self.browser).await?;
        self.visit("guide", "/demo", &[("heading", "Things to try")]).await?;
        self.fleet().await?;
        self.sets().await?;
        self.dialogs().await?;
        let history = page::history("shop", "orders-db");
        let seen =
            [("heading", "History of orders-db"), ("row", "was seen for the first time"), LANE];
        self.visit("history", &history, &seen).await?;
        let seen = [("heading", "Activity"), ("region", "Timeline"), ("row", "orders-db")];
        self.visit("activity", page::ACTIVITY, &seen).await?;
        let seen = [("heading", "There is no page at this address"), ("link", "Open the fleet")];
        self.visit("nowhere", "/nowhere", &seen).await?;
        let seen =
            [("heading", "There is no StatefulSet never-was in shop"), ("link", "Its history")];
        self.visit("gone", &page::set("shop", "never-was"), &seen).await?;
        self.open(page::FLEET, ("row", "orders-db")).await?;
        self.browser.click("button", "Log out").await?;
        // Nobody has a password here; the login of others is in `pages.rs`.
        let seen = [("heading", "Logged out"), ("text", "nobody logs in by a password")];
        self.look("logged-out", &seen).await?;
        let seen = [("heading", "Set up Rollcall"), ("text", "This link is not complete")];
        self.visit("setup", page::SETUP, &seen).await
    }

    async fn fleet(&mut self) -> Result<()> {
        let seen =
            [("heading", "Fleet"), ("row", "orders-db"), ("row", "Held 1/4"), ("row", "Trapped")];
        self.visit("fleet", page::FLEET, &seen).await?;
        let seen = [("heading", "Fleet"), ("row", "catalog")];
        self.visit("fleet-filtered", "/?status=held,settled&ns=shop", &seen).await?;
        let none = ("heading", "Nothing matches “ordres”");
        self.visit("fleet-no-match", "/?q=ordres", &[none, ("button", "Clear filters")]).await
    }

    async fn sets(&mut self) -> Result<()> {
        let sets = [
            ("orders-db", ("status", "All 5 pods run r2 and are Ready.")),
            ("catalog", HELD),
            ("ledger", ("status", "change only when they are deleted")),
            ("mailer", FREES),
            ("session-cache", ("status", "All 6 pods run r2 and are Ready.")),
        ];
        for (name, says) in sets {
            let pod = format!("{name}-0:");
            let seen = [("heading", name), says, ("listitem", &pod), ("heading", "Revisions")];
            self.visit(&format!("set-{name}"), &page::set("shop", name), &seen).await?;
        }
        let pod = format!("{}?pod=mailer-2", page::set("shop", "mailer"));
        let seen =
            [("dialog", "mailer-2"), ("heading", "Conditions"), ("text", "Containers Ready")];
        self.visit("set-pod", &pod, &seen).await?;
        let pod = format!("{}?pod=orders-db-1", page::set("shop", "orders-db"));
        let there = ("dialog", "orders-db-1");
        let log = [there, ("log", "Log of orders-db-1"), ("status", "following")];
        self.visit("set-pod-logs", &format!("{pod}&tab=logs"), &log).await?;
        let events = [there, ("text", "Scheduled")];
        self.visit("set-pod-events", &format!("{pod}&tab=events"), &events).await?;
        let absent = format!("{}?pod=orders-db-99", page::set("shop", "orders-db"));
        let seen = [("dialog", "orders-db-99"), ("status", "orders-db has no pod orders-db-99.")];
        self.visit("set-pod-absent", &absent, &seen).await
    }

    async fn dialogs(&mut self) -> Result<()> {
        self.open(&page::set("shop", "catalog"), HELD).await?;
        let advance =
            [("listitem", "catalog-2 restarts on r2"), ("button", "Advance: restart 1 pod")];
        self.dialog("dialog-advance", "Advance to", "Advance to catalog-2", &advance).await?;
        let finish = [("listitem", "catalog-0"), ("button", "Finish: restart 3 pods")];
        self.dialog("dialog-finish", "Finish", "Finish the rollout on r2", &finish).await?;
        let abort = [("checkbox", "catalog-3"), ("button", "Abort: restart 1 pod")];
        self.dialog("dialog-abort", "Abort", "Abort the rollout", &abort).await?;
        let image = [("textbox", "Image")];
        self.dialog("dialog-image", "New image", "New image for catalog", &image).await?;
        let back = [("radio", "r1"), ("text", "Only the pod template goes back")];
        self.dialog("dialog-roll-back", "Roll back", "Roll back catalog to r1", &back).await?;
        let restart = [("button", "Restart 1 pod")];
        self.dialog("dialog-restart", "Restart", "Restart the pods of catalog", &restart).await?;
        let scale = [("textbox", "Replicas")];
        self.dialog("dialog-scale", "Scale", "Scale catalog", &scale).await?;
        self.browser.click("button", "More actions").await?;
        let menu = [("button", "Switch strategy…"), ("button", "Set maxUnavailable…")];
        self.look("menu", &menu).await?;
        self.open(&page::set("shop", "mailer"), FREES).await?;
        let delete = [("listitem", "mailer-2 restarts on r3"), ("button", "Delete mailer-2")];
        let title = "Delete mailer-2 so that it restarts on r3";
        self.dialog("dialog-delete", "Delete", title, &delete).await
    }
}

/// What the pages of two sets say.
const HELD: Seen<'_> =
    ("status", "catalog-3 runs r2. catalog-0 to catalog-2 stay on r1 until someone advances.");
const FREES: Seen<'_> = ("alert", "Deleting this one pod frees the set");
const LANE: Seen<'_> = ("img", "r2 Ready from");
