//! At every settled step the panel's status, sentence and pod → revision → claim equal a table, and the live stream shows no
//! status in between that never was.

use std::time::Duration;

use anyhow::{Context, Result};
use e2e::stories::set;
use e2e::stream::Stream;
use e2e::{Client, Panel, PanelOptions, namespace, plane};
use model::status::StatusKind;
use model::wire::SetDetail;

/// One settled step: the badge, the sentence, and the pods from the lowest ordinal on.
struct Step<'a> {
    badge: &'a str,
    says: &'a str,
    pods: &'a str,
}

/// `web-0=r1 web-1=r2`, with the claims of the pod behind a colon.
fn pods(detail: &SetDetail) -> String {
    let facts = &detail.facts;
    let one = |p: &model::pod::Pod| {
        let claims =
            if p.claims.is_empty() { String::new() } else { format!(":{}", p.claims.join(",")) };
        format!("{}={}{claims}", p.name, facts.revision_label(&p.revision))
    };
    facts.pods.iter().map(one).collect::<Vec<_>>().join(" ")
}

fn badge(detail: &SetDetail) -> String {
    let s = &detail.row.status;
    format!("{} {}", s.kind.word(), s.badge_detail()).trim().to_owned()
}

/// Waits for the step, then looks whether kubectl sees the same pods on the same revisions.
fn settles(client: &Client, ns: &str, name: &str, step: &Step<'_>) -> Result<SetDetail> {
    let detail = client
        .wait_row(ns, name, step.says, |row| row.status.sentence == step.says)
        .with_context(|| format!("waiting for {:?}", step.says))?;
    let same = harness::wait_until("the pods of the table", Duration::from_secs(10), || {
        let d = client.set(ns, name)?.context("the set")?;
        Ok((pods(&d) == step.pods && badge(&d) == step.badge).then_some(d))
    })
    .with_context(|| {
        format!("{} / {} instead of {} / {}", badge(&detail), pods(&detail), step.badge, step.pods)
    })?;
    let template =
        "{range .items[*]}{.metadata.name}={.metadata.labels.controller-revision-hash} {end}";
    let listed = plane().kubectl(
        "admin",
        &[
            "-n",
            ns,
            "get",
            "pods",
            "-l",
            &format!("app={name}"),
            "--sort-by=.metadata.name",
            "-o",
            &format!("jsonpath={template}"),
        ],
    )?;
    let ours: Vec<String> =
        same.facts.pods.iter().map(|p| format!("{}={}", p.name, p.revision)).collect();
    assert_eq!(ours.join(" "), listed.trim(), "kubectl sees other pods");
    Ok(same)
}

fn start(ns: &str, stuck_after: u32) -> Result<(Panel, Client)> {
    namespace(plane(), ns);
    let panel = Panel::start(plane(), PanelOptions { stuck_after, ..PanelOptions::default() })?;
    let client = panel.user("ada", "viewer")?;
    Ok((panel, client))
}

/// The kinds that a set's rows went through on the stream, neighbours folded.
fn kinds(stream: &Stream, ns: &str, name: &str) -> Vec<String> {
    let mut seen: Vec<String> = Vec::new();
    for event in stream.drain() {
        for row in event.data["rows"].as_array().into_iter().flatten() {
            if row["namespace"] == ns && row["name"] == name {
                let kind = row["status"]["kind"].as_str().unwrap_or_default().to_owned();
                if seen.last() != Some(&kind) {
                    seen.push(kind);
                }
            }
        }
    }
    // Who last changed it is added to a row once it is recorded; the status is the one of before.
    if seen.len() > 1 && seen[0] == "settled" {
        seen.remove(0);
    }
    seen
}

fn image(ns: &str, name: &str, image: &str) -> Result<()> {
    plane().kubectl(
        "admin",
        &[
            "-n",
            ns,
            "set",
            "image",
            &format!("statefulset/{name}"),
            &format!("app=registry.example/app:{image}"),
        ],
    )?;
    Ok(())
}

