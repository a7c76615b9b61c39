//! Who is it, and as whom do we act: local users, sessions, roles.
//!
//! Knows neither SQL nor HTTP routes: what is kept is kept behind the ports [`Accounts`] and [`SessionRows`]; the
//! handlers in `http` turn the errors of this room into problems.

mod attempts;
pub mod cli;
mod ended;
pub mod origin;
mod password;
pub mod policy;
mod ports;
mod sessions;
mod setup;
#[cfg(test)]
pub(crate) mod testing;
mod user;
mod users;

use std::fmt;
use std::sync::{Arc, RwLock};
use std::time::Duration;

use jiff::Timestamp;
use model::wire::{Authority, Identity as Acting};
use tokio_util::sync::CancellationToken;
use tower_sessions::cookie::SameSite;
use tower_sessions::{Expiry, SessionManagerLayer};

pub use attempts::{Limits, TooMany};
pub use ended::{End, SessionGuard};
pub use policy::PolicyError;
pub use ports::{
    Account, Accounts, Changed, NewAccount, SessionKey, SessionRow, SessionRows, SetupRow, SetupUse,
};
pub use sessions::{ABSOLUTE_LIMIT, IDLE_LIMIT, Sessions, TOUCH_AFTER};
pub use setup::{SETUP_VALID, SetupError, SetupLink};
pub use user::{NotLoggedIn, RoleMissing, User};
pub use users::{LoginError, UserError};

use crate::clock::Clock;

/// How often ended sessions are looked for.
const SWEEP_EVERY: Duration = Duration::from_mins(1);

/// How this server identifies people.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    pub authority: Authority,
    /// A proxy of ours stands in front: the last entry of `X-Forwarded-For` is the client.
    pub behind_proxy: bool,
    /// TLS ends before this server, so the browser sees https.
    pub tls_before: bool,
    pub limits: Limits,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            authority: Authority::Direct,
            behind_proxy: false,
            tls_before: false,
            limits: Limits::default(),
        }
    }
}

/// Users, sessions and roles of this panel.
pub struct Identity {
    accounts: Arc<dyn Accounts>,
    sessions: Sessions,
    hasher: password::Hasher,
    attempts: attempts::Attempts,
    clock: Clock,
    settings: Settings,
    instance: String,
    panel: RwLock<Option<(String, Vec<String>)>>,
}

impl Identity {
    /// Identity over a store.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub async fn open<S>(store: S, clock: Clock, settings: Settings) -> anyhow::Result<Self>
    where
        S: Accounts + SessionRows + Clone + 'static,
    {
        let instance = store.instance().await?;
        Ok(Self {
            accounts: Arc::new(store.clone()),
            sessions: Sessions::new(Arc::new(store), clock.clone()),
            hasher: password::Hasher::new(),
            attempts: attempts::Attempts::new(settings.limits, &clock),
            clock,
            settings,
            instance,
            panel: RwLock::new(None),
        })
    }

    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Name of the session cookie. `__Host-` makes browsers refuse it unless it is `Secure`, of the whole host and of no
    /// other.
    pub fn cookie_name(&self) -> String {
        format!("__Host-rollcall-{}", self.instance)
    }

    /// The layer that gives handlers their `tower_sessions::Session`. It belongs around every route under the API.
    ///
    /// The cookie lives as long as a session possibly can; when a session ends is decided here, not by the browser.
    pub fn session_layer(&self) -> SessionManagerLayer<Sessions> {
        let seconds = i64::try_from(ABSOLUTE_LIMIT.as_secs()).expect("a day of seconds fits");
        SessionManagerLayer::new(self.sessions.clone())
            .with_name(self.cookie_name())
            .with_secure(true)
            .with_http_only(true)
            // Lax, not Strict: a link to a set from a chat must open logged in. Forged requests are the CSRF layer's part.
            .with_same_site(SameSite::Lax)
            .with_path("/")
            .with_expiry(Expiry::OnInactivity(time::Duration::seconds(seconds)))
    }

    /// Sessions and users as they end: by logout, expiry, a new password or removal.
    pub fn ended(&self) -> tokio::sync::broadcast::Receiver<End> {
        self.sessions.ended().subscribe()
    }

    /// Something for a long answer to wait on: [`SessionGuard::ended`] returns when the user's session ends.
    pub async fn guard(&self, user: &User) -> SessionGuard {
        let guard = self.sessions.ended().guard(user.session, &user.name);
        // It may have ended between the user's check and here.
        if !matches!(self.sessions.rows().find(user.session).await, Ok(Some(_))) {
            guard.end();
        }
        guard
    }

    /// Whom the API server takes the panel itself for, as `Cluster::who_am_i` answered; shown under `direct` authority.
    pub fn panel_is(&self, user: String, groups: Vec<String>) {
        *self.panel.write().unwrap_or_else(std::sync::PoisonError::into_inner) =
            Some((user, groups));
    }

