//! Where the system's own few colours take the place of ours, what was told by a fill is told by other means.

use anyhow::{Context as _, Result, ensure};
use e2e::browser::{Browser, DESKTOP, PHONE};
use e2e::{Demo, PATIENCE, Panel, PanelOptions};
use model::path::page;
use model::status::StatusKind;
use serde_json::json;
use thirtyfour::{By, Key, WebElement};

struct Forced<'a> {
    browser: &'a Browser,
    demo: &'a Demo,
}

#[test]
fn forced_colours_leave_every_state_visible() -> Result<()> {
    let demo = Demo::quick()?;
    // Of two revisions each.
    let client = demo.visitor()?;
    let rolls = |partition: u32| {
        json!({ "spec": { "updateStrategy": { "rollingUpdate": { "partition": partition } },
            "template": { "metadata": { "annotations": { "for": "two revisions" } } } } })
    };
    let held = |name: &str, done: u32| {
        client.wait_row("shop", name, "held", move |row| {
            row.status.kind == StatusKind::Held && row.status.done == done
        })
    };
    harness::wait_until("the sets", PATIENCE, || client.set("shop", "search"))?;
    demo.patch("shop", "search", &rolls(50))?;
    demo.patch("shop", "orders-db", &rolls(4))?;
    held("search", 10)?;
    held("orders-db", 1)?;
    tokio::runtime::Runtime::new()?.block_on(async {
        let browser = Browser::start(DESKTOP).await?;
        let told = Forced { browser: &browser, demo: &demo }.all().await;
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

/// Whether two elements look different, by what is left where the system's colours are in force.
async fn differ(browser: &Browser, one: &WebElement, other: &WebElement) -> Result<bool> {
    let code = "const what = ['content', 'color', 'backgroundColor', 'borderTopStyle', 'borderTopWidth', 'borderTopColor', \
            'borderBottomStyle', 'borderBottomWidth', 'borderBottomColor', 'outlineStyle', 'textDecorationLine']; \
        const of = e => [null, '::before', '::after'].map(p => what.map(k => getComputedStyle(e, p)[k]).join()).join(); \
        return of(arguments[0]) !== of(arguments[1])";
    let given = vec![one.to_json()?, other.to_json()?];
    Ok(browser.driver.execute(code, given).await?.json() == &json!(true))
}

/// Within an element, what says this and nothing else.
async fn saying(browser: &Browser, within: &WebElement, words: &str) -> Result<WebElement> {
    let code = "const [e, words] = arguments; return [...e.querySelectorAll('*')].filter(e => e.innerText?.startsWith(words)).pop()";
    let found = browser.driver.execute(code, vec![within.to_json()?, json!(words)]).await?;
    found.element().with_context(|| format!("nothing says {words:?}"))
}

impl Forced<'_> {
    async fn open(&self, path: &str, role: &str, says: &str) -> Result<()> {
        self.browser.open(&format!("{}{path}", self.demo.url())).await?;
        self.browser.find(role, says).await.map(drop)
    }

    async fn all(&self) -> Result<()> {
        self.demo.enter(self.browser).await?;
        let looks = [DESKTOP, DESKTOP.dark(), PHONE, PHONE.dark()];
        let mut wrong = Vec::new();
        for look in looks.map(|look| look.still().forced()) {
            self.browser.look(look).await?;
            let told = [
                self.fleet().await.context("the fleet"),
                self.sets().await.context("a set"),
                self.dense().await.context("a dense strip"),
                self.history().await.context("a history"),
                self.activity().await.context("activity"),
                self.sheet().await.context("the sheet"),
                self.dialog().await.context("a dialog"),
                self.palette().await.context("the palette"),
                self.compared().await.context("compared"),
            ];
            let failed = told.into_iter().filter_map(Result::err);
            wrong.extend(failed.map(|e| format!("{} px, dark: {}: {e:#}", look.width, look.dark)));
        }
        // The others' login.
        let panel = Panel::before(self.demo.kubeconfig.clone(), PanelOptions::default())?;
        for look in looks.map(|look| look.still().forced()) {
            self.browser.look(look).await?;
            self.browser.open(&panel.url).await?;
            let field = self.browser.find("textbox", "User name").await?;
            let frame = style(self.browser, &field, false, "borderTopStyle").await?;
            ensure!(frame == "solid", "where one types, {look:?}: {frame}");
            self.is_sound().await.with_context(|| format!("the login, {look:?}"))?;
        }
        ensure!(wrong.is_empty(), "{} things:\n{}", wrong.len(), wrong.join("\n"));
        Ok(())
    }

    async fn fleet(&self) -> Result<()> {
        let browser = self.browser;
        self.open(page::FLEET, "row", "orders-db").await?;
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

    async fn sets(&self) -> Result<()> {
        let browser = self.browser;
        self.open(&page::set("shop", "mailer"), "alert", "frees the set").await?;
        let pod = browser.find("listitem", "mailer-2:").await?;
        let outline =
            "return [...arguments[0].children].map(c => getComputedStyle(c).outlineStyle)";
        let outline = browser.driver.execute(outline, vec![pod.to_json()?]).await?;
        ensure!(outline.json().to_string().contains("solid"), "the pod that fails stands out");
        self.is_sound().await?;

        self.open(&page::set("shop", "catalog"), "status", "stay on").await?;
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

    /// Sixty pods, of which ten are of the newer revision.
    async fn dense(&self) -> Result<()> {
        let browser = self.browser;
        self.open(&page::set("shop", "search"), "status", "run r2").await?;
        browser.find("listitem", "search-5").await?;
        let bars = "return new Set([...document.querySelectorAll('[aria-label^=\"Pods of search\"] *')] \
            .filter(e => e.getBoundingClientRect().width > 0) \
            .flatMap(e => { const s = getComputedStyle(e); return [s.backgroundColor, s.backgroundImage, s.fill].join(); })).size";
        let bars = browser.script(bars).await?;
        ensure!(bars.as_u64() > Some(2), "pods of two revisions look the same");
        self.is_sound().await
    }

    async fn history(&self) -> Result<()> {
        let browser = self.browser;
        self.open(&page::history("shop", "orders-db"), "row", "came back Ready on r3").await?;
        browser.find("img", "r3 Ready from").await?;
        let fills = "return new Set([...document.querySelectorAll('svg[role=img] rect')].map(r => getComputedStyle(r).fill)).size";
        let fills = browser.script(fills).await?;
        ensure!(fills.as_u64() > Some(1), "a pod looks the same on both revisions: {fills}");
        let (on, off) =
            (browser.find("button", "24 h").await?, browser.find("button", "7 d").await?);
        ensure!(differ(browser, &on, &off).await?, "which time is shown");
        self.is_sound().await
    }

    async fn activity(&self) -> Result<()> {
        let browser = self.browser;
        self.open(page::ACTIVITY, "row", "orders-db").await?;
        let (on, off) =
            (browser.find("button", "All").await?, browser.find("button", "Rollouts").await?);
        ensure!(differ(browser, &on, &off).await?, "which filter is on");
        self.is_sound().await
    }

    async fn sheet(&self) -> Result<()> {
        let browser = self.browser;
        let set = page::set("shop", "catalog");
        self.open(&format!("{set}?pod=catalog-3"), "dialog", "catalog-3").await?;
        let (on, off) =
            (browser.find("tab", "Overview").await?, browser.find("tab", "Logs").await?);
        ensure!(differ(browser, &on, &off).await?, "which tab is on");
        self.is_sound().await
    }

    async fn dialog(&self) -> Result<()> {
        let browser = self.browser;
        self.open(&page::set("shop", "catalog"), "status", "stay on").await?;
        browser.click("button", "Finish…").await?;
        let go = browser.find("button", "Finish: restart 3 pods").await?;
        let cancel = browser.find("button", "Cancel").await?;
        ensure!(differ(browser, &go, &cancel).await?, "the button that does it");
        let dialog = browser.find("dialog", "Finish").await?;
        ensure!(style(browser, &dialog, false, "borderTopStyle").await? == "solid", "its frame");
        self.is_sound().await?;
        browser.click("button", "Cancel").await?;
        browser.gone("dialog", "Finish").await
    }

    async fn palette(&self) -> Result<()> {
        let browser = self.browser;
        self.open(&page::set("shop", "catalog"), "status", "stay on").await?;
        browser.says("live · ").await?;
        browser.keys(Key::Control + "k").await?;
        browser.find("option", "Advance to catalog-2").await?;
        let options = browser.every("option", "").await?;
        ensure!(differ(browser, &options[0], &options[1]).await?, "which one Enter opens");
        self.is_sound().await?;
        browser.keys(Key::Escape + "").await
    }

    async fn compared(&self) -> Result<()> {
        let browser = self.browser;
        self.open(&page::compare("shop", "orders-db"), "log", "Logs of orders-db-0").await?;
        let on = browser.find("button", "Side by side").await?;
        let off = browser.find("button", "Merged").await?;
        ensure!(differ(browser, &on, &off).await?, "which arrangement is on");
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
