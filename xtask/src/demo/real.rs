//! `cargo xtask demo --real`: a real control plane with sets in all states, and the panel before it.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use harness::ControlPlane;
use serde_json::Value;

use crate::interrupt::Interrupt;
use crate::repository::Repository;
use crate::server::{self, Installation};
use crate::{control_plane, progress};

/// Where the labs live in the demo; their manifests name no namespace.
const LABS: &str = "labs";
/// How long the API server may take for one file.
const APPLY: Duration = Duration::from_mins(1);
/// Pods with claims take seconds each.
const SETTLE: Duration = Duration::from_mins(5);

/// `once`: ends when everything is there.
pub(super) fn run(repository: &Repository, binary: PathBuf, once: bool) -> Result<()> {
    // From here on Ctrl-C goes through our hands; building is the compiler's to end.
    let interrupt = Interrupt::listen()?;
    let plane = progress::timed("start a real control plane", || {
        ControlPlane::start(harness::Options::default())
    })?;
    let folder = server::folder(plane.folder())?;
    let kubeconfig = plane.kubeconfig("rollcall-direct");
    let panel = Installation { binary, kubeconfig, folder, cluster: "demo" };
    let password = server::password()?;
    // Before the sets, so that the history has seen all of it.
    let mut server = panel.start()?;
    server.await_ready()?;
    panel.add_user("demo", &password, "admin")?;
    let kubectl = kubectl_script(&panel.folder, &plane)?;
    if !fill(repository, &plane, &interrupt)? {
        return Ok(());
    }
    println!("{}", welcome(&server.url(), &password, &kubectl, &plane.kubeconfig("admin")));
    if !once {
        interrupt.wait()?;
    }
    progress::say("ending the panel and the control plane");
    server.stop()
}

/// Brings the sets into their states. `false`: interrupted.
fn fill(repository: &Repository, plane: &ControlPlane, interrupt: &Interrupt) -> Result<bool> {
    progress::say("create sets");
    apply(plane, &[], &repository.path("xtask/demo/first"))?;
    apply(plane, &["-n", LABS], &repository.path("e2e/labs"))?;
    if !settle(plane, interrupt)? {
        return Ok(false);
    }
    progress::say("change some, so that there is something to see");
    apply(plane, &[], &repository.path("xtask/demo/then"))?;
    Ok(true)
}

/// As kubectl would, one file after the other in the order of their names.
fn apply(plane: &ControlPlane, namespace: &[&str], folder: &Path) -> Result<()> {
    let mut files: Vec<PathBuf> =
        fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<Result<_>>()?;
    files.retain(|file| file.extension().is_some_and(|extension| extension == "yaml"));
    files.sort();
    for file in files {
        let name = || file.display().to_string();
        let yaml = fs::read_to_string(&file).with_context(name)?;
        let arguments = [namespace, &["apply", "-f", "-"]].concat();
        plane.kubectl_with_input("admin", &arguments, Some(&yaml), APPLY).with_context(name)?;
    }
    Ok(())
}

/// Waits until all pods are Ready, and says how many are. `false`: interrupted.
fn settle(plane: &ControlPlane, interrupt: &Interrupt) -> Result<bool> {
    let end = Instant::now() + SETTLE;
    let mut told = None;
    loop {
        let list = plane.kubectl("admin", &["get", "statefulsets", "-A", "-o", "json"])?;
        let (ready, wanted) = count(&serde_json::from_str(&list)?);
        if told != Some(ready) {
            progress::say(&format!("{ready} of {wanted} pods are ready"));
            told = Some(ready);
        }
        if ready == wanted {
            return Ok(true);
        }
        if interrupt.came() {
            return Ok(false);
        }
        if Instant::now() > end {
            bail!("the pods of the demo are not ready after {}", progress::duration(SETTLE));
        }
        thread::sleep(Duration::from_secs(1));
    }
}

/// Ready pods and wanted ones of a list of sets.
fn count(list: &Value) -> (u64, u64) {
    let sets = list["items"].as_array().map_or(&[][..], Vec::as_slice);
    sets.iter().fold((0, 0), |(ready, wanted), set| {
        let ready = ready + set["status"]["readyReplicas"].as_u64().unwrap_or(0);
        (ready, wanted + set["spec"]["replicas"].as_u64().unwrap_or(1))
    })
}

/// A `kubectl` for the demo: the control plane's own version, with the right kubeconfig.
fn kubectl_script(folder: &Path, plane: &ControlPlane) -> Result<PathBuf> {
    let file = folder.join("kubectl");
    fs::write(&file, format!("#!/bin/sh\nexec {} \"$@\"\n", control_plane::kubectl(plane)))?;
    fs::set_permissions(&file, fs::Permissions::from_mode(0o755))?;
    Ok(file)
}

fn welcome(url: &str, password: &str, kubectl: &Path, kubeconfig: &Path) -> String {
    let kubectl = kubectl.display();
    format!(
        "
  Rollcall is at   {url}
  user             demo
  password         {password}
  kubeconfig       {kubeconfig}

Three things to try:

  1. A canary. Open shop/orders-db, choose \"New image…\", give it another tag with only orders-db-4 to change, and look at
     what the dialog says will happen. Then advance it pod by pod, or let it go to the end.

  2. Somebody beside you. Change a set from outside, and see it on the page and in its history:
       {kubectl} -n shop scale statefulset session-cache --replicas=8

  3. A trap. shop/mailer waits for a pod that cannot start. Put the old image back, as everybody would, and read why that
     alone helps nothing, and which pod to delete:
       {kubectl} -n shop set image statefulset mailer mailer=registry.example/mailer:2.0

Ctrl-C ends all of it and leaves nothing behind.
",
        kubeconfig = kubeconfig.display(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ready_pods_are_counted_over_all_sets() {
        let list = serde_json::json!({ "items": [
            { "spec": { "replicas": 5 }, "status": { "readyReplicas": 4 } },
            { "spec": {}, "status": {} },
        ]});
        assert_eq!(count(&list), (4, 6));
    }

    #[test]
    fn the_welcome_names_a_button_that_the_page_has() {
        let page = include_str!("../../../frontend/src/pages/set/head.rs");
        let text = welcome("http://x", "p", Path::new("kubectl"), Path::new("config"));
        let (_, button) = text.split_once("choose \"").expect("a button is named");
        let (button, _) = button.split_once('"').expect("in quotes");
        assert!(page.contains(&format!("\"{button}\"")), "{button}");
    }
}
