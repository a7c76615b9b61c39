use serde_json::Value;

use super::Change;

pub(super) fn changes(_from: &Value, _to: &Value, _reveal: bool) -> Vec<Change> {
    Vec::new()
}
