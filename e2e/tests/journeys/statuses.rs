//! Statuses that pass too quickly to be looked at, and what is said of a set beside its status. The cluster lives in this program,
//! and its time stands still.

use std::time::Duration;

use anyhow::{Context as _, Result};
use e2e::browser::{Browser, DESKTOP};
use e2e::stories::{Manifest, set};
use e2e::{Panel, PanelOptions};
use jiff::{SignedDuration, Timestamp};
use model::path::page;
use model::status::StatusKind;
use sandbox::{Clock, Kind, Options, Sandbox};
use serde_json::json;

use super::log_in;
use super::states::States;

const NS: &str = "shop";

fn make(cluster: &Sandbox, set: &Manifest) -> Result<()> {
    cluster.create(NS, &set.yaml(), "kubectl").map_err(|e| anyhow::anyhow!("{e:?}"))
}

fn patch(cluster: &Sandbox, name: &str, patch: &serde_json::Value) -> Result<()> {
    let done = cluster.patch(Kind::Set, NS, name, patch, "kubectl");
    done.map(drop).map_err(|e| anyhow::anyhow!("{e:?}"))
}

/// A pod that a set owns and whose name ends in no number.
fn stray(cluster: &Sandbox, of: &str) -> Result<()> {
    let owner = cluster.get(Kind::Set, NS, of).context("its owner")?;
    let pod = json!({ "apiVersion": "v1", "kind": "Pod",
        "metadata": { "name": format!("{of}-canary"), "labels": { "app": of }, "ownerReferences": [{
            "apiVersion": "apps/v1", "kind": "StatefulSet", "name": of, "controller": true,
            "uid": owner["metadata"]["uid"] }] },
        "spec": { "containers": [{ "name": "app", "image": "registry.example/app:1.0" }] } });
    cluster.create(NS, &pod.to_string(), "kubectl").map_err(|e| anyhow::anyhow!("{e:?}"))
}

#[test]
fn every_status_and_every_notice_about_a_set_is_looked_at() -> Result<()> {
    tokio::runtime::Runtime::new()?.block_on(async {
        let begun = Timestamp::now() - SignedDuration::from_mins(10);
        let cluster = Sandbox::new(Options { clock: Clock::manual(begun), ..Options::default() });
        let serving = cluster.serve(0).await?;
        let folder = tempfile::tempdir()?;
        let kubeconfig = folder.path().join("kubeconfig");
        let text = cluster.kubeconfig(serving.address(), "rollcall-direct").context("a user")?;
        std::fs::write(&kubeconfig, text)?;
        for name in ["starts", "grows", "unseen", "charted", "strayed"] {
            make(&cluster, &set(name))?;
        }
        make(&cluster, &shrinks())?;
        cluster.settle();
        cluster.advance(Duration::from_mins(9));

        // The cluster's clock stands: what starts there would be called stuck after a while.
        let options = PanelOptions { stuck_after: 3_600, ..PanelOptions::default() };
        let panel = Panel::before(kubeconfig, options)?;
        let client = panel.user("ada", "operator")?;
        let browser = Browser::start(DESKTOP).await?;
        let mut states = States::of(&browser);
        let told = async {
            for name in ["starts", "grows", "unseen", "charted", "strayed", "shrinks"] {
                client.wait_status(NS, name, StatusKind::Settled)?;
            }
            log_in(&browser, &panel, "ada").await?;
            statuses(&mut states, &panel, &cluster).await?;
            notices(&mut states, &panel, &cluster).await?;
            loses_data(&mut states, &panel).await
        };
        let told = told.await;
        let said = browser.text().await.unwrap_or_default();
        let told = states.told(told);
        browser.quit().await?;
        told.with_context(|| format!("the page says: {said}"))
    })
}

async fn open(states: &States<'_>, panel: &Panel, name: &str) -> Result<()> {
    states.browser.open(&format!("{}{}", panel.url, page::set(NS, name))).await
}

/// What comes next is begun, and nobody carries it on.
async fn statuses(states: &mut States<'_>, panel: &Panel, cluster: &Sandbox) -> Result<()> {
    cluster.delete(Kind::Pod, NS, "starts-1").map_err(|e| anyhow::anyhow!("{e:?}"))?;
    patch(cluster, "grows", &json!({ "spec": { "replicas": 5 } }))?;
    cluster.settle();
    // The controller sees nothing from here on.
    patch(cluster, "unseen", &json!({ "spec": { "replicas": 2 } }))?;
    let rows = [("row", "Starting 2/3"), ("row", "Scaling 3/5"), ("row", "Unobserved")];
    states.show_and_listen("fleet-moving", &rows).await?;
    for (name, role, says) in [
        ("starts", "status", "starts-1"),
        ("grows", "status", "grows-3"),
        ("unseen", "status", "The controller has not seen change 2 yet"),
    ] {
        open(states, panel, name).await?;
        let seen = [("heading", name), (role, says), ("heading", "Pods by ordinal")];
        states.show_and_listen(&format!("set-{name}"), &seen).await?;
    }
    Ok(())
}

async fn notices(states: &mut States<'_>, panel: &Panel, cluster: &Sandbox) -> Result<()> {
    let helm = json!({ "metadata": { "labels": { "app.kubernetes.io/managed-by": "Helm" },
        "annotations": { "meta.helm.sh/release-name": "charted-release" } } });
    patch(cluster, "charted", &helm)?;
    open(states, panel, "charted").await?;
    let seen = [("text", "Helm release charted-release manages this set.")];
    states.show_and_listen("set-managed", &seen).await?;

    stray(cluster, "strayed")?;
    open(states, panel, "strayed").await?;
    let seen = [("heading", "Pods without an ordinal"), ("listitem", "strayed-canary")];
    states.show_and_listen("set-strays", &seen).await
}

/// Its claims go with its pods.
fn shrinks() -> Manifest {
    set("shrinks")
        .claims()
        .spec("persistentVolumeClaimRetentionPolicy: { whenScaled: Delete, whenDeleted: Retain }")
}

/// What loses data is done only by whoever has typed the name of the set.
async fn loses_data(states: &mut States<'_>, panel: &Panel) -> Result<()> {
    let browser = states.browser;
    open(states, panel, "shrinks").await?;
    browser.click("button", "Scale…").await?;
    browser.fill("textbox", "Replicas", "1").await?;
    let does = "Scale: stop 2 pods, delete 2 claims";
    let seen = [
        ("dialog", "Scale shrinks from 3 to 1"),
        ("listitem", "data-shrinks-2"),
        ("textbox", "Type the name of the set"),
        ("button", does),
    ];
    states.show_and_listen("dialog-type-the-name", &seen).await?;
    browser.is_off("button", does).await.context("before the name is typed")?;
    browser.fill("textbox", "Type the name of the set", "shrink").await?;
    browser.is_off("button", does).await.context("at half the name")?;
    browser.press("textbox", "Type the name of the set", "s").await?;
    browser.find("text", "Checked with the API server").await?;
    let off = browser.attr("button", does, "aria-disabled").await?;
    anyhow::ensure!(off != "true", "it can be done once the name is typed");
    browser.click("button", "Cancel").await
}
