//! The patch of an action. Preconditions come first: uid, generation, and the old value of what is changed.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::{Action, Effect, PatchOp, Stamp, StrategyName, abort, target};
use crate::facts::Facts;
use crate::set::{ContainerImage, RollingUpdate, UpdateStrategy};
use crate::{ACTION_ANNOTATION, RESTARTED_AT};

pub(super) fn effect(facts: &Facts, action: &Action, stamp: &Stamp<'_>) -> Effect {
    let set = &facts.set;
    let mut ops = vec![
        test("/metadata/uid", json!(set.uid)),
        test("/metadata/generation", json!(set.generation)),
    ];
    match action {
        Action::DeletePod { pod, uid } => {
            return Effect::Delete { pod: pod.clone(), uid: uid.clone() };
        }
        Action::EvictPod { pod, uid } => {
            return Effect::Evict { pod: pod.clone(), uid: uid.clone() };
        }
        Action::SetPartition { .. }
        | Action::Advance { .. }
        | Action::Hold {}
        | Action::Finish {} => {
            if let Some(p) = target::partition(facts, action) {
                partition(facts, p, &mut ops);
            }
        }
        Action::SetImage { images, partition: p } => {
            image_ops(facts, images, &mut ops);
            if let Some(p) = p {
                partition(facts, *p, &mut ops);
            }
        }
        Action::Restart { partition: p } => {
            restart(facts, stamp.now, &mut ops);
            if let Some(p) = p {
                partition(facts, *p, &mut ops);
            }
        }
        Action::Scale { replicas } => {
            ops.push(test("/spec/replicas", json!(set.replicas)));
            ops.push(replace("/spec/replicas", json!(replicas)));
        }
        Action::SwitchStrategy { strategy, partition } => {
            ops.push(test("/spec/updateStrategy", strategy_json(&set.strategy)));
            ops.push(replace("/spec/updateStrategy", new_strategy(*strategy, *partition)));
        }
        Action::Abort { pods } => {
            let p = abort::partition(facts);
            if p != set.partition() {
                partition(facts, p, &mut ops);
            }
            annotate(facts, stamp.id, &mut ops);
            let pods = abort::in_order(set, pods);
            return Effect::PatchThenDelete { patch: ops, pods };
        }
        Action::RollBack { partition: p, .. } => {
            if let Some(template) = stamp.template {
                // The generation that was tested is that of the template as it is.
                ops.push(replace("/spec/template", plain(template)));
            }
            if let Some(p) = p {
                partition(facts, *p, &mut ops);
            }
        }
        Action::SetMaxUnavailable { max_unavailable } => {
            rolling_update(facts, "maxUnavailable", int_or_string(max_unavailable), &mut ops);
        }
    }
    annotate(facts, stamp.id, &mut ops);
    Effect::Patch(ops)
}

/// The template without the directive that a ControllerRevision carries for strategic merges.
fn plain(template: &Value) -> Value {
    let mut template = template.clone();
    if let Some(map) = template.as_object_mut() {
        map.remove("$patch");
    }
    template
}

fn test(path: impl Into<String>, value: Value) -> PatchOp {
    PatchOp::Test { path: path.into(), value }
}

fn replace(path: impl Into<String>, value: Value) -> PatchOp {
    PatchOp::Replace { path: path.into(), value }
}

fn add(path: impl Into<String>, value: Value) -> PatchOp {
    PatchOp::Add { path: path.into(), value }
}

/// A key as part of a JSON pointer (RFC 6901).
fn escape(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}

fn partition(facts: &Facts, value: u32, ops: &mut Vec<PatchOp>) {
    rolling_update(facts, "partition", json!(value), ops);
}

/// Sets a field of `rollingUpdate` below the nearest parent that exists.
fn rolling_update(facts: &Facts, field: &str, value: Value, ops: &mut Vec<PatchOp>) {
    const PARENT: &str = "/spec/updateStrategy/rollingUpdate";
    let UpdateStrategy::RollingUpdate { rolling_update } = &facts.set.strategy else { return };
    let Some(rolling) = rolling_update else {
        ops.push(test("/spec/updateStrategy", strategy_json(&facts.set.strategy)));
        ops.push(add(PARENT, json!({ field: value })));
        return;
    };
    let now = rolling_update_json(rolling);
    let path = format!("{PARENT}/{field}");
    if let Some(old) = now.get(field) {
        ops.push(test(path.clone(), old.clone()));
        ops.push(replace(path, value));
    } else {
        ops.push(test(PARENT, now));
        ops.push(add(path, value));
    }
}

