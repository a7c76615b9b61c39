//! Which change is whose business, and the loop that does the work.

use std::time::Duration;

use jiff::Timestamp;

use crate::kind::Kind;
use crate::object::{self, Key};
use crate::store::Change;
use crate::store::selector::Selector;
use crate::work::Job;
use crate::world::World;
use crate::{controller, disruption, endpoints, furnish, garbage, kubelet};

/// Jobs done under one lock; then others get a turn.
const AT_ONCE: usize = 200;

/// Works until nothing is left to do now, or for long enough. Answers whether more is left.
pub(crate) fn turn(world: &mut World, now: Timestamp) -> bool {
    world.now = now;
    world.work.wake(now);
    for _ in 0..AT_ONCE {
        notice(world);
        let Some(job) = world.work.next() else { return false };
        match &job {
            Job::Sync(key) => controller::sync(world, key),
            Job::Pod(key) => kubelet::look_at_pod(world, key),
            Job::Claim(key) => kubelet::look_at_claim(world, key),
            Job::Collect(key) => garbage::collect(world, key),
            Job::Empty(key) => garbage::empty_namespace(world, key),
            Job::Budget(key) => disruption::look(world, key),
            Job::Endpoints(key) => endpoints::look(world, key),
        }
    }
    true
}

/// Turns what changed into jobs.
pub(crate) fn notice(world: &mut World) {
    for change in world.store.take_news() {
        let object = change.object();
        let key = Key::new(change.kind, object::namespace(object), object::name(object));
        owners(world, &key, &change);
        match change.kind {
            Kind::Set => {
                if change.after.is_some() {
                    world.work.add(Job::Sync(key));
                } else {
                    world.controller.forget(&key);
                }
            }
            Kind::Pod => pod(world, &key, &change),
            Kind::Claim => {
                for pod in world.kubelet.waiting_for(&key) {
                    world.work.add(Job::Pod(pod));
                }
                match &change.after {
                    Some(_) => world.work.add(Job::Claim(key)),
                    None => kubelet::claim_is_gone(world, object),
                }
            }
            Kind::Service if change.after.is_some() => world.work.add(Job::Endpoints(key)),
            Kind::Budget if change.after.is_some() => world.work.add(Job::Budget(key)),
            Kind::Namespace => match &change.after {
                Some(namespace) if object::is_terminating(namespace) => {
                    world.work.add(Job::Empty(key));
                }
                Some(_) if change.before.is_none() => furnish::default_account(world, &key.name),
                _ => {}
            },
            _ => {}
        }
    }
}

/// The garbage collector's business.
fn owners(world: &mut World, key: &Key, change: &Change) {
    let object = change.object();
    match &change.after {
        None => {
            for dependent in world.store.dependents(object::uid(object)) {
                world.work.add(Job::Collect(dependent));
            }
            let place = Key::new(Kind::Namespace, "", &key.namespace);
            if world.store.get(&place).is_some_and(|n| object::is_terminating(n)) {
                world.work.add(Job::Empty(place));
            }
            // Owners that wait for their dependents to go first.
            for owner in object::list(object, "/metadata/ownerReferences") {
                if let Some(owner) = owner_key(&key.namespace, owner) {
                    world.work.add(Job::Collect(owner));
                }
            }
        }
        Some(object) => {
            let waits = object::list(object, "/metadata/finalizers")
                .iter()
                .any(|f| f == "orphan" || f == "foregroundDeletion");
            let orphaned = object::list(object, "/metadata/ownerReferences")
                .iter()
                .any(|o| !world.store.lives(object::text(o, "/uid")));
            if (object::is_terminating(object) && waits) || orphaned {
                world.work.add(Job::Collect(key.clone()));
            }
        }
    }
}

/// Where an owner reference points to.
pub(crate) fn owner_key(namespace: &str, owner: &serde_json::Value) -> Option<Key> {
    let kind = Kind::of(object::text(owner, "/apiVersion"), object::text(owner, "/kind"))?;
    Some(Key::new(kind, namespace, object::text(owner, "/name")))
}

fn pod(world: &mut World, key: &Key, change: &Change) {
    for version in [&change.before, &change.after].into_iter().flatten() {
        match object::controller(version) {
            Some(owner) => {
                if let Some(set) = owner_key(&key.namespace, owner).filter(|k| k.kind == Kind::Set)
                {
                    world.work.add(Job::Sync(set));
                }
            }
            // Perhaps a set adopts it.
            None => {
                if let Some((parent, _)) = key.name.rsplit_once('-') {
                    world.work.add(Job::Sync(Key::new(Kind::Set, &key.namespace, parent)));
                }
            }
        }
    }
    available(world, key, change);
    let object = change.object();
    if change.after.is_some() {
        world.work.add(Job::Pod(key.clone()));
    } else {
        world.kubelet.forget(object::uid(object));
        for claim in object::claims_of(object) {
            world.work.add(Job::Claim(Key::new(Kind::Claim, &key.namespace, claim)));
        }
    }
    let budgets: Vec<Key> = about(world, Kind::Budget, key);
    for budget in budgets {
        world.work.add(Job::Budget(budget));
    }
    let labels = &object["metadata"]["labels"];
    let services: Vec<Key> = world
        .store
        .list(Kind::Service, &key.namespace)
        .filter(|s| {
            Selector::of_map(&s["spec"]["selector"]).is_some_and(|s| s.matches_labels(labels))
        })
        .map(|s| Key::new(Kind::Service, &key.namespace, object::name(s)))
        .collect();
    for service in services {
        world.work.add(Job::Endpoints(service));
    }
}

/// A pod that becomes Ready has its set looked at again after minReadySeconds, however the syncs until then end: a set
/// whose syncs fail counts its available pods in time, too.
/// Source: `stateful_set.go`, `updatePod`.
fn available(world: &mut World, key: &Key, change: &Change) {
    let (Some(before), Some(after)) = (&change.before, &change.after) else { return };
    if object::holds(before, "Ready") || !object::holds(after, "Ready") {
        return;
    }
    let owner = object::controller(after).and_then(|o| owner_key(&key.namespace, o));
    let Some(set) = owner.filter(|k| k.kind == Kind::Set) else { return };
    let seconds = world.store.get(&set).and_then(|s| object::number(s, "/spec/minReadySeconds"));
    if let Some(seconds) = seconds.and_then(|s| u64::try_from(s).ok()).filter(|s| *s > 0) {
        world.work.add_at(Job::Sync(set), world.now + Duration::from_secs(seconds));
    }
}

fn about(world: &World, kind: Kind, key: &Key) -> Vec<Key> {
    let all = world.store.list(kind, &key.namespace);
    all.map(|o| Key::new(kind, &key.namespace, object::name(o))).collect()
}
