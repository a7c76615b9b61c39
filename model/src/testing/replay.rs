//! Plays a recording through the model and finds the first difference.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::manifest::merge;
use super::seen::{edits, same};
use super::trace::{Happened, Recorded, Trace};
use super::world::World;
use crate::controller::{Cluster, Version};

/// What a replay found to agree.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Agreement {
    pub steps: usize,
    pub events: usize,
}

/// Plays a recording, given as JSON.
///
/// # Errors
/// The first difference, expected against got, or why the text is no recording that can be played.
pub fn replay(text: &str) -> Result<Agreement, String> {
    let trace: Trace =
        serde_json::from_str(text).map_err(|e| format!("this is no recording: {e}"))?;
    let version = Version::parse(&trace.kubernetes)
        .ok_or_else(|| format!("`{}` is no version", trace.kubernetes))?;
    // The clock starts somewhere; only differences matter.
    let start = Timestamp::from_second(1_800_000_000).map_err(|e| e.to_string())?;
    let mut cluster = Cluster::new(version, start);
    for gate in &trace.feature_gates {
        let (name, on) = gate.split_once('=').unwrap_or((gate, "true"));
        let on = on == "true";
        match name {
            "MaxUnavailableStatefulSet" => cluster.max_unavailable = on,
            "StatefulSetRecreateStrategy" => cluster.recreate = on,
            _ => {}
        }
    }
    let name = trace.set.pointer("/metadata/name").and_then(Value::as_str).unwrap_or("web");
    let mut world = World::new(name, cluster);
    let mut agreed = Agreement::default();
    for (i, recorded) in trace.steps.iter().enumerate() {
        let context = |what: String| {
            format!("step {} {}: {what}", i + 1, Value::Object(recorded.step.clone()))
        };
        world.log.clear();
        if recorded.refused.is_none() {
            act(&mut world, &trace, &recorded.step).map_err(context)?;
        }
        world.settle().map_err(context)?;
        agreed.events += compare(&world, recorded).map_err(context)?;
        agreed.steps += 1;
    }
    Ok(agreed)
}

fn act(world: &mut World, trace: &Trace, step: &Map<String, Value>) -> Result<(), String> {
    let set = world.name.clone();
    for (key, value) in step {
        let pod = |value: &Value| -> Result<String, String> {
            let ordinal = value.as_u64().ok_or_else(|| format!("{key}: {value} is no ordinal"))?;
            Ok(format!("{set}-{ordinal}"))
        };
        let several = match value {
            Value::Array(all) => all.clone(),
            one => vec![one.clone()],
        };
        match key.as_str() {
            "create" => world.create(&trace.set["spec"]),
            "deleteSet" => world.delete_set(value == "Orphan"),
            "deletePod" | "ready" | "unready" | "fail" | "release" => {
                for value in &several {
                    let name = pod(value)?;
                    match key.as_str() {
                        "deletePod" => world.terminate(&name, "user"),
                        "ready" => world.report(&name, true),
                        "unready" => world.report(&name, false),
                        "fail" => world.fail(&name),
                        _ => world.release(&name),
                    }
                }
            }
            "deleteClaim" | "deleteRevision" => {
                for value in several.iter().filter_map(Value::as_str) {
                    if key == "deleteClaim" {
                        world.delete_claim(value);
                    } else {
                        let name = world.named(value).ok_or("no such revision was made")?;
                        world.delete_revision(&name);
                    }
                }
            }
            "undo" => {
                let name = value.as_str().and_then(|alias| world.named(alias));
                let template = name.and_then(|n| world.templates.get(&n).cloned());
                let mut spec = world.spec.clone();
                spec["template"] = template.ok_or("no such revision was made")?;
                world.replace(spec);
            }
            _ => {}
        }
    }
    let containers = world.spec.pointer("/template/spec/containers").cloned().unwrap_or_default();
    if let Some(patch) = edits(step, &containers)? {
        // One request.
        let mut spec = world.spec.clone();
        merge(&mut spec, &patch["spec"]);
        world.replace(spec);
    }
    Ok(())
}

fn compare(world: &World, recorded: &Recorded) -> Result<usize, String> {
    let mut compared = 0;
    if let Some(groups) = &recorded.events {
        compared = events(groups, &world.log)?;
    }
    if let Some(expected) = &recorded.settled {
        same("settled", expected, &settled(world))?;
    }
    Ok(compared)
}

