//! The version of the schema.

use std::path::Path;

use sqlx::migrate::Migrator;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection, SqliteConnection};

use super::{StoreError, file};

/// Every migration this version knows.
pub(super) static MIGRATOR: Migrator = sqlx::migrate!("../migrations");

/// The newest schema this version knows.
pub(super) fn known() -> i64 {
    MIGRATOR.iter().map(|m| m.version).max().unwrap_or_default()
}

/// Looks whether the file is a database that this version can work with, without touching it. An empty file is.
pub(super) async fn check(path: &Path) -> Result<(), StoreError> {
    if std::fs::metadata(path)?.len() == 0 {
        return Ok(());
    }
    let mut connection = peek(path).await?;
    let version = version(path, &mut connection).await;
    connection.close().await?;
    match version? {
        found if found > known() => Err(StoreError::Newer { found, known: known() }),
        _ => Ok(()),
    }
}

/// A connection that changes nothing, not even the files beside the database.
pub(super) async fn peek(path: &Path) -> Result<SqliteConnection, StoreError> {
    // Without a log the file alone is the truth, and immutable keeps SQLite from making one. With a log somebody had it open,
    // and what it holds counts.
    let log = std::fs::metadata(file::beside(path, "-wal")).is_ok_and(|m| m.len() > 0);
    let options = SqliteConnectOptions::new().filename(path).read_only(true).immutable(!log);
    Ok(options.connect().await?)
}

/// The schema of a database.
pub(super) async fn version(
    path: &Path,
    connection: &mut SqliteConnection,
) -> Result<i64, StoreError> {
    let not_ours = |why: String| StoreError::NotRollcall { path: path.display().to_string(), why };
    let tables: i64 = sqlx::query_scalar(
        "select count(*) from sqlite_master where type = 'table' and name in ('_sqlx_migrations', 'cluster', 'stateful_set')",
    )
    .fetch_one(&mut *connection)
    .await
    .map_err(|e| not_ours(e.to_string()))?;
    if tables < 3 {
        let any: i64 = sqlx::query_scalar("select count(*) from sqlite_master")
            .fetch_one(&mut *connection)
            .await?;
        // Interrupted before the first migration was through.
        if any <= tables && tables <= 1 {
            return Ok(0);
        }
        return Err(not_ours("it lacks its tables".to_owned()));
    }
    let version: Option<i64> =
        sqlx::query_scalar("select max(version) from _sqlx_migrations where success")
            .fetch_one(&mut *connection)
            .await?;
    Ok(version.unwrap_or_default())
}
