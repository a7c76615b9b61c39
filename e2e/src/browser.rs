//! A headless Chromium, driven as a person would: things are found by role and name, never by class.

mod chromedriver;
mod hand;

use std::path::Path;
use std::process::Child;
use std::time::Duration;

use anyhow::{Context, Result};
use serde_json::{Value, json};
use thirtyfour::LoggingPrefsLogLevel;
use thirtyfour::prelude::*;

use self::chromedriver::end;
use crate::PATIENCE;

/// A browser of its own, with an empty profile. Ends with this value.
#[derive(Debug)]
pub struct Browser {
    driver_process: Child,
    _profile: tempfile::TempDir,
    pub driver: WebDriver,
}

/// How a page is looked at.
#[derive(Clone, Copy, Debug)]
pub struct Look {
    pub width: u32,
    pub height: u32,
    pub dark: bool,
    /// The viewer asked for less motion: nothing moves, and colours do not fade.
    pub still: bool,
    /// The system's own few colours instead of ours (Windows' high contrast).
    pub forced: bool,
}

pub const DESKTOP: Look =
    Look { width: 1440, height: 1000, dark: false, still: false, forced: false };
/// Where columns begin to be left out.
pub const NARROW: Look = Look { width: 1024, height: 800, ..DESKTOP };
pub const PHONE: Look = Look { width: 390, height: 844, ..DESKTOP };

impl Look {
    #[must_use]
    pub fn dark(self) -> Self {
        Self { dark: true, ..self }
    }

    #[must_use]
    pub fn still(self) -> Self {
        Self { still: true, ..self }
    }

    #[must_use]
    pub fn forced(self) -> Self {
        Self { forced: true, ..self }
    }
}

/// Asks until there is an answer; `None` if there is none in time. An error counts as none yet: the page may be changing to
/// another one.
///
/// # Errors
/// With the last error, if there was nothing else to the end.
pub async fn in_time<T>(mut ask: impl AsyncFnMut() -> Result<Option<T>>) -> Result<Option<T>> {
    let end = tokio::time::Instant::now() + PATIENCE;
    loop {
        let answer = ask().await;
        if matches!(answer, Ok(Some(_))) || tokio::time::Instant::now() >= end {
            return answer;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

impl Browser {
    /// Starts ChromeDriver on a free port and a browser with it.
    ///
    /// # Errors
    /// If Debian's packages `chromium` and `chromium-driver` (or equals) are missing.
    pub async fn start(look: Look) -> Result<Self> {
        let profile = tempfile::tempdir()?;
        let (mut child, port) = chromedriver::start()?;
        let mut caps = DesiredCapabilities::chrome();
        for flag in [
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--hide-scrollbars",
        ] {
            caps.add_arg(flag)?;
        }
        caps.set_logging_prefs("browser", LoggingPrefsLogLevel::All)?;
        caps.add_arg(&format!("--user-data-dir={}", profile.path().display()))?;
        caps.add_arg(&format!("--window-size={},{}", look.width, look.height))?;
        let started = WebDriver::new(format!("http://127.0.0.1:{port}"), caps).await;
        let driver = match started {
            Ok(d) => d,
            Err(e) => {
                end(&mut child);
                return Err(e).context("the browser does not start");
            }
        };
        let browser = Self { driver_process: child, _profile: profile, driver };
        browser.look(look).await?;
        browser.listen().await?;
        Ok(browser)
    }

    /// A command of the DevTools protocol, and its answer.
    ///
    /// # Errors
    /// If the browser refuses it or is gone.
    pub async fn cdp(&self, command: &str, params: Value) -> Result<Value> {
        Ok(self.driver.cdp().send_raw(command, params).await?)
    }

    /// Sets viewport, colours and motion.
    ///
    /// # Errors
    /// If the browser is gone.
    pub async fn look(&self, look: Look) -> Result<()> {
        self.cdp(
            "Emulation.setDeviceMetricsOverride",
            json!({ "width": look.width, "height": look.height, "deviceScaleFactor": 1, "mobile": look.width < 600 }),
        )
        .await?;
        let scheme = if look.dark { "dark" } else { "light" };
        self.cdp(
            "Emulation.setEmulatedMedia",
            json!({ "features": [
                { "name": "prefers-color-scheme", "value": scheme },
                { "name": "prefers-reduced-motion", "value": if look.still { "reduce" } else { "" } },
                { "name": "forced-colors", "value": if look.forced { "active" } else { "none" } },
            ] }),
        )
        .await?;
        Ok(())
    }

    /// Opens a page.
    ///
    /// # Errors
    /// If the browser is gone.
    pub async fn open(&self, url: &str) -> Result<()> {
        Ok(self.driver.goto(url).await?)
    }

    /// Runs JavaScript and answers its value.
    ///
    /// # Errors
    /// If it throws.
    pub async fn script(&self, code: &str) -> Result<Value> {
        Ok(self.driver.execute(code, vec![]).await?.json().clone())
    }

    /// Writes a picture of the whole page.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub async fn picture(&self, file: &Path) -> Result<()> {
        let size = self
            .script("return Math.min(4000, document.documentElement.scrollHeight)")
            .await?
            .as_u64()
            .unwrap_or(1000);
        let width = self.script("return document.documentElement.clientWidth").await?;
        let shot = self
            .cdp(
                "Page.captureScreenshot",
                json!({ "format": "png", "captureBeyondViewport": true,
                        "clip": { "x": 0, "y": 0, "width": width, "height": size, "scale": 1 } }),
            )
            .await?;
        let data = shot["data"].as_str().context("a picture")?;
        std::fs::write(file, base64_decode(data)?)?;
        Ok(())
    }

    /// Ends the browser. (Dropping it ends it too, less politely.)
    ///
    /// # Errors
    /// If it is gone already.
    pub async fn quit(self) -> Result<()> {
        Ok(self.driver.clone().quit().await?)
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        end(&mut self.driver_process);
    }
}

/// Ends ChromeDriver and the browser that it started.
fn base64_decode(text: &str) -> Result<Vec<u8>> {
    use base64::Engine as _;
    Ok(base64::engine::general_purpose::STANDARD.decode(text)?)
}