fn partition(ns: &str, name: &str, p: u32) -> Result<()> {
    let patch = format!(
        "{{\"spec\":{{\"updateStrategy\":{{\"type\":\"RollingUpdate\",\"rollingUpdate\":{{\"partition\":{p}}}}}}}}}"
    );
    plane().kubectl(
        "admin",
        &["-n", ns, "patch", "statefulset", name, "--type=merge", "-p", &patch],
    )?;
    Ok(())
}

#[test]
fn a_fresh_set_with_claims_settles_and_a_roll_goes_through_rolling_alone() -> Result<()> {
    let ns = "st-fresh";
    let (_panel, client) = start(ns, 300)?;
    let stream = Stream::open(&client, "/api/v1/live")?;
    plane().apply("admin", ns, &set("web").claims().yaml())?;
    settles(
        &client,
        ns,
        "web",
        &Step {
            badge: "Settled",
            says: "All 3 pods run r1 and are Ready.",
            pods: "web-0=r1:data-web-0 web-1=r1:data-web-1 web-2=r1:data-web-2",
        },
    )?;
    let up = kinds(&stream, ns, "web");
    assert_eq!(up, ["scaling", "settled"], "coming up");
    image(ns, "web", "2.0")?;
    settles(
        &client,
        ns,
        "web",
        &Step {
            badge: "Settled",
            says: "All 3 pods run r2 and are Ready.",
            pods: "web-0=r2:data-web-0 web-1=r2:data-web-1 web-2=r2:data-web-2",
        },
    )?;
    assert_eq!(kinds(&stream, ns, "web"), ["rolling", "settled"], "rolling");
    Ok(())
}

#[test]
fn a_partition_holds_a_walk_goes_on_and_finishes() -> Result<()> {
    let ns = "st-held";
    let (_panel, client) = start(ns, 300)?;
    plane().apply("admin", ns, &set("web").replicas(4).partition(3).yaml())?;
    client.wait_status(ns, "web", StatusKind::Settled)?;
    let stream = Stream::open(&client, "/api/v1/live")?;
    image(ns, "web", "2.0")?;
    settles(
        &client,
        ns,
        "web",
        &Step {
            badge: "Held 1/4",
            says: "web-3 runs r2. web-0 to web-2 stay on r1 until someone advances.",
            pods: "web-0=r1 web-1=r1 web-2=r1 web-3=r2",
        },
    )?;
    partition(ns, "web", 1)?;
    settles(
        &client,
        ns,
        "web",
        &Step {
            badge: "Held 3/4",
            says: "web-1 to web-3 run r2. web-0 stays on r1 until someone advances.",
            pods: "web-0=r1 web-1=r2 web-2=r2 web-3=r2",
        },
    )?;
    partition(ns, "web", 0)?;
    settles(
        &client,
        ns,
        "web",
        &Step {
            badge: "Settled",
            says: "All 4 pods run r2 and are Ready.",
            pods: "web-0=r2 web-1=r2 web-2=r2 web-3=r2",
        },
    )?;
    let seen = kinds(&stream, ns, "web");
    assert_eq!(seen, ["rolling", "held", "rolling", "held", "rolling", "settled"]);
    Ok(())
}

#[test]
fn a_partition_counts_from_the_first_ordinal_and_may_exceed_the_replicas() -> Result<()> {
    let ns = "st-start";
    let (_panel, client) = start(ns, 300)?;
    plane().apply("admin", ns, &set("web").spec("ordinals: { start: 5 }").partition(2).yaml())?;
    plane().apply("admin", ns, &set("far").replicas(2).partition(9).yaml())?;
    client.wait_status(ns, "web", StatusKind::Settled)?;
    client.wait_status(ns, "far", StatusKind::Settled)?;
    image(ns, "web", "2.0")?;
    image(ns, "far", "2.0")?;
    settles(
        &client,
        ns,
        "web",
        &Step {
            badge: "Held 1/3",
            says: "web-7 runs r2. web-5 and web-6 stay on r1 until someone advances.",
            pods: "web-5=r1 web-6=r1 web-7=r2",
        },
    )?;
    settles(
        &client,
        ns,
        "far",
        &Step {
            badge: "Held 0/2",
            says: "No pod gets r2 yet. far-0 and far-1 stay on r1 until someone advances.",
            pods: "far-0=r1 far-1=r1",
        },
    )?;
    Ok(())
}

