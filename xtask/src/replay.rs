//! `cargo xtask replay`: recordings of the real controller through the model.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result, bail};

use crate::repository::Repository;

#[derive(clap::Args)]
pub(crate) struct Options {
    /// Recordings, or folders of them; without any, those of the repository
    paths: Vec<PathBuf>,
}

pub(crate) fn run(repository: &Repository, options: &Options) -> Result<ExitCode> {
    let mut files = Vec::new();
    if options.paths.is_empty() {
        collect(&repository.root().join("model/tests/traces"), &mut files)?;
    }
    for path in &options.paths {
        collect(path, &mut files)?;
    }
    if files.is_empty() {
        bail!("there is no recording (*.json) here");
    }
    let (mut different, mut steps, mut events) = (0, 0, 0);
    for file in &files {
        let text = std::fs::read_to_string(file)
            .with_context(|| format!("{} cannot be read", file.display()))?;
        match model::testing::replay(&text) {
            Ok(agreed) => {
                steps += agreed.steps;
                events += agreed.events;
                println!("ok    {}", file.display());
            }
            Err(difference) => {
                different += 1;
                println!("FAIL  {}\n      {difference}", file.display());
            }
        }
    }
    println!(
        "{} recordings: {} agree ({steps} steps, {events} events), {different} differ",
        files.len(),
        files.len() - different
    );
    Ok(if different == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// A file itself, or every `*.json` below a folder, by name.
fn collect(path: &Path, files: &mut Vec<PathBuf>) -> Result<()> {
    if !path.is_dir() {
        files.push(path.to_owned());
        return Ok(());
    }
    let mut inside = Vec::new();
    let entries = std::fs::read_dir(path)
        .with_context(|| format!("the folder {} cannot be read", path.display()))?;
    for entry in entries {
        inside.push(entry?.path());
    }
    inside.sort();
    for path in inside {
        if path.is_dir() {
            collect(&path, files)?;
        } else if path.extension().is_some_and(|e| e == "json") {
            files.push(path);
        }
    }
    Ok(())
}
