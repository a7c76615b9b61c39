//! The StatefulSet controller: `model::controller` decides, here it is carried out against the store.

mod carry_out;
pub(crate) mod made;
mod observe;

use std::collections::HashMap;
use std::time::Duration;

use model::controller::{Cluster, Why};
use serde_json::{Value, json};

use crate::events::Source;
use crate::object::{self, Key};
use crate::work::Job;
use crate::world::{CONTROLLERS, Part, World};

/// What the controller remembers from sync to sync.
#[derive(Debug, Default)]
pub(crate) struct Controller {
    /// Failures in a row.
    failures: HashMap<Key, u32>,
}

impl Controller {
    pub(crate) fn forget(&mut self, key: &Key) {
        self.failures.remove(key);
    }

    /// The next pause: 5 ms, doubled with each failure, 1000 s at most.
    /// Source: client-go `util/workqueue/default_rate_limiters.go`.
    fn back_off(&mut self, key: &Key) -> Duration {
        let failures = self.failures.entry(key.clone()).or_default();
        let pause = Duration::from_millis(5).saturating_mul(1 << (*failures).min(20));
        *failures += 1;
        pause.min(Duration::from_secs(1000))
    }
}

/// One sync of a set.
pub(crate) fn sync(world: &mut World, key: &Key) {
    let Some(set) = world.store.get(key).cloned() else { return };
    let Some(observed) = observe::observe(world, &set) else { return };
    let cluster = Cluster {
        version: world.options.version,
        max_unavailable: world.options.max_unavailable,
        recreate: false,
        now: world.now,
    };
    let outcome = model::controller::sync(&observed, &cluster);
    let done = carry_out::all(world, &set, &outcome.steps, |world| {
        if outcome.writes_status {
            write_status(world, key, &outcome);
        }
    });
    if let Some(wait) = &outcome.wait
        && let Why::ClaimTerminating { claim } = &wait.why
        && let Some(ordinal) = wait.ordinal
    {
        let name = object::name(&set);
        let message = format!(
            "create Pod {name}-{ordinal} in StatefulSet {name} failed error: pvc {claim} is being deleted"
        );
        world.tell(&set, Source::Controller, false, "FailedCreate", &message);
    }
    if outcome.failed || !done {
        let pause = world.controller.back_off(key);
        world.work.add_at(Job::Sync(key.clone()), world.now + pause);
    } else {
        world.controller.forget(key);
    }
    if let Some(after) = outcome.again_after {
        world.work.add_at(Job::Sync(key.clone()), world.now + after);
    }
}

/// Counts that are zero are left out, as Go does it, but two.
fn write_status(world: &mut World, key: &Key, outcome: &model::controller::Sync) {
    let counters = &outcome.status;
    let mut status = json!({
        "observedGeneration": counters.observed_generation,
        "replicas": counters.replicas,
        "availableReplicas": counters.available_replicas,
        "collisionCount": outcome.collision_count,
    });
    for (field, count) in [
        ("readyReplicas", counters.ready_replicas),
        ("currentReplicas", counters.current_replicas),
        ("updatedReplicas", counters.updated_replicas),
    ] {
        if count > 0 {
            status[field] = json!(count);
        }
    }
    for (field, name) in [
        ("currentRevision", &counters.current_revision),
        ("updateRevision", &counters.update_revision),
    ] {
        if !name.is_empty() {
            status[field] = json!(name);
        }
    }
    let written = world.change(key, Part::Status, CONTROLLERS, |set: &mut Value| {
        set["status"] = status;
    });
    if let Err(refusal) = written {
        tracing::warn!("cannot write the status of {}: {}", key.name, refusal.message);
    }
}
