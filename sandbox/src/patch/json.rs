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
    let done = patch.0.iter().try_for_each(|operation| {
        if tests_absence(operation, &patched) {
            return Ok(());
        }
        json_patch::patch(&mut patched, std::slice::from_ref(operation))
    });
    done.map_err(|error| {
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

/// A test for null passes where the member is absent, if what it would be a member of is there.
/// Source: `github.com/evanphx/json-patch`, `patch.go`, `test`. Seen on 1.36.3.
fn tests_absence(operation: &PatchOperation, object: &Value) -> bool {
    let PatchOperation::Test(test) = operation else { return false };
    let path = test.path.as_str();
    let Some((parent, _)) = path.rsplit_once('/') else { return false };
    test.value.is_null()
        && object.pointer(path).is_none()
        && object.pointer(parent).is_some_and(Value::is_object)
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
    fn a_test_for_null_passes_on_what_is_absent() {
        let object = json!({"metadata": {"uid": "a"}});
        let patch = read(
            br#"[{"op":"test","path":"/metadata/annotations","value":null},{"op":"add","path":"/metadata/annotations","value":{"a":"b"}},{"op":"test","path":"/metadata/uid","value":"a"}]"#,
        )
        .unwrap();
        let patched = onto(&patch, Kind::Set, "web", &object).unwrap();
        assert_eq!(patched["metadata"]["annotations"]["a"], "b");
        assert_eq!(onto(&patch, Kind::Set, "web", &patched).unwrap_err().code, 422, "there by now");
        let deep = read(br#"[{"op":"test","path":"/spec/template/x","value":null}]"#).unwrap();
        assert_eq!(onto(&deep, Kind::Set, "web", &object).unwrap_err().code, 422);
    }
}
