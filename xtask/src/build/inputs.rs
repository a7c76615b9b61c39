//! Whether the browser app has to be built again.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use sha2::{Digest as _, Sha256};

use crate::process;
use crate::repository::Repository;

/// Everything the app is made from.
const INPUTS: [&str; 5] = ["frontend", "model", "Cargo.toml", "Cargo.lock", "rust-toolchain.toml"];

/// What makes it, as this very program was compiled from it: the files on disk may be newer than we are.
const MAKERS: [&str; 6] = [
    include_str!("app.rs"),
    include_str!("compress.rs"),
    include_str!("frontend.rs"),
    include_str!("split.rs"),
    include_str!("styles.rs"),
    include_str!("templates.rs"),
];

/// A hash over names and contents.
pub(crate) fn hash(repository: &Repository) -> Result<String> {
    let mut files = Vec::new();
    for input in INPUTS {
        collect(&repository.path(input), &mut files)?;
    }
    files.sort();
    let mut hash = Sha256::new();
    // What is optional changes the result too.
    hash.update(if process::find("wasm-opt").is_some() { "with wasm-opt" } else { "without" });
    for maker in MAKERS {
        hash.update((maker.len() as u64).to_le_bytes());
        hash.update(maker);
    }
    for file in files {
        let content = fs::read(&file).with_context(|| file.display().to_string())?;
        let name = file.strip_prefix(repository.root()).unwrap_or(&file).to_string_lossy();
        hash.update((name.len() as u64).to_le_bytes());
        hash.update(name.as_bytes());
        hash.update((content.len() as u64).to_le_bytes());
        hash.update(&content);
    }
    Ok(hex(&hash.finalize()))
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").expect("writing to a String cannot fail");
        text
    })
}

fn collect(path: &Path, files: &mut Vec<PathBuf>) -> Result<()> {
    if path.is_file() {
        files.push(path.to_owned());
        return Ok(());
    }
    for entry in fs::read_dir(path).with_context(|| path.display().to_string())? {
        let path = entry?.path();
        // What we make ourselves.
        if path.file_name().is_some_and(|name| name == "dist" || name == "target") {
            continue;
        }
        collect(&path, files)?;
    }
    Ok(())
}
