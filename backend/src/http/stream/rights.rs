//! Whether whoever reads a stream may still do so, and what they may see of it.

use axum::response::sse::Event;

use super::{Reader, Viewer};
use crate::http::problem::ApiProblem;
use crate::http::sight::{self, Kinds, Sight};
use crate::identity::NotLoggedIn;

impl Reader {
    /// Reads the user again: roles may have changed. Answers whether they are no longer logged in.
    pub(super) async fn is_over(&mut self) -> bool {
        match self.viewer.state.identity.user(&self.viewer.session).await {
            Ok(user) => {
                self.viewer.user = user;
                false
            }
            Err(NotLoggedIn::Never | NotLoggedIn::Expired) => true,
            Err(NotLoggedIn::Store(cause)) => {
                tracing::error!(cause = format!("{cause:#}"), "a session cannot be read");
                false
            }
        }
    }

    /// Asks again what may be seen. Where that has changed, the reader has to ask for everything.
    pub(super) async fn look_at_rights(&mut self) -> Vec<Event> {
        match self.rights_now().await {
            Ok((sight, watched)) => {
                let same = sight == self.viewer.sight
                    && watched == self.viewer.watched.as_ref().map(|(kinds, _)| *kinds);
                self.viewer.sight = sight;
                if let (Some(kinds), Some((old, _))) = (watched, &mut self.viewer.watched) {
                    *old = kinds;
                }
                if same { Vec::new() } else { vec![self.reset()] }
            }
            // An API server that does not answer takes nothing away: the rights are those of the last answer.
            Err(problem) if problem.code() == "cluster-unreachable" => Vec::new(),
            Err(_) => {
                self.viewer.watched = None;
                vec![self.reset()]
            }
        }
    }

    async fn rights_now(&self) -> Result<(Sight, Option<Kinds>), ApiProblem> {
        let Viewer { state, user, sight, watched, .. } = &self.viewer;
        let mut fresh = Sight::begin(state, user).await?;
        for namespace in sight.looked_at() {
            fresh.look(state, user, namespace).await?;
        }
        let watched = match watched {
            Some((_, key)) => Some(sight::enter(state, user, &key.namespace).await?),
            None => None,
        };
        Ok((fresh, watched))
    }
}
