//! SQLite by sqlx: one writer, several readers, WAL. Must not know kube and http.
//!
//! The rooms that need something kept say so as traits of their own (`history`, `actions`, `identity`); [`Store`] implements
//! them here, one file a table group, so that another database can take its place.

mod sessions;
mod users;

use std::path::Path;
use std::time::Duration;

use sqlx::SqlitePool;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};

/// The database.
#[derive(Clone, Debug)]
pub struct Store {
    /// One connection: writes are in order.
    pub(crate) write: SqlitePool,
    pub(crate) read: SqlitePool,
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
    #[error("{0}")]
    File(#[from] std::io::Error),
    #[error("a stored record cannot be read: {0}")]
    Record(String),
}

impl Store {
    /// Opens (and creates) the database file with mode 0600 and brings its schema to this version.
    ///
    /// # Errors
    /// If the file cannot be opened, or is of a newer schema: then it is not touched.
    pub async fn open(path: &Path) -> Result<Self, StoreError> {
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            // What was acknowledged survives power loss.
            .synchronous(SqliteSynchronous::Full)
            .busy_timeout(Duration::from_secs(5))
            .foreign_keys(true)
            .optimize_on_close(true, None);
        let write = SqlitePoolOptions::new()
            .max_connections(1)
            .idle_timeout(None)
            .max_lifetime(None)
            .connect_with(options.clone())
            .await?;
        sqlx::migrate!("../migrations")
            .run(&write)
            .await
            .map_err(|e| StoreError::Migration(e.to_string()))?;
        let read = SqlitePoolOptions::new()
            .max_connections(4)
            .connect_with(options.read_only(true).create_if_missing(false))
            .await?;
        Ok(Self { write, read })
    }
}
