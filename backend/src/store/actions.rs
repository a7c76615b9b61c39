//! Rows of the table `action`.

use model::set::SetKey;
use sqlx::FromRow;

use super::{StoreError, rows};
use crate::actions::Entry;
use crate::history::time;

/// An action as it is stored.
#[derive(Debug, FromRow)]
pub(super) struct ActionRow {
    pub(super) id: String,
    pub(super) set_uid: String,
    pub(super) namespace: String,
    pub(super) name: String,
    pub(super) user: String,
    pub(super) acted_as: Option<String>,
    pub(super) idempotency_key: Option<String>,
    pub(super) request: String,
    pub(super) summary: String,
    pub(super) generation: i64,
    pub(super) at: i64,
    pub(super) outcome: String,
    pub(super) ended: Option<i64>,
    pub(super) result: Option<String>,
    pub(super) error: Option<String>,
}

/// Reads JSON of a column.
fn read<T: serde::de::DeserializeOwned>(what: &str, json: &str) -> Result<T, StoreError> {
    serde_json::from_str(json).map_err(|e| StoreError::Record(format!("{what}: {e}")))
}

impl TryFrom<ActionRow> for Entry {
    type Error = StoreError;

    fn try_from(row: ActionRow) -> Result<Self, StoreError> {
        Ok(Self {
            request: read("the request of an action", &row.request)?,
            result: row
                .result
                .as_deref()
                .map(|json| read("the result of an action", json))
                .transpose()?,
            outcome: rows::outcome(&row.outcome)?,
            set: SetKey::new(row.namespace, row.name),
            id: row.id,
            set_uid: row.set_uid,
            user: row.user,
            acted_as: row.acted_as,
            idempotency_key: row.idempotency_key,
            summary: row.summary,
            generation: row.generation,
            at: time(row.at),
            ended: row.ended.map(time),
            error: row.error,
        })
    }
}
