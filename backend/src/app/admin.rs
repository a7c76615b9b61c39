//! Commands that work on the database: users, backup, restore.

use std::io::{self, Write as _};
use std::path::Path;

use model::wire::NewUser;

use super::cli::UserCommand;
use super::password;
use crate::clock::Clock;
use crate::identity::{Identity, Settings, cli};
use crate::store::Store;

pub(super) async fn user(database: &Path, command: UserCommand) -> anyhow::Result<()> {
    existing(database)?;
    let store = Store::open(database).await?;
    let identity = Identity::open(store.clone(), Clock::system(), Settings::default()).await?;
    let mut out = Vec::new();
    let done = match command {
        UserCommand::Add { name, roles, kubernetes_user, kubernetes_groups } => {
            let password = password::read(&name)?;
            let user = NewUser { user: name, password, roles, kubernetes_user, kubernetes_groups };
            cli::add(&identity, user, &mut out).await
        }
        UserCommand::List => cli::list(&identity, &mut out).await,
        UserCommand::Reset { name } => {
            let password = password::read(&name)?;
            cli::reset(&identity, &name, &password, &mut out).await
        }
        UserCommand::Remove { name } => cli::remove(&identity, &name, &mut out).await,
    };
    store.close().await;
    io::stdout().write_all(&out)?;
    done
}

/// A mistyped path must not make a new database and then report success on it.
fn existing(database: &Path) -> anyhow::Result<()> {
    anyhow::ensure!(
        database.exists(),
        "there is no database {}: name the one of the server with --database (`rollcall serve` makes it)",
        database.display()
    );
    Ok(())
}

pub(super) async fn backup(database: &Path, file: &Path) -> anyhow::Result<()> {
    existing(database)?;
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

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_mistyped_path_makes_no_database() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("rolcall.db");
        let error = user(&path, UserCommand::List).await.unwrap_err();
        assert!(error.to_string().contains("there is no database"), "{error}");
        backup(&path, &folder.path().join("copy.db")).await.unwrap_err();
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "nothing was made");
    }
}
