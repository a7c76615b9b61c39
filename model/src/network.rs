//! Whether the per-pod DNS names of a set resolve, and why not.

use serde::{Deserialize, Serialize};

use crate::facts::Facts;

/// One finding.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Check {
    pub ok: bool,
    pub sentence: String,
}

/// What is to be said about the governing Service, the reason why names do not resolve first.
pub fn checks(facts: &Facts) -> Vec<Check> {
    let _ = facts;
    Vec::new()
}
