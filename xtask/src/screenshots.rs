//! `cargo xtask screenshots`: the pictures of the README and of `docs/`, taken of the real thing.

use std::fs;

use anyhow::{Context as _, Result};

use crate::repository::Repository;
use crate::{axe, build, chromium, process, progress};

/// Where they are kept.
const FOLDER: &str = "docs/pictures";

/// The journey takes every page in four ways; these are kept.
const KEPT: [&str; 5] = [
    "fleet-1440-light",
    "set-held-1440-light",
    "set-held-1440-dark",
    "set-trapped-1440-light",
    "history-1440-light",
];

pub(crate) fn run(repository: &Repository) -> Result<()> {
    chromium::ensure()?;
    axe::ensure(repository)?;
    let server = build::ensure(repository, build::Profile::Dev)?;
    let taken = tempfile::tempdir()?;
    let mut journey =
        repository.cargo(&["test", "--package", "e2e", "--test", "journeys", "every_page"]);
    journey.env("ROLLCALL_BIN", server).env("ROLLCALL_PICTURES", taken.path());
    process::run(&mut journey)?;
    let folder = repository.path(FOLDER);
    fs::create_dir_all(&folder)?;
    for name in KEPT {
        let file = format!("{name}.png");
        fs::copy(taken.path().join(&file), folder.join(&file)).with_context(|| file.clone())?;
    }
    progress::say(&format!("wrote {} pictures to {FOLDER}", KEPT.len()));
    Ok(())
}
