//! The database: backup while the server runs, restore only while none does, another cluster's and a newer one's refused, and
//! the gap after a stop.

use std::time::Duration;

use anyhow::{Context, Result};
use e2e::stories::set;
use e2e::{Panel, PanelOptions, panel};
use harness::{ControlPlane, Options, wait_until};
use model::status::StatusKind;
use model::wire::{EventKind, Source};

#[test]
fn a_backup_taken_while_it_runs_is_restored_only_while_none_runs() -> Result<()> {
    let plane = ControlPlane::start(Options::default())?;
    let mut panel = Panel::start(&plane, PanelOptions::default())?;
    let client = panel.user("ada", "operator")?;
    plane.apply("admin", "default", &set("web").yaml())?;
    client.wait_status("default", "web", StatusKind::Settled)?;
    let folder = tempfile::tempdir()?;
    let copy = folder.path().join("copy.db");
    let copy = copy.to_str().context("a plain path")?;
    panel.command(&["backup", copy], "")?;
    panel.command(
        &["user", "add", "later", "--role", "viewer"],
        &format!("{}\n", panel::PASSWORD),
    )?;
    let refused = panel.command(&["restore", copy], "").expect_err("a server runs");
    assert!(refused.to_string().contains("stop it"), "{refused}");
    panel.stop()?;
    panel.command(&["restore", copy], "")?;
    let users = panel.command(&["user", "list"], "")?;
    assert!(users.contains("ada") && !users.contains("later"), "{users}");
    panel.start_again()?;
    let history = e2e::Client::log_in(&panel.url, "ada", panel::PASSWORD)?;
    wait_until("the history is back", Duration::from_secs(20), || {
        let found = history.history("default", "web").ok();
        Ok(found.filter(|h| !h.events.is_empty()).map(|_| ()))
    })
}

#[test]
fn another_clusters_database_is_refused() -> Result<()> {
    let (one, two) =
        (ControlPlane::start(Options::default())?, ControlPlane::start(Options::default())?);
    let mut panel = Panel::start(&one, PanelOptions::default())?;
    let client = panel.user("ada", "viewer")?;
    one.apply("admin", "default", &set("web").yaml())?;
    client.wait_status("default", "web", StatusKind::Settled)?;
    panel.stop()?;
    let out = std::process::Command::new(panel::binary())
        .args(["serve", "--listen", "127.0.0.1:0", "--kubeconfig"])
        .arg(two.kubeconfig("rollcall-direct"))
        .env("ROLLCALL_DATABASE", panel.database())
        .output()?;
    assert!(!out.status.success());
    let said = String::from_utf8_lossy(&out.stderr);
    assert!(said.contains("belongs to another cluster"), "{said}");
    Ok(())
}

#[test]
fn what_happened_while_the_panel_did_not_look_is_found_and_told_as_a_gap() -> Result<()> {
    let plane = ControlPlane::start(Options::default())?;
    let mut panel = Panel::start(&plane, PanelOptions::default())?;
    let mut client = panel.user("ada", "viewer")?;
    plane.apply("admin", "default", &set("web").yaml())?;
    client.wait_status("default", "web", StatusKind::Settled)?;
    panel.stop()?;
    let stopped = std::time::Instant::now();
    plane.kubectl("admin", &["set", "image", "statefulset/web", "app=registry.example/app:2.0"])?;
    plane.kubectl("admin", &["rollout", "status", "statefulset/web", "--timeout=60s"])?;
    plane.kubectl("admin", &["scale", "statefulset/web", "--replicas=4"])?;
    plane.kubectl("admin", &["rollout", "status", "statefulset/web", "--timeout=60s"])?;
    // Two seconds and less are no gap worth a word.
    wait_until("a gap worth a word", Duration::from_secs(20), || {
        Ok((stopped.elapsed() > Duration::from_secs(4)).then_some(()))
    })?;
    panel.start_again()?;
    client.url.clone_from(&panel.url);
    client.wait_row("default", "web", "four pods", |r| {
        r.status.sentence == "All 4 pods run r2 and are Ready."
    })?;
    let mut last = None;
    let history = wait_until("gap and rollout are told", Duration::from_secs(20), || {
        let h = client.history("default", "web")?;
        last = Some(h.clone());
        let gap = h.events.iter().any(|e| e.kind == EventKind::Gap);
        let rollout = h.rollouts.iter().any(|r| r.to == "r2" && r.ended.is_some());
        Ok((gap && rollout).then_some(h))
    })
    .with_context(|| format!("{last:#?}"))?;
    let scale =
        history.events.iter().find(|e| e.kind == EventKind::Scale).context("the scaling")?;
    let by = scale.actor.as_ref().context("an actor")?;
    assert_eq!((by.source, by.name.as_deref()), (Source::Tool, Some("kubectl")), "{scale:?}");
    Ok(())
}
