//! What callers may do, as the cluster says, remembered for a minute.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures::future::try_join_all;
use jiff::{SignedDuration, Timestamp};

use super::{Access, ApiError, Caller, Cluster};
use crate::clock::Clock;

/// How long an answer is believed.
const REMEMBERED: SignedDuration = SignedDuration::from_mins(1);
/// Answers kept at most: some hundred bytes each.
const KEPT: usize = 20_000;
/// Reviews asked at a time for one caller.
const AT_ONCE: usize = 8;

/// Namespaces in which something is permitted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Allowed {
    /// In every namespace, those to come included.
    Everywhere,
    /// In these of the namespaces asked about.
    In(Vec<String>),
}

impl Allowed {
    pub fn contains(&self, namespace: &str) -> bool {
        match self {
            Self::Everywhere => true,
            Self::In(all) => all.iter().any(|n| n == namespace),
        }
    }
}

/// The access reviews of a cluster, cached per caller. Cheap to clone.
#[derive(Clone)]
pub struct Rights(Arc<Inner>);

struct Inner {
    cluster: Arc<dyn Cluster>,
    clock: Clock,
    answers: Mutex<HashMap<(Caller, Access), Answer>>,
}

#[derive(Clone, Copy)]
struct Answer {
    at: Timestamp,
    allowed: bool,
}

impl std::fmt::Debug for Rights {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Rights").field("answers", &self.answers().len()).finish_non_exhaustive()
    }
}

impl Rights {
    pub fn new(cluster: Arc<dyn Cluster>, clock: Clock) -> Self {
        Self(Arc::new(Inner { cluster, clock, answers: Mutex::default() }))
    }

    fn answers(&self) -> MutexGuard<'_, HashMap<(Caller, Access), Answer>> {
        // An answer is inserted whole or not at all.
        self.0.answers.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether the caller may. A right in all namespaces is asked for first: most callers have it or not, and then one
    /// answer serves every namespace.
    ///
    /// # Errors
    /// If the cluster does not answer; that is not remembered.
    pub async fn may(&self, caller: &Caller, access: &Access) -> Result<bool, ApiError> {
        if access.namespace.is_some() {
            let everywhere = Access { namespace: None, ..access.clone() };
            if self.ask(caller, &everywhere).await? {
                return Ok(true);
            }
        }
        self.ask(caller, access).await
    }

    /// In which of these namespaces the caller may do what `access` says (whose own namespace is not looked at).
    ///
    /// # Errors
    /// If the cluster does not answer.
    pub async fn where_may(
        &self,
        caller: &Caller,
        access: &Access,
        namespaces: &[String],
    ) -> Result<Allowed, ApiError> {
        let everywhere = Access { namespace: None, ..access.clone() };
        if self.ask(caller, &everywhere).await? {
            return Ok(Allowed::Everywhere);
        }
        let mut allowed = Vec::new();
        for some in namespaces.chunks(AT_ONCE) {
            let asked = some.iter().map(|namespace| async move {
                let access = Access { namespace: Some(namespace.clone()), ..access.clone() };
                self.ask(caller, &access).await
            });
            let answers = try_join_all(asked).await?;
            allowed
                .extend(some.iter().zip(answers).filter(|(_, may)| *may).map(|(n, _)| n.clone()));
        }
        Ok(Allowed::In(allowed))
    }

    async fn ask(&self, caller: &Caller, access: &Access) -> Result<bool, ApiError> {
        let key = (caller.clone(), access.clone());
        let now = self.0.clock.now();
        if let Some(answer) = self.answers().get(&key).filter(|a| is_fresh(a, now)) {
            return Ok(answer.allowed);
        }
        let allowed = self.0.cluster.may(caller, access).await?;
        let mut answers = self.answers();
        if answers.len() >= KEPT {
            answers.retain(|_, answer| is_fresh(answer, now));
            if answers.len() >= KEPT {
                answers.clear();
            }
        }
        answers.insert(key, Answer { at: now, allowed });
        Ok(allowed)
    }

    /// Forgets what was answered for the caller, such as after a refusal that contradicts it.
    pub fn forget(&self, caller: &Caller) {
        self.answers().retain(|(of, _), _| of != caller);
    }
}

fn is_fresh(answer: &Answer, now: Timestamp) -> bool {
    let age = now.duration_since(answer.at);
    age < REMEMBERED && age > -REMEMBERED
}

#[cfg(test)]
mod tests;
