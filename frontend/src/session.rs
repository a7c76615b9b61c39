//! Who is logged in.

use std::cell::Cell;
use std::sync::Arc;

use leptos::prelude::*;
use leptos::task::spawn_local;
use model::wire::{Problem, RoleName, SessionView};

use crate::api;
use crate::reactive::RwSignal;

/// What is known of the session.
#[derive(Clone, Debug, PartialEq)]
pub enum State {
    /// The server was not heard yet.
    Loading,
    /// Logged in.
    In(Arc<SessionView>),
    /// Not logged in.
    Out {
        /// The page was loaded over plain HTTP from elsewhere: the browser keeps no session cookie.
        insecure: bool,
    },
    /// The server could not be asked.
    Failed(Problem),
}

/// The session of the tab.
#[derive(Clone, Copy)]
pub struct Session {
    state: RwSignal<State>,
}

thread_local! {
    /// [`api`] reports a 401 from within async tasks, where no context can be read.
    static CURRENT: Cell<Option<Session>> = const { Cell::new(None) };
}

/// The session of the tab.
///
/// # Panics
/// Outside the app's component tree.
pub fn use_session() -> Session {
    expect_context::<Session>()
}

/// Tells the session that the server no longer knows it.
pub(crate) fn expired() {
    if let Some(session) = CURRENT.get() {
        session.close(false);
    }
}

impl Session {
    /// Puts the session into context and asks the server who it is.
    pub fn provide() -> Self {
        let session = Self { state: RwSignal::new(State::Loading) };
        CURRENT.set(Some(session));
        provide_context(session);
        session.refresh();
        session
    }

    /// What is known; tracked.
    pub fn state(self) -> State {
        self.state.get()
    }

    /// Who is logged in; tracked.
    pub fn view(self) -> Option<Arc<SessionView>> {
        self.state.with(|s| match s {
            State::In(view) => Some(Arc::clone(view)),
            _ => None,
        })
    }

    /// Nobody is logged in, and that is certain; tracked.
    pub fn is_out(self) -> bool {
        self.state.with(|s| matches!(s, State::Out { .. }))
    }

    /// The user's role in a namespace; tracked.
    pub fn role_in(self, namespace: &str) -> Option<RoleName> {
        self.view().and_then(|v| v.role_in(namespace))
    }

    /// Why the user may not act in a namespace by the panel's own roles, in words; `None` if they may. Tracked.
    pub fn may_not_act(self, namespace: &str) -> Option<String> {
        let view = self.view()?;
        match view.role_in(namespace) {
            Some(RoleName::Operator | RoleName::Admin) => None,
            Some(RoleName::Viewer) => Some(format!(
                "You may look at namespace {namespace}, but not act: your role is viewer."
            )),
            None => Some(format!("You have no role in namespace {namespace}.")),
        }
    }

    /// Asks the server again.
    pub fn refresh(self) {
        spawn_local(async move {
            let state = match api::session().await {
                Ok(view) => State::In(Arc::new(view)),
                Err(p) if p.status == 401 => State::Out { insecure: is_insecure(&p) },
                // Who it is was known before.
                Err(_) if self.state.with_untracked(|s| matches!(s, State::In(_))) => return,
                Err(p) => State::Failed(p),
            };
            if self.state.with_untracked(|s| *s != state) {
                self.state.set(state);
            }
        });
    }

    /// Takes over a session that just began.
    pub fn begin(self, view: SessionView) {
        self.state.set(State::In(Arc::new(view)));
    }

    /// Forgets the session: the server ended it, or it was logged out.
    pub fn close(self, insecure: bool) {
        if !self.is_out_untracked() {
            self.state.set(State::Out { insecure });
        }
    }

    /// The server could not be asked so far.
    pub fn is_unknown_untracked(self) -> bool {
        self.state.with_untracked(|s| matches!(s, State::Failed(_)))
    }

    fn is_out_untracked(self) -> bool {
        self.state.with_untracked(|s| matches!(s, State::Out { .. }))
    }
}

/// `extra.insecureOrigin` of the answer to an anonymous `GET session`.
fn is_insecure(problem: &Problem) -> bool {
    problem
        .extra
        .as_ref()
        .and_then(|e| e.get("insecureOrigin"))
        .and_then(serde_json::Value::as_bool)
        .unwrap_or(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_insecure_origin_is_read_off_the_problem() {
        let mut problem = Problem {
            status: 401,
            code: "not-logged-in".into(),
            title: String::new(),
            detail: String::new(),
            extra: Some(serde_json::json!({ "insecureOrigin": true })),
        };
        assert!(is_insecure(&problem));
        problem.extra = None;
        assert!(!is_insecure(&problem));
    }
}
