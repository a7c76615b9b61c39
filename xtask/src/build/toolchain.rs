//! What the compiler needs for the browser app: its wasm target, and the sources of its standard library.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context as _, Result};

use crate::repository::Repository;
use crate::{process, progress};

pub(crate) const WASM: &str = "wasm32-unknown-unknown";

/// Installs the wasm target for the pinned toolchain, where it is missing and rustup is there to do it.
pub(crate) fn ensure_wasm(repository: &Repository) -> Result<()> {
    if has_wasm(repository)? {
        return Ok(());
    }
    // In the root rustup reads rust-toolchain.toml.
    progress::timed("install the wasm target", || {
        process::run(
            Command::new("rustup").current_dir(repository.root()).args(["target", "add", WASM]),
        )
        .with_context(|| {
            format!("the compiler has no target {WASM}; with rustup: `rustup target add {WASM}`")
        })
    })
}

/// Installs the sources of the pinned toolchain's standard library, where they are missing and rustup is there to do it.
pub(crate) fn ensure_source(repository: &Repository) -> Result<()> {
    if has_source(repository)? {
        return Ok(());
    }
    progress::timed("install the sources of the standard library", || {
        let arguments = ["component", "add", "rust-src"];
        process::run(Command::new("rustup").current_dir(repository.root()).args(arguments)).context(
            "the compiler has no sources of its standard library; with rustup: `rustup component add rust-src`",
        )
    })
}

/// Looks for the sources themselves, so that a compiler without rustup will do as well.
pub(crate) fn has_source(repository: &Repository) -> Result<bool> {
    let mut command = Command::new("rustc");
    command.current_dir(repository.root()).args(["--print", "sysroot"]);
    let root = PathBuf::from(process::output(&mut command)?.trim());
    Ok(root.join("lib/rustlib/src/rust/library/Cargo.lock").is_file())
}

/// Looks for the target's standard library, so that a compiler without rustup will do as well.
pub(crate) fn has_wasm(repository: &Repository) -> Result<bool> {
    let mut command = Command::new("rustc");
    command.current_dir(repository.root()).args(["--print", "target-libdir", "--target", WASM]);
    let folder = PathBuf::from(process::output(&mut command)?.trim());
    Ok(folder.read_dir().is_ok_and(|mut files| files.next().is_some()))
}
