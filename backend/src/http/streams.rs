//! Counts open streams, and bounds them.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use axum::http::StatusCode;

use crate::http::problem::ApiProblem;
use crate::http::state::Limits;

/// Open streams of all users. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Streams(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    /// Different in each process: versions begin anew with it.
    boot: u64,
    open: Mutex<Open>,
}

#[derive(Debug, Default)]
struct Open {
    by_user: HashMap<String, usize>,
    total: usize,
}

impl Streams {
    /// None open. `boot` tells this process from the one before.
    pub fn new(boot: u64) -> Self {
        Self(Arc::new(Shared { boot, open: Mutex::default() }))
    }

    pub(super) fn boot(&self) -> u64 {
        self.0.boot
    }

    /// How many are open.
    pub fn open(&self) -> usize {
        self.0.open.lock().unwrap_or_else(PoisonError::into_inner).total
    }

    /// A place for one more.
    ///
    /// # Errors
    /// 429 `too-many-streams` if the user has too many, 503 with the same code if there are too many in all.
    pub(super) fn take(&self, user: &str, limits: Limits) -> Result<Seat, ApiProblem> {
        let mut open = self.0.open.lock().unwrap_or_else(PoisonError::into_inner);
        let mine = open.by_user.get(user).copied().unwrap_or_default();
        if mine >= limits.streams_per_user {
            return Err(ApiProblem::new(
                StatusCode::TOO_MANY_REQUESTS,
                "too-many-streams",
                format!(
                    "{user} has {mine} live streams open, which is the limit: close tabs that are not needed."
                ),
            )
            .retry_after(30));
        }
        if open.total >= limits.streams {
            return Err(ApiProblem::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "too-many-streams",
                "The server has as many live streams open as it may. Try again in a minute.",
            )
            .retry_after(60));
        }
        open.total += 1;
        *open.by_user.entry(user.to_owned()).or_default() += 1;
        Ok(Seat { streams: self.clone(), user: user.to_owned() })
    }
}

/// One open stream; dropping it makes room.
#[derive(Debug)]
pub(super) struct Seat {
    streams: Streams,
    user: String,
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut open = self.streams.0.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.total -= 1;
        if let Some(mine) = open.by_user.get_mut(&self.user) {
            *mine -= 1;
            if *mine == 0 {
                open.by_user.remove(&self.user);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_and_the_server_have_bounds_and_a_closed_stream_makes_room() {
        let limits = Limits { streams_per_user: 2, streams: 3, ..Limits::default() };
        let streams = Streams::new(1);
        let first = streams.take("a", limits).unwrap();
        let _second = streams.take("a", limits).unwrap();
        let full = streams.take("a", limits).unwrap_err();
        assert_eq!((full.status().as_u16(), full.code()), (429, "too-many-streams"));
        let _other = streams.take("b", limits).unwrap();
        let full = streams.take("b", limits).unwrap_err();
        assert_eq!((full.status().as_u16(), full.code()), (503, "too-many-streams"));
        drop(first);
        assert!(streams.take("a", limits).is_ok());
        assert_eq!(streams.open(), 2);
    }
}
