//! Kills, returns, neighbours and the end: each with control planes of its own.

use std::env;
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context as _, Result};
use harness::{ControlPlane, Options, Program, wait_until};

use crate::support::{READY, SOON, becomes, get, plane, set};

/// Processes whose command line names `folder`.
fn processes_of(folder: &Path) -> Vec<String> {
    let folder = folder.display().to_string();
    let Ok(processes) = fs::read_dir("/proc") else { return Vec::new() };
    processes
        .filter_map(|process| fs::read(process.ok()?.path().join("cmdline")).ok())
        .map(|line| String::from_utf8_lossy(&line).replace('\0', " "))
        .filter(|line| line.contains(&folder))
        .collect()
}

#[test]
fn it_lives_beside_others_survives_kills_and_leaves_nothing() -> Result<()> {
    let gate = "MaxUnavailableStatefulSet".to_owned();
    let own = ControlPlane::start(Options {
        nodes: 1,
        feature_gates: vec![(gate, false)],
        claims_bind_after: Duration::from_secs(2),
        ..Options::default()
    })?;
    assert_ne!(own.api_url(), plane().api_url());
    takes_options(&own)?;
    own.apply("dave", "default", &set(2, "1.0", "", ""))?;
    becomes(&own, "default", "sts/web", "{.status.readyReplicas}", "2")?;

    own.kill_api_server()?;
    own.kubectl("admin", &["get", "nodes"]).expect_err("nobody answers");
    own.start_api_server()?;
    own.await_working()?;
    own.kubectl("dave", &["delete", "pod", "web-1"])?;
    becomes(&own, "default", "sts/web", "{.status.readyReplicas}", "2")?;
    becomes(&own, "default", "pod/web-1", READY, "True")?;

    own.stop_controller_manager()?;
    own.apply("dave", "default", &set(1, "1.0", "", ""))?;
    let behind = "{.metadata.generation},{.status.observedGeneration}";
    assert_eq!(get(&own, "default", "sts/web", behind)?, "2,1");
    own.start_controller_manager()?;
    becomes(&own, "default", "sts/web", behind, "2,2")?;

    own.kill(Program::Kwok)?;
    own.launch(Program::Kwok)?;
    own.kubectl("dave", &["delete", "pod", "web-0"])?;
    becomes(&own, "default", "pod/web-0", READY, "True")?;

    rotates_tokens(&own)?;

    let folder = own.folder().to_owned();
    assert!(!processes_of(&folder).is_empty());
    drop(own);
    assert!(!folder.exists());
    assert_eq!(processes_of(&folder), Vec::<String>::new());
    Ok(())
}

fn takes_options(own: &ControlPlane) -> Result<()> {
    let spec = "updateStrategy: { rollingUpdate: { maxUnavailable: 2 } }
  volumeClaimTemplates:
    - metadata: { name: data }
      spec: { accessModes: [ReadWriteOnce], resources: { requests: { storage: 1Gi } } }";
    own.apply("alice", "shop", &set(1, "1.0", "", spec))?;
    let kept = "{.spec.updateStrategy.rollingUpdate.maxUnavailable}";
    assert_eq!(get(own, "shop", "sts/web", kept)?, "", "the gate is off, so the server drops it");
    becomes(own, "shop", "pvc/data-web-0", "{.status.phase}", "Pending")?;
    becomes(own, "shop", "pvc/data-web-0", "{.status.phase}", "Bound")?;
    own.kubectl("alice", &["-n", "shop", "delete", "sts,pvc", "--all"])?;
    Ok(())
}

fn rotates_tokens(own: &ControlPlane) -> Result<()> {
    let file = own.rotating_kubeconfig().display().to_string();
    // A second --kubeconfig wins, so this runs as the panel with its token file.
    let list = || own.kubectl("rollcall", &["--kubeconfig", &file, "get", "statefulsets"]);
    list()?;
    own.rotate_token()?;
    list()?;
    own.forget_first_token()?;
    list()?;
    let refusal = own.kubectl("rollcall", &["get", "--raw", "/apis"]).err();
    // The user's file was written with the first token.
    assert!(refusal.context("the first token is forgotten")?.to_string().contains("Unauthorized"));
    Ok(())
}

#[test]
fn a_kept_folder_goes_on_where_it_ended() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let options =
        || Options { nodes: 1, data_dir: Some(folder.path().join("data")), ..Options::default() };
    let first = ControlPlane::start(options())?;
    first.apply("admin", "default", &set(1, "1.0", "", ""))?;
    becomes(&first, "default", "pod/web-0", READY, "True")?;
    let uid = get(&first, "default", "pod/web-0", "{.metadata.uid}")?;
    let (url, token) = (first.api_url(), first.token("alice")?);
    let refusal = ControlPlane::start(options()).err().context("two from one folder")?;
    assert!(refusal.to_string().contains("end that one first"), "{refusal}");
    drop(first);
    let second = ControlPlane::start(options())?;
    assert_eq!((second.api_url(), second.token("alice")?), (url, token));
    assert_eq!(get(&second, "default", "pod/web-0", "{.metadata.uid}")?, uid);
    second.kubectl("admin", &["delete", "pod", "web-0"])?;
    becomes(&second, "default", "pod/web-0", READY, "True")
}

/// Set to a process that is to start a control plane and then be killed.
const HOLDER: &str = "ROLLCALL_TEST_HOLDER";

#[test]
fn a_killed_test_leaves_nothing_behind() -> Result<()> {
    if env::var_os(HOLDER).is_some() {
        let own = ControlPlane::start(Options { nodes: 1, ..Options::default() })?;
        println!("\nfolder={}", own.folder().display());
        std::thread::park();
    }
    let mut holder = Command::new(env::current_exe()?)
        .args(["--exact", "--nocapture", "life::a_killed_test_leaves_nothing_behind"])
        .env(HOLDER, "1")
        .stdout(Stdio::piped())
        .spawn()?;
    let lines = BufReader::new(holder.stdout.take().context("stdout is piped")?).lines();
    let folder = lines
        .map_while(Result::ok)
        .find_map(|line| Some(PathBuf::from(line.strip_prefix("folder=")?)));
    // SIGKILL.
    holder.kill()?;
    holder.wait()?;
    let folder = folder.context("the holder started a control plane")?;
    wait_until("everything to be gone", SOON, || {
        Ok((!folder.exists() && processes_of(&folder).is_empty()).then_some(()))
    })
}
