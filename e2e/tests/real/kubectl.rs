//! kubectl plays the five lab stories before the sandbox and before the real API server: what it prints is the same, but for
//! times and addresses.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use e2e::labs::manifest;
use e2e::plane;
use harness::wait_until;
use sandbox::{Options, Sandbox, Serving};
use serde_json::{Value, json};

/// Longer than any command here takes.
const LONGEST: Duration = Duration::from_mins(2);

/// One of the two clusters.
struct Side {
    name: &'static str,
    kubeconfig: PathBuf,
    namespace: &'static str,
}

impl Side {
    /// What kubectl prints, or what it complains about.
    fn kubectl(&self, arguments: &[&str], input: &str) -> Result<String> {
        let kubeconfig = self.kubeconfig.to_str().context("a path in UTF-8")?;
        let all = [&["--kubeconfig", kubeconfig, "-n", self.namespace], arguments].concat();
        plane().kubectl_with_input("admin", &all, Some(input), LONGEST)
    }

    fn json(&self, arguments: &[&str]) -> Result<Value> {
        Ok(serde_json::from_str(&self.kubectl(&[arguments, &["-o", "json"]].concat(), "")?)?)
    }

    /// Waits until the controller has done what it can: every pod Ready, and as many updated as the strategy lets.
    fn rest(&self, set: &str) -> Result<()> {
        wait_until(&format!("{set} at rest in {}", self.name), LONGEST, || {
            let found = self.json(&["get", "statefulset", set])?;
            let pods = self.json(&["get", "pods"])?;
            let (spec, status) = (&found["spec"], &found["status"]);
            let number = |value: &Value| value.as_u64().unwrap_or(0);
            let replicas = number(&spec["replicas"]);
            let held = number(&spec["updateStrategy"]["rollingUpdate"]["partition"]);
            let updated = match spec["updateStrategy"]["type"].as_str() {
                Some("OnDelete") => 0,
                _ => replicas.saturating_sub(held),
            };
            let all = pods["items"].as_array().map_or(&[][..], Vec::as_slice);
            let still = found["metadata"]["generation"] == status["observedGeneration"]
                && number(&status["replicas"]) == replicas
                && number(&status["readyReplicas"]) == replicas
                && number(&status["updatedReplicas"]) >= updated
                && all.len() as u64 == replicas
                && all.iter().all(|pod| pod["metadata"]["deletionTimestamp"].is_null());
            Ok(still.then_some(()))
        })
    }
}

/// Both clusters, and what is to be the same in them.
struct Twins {
    sides: [Side; 2],
    set: &'static str,
    _serving: Serving,
    _folder: tempfile::TempDir,
}

/// What kubectl shows of a set, its pods, claims and revisions.
const VIEWS: [&[&str]; 6] = [
    &["get", "statefulsets"],
    &["get", "pods"],
    &[
        "get",
        "pods",
        "-o",
        "custom-columns=NAME:.metadata.name,IMAGE:.spec.containers[*].image,REVISION:.metadata.labels.controller-revision-hash,CLAIM:.spec.volumes[*].persistentVolumeClaim.claimName",
    ],
    &[
        "get",
        "pvc",
        "-o",
        "custom-columns=NAME:.metadata.name,PHASE:.status.phase,SIZE:.status.capacity.storage,MODES:.spec.accessModes",
    ],
    &["get", "controllerrevisions"],
    &["get", "services,serviceaccounts", "-o", "name"],
];

impl Twins {
    async fn new(namespace: &'static str, set: &'static str) -> Result<Self> {
        let sandbox = Sandbox::new(Options::default());
        let serving = sandbox.serve(0).await?;
        let folder = tempfile::tempdir()?;
        let kubeconfig = folder.path().join("kubeconfig");
        let text = sandbox.kubeconfig(serving.address(), "admin").context("it has an admin")?;
        std::fs::write(&kubeconfig, text)?;
        let real =
            Side { name: "the real one", kubeconfig: plane().kubeconfig("admin"), namespace };
        let pretended = Side { name: "the sandbox", kubeconfig, namespace };
        let twins = Self { sides: [real, pretended], set, _serving: serving, _folder: folder };
        twins.run(&["create", "namespace", namespace], "")?;
        for side in &twins.sides {
            wait_until("the namespace takes pods", LONGEST, || {
                Ok(side.kubectl(&["get", "serviceaccount", "default"], "").ok())
            })?;
        }
        Ok(twins)
    }

    /// The same command on both: it prints the same, or is refused in the same words.
    fn run(&self, arguments: &[&str], input: &str) -> Result<String> {
        let [real, sandbox] = self.sides.each_ref().map(|side| {
            // Without the command line, which names the kubeconfig.
            side.kubectl(arguments, input).map_err(|error| {
                let text = format!("{error:#}");
                plain(text.split_once(": ").map_or(text.as_str(), |(_, says)| says))
            })
        });
        match (real, sandbox) {
            (Ok(real), Ok(sandbox)) => {
                let (real, sandbox) = (plain(&real), plain(&sandbox));
                assert_eq!(
                    sandbox, real,
                    "{arguments:?}: the sandbox (left), the real one (right)"
                );
                Ok(real)
            }
            (Err(real), Err(sandbox)) => {
                assert_eq!(
                    sandbox, real,
                    "{arguments:?}: the sandbox (left), the real one (right)"
                );
                Ok(real)
            }
            (real, sandbox) => bail!("{arguments:?}: real {real:?}, sandbox {sandbox:?}"),
        }
    }

