//! Every page and state in both themes, wide and narrow: axe-core finds nothing, everything fits, the console is silent.
//!
//! The cluster is the demo's. With `ROLLCALL_PICTURES=FOLDER` each state is also written there as pictures.

use anyhow::{Context as _, Result, ensure};
use e2e::Demo;
use e2e::browser::{Browser, DESKTOP, Look, PHONE};
use model::path::page;
use serde_json::json;
use thirtyfour::{By, WebElement};

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
    async fn open(&self, path: &str, says: &str) -> Result<()> {
        self.browser.open(&format!("{}{path}", self.demo.url())).await?;
        self.browser.says(says).await
    }

    /// Looks at what is there now.
    async fn look(&mut self, name: &str) -> Result<()> {
        self.wrong.extend(self.browser.faults(name).await?);
        pictures(self.browser, name).await
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
        self.demo.enter(self.browser).await?;
        self.browser.open(&format!("{}/demo", self.demo.url())).await?;
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
        self.visit("set-pod-events", &format!("{pod}&tab=events"), "Scheduled").await?;
        let absent = format!("{}?pod=orders-db-99", page::set("shop", "orders-db"));
        self.visit("set-pod-absent", &absent, "orders-db has no pod orders-db-99.").await
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

/// How an element looks, or what is drawn before it: `background-color` and the like.
async fn style(browser: &Browser, of: &WebElement, before: bool, what: &str) -> Result<String> {
    let code = "const [e, before, what] = arguments; return getComputedStyle(e, before ? '::before' : null)[what]";
    let given = vec![of.to_json()?, json!(before), json!(what)];
    let found = browser.driver.execute(code, given).await?;
    Ok(found.json().as_str().unwrap_or_default().to_owned())
}

/// Within an element, what says this and nothing else.
async fn saying(browser: &Browser, within: &WebElement, words: &str) -> Result<WebElement> {
    let code = "const [e, words] = arguments; return [...e.querySelectorAll('*')].filter(e => e.innerText?.startsWith(words)).pop()";
    let found = browser.driver.execute(code, vec![within.to_json()?, json!(words)]).await?;
    found.element().with_context(|| format!("nothing says {words:?}"))
}

impl Tour<'_> {
    async fn forced(&mut self) -> Result<()> {
        self.demo.enter(self.browser).await?;
        for look in [DESKTOP, DESKTOP.dark(), PHONE].map(|look| look.still().forced()) {
            self.browser.look(look).await?;
            let told = self.forced_fleet().await;
            told.with_context(|| format!("the fleet, {look:?}"))?;
            let told = self.forced_set().await;
            told.with_context(|| format!("a set, {look:?}"))?;
        }
        self.open(&page::set("shop", "catalog"), "stay on").await?;
        self.browser.look(DESKTOP.still()).await?;
        self.browser.click("button", "Finish").await?;
        self.browser.click("button", "Finish: restart 3 pods").await?;
        self.browser.says("restarts on").await?;
        let moving = "return document.getAnimations().length";
        assert_eq!(self.browser.script(moving).await?, json!(0));
        Ok(())
    }

    async fn forced_fleet(&self) -> Result<()> {
        let browser = self.browser;
        self.open(page::FLEET, "orders-db").await?;
        let all = browser.find("button", "All").await?;
        let held = browser.find("button", "Held").await?;
        let on = style(browser, &all, false, "backgroundColor").await?;
        let off = style(browser, &held, false, "backgroundColor").await?;
        ensure!(on != off, "which filter is on");
        for (name, line) in [("Fleet", "underline"), ("Activity", "none")] {
            let link = browser.find("link", name).await?;
            ensure!(style(browser, &link, false, "textDecorationLine").await? == line, "{name}");
        }
        let row = browser.find("row", "catalog").await?;
        let badge = saying(browser, &row, "Held").await?;
        ensure!(style(browser, &badge, false, "borderTopStyle").await? == "solid", "a badge");
        let cells = "const cells = [...arguments[0].querySelectorAll('[role=img] *')]; \
                     return new Set(cells.map(c => getComputedStyle(c).backgroundColor)).size";
        let cells = browser.driver.execute(cells, vec![row.to_json()?]).await?;
        ensure!(cells.json().as_u64() > Some(1), "pods of two revisions look the same");
        self.is_sound().await
    }

    async fn forced_set(&self) -> Result<()> {
        let browser = self.browser;
        self.open(&page::set("shop", "mailer"), "frees the set").await?;
        let pod = browser.find("listitem", "mailer-2:").await?;
        let outline =
            "return [...arguments[0].children].map(c => getComputedStyle(c).outlineStyle)";
        let outline = browser.driver.execute(outline, vec![pod.to_json()?]).await?;
        ensure!(outline.json().to_string().contains("solid"), "the pod that fails stands out");
        self.is_sound().await?;

        self.open(&page::set("shop", "catalog"), "stay on").await?;
        for pod in browser.every("listitem", "catalog-").await? {
            let lines =
                "return [...arguments[0].children].map(c => getComputedStyle(c).borderTopStyle)";
            let lines = browser.driver.execute(lines, vec![pod.to_json()?]).await?;
            ensure!(lines.json().to_string().contains("solid"), "each pod has its frame");
        }
        let handle = browser.find("slider", "First ordinal").await?;
        ensure!(style(browser, &handle, false, "borderTopStyle").await? == "solid", "the handle");
        let line = handle.find(By::XPath("..")).await?;
        let line = style(browser, &line, true, "backgroundColor").await?;
        let paper = style(browser, &browser.find("main", "").await?, false, "color").await?;
        ensure!(line == paper, "the line at which the update stops: {line}, and text is {paper}");
        self.is_sound().await
    }

    /// It fits, and axe-core finds nothing. Of contrast it cannot judge here: it takes the colour of a text from
    /// `-webkit-text-fill-color`, for which Chromium tells our colour although the system's is painted.
    async fn is_sound(&self) -> Result<()> {
        let mut wrong = self.browser.overflow().await?;
        wrong.extend(self.browser.axe().await?);
        wrong.retain(|line| !line.starts_with("color-contrast:"));
        ensure!(wrong.is_empty(), "{}", wrong.join("\n"));
        Ok(())
    }
}
