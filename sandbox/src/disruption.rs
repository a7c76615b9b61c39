//! The status of PodDisruptionBudgets. Source: kubernetes `pkg/controller/disruption/disruption.go`.

use serde_json::{Value, json};

use crate::kind::Kind;
use crate::object::{self, Key, holds, number};
use crate::store::selector::Selector;
use crate::world::{CONTROLLERS, Part, World};

pub(crate) fn look(world: &mut World, key: &Key) {
    let Some(budget) = world.store.get(key).cloned() else { return };
    let pods = selected(world, &budget);
    let healthy = pods.iter().filter(|p| holds(p, "Ready") && !object::is_terminating(p)).count();
    let healthy = i64::try_from(healthy).unwrap_or_default();
    let expected = expected(world, &pods);
    let spec = &budget["spec"];
    let desired = match (spec.get("minAvailable"), spec.get("maxUnavailable")) {
        (Some(min), _) => scaled(min, expected),
        (None, Some(max)) => (expected - scaled(max, expected)).max(0),
        (None, None) => 0,
    };
    let allowed = if expected == 0 { 0 } else { (healthy - desired).max(0) };
    let generation = object::generation(&budget);
    let now = world.now;
    let changed = world.change(key, Part::Status, CONTROLLERS, |budget| {
        let status = object::object_at(budget, "status");
        status.insert("currentHealthy".into(), json!(healthy));
        status.insert("desiredHealthy".into(), json!(desired));
        status.insert("disruptionsAllowed".into(), json!(allowed));
        status.insert("expectedPods".into(), json!(expected));
        status.insert("observedGeneration".into(), json!(generation));
        let reason = if allowed > 0 { "SufficientPods" } else { "InsufficientPods" };
        object::set_condition(budget, "DisruptionAllowed", allowed > 0, reason, "", now);
        // The type has no probe time, and a message is required.
        if let Some(Value::Array(all)) = budget.pointer_mut("/status/conditions") {
            for condition in all {
                if let Some(map) = condition.as_object_mut() {
                    map.remove("lastProbeTime");
                    map.entry("message").or_insert(json!(""));
                    map.insert("observedGeneration".into(), json!(generation));
                }
            }
        }
    });
    if let Err(refusal) = changed {
        tracing::warn!("cannot write the status of {}: {}", key.name, refusal.message);
    }
}

/// Pods that a budget is about, but those that ended.
fn selected(world: &World, budget: &Value) -> Vec<std::sync::Arc<Value>> {
    let Some(selector) = Selector::of_object(&budget["spec"]["selector"]) else {
        return Vec::new();
    };
    let ended = |p: &Value| ["Failed", "Succeeded"].contains(&object::text(p, "/status/phase"));
    let all = world.store.list(Kind::Pod, object::namespace(budget));
    all.filter(|p| selector.matches(p) && !ended(p)).cloned().collect()
}

/// Budgets of a pod.
pub(crate) fn budgets_of(world: &World, pod: &Value) -> Vec<std::sync::Arc<Value>> {
    let all = world.store.list(Kind::Budget, object::namespace(pod));
    all.filter(|b| Selector::of_object(&b["spec"]["selector"]).is_some_and(|s| s.matches(pod)))
        .cloned()
        .collect()
}

/// What the owners of the pods want, else as many as there are.
fn expected(world: &World, pods: &[std::sync::Arc<Value>]) -> i64 {
    let mut sets: Vec<Key> = Vec::new();
    let mut others = 0;
    for pod in pods {
        let owner = object::controller(pod)
            .and_then(|o| crate::react::owner_key(object::namespace(pod), o))
            .filter(|k| k.kind == Kind::Set && world.store.get(k).is_some());
        match owner {
            Some(key) if sets.contains(&key) => {}
            Some(key) => sets.push(key),
            None => others += 1,
        }
    }
    let wanted: i64 =
        sets.iter().filter_map(|key| number(world.store.get(key)?, "/spec/replicas")).sum();
    wanted + others
}

/// A number, or a share of the total rounded up.
fn scaled(value: &Value, total: i64) -> i64 {
    match value {
        Value::String(text) => {
            let percent: i64 = text.trim_end_matches('%').parse().unwrap_or_default();
            (total * percent + 99) / 100
        }
        other => other.as_i64().unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_rounded_up() {
        assert_eq!(scaled(&json!("50%"), 3), 2);
        assert_eq!(scaled(&json!("100%"), 3), 3);
        assert_eq!(scaled(&json!(2), 3), 2);
    }
}
