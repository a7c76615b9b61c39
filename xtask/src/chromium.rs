//! The browser that the journeys drive.

use std::process::Command;

use anyhow::{Result, bail};

use crate::{process, progress};

/// Debian's and Ubuntu's packages. Without a font every text is a row of boxes.
const PACKAGES: [&str; 3] = ["chromium", "chromium-driver", "fonts-dejavu-core"];

/// Programs of which one must be there, for each of browser and driver.
const PROGRAMS: [&[&str]; 2] =
    [&["chromium", "chromium-browser", "google-chrome"], &["chromedriver"]];

/// What is not there yet.
pub(crate) fn missing() -> Vec<&'static str> {
    PROGRAMS
        .iter()
        .filter(|names| names.iter().all(|name| process::find(name).is_none()))
        .map(|names| names[0])
        .collect()
}

/// Installs browser and driver where they are missing and we may.
pub(crate) fn ensure() -> Result<()> {
    let missing = missing();
    if missing.is_empty() {
        return Ok(());
    }
    let advice = format!("apt-get install --no-install-recommends {}", PACKAGES.join(" "));
    if process::find("apt-get").is_none() {
        bail!("the browser tests need {}; on Debian: `{advice}`", missing.join(" and "));
    }
    if !nix::unistd::geteuid().is_root() {
        bail!("the browser tests need {}; as root: `{advice}`", missing.join(" and "));
    }
    progress::timed("install the browser", || {
        let apt = || {
            let mut command = Command::new("apt-get");
            command.env("DEBIAN_FRONTEND", "noninteractive");
            command
        };
        process::run(apt().args(["update", "--quiet"]))?;
        let install = ["install", "--yes", "--quiet", "--no-install-recommends"];
        process::run(apt().args(install).args(PACKAGES))
    })
}
