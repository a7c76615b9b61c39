//! Commands that work on the database: users, backup, restore.

use std::io::{self, IsTerminal as _, Write as _};
use std::path::Path;

use anyhow::Context as _;
use model::wire::NewUser;

use super::cli::UserCommand;
use crate::clock::Clock;
use crate::identity::{Identity, Settings, cli};
use crate::store::Store;

pub(super) async fn user(database: &Path, command: UserCommand) -> anyhow::Result<()> {
    let store = Store::open(database).await?;
    let identity = Identity::open(store.clone(), Clock::system(), Settings::default()).await?;
    let mut out = Vec::new();
    let done = match command {
        UserCommand::Add { name, roles, kubernetes_user, kubernetes_groups } => {
            let password = password(&name)?;
            let user = NewUser { user: name, password, roles, kubernetes_user, kubernetes_groups };
            cli::add(&identity, user, &mut out).await
        }
        UserCommand::List => cli::list(&identity, &mut out).await,
        UserCommand::Reset { name } => {
            let password = password(&name)?;
            cli::reset(&identity, &name, &password, &mut out).await
        }
        UserCommand::Remove { name } => cli::remove(&identity, &name, &mut out).await,
    };
    store.close().await;
    io::stdout().write_all(&out)?;
    done
}

/// The first line of standard input.
fn password(user: &str) -> anyhow::Result<String> {
    if io::stdin().is_terminal() {
        eprint!("Password for {user} (it will be shown as you type; pipe it in to avoid that): ");
    }
    let mut line = String::new();
    io::stdin().read_line(&mut line).context("no password could be read from standard input")?;
    Ok(line.trim_end_matches(['\r', '\n']).to_owned())
}

pub(super) async fn backup(database: &Path, file: &Path) -> anyhow::Result<()> {
    anyhow::ensure!(database.exists(), "there is no database {}", database.display());
    let store = Store::open(database).await?;
    store.backup(file).await?;
    store.close().await;
    println!("{} is a copy of {}", file.display(), database.display());
    Ok(())
}

pub(super) async fn restore(database: &Path, file: &Path) -> anyhow::Result<()> {
    Store::restore(database, file).await?;
    println!(
        "{} is restored from {}; what was there stays beside it as {}.before-restore",
        database.display(),
        file.display(),
        database.display()
    );
    Ok(())
}
