//! SQLite by sqlx: one writer, several readers, WAL. Must not know kube and http.
//!
//! The rooms that need something kept say so as traits of their own (`history`, `actions`, `identity`); [`Store`] implements
//! them here, one file a table group, so that another database can take its place.

mod actions;
mod backup;
mod changes;
mod cluster;
mod commands;
mod file;
mod journal;
mod lanes;
mod ledger;
mod moments;
mod prune;
mod reader;
mod rows;
mod schema;
mod sessions;
mod templates;
mod users;

#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use sqlx::SqlitePool;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};

pub use file::ServerLock;
pub use prune::Pruned;

/// The database. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Store {
    /// One connection: writes are in order.
    pub(crate) write: SqlitePool,
    pub(crate) read: SqlitePool,
    path: PathBuf,
    changes: changes::Changes,
    /// Shared by all who have the database open; a restore needs it alone.
    _open: Arc<file::OpenLock>,
}

/// What can go wrong with the database.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error("the database says: {0}")]
    Database(#[from] sqlx::Error),
    #[error(
        "the database was written by a newer Rollcall (schema {found}, this one knows {known}); it is left untouched: start the newer version, or restore a backup"
    )]
    Newer { found: i64, known: i64 },
    #[error("the database cannot be brought to this version: {0}")]
    Migration(String),
    #[error(
        "the database belongs to another cluster ({found}, this is {here}): start with another --database, or remove that file if its history is no longer wanted"
    )]
    OtherCluster { found: String, here: String },
    /// The file is something else.
    #[error("{path} is no Rollcall database: {why}")]
    NotRollcall { path: String, why: String },
    /// Somebody else has it open who must not.
    #[error("{0}")]
    InUse(String),
    #[error("{0}")]
    File(#[from] std::io::Error),
    #[error("a stored record cannot be read: {0}")]
    Record(String),
}

impl Store {
    /// Opens (and creates) the database file with mode 0600 and brings its schema to this version.
    ///
    /// # Errors
    /// If the file cannot be opened, is being restored, is no database of Rollcall, or is of a newer schema: then it is not
    /// touched.
    pub async fn open(path: &Path) -> Result<Self, StoreError> {
        let open = file::OpenLock::shared(path)?;
        file::create_private(path)?;
        schema::check(path).await?;
        let options = options(path).journal_mode(SqliteJournalMode::Wal);
        // The caches (KiB) of all connections add up, and what they ask again lies in the system's cache.
        let write = SqlitePoolOptions::new()
            .max_connections(1)
            .idle_timeout(None)
            .max_lifetime(None)
            .connect_with(options.clone().pragma("cache_size", "-1024"))
            .await?;
        schema::MIGRATOR.run(&write).await.map_err(|e| StoreError::Migration(e.to_string()))?;
        let read = SqlitePoolOptions::new()
            .max_connections(4)
            .idle_timeout(None)
            .max_lifetime(None)
            .connect_with(options.read_only(true).pragma("cache_size", "-512"))
            .await?;
        Ok(Self {
            write,
            read,
            path: path.to_owned(),
            changes: changes::Changes::default(),
            _open: Arc::new(open),
        })
    }

    /// Where the database is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Waits for what is under way and closes all connections, so that the database is one file again. Later calls fail.
    pub async fn close(&self) {
        self.read.close().await;
        self.write.close().await;
    }
}

/// How connections are made, readers and writers alike.
fn options(path: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        // The file is made before, with its mode.
        .create_if_missing(false)
        // What was acknowledged survives power loss.
        .synchronous(SqliteSynchronous::Full)
        .busy_timeout(Duration::from_secs(5))
        .foreign_keys(true)
        // Temporary tables hold the same secrets as the file.
        .pragma("temp_store", "memory")
        // After a burst the log is cut back to this (bytes).
        .pragma("journal_size_limit", "16777216")
        .optimize_on_close(true, None)
}
