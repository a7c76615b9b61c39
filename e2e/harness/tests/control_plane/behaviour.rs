//! Pods behave as their tags and annotations say.

use std::time::{Duration, Instant};

use anyhow::Result;
use harness::wait_until;

use crate::support::{READY, SOON, becomes, get, namespace, plane, set};

const WAITING: &str = "{.status.containerStatuses[0].state.waiting.reason}";

/// Waits for an event of a pod.
fn says(namespace: &str, pod: &str, reason: &str) -> Result<()> {
    let selector = format!("involvedObject.name={pod},reason={reason}");
    wait_until(&format!("event {reason} of {pod}"), SOON, || {
        let events = plane().kubectl(
            "admin",
            &["-n", namespace, "get", "events", "--field-selector", &selector, "-o", "name"],
        )?;
        Ok((!events.is_empty()).then_some(()))
    })
}

#[test]
fn a_crash_loop_shows() -> Result<()> {
    namespace(plane(), "crash")?;
    plane().apply("admin", "crash", &set(1, "1.0-oom", "", ""))?;
    becomes(plane(), "crash", "pod/web-0", WAITING, "CrashLoopBackOff")?;
    let status = "{.status.containerStatuses[0]['lastState.terminated.exitCode','restartCount']}";
    wait_until("a restart count of 2", SOON, || {
        let status = get(plane(), "crash", "pod/web-0", status)?;
        Ok((status == "137 2").then_some(()))
    })?;
    assert_eq!(get(plane(), "crash", "pod/web-0", "{.status.phase}")?, "Running");
    says("crash", "web-0", "BackOff")?;
    plane().apply("admin", "crash", &set(1, "1.0-crash", "", ""))?;
    // The controller never replaces a pod that is not Ready by itself in an ordered set.
    plane().kubectl("admin", &["-n", "crash", "delete", "pod", "web-0"])?;
    becomes(
        plane(),
        "crash",
        "pod/web-0",
        "{.status.containerStatuses[0].lastState.terminated.exitCode}",
        "1",
    )
}

#[test]
fn a_missing_image_shows() -> Result<()> {
    namespace(plane(), "pull")?;
    plane().apply("admin", "pull", &set(1, "1.0-pull", "", ""))?;
    becomes(plane(), "pull", "pod/web-0", WAITING, "ImagePullBackOff")?;
    assert_eq!(get(plane(), "pull", "pod/web-0", "{.status.phase}")?, "Pending");
    says("pull", "web-0", "Failed")
}

#[test]
fn a_pod_can_stay_pending() -> Result<()> {
    namespace(plane(), "pending")?;
    plane().apply("admin", "pending", &set(2, "1.0-pending-1", "", ""))?;
    becomes(plane(), "pending", "pod/web-0", READY, "True")?;
    becomes(
        plane(),
        "pending",
        "pod/web-1",
        "{.status.conditions[?(@.type==\"PodScheduled\")].status}",
        "True",
    )?;
    assert_eq!(
        get(plane(), "pending", "pod/web-1", "{.status.phase}{.status.containerStatuses}")?,
        "Pending"
    );
    Ok(())
}

#[test]
fn start_and_end_can_be_slow() -> Result<()> {
    namespace(plane(), "slow")?;
    let annotations =
        r#", annotations: { rollcall.test/ready-after: "2s", rollcall.test/end-after: "3s" }"#;
    plane().apply("admin", "slow", &set(1, "1.0", annotations, ""))?;
    becomes(plane(), "slow", "pod/web-0", "{.status.phase}", "Running")?;
    becomes(plane(), "slow", "pod/web-0", READY, "True")?;
    let began = Instant::now();
    plane().kubectl("admin", &["-n", "slow", "delete", "pod", "web-0"])?;
    assert!(began.elapsed() >= Duration::from_secs(3), "{:?}", began.elapsed());
    plane().apply("admin", "slow", &set(1, "1.1-slow-1s", "", ""))?;
    becomes(plane(), "slow", "sts/web", "{.status.updatedReplicas},{.status.readyReplicas}", "1,1")
}

#[test]
fn only_the_container_with_the_tag_is_sick() -> Result<()> {
    namespace(plane(), "sidecar")?;
    let pod = "
apiVersion: v1
kind: Pod
metadata: { name: two }
spec:
  initContainers: [{ name: init, image: 'registry.example/agent:1.18.1' }]
  containers:
    - { name: app, image: 'registry.example/app:1.0-never' }
    - { name: agent, image: 'registry.example/agent:1.18.1' }
";
    plane().apply("admin", "sidecar", pod)?;
    becomes(plane(), "sidecar", "pod/two", "{.status.containerStatuses[*].ready}", "false true")?;
    let init = "{.status.initContainerStatuses[0].state.terminated.reason}";
    assert_eq!(get(plane(), "sidecar", "pod/two", init)?, "Completed");
    says("sidecar", "two", "Unhealthy")
}
