//! The steps of a sync, one by one.

use model::controller::{ClaimOwner, Step};
use serde_json::{Value, json};

use super::made;
use crate::events::Source;
use crate::kind::Kind;
use crate::object::{self, Key, meta_mut};
use crate::refusal::Refusal;
use crate::world::{CONTROLLERS, Deletion, Part, World};

/// Takes the steps in order up to the first that fails; the status is written after all but the trimming of history, and
/// also after a failure. Answers whether all were taken.
pub(super) fn all(
    world: &mut World,
    set: &Value,
    steps: &[Step],
    write_status: impl FnOnce(&mut World),
) -> bool {
    let (trimming, others): (Vec<&Step>, Vec<&Step>) =
        steps.iter().partition(|s| matches!(s, Step::DeleteRevision { .. }));
    let mut done = true;
    for step in others {
        if let Err(refusal) = one(world, set, step) {
            tracing::debug!("a step of {} failed: {}", object::name(set), refusal.message);
            done = false;
            break;
        }
    }
    write_status(world);
    for step in trimming {
        let _ = one(world, set, step);
    }
    done
}

fn one(world: &mut World, set: &Value, step: &Step) -> Result<(), Refusal> {
    let namespace = object::namespace(set);
    let key = |kind: Kind, name: &str| Key::new(kind, namespace, name);
    match step {
        Step::AdoptRevision { name } => adopt(world, set, &key(Kind::Revision, name)),
        Step::CreateRevision { name, number } => {
            let revision = made::revision(set, name, *number);
            world.make(Kind::Revision, namespace, revision, CONTROLLERS).map(drop)
        }
        Step::RenumberRevision { name, number } => {
            let revision = key(Kind::Revision, name);
            let renumber = |r: &mut Value| r["revision"] = json!(number);
            world.change(&revision, Part::Main, CONTROLLERS, renumber).map(drop)
        }
        Step::DeleteRevision { name } => {
            world.delete(&key(Kind::Revision, name), &Deletion::default()).map(drop)
        }
        Step::AdoptPod { name, .. } => adopt(world, set, &key(Kind::Pod, name)),
        Step::ReleasePod { name, .. } => {
            let uid = set["metadata"]["uid"].clone();
            let release = |pod: &mut Value| {
                let meta = meta_mut(pod);
                if let Some(all) = meta.get_mut("ownerReferences").and_then(Value::as_array_mut) {
                    all.retain(|o| o["uid"] != uid);
                }
            };
            world.change(&key(Kind::Pod, name), Part::Main, CONTROLLERS, release).map(drop)
        }
        Step::CreateClaim { name, template, ordinal } => {
            let Some(claim) = made::claim(set, template, *ordinal) else { return Ok(()) };
            let outcome = world.make(Kind::Claim, namespace, claim, CONTROLLERS).map(drop);
            let pod = format!("{}-{ordinal}", object::name(set));
            tell_claim(world, set, name, &pod, outcome.as_ref().err());
            outcome
        }
        Step::UpdateClaimOwner { name, owner } => {
            own_claim(world, set, &key(Kind::Claim, name), owner)
        }
        Step::CreatePod { ordinal, revision } => {
            let pod = made::pod(world, set, *ordinal, revision);
            let outcome = world.make(Kind::Pod, namespace, pod, CONTROLLERS).map(drop);
            let name = format!("{}-{ordinal}", object::name(set));
            tell_pod(world, set, "create", &name, outcome.as_ref().err());
            outcome
        }
        Step::DeletePod { name, .. } => {
            // Without a precondition and with the pod's own grace. Source: `stateful_pod_control.go`, `DeletePod`.
            let outcome = world.delete(&key(Kind::Pod, name), &Deletion::default()).map(drop);
            tell_pod(world, set, "delete", name, outcome.as_ref().err());
            outcome
        }
        Step::RepairPod { ordinal, name } => {
            let repair = |pod: &mut Value| {
                let labels = object::object_at(&mut pod["metadata"], "labels");
                labels.insert("statefulset.kubernetes.io/pod-name".into(), json!(name));
                labels.insert("apps.kubernetes.io/pod-index".into(), json!(ordinal.to_string()));
                made::mount_claims(set, *ordinal, &mut pod["spec"]);
            };
            world.change(&key(Kind::Pod, name), Part::Main, CONTROLLERS, repair).map(drop)
        }
    }
}

