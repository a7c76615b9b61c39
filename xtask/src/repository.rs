//! Where things are.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result};
use serde::Deserialize;

use crate::process;

/// The checkout, and where cargo puts what it builds.
pub(crate) struct Repository {
    root: PathBuf,
    target: PathBuf,
}

#[derive(Deserialize)]
struct Metadata {
    target_directory: PathBuf,
}

impl Repository {
    pub(crate) fn find() -> Result<Self> {
        // As cargo says it now: the binary may have been compiled for another checkout that shares the target folder.
        let own = std::env::var_os("CARGO_MANIFEST_DIR")
            .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
        let root = own.parent().context("xtask lies in the repository")?;
        let mut command = Command::new(cargo());
        command.current_dir(root).args(["metadata", "--no-deps", "--format-version", "1"]);
        let metadata: Metadata = serde_json::from_str(&process::output(&mut command)?)?;
        Ok(Self { root: root.to_owned(), target: metadata.target_directory })
    }

    pub(crate) fn path(&self, relative: &str) -> PathBuf {
        self.root.join(relative)
    }

    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// Cargo's target folder.
    pub(crate) fn target(&self) -> &Path {
        &self.target
    }

    /// The built browser app, which the server embeds.
    pub(crate) fn dist(&self) -> PathBuf {
        self.root.join("frontend/dist")
    }

    /// `cargo ARGUMENTS` in the root.
    pub(crate) fn cargo(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(cargo());
        command.current_dir(&self.root).args(arguments);
        command
    }
}

/// The cargo that runs us, so that the toolchain stays the same.
fn cargo() -> PathBuf {
    std::env::var_os("CARGO").map_or_else(|| PathBuf::from("cargo"), PathBuf::from)
}
