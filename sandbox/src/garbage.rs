//! The garbage collector: dependents go after their owners, unless they are orphaned.
//! Source: kubernetes `pkg/controller/garbagecollector/garbagecollector.go`.

use serde_json::{Value, json};

use crate::kind::Kind;
use crate::object::{self, Key, meta_mut};
use crate::world::{CONTROLLERS, Deletion, Part, World};

/// Looks at an object whose owners, or whose own end, may ask for something.
pub(crate) fn collect(world: &mut World, key: &Key) {
    let Some(object) = world.store.get(key).cloned() else { return };
    if object::is_terminating(&object) {
        let has = |f: &str| object::list(&object, "/metadata/finalizers").contains(&json!(f));
        if has("orphan") {
            let_go(world, &object);
            drop_finalizer(world, key, "orphan");
            return;
        }
        if has("foregroundDeletion") {
            let waiting = delete_dependents(world, &object);
            if !waiting {
                drop_finalizer(world, key, "foregroundDeletion");
            }
            return;
        }
    }
    let owners = object::list(&object, "/metadata/ownerReferences");
    let gone: Vec<&Value> =
        owners.iter().filter(|o| !world.store.lives(object::text(o, "/uid"))).collect();
    if gone.is_empty() {
        return;
    }
    if gone.len() == owners.len() {
        if !object::is_terminating(&object) {
            let _ = world.delete(key, &Deletion::of(object::uid(&object)));
        }
        return;
    }
    let gone: Vec<String> = gone.iter().map(|o| object::text(o, "/uid").to_owned()).collect();
    forget_owners(world, key, &gone);
}

/// Takes these owners from an object.
fn forget_owners(world: &mut World, key: &Key, uids: &[String]) {
    let changed = world.change(key, Part::Main, CONTROLLERS, |object| {
        let meta = meta_mut(object);
        if let Some(all) = meta.get_mut("ownerReferences").and_then(Value::as_array_mut) {
            all.retain(|o| !uids.iter().any(|uid| o["uid"] == **uid));
            if all.is_empty() {
                meta.remove("ownerReferences");
            }
        }
    });
    if let Err(refusal) = changed {
        tracing::warn!("cannot let go of {}: {}", key.name, refusal.message);
    }
}

fn let_go(world: &mut World, owner: &Value) {
    let uid = object::uid(owner).to_owned();
    for dependent in world.store.dependents(&uid) {
        forget_owners(world, &dependent, std::slice::from_ref(&uid));
    }
}

/// Answers whether any is still there that the owner has to wait for.
fn delete_dependents(world: &mut World, owner: &Value) -> bool {
    for dependent in world.store.dependents(object::uid(owner)) {
        if world.store.get(&dependent).is_some_and(|d| !object::is_terminating(d)) {
            let _ = world.delete(&dependent, &Deletion::default());
        }
    }
    world.store.dependents(object::uid(owner)).iter().any(|dependent| {
        world.store.get(dependent).is_some_and(|d| {
            let owners = object::list(d, "/metadata/ownerReferences");
            owners.iter().any(|o| {
                o["uid"] == owner["metadata"]["uid"] && o["blockOwnerDeletion"] == json!(true)
            })
        })
    })
}

pub(crate) fn drop_finalizer(world: &mut World, key: &Key, finalizer: &str) {
    let changed = world.change(key, Part::Main, CONTROLLERS, |object| {
        let meta = meta_mut(object);
        if let Some(all) = meta.get_mut("finalizers").and_then(Value::as_array_mut) {
            all.retain(|f| f != finalizer);
            if all.is_empty() {
                meta.remove("finalizers");
            }
        }
    });
    if let Err(refusal) = changed {
        tracing::warn!("cannot end {}: {}", key.name, refusal.message);
    }
}

/// Deletes what is in a namespace that goes, and the namespace when it is empty.
pub(crate) fn empty_namespace(world: &mut World, key: &Key) {
    if world.store.get(key).is_none_or(|n| !object::is_terminating(n)) {
        return;
    }
    let mut left = false;
    for kind in Kind::ALL.into_iter().filter(|k| k.info().namespaced) {
        let all: Vec<(Key, bool)> = world
            .store
            .list(kind, &key.name)
            .map(|o| (Key::new(kind, &key.name, object::name(o)), object::is_terminating(o)))
            .collect();
        for (object, terminating) in all {
            if !terminating {
                let _ = world.delete(&object, &Deletion::default());
            }
            left |= world.store.get(&object).is_some();
        }
    }
    if !left {
        world.store.remove(key);
    }
}
