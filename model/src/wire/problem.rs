//! Errors over HTTP.

use serde::{Deserialize, Serialize};

/// RFC 9457 `application/problem+json`, with a stable `code`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Problem {
    /// HTTP status.
    pub status: u16,
    /// Stable and machine-readable, such as `conflict` or `refused-by-cluster`.
    pub code: String,
    /// Short and the same for each occurrence of the code.
    pub title: String,
    /// A sentence that a person can act on.
    pub detail: String,
    /// What the request was about: the field, the pod, the answer of the API server.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub extra: Option<serde_json::Value>,
}