/// int-or-string: a number stays a number.
pub(super) fn int_or_string(text: &str) -> Value {
    text.parse::<u32>().map_or_else(|_| json!(text), |n| json!(n))
}

fn rolling_update_json(r: &RollingUpdate) -> Value {
    let mut map = serde_json::Map::new();
    if let Some(p) = r.partition {
        map.insert("partition".to_owned(), json!(p));
    }
    if let Some(m) = &r.max_unavailable {
        map.insert("maxUnavailable".to_owned(), int_or_string(m));
    }
    Value::Object(map)
}

fn strategy_json(strategy: &UpdateStrategy) -> Value {
    match strategy {
        UpdateStrategy::RollingUpdate { rolling_update: None } => {
            json!({ "type": "RollingUpdate" })
        }
        UpdateStrategy::RollingUpdate { rolling_update: Some(r) } => {
            json!({ "type": "RollingUpdate", "rollingUpdate": rolling_update_json(r) })
        }
        UpdateStrategy::OnDelete => json!({ "type": "OnDelete" }),
        UpdateStrategy::Other { name } => json!({ "type": name }),
    }
}

fn new_strategy(strategy: StrategyName, partition: Option<u32>) -> Value {
    match strategy {
        // `rollingUpdate` must be absent under OnDelete: the whole value is replaced.
        StrategyName::OnDelete => json!({ "type": "OnDelete" }),
        StrategyName::RollingUpdate => json!({
            "type": "RollingUpdate",
            "rollingUpdate": { "partition": partition.unwrap_or(0) },
        }),
    }
}

fn image_ops(facts: &Facts, images: &[ContainerImage], ops: &mut Vec<PatchOp>) {
    let set = &facts.set;
    for wanted in images {
        let lists = [("containers", &set.containers), ("initContainers", &set.init_containers)];
        for (list, known) in lists {
            let Some(i) = known.iter().position(|c| c.container == wanted.container) else {
                continue;
            };
            if known[i].image == wanted.image {
                continue;
            }
            let at = format!("/spec/template/spec/{list}/{i}");
            ops.push(test(format!("{at}/name"), json!(wanted.container)));
            ops.push(test(format!("{at}/image"), json!(known[i].image)));
            ops.push(replace(format!("{at}/image"), json!(wanted.image)));
        }
    }
}

/// kubectl writes whole seconds (RFC 3339). A second restart within the same second would change nothing then, so it is told
/// apart by a fraction, which is later than the one that stands there.
pub(super) fn restarted_at(facts: &Facts, now: Timestamp) -> String {
    let stands = facts.set.restarted_at.as_ref().and_then(|at| at.parse::<Timestamp>().ok());
    match stands.filter(|at| at.as_second() == now.as_second()) {
        Some(at) => {
            let past = Timestamp::from_millisecond(at.as_millisecond() + 1);
            past.map_or(now, |past| past.max(now)).to_string()
        }
        None => Timestamp::from_second(now.as_second()).unwrap_or(now).to_string(),
    }
}

fn restart(facts: &Facts, now: Timestamp, ops: &mut Vec<PatchOp>) {
    const PARENT: &str = "/spec/template/metadata/annotations";
    let value = json!(restarted_at(facts, now));
    if !facts.set.template_has_annotations {
        ops.push(test(PARENT, Value::Null));
        ops.push(add(PARENT, json!({ RESTARTED_AT: value })));
        return;
    }
    let path = format!("{PARENT}/{}", escape(RESTARTED_AT));
    let old = facts.set.restarted_at.as_ref().map_or(Value::Null, |v| json!(v));
    ops.push(test(path.clone(), old));
    ops.push(add(path, value));
}

/// The action's id, so that after a crash the outcome can be read off. `add` replaces an existing value.
fn annotate(facts: &Facts, id: &str, ops: &mut Vec<PatchOp>) {
    const PARENT: &str = "/metadata/annotations";
    if facts.set.has_annotations {
        ops.push(add(format!("{PARENT}/{}", escape(ACTION_ANNOTATION)), json!(id)));
    } else {
        // The API server takes a test for null on an absent member as passed; anybody's annotations that came
        // meanwhile would be lost otherwise.
        ops.push(test(PARENT, Value::Null));
        ops.push(add(PARENT, json!({ ACTION_ANNOTATION: id })));
    }
}
