//! `cargo xtask record` and `cargo xtask differential`: the program of `e2e/player`, built when it is asked for. It holds the
//! sandbox, which building and testing need not wait for.

use std::process::ExitCode;

use anyhow::{Context as _, Result};

use crate::repository::Repository;

#[derive(clap::Args)]
pub(crate) struct Options {
    /// What follows goes to the program; `--help` says what it takes
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    arguments: Vec<String>,
}

pub(crate) fn run(repository: &Repository, command: &str, options: &Options) -> Result<ExitCode> {
    let mut cargo = repository.cargo(&["run", "--quiet", "--package", "player", "--", command]);
    // Files are meant from where one stands.
    cargo.args(&options.arguments).current_dir(std::env::current_dir()?);
    let status = cargo.status().context("cannot start cargo")?;
    Ok(if status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
