//! `rollcall demo` as a newcomer meets it: the link, the guide, a canary, and everything put back.

use anyhow::{Context as _, Result};
use e2e::browser::{Browser, DESKTOP, PHONE};
use e2e::{Demo, PATIENCE};
use harness::wait_until;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

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
        browser.find("heading", "catalog").await?;
        browser.click("button", "Finish").await?;
        browser.click("button", "Finish: restart 3 pods").await?;
        browser.says("Settled").await?;

        browser.open(&format!("{}/demo", demo.url())).await?;
        browser.click("button", "Reset the demo").await?;
        browser.says("Done: every set is as it was.").await?;
        browser.click("link", "catalog").await?;
        browser.find("heading", "catalog").await?;
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
    let pid = demo.pid();
    let open = std::fs::read_dir(format!("/proc/{pid}/fd"))?
        .filter_map(|fd| std::fs::read_link(fd.ok()?.path()).ok())
        .find(|file| file.ends_with("rollcall.db"));
    let database = open.context("it has a database")?;
    kill(Pid::from_raw(i32::try_from(pid)?), Signal::SIGINT)?;
    wait_until("the demo ends", PATIENCE, || demo.ended())?;
    let folder = database.parent().context("the database lies in a folder")?;
    assert!(!folder.exists(), "{}", folder.display());
    Ok(())
}
