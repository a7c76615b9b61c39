//! The database as a file: its mode, and who may have it open.

use std::ffi::OsString;
use std::fs::{File, OpenOptions, Permissions, TryLockError};
use std::io;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use super::StoreError;

/// Templates may hold secrets: nobody else reads the file. SQLite gives its `-wal` and `-shm` the mode of the database.
const PRIVATE: u32 = 0o600;

/// `<path><suffix>`: SQLite's own way to name companions.
pub(super) fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(suffix);
    PathBuf::from(name)
}

fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.read(true).write(true).mode(PRIVATE);
    options
}

/// Makes the file if there is none, and takes it away from others if they could read it.
pub(super) fn create_private(path: &Path) -> io::Result<()> {
    let file = private().create(true).truncate(false).open(path)?;
    if file.metadata()?.permissions().mode() & 0o777 != PRIVATE {
        for suffix in ["", "-wal", "-shm"] {
            match std::fs::set_permissions(beside(path, suffix), Permissions::from_mode(PRIVATE)) {
                Err(e) if e.kind() == io::ErrorKind::NotFound => {}
                done => done?,
            }
        }
    }
    Ok(())
}

/// Makes a new, empty file of our own.
///
/// # Errors
/// If there is one already.
pub(super) fn create_new(path: &Path) -> io::Result<File> {
    private().create_new(true).open(path)
}

/// Makes renames and new names in this folder durable.
pub(super) fn sync_folder(path: &Path) -> io::Result<()> {
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(folder)?.sync_all()
}

/// A lock of the operating system on `<path>.lock`: it is gone with its process, however that ends. The file itself stays.
#[derive(Debug)]
pub(super) struct OpenLock(#[expect(dead_code, reason = "the lock is held while it is open")] File);

impl OpenLock {
    fn file(path: &Path) -> io::Result<File> {
        private().create(true).truncate(false).open(beside(path, ".lock"))
    }

    /// Together with others who have the database open.
    pub(super) fn shared(path: &Path) -> Result<Self, StoreError> {
        let file = Self::file(path)?;
        match file.try_lock_shared() {
            Ok(()) => Ok(Self(file)),
            Err(TryLockError::WouldBlock) => Err(StoreError::InUse(format!(
                "{} is being restored: try again when that is done",
                path.display()
            ))),
            Err(TryLockError::Error(e)) => Err(e.into()),
        }
    }

    /// Alone.
    pub(super) fn alone(path: &Path) -> Result<Self, StoreError> {
        let file = Self::file(path)?;
        match file.try_lock() {
            Ok(()) => Ok(Self(file)),
            Err(TryLockError::WouldBlock) => Err(StoreError::InUse(format!(
                "a Rollcall has {} open: stop it first",
                path.display()
            ))),
            Err(TryLockError::Error(e)) => Err(e.into()),
        }
    }
}

/// Held by the one server of a database: two would record everything twice.
#[derive(Debug)]
pub struct ServerLock(#[expect(dead_code, reason = "the lock is held while it is open")] File);

impl ServerLock {
    /// Takes it until the value is dropped or the process ends, however that happens.
    ///
    /// # Errors
    /// If another server has it.
    pub fn take(path: &Path) -> Result<Self, StoreError> {
        let file = private().create(true).truncate(false).open(beside(path, ".server.lock"))?;
        match file.try_lock() {
            Ok(()) => Ok(Self(file)),
            Err(TryLockError::WouldBlock) => Err(StoreError::InUse(format!(
                "another rollcall server runs on {}: stop it, or start with another --database",
                path.display()
            ))),
            Err(TryLockError::Error(e)) => Err(e.into()),
        }
    }
}
