//! `cargo xtask build`: the browser app, and the server with the app embedded.

use std::path::PathBuf;

use anyhow::Result;

use crate::progress;
use crate::repository::Repository;

mod app;
mod compress;
mod frontend;
mod inputs;
mod split;
mod styles;
mod templates;
mod toolchain;

#[derive(clap::Args)]
pub(crate) struct Options {
    /// Only the browser app, into frontend/dist
    #[arg(long, conflicts_with = "dev")]
    frontend_only: bool,
    /// The server unoptimised: quick to build, slow to run
    #[arg(long)]
    dev: bool,
}

/// How the server is built.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Profile {
    Dev,
    Release,
}

pub(crate) fn run(repository: &Repository, options: &Options) -> Result<()> {
    if options.frontend_only {
        frontend::ensure(repository)?;
        return crate::size::run(repository);
    }
    let profile = if options.dev { Profile::Dev } else { Profile::Release };
    let binary = ensure(repository, profile)?;
    progress::say(&format!("the server with the browser app in it: {}", binary.display()));
    Ok(())
}

/// Builds what has changed, and answers the server's path.
pub(crate) fn ensure(repository: &Repository, profile: Profile) -> Result<PathBuf> {
    frontend::ensure(repository)?;
    server(repository, profile)
}

pub(crate) use app::PACK;
pub(crate) use frontend::ensure as ensure_frontend;
pub(crate) use toolchain::{WASM, ensure_wasm, has_source, has_wasm};

fn server(repository: &Repository, profile: Profile) -> Result<PathBuf> {
    let (arguments, folder): (&[&str], _) = match profile {
        Profile::Dev => (&["build", "--package", "rollcall"], "debug"),
        Profile::Release => (&["build", "--package", "rollcall", "--release"], "release"),
    };
    progress::timed(&format!("build the server ({folder})"), || {
        crate::process::run(&mut repository.cargo(arguments))
    })?;
    Ok(repository.target().join(folder).join("rollcall"))
}