    /// Whom the cluster sees when this user acts.
    pub fn acting(&self, user: &User) -> Acting {
        let authority = self.settings.authority;
        match authority {
            Authority::Impersonate => Acting {
                authority,
                user: Some(user.kubernetes_user.clone()),
                groups: user.kubernetes_groups.clone(),
            },
            Authority::Direct => {
                let panel = self.panel.read().unwrap_or_else(std::sync::PoisonError::into_inner);
                let (name, groups) = panel.clone().unzip();
                Acting { authority, user: name, groups: groups.unwrap_or_default() }
            }
        }
    }

    /// Deletes expired sessions, ends the streams of sessions that are gone (another process may have removed them:
    /// `rollcall user remove`), and forgets old login attempts.
    ///
    /// # Errors
    /// If the store cannot be read or written.
    pub async fn sweep(&self) -> anyhow::Result<()> {
        self.attempts.forget_old();
        self.sessions.sweep().await
    }

    /// Sweeps every minute until cancelled.
    pub async fn keep_sweeping(&self, stop: CancellationToken) {
        let mut every = tokio::time::interval(SWEEP_EVERY);
        every.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                _ = every.tick() => if let Err(error) = self.sweep().await {
                    tracing::warn!(%error, "expired sessions could not be removed; trying again in a minute");
                }
            }
        }
    }

    fn now(&self) -> Timestamp {
        self.clock.now()
    }
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Identity")
            .field("settings", &self.settings)
            .field("instance", &self.instance)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use model::wire::Setup;
    use serde_json::json;

    use super::testing::{PASSWORD, Panel, new_user};
    use super::*;
    use crate::http::session::testing::Client;

    /// The database and what SQLite puts beside it.
    fn files(database: &Path) -> Vec<u8> {
        let folder = std::fs::read_dir(database.parent().unwrap()).unwrap();
        folder.flat_map(|entry| std::fs::read(entry.unwrap().path()).unwrap()).collect()
    }

    fn contains(bytes: &[u8], what: &[u8]) -> bool {
        bytes.windows(what.len()).any(|w| w == what)
    }

    #[tokio::test]
    async fn nothing_in_the_database_opens_a_door() {
        let panel = Panel::new().await;
        let link = panel.identity.setup_link().await.unwrap().unwrap();
        let secret = link.secret().to_owned();
        let unused = files(&panel.file);
        assert!(contains(&unused, b"setup_link"), "the files are read");
        assert!(!contains(&unused, secret.as_bytes()));

        let mut client = Client::new(&panel);
        let body = json!({ "secret": secret, "user": "root", "password": PASSWORD });
        assert_eq!(client.post("/api/v1/setup", &body).await.json["user"], "root");
        panel.user("alice").await;
        panel.identity.reset_password("alice", "another password").await.unwrap();

        let cookie = client.cookie.unwrap();
        let (_, id) = cookie.split_once('=').unwrap();
        let raw = id.parse::<tower_sessions::session::Id>().unwrap().0.to_le_bytes();
        let bytes = files(&panel.file);
        assert!(contains(&bytes, b"$argon2id$v=19$m=19456,t=2,p=1$"), "the hash is there");
        assert!(contains(&bytes, &SessionKey::of(id.parse().unwrap()).0), "the session is there");
        for hidden in [PASSWORD.as_bytes(), b"another password", id.as_bytes(), &raw] {
            assert!(!contains(&bytes, hidden), "{}", String::from_utf8_lossy(hidden));
        }
        assert!(!contains(&bytes, secret.as_bytes()));
    }

    #[tokio::test]
    async fn nothing_secret_shows_in_debug_output() {
        let panel = Panel::new().await;
        let link = panel.identity.setup_link().await.unwrap().unwrap();
        let new = panel.identity.hashed(new_user("root")).await.unwrap();
        let setup = Setup {
            secret: link.secret().to_owned(),
            user: "root".to_owned(),
            password: PASSWORD.to_owned(),
        };
        let shown = format!(
            "{:?} {:?} {:?} {:?} {:?} {:?}",
            panel.identity,
            link,
            new,
            new_user("root"),
            setup,
            SessionKey([7; 32])
        );
        assert!(shown.contains("root"), "{shown}");
        for hidden in [PASSWORD, link.secret(), "argon2id", "0707070707"] {
            assert!(!shown.contains(hidden), "{shown}");
        }
    }

    #[tokio::test]
    async fn two_panels_have_cookies_of_their_own() {
        let (one, two) = (Panel::new().await, Panel::new().await);
        assert_ne!(one.identity.cookie_name(), two.identity.cookie_name());
        let again = Identity::open(one.store.clone(), one.time.clock(), Settings::default()).await;
        assert_eq!(again.unwrap().cookie_name(), one.identity.cookie_name());
    }

    #[tokio::test]
    async fn sweeping_stops_when_it_is_told() {
        let panel = Panel::new().await;
        let stop = CancellationToken::new();
        stop.cancel();
        panel.identity.keep_sweeping(stop).await;
    }
}