#[test]
fn on_delete_waits_for_deletions_and_settles_by_the_pods() -> Result<()> {
    let ns = "st-ondelete";
    let (_panel, client) = start(ns, 300)?;
    plane().apply("admin", ns, &set("vault").strategy("{ type: OnDelete }").yaml())?;
    client.wait_status(ns, "vault", StatusKind::Settled)?;
    let stream = Stream::open(&client, "/api/v1/live")?;
    image(ns, "vault", "2.0")?;
    settles(
        &client,
        ns,
        "vault",
        &Step {
            badge: "OnDelete 3 pending",
            says: "vault-0 to vault-2 still run r1 and change only when they are deleted.",
            pods: "vault-0=r1 vault-1=r1 vault-2=r1",
        },
    )?;
    plane().kubectl("admin", &["-n", ns, "delete", "pod", "vault-1"])?;
    settles(
        &client,
        ns,
        "vault",
        &Step {
            badge: "OnDelete 2 pending",
            says: "vault-0 and vault-2 still run r1 and change only when they are deleted.",
            pods: "vault-0=r1 vault-1=r2 vault-2=r1",
        },
    )?;
    plane().kubectl("admin", &["-n", ns, "delete", "pod", "vault-0", "vault-2"])?;
    settles(
        &client,
        ns,
        "vault",
        &Step {
            badge: "Settled",
            says: "All 3 pods run r2 and are Ready.",
            pods: "vault-0=r2 vault-1=r2 vault-2=r2",
        },
    )?;
    let seen = kinds(&stream, ns, "vault");
    assert_eq!(seen.first().map(String::as_str), Some("onDelete"));
    assert!(
        seen.iter().all(|k| ["onDelete", "scaling", "starting", "settled"].contains(&k.as_str())),
        "{seen:?}"
    );
    Ok(())
}

#[test]
fn scaling_up_and_down_names_who_comes_and_who_leaves() -> Result<()> {
    let ns = "st-scale";
    let (_panel, client) = start(ns, 300)?;
    plane().apply("admin", ns, &set("web").replicas(2).claims().yaml())?;
    client.wait_status(ns, "web", StatusKind::Settled)?;
    let stream = Stream::open(&client, "/api/v1/live")?;
    plane().kubectl("admin", &["-n", ns, "scale", "statefulset/web", "--replicas=4"])?;
    settles(
        &client,
        ns,
        "web",
        &Step {
            badge: "Settled",
            says: "All 4 pods run r1 and are Ready.",
            pods: "web-0=r1:data-web-0 web-1=r1:data-web-1 web-2=r1:data-web-2 web-3=r1:data-web-3",
        },
    )?;
    plane().kubectl("admin", &["-n", ns, "scale", "statefulset/web", "--replicas=1"])?;
    let small = settles(
        &client,
        ns,
        "web",
        &Step {
            badge: "Settled",
            says: "web-0 runs r1 and is Ready.",
            pods: "web-0=r1:data-web-0",
        },
    )?;
    assert_eq!(small.row.strip, "c___", "the claims of the former pods are left behind");
    let seen = kinds(&stream, ns, "web");
    assert_eq!(seen, ["scaling", "settled", "scaling", "settled"]);
    Ok(())
}

