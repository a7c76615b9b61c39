//! Rows of the history as they are read.

use model::set::SetKey;
use model::wire::{Actor, EventView, Outcome, RolloutView};
use sqlx::FromRow;

use super::StoreError;
use crate::history::credit::{Credit, Origin};
use crate::history::data::{Kind, outcome_of};
use crate::history::time;

/// An event with the set it belongs to.
#[derive(Debug, FromRow)]
pub(super) struct EventRow {
    pub(super) id: i64,
    pub(super) at: i64,
    pub(super) namespace: String,
    pub(super) name: String,
    pub(super) kind: String,
    pub(super) sentence: String,
    pub(super) ordinal: Option<u32>,
    pub(super) rollout: Option<i64>,
    pub(super) source: Option<String>,
    pub(super) actor: Option<String>,
    pub(super) reason: Option<String>,
    pub(super) action: Option<String>,
    pub(super) away: bool,
}

fn actor(
    source: Option<&str>,
    name: Option<String>,
    reason: Option<String>,
    at: i64,
) -> Result<Option<Actor>, StoreError> {
    let Some(source) = source else { return Ok(None) };
    let origin = Origin::parse(source)
        .ok_or_else(|| StoreError::Record(format!("unknown source {source}")))?;
    Ok(Some(Credit { origin, name, at, reason, action: None }.actor()))
}

impl TryFrom<EventRow> for EventView {
    type Error = StoreError;

    fn try_from(row: EventRow) -> Result<Self, StoreError> {
        let Some(Kind::Listed(kind)) = Kind::parse(&row.kind) else {
            return Err(StoreError::Record(format!("event {} of kind {}", row.id, row.kind)));
        };
        let mut sentence = row.sentence;
        if row.away {
            sentence.push_str(" (while the panel did not look)");
        }
        Ok(Self {
            id: row.id,
            at: time(row.at),
            set: SetKey::new(row.namespace, row.name),
            kind,
            sentence,
            ordinal: row.ordinal,
            rollout: row.rollout,
            actor: actor(row.source.as_deref(), row.actor, row.reason, row.at)?,
            action: row.action,
        })
    }
}

/// A rollout with the hashes of both templates.
#[derive(Debug, FromRow)]
pub(super) struct RolloutRow {
    pub(super) id: i64,
    pub(super) from_label: Option<String>,
    pub(super) from_hash: Option<String>,
    pub(super) to_label: String,
    pub(super) to_hash: Option<String>,
    pub(super) started: i64,
    pub(super) ended: Option<i64>,
    pub(super) outcome: String,
    pub(super) source: Option<String>,
    pub(super) actor: Option<String>,
    pub(super) reason: Option<String>,
    /// The highest under which the revision was seen.
    pub(super) from_number: Option<i64>,
    /// The same.
    pub(super) to_number: Option<i64>,
}

impl RolloutRow {
    /// As it is shown, with what changed between its templates.
    pub(super) fn view(self, changes: Vec<String>) -> Result<RolloutView, StoreError> {
        let outcome = outcome_of(&self.outcome)
            .ok_or_else(|| StoreError::Record(format!("unknown outcome {}", self.outcome)))?;
        // Kubernetes takes a revision up again under a new number.
        let now = |number: Option<i64>, then: Option<&str>| {
            let label = number.map(|n| format!("r{n}"));
            label.filter(|label| then.is_some_and(|then| then != label))
        };
        Ok(RolloutView {
            id: self.id,
            from_now: now(self.from_number, self.from_label.as_deref()),
            to_now: now(self.to_number, Some(&self.to_label)),
            from: self.from_label,
            to: self.to_label,
            started: time(self.started),
            ended: self.ended.map(time),
            outcome,
            held: None,
            actor: actor(self.source.as_deref(), self.actor, self.reason, self.started)?,
            changes,
        })
    }
}

/// The word of an outcome in the database. A dry run is never stored.
pub(super) fn outcome_code(outcome: Outcome) -> Result<&'static str, StoreError> {
    match outcome {
        Outcome::Pending => Ok("pending"),
        Outcome::Applied => Ok("applied"),
        Outcome::Refused => Ok("refused"),
        Outcome::Unknown => Ok("unknown"),
        Outcome::DryRun => Err(StoreError::Record("a dry run is not kept".to_owned())),
    }
}

/// The reverse of [`outcome_code`].
pub(super) fn outcome(code: &str) -> Result<Outcome, StoreError> {
    match code {
        "pending" => Ok(Outcome::Pending),
        "applied" => Ok(Outcome::Applied),
        "refused" => Ok(Outcome::Refused),
        "unknown" => Ok(Outcome::Unknown),
        _ => Err(StoreError::Record(format!("unknown outcome {code}"))),
    }
}
