//! The scheduler: a pod gets its node once its claims are bound.

use serde_json::{Value, json};

use crate::events::Source;
use crate::kind::Kind;
use crate::object::{self, Key, stamp, text};
use crate::work::Job;
use crate::world::{By, Part, World};

/// Whether the pod may start now: it has its node and its claims. Else it is looked at again when a claim changes.
pub(super) fn is_placed(world: &mut World, key: &Key, pod: &Value) -> bool {
    let chosen = !text(pod, "/spec/nodeName").is_empty();
    if let Some(why) = missing_claim(world, key, pod) {
        if !chosen {
            refuse(world, key, pod, &why);
        }
        return false;
    }
    if !chosen {
        place(world, key, pod);
    }
    true
}

/// The claim that it waits for, in the scheduler's words.
fn missing_claim(world: &mut World, key: &Key, pod: &Value) -> Option<String> {
    let nodes = world.options.nodes;
    let names: Vec<String> = object::claims_of(pod).map(str::to_owned).collect();
    for name in names {
        let claim = Key::new(Kind::Claim, &key.namespace, &name);
        let why = match world.store.get(&claim) {
            None => format!("persistentvolumeclaim {name:?} not found"),
            Some(found) if object::is_terminating(found) => {
                format!("persistentvolumeclaim {name:?} is being deleted")
            }
            Some(found) if text(found, "/status/phase") != "Bound" => {
                // A claim may wait for its first consumer: that is this pod.
                world.work.add(Job::Claim(claim.clone()));
                "pod has unbound immediate PersistentVolumeClaims".to_owned()
            }
            Some(_) => continue,
        };
        world.kubelet.waiting.entry(claim).or_default().insert(key.clone());
        return Some(format!("0/{nodes} nodes are available: {why}. not found"));
    }
    None
}

fn refuse(world: &mut World, key: &Key, pod: &Value, why: &str) {
    let now = world.now;
    let written = world.change(key, Part::Status, By::manager("kube-scheduler"), |pod| {
        object::set_condition(pod, "PodScheduled", false, "Unschedulable", why, now);
    });
    let life = world.kubelet.lives.entry(object::uid(pod).to_owned()).or_default();
    if written.is_ok() && !std::mem::replace(&mut life.told, true) {
        world.tell(pod, Source::Scheduler, false, "FailedScheduling", why);
    }
}

fn place(world: &mut World, key: &Key, pod: &Value) {
    let node = format!("node-{}", world.kubelet.scheduled % world.options.nodes.max(1) + 1);
    world.kubelet.scheduled += 1;
    let now = world.now;
    // What the binding subresource does on a real server, in one write.
    let mut placed = pod.clone();
    placed["spec"]["nodeName"] = json!(node);
    object::set_condition(&mut placed, "PodScheduled", true, "", "", now);
    let writer = By::manager("kube-scheduler").writer("binding");
    crate::fields::credit(Some(pod), &mut placed, &writer, now);
    world.put(key, placed);
    let message = format!("Successfully assigned {}/{} to {node}", key.namespace, key.name);
    world.tell(pod, Source::Scheduler, true, "Scheduled", &message);
    tracing::trace!("{} runs on {node} since {}", key.name, stamp(now));
}
