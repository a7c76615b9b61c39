//! Sessions: what a login is, how long it lasts, and the store behind tower-sessions' `Session`.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tower_sessions::session::{Id, Record};
use tower_sessions::session_store::{Error, Result};
use tower_sessions::{Session, SessionStore};

use crate::clock::Clock;
use crate::identity::ended::{End, Ended};
use crate::identity::ports::{SessionKey, SessionRow, SessionRows};

/// A session ends after this long without a request.
pub const IDLE_LIMIT: Duration = Duration::from_hours(12);
/// A session ends this long after the login, used or not.
pub const ABSOLUTE_LIMIT: Duration = Duration::from_hours(24);
/// The expiry is written at most this often: not each request may cost a write.
pub const TOUCH_AFTER: Duration = Duration::from_mins(5);

/// Key of the [`LoggedIn`] in a session's data.
const LOGIN: &str = "login";
/// Tries to find an unused id; ids have 128 random bits, so the second is never reached.
const TRIES: usize = 3;

/// How somebody logged in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum Method {
    Password,
    /// The set-up link.
    Setup,
}

/// All that a session holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct LoggedIn {
    /// Id of the user.
    pub(super) user: i64,
    pub(super) at: Timestamp,
    pub(super) method: Method,
}

impl LoggedIn {
    /// When the session ends if nothing more is heard from it.
    fn expires(&self, now: Timestamp) -> Timestamp {
        after(now, IDLE_LIMIT).min(after(self.at, ABSOLUTE_LIMIT))
    }
}

/// Puts the login into the session, under a new id: one that was known before the login must not be worth anything after it.
pub(super) async fn begin(
    session: &Session,
    login: LoggedIn,
) -> std::result::Result<(), tower_sessions::session::Error> {
    if session.id().is_some() {
        session.cycle_id().await?;
    }
    session.insert(LOGIN, login).await?;
    // Here and not only in the layer, which answers an empty 500 if it fails.
    session.save().await
}

/// The login in the session, if it has one.
pub(super) async fn login_of(
    session: &Session,
) -> std::result::Result<Option<LoggedIn>, tower_sessions::session::Error> {
    session.get(LOGIN).await
}

/// The session store of the server, over the port [`SessionRows`].
///
/// When a session ends is decided here by our clock; the expiry that tower-sessions computes by the system's is not used.
#[derive(Clone)]
pub struct Sessions {
    rows: Arc<dyn SessionRows>,
    clock: Clock,
    ended: Arc<Ended>,
}

impl Sessions {
    pub(super) fn new(rows: Arc<dyn SessionRows>, clock: Clock) -> Self {
        Self { rows, clock, ended: Arc::new(Ended::new()) }
    }

    pub(super) fn rows(&self) -> &dyn SessionRows {
        &*self.rows
    }

    pub(super) fn ended(&self) -> &Arc<Ended> {
        &self.ended
    }

    /// See `Identity::sweep`.
    pub(super) async fn sweep(&self) -> anyhow::Result<()> {
        for key in self.rows.delete_expired(self.clock.now()).await? {
            self.ended.end(End::Session(key));
        }
        for key in self.ended.waited_for() {
            if self.rows.find(key).await?.is_none() {
                self.ended.end(End::Session(key));
            }
        }
        Ok(())
    }

    fn row(&self, record: &Record) -> Result<SessionRow> {
        let login = login_in(&record.data)?;
        Ok(SessionRow {
            key: SessionKey::of(record.id),
            user_id: login.user,
            data: serde_json::to_string(&record.data).map_err(|e| Error::Encode(e.to_string()))?,
            expires: login.expires(self.clock.now()),
        })
    }
}

#[async_trait]
impl SessionStore for Sessions {
    async fn create(&self, record: &mut Record) -> Result<()> {
        for _ in 0..TRIES {
            if self.rows.insert(&self.row(record)?).await.map_err(backend)? {
                return Ok(());
            }
            record.id = Id::default();
        }
        Err(Error::Backend("no unused session id was found".to_owned()))
    }

    /// A session that has ended meanwhile stays ended.
    async fn save(&self, record: &Record) -> Result<()> {
        self.rows.update(&self.row(record)?).await.map_err(backend)
    }

    /// Reading a session is using it: the expiry moves.
    async fn load(&self, id: &Id) -> Result<Option<Record>> {
        let key = SessionKey::of(*id);
        let now = self.clock.now();
        let Some(row) = self.rows.find(key).await.map_err(backend)? else { return Ok(None) };
        if row.expires <= now {
            return Ok(None);
        }
        let data: HashMap<String, serde_json::Value> =
            serde_json::from_str(&row.data).map_err(|e| Error::Decode(e.to_string()))?;
        let expires = login_in(&data)?.expires(now);
        if expires.duration_since(row.expires) >= signed(TOUCH_AFTER) {
            self.rows.touch(key, expires).await.map_err(backend)?;
        }
        let expiry_date = time::OffsetDateTime::from_unix_timestamp(row.expires.as_second())
            .map_err(|e| Error::Decode(e.to_string()))?;
        Ok(Some(Record { id: *id, data, expiry_date }))
    }

    async fn delete(&self, id: &Id) -> Result<()> {
        let key = SessionKey::of(*id);
        if self.rows.delete(key).await.map_err(backend)? {
            self.ended.end(End::Session(key));
        }
        Ok(())
    }
}

impl fmt::Debug for Sessions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sessions")
    }
}

fn login_in(data: &HashMap<String, serde_json::Value>) -> Result<LoggedIn> {
    let login = data.get(LOGIN).ok_or_else(|| Error::Decode("a session without a login".into()))?;
    LoggedIn::deserialize(login).map_err(|e| Error::Decode(e.to_string()))
}

