//! The EndpointSlice of a Service. Source: kubernetes `staging/src/k8s.io/endpointslice/utils.go`.

use serde_json::{Value, json};

use crate::kind::Kind;
use crate::object::{self, Key, holds, text};
use crate::store::selector::Selector;
use crate::world::{By, Part, World};

const BY: By<'static> = By { manager: "kube-controller-manager", dry_run: false };

pub(crate) fn look(world: &mut World, key: &Key) {
    let Some(service) = world.store.get(key).cloned() else { return };
    let Some(selector) = Selector::of_map(&service["spec"]["selector"]) else { return };
    let mut pods: Vec<_> = world
        .store
        .list(Kind::Pod, &key.namespace)
        .filter(|p| !text(p, "/status/podIP").is_empty() && selector.matches(p))
        .cloned()
        .collect();
    pods.sort_by(|a, b| object::name(a).cmp(object::name(b)));
    let endpoints: Vec<Value> = pods.iter().map(|pod| endpoint(&service, pod)).collect();
    let ports = ports(&service, pods.first().map(|p| &**p));
    let found = world
        .store
        .named_like(Kind::EndpointSlice, &key.namespace, &format!("{}-", key.name))
        .into_iter()
        .find(|slice| object::label(slice, "kubernetes.io/service-name") == Some(&key.name));
    let written = if let Some(slice) = found {
        let place = Key::new(Kind::EndpointSlice, &key.namespace, object::name(&slice));
        world.change(&place, Part::Main, BY, |slice| {
            slice["endpoints"] = json!(endpoints);
            slice["ports"] = json!(ports);
        })
    } else {
        let name = format!("{}-{}", key.name, world.suffix(5));
        let slice = json!({
            "metadata": {
                "name": name,
                "labels": {
                    "kubernetes.io/service-name": key.name,
                    "endpointslice.kubernetes.io/managed-by": "endpointslice-controller.k8s.io",
                },
                "ownerReferences": [{"apiVersion": "v1", "kind": "Service", "name": key.name,
                    "uid": object::uid(&service), "controller": true, "blockOwnerDeletion": true}],
            },
            "addressType": "IPv4",
            "endpoints": endpoints,
            "ports": ports,
        });
        world.make(Kind::EndpointSlice, &key.namespace, slice, BY)
    };
    if let Err(refusal) = written {
        tracing::debug!("no endpoints for {}: {}", key.name, refusal.message);
    }
}

fn endpoint(service: &Value, pod: &Value) -> Value {
    let anyway = service["spec"]["publishNotReadyAddresses"] == json!(true);
    let (serving, terminating) = (holds(pod, "Ready"), object::is_terminating(pod));
    let mut endpoint = json!({
        "addresses": [text(pod, "/status/podIP")],
        "conditions": {"ready": anyway || (serving && !terminating), "serving": serving, "terminating": terminating},
        "nodeName": text(pod, "/spec/nodeName"),
        "targetRef": {"kind": "Pod", "namespace": object::namespace(pod), "name": object::name(pod), "uid": object::uid(pod)},
    });
    // A name of its own only where the set names this Service.
    let hostname = text(pod, "/spec/hostname");
    if !hostname.is_empty() && text(pod, "/spec/subdomain") == object::name(service) {
        endpoint["hostname"] = json!(hostname);
    }
    endpoint
}

fn ports(service: &Value, pod: Option<&Value>) -> Vec<Value> {
    let target = |port: &Value| match &port["targetPort"] {
        Value::String(name) => pod.and_then(|pod| {
            let containers = object::list(pod, "/spec/containers").iter();
            let mut ports = containers.flat_map(|c| object::list(c, "/ports"));
            ports.find(|p| p["name"] == **name)?["containerPort"].as_i64()
        }),
        other => other.as_i64(),
    };
    object::list(service, "/spec/ports")
        .iter()
        .filter_map(|port| {
            let name = text(port, "/name");
            Some(json!({"name": name, "port": target(port)?, "protocol": port["protocol"]}))
        })
        .collect()
}
