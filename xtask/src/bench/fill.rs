//! Many sets.

use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use harness::ControlPlane;
use serde_json::{Value, json};

use super::proxy::Proxy;
use crate::progress;

/// Pods of each set.
pub(super) const PODS: u32 = 10;
/// The first of those that a sandbox makes.
pub(super) const NAMESPACE: &str = "team-00";
/// Where the API server has the sets.
pub(super) const SETS: &str = "/apis/apps/v1/namespaces/team-00/statefulsets";
/// Requests at a time.
const HANDS: usize = 16;

pub(super) fn name(set: u32) -> String {
    format!("set-{set:04}")
}

/// Where the API server has set number `set`.
pub(super) fn path(set: u32) -> String {
    format!("{SETS}/{}", name(set))
}

/// Creates the sets and waits until all pods are Ready.
pub(super) fn fill(plane: &ControlPlane, proxy: &Proxy, sets: u32) -> Result<()> {
    plane.kubectl("admin", &["create", "namespace", NAMESPACE])?;
    let nodes =
        plane.kubectl("admin", &["get", "nodes", "-o", "jsonpath={.items[*].metadata.name}"])?;
    let nodes: Vec<&str> = nodes.split_whitespace().collect();
    let account = ["-n", NAMESPACE, "get", "serviceaccount", "default"];
    harness::wait_until("the account of the new namespace", Duration::from_secs(30), || {
        plane.kubectl("admin", &account).map(Some)
    })?;
    each(sets, |set| {
        let node = nodes[usize::try_from(set)? % nodes.len()];
        proxy.post(SETS, &manifest(set, node))
    })?;
    await_pods(proxy, sets)
}

/// Does `work` for every set, several at a time.
pub(super) fn each(sets: u32, work: impl Fn(u32) -> Result<()> + Sync) -> Result<()> {
    let next = AtomicU32::new(0);
    let hand = || -> Result<()> {
        loop {
            let set = next.fetch_add(1, Ordering::Relaxed);
            if set >= sets {
                return Ok(());
            }
            work(set)?;
        }
    };
    thread::scope(|scope| {
        let hands: Vec<_> = (0..HANDS).map(|_| scope.spawn(hand)).collect();
        hands.into_iter().try_for_each(|hand| hand.join().expect("the work does not panic"))
    })
}

/// No claims, and a node named from the start: neither binder nor scheduler is to be measured.
fn manifest(set: u32, node: &str) -> Value {
    let labels = json!({ "app": name(set) });
    json!({
        "apiVersion": "apps/v1",
        "kind": "StatefulSet",
        "metadata": { "name": name(set), "labels": labels },
        "spec": {
            "serviceName": name(set),
            "replicas": PODS,
            "podManagementPolicy": "Parallel",
            "selector": { "matchLabels": labels },
            "template": {
                "metadata": { "labels": labels },
                "spec": {
                    "nodeName": node,
                    "containers": [{ "name": "app", "image": "registry.example/app:1.0" }],
                },
            },
        },
    })
}

fn await_pods(proxy: &Proxy, sets: u32) -> Result<()> {
    let wanted = u64::from(sets) * u64::from(PODS);
    let end = Instant::now() + Duration::from_mins(10);
    let mut told = Instant::now();
    loop {
        let list = proxy.get(SETS)?;
        let items = list["items"].as_array().context("a list has items")?;
        let ready: u64 =
            items.iter().filter_map(|set| set["status"]["readyReplicas"].as_u64()).sum();
        if ready == wanted {
            return Ok(());
        }
        if Instant::now() > end {
            bail!("only {ready} of {wanted} pods are ready after ten minutes");
        }
        if told.elapsed() > Duration::from_secs(5) {
            progress::say(&format!("{ready} of {wanted} pods are ready"));
            told = Instant::now();
        }
        thread::sleep(Duration::from_secs(1));
    }
}
