//! Actions: load → permit → forecast → write the intent → patch with preconditions → write the outcome.
//!
//! Must not know `http` and sqlx.

use async_trait::async_trait;
use jiff::Timestamp;
use model::action::Refusal;
use model::set::SetKey;
use model::wire::{ActionRequest, ActionResult, Held, Outcome};

use crate::cluster::{ApiError, Caller};

pub mod commands;
mod conflict;
pub(crate) mod mask;
mod plan;
mod recall;
mod resolve;
mod run;
mod send;
#[cfg(test)]
pub(crate) mod testing;
mod under_way;

pub use recall::Templates;
pub use run::{Actions, FactSource, Ids};

/// One request to act, already authenticated and allowed by the panel's roles.
#[derive(Clone, Debug)]
pub struct Request {
    pub key: SetKey,
    pub body: ActionRequest,
    /// The panel's user, for the history.
    pub user: String,
    /// As whom it reaches the cluster.
    pub caller: Caller,
    /// A repeated key of the same user makes the same action.
    pub idempotency_key: Option<String>,
    /// Server-side dry run: nothing is stored, here or there.
    pub dry_run: bool,
    /// By whom and why the set is held, as the history has it.
    pub held: Option<Held>,
}

/// Why an action did not happen.
#[derive(Debug, thiserror::Error)]
pub enum ActError {
    #[error("there is no StatefulSet {0}")]
    NoSuchSet(SetKey),
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The set is not what the caller saw. Nothing was changed.
    #[error("{says}")]
    Conflict {
        /// "orders-db was changed by kubectl 12 s ago."
        says: String,
        /// As it is now.
        uid: String,
        generation: i64,
    },
    /// The API server's answer; nothing was changed unless it is `Unreachable`.
    #[error(transparent)]
    Cluster(#[from] ApiError),
    /// The same Idempotency-Key with another body.
    #[error("this Idempotency-Key was used for another request")]
    KeyReused,
    /// A repeated Idempotency-Key of a request that was refused.
    #[error("{0}")]
    RefusedBefore(String),
    #[error("the action could not be recorded, so it was not done: {0}")]
    Journal(String),
}

/// An action as the journal keeps it: written before the API server is called, completed after.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// UUID v7.
    pub id: String,
    pub set: SetKey,
    pub set_uid: String,
    pub user: String,
    /// Kubernetes user it acted as, `None` for the panel's own.
    pub acted_as: Option<String>,
    pub idempotency_key: Option<String>,
    pub request: ActionRequest,
    pub summary: String,
    /// Generation before.
    pub generation: i64,
    pub at: Timestamp,
    pub outcome: Outcome,
    /// When the outcome was written.
    pub ended: Option<Timestamp>,
    /// The answer, written with the intent because of the forecast in it; as it was given once the outcome is known. See
    /// [`Entry::answer`].
    pub result: Option<ActionResult>,
    /// Why it was refused, or what of it was left undone.
    pub error: Option<String>,
}

impl Entry {
    /// The answer as it was given, or would have been where a crash came before it. `None` while the outcome is open, and of what
    /// was refused.
    pub fn answer(&self) -> Option<ActionResult> {
        if matches!(self.outcome, Outcome::Pending | Outcome::Refused) {
            return None;
        }
        let result = self.result.clone()?;
        let incomplete = match self.outcome {
            Outcome::Applied => result.incomplete.or_else(|| self.error.clone()),
            _ => result.incomplete,
        };
        Some(ActionResult { outcome: self.outcome, incomplete, ..result })
    }
}

/// Where intents and outcomes are kept.
#[async_trait]
pub trait Journal: Send + Sync {
    /// Writes the intent durably before returning. Answers the earlier entry if user and idempotency key exist already.
    async fn begin(&self, entry: &Entry) -> anyhow::Result<Option<Entry>>;

    /// Writes the outcome.
    async fn end(
        &self,
        id: &str,
        outcome: Outcome,
        at: Timestamp,
        result: Option<&ActionResult>,
        error: Option<&str>,
    ) -> anyhow::Result<()>;

    async fn find(&self, id: &str) -> anyhow::Result<Option<Entry>>;

    /// The entry of this user with this idempotency key.
    async fn by_key(&self, user: &str, key: &str) -> anyhow::Result<Option<Entry>>;

    /// Intents without an outcome, oldest first: what a crash left.
    async fn open(&self) -> anyhow::Result<Vec<Entry>>;
}
