//! What a cluster has before anybody uses it: namespaces, nodes, storage classes.

use serde_json::{Value, json};

use crate::kind::Kind;
use crate::object::{self, Key};
use crate::world::{By, CONTROLLERS, World};

/// Namespaces that are there from the start; `shop` is the one in which the test users have rights.
const NAMESPACES: [&str; 4] = ["kube-system", "default", "kube-public", "shop"];

pub(crate) fn furnish(world: &mut World) {
    for name in NAMESPACES {
        make(world, Kind::Namespace, "", json!({"metadata": {"name": name}}));
    }
    if let Some(uid) = world.options.cluster_uid.clone() {
        let key = Key::new(Kind::Namespace, "", "kube-system");
        if let Some(found) = world.store.get(&key).cloned() {
            let mut system = (*found).clone();
            system["metadata"]["uid"] = json!(uid);
            world.store.put(&key, system);
        }
    }
    for n in 1..=world.options.nodes {
        let version = world.options.version;
        let node = node(n, &format!("v{}.{}.{}", version.major, version.minor, version.patch));
        make(world, Kind::Node, "", node);
    }
    for class in classes() {
        make(world, Kind::StorageClass, "", class);
    }
}

/// The account that pods of a namespace run as, made when the namespace is.
pub(crate) fn default_account(world: &mut World, namespace: &str) {
    let key = Key::new(Kind::ServiceAccount, namespace, "default");
    if world.store.get(&key).is_none() {
        make(world, Kind::ServiceAccount, namespace, json!({"metadata": {"name": "default"}}));
    }
}

fn make(world: &mut World, kind: Kind, namespace: &str, object: Value) {
    let by = if kind == Kind::Node { By::manager("kubelet") } else { CONTROLLERS };
    let name = object::name(&object).to_owned();
    if let Err(refusal) = world.make(kind, namespace, object, by) {
        tracing::warn!("cannot make {} {name}: {}", kind.info().singular, refusal.message);
    }
}

fn node(n: u32, version: &str) -> Value {
    let name = format!("node-{n}");
    let room =
        json!({"cpu": "1000", "memory": "1Ti", "pods": "100000", "ephemeral-storage": "1Ti"});
    json!({
        "metadata": {"name": name, "labels": {"kubernetes.io/hostname": name, "kubernetes.io/os": "linux"}},
        "spec": {"podCIDR": format!("10.{n}.0.0/16")},
        "status": {
            "capacity": room,
            "allocatable": room,
            "addresses": [
                {"type": "InternalIP", "address": format!("192.168.0.{n}")},
                {"type": "Hostname", "address": name},
            ],
            "conditions": [{"type": "Ready", "status": "True", "reason": "KubeletReady",
                "message": "kubelet is posting ready status"}],
            "nodeInfo": {
                "architecture": "amd64", "bootID": "", "containerRuntimeVersion": "pretend://1",
                "kernelVersion": "pretend", "kubeProxyVersion": "", "kubeletVersion": version,
                "machineID": "", "operatingSystem": "linux", "osImage": "pretend", "systemUUID": "",
            },
        },
    })
}

/// `fails-to-grow` ends with an error, `never-grows` never ends, `fixed-size` is refused, `nobody` binds nothing.
fn classes() -> Vec<Value> {
    let class = |name: &str, parameters: Value, grows: bool, mode: &str| {
        json!({
            "metadata": {"name": name},
            "provisioner": if name == "nobody" { "rollcall.test/nobody" } else { "rollcall.test/claims" },
            "parameters": parameters,
            "allowVolumeExpansion": grows,
            "volumeBindingMode": mode,
        })
    };
    let mut standard = class("standard", json!({}), true, "Immediate");
    standard["metadata"]["annotations"] =
        json!({"storageclass.kubernetes.io/is-default-class": "true"});
    vec![
        standard,
        class("never-grows", json!({"grow-after": "never"}), true, "Immediate"),
        class("fails-to-grow", json!({"grow-after": "fails"}), true, "Immediate"),
        class("fixed-size", json!({}), false, "Immediate"),
        class("first-consumer", json!({}), true, "WaitForFirstConsumer"),
        class("nobody", json!({}), false, "Immediate"),
    ]
}
