//! `rollcall demo` as a newcomer meets it: the link, the guide, a canary, and everything put back.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context as _, Result};
use e2e::browser::{Browser, DESKTOP, PHONE};
use harness::wait_until;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

/// A demo of its own; ends with this value.
struct Demo {
    child: Child,
    link: String,
}

impl Demo {
    fn start() -> Result<Self> {
        let mut child = Command::new(e2e::panel::binary())
            .args(["demo", "--port", "0"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()?;
        let said = child.stdout.take().context("stdout was asked for")?;
        let link = BufReader::new(said)
            .lines()
            .map_while(Result::ok)
            .find(|line| line.contains("/demo#"))
            .map(|line| line.trim().to_owned());
        let demo = Self { child, link: link.unwrap_or_default() };
        anyhow::ensure!(!demo.link.is_empty(), "the demo has printed no link");
        Ok(demo)
    }

    fn url(&self) -> &str {
        self.link.split_once("/demo#").map_or(&self.link, |(url, _)| url)
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        // As Ctrl-C does it, so that its folder goes too.
        if let Ok(pid) = i32::try_from(self.child.id()) {
            let _ = kill(Pid::from_raw(pid), Signal::SIGINT);
        }
        let _ = self.child.wait();
    }
}

#[test]
fn a_newcomer_follows_the_guide_and_puts_everything_back() -> Result<()> {
    let demo = Demo::start()?;
    tokio::runtime::Runtime::new()?.block_on(async {
        let browser = Browser::start(DESKTOP).await?;
        browser.open(&demo.link).await?;
        browser.find("heading", "Things to try").await?;
        let address = browser.script("return location.href").await?;
        assert_eq!(address.as_str(), Some(format!("{}/demo", demo.url()).as_str()), "no key in it");
        browser.click("link", "Open the panel").await?;
        browser.find("heading", "Fleet").await?;
        browser.says("orders-db").await?;
        browser.click("link", "Things to try, and reset").await?;
        browser.click("link", "catalog").await?;
        browser.says("catalog-3").await?;
        browser.click("button", "Finish").await?;
        browser.click("button", "Finish: restart 3 pods").await?;
        browser.says("Settled").await?;

        browser.open(&format!("{}/demo", demo.url())).await?;
        browser.click("button", "Reset the demo").await?;
        browser.says("Done: every set is as it was.").await?;
        browser.click("link", "catalog").await?;
        browser.says("Held").await?;
        for look in [PHONE, PHONE.dark(), DESKTOP.dark()] {
            browser.look(look).await?;
            browser.open(&format!("{}/demo", demo.url())).await?;
            browser.find("heading", "Things to try").await?;
            assert_eq!(browser.overflow().await?, Vec::<String>::new());
        }
        browser.quit().await
    })
}

#[test]
fn a_demo_leaves_nothing_behind() -> Result<()> {
    let mut demo = Demo::start()?;
    let pid = demo.child.id();
    let open = std::fs::read_dir(format!("/proc/{pid}/fd"))?
        .filter_map(|fd| std::fs::read_link(fd.ok()?.path()).ok())
        .find(|file| file.ends_with("rollcall.db"));
    let database = open.context("it has a database")?;
    kill(Pid::from_raw(i32::try_from(pid)?), Signal::SIGINT)?;
    wait_until("the demo ends", Duration::from_secs(15), || Ok(demo.child.try_wait()?))?;
    let folder = database.parent().context("the database lies in a folder")?;
    assert!(!folder.exists(), "{}", folder.display());
    Ok(())
}
