//! JSON patch (RFC 6902).

use json_patch::{Patch, PatchOperation};
use serde_json::Value;

use crate::kind::Kind;
use crate::refusal::Refusal;

pub(super) fn read(body: &[u8]) -> Result<Patch, Refusal> {
    serde_json::from_slice(body)
        .map_err(|e| Refusal::bad_request(format!("error decoding patch: {e}")))
}

/// A `test` that fails is a 422 as well. Source: apiserver `endpoints/handlers/patch.go`, `applyJSPatch`.
pub(super) fn onto(
    patch: &Patch,
    kind: Kind,
    name: &str,
    object: &Value,
) -> Result<Value, Refusal> {
    let mut patched = object.clone();
    // One after the other: what an operation meets is what those before it made.
    let mut apply = |operation: &PatchOperation| {
        if tests_for_absence(operation, &patched) {
            return Ok(());
        }
        json_patch::patch(&mut patched, std::slice::from_ref(operation))
    };
    patch.iter().try_for_each(&mut apply).map_err(|error| {
        tracing::debug!("a JSON patch of {} {name} fails: {error}", kind.info().singular);
        // The real server does not say which operation it was either.
        let mut refusal = Refusal::new(
            422,
            "Invalid",
            "the server rejected our request due to an error in our request",
        );
        refusal.details = Some(serde_json::json!({}));
        refusal
    })?;
    Ok(patched)
}

/// A test for null passes on a member that is not there. Source: evanphx/json-patch `patch.go`, `test`, which the API server
/// uses.
fn tests_for_absence(operation: &PatchOperation, object: &Value) -> bool {
    matches!(operation, PatchOperation::Test(t)
        if t.value.is_null() && object.pointer(t.path.as_str()).is_none())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_failed_test_is_422_and_changes_nothing() {
        let object = json!({"metadata": {"uid": "a"}, "spec": {"replicas": 1}});
        let patch = read(
            br#"[{"op":"test","path":"/metadata/uid","value":"b"},{"op":"replace","path":"/spec/replicas","value":2}]"#,
        )
        .unwrap();
        assert_eq!(onto(&patch, Kind::Set, "web", &object).unwrap_err().code, 422);
    }

    #[test]
    fn a_test_for_null_passes_only_where_nothing_is() {
        let patch = read(
            br#"[{"op":"test","path":"/metadata/annotations","value":null},{"op":"add","path":"/metadata/annotations","value":{"a":"b"}}]"#,
        )
        .unwrap();
        let absent = json!({"metadata": {"uid": "a"}});
        let patched = onto(&patch, Kind::Set, "web", &absent).unwrap();
        assert_eq!(patched, json!({"metadata": {"uid": "a", "annotations": {"a": "b"}}}));
        let there = json!({"metadata": {"annotations": {"c": "d"}}});
        assert_eq!(onto(&patch, Kind::Set, "web", &there).unwrap_err().code, 422);
    }
}
