//! A copy of the database while it is in use, and the way back.

use std::path::Path;

use sqlx::{ConnectOptions, Connection};

use super::file::{self, OpenLock, ServerLock, beside};
use super::{Store, StoreError, options, schema};

impl Store {
    /// Writes a copy of this moment to a new file of mode 0600, while the server goes on. The copy is durable when this returns.
    ///
    /// # Errors
    /// If the file exists already or cannot be written.
    pub async fn backup(&self, to: &Path) -> Result<(), StoreError> {
        copy(&self.path, to).await
    }

    /// Puts a backup in the place of the database at `path`. What was there stays beside it as `<path>.before-restore`.
    ///
    /// # Errors
    /// If somebody has the database open, or the file is no intact database of Rollcall, or of a newer schema.
    /// The database is then as it was.
    pub async fn restore(path: &Path, from: &Path) -> Result<(), StoreError> {
        // Not followed by `?` on the first failure alone: a server is named before any other who has it open.
        let _server = ServerLock::take(path)?;
        let _alone = OpenLock::alone(path)?;
        examine(from).await?;
        let fresh = beside(path, ".restore");
        remove(&fresh)?;
        copy(from, &fresh).await?;
        set_aside(path).await?;
        std::fs::rename(&fresh, path)?;
        file::sync_folder(path)?;
        Ok(())
    }
}

/// Copies what is committed in `from`, its log included, into one new file.
async fn copy(from: &Path, to: &Path) -> Result<(), StoreError> {
    let target = to.to_str().ok_or_else(|| {
        StoreError::File(std::io::Error::new(
            std::io::ErrorKind::InvalidInput,
            format!("{} is no name that SQLite can write to", to.display()),
        ))
    })?;
    // Empty and ours: SQLite fills it and keeps its mode.
    let file = file::create_new(to).map_err(|e| {
        std::io::Error::new(e.kind(), format!("{} cannot be made: {e}", to.display()))
    })?;
    let copied = async {
        // Of its own: a copy of a large database must not keep the writer waiting.
        let mut connection = options(from).connect().await?;
        sqlx::query("vacuum into ?1").bind(target).execute(&mut connection).await?;
        connection.close().await?;
        file.sync_all()?;
        file::sync_folder(to)?;
        Ok(())
    }
    .await;
    if copied.is_err() {
        remove(to)?;
    }
    copied
}

/// Whether a file can be restored.
async fn examine(from: &Path) -> Result<(), StoreError> {
    let not_ours = |why: &str| StoreError::NotRollcall {
        path: from.display().to_string(),
        why: why.to_owned(),
    };
    if std::fs::metadata(from)?.len() == 0 {
        return Err(not_ours("it is empty"));
    }
    let mut connection = schema::peek(from).await?;
    let found = schema::version(from, &mut connection).await?;
    if found == 0 {
        return Err(not_ours("it has no tables"));
    }
    if found > schema::known() {
        return Err(StoreError::Newer { found, known: schema::known() });
    }
    let verdict: String =
        sqlx::query_scalar("pragma quick_check(1)").fetch_one(&mut connection).await?;
    connection.close().await?;
    if verdict == "ok" { Ok(()) } else { Err(not_ours(&format!("it is damaged ({verdict})"))) }
}

/// Keeps the database as it is under another name, and leaves it whole in its place until it is replaced.
async fn set_aside(path: &Path) -> Result<(), StoreError> {
    if !path.exists() {
        return Ok(());
    }
    // Closing as the last one brings the log into the file. A damaged database does not open; its log must go all the same,
    // or it would be played into the restored one.
    if std::fs::metadata(path)?.len() > 0
        && let Ok(mut old) = options(path).connect().await
    {
        let checkpoint = sqlx::query("pragma wal_checkpoint(truncate)").execute(&mut old).await;
        // A damaged one is closed too: dropped, its thread would go on removing the log while it is moved.
        let closed = old.close().await;
        if checkpoint.is_ok() {
            closed?;
        }
    }
    let kept = beside(path, ".before-restore");
    remove(&kept)?;
    std::fs::hard_link(path, &kept)?;
    for suffix in ["-wal", "-shm"] {
        match std::fs::rename(beside(path, suffix), beside(&kept, suffix)) {
            Err(e) if e.kind() != std::io::ErrorKind::NotFound => return Err(e.into()),
            _ => {}
        }
    }
    Ok(())
}

fn remove(path: &Path) -> Result<(), StoreError> {
    match std::fs::remove_file(path) {
        Err(e) if e.kind() != std::io::ErrorKind::NotFound => Err(e.into()),
        _ => Ok(()),
    }
}