    /// A step of the story, and everything that kubectl shows when it has come to rest.
    fn step(&self, arguments: &[&str], input: &str) -> Result<()> {
        self.run(arguments, input)?;
        self.same()
    }

    fn same(&self) -> Result<()> {
        for side in &self.sides {
            side.rest(self.set)?;
        }
        for view in VIEWS {
            self.run(view, "")?;
        }
        self.run(&["rollout", "history", "statefulset", self.set], "")?;
        let [real, sandbox] =
            self.sides.each_ref().map(|side| side.json(&["get", "statefulset", self.set]));
        let (real, sandbox) = (real?, sandbox?);
        for part in ["spec", "status"] {
            assert_eq!(
                sandbox[part], real[part],
                "{part}: the sandbox (left), the real one (right)"
            );
        }
        Ok(())
    }
}

/// Without ages, and with one space where there are more: columns are as wide as their longest entry.
fn plain(text: &str) -> String {
    let line = |line: &str| {
        let words = line.split_whitespace().map(|w| if is_age(w) { "AGE" } else { w });
        words.collect::<Vec<_>>().join(" ")
    };
    text.lines().map(line).collect::<Vec<_>>().join("\n")
}

/// `7s`, `2m13s`.
fn is_age(word: &str) -> bool {
    word.starts_with(|c: char| c.is_ascii_digit())
        && word.ends_with(['s', 'm', 'h', 'd'])
        && word.chars().all(|c| c.is_ascii_digit() || "smhd".contains(c))
}

fn partition(n: u32) -> String {
    json!({ "spec": { "updateStrategy": { "rollingUpdate": { "partition": n } } } }).to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn python_app_is_told_the_same_by_both() -> Result<()> {
    let twins = Twins::new("twin-python-app", "python-app").await?;
    twins.step(&["apply", "-f", "-"], manifest("python-app"))?;
    let image = "python-app=registry.example/python-watch:v2";
    twins.step(&["set", "image", "statefulset/python-app", image], "")?;
    twins.step(&["patch", "statefulset", "python-app", "-p", &partition(0)], "")?;
    twins.run(&["rollout", "history", "statefulset", "python-app", "--revision=2"], "")?;
    twins.step(&["rollout", "undo", "statefulset/python-app"], "")?;
    twins.run(&["rollout", "status", "statefulset/python-app"], "")?;
    twins.run(&["patch", "statefulset", "python-app", "-p", &partition(9)], "")?;
    let bad = r#"{"spec":{"serviceName":"other"}}"#;
    twins.run(&["patch", "statefulset", "python-app", "--type=merge", "-p", bad], "")?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn web_app_is_told_the_same_by_both() -> Result<()> {
    let twins = Twins::new("twin-web-app", "web-app").await?;
    twins.step(&["apply", "-f", "-"], manifest("web-app"))?;
    twins.step(&["delete", "pod", "web-app-0"], "")?;
    twins.step(&["scale", "statefulset/web-app", "--replicas=3"], "")?;
    twins.step(&["scale", "statefulset/web-app", "--replicas=1"], "")?;
    twins.run(&["get", "statefulset", "no-such-set"], "")?;
    twins.step(&["apply", "-f", "-"], manifest("web-app"))
}

#[tokio::test(flavor = "multi_thread")]
async fn app_kotlin_is_told_the_same_by_both() -> Result<()> {
    let twins = Twins::new("twin-kotlin", "app-kotlin-release").await?;
    twins.step(&["apply", "-f", "-"], manifest("app-kotlin-release"))?;
    let image = "app-kotlin=registry.example/app-kotlin:2.0";
    twins.step(&["set", "image", "statefulset/app-kotlin-release", image], "")?;
    twins.step(&["delete", "pod", "app-kotlin-release-1"], "")?;
    twins.step(&["delete", "pod", "app-kotlin-release-0"], "")?;
    twins.run(&["rollout", "status", "statefulset/app-kotlin-release"], "").map(drop)
}

#[tokio::test(flavor = "multi_thread")]
async fn python_time_is_told_the_same_by_both() -> Result<()> {
    let twins = Twins::new("twin-time", "python-time").await?;
    twins.step(&["apply", "-f", "-"], manifest("python-time"))?;
    twins.step(&["set", "env", "statefulset/python-time", "ZONE=UTC"], "")?;
    twins.step(&["set", "env", "statefulset/python-time", "ZONE-"], "")?;
    twins.run(&["delete", "statefulset", "python-time", "--cascade=orphan"], "")?;
    twins.run(&["get", "pods", "-o", "name"], "").map(drop)
}

#[tokio::test(flavor = "multi_thread")]
async fn my_web_app_is_told_the_same_by_both() -> Result<()> {
    let twins = Twins::new("twin-parallel", "my-web-app-web-apps").await?;
    twins.step(&["apply", "-f", "-"], manifest("my-web-app-web-apps"))?;
    twins.step(&["scale", "statefulset/my-web-app-web-apps", "--replicas=4"], "")?;
    let sets = twins.sides[0].json(&["get", "statefulset", "my-web-app-web-apps"])?;
    let container = sets["spec"]["template"]["spec"]["containers"][0]["name"].as_str();
    let image = format!("{}=registry.example/python-web-app:2", container.context("a container")?);
    twins.step(&["set", "image", "statefulset/my-web-app-web-apps", &image], "")
}
