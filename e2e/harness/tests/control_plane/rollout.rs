//! The controllers do what they do on any cluster.

use anyhow::Result;

use crate::support::{READY, becomes, get, namespace, plane, set};

#[test]
fn everything_runs() -> Result<()> {
    let programs = plane().programs()?;
    assert_eq!(programs.len(), 6, "{programs:?}");
    assert!(programs.iter().all(|program| program.exit.is_empty()), "{programs:?}");
    let nodes = plane().kubectl("admin", &["get", "nodes", "--no-headers"])?;
    assert_eq!(nodes.matches(" Ready ").count(), 3, "{nodes}");
    assert!(
        plane()
            .kubectl("admin", &["version"])?
            .contains(&format!("Server Version: {}", plane().version()))
    );
    Ok(())
}

#[test]
fn a_canary_is_held_and_finished() -> Result<()> {
    namespace(plane(), "canary")?;
    plane().apply("admin", "canary", &set(3, "1.0", "", ""))?;
    becomes(plane(), "canary", "sts/web", "{.status.readyReplicas}", "3")?;
    let hold = "updateStrategy: { type: RollingUpdate, rollingUpdate: { partition: 2 } }";
    plane().apply("admin", "canary", &set(3, "1.1", "", hold))?;
    becomes(
        plane(),
        "canary",
        "sts/web",
        "{.status.updatedReplicas},{.status.readyReplicas}",
        "1,3",
    )?;
    let image = "{.spec.containers[0].image}";
    assert_eq!(get(plane(), "canary", "pod/web-2", image)?, "registry.example/web:1.1");
    assert_eq!(get(plane(), "canary", "pod/web-1", image)?, "registry.example/web:1.0");
    plane().apply("admin", "canary", &set(3, "1.1", "", ""))?;
    becomes(
        plane(),
        "canary",
        "sts/web",
        "{.status.updatedReplicas},{.status.readyReplicas}",
        "3,3",
    )?;
    Ok(())
}

#[test]
fn a_sick_ordinal_stops_the_roll() -> Result<()> {
    namespace(plane(), "stuck")?;
    plane().apply("admin", "stuck", &set(3, "1.0", "", ""))?;
    becomes(plane(), "stuck", "sts/web", "{.status.readyReplicas}", "3")?;
    plane().apply("admin", "stuck", &set(3, "1.1-never-1", "", ""))?;
    becomes(
        plane(),
        "stuck",
        "pod/web-1",
        "{.spec.containers[0].image}",
        "registry.example/web:1.1-never-1",
    )?;
    becomes(plane(), "stuck", "pod/web-1", READY, "False")?;
    assert_eq!(get(plane(), "stuck", "pod/web-2", READY)?, "True");
    assert_eq!(
        get(plane(), "stuck", "pod/web-0", "{.spec.containers[0].image}")?,
        "registry.example/web:1.0"
    );
    // Let go at a moment of the test's choosing.
    let ready = r#"{"status":{"conditions":[
        {"type":"Ready","status":"True"},{"type":"ContainersReady","status":"True"}]}}"#;
    plane().kubectl(
        "admin",
        &["-n", "stuck", "patch", "pod", "web-1", "--subresource=status", "-p", ready],
    )?;
    becomes(plane(), "stuck", "sts/web", "{.status.updatedReplicas},{.status.readyReplicas}", "3,3")
}

#[test]
fn an_eviction_that_the_budget_forbids_is_refused() -> Result<()> {
    namespace(plane(), "budget")?;
    plane().apply("admin", "budget", &set(2, "1.0", "", ""))?;
    let budget = "
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: { name: web }
spec: { minAvailable: 2, selector: { matchLabels: { app: web } } }
";
    plane().apply("admin", "budget", budget)?;
    becomes(plane(), "budget", "pdb/web", "{.status.currentHealthy}", "2")?;
    let evict = |pod: &str| {
        let path = format!("/api/v1/namespaces/budget/pods/{pod}/eviction");
        let body = format!(
            r#"{{"apiVersion":"policy/v1","kind":"Eviction","metadata":{{"name":"{pod}"}}}}"#
        );
        let arguments = ["create", "--raw", &path, "-f", "-"];
        plane().kubectl_with_input("rollcall-direct", &arguments, Some(&body), crate::support::SOON)
    };
    let mark = plane().audit_mark();
    let refusal = evict("web-1").expect_err("the budget wants both").to_string();
    assert!(refusal.contains("disruption budget"), "{refusal}");
    let entry = plane().audit_find(mark, |entry| entry.is_about("pods/eviction", "budget"))?;
    assert_eq!(entry.response_status.code, 429);
    plane().kubectl("admin", &["-n", "budget", "delete", "pdb", "web"])?;
    let uid = get(plane(), "budget", "pod/web-1", "{.metadata.uid}")?;
    evict("web-1")?;
    harness::wait_until("another web-1", crate::support::SOON, || {
        Ok((get(plane(), "budget", "pod/web-1", "{.metadata.uid}")? != uid).then_some(()))
    })
}
