//! Puts it together; the only place that names everything.

mod admin;
mod cli;
mod commands;
mod demo;
mod early;
mod log;
mod meet;
mod password;
mod pump;
mod reset;
mod serve;
mod signals;
mod upkeep;

use clap::Parser as _;

/// The command line.
///
/// # Errors
/// Whatever keeps the chosen command from doing its work, in words for a person.
pub fn main() -> anyhow::Result<()> {
    let cli = cli::Cli::parse();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        match cli.command {
            cli::Command::Serve(options) => serve::serve(*options).await,
            cli::Command::Demo(options) => demo::demo(options).await,
            cli::Command::User { database, command } => admin::user(&database.path, command).await,
            cli::Command::Backup { database, file } => admin::backup(&database.path, &file).await,
            cli::Command::Restore { database, file } => admin::restore(&database.path, &file).await,
            cli::Command::Openapi => {
                print!("{}", crate::http::openapi::document());
                Ok(())
            }
        }
    })
}
