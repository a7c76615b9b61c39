//! Storage: claims bind, grow, and go when nobody uses them.
//! Source: kubernetes `pkg/controller/volume/{persistentvolume,expand,pvcprotection}`.

use std::time::Duration;

use serde_json::{Value, json};

use crate::clock::duration;
use crate::events::Source;
use crate::garbage::drop_finalizer;
use crate::kind::Kind;
use crate::object::{self, Key, text};
use crate::quantity;
use crate::work::Job;
use crate::world::{By, Deletion, Part, World};

const STORAGE: By<'static> = By { manager: "kube-controller-manager", dry_run: false };
const PROVISIONER: &str = "rollcall.test/claims";
const PROTECTION: &str = "kubernetes.io/pvc-protection";

pub(crate) fn look_at_claim(world: &mut World, key: &Key) {
    let Some(claim) = world.store.get(key).cloned() else { return };
    if object::is_terminating(&claim) && !is_used(world, key) {
        drop_finalizer(world, key, PROTECTION);
        return;
    }
    match text(&claim, "/status/phase") {
        "Bound" => grow(world, key, &claim),
        _ => bind(world, key, &claim),
    }
}

fn users(world: &World, key: &Key) -> Vec<std::sync::Arc<Value>> {
    let all = world.store.list(Kind::Pod, &key.namespace);
    all.filter(|p| object::claims_of(p).any(|c| c == key.name)).cloned().collect()
}

/// Pods that have a node use their claims, even when they have failed; others do not. Source: `pkg/controller/volume/pvcprotection`,
/// `podUsesPVC` (1.34), `podUsesPVCForDeletion` (1.36).
fn is_used(world: &World, key: &Key) -> bool {
    users(world, key).iter().any(|p| !text(p, "/spec/nodeName").is_empty())
}

fn class(world: &World, claim: &Value) -> Option<std::sync::Arc<Value>> {
    let name = text(claim, "/spec/storageClassName");
    world.store.get(&Key::new(Kind::StorageClass, "", name)).cloned()
}

fn bind(world: &mut World, key: &Key, claim: &Value) {
    let Some(class) = class(world, claim).filter(|c| c["provisioner"] == PROVISIONER) else {
        return;
    };
    if class["volumeBindingMode"] == "WaitForFirstConsumer" && users(world, key).is_empty() {
        let message = "waiting for first consumer to be created before binding";
        world.tell(claim, Source::Storage, true, "WaitForFirstConsumer", message);
        return;
    }
    let wait = duration(text(&class, "/parameters/bind-after")).unwrap_or(world.options.pace.bind);
    if !is_due(world, key, claim, wait) {
        return;
    }
    let size = text(claim, "/spec/resources/requests/storage").to_owned();
    let volume = format!("pvc-{}", object::uid(claim));
    let object = volume_of(claim, &class, &volume, &size);
    let _ = world.make(Kind::Volume, "", object, STORAGE);
    let bound = Key::new(Kind::Volume, "", volume.clone());
    let _ =
        world.change(&bound, Part::Status, STORAGE, |v| v["status"] = json!({"phase": "Bound"}));
    let named = world.change(key, Part::Main, STORAGE, |claim| {
        claim["spec"]["volumeName"] = json!(volume);
        let notes = object::object_at(&mut claim["metadata"], "annotations");
        notes.insert("pv.kubernetes.io/bind-completed".into(), json!("yes"));
        notes.insert("pv.kubernetes.io/bound-by-controller".into(), json!("yes"));
        for key in [
            "volume.beta.kubernetes.io/storage-provisioner",
            "volume.kubernetes.io/storage-provisioner",
        ] {
            notes.insert(key.into(), json!(PROVISIONER));
        }
    });
    if named.is_err() {
        return;
    }
    let _ = world.change(key, Part::Status, STORAGE, |claim| {
        claim["status"] = json!({
            "phase": "Bound",
            "accessModes": claim["spec"]["accessModes"],
            "capacity": {"storage": size},
        });
    });
    let message = format!("Successfully provisioned volume {volume}");
    world.tell(claim, Source::Storage, true, "ProvisioningSucceeded", &message);
}

