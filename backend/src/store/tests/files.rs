use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use jiff::Timestamp;
use sqlx::{ConnectOptions, Connection};

use crate::store::testing::{Temporary, store};
use crate::store::{ServerLock, Store, StoreError, options};

fn mode(path: &Path) -> u32 {
    std::fs::metadata(path).unwrap().permissions().mode() & 0o777
}

async fn sql(path: &Path, statement: &'static str) {
    let mut connection = options(path).create_if_missing(true).connect().await.unwrap();
    sqlx::query(statement).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
}

async fn name(store: &Store) -> String {
    sqlx::query_scalar("select name from cluster").fetch_one(&store.read).await.unwrap()
}

#[tokio::test]
async fn the_database_and_what_lies_beside_it_are_for_its_owner_only() {
    let Temporary { store, folder } = store().await;
    let mut files: Vec<String> = Vec::new();
    for file in std::fs::read_dir(folder.path()).unwrap() {
        let path = file.unwrap().path();
        assert_eq!(mode(&path), 0o600, "{}", path.display());
        files.push(path.file_name().unwrap().to_str().unwrap().to_owned());
    }
    files.sort();
    assert_eq!(files, ["rollcall.db", "rollcall.db-shm", "rollcall.db-wal", "rollcall.db.lock"]);
    store.close().await;
}

#[tokio::test]
async fn a_file_that_others_could_read_is_taken_away_from_them() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("wide.db");
    std::fs::write(&path, "").unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
    Store::open(&path).await.unwrap().close().await;
    assert_eq!(mode(&path), 0o600);
}

#[tokio::test]
async fn every_table_is_strict_and_every_reference_holds() {
    let Temporary { store, folder: _folder } = store().await;
    let loose: Vec<String> = sqlx::query_scalar(
        "select name from pragma_table_list where schema = 'main' and type = 'table' and strict = 0
         and name not like 'sqlite_%' and name not like '_sqlx_%'",
    )
    .fetch_all(&store.read)
    .await
    .unwrap();
    assert!(loose.is_empty(), "{loose:?}");
    let refused = sqlx::query("insert into set_state (set_uid, at, body) values ('nobody', 0, '')")
        .execute(&store.write)
        .await;
    assert!(refused.is_err(), "foreign keys are on");
}

#[tokio::test]
async fn a_database_of_a_newer_schema_is_refused_and_left_untouched() {
    let Temporary { store, folder } = store().await;
    store.close().await;
    let path = folder.path().join("rollcall.db");
    sql(
        &path,
        "insert into _sqlx_migrations (version, description, success, checksum, execution_time) values (9999, 'later', 1, x'00', 0)",
    )
    .await;
    let before = std::fs::read(&path).unwrap();
    let error = Store::open(&path).await.unwrap_err();
    assert!(matches!(error, StoreError::Newer { found: 9999, .. }), "{error}");
    assert!(before == std::fs::read(&path).unwrap(), "not a byte is changed");
    assert!(!folder.path().join("rollcall.db-wal").exists());
}

#[tokio::test]
async fn something_else_is_refused_and_left_untouched() {
    let folder = tempfile::tempdir().unwrap();
    let text = folder.path().join("notes.txt");
    std::fs::write(&text, "buy bread\n".repeat(200)).unwrap();
    let other = folder.path().join("other.db");
    sql(&other, "create table bread (id integer)").await;
    for path in [&text, &other] {
        let before = std::fs::read(path).unwrap();
        let error = Store::open(path).await.unwrap_err();
        assert!(matches!(error, StoreError::NotRollcall { .. }), "{error}");
        assert!(before == std::fs::read(path).unwrap());
    }
}

#[tokio::test]
async fn a_database_of_another_cluster_is_refused() {
    let Temporary { store, folder: _folder } = store().await;
    let now = Timestamp::UNIX_EPOCH;
    store.bind_cluster("cluster-1", "renamed", now).await.unwrap();
    assert_eq!(name(&store).await, "renamed");
    let error = store.bind_cluster("cluster-2", "other", now).await.unwrap_err();
    assert!(matches!(error, StoreError::OtherCluster { .. }), "{error}");
    assert_eq!(store.cluster().await.unwrap().as_deref(), Some("cluster-1"));
}

