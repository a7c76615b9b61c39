//! Templates of recorded revisions: what a roll back puts in place.

use async_trait::async_trait;
use model::action::{Action, Refusal, RefusalCode};
use model::facts::Facts;
use serde_json::Value;

use super::{ActError, Actions};

/// What was recorded of the revisions of sets.
#[async_trait]
pub trait Templates: Send + Sync {
    /// The digest of the template of this revision of the set with this uid, `None` if the set was never seen to have it.
    async fn hash_of(&self, set_uid: &str, revision: &str) -> anyhow::Result<Option<String>>;

    /// The pod template with this digest.
    async fn template(&self, hash: &str) -> anyhow::Result<Option<Value>>;
}

impl Actions {
    /// The action as it is judged: a roll back names its template by digest, also where Kubernetes has forgotten the revision.
    pub(super) async fn completed(
        &self,
        facts: &Facts,
        action: &Action,
    ) -> Result<Action, ActError> {
        let Action::RollBack { revision, hash, partition } = action else {
            return Ok(action.clone());
        };
        if facts.revision(revision).is_some() {
            return Ok(action.clone());
        }
        let recorded = self.templates.hash_of(&facts.set.uid, revision).await.map_err(unread)?;
        if let (Some(recorded), Some(given)) = (&recorded, hash)
            && recorded != given
        {
            let reason = format!("{revision} holds another template than the one you saw.");
            return Err(Refusal { code: RefusalCode::NotNow, reason }.into());
        }
        // What the caller says of a revision that nobody recorded counts for nothing.
        let (revision, partition) = (revision.clone(), *partition);
        Ok(Action::RollBack { revision, hash: recorded, partition })
    }

    /// The template that this action puts in place.
    pub(super) async fn template_of(
        &self,
        facts: &Facts,
        action: &Action,
    ) -> Result<Option<Value>, ActError> {
        let Action::RollBack { revision, hash, .. } = action else { return Ok(None) };
        let known = facts.revision(revision).map(|r| r.hash.as_str());
        let found = match known.or(hash.as_deref()) {
            Some(hash) => self.templates.template(hash).await.map_err(unread)?,
            None => None,
        };
        if found.is_none() {
            let label = facts.revision_label(revision);
            let reason = format!("The template of {label} has not been recorded (yet).");
            return Err(Refusal { code: RefusalCode::NotNow, reason }.into());
        }
        Ok(found)
    }
}

#[expect(clippy::needless_pass_by_value, reason = "the signature that map_err asks for")]
fn unread(error: anyhow::Error) -> ActError {
    ActError::Journal(error.to_string())
}
