//! Who may do what, and what the audit log tells of it.

use anyhow::Result;

use crate::support::{namespace, plane, set};

/// Whether kubectl thinks that `user` may: asks the API server.
fn may(user: &str, arguments: &[&str]) -> bool {
    // `no` is also its exit status.
    plane().kubectl(user, &[&["auth", "can-i"], arguments].concat()).is_ok()
}

#[test]
fn each_user_has_the_rights_of_the_table() {
    let patch_shop: &[&str] = &["patch", "statefulsets.apps", "-n", "shop"];
    let list_shop: &[&str] = &["list", "statefulsets.apps", "-n", "shop"];
    let list_all: &[&str] = &["list", "statefulsets.apps", "-A"];
    let patch_default: &[&str] = &["patch", "statefulsets.apps", "-n", "default"];
    let evict_shop: &[&str] = &["create", "pods", "--subresource=eviction", "-n", "shop"];
    for (user, allowed, denied) in [
        ("alice", vec![patch_shop, list_shop], vec![list_all, patch_default]),
        ("bob", vec![list_shop], vec![patch_shop, list_all]),
        ("carol", vec![], vec![list_shop, patch_shop, list_all]),
        ("dave", vec![patch_default], vec![list_shop]),
        ("rollcall", vec![list_all], vec![patch_shop, evict_shop]),
        ("rollcall-impersonator", vec![list_all], vec![patch_shop]),
        (
            "rollcall-direct",
            vec![list_all, patch_shop, evict_shop],
            vec![&["list", "secrets", "-A"] as &[&str]],
        ),
    ] {
        for arguments in allowed {
            assert!(may(user, arguments), "{user} may {arguments:?}");
        }
        for arguments in denied {
            assert!(!may(user, arguments), "{user} may not {arguments:?}");
        }
    }
    for kind in
        ["pods", "pvc", "services", "events", "endpointslices", "pdb", "controllerrevisions"]
    {
        assert!(may("rollcall", &["watch", kind, "-A"]), "{kind}");
    }
}

#[test]
fn impersonation_is_for_the_named_users_only() -> Result<()> {
    let as_panel = |arguments: &[&str]| plane().kubectl("rollcall-impersonator", arguments);
    as_panel(&["--as", "alice", "-n", "shop", "get", "statefulsets"])?;
    as_panel(&["--as", "alice", "--as-group", "shop-team", "-n", "shop", "get", "statefulsets"])?;
    let refusal = as_panel(&["--as", "carol", "-n", "shop", "get", "statefulsets"])
        .expect_err("carol may not");
    assert!(refusal.to_string().contains("User \"carol\" cannot list"), "{refusal}");
    for arguments in
        [["--as", "admin"].as_slice(), &["--as", "alice", "--as-group", "system:masters"]]
    {
        let refusal = as_panel(&[arguments, &["-n", "shop", "get", "statefulsets"]].concat());
        assert!(
            refusal.expect_err("not to be impersonated").to_string().contains("cannot impersonate")
        );
    }
    Ok(())
}

#[test]
fn the_audit_log_names_the_person() -> Result<()> {
    plane().apply(
        "alice",
        "shop",
        &set(1, "1.0", "", "").replace("name: web }", "name: audited }"),
    )?;
    let mark = plane().audit_mark();
    let patch = r#"{"spec":{"template":{"metadata":{"annotations":{"by":"panel"}}}}}"#;
    let arguments = ["--as", "alice", "-n", "shop", "patch", "statefulset", "audited", "-p", patch];
    plane().kubectl("rollcall-impersonator", &arguments)?;
    let entry = plane().audit_find(mark, |entry| {
        entry.is_about("statefulsets", "shop")
            && entry.verb == "patch"
            && entry.object_ref.name == "audited"
    })?;
    assert_eq!(
        (entry.user.username.as_str(), entry.acting_user()),
        ("rollcall-impersonator", "alice")
    );
    assert_eq!(entry.response_status.code, 200);
    assert_eq!(entry.annotations["authorization.k8s.io/decision"], "allow");
    assert!(entry.user_agent.starts_with("kubectl"), "{}", entry.user_agent);
    let body = entry.request_object.map(|body| body.to_string()).unwrap_or_default();
    assert!(body.contains("\"by\":\"panel\""), "{body}");

    let mark = plane().audit_mark();
    plane()
        .kubectl("bob", &["-n", "shop", "delete", "statefulset", "audited"])
        .expect_err("bob only looks");
    let entry =
        plane().audit_find(mark, |entry| entry.user.username == "bob" && entry.verb == "delete")?;
    assert_eq!(entry.response_status.code, 403);
    // The controllers are left out, or the log would hold mostly them.
    assert!(
        plane()
            .audit()?
            .iter()
            .all(|entry| !entry.user.username.contains("statefulset-controller"))
    );
    Ok(())
}

#[test]
fn namespaces_of_tests_are_their_own() -> Result<()> {
    namespace(plane(), "strangers")?;
    assert!(!may("alice", &["list", "pods", "-n", "strangers"]));
    Ok(())
}