#[test]
fn sets_whose_update_waits_are_scaled_without_a_word_about_pods_that_never_were() -> Result<()> {
    let ns = "st-waits";
    let (_panel, client) = start(ns, 300)?;
    plane().apply("admin", ns, &set("far").replicas(2).partition(9).yaml())?;
    plane().apply("admin", ns, &set("vault").replicas(2).strategy("{ type: OnDelete }").yaml())?;
    for name in ["far", "vault"] {
        client.wait_status(ns, name, StatusKind::Settled)?;
        image(ns, name, "2.0")?;
    }
    client.wait_status(ns, "far", StatusKind::Held)?;
    client.wait_status(ns, "vault", StatusKind::OnDelete)?;
    let table = [
        (
            "far",
            "held",
            Step {
                badge: "Held 0/4",
                says: "No pod gets r2 yet. far-0 to far-3 stay on r1 until someone advances.",
                pods: "far-0=r1 far-1=r1 far-2=r1 far-3=r1",
            },
        ),
        (
            "vault",
            "onDelete",
            Step {
                badge: "OnDelete 2 pending",
                says: "vault-0 and vault-1 still run r1 and change only when they are deleted.",
                pods: "vault-0=r1 vault-1=r1 vault-2=r2 vault-3=r2",
            },
        ),
    ];
    for (name, waits, step) in table {
        let stream = Stream::open(&client, "/api/v1/live")?;
        let replicas = ["-n", ns, "scale", &format!("statefulset/{name}"), "--replicas=4"];
        plane().kubectl("admin", &replicas)?;
        client.wait_row(ns, name, "a scaling", |r| r.status.kind == StatusKind::Scaling)?;
        settles(&client, ns, name, &step)?;
        let mut seen = kinds(&stream, ns, name);
        // As long as the controller has not seen the change, nothing has changed.
        if seen.first().is_some_and(|k| k == waits) {
            seen.remove(0);
        }
        assert_eq!(seen, ["scaling", waits]);
    }
    Ok(())
}

#[test]
fn a_broken_image_is_stuck_and_trapped_once_the_template_is_back() -> Result<()> {
    let ns = "st-broken";
    let (_panel, client) = start(ns, 4)?;
    plane().apply("admin", ns, &set("web").yaml())?;
    client.wait_status(ns, "web", StatusKind::Settled)?;
    image(ns, "web", "2.0-pull")?;
    let stuck = client.wait_status(ns, "web", StatusKind::Stuck)?;
    assert!(
        stuck.row.status.sentence.starts_with("web-2 cannot pull its image (")
            && stuck.row.status.sentence.ends_with("The other 2 pods wait unchanged."),
        "{}",
        stuck.row.status.sentence
    );
    assert_eq!(pods(&stuck), "web-0=r1 web-1=r1 web-2=r2");
    image(ns, "web", "1.0")?;
    let trapped = client.wait_status(ns, "web", StatusKind::Trapped)?;
    let says = &trapped.row.status.sentence;
    assert!(
        says.starts_with("The template is already back, but web-2 still runs r2 and cannot start"),
        "{says}"
    );
    plane().kubectl("admin", &["-n", ns, "delete", "pod", "web-2"])?;
    settles(
        &client,
        ns,
        "web",
        &Step {
            badge: "Settled",
            says: "All 3 pods run r3 and are Ready.",
            pods: "web-0=r3 web-1=r3 web-2=r3",
        },
    )?;
    Ok(())
}

#[test]
fn a_crash_loop_names_its_exit_code() -> Result<()> {
    let ns = "st-crash";
    let (_panel, client) = start(ns, 5)?;
    plane().apply("admin", ns, &set("web").yaml())?;
    client.wait_status(ns, "web", StatusKind::Settled)?;
    image(ns, "web", "2.0-crash")?;
    let stuck = client.wait_status(ns, "web", StatusKind::Stuck)?;
    let says = &stuck.row.status.sentence;
    assert!(says.starts_with("web-2 crashed") && says.contains("(exit "), "{says}");
    assert_eq!(stuck.row.status.blocker.map(|b| b.pod), Some("web-2".to_owned()));
    Ok(())
}

#[test]
fn a_controller_that_does_not_look_is_unobserved() -> Result<()> {
    // A control plane of its own: the others' controllers must go on.
    let own = harness::ControlPlane::start(harness::Options::default())?;
    let panel = Panel::start(&own, PanelOptions::default())?;
    let client = panel.user("ada", "viewer")?;
    own.apply("admin", "default", &set("web").yaml())?;
    client.wait_status("default", "web", StatusKind::Settled)?;
    own.stop_controller_manager()?;
    own.kubectl("admin", &["scale", "statefulset/web", "--replicas=4"])?;
    let late = client.wait_status("default", "web", StatusKind::Unobserved)?;
    assert_eq!(
        late.row.status.sentence,
        "The controller has not seen change 2 yet; pods are as they were before it."
    );
    own.start_controller_manager()?;
    client.wait_row("default", "web", "four pods", |r| {
        r.status.sentence == "All 4 pods run r1 and are Ready."
    })?;
    Ok(())
}
