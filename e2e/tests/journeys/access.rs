//! Every page and state in both themes, wide and narrow: axe-core finds nothing, everything fits, the console is silent.
//!
//! The cluster is the demo's. With `ROLLCALL_PICTURES=FOLDER` each state is also written there as pictures.

use std::path::PathBuf;

use anyhow::Result;
use e2e::Demo;
use e2e::browser::{Browser, DESKTOP, Look, PHONE};
use model::path::page;

/// What was found so far.
struct Tour<'a> {
    browser: &'a Browser,
    demo: &'a Demo,
    wrong: Vec<String>,
}

impl Tour<'_> {
    async fn open(&self, path: &str, says: &str) -> Result<()> {
        self.browser.open(&format!("{}{path}", self.demo.url())).await?;
        self.browser.says(says).await
    }

    /// Looks at what is there now.
    async fn look(&mut self, name: &str) -> Result<()> {
        self.wrong.extend(self.browser.faults(name).await?);
        let Some(folder) = std::env::var_os("ROLLCALL_PICTURES").map(PathBuf::from) else {
            return Ok(());
        };
        std::fs::create_dir_all(&folder)?;
        let looks: [(&str, Look); 4] = [
            ("390-light", PHONE),
            ("390-dark", PHONE.dark()),
            ("1440-dark", DESKTOP.dark()),
            ("1440-light", DESKTOP),
        ];
        for (at, look) in looks {
            self.browser.look(look).await?;
            self.browser.picture(&folder.join(format!("{name}-{at}.png"))).await?;
        }
        Ok(())
    }

    /// Opens a page and looks at it.
    async fn visit(&mut self, name: &str, path: &str, says: &str) -> Result<()> {
        self.open(path, says).await?;
        self.look(name).await
    }

    /// Presses a button that opens a dialog, looks at it, and leaves it.
    async fn dialog(&mut self, name: &str, button: &str, says: &str) -> Result<()> {
        self.browser.click("button", button).await?;
        self.browser.says(says).await?;
        self.look(name).await?;
        self.browser.click("button", "Cancel").await
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
        self.browser.open(&self.demo.link).await?;
        self.browser.find("heading", "Things to try").await?;
        self.look("guide").await?;
        self.fleet().await?;
        self.sets().await?;
        self.dialogs().await?;
        self.visit("history", &page::history("shop", "orders-db"), "Rollouts").await?;
        self.visit("activity", page::ACTIVITY, "orders-db").await?;
        self.visit("nowhere", "/nowhere", "Fleet").await?;
        self.visit("gone", &page::set("shop", "never-was"), "never-was").await?;
        self.open(page::FLEET, "orders-db").await?;
        self.browser.click("button", "Log out").await?;
        // Nobody has a password here; the login of others is in `pages.rs`.
        self.browser.says("Open the link again").await?;
        self.look("logged-out").await?;
        self.visit("setup", page::SETUP, "Rollcall").await
    }

    async fn fleet(&mut self) -> Result<()> {
        self.visit("fleet", page::FLEET, "orders-db").await?;
        self.visit("fleet-filtered", "/?status=held,settled&ns=shop", "catalog").await?;
        self.visit("fleet-no-match", "/?q=ordres", "Nothing matches").await
    }

    async fn sets(&mut self) -> Result<()> {
        let sets = [
            ("orders-db", "Settled"),
            ("catalog", "Held"),
            ("ledger", "change only when they are deleted"),
            ("mailer", "Deleting this one pod frees the set"),
            ("session-cache", "session-cache-"),
        ];
        for (name, says) in sets {
            self.visit(&format!("set-{name}"), &page::set("shop", name), says).await?;
        }
        let pod = format!("{}?pod=mailer-2", page::set("shop", "mailer"));
        self.visit("set-pod", &pod, "Containers Ready").await?;
        let pod = format!("{}?pod=orders-db-1", page::set("shop", "orders-db"));
        self.visit("set-pod-logs", &format!("{pod}&tab=logs"), "following").await?;
        self.visit("set-pod-events", &format!("{pod}&tab=events"), "Scheduled").await
    }

    async fn dialogs(&mut self) -> Result<()> {
        self.open(&page::set("shop", "catalog"), "stay on").await?;
        self.dialog("dialog-advance", "Advance to", "catalog-2 restarts").await?;
        self.dialog("dialog-finish", "Finish", "restart 3 pods").await?;
        self.dialog("dialog-abort", "Abort", "Abort the rollout").await?;
        self.dialog("dialog-image", "New image", "Image").await?;
        self.dialog("dialog-roll-back", "Roll back", "Only the pod template goes back").await?;
        self.dialog("dialog-restart", "Restart", "Restart").await?;
        self.dialog("dialog-scale", "Scale", "Replicas").await?;
        self.browser.click("button", "More actions").await?;
        self.browser.find("button", "Switch strategy").await?;
        self.look("menu").await?;
        self.open(&page::set("shop", "mailer"), "frees the set").await?;
        self.dialog("dialog-delete", "Delete", "mailer-2").await
    }
}

/// Where the system's own few colours take the place of ours, what was told by a fill is told by other means.
#[test]
fn forced_colours_leave_every_state_visible_and_less_motion_leaves_nothing_moving() -> Result<()> {
    let demo = Demo::start()?;
    tokio::runtime::Runtime::new()?.block_on(async {
        let browser = Browser::start(DESKTOP).await?;
        let mut tour = Tour { browser: &browser, demo: &demo, wrong: Vec::new() };
        let told = tour.forced().await;
        browser.quit().await?;
        told
    })
}

/// How elements look that are told apart by their fill elsewhere.
const SEEN: &str = r"
const style = s => getComputedStyle(document.querySelector(s));
return [
  style('[aria-pressed=true].chip').backgroundColor !== style('[aria-pressed=false].chip').backgroundColor,
  style('nav [aria-current]').textDecorationLine === 'underline',
  style('nav a:not([aria-current])').textDecorationLine === 'none',
  parseFloat(style('td [data-s]').borderTopWidth) > 0,
  new Set([...document.querySelectorAll('[role=img] i')].map(i => getComputedStyle(i).backgroundColor)).size > 1,
];
";

impl Tour<'_> {
    async fn forced(&mut self) -> Result<()> {
        self.browser.open(&self.demo.link).await?;
        self.browser.find("heading", "Things to try").await?;
        for look in [DESKTOP.forced(), DESKTOP.dark().forced(), PHONE.forced()] {
            self.browser.look(look).await?;
            self.open(page::FLEET, "orders-db").await?;
            let seen = self.browser.script(SEEN).await?;
            assert_eq!(seen, serde_json::json!([true, true, true, true, true]), "{look:?}");
            assert_eq!(self.browser.overflow().await?, Vec::<String>::new());
            self.open(&page::set("shop", "catalog"), "stay on").await?;
            assert_eq!(self.browser.overflow().await?, Vec::<String>::new());
        }
        self.browser.look(DESKTOP.still()).await?;
        self.browser.click("button", "Finish").await?;
        self.browser.click("button", "Finish: restart 3 pods").await?;
        self.browser.says("restarts on").await?;
        let moving = "return document.getAnimations().length";
        assert_eq!(self.browser.script(moving).await?, serde_json::json!(0));
        Ok(())
    }
}