fn volume_of(claim: &Value, class: &Value, name: &str, size: &str) -> Value {
    json!({
        "metadata": {"name": name, "annotations": {"pv.kubernetes.io/provisioned-by": PROVISIONER}},
        "spec": {
            "accessModes": claim["spec"]["accessModes"],
            "capacity": {"storage": size},
            "claimRef": {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "name": object::name(claim),
                "namespace": object::namespace(claim), "uid": object::uid(claim)},
            "csi": {"driver": PROVISIONER, "volumeHandle": name},
            "persistentVolumeReclaimPolicy": class["reclaimPolicy"],
            "storageClassName": object::name(class),
            "volumeMode": "Filesystem",
        },
    })
}

/// A larger request: the driver grows the volume, or takes for ever, or fails.
fn grow(world: &mut World, key: &Key, claim: &Value) {
    let wanted = text(claim, "/spec/resources/requests/storage").to_owned();
    let capacity = quantity::parse(text(claim, "/status/capacity/storage"));
    if quantity::parse(&wanted) <= capacity {
        return;
    }
    let Some(class) = class(world, claim) else { return };
    let how = text(&class, "/parameters/grow-after").to_owned();
    let resizing = object::holds(claim, "Resizing");
    match how.as_str() {
        _ if !resizing => begin_to_grow(world, key, claim),
        "never" => {}
        "fails" => fail_to_grow(world, key, claim),
        how => {
            let time = duration(how).unwrap_or(world.options.pace.grow);
            if is_due(world, key, claim, time) {
                grown(world, key, claim, &wanted);
            }
        }
    }
}

/// Whether the time since the first look is over; else it is looked at again then.
fn is_due(world: &mut World, key: &Key, claim: &Value, wait: Duration) -> bool {
    let now = world.now;
    let due = *world.kubelet.due.entry(object::uid(claim).to_owned()).or_insert(now + wait);
    if due > now {
        world.work.add_at(Job::Claim(key.clone()), due);
        return false;
    }
    world.kubelet.due.remove(object::uid(claim));
    true
}

fn begin_to_grow(world: &mut World, key: &Key, claim: &Value) {
    let now = world.now;
    let _ = world.change(key, Part::Status, STORAGE, |claim| {
        object::set_condition(claim, "Resizing", true, "", "", now);
        claim["status"]["allocatedResourceStatuses"] =
            json!({"storage": "ControllerResizeInProgress"});
    });
    let message =
        format!("External resizer is resizing volume {}", text(claim, "/spec/volumeName"));
    world.tell(claim, Source::Resizer, true, "Resizing", &message);
}

fn fail_to_grow(world: &mut World, key: &Key, claim: &Value) {
    let now = world.now;
    let why = "the storage pool has no room for a larger volume";
    let failed = world.change(key, Part::Status, STORAGE, |claim| {
        object::set_condition(claim, "ControllerResizeError", true, "", why, now);
        claim["status"]["allocatedResourceStatuses"] =
            json!({"storage": "ControllerResizeInfeasible"});
    });
    if failed.is_ok_and(|after| {
        after["metadata"]["resourceVersion"] != claim["metadata"]["resourceVersion"]
    }) {
        world.tell(claim, Source::Resizer, false, "VolumeResizeFailed", why);
    }
}

fn grown(world: &mut World, key: &Key, claim: &Value, size: &str) {
    let volume = Key::new(Kind::Volume, "", text(claim, "/spec/volumeName"));
    let _ = world.change(&volume, Part::Main, STORAGE, |v| {
        v["spec"]["capacity"]["storage"] = json!(size);
    });
    let _ = world.change(key, Part::Status, STORAGE, |claim| {
        let status = object::object_at(claim, "status");
        status.insert("capacity".into(), json!({"storage": size}));
        status.remove("conditions");
        status.remove("allocatedResourceStatuses");
    });
    world.tell(
        claim,
        Source::Resizer,
        true,
        "FileSystemResizeSuccessful",
        "MountVolume.NodeExpandVolume succeeded for volume",
    );
}

/// What the driver does when a claim is gone.
pub(crate) fn claim_is_gone(world: &mut World, claim: &Value) {
    world.kubelet.disks.remove(object::uid(claim));
    world.kubelet.due.remove(object::uid(claim));
    let volume = Key::new(Kind::Volume, "", text(claim, "/spec/volumeName"));
    let Some(found) = world.store.get(&volume).cloned() else { return };
    if text(&found, "/spec/persistentVolumeReclaimPolicy") == "Delete" {
        let _ = world.delete(&volume, &Deletion::default());
        drop_finalizer(world, &volume, "kubernetes.io/pv-protection");
    } else {
        let _ = world
            .change(&volume, Part::Status, STORAGE, |v| v["status"]["phase"] = json!("Released"));
    }
}
