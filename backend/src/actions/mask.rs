//! Literal environment values of templates: they may be secrets, and are masked in all that is shown or kept of an action.

use model::action::PatchOp;
use serde_json::Value;

/// What stands in the place of a literal environment value.
pub(crate) const HIDDEN: &str = "(hidden)";

/// The template with literal environment values replaced.
pub(crate) fn masked(template: &Value) -> Value {
    let mut copy = template.clone();
    each_literal(&mut copy, |_, value| HIDDEN.clone_into(value));
    copy
}

/// Masks the templates that a patch writes.
pub(crate) fn mask_patch(patch: &mut [PatchOp]) {
    for op in patch {
        let (PatchOp::Test { path, value }
        | PatchOp::Add { path, value }
        | PatchOp::Replace { path, value }) = op
        else {
            continue;
        };
        if path == "/spec/template" {
            *value = masked(value);
        }
    }
}

/// Container and variable.
pub(crate) type EnvPlace = (String, String);

/// Visits every literal environment value of a pod template.
pub(crate) fn each_literal(template: &mut Value, mut visit: impl FnMut(EnvPlace, &mut String)) {
    let Some(spec) = template.get_mut("spec") else { return };
    for list in ["initContainers", "containers", "ephemeralContainers"] {
        let Some(containers) = spec.get_mut(list).and_then(Value::as_array_mut) else { continue };
        for container in containers {
            let owner = text(container, "name");
            let Some(env) = container.get_mut("env").and_then(Value::as_array_mut) else {
                continue;
            };
            for variable in env {
                let name = text(variable, "name");
                if let Some(Value::String(value)) = variable.get_mut("value") {
                    visit((owner.clone(), name), value);
                }
            }
        }
    }
}

fn text(value: &Value, key: &str) -> String {
    value.get(key).and_then(Value::as_str).unwrap_or_default().to_owned()
}