#[expect(clippy::needless_pass_by_value, reason = "an argument of map_err")]
fn backend(error: anyhow::Error) -> Error {
    Error::Backend(format!("{error:#}"))
}

fn signed(duration: Duration) -> jiff::SignedDuration {
    jiff::SignedDuration::try_from(duration).expect("our limits are hours")
}

/// Later by that much; the end of time is not passed.
pub(super) fn after(at: Timestamp, duration: Duration) -> Timestamp {
    at.checked_add(signed(duration)).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use jiff::ToSpan;

    use super::*;
    use crate::identity::testing::{Panel, SetClock};

    async fn logged_in(panel: &Panel) -> (Sessions, Record) {
        let account = panel.user("alice").await;
        let sessions = panel.identity.sessions.clone();
        let login = LoggedIn { user: account.id, at: panel.time.now(), method: Method::Password };
        let data = HashMap::from([(LOGIN.to_owned(), serde_json::to_value(login).unwrap())]);
        let mut record =
            Record { id: Id::default(), data, expiry_date: time::OffsetDateTime::UNIX_EPOCH };
        sessions.create(&mut record).await.unwrap();
        (sessions, record)
    }

    async fn alive(sessions: &Sessions, record: &Record) -> bool {
        sessions.load(&record.id).await.unwrap().is_some()
    }

    #[tokio::test]
    async fn a_session_comes_back_as_it_was_stored() {
        let panel = Panel::new().await;
        let (sessions, record) = logged_in(&panel).await;
        assert_eq!(sessions.load(&record.id).await.unwrap().unwrap().data, record.data);
        assert_eq!(sessions.load(&Id::default()).await.unwrap(), None);
    }

    #[tokio::test]
    async fn a_session_ends_after_twelve_idle_hours() {
        let panel = Panel::new().await;
        let (sessions, record) = logged_in(&panel).await;
        panel.time.pass(43_199.seconds());
        assert!(alive(&sessions, &record).await);
        panel.time.pass(12.hours());
        assert!(!alive(&sessions, &record).await);
    }

    #[tokio::test]
    async fn a_used_session_ends_a_day_after_the_login() {
        let panel = Panel::new().await;
        let (sessions, record) = logged_in(&panel).await;
        for _ in 0..23 {
            panel.time.pass(1.hours());
            assert!(alive(&sessions, &record).await);
        }
        panel.time.pass(1.hours());
        assert!(!alive(&sessions, &record).await);
    }

    #[tokio::test]
    async fn the_expiry_is_written_at_most_every_five_minutes() {
        let panel = Panel::new().await;
        let (sessions, record) = logged_in(&panel).await;
        let key = SessionKey::of(record.id);
        let first = sessions.rows().find(key).await.unwrap().unwrap().expires;
        panel.time.pass(299.seconds());
        assert!(alive(&sessions, &record).await);
        assert_eq!(sessions.rows().find(key).await.unwrap().unwrap().expires, first);
        panel.time.pass(1.seconds());
        assert!(alive(&sessions, &record).await);
        let second = sessions.rows().find(key).await.unwrap().unwrap().expires;
        assert_eq!(second.duration_since(first).as_secs(), 300);
    }

    #[tokio::test]
    async fn saving_a_session_that_has_ended_does_not_bring_it_back() {
        let panel = Panel::new().await;
        let (sessions, record) = logged_in(&panel).await;
        sessions.delete(&record.id).await.unwrap();
        sessions.save(&record).await.unwrap();
        assert!(!alive(&sessions, &record).await);
    }

    #[tokio::test]
    async fn an_id_in_use_is_not_given_again() {
        let panel = Panel::new().await;
        let (sessions, record) = logged_in(&panel).await;
        let mut second = record.clone();
        sessions.create(&mut second).await.unwrap();
        assert_ne!(second.id, record.id);
        assert!(alive(&sessions, &record).await && alive(&sessions, &second).await);
    }

    #[tokio::test]
    async fn a_session_without_a_login_is_not_stored() {
        let panel = Panel::new().await;
        let (sessions, mut record) = logged_in(&panel).await;
        record.data.clear();
        assert!(sessions.create(&mut record).await.is_err());
    }

    #[tokio::test]
    async fn a_sweep_removes_what_expired_and_ends_its_streams() {
        let panel = Panel::new().await;
        let (sessions, record) = logged_in(&panel).await;
        let key = SessionKey::of(record.id);
        let guard = sessions.ended().guard(key, "alice");
        panel.identity.sweep().await.unwrap();
        assert!(!guard.has_ended());
        panel.time.pass(12.hours());
        panel.identity.sweep().await.unwrap();
        guard.ended().await;
        assert_eq!(sessions.rows().find(key).await.unwrap(), None);
    }

    #[tokio::test]
    async fn a_sweep_ends_streams_of_sessions_that_another_process_removed() {
        let panel = Panel::new().await;
        let (sessions, record) = logged_in(&panel).await;
        let key = SessionKey::of(record.id);
        let guard = sessions.ended().guard(key, "alice");
        sessions.rows().delete(key).await.unwrap();
        panel.identity.sweep().await.unwrap();
        guard.ended().await;
    }

    #[test]
    fn the_end_of_time_is_not_passed() {
        assert_eq!(after(Timestamp::MAX, IDLE_LIMIT), Timestamp::MAX);
        let now = SetClock::default().now();
        assert_eq!(after(now, TOUCH_AFTER).duration_since(now).as_secs(), 300);
    }
}
