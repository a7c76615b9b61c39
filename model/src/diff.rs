//! Differences of two pod templates, as sentences.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// One difference.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Change {
    /// `image`, `env`, `resources`, `probe`, `volume`, `label`, `annotation`, `command`, `other`: which icon.
    pub kind: String,
    /// "Container postgres changes image from 16.3 to 16.4."
    pub sentence: String,
}

/// What changes from one pod template (`spec.template`) to another. Equal templates give none.
///
/// Literal environment values are never part of a sentence unless `reveal` is set: they may be secrets.
pub fn changes(from: &Value, to: &Value, reveal: bool) -> Vec<Change> {
    sentences::changes(from, to, reveal)
}

mod sentences;
