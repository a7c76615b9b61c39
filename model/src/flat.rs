//! Enums that are one flat object in JSON, read through a struct with all their fields.
//!
//! What serde derives for a tagged enum keeps the whole object aside until it has seen the tag, and compiles every type
//! inside a second time for that. In the browser app this is several kilobytes, for the same JSON.

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;

use crate::action::PatchOp;
use crate::pod::{ContainerState, Exit};
use crate::set::{RollingUpdate, UpdateStrategy};

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum OpName {
    Test,
    Add,
    Replace,
    Remove,
}

/// [`PatchOp`].
#[derive(Deserialize)]
pub(crate) struct FlatOp {
    op: OpName,
    path: String,
    #[serde(default)]
    value: Value,
}

impl From<FlatOp> for PatchOp {
    fn from(FlatOp { op, path, value }: FlatOp) -> Self {
        match op {
            OpName::Test => Self::Test { path, value },
            OpName::Add => Self::Add { path, value },
            OpName::Replace => Self::Replace { path, value },
            OpName::Remove => Self::Remove { path },
        }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
enum StateName {
    None,
    Waiting,
    Running,
    Terminated,
}

/// [`ContainerState`].
#[derive(Deserialize)]
pub(crate) struct FlatState {
    state: StateName,
    reason: Option<String>,
    message: Option<String>,
    code: Option<i32>,
    #[serde(default, with = "crate::when::option")]
    at: Option<Timestamp>,
}

impl TryFrom<FlatState> for ContainerState {
    type Error = &'static str;

    fn try_from(
        FlatState { state, reason, message, code, at }: FlatState,
    ) -> Result<Self, Self::Error> {
        Ok(match state {
            StateName::None => Self::None,
            StateName::Waiting => Self::Waiting { reason, message },
            StateName::Running => Self::Running,
            StateName::Terminated => {
                let code = code.ok_or("a terminated container has an exit code")?;
                Self::Terminated(Exit { code, reason, at })
            }
        })
    }
}

#[derive(Deserialize)]
enum StrategyName {
    RollingUpdate,
    OnDelete,
    Other,
}

/// [`UpdateStrategy`].
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Strategy {
    r#type: StrategyName,
    rolling_update: Option<RollingUpdate>,
    name: Option<String>,
}

impl TryFrom<Strategy> for UpdateStrategy {
    type Error = &'static str;

    fn try_from(Strategy { r#type, rolling_update, name }: Strategy) -> Result<Self, Self::Error> {
        Ok(match r#type {
            StrategyName::RollingUpdate => Self::RollingUpdate { rolling_update },
            StrategyName::OnDelete => Self::OnDelete,
            StrategyName::Other => Self::Other { name: name.ok_or("another strategy has a name")? },
        })
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Debug;

    use serde::Serialize;
    use serde::de::DeserializeOwned;
    use serde_json::json;

    use super::*;

    fn there_and_back<T: Serialize + DeserializeOwned + PartialEq + Debug>(value: &T, is: &Value) {
        let written = serde_json::to_value(value).unwrap();
        assert_eq!(written, *is);
        assert_eq!(serde_json::from_value::<T>(written).unwrap(), *value);
    }

    #[test]
    fn operations_of_a_patch_come_back() {
        let path = || "/spec".to_owned();
        let number = || json!(3);
        there_and_back(
            &PatchOp::Test { path: path(), value: number() },
            &json!({"op": "test", "path": "/spec", "value": 3}),
        );
        there_and_back(
            &PatchOp::Add { path: path(), value: number() },
            &json!({"op": "add", "path": "/spec", "value": 3}),
        );
        there_and_back(
            &PatchOp::Replace { path: path(), value: Value::Null },
            &json!({"op": "replace", "path": "/spec", "value": null}),
        );
        there_and_back(
            &PatchOp::Remove { path: path() },
            &json!({"op": "remove", "path": "/spec"}),
        );
    }

    #[test]
    fn states_of_a_container_come_back() {
        let reason = || Some("OOMKilled".to_owned());
        there_and_back(&ContainerState::None, &json!({"state": "none"}));
        there_and_back(&ContainerState::Running, &json!({"state": "running"}));
        there_and_back(
            &ContainerState::Waiting { reason: reason(), message: None },
            &json!({"state": "waiting", "reason": "OOMKilled"}),
        );
        let at = Some("2026-02-03T04:05:06Z".parse().unwrap());
        there_and_back(
            &ContainerState::Terminated(Exit { code: 137, reason: reason(), at }),
            &json!({"state": "terminated", "code": 137, "reason": "OOMKilled", "at": "2026-02-03T04:05:06Z"}),
        );
        assert!(serde_json::from_str::<ContainerState>(r#"{"state":"terminated"}"#).is_err());
    }

    #[test]
    fn strategies_come_back() {
        there_and_back(&UpdateStrategy::OnDelete, &json!({"type": "OnDelete"}));
        there_and_back(
            &UpdateStrategy::Other { name: "Recreate".to_owned() },
            &json!({"type": "Other", "name": "Recreate"}),
        );
        let rolling_update = Some(RollingUpdate { partition: Some(2), max_unavailable: None });
        there_and_back(
            &UpdateStrategy::RollingUpdate { rolling_update },
            &json!({"type": "RollingUpdate", "rollingUpdate": {"partition": 2}}),
        );
        there_and_back(
            &UpdateStrategy::RollingUpdate { rolling_update: None },
            &json!({"type": "RollingUpdate", "rollingUpdate": null}),
        );
        assert!(serde_json::from_str::<UpdateStrategy>(r#"{"type":"Other"}"#).is_err());
    }
}
