//! Under `--authority impersonate` the cluster decides: what alice may not do is refused by it, and the answer says so.

use anyhow::Result;
use e2e::panel::PASSWORD;
use e2e::stories::set;
use e2e::{Client, Panel, PanelOptions, namespace, plane};
use model::path;
use model::status::StatusKind;
use serde_json::json;

fn user(panel: &Panel, name: &str, kubernetes: &str, groups: &[&str]) -> Result<Client> {
    let mut args = vec!["user", "add", name, "--role", "operator", "--kubernetes-user", kubernetes];
    for g in groups {
        args.extend(["--kubernetes-group", g]);
    }
    panel.command(&args, &format!("{PASSWORD}\n"))?;
    Client::log_in(&panel.url, name, PASSWORD)
}

#[test]
fn each_user_acts_as_their_kubernetes_user_and_the_cluster_decides() -> Result<()> {
    let plane = plane();
    let panel = Panel::start(
        plane,
        PanelOptions {
            kube_user: "rollcall-impersonator".into(),
            authority: "impersonate".into(),
            ..PanelOptions::default()
        },
    )?;
    plane.apply("admin", "shop", &set("orders").yaml())?;
    let other = namespace(plane, "rights-other");
    plane.apply("admin", &other, &set("hidden").yaml())?;
    let alice = user(&panel, "alice.a", "alice", &[])?;
    let bob = user(&panel, "bob.b", "bob", &[])?;
    let carol = user(&panel, "carol.c", "carol", &[])?;
    alice.wait_status("shop", "orders", StatusKind::Settled)?;

    let who = alice.get(path::SESSION)?.json();
    assert_eq!(who["identity"]["authority"], "impersonate");
    assert_eq!(who["identity"]["user"], "alice");

    // alice has `edit` in shop: her action arrives as hers.
    let mark = plane.audit_mark();
    let answer = alice.act("shop", "orders", json!({"action": "scale", "replicas": 2}))?;
    assert_eq!(answer.status, 200, "{}", answer.text);
    let entry =
        plane.audit_find(mark, |e| e.verb == "patch" && e.is_about("statefulsets", "shop"))?;
    assert_eq!(entry.acting_user(), "alice");

    // bob has `view`: the panel's role lets him, the cluster does not.
    bob.wait_row("shop", "orders", "two pods", |r| r.replicas == 2)?;
    let refused = bob.act("shop", "orders", json!({"action": "scale", "replicas": 3}))?;
    assert_eq!(
        (refused.status, refused.code().as_str()),
        (403, "refused-by-cluster"),
        "{}",
        refused.text
    );
    assert!(
        refused.text.contains("bob") && refused.text.contains("cannot patch"),
        "{}",
        refused.text
    );

    // Nobody sees what they may not list, and nobody is told that it exists.
    let names = |c: &Client| -> Result<Vec<String>> {
        Ok(c.fleet()?.sets.into_iter().map(|s| format!("{}/{}", s.namespace, s.name)).collect())
    };
    assert!(!names(&alice)?.contains(&"rights-other/hidden".to_owned()));
    let of_shop = |n: &String| n.starts_with("shop/") || n.starts_with("rights-other/");
    assert!(!names(&carol)?.iter().any(of_shop), "{:?}", names(&carol)?);
    for name in ["hidden", "not-there-at-all"] {
        let answer = alice.get(&path::set(&other, name))?;
        assert_eq!((answer.status, answer.code().as_str()), (403, "no-access"), "{}", answer.text);
    }
    assert_eq!(carol.get(&path::history("shop", "orders"))?.code(), "no-access");
    // Nor do actions tell, which the panel would judge with its own rights.
    let expect = json!({"uid": "u", "generation": 1});
    for name in ["hidden", "not-there-at-all"] {
        for query in ["", "?dryRun=true"] {
            let act = json!({"action": "scale", "replicas": 1, "expect": expect});
            let answer = alice.act_with(&other, name, act, query, &[])?;
            let told = (answer.status, answer.code());
            assert_eq!(told, (403, "no-access".to_owned()), "{}", answer.text);
        }
    }
    Ok(())
}

#[test]
fn a_set_whose_pods_may_not_be_listed_is_no_access_and_not_empty() -> Result<()> {
    let plane = plane();
    let ns = namespace(plane, "rights-pods");
    plane.apply("admin", &ns, &set("half").yaml())?;
    plane.apply(
        "admin",
        &ns,
        "apiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata: { name: sets-only }\nrules:\n  - { apiGroups: [apps], resources: [statefulsets], verbs: [get, list, watch] }\n---\napiVersion: rbac.authorization.k8s.io/v1\nkind: RoleBinding\nmetadata: { name: sets-only }\nroleRef: { apiGroup: rbac.authorization.k8s.io, kind: Role, name: sets-only }\nsubjects: [{ apiGroup: rbac.authorization.k8s.io, kind: User, name: carol }]\n",
    )?;
    let panel = Panel::start(
        plane,
        PanelOptions {
            kube_user: "rollcall-impersonator".into(),
            authority: "impersonate".into(),
            ..PanelOptions::default()
        },
    )?;
    let carol = user(&panel, "carol.c", "carol", &[])?;
    let row = carol.wait_status(&ns, "half", StatusKind::NoAccess)?.row;
    assert_eq!(row.status.sentence, "You may list this set, but not its pods.");
    assert!(row.strip.is_empty());
    Ok(())
}

#[test]
fn a_team_with_rights_in_its_own_namespace_only_sees_acts_and_remembers_there() -> Result<()> {
    let plane = plane();
    // dave has `edit` in the namespace default, and may read nothing of kube-system.
    plane.apply("admin", "default", &set("teamwork").replicas(2).yaml())?;
    let panel = Panel::start(
        plane,
        PanelOptions {
            kube_user: "dave".into(),
            args: vec!["--namespace".into(), "default".into()],
            ..PanelOptions::default()
        },
    )?;
    let client = panel.user("ada", "operator")?;
    client.wait_status("default", "teamwork", StatusKind::Settled)?;
    let answer = client.act("default", "teamwork", json!({"action": "scale", "replicas": 1}))?;
    assert_eq!(answer.status, 200, "{}", answer.text);
    client.wait_row("default", "teamwork", "one pod", |r| r.replicas == 1)?;
    harness::wait_until("it is remembered", std::time::Duration::from_secs(20), || {
        let events = client.history("default", "teamwork")?.events;
        Ok(events.iter().any(|e| e.sentence.contains("scaled from 2 to 1")).then_some(()))
    })?;
    let cluster = client.get(path::CLUSTER)?.json();
    assert!(cluster["id"].is_null() && cluster["version"].is_string(), "{cluster}");
    let who = client.get(path::SESSION)?.json();
    assert_eq!(who["identity"]["user"], "dave", "{who}");
    Ok(())
}