fn adopt(world: &mut World, set: &Value, key: &Key) -> Result<(), Refusal> {
    let adopt = |object: &mut Value| {
        let owners = meta_mut(object).entry("ownerReferences").or_insert_with(|| json!([]));
        if let Some(owners) = owners.as_array_mut() {
            owners.push(made::owner_reference(set));
        }
    };
    world.change(key, Part::Main, CONTROLLERS, adopt).map(drop)
}

/// Only the references of this set and of pods of its name are touched.
fn own_claim(world: &mut World, set: &Value, key: &Key, owner: &ClaimOwner) -> Result<(), Refusal> {
    let pod_of = |uid: &str| {
        let pods = world.store.dependents(object::uid(set));
        let mut pods = pods.iter().filter_map(|k| world.store.get(k));
        pods.find(|p| object::uid(p) == uid).map(|p| object::name(p).to_owned())
    };
    let fresh = match owner {
        ClaimOwner::Nobody | ClaimOwner::Other => None,
        ClaimOwner::Set { .. } => {
            let mut reference = made::owner_reference(set);
            // A claim does not hold up the end of its owner.
            if let Some(map) = reference.as_object_mut() {
                map.remove("blockOwnerDeletion");
            }
            Some(reference)
        }
        ClaimOwner::Pod { uid } => {
            let Some(name) = pod_of(uid) else { return Ok(()) };
            Some(
                json!({"apiVersion": "v1", "kind": "Pod", "name": name, "uid": uid, "controller": true}),
            )
        }
    };
    let prefix = format!("{}-", object::name(set));
    let ours = |reference: &Value| {
        reference["uid"] == set["metadata"]["uid"]
            || (reference["kind"] == "Pod" && object::text(reference, "/name").starts_with(&prefix))
    };
    let change = |claim: &mut Value| {
        let meta = meta_mut(claim);
        let owners = meta.entry("ownerReferences").or_insert_with(|| json!([]));
        let empty = owners.as_array_mut().is_none_or(|all| {
            all.retain(|o| !ours(o));
            all.extend(fresh);
            all.is_empty()
        });
        if empty {
            meta.remove("ownerReferences");
        }
    };
    world.change(key, Part::Main, CONTROLLERS, change).map(drop)
}

/// Source: `stateful_pod_control.go`, `recordPodEvent`.
fn tell_pod(world: &mut World, set: &Value, verb: &str, pod: &str, error: Option<&Refusal>) {
    let name = object::name(set);
    let title = if verb == "create" { "Create" } else { "Delete" };
    match error {
        None => {
            let message = format!("{verb} Pod {pod} in StatefulSet {name} successful");
            world.tell(set, Source::Controller, true, &format!("Successful{title}"), &message);
        }
        Some(error) => {
            let message =
                format!("{verb} Pod {pod} in StatefulSet {name} failed error: {}", error.message);
            world.tell(set, Source::Controller, false, &format!("Failed{title}"), &message);
        }
    }
}

/// Source: `stateful_pod_control.go`, `recordClaimEvent`.
fn tell_claim(world: &mut World, set: &Value, claim: &str, pod: &str, error: Option<&Refusal>) {
    let name = object::name(set);
    match error {
        None => {
            let message = format!("create Claim {claim} Pod {pod} in StatefulSet {name} success");
            world.tell(set, Source::Controller, true, "SuccessfulCreate", &message);
        }
        Some(error) => {
            let message = format!(
                "create Claim {claim} for Pod {pod} in StatefulSet {name} failed error: {}",
                error.message
            );
            world.tell(set, Source::Controller, false, "FailedCreate", &message);
        }
    }
}