/// Groups in order, each as a set.
fn events(groups: &[Vec<Happened>], got: &[Happened]) -> Result<usize, String> {
    let sorted = |all: &[Happened]| {
        let mut lines: Vec<String> = all.iter().map(Happened::line).collect();
        lines.sort();
        lines
    };
    let show = |all: &[Happened]| {
        if all.is_empty() {
            return "nothing".to_owned();
        }
        all.iter().map(Happened::line).collect::<Vec<_>>().join(", ")
    };
    let mut at = 0;
    for group in groups {
        let end = (at + group.len()).min(got.len());
        if sorted(group) != sorted(&got[at..end]) {
            return Err(format!(
                "event {}: expected {}, got {}",
                at + 1,
                show(group),
                show(&got[at..end])
            ));
        }
        at = end;
    }
    if at < got.len() {
        return Err(format!("event {}: expected nothing more, got {}", at + 1, show(&got[at..])));
    }
    Ok(at)
}

/// The state at rest, in the form of the recordings.
fn settled(world: &World) -> Value {
    let seen = &world.seen;
    let status = &seen.status;
    let set = world.exists.then(|| {
        json!({
            "generation": seen.set.generation,
            "observedGeneration": status.observed_generation,
            "replicas": status.replicas,
            "readyReplicas": status.ready_replicas,
            "availableReplicas": status.available_replicas,
            "currentReplicas": status.current_replicas,
            "updatedReplicas": status.updated_replicas,
            "currentRevision": world.alias_of(&status.current_revision),
            "updateRevision": world.alias_of(&status.update_revision),
            "spec": {
                "replicas": world.spec["replicas"],
                "updateStrategy": world.spec["updateStrategy"],
            },
        })
    });
    let life = |name: &str| world.lives.get(name).copied().unwrap_or(0);
    let mut pods: Vec<_> = seen.pods.iter().collect();
    pods.sort_by_key(|p| p.ordinal);
    let pods: Vec<Value> = pods
        .into_iter()
        .map(|p| {
            json!({
                "ordinal": p.ordinal,
                "rev": world.alias_of(&p.revision),
                "life": life(&p.name),
                "phase": p.phase,
                "ready": p.ready_since.is_some(),
                "terminating": p.terminating,
            })
        })
        .collect();
    let mut claims: Vec<_> = seen.claims.iter().collect();
    claims.sort_by(|a, b| a.name.cmp(&b.name));
    let claims: Vec<Value> = claims
        .into_iter()
        .map(|c| {
            use crate::controller::ClaimOwner::{Nobody, Other, Pod, Set};
            let owner = match c.owner {
                Nobody | Other => "none",
                Set { .. } => "set",
                Pod { .. } => "pod",
            };
            json!({
                "claim": c.name,
                "life": life(&c.name),
                "owner": owner,
                "terminating": c.terminating,
            })
        })
        .collect();
    let mut revisions: Vec<_> = seen.revisions.iter().collect();
    revisions.sort_by_key(|r| r.number);
    let revisions: Vec<Value> = revisions
        .into_iter()
        .map(|r| json!({"rev": world.alias_of(&r.name), "revision": r.number}))
        .collect();
    json!({"set": set, "pods": pods, "claims": claims, "revisions": revisions})
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn recordings() -> Vec<(String, String)> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/traces");
        let mut all = Vec::new();
        for entry in std::fs::read_dir(folder).expect("the folder of recordings") {
            let path = entry.expect("an entry").path();
            if path.extension().is_some_and(|e| e == "json") {
                let name = path.file_name().expect("a name").to_string_lossy().into_owned();
                all.push((name, std::fs::read_to_string(&path).expect("a readable file")));
            }
        }
        all
    }

    #[test]
    fn every_recording_of_the_real_controller_replays_through_the_model() {
        let all = recordings();
        assert!(all.len() >= 42, "only {} recordings", all.len());
        let differences: Vec<String> = all
            .iter()
            .filter_map(|(name, text)| Some(format!("{name}: {}", replay(text).err()?)))
            .collect();
        assert!(differences.is_empty(), "{}", differences.join("\n"));
    }

    #[test]
    fn a_recording_under_another_gate_or_version_differs() {
        let all = recordings();
        let of = |name: &str| &all.iter().find(|(n, _)| n == name).expect("it is there").1;
        let gate =
            of("max-unavailable-2.gate-on.json").replace("MaxUnavailableStatefulSet", "Other");
        let difference = replay(&gate).expect_err("the field is dropped where the gate is off");
        assert!(difference.contains("maxUnavailable: expected 2, got null"), "{difference}");
        let version = of("parallel-min-ready-seconds.1.33.13.json").replace("1.33.13", "1.36.3");
        let difference = replay(&version).expect_err("1.36 waits for Available");
        assert!(difference.contains("expected delete 1 rev-A by controller"), "{difference}");
    }
}
