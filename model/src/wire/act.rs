//! Actions over HTTP.

use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize};

use super::SetRow;
use crate::action::{Action, PatchOp};
use crate::forecast::Forecast;

/// What the caller saw when deciding; anything else is a conflict (409).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Expect {
    pub uid: String,
    pub generation: i64,
}

/// Body of `POST …/actions`: the action's own fields beside `reason` and `expect`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct ActionRequest {
    #[serde(flatten)]
    pub action: Action,
    /// At most 500 characters; kept in the history.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    pub expect: Expect,
}

/// `flatten` and `deny_unknown_fields` do not go together in serde: the common fields are taken out by hand, and what
/// is left must be the action and nothing else.
impl<'de> Deserialize<'de> for ActionRequest {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        use serde::de::Error;
        let mut map = serde_json::Map::deserialize(deserializer)?;
        let reason = match map.remove("reason") {
            None | Some(serde_json::Value::Null) => None,
            Some(serde_json::Value::String(s)) => Some(s),
            Some(_) => return Err(D::Error::custom("reason: expected a string")),
        };
        let expect = map.remove("expect").ok_or_else(|| D::Error::missing_field("expect"))?;
        let expect =
            serde_json::from_value(expect).map_err(|e| D::Error::custom(format!("expect: {e}")))?;
        if let Some(serde_json::Value::String(name)) = map.get("action")
            && !Action::NAMES.contains(&name.as_str())
        {
            return Err(D::Error::custom(format_args!(
                "there is no action {name:?}; the actions are {}",
                Action::NAMES.join(", ")
            )));
        }
        let action =
            serde_json::from_value(serde_json::Value::Object(map)).map_err(D::Error::custom)?;
        Ok(Self { action, reason, expect })
    }
}

/// What became of an action.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub enum Outcome {
    /// Written, not yet answered (or the server died in between and has not read it off yet).
    Pending,
    /// The API server took it.
    Applied,
    /// Checked by the API server, nothing stored (`?dryRun=true`).
    DryRun,
    /// The API server or a precondition refused it; nothing changed.
    Refused,
    /// No trace of it on the cluster after a crash, or a pod that is gone and nobody knows by whom.
    Unknown,
}

/// Answer of `POST …/actions`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct ActionResult {
    /// Id of the action (absent for a dry run); the same for a repeated `Idempotency-Key`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    pub outcome: Outcome,
    /// What of it was left undone after it had begun, and why, in one sentence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub incomplete: Option<String>,
    /// What was done, in one sentence.
    pub summary: String,
    pub forecast: Forecast,
    /// The JSON patch that is sent, literal environment values masked; empty for pod deletions and evictions.
    pub patch: Vec<PatchOp>,
    /// The command that does the same.
    pub kubectl: String,
    /// uid of the set after the action.
    pub uid: String,
    /// Generation of the set after the action.
    pub generation: i64,
    /// The row as it was when the action was judged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub row: Option<SetRow>,
}

/// `GET …/actions/{id}`: an action as the journal keeps it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct ActionView {
    pub id: String,
    pub outcome: Outcome,
    /// What was to be done, in one sentence.
    pub summary: String,
    /// The panel's user.
    pub user: String,
    /// Kubernetes user it acted as, absent for the panel's own account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acted_as: Option<String>,
    /// When it was asked for.
    #[serde(with = "crate::when")]
    pub at: Timestamp,
    /// When its outcome was known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[serde(with = "crate::when::option")]
    pub ended: Option<Timestamp>,
    /// Why it was refused, or what of it was left undone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    pub request: ActionRequest,
    /// The answer as it was given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub result: Option<ActionResult>,
}
