//! Under `--authority impersonate`: what a user may not list is in no answer, neither in the stream nor in the history.

use std::time::Duration;

use anyhow::{Context, Result};
use e2e::panel::PASSWORD;
use e2e::stories::set;
use e2e::stream::Stream;
use e2e::{Client, Panel, PanelOptions, namespace, plane};
use model::path;
use model::status::StatusKind;
use model::wire::{EventPage, LiveRows};

fn user(panel: &Panel, name: &str) -> Result<Client> {
    let args = ["user", "add", name, "--role", "operator", "--kubernetes-user", name];
    panel.command(&args, &format!("{PASSWORD}\n"))?;
    Client::log_in(&panel.url, name, PASSWORD)
}

/// Role and binding for a user in one namespace.
fn grant(ns: &str, user: &str, rules: &str) -> Result<()> {
    let name = format!("sight-{user}");
    plane().apply(
        "admin",
        ns,
        &format!(
            "apiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata: {{ name: {name} }}\nrules:\n{rules}---\napiVersion: rbac.authorization.k8s.io/v1\nkind: RoleBinding\nmetadata: {{ name: {name} }}\nroleRef: {{ apiGroup: rbac.authorization.k8s.io, kind: Role, name: {name} }}\nsubjects: [{{ apiGroup: rbac.authorization.k8s.io, kind: User, name: {user} }}]\n"
        ),
    )?;
    Ok(())
}

const SETS: &str =
    "  - { apiGroups: [apps], resources: [statefulsets], verbs: [get, list, watch] }\n";
const REST: &str = "  - { apiGroups: [\"\"], resources: [pods, persistentvolumeclaims], verbs: [get, list, watch] }\n  - { apiGroups: [apps], resources: [controllerrevisions], verbs: [get, list, watch] }\n";

fn namespaces_in(page: &EventPage) -> Vec<&str> {
    page.events.iter().map(|e| e.set.namespace.as_str()).collect()
}

#[test]
fn stream_events_revisions_and_rollouts_show_only_what_the_cluster_shows_the_user() -> Result<()> {
    let plane = plane();
    let (mine, other) = (namespace(plane, "sight-mine"), namespace(plane, "sight-other"));
    for ns in [&mine, &other] {
        plane.apply("admin", ns, &set("web").replicas(1).claims().yaml())?;
    }
    // bob sees sets only, carol everything of them.
    grant(&mine, "bob", SETS)?;
    grant(&mine, "carol", &format!("{SETS}{REST}"))?;
    let panel = Panel::start(
        plane,
        PanelOptions {
            kube_user: "rollcall-impersonator".into(),
            authority: "impersonate".into(),
            args: vec!["--namespace".into(), mine.clone(), "--namespace".into(), other.clone()],
            ..PanelOptions::default()
        },
    )?;
    let (bob, carol) = (user(&panel, "bob")?, user(&panel, "carol")?);
    let web = carol.wait_status(&mine, "web", StatusKind::Settled)?;

    // A rollout in both namespaces; carol's stream hears of one.
    let stream = Stream::open(&carol, &path::live(Some(web.version), None))?;
    for ns in [&other, &mine] {
        let image = ["-n", ns, "set", "image", "statefulset/web", "app=registry.example/app:2.0"];
        plane.kubectl("admin", &image)?;
        plane.kubectl(
            "admin",
            &["-n", ns, "rollout", "status", "statefulset/web", "--timeout=60s"],
        )?;
    }
    let settled = |rows: &LiveRows| {
        rows.rows
            .iter()
            .any(|r| r.status.sentence.contains("r2") && r.status.kind == StatusKind::Settled)
    };
    loop {
        let event = stream.next(Duration::from_mins(1), |e| e.name == "rows")?;
        let rows: LiveRows = serde_json::from_value(event.data)?;
        assert!(rows.rows.iter().all(|r| r.namespace == mine), "{rows:?}");
        if settled(&rows) {
            break;
        }
    }

    let history = harness::wait_until("the rollout is recorded", Duration::from_secs(20), || {
        let history = carol.history(&mine, "web")?;
        Ok(history.rollouts.iter().any(|r| r.ended.is_some()).then_some(history))
    })?;
    let rollout = history.rollouts.iter().find(|r| r.to == "r2").context("the rollout")?;
    assert!(!rollout.changes.is_empty());
    let events: EventPage = carol.get(path::EVENTS)?.parse()?;
    assert!(namespaces_in(&events).iter().all(|ns| *ns == mine));
    assert!(events.events.iter().any(|e| e.ordinal.is_some()), "pods are hers to see");
    let of_other = format!("{}?namespace={other}", path::EVENTS);
    assert_eq!(carol.get(&of_other)?.code(), "no-access");
    let now = carol.set(&mine, "web")?.context("the set")?;
    let revision = now.facts.set.status.update_revision;
    assert_eq!(carol.get(&path::revision(&mine, "web", &revision))?.status, 200);
    let view = carol.get(path::CLUSTER)?;
    assert!(
        view.text.contains(mine.as_str()) && !view.text.contains(other.as_str()),
        "{}",
        view.text
    );

    // bob may list sets and nothing of them: no pods, no claims, no templates.
    let events: EventPage = bob.get(path::EVENTS)?.parse()?;
    assert!(!events.events.is_empty());
    let about_parts = |e: &&model::wire::EventView| {
        use model::wire::EventKind::{Claim, PodCreated, PodDown, PodNotReady, PodReady};
        matches!(e.kind, Claim | PodCreated | PodDown | PodNotReady | PodReady)
    };
    assert_eq!(events.events.iter().find(about_parts), None);
    assert_eq!(bob.get(&path::revision(&mine, "web", &revision))?.code(), "no-access");
    let veiled = bob.get(&path::rollout(&mine, "web", rollout.id))?.json();
    assert!(veiled["changes"].as_array().is_none_or(Vec::is_empty), "{veiled}");
    // Nor by the id of a rollout under a name that he may see.
    let theirs = bob.get(&path::rollout(&other, "web", rollout.id))?;
    assert_eq!(theirs.code(), "no-access");
    Ok(())
}
