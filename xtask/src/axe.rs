//! The accessibility checker that the browser journeys run in every page: axe-core, at the version of the lock file.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, bail};
use serde_json::Value;

use crate::repository::Repository;
use crate::{process, progress};

/// Where its `package-lock.json` lies. What npm puts beside it is git-ignored.
const FOLDER: &str = "e2e/axe";

/// Whether npm is there, which fetches it.
pub(crate) fn has_npm() -> bool {
    process::find("npm").is_some()
}

/// Installs what the lock file names, unless it is there already.
pub(crate) fn ensure(repository: &Repository) -> Result<()> {
    let folder = repository.path(FOLDER);
    if is_installed(&folder)? {
        return Ok(());
    }
    if !has_npm() {
        bail!("the browser tests need npm for axe-core; on Debian: `apt-get install npm`");
    }
    progress::timed("install axe-core", || {
        let mut npm = Command::new("npm");
        npm.current_dir(&folder);
        npm.args(["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel", "error"]);
        process::run(&mut npm)
    })
}

/// Whether the installed version is the one of the lock file.
fn is_installed(folder: &Path) -> Result<bool> {
    let lock = fs::read_to_string(folder.join("package-lock.json")).context("axe's lock file")?;
    let lock: Value = serde_json::from_str(&lock).context("axe's lock file")?;
    let wanted = &lock["packages"]["node_modules/axe-core"]["version"];
    if !wanted.is_string() {
        bail!("axe's lock file names no version of axe-core");
    }
    let Ok(text) = fs::read_to_string(folder.join("node_modules/axe-core/package.json")) else {
        return Ok(false);
    };
    // Half an installation is none.
    let there: Value = serde_json::from_str(&text).unwrap_or_default();
    Ok(there["version"] == *wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_version_than_the_locked_one_is_installed_anew() {
        let folder = tempfile::tempdir().unwrap();
        let write = |path: &str, version: &str, key: &str| {
            let text = match key {
                "lock" => {
                    format!(
                        "{{\"packages\":{{\"node_modules/axe-core\":{{\"version\":\"{version}\"}}}}}}"
                    )
                }
                _ => format!("{{\"version\":\"{version}\"}}"),
            };
            fs::write(folder.path().join(path), text).unwrap();
        };
        fs::create_dir_all(folder.path().join("node_modules/axe-core")).unwrap();
        write("package-lock.json", "4.2.0", "lock");
        assert!(!is_installed(folder.path()).unwrap());
        write("node_modules/axe-core/package.json", "4.1.0", "");
        assert!(!is_installed(folder.path()).unwrap());
        write("node_modules/axe-core/package.json", "4.2.0", "");
        assert!(is_installed(folder.path()).unwrap());
    }

    #[test]
    fn the_lock_file_pins_a_version_with_its_digest_and_no_host() {
        let repository = Repository::find().unwrap();
        let text = fs::read_to_string(repository.path(FOLDER).join("package-lock.json")).unwrap();
        assert!(text.contains("\"integrity\": \"sha512-"), "{text}");
        assert!(!text.contains("://"), "{text}");
        is_installed(&repository.path(FOLDER)).unwrap();
    }
}
