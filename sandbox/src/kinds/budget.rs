//! PodDisruptionBudgets. Source: kubernetes `pkg/apis/policy/validation`.

use serde_json::{Value, json};

use crate::refusal::Cause;

pub(super) fn default_new(budget: &mut Value) {
    budget["status"] = json!({
        "currentHealthy": 0, "desiredHealthy": 0, "disruptionsAllowed": 0, "expectedPods": 0,
    });
}

pub(super) fn any(budget: &Value) -> Vec<Cause> {
    let spec = &budget["spec"];
    if spec.get("minAvailable").is_some() && spec.get("maxUnavailable").is_some() {
        let why = "minAvailable and maxUnavailable cannot be both set";
        return vec![Cause::invalid("spec", spec, why)];
    }
    Vec::new()
}
