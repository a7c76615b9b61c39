//! Logs and exec.

use anyhow::Result;
use harness::wait_until;

use crate::support::{READY, SOON, becomes, namespace, plane, set};

#[test]
fn every_pod_has_logs_and_its_own_if_given() -> Result<()> {
    namespace(plane(), "logs")?;
    plane().apply("admin", "logs", &set(2, "1.0", "", ""))?;
    becomes(plane(), "logs", "pod/web-1", READY, "True")?;
    let logs = |arguments: &[&str]| {
        plane().kubectl("admin", &[&["-n", "logs", "logs"], arguments].concat())
    };
    wait_until("the general log", SOON, || {
        Ok(logs(&["web-0"])?.contains("listening").then_some(()))
    })?;
    plane().set_log("logs", "web-1", "one\ntwo\n", "boom\n")?;
    wait_until("a log of its own", SOON, || Ok((logs(&["web-1"])? == "one\ntwo\n").then_some(())))?;
    assert_eq!(logs(&["web-1", "--previous"])?, "boom\n");
    plane().append_log("logs", "web-1", "three\n")?;
    assert_eq!(logs(&["web-1", "--tail=1"])?, "three\n");
    assert!(logs(&["web-0"])?.contains("listening"));
    Ok(())
}

#[test]
fn exec_sees_the_files_of_the_pod() -> Result<()> {
    namespace(plane(), "exec")?;
    plane().apply("admin", "exec", &set(2, "1.0", "", ""))?;
    becomes(plane(), "exec", "pod/web-1", READY, "True")?;
    let exec = |pod: &str, command: &[&str]| {
        plane().kubectl("admin", &[&["-n", "exec", "exec", pod, "--"], command].concat())
    };
    for (pod, visits) in [("web-0", "7\n"), ("web-1", "12\n")] {
        plane().give_files("exec", pod, &[("/app/visits", visits)])?;
        wait_until("the pod's file", SOON, || {
            Ok((exec(pod, &["cat", "/app/visits"])? == visits).then_some(()))
        })?;
    }
    assert_eq!(exec("web-0", &["ls", "/app"])?, "visits\n");
    // As an application does it, and the volume outlives the pod.
    exec("web-0", &["sh", "-c", "echo 8 > app/visits"])?;
    plane().kubectl("admin", &["-n", "exec", "delete", "pod", "web-0"])?;
    becomes(plane(), "exec", "sts/web", "{.status.readyReplicas}", "2")?;
    becomes(plane(), "exec", "pod/web-0", READY, "True")?;
    assert_eq!(exec("web-0", &["cat", "/app/visits"])?, "8\n");
    assert!(plane().give_files("exec", "web-0", &[("../../escape", "")]).is_err());
    Ok(())
}
