//! A database of its own for each test.

use jiff::Timestamp;
use tempfile::TempDir;

use super::Store;

/// A store in a folder that goes with it.
pub(crate) struct Temporary {
    pub(crate) store: Store,
    pub(crate) folder: TempDir,
}

/// A new database that belongs to a cluster.
pub(crate) async fn store() -> Temporary {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(&folder.path().join("rollcall.db")).await.unwrap();
    store.bind_cluster("cluster-1", "test", Timestamp::UNIX_EPOCH).await.unwrap();
    Temporary { store, folder }
}
