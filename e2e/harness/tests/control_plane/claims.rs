//! Claims bind, stay, grow and go.

use anyhow::Result;
use harness::wait_until;

use crate::support::{SOON, becomes, get, namespace, plane, set};

fn with_claims(class: &str, policy: &str) -> String {
    let spec = format!(
        "persistentVolumeClaimRetentionPolicy: {{ whenDeleted: {policy} }}
  volumeClaimTemplates:
    - metadata: {{ name: data }}
      spec:
        storageClassName: {class}
        accessModes: [ReadWriteOnce]
        resources: {{ requests: {{ storage: 1Gi }} }}"
    );
    set(2, "1.0", "", &spec)
}

#[test]
fn the_same_claim_comes_back_and_goes_at_the_end() -> Result<()> {
    namespace(plane(), "claims")?;
    plane().apply("admin", "claims", &with_claims("standard", "Delete"))?;
    becomes(plane(), "claims", "sts/web", "{.status.readyReplicas}", "2")?;
    let claim = get(
        plane(),
        "claims",
        "pvc/data-web-0",
        "{.metadata.uid} {.status.phase} {.spec.volumeName}",
    )?;
    assert!(claim.contains(" Bound pvc-"), "{claim}");
    plane().kubectl("admin", &["-n", "claims", "delete", "pod", "web-0"])?;
    becomes(plane(), "claims", "sts/web", "{.status.readyReplicas}", "2")?;
    let after = get(
        plane(),
        "claims",
        "pvc/data-web-0",
        "{.metadata.uid} {.status.phase} {.spec.volumeName}",
    )?;
    assert_eq!(claim, after);
    plane().kubectl("admin", &["-n", "claims", "delete", "sts", "web"])?;
    let volume = claim.rsplit(' ').next().unwrap_or_default();
    wait_until("claims and their volumes to go", SOON, || {
        let claims = plane().kubectl("admin", &["-n", "claims", "get", "pvc", "-o", "name"])?;
        let volumes = plane().kubectl("admin", &["get", "pv", "-o", "name"])?;
        Ok((claims.is_empty() && !volumes.contains(volume)).then_some(()))
    })
}

#[test]
fn a_claim_grows_where_its_class_lets_it() -> Result<()> {
    namespace(plane(), "grow")?;
    plane().apply("admin", "grow", &with_claims("standard", "Retain"))?;
    becomes(plane(), "grow", "pvc/data-web-0", "{.status.capacity.storage}", "1Gi")?;
    let bigger = r#"{"spec":{"resources":{"requests":{"storage":"2Gi"}}}}"#;
    plane()
        .kubectl("rollcall-direct", &["-n", "grow", "patch", "pvc", "data-web-0", "-p", bigger])?;
    becomes(
        plane(),
        "grow",
        "pvc/data-web-0",
        "{.status.capacity.storage}{.status.conditions}",
        "2Gi",
    )?;
    let volume = get(plane(), "grow", "pvc/data-web-0", "{.spec.volumeName}")?;
    assert_eq!(get(plane(), "grow", &format!("pv/{volume}"), "{.spec.capacity.storage}")?, "2Gi");

    plane().kubectl("admin", &["-n", "grow", "delete", "sts,pvc", "--all"])?;
    plane().apply("admin", "grow", &with_claims("fixed-size", "Retain"))?;
    becomes(plane(), "grow", "pvc/data-web-0", "{.status.phase}", "Bound")?;
    let refusal =
        plane().kubectl("admin", &["-n", "grow", "patch", "pvc", "data-web-0", "-p", bigger]);
    assert!(refusal.expect_err("the class forbids it").to_string().contains("must support resize"));
    Ok(())
}

#[test]
fn a_claim_that_nobody_provisions_stays_pending() -> Result<()> {
    namespace(plane(), "nobody")?;
    plane().apply("admin", "nobody", &with_claims("nobody", "Retain"))?;
    wait_until("the wait for a provisioner to be told", SOON, || {
        let selector = "reason=ExternalProvisioning";
        let events = plane().kubectl(
            "admin",
            &["-n", "nobody", "get", "events", "--field-selector", selector, "-o", "name"],
        )?;
        Ok((!events.is_empty()).then_some(()))
    })?;
    assert_eq!(get(plane(), "nobody", "pvc/data-web-0", "{.status.phase}")?, "Pending");
    Ok(())
}
