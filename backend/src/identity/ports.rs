//! What this room needs kept, as traits; the store implements them.

use std::fmt;

use async_trait::async_trait;
use jiff::Timestamp;
use model::wire::{RoleBinding, UserView};
use sha2::{Digest, Sha256};

/// A user of the panel, without the password's hash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// Never used again after the user is gone.
    pub id: i64,
    pub name: String,
    pub roles: Vec<RoleBinding>,
    /// As whom they act under `impersonate`.
    pub kubernetes_user: String,
    pub kubernetes_groups: Vec<String>,
}

impl From<Account> for UserView {
    fn from(a: Account) -> Self {
        Self {
            user: a.name,
            roles: a.roles,
            kubernetes_user: a.kubernetes_user,
            kubernetes_groups: a.kubernetes_groups,
        }
    }
}

/// A user to be made.
#[derive(Clone, PartialEq, Eq)]
pub struct NewAccount {
    pub name: String,
    /// PHC string.
    pub password_hash: String,
    pub roles: Vec<RoleBinding>,
    pub kubernetes_user: String,
    pub kubernetes_groups: Vec<String>,
}

impl fmt::Debug for NewAccount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewAccount")
            .field("name", &self.name)
            .field("roles", &self.roles)
            .finish_non_exhaustive()
    }
}

/// What became of a change to a user.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Changed {
    Done,
    NoSuchUser,
    /// Nobody would be left to manage users; nothing was changed.
    LastAdmin,
}

/// The stored half of a set-up link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetupRow {
    /// SHA-256 of the secret.
    pub secret_hash: [u8; 32],
    pub expires: Timestamp,
}

/// What became of a set-up link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SetupUse {
    /// The link is used up and this is the administrator.
    Made(Account),
    /// The link was used or replaced in the meantime.
    Gone,
    /// A user of this name exists; the link stays.
    NameTaken,
}

/// Users and the set-up link.
#[async_trait]
pub trait Accounts: Send + Sync {
    /// Short name of this database, the same as long as it lives: letters and digits.
    async fn instance(&self) -> anyhow::Result<String>;

    /// All users by name.
    async fn list(&self) -> anyhow::Result<Vec<Account>>;

    async fn by_name(&self, name: &str) -> anyhow::Result<Option<Account>>;

    async fn by_id(&self, id: i64) -> anyhow::Result<Option<Account>>;

    /// PHC string of the user's password.
    async fn password_hash(&self, name: &str) -> anyhow::Result<Option<String>>;

    /// Whether somebody is admin in all namespaces.
    async fn has_admin(&self) -> anyhow::Result<bool>;

    /// Makes a user. `None` if the name is taken.
    async fn add(&self, new: &NewAccount, at: Timestamp) -> anyhow::Result<Option<Account>>;

    /// Sets the password and deletes the user's sessions.
    async fn set_password(&self, name: &str, hash: &str, at: Timestamp) -> anyhow::Result<Changed>;

    /// Replaces the user's roles, unless nobody would be left to manage users.
    async fn set_roles(&self, name: &str, roles: &[RoleBinding]) -> anyhow::Result<Changed>;

    /// Removes the user with roles and sessions, unless nobody would be left to manage users.
    async fn remove(&self, name: &str) -> anyhow::Result<Changed>;

    /// Replaces the set-up link.
    async fn put_setup(&self, row: &SetupRow) -> anyhow::Result<()>;

    async fn setup(&self) -> anyhow::Result<Option<SetupRow>>;

    /// Takes the link with this hash away and makes the user, both or neither. Does not look at the link's age.
    async fn use_setup(
        &self,
        secret_hash: [u8; 32],
        new: &NewAccount,
        at: Timestamp,
    ) -> anyhow::Result<SetupUse>;
}

/// A session's name in the store: SHA-256 of the id that the browser holds.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct SessionKey(pub [u8; 32]);

impl SessionKey {
    /// Key of the session with this id.
    pub fn of(id: tower_sessions::session::Id) -> Self {
        Self(Sha256::digest(id.0.to_le_bytes()).into())
    }
}

impl fmt::Debug for SessionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SessionKey({:02x}{:02x}…)", self.0[0], self.0[1])
    }
}

/// A session as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionRow {
    pub key: SessionKey,
    pub user_id: i64,
    /// JSON: user id, when and how they logged in.
    pub data: String,
    pub expires: Timestamp,
}

/// Sessions.
#[async_trait]
pub trait SessionRows: Send + Sync {
    /// `false` if the key exists; nothing was changed then.
    async fn insert(&self, row: &SessionRow) -> anyhow::Result<bool>;

    /// Replaces user, data and expiry of an existing session; one that is gone stays gone.
    async fn update(&self, row: &SessionRow) -> anyhow::Result<()>;

    /// Moves the expiry, never backwards.
    async fn touch(&self, key: SessionKey, expires: Timestamp) -> anyhow::Result<()>;

    /// The session, expired or not.
    async fn find(&self, key: SessionKey) -> anyhow::Result<Option<SessionRow>>;

    /// Whether there was such a session.
    async fn delete(&self, key: SessionKey) -> anyhow::Result<bool>;

    /// Deletes what expired at or before `now`.
    async fn delete_expired(&self, now: Timestamp) -> anyhow::Result<Vec<SessionKey>>;
}
