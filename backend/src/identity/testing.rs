//! A panel's identity on a database in a temporary folder, with a clock that stands still until it is moved.

use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use jiff::{Span, Timestamp};
use model::wire::{NewUser, RoleBinding, RoleName};

use super::{Account, Identity, Settings};
use crate::clock::Clock;
use crate::store::Store;

/// Of every test user.
pub(crate) const PASSWORD: &str = "correct horse battery";

/// A clock that tests move.
#[derive(Clone)]
pub(crate) struct SetClock(Arc<Mutex<Timestamp>>);

impl Default for SetClock {
    fn default() -> Self {
        Self(Arc::new(Mutex::new("2030-01-01T00:00:00Z".parse().unwrap())))
    }
}

impl SetClock {
    pub(crate) fn clock(&self) -> Clock {
        let time = Arc::clone(&self.0);
        Clock::from_fn(move || *time.lock().unwrap())
    }

    pub(crate) fn now(&self) -> Timestamp {
        *self.0.lock().unwrap()
    }

    /// Hours and smaller; negative spans go back.
    pub(crate) fn pass(&self, span: Span) {
        *self.0.lock().unwrap() += span;
    }
}

/// One panel.
pub(crate) struct Panel {
    pub(crate) identity: Arc<Identity>,
    pub(crate) store: Store,
    pub(crate) time: SetClock,
    pub(crate) file: PathBuf,
    _folder: tempfile::TempDir,
}

impl Panel {
    pub(crate) async fn new() -> Self {
        Self::with(Settings::default()).await
    }

    pub(crate) async fn with(settings: Settings) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("rollcall.db");
        let store = Store::open(&file).await.unwrap();
        let time = SetClock::default();
        let identity = Identity::open(store.clone(), time.clock(), settings).await.unwrap();
        Self { identity: Arc::new(identity), store, time, file, _folder: folder }
    }

    /// A viewer of everything.
    pub(crate) async fn user(&self, name: &str) -> Account {
        let user = NewUser { roles: everywhere(RoleName::Viewer), ..new_user(name) };
        self.identity.add_user(user).await.unwrap()
    }
}

/// An admin of everything, not yet made.
pub(crate) fn new_user(name: &str) -> NewUser {
    NewUser {
        user: name.to_owned(),
        password: PASSWORD.to_owned(),
        roles: everywhere(RoleName::Admin),
        kubernetes_user: None,
        kubernetes_groups: Vec::new(),
    }
}

/// The role in all namespaces.
pub(crate) fn everywhere(role: RoleName) -> Vec<RoleBinding> {
    vec![RoleBinding { role, namespace: None }]
}