#[tokio::test]
async fn a_backup_is_taken_while_the_database_is_in_use_and_restored_when_it_is_not() {
    let Temporary { store, folder } = store().await;
    let path = folder.path().join("rollcall.db");
    let copy = folder.path().join("copy.db");
    store.backup(&copy).await.unwrap();
    assert_eq!(mode(&copy), 0o600);
    let error = store.backup(&copy).await.unwrap_err();
    assert!(matches!(error, StoreError::File(_)), "an existing file is not overwritten: {error}");

    store.bind_cluster("cluster-1", "after the backup", Timestamp::UNIX_EPOCH).await.unwrap();
    let error = Store::restore(&path, &copy).await.unwrap_err();
    assert!(matches!(error, StoreError::InUse(_)), "{error}");
    assert_eq!(name(&store).await, "after the backup");
    store.close().await;
    drop(store);

    Store::restore(&path, &copy).await.unwrap();
    assert_eq!(mode(&path), 0o600);
    let store = Store::open(&path).await.unwrap();
    assert_eq!(name(&store).await, "test");
    let kept = Store::open(&folder.path().join("rollcall.db.before-restore")).await.unwrap();
    assert_eq!(name(&kept).await, "after the backup");
}

#[tokio::test]
async fn only_an_intact_database_of_rollcall_is_restored() {
    let Temporary { store, folder } = store().await;
    let path = folder.path().join("rollcall.db");
    let copy = folder.path().join("copy.db");
    store.backup(&copy).await.unwrap();
    store.close().await;
    drop(store);
    let before = std::fs::read(&path).unwrap();

    let text = folder.path().join("notes.txt");
    std::fs::write(&text, "buy bread\n".repeat(200)).unwrap();
    let empty = folder.path().join("empty.db");
    std::fs::write(&empty, "").unwrap();
    let cut = folder.path().join("cut.db");
    let whole = std::fs::read(&copy).unwrap();
    std::fs::write(&cut, &whole[..whole.len() / 2]).unwrap();
    for bad in [&text, &empty, &cut] {
        Store::restore(&path, bad).await.unwrap_err();
        assert!(before == std::fs::read(&path).unwrap(), "after {}", bad.display());
    }
    let missing = folder.path().join("missing.db");
    assert!(matches!(Store::restore(&path, &missing).await, Err(StoreError::File(_))));
}

#[tokio::test]
async fn a_damaged_database_can_be_replaced_by_its_backup() {
    let Temporary { store, folder } = store().await;
    let path = folder.path().join("rollcall.db");
    let copy = folder.path().join("copy.db");
    store.backup(&copy).await.unwrap();
    store.close().await;
    drop(store);
    std::fs::write(&path, "garbage".repeat(1_000)).unwrap();
    std::fs::write(folder.path().join("rollcall.db-wal"), "more garbage").unwrap();
    Store::restore(&path, &copy).await.unwrap();
    let store = Store::open(&path).await.unwrap();
    assert_eq!(name(&store).await, "test");
}

#[tokio::test]
async fn a_database_has_one_server_at_a_time_but_other_commands_may_open_it() {
    let Temporary { store, folder } = store().await;
    let path = folder.path().join("rollcall.db");
    let server = ServerLock::take(&path).unwrap();
    assert!(matches!(ServerLock::take(&path), Err(StoreError::InUse(_))));
    Store::open(&path).await.unwrap().close().await;
    drop(server);
    ServerLock::take(&path).unwrap();
    store.close().await;
}

#[tokio::test]
async fn the_schema_has_every_table_of_the_design() {
    let Temporary { store, folder: _folder } = store().await;
    let tables: Vec<String> =
        sqlx::query_scalar("select name from sqlite_master where type = 'table'")
            .fetch_all(&store.read)
            .await
            .unwrap();
    for table in [
        "cluster",
        "stateful_set",
        "rollout",
        "event",
        "revision",
        "pod_run",
        "plan",
        "plan_step",
        "user",
        "role_binding",
        "session",
        "api_token",
    ] {
        assert!(tables.iter().any(|t| t == table), "{table} is missing: {tables:?}");
    }
}
