//! The shared control plane, and short words for what tests do with it.

use std::sync::OnceLock;
use std::time::Duration;

use anyhow::Result;
use harness::{ControlPlane, Options, Program, wait_until};

/// Long for a loaded machine; met within a second or two. After the API server was away client-go's reflectors wait for up to a
/// minute before they ask again (client-go, `tools/cache/reflector.go`: 30 s, and as much again of jitter), one after another.
pub(crate) const SOON: Duration = Duration::from_mins(3);

pub(crate) fn plane() -> &'static ControlPlane {
    static PLANE: OnceLock<ControlPlane> = OnceLock::new();
    PLANE.get_or_init(|| ControlPlane::start(Options::default()).expect("a control plane starts"))
}

/// A namespace of the test's own, once it takes pods.
pub(crate) fn namespace(plane: &ControlPlane, name: &str) -> Result<()> {
    plane.kubectl("admin", &["create", "namespace", name])?;
    wait_until("the namespace's service account", SOON, || {
        plane.kubectl("admin", &["-n", name, "get", "serviceaccount", "default"]).map(Some)
    })?;
    Ok(())
}

/// A set `web` with one container; `pod` is further YAML of the pod's metadata, `spec` of the set's
/// spec.
pub(crate) fn set(replicas: u32, tag: &str, pod: &str, spec: &str) -> String {
    format!(
        "
apiVersion: apps/v1
kind: StatefulSet
metadata: {{ name: web }}
spec:
  serviceName: web
  replicas: {replicas}
  selector: {{ matchLabels: {{ app: web }} }}
  template:
    metadata: {{ labels: {{ app: web }} {pod} }}
    spec:
      containers: [{{ name: web, image: \"registry.example/web:{tag}\" }}]
  {spec}
"
    )
}

/// What kubectl's jsonpath `path` gives for an object such as `pod/web-0`.
pub(crate) fn get(
    plane: &ControlPlane,
    namespace: &str,
    object: &str,
    path: &str,
) -> Result<String> {
    plane.kubectl("admin", &["-n", namespace, "get", object, "-o", &format!("jsonpath={path}")])
}

/// Waits until [`get`] gives `wanted`.
pub(crate) fn becomes(
    plane: &ControlPlane,
    namespace: &str,
    object: &str,
    path: &str,
    wanted: &str,
) -> Result<()> {
    let mut last = String::new();
    let what = format!("{object} {path} to be {wanted}");
    wait_until(&what, SOON, || {
        last = get(plane, namespace, object, path)?;
        Ok((last == wanted).then_some(()))
    })
    .map_err(|error| error.context(format!("it is {last:?}\n{}", around(plane, namespace))))
}

/// What tells why something does not happen: nodes, pods, Events, and the end of each program's log.
fn around(plane: &ControlPlane, namespace: &str) -> String {
    let asked: [&[&str]; 4] = [
        &["get", "nodes", "-o", "jsonpath={.items[*].spec.taints}"],
        &["-n", "kube-node-lease", "get", "leases"],
        &["-n", namespace, "get", "pods,pvc", "-o", "wide"],
        &["-n", namespace, "get", "events", "--sort-by=.lastTimestamp"],
    ];
    let answers = asked.into_iter().map(|args| {
        let answer = plane.kubectl("admin", args).unwrap_or_else(|error| format!("{error:#}"));
        format!("$ kubectl {}\n{answer}", args.join(" "))
    });
    let programs = [Program::ControllerManager, Program::Scheduler, Program::Kwok, Program::Claims];
    let logs = programs.map(|part| format!("== {}\n{}", part.name(), plane.log_tail(part)));
    answers.chain(logs).collect::<Vec<_>>().join("\n")
}

/// The status of a pod's condition Ready.
pub(crate) const READY: &str = "{.status.conditions[?(@.type==\"Ready\")].status}";
