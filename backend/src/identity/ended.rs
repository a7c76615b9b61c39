//! Tells the streams of a session that it has ended.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::broadcast;
use tokio_util::sync::CancellationToken;

use crate::identity::ports::SessionKey;

/// Ends a slow listener can be behind by before it misses some.
const BACKLOG: usize = 64;

/// What ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End {
    /// One session.
    Session(SessionKey),
    /// All sessions of the user of this name.
    User(String),
}

/// Who waits for which session's end.
#[derive(Debug)]
pub(super) struct Ended {
    tell: broadcast::Sender<End>,
    held: Mutex<HashMap<SessionKey, Held>>,
}

#[derive(Debug)]
struct Held {
    user: String,
    guards: usize,
    over: CancellationToken,
}

impl Ended {
    pub(super) fn new() -> Self {
        Self { tell: broadcast::Sender::new(BACKLOG), held: Mutex::default() }
    }

    pub(super) fn subscribe(&self) -> broadcast::Receiver<End> {
        self.tell.subscribe()
    }

    /// Ends what it names, for those that wait now.
    pub(super) fn end(&self, end: End) {
        for (key, held) in &*self.lock() {
            let fits = match &end {
                End::Session(ended) => ended == key,
                End::User(name) => *name == held.user,
            };
            if fits {
                held.over.cancel();
            }
        }
        // Nobody listening is fine.
        let _ = self.tell.send(end);
    }

    /// A guard of this session of this user.
    pub(super) fn guard(self: &Arc<Self>, key: SessionKey, user: &str) -> SessionGuard {
        let mut held = self.lock();
        let entry = held.entry(key).or_insert_with(|| Held {
            user: user.to_owned(),
            guards: 0,
            over: CancellationToken::new(),
        });
        entry.guards += 1;
        SessionGuard { key, over: entry.over.clone(), ended: Arc::clone(self) }
    }

    /// Sessions that somebody waits for.
    pub(super) fn waited_for(&self) -> Vec<SessionKey> {
        self.lock().keys().copied().collect()
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<SessionKey, Held>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Waits for the end of a session. A live stream holds one and ends with it.
#[derive(Debug)]
pub struct SessionGuard {
    key: SessionKey,
    over: CancellationToken,
    ended: Arc<Ended>,
}

impl SessionGuard {
    /// Returns when the session has ended: by logout, expiry, a new password, or the user's removal. Can be awaited again.
    pub async fn ended(&self) {
        self.over.cancelled().await;
    }

    /// Whether the session has ended.
    pub fn has_ended(&self) -> bool {
        self.over.is_cancelled()
    }

    /// Ends it for all guards of this session.
    pub(super) fn end(&self) {
        self.over.cancel();
    }
}

impl Drop for SessionGuard {
    fn drop(&mut self) {
        let mut held = self.ended.lock();
        if let Some(entry) = held.get_mut(&self.key) {
            entry.guards -= 1;
            if entry.guards == 0 {
                held.remove(&self.key);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: SessionKey = SessionKey([1; 32]);
    const TWO: SessionKey = SessionKey([2; 32]);

    #[tokio::test]
    async fn the_end_of_a_session_reaches_all_its_guards_and_no_others() {
        let ended = Arc::new(Ended::new());
        let (a, b) = (ended.guard(ONE, "alice"), ended.guard(ONE, "alice"));
        let other = ended.guard(TWO, "alice");
        ended.end(End::Session(ONE));
        a.ended().await;
        b.ended().await;
        assert!(!other.has_ended());
    }

    #[tokio::test]
    async fn the_end_of_a_user_reaches_all_sessions_of_that_user() {
        let ended = Arc::new(Ended::new());
        let mut heard = ended.subscribe();
        let (a, b) = (ended.guard(ONE, "alice"), ended.guard(TWO, "bob"));
        ended.end(End::User("alice".to_owned()));
        assert!(a.has_ended() && !b.has_ended());
        assert_eq!(heard.recv().await.unwrap(), End::User("alice".to_owned()));
    }

    #[test]
    fn a_session_without_guards_is_not_remembered() {
        let ended = Arc::new(Ended::new());
        let a = ended.guard(ONE, "alice");
        let b = ended.guard(ONE, "alice");
        drop(a);
        assert_eq!(ended.waited_for(), [ONE]);
        drop(b);
        assert_eq!(ended.waited_for(), []);
    }
}
