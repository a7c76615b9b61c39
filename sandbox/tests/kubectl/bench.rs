//! A sandbox on a port, and kubectl before it.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, mpsc};
use std::time::Duration;

use sandbox::{Kind, Options, Sandbox, Serving};
use serde_json::Value;

/// Longer than anything here takes; only a hang reaches it.
const TIMEOUT: Duration = Duration::from_secs(90);

#[derive(Clone)]
pub(crate) struct Bench {
    sandbox: Sandbox,
    serving: Arc<Serving>,
    folder: Arc<tempfile::TempDir>,
    kubectl: PathBuf,
    user: String,
}

impl Bench {
    pub(crate) async fn start() -> Self {
        let kubectl = tokio::task::block_in_place(|| harness::binaries::ensure(&mut |_| {}))
            .expect("the control plane that holds kubectl is built")
            .control_plane;
        let sandbox = Sandbox::new(Options::default());
        let serving = Arc::new(sandbox.serve(0).await.unwrap());
        let folder = Arc::new(tempfile::tempdir().unwrap());
        let bench = Self { sandbox, serving, folder, kubectl, user: String::new() };
        bench.as_user("admin")
    }

    pub(crate) fn as_user(&self, user: &str) -> Self {
        let text = self.sandbox.kubeconfig(self.serving.address(), user).expect("a user");
        std::fs::write(self.folder.path().join(user), text).unwrap();
        Self { user: user.to_owned(), ..self.clone() }
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.kubectl);
        command
            .args(["kubectl", "-n", "shop", "--kubeconfig"])
            .arg(self.folder.path().join(&self.user))
            .args(arguments)
            .env("HOME", self.folder.path())
            .env_remove("KUBECONFIG")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    /// Answers what it printed, or what it complained about.
    pub(crate) fn with_input(&self, arguments: &[&str], input: &str) -> Result<String, String> {
        tokio::task::block_in_place(|| {
            let mut child = self.command(arguments).spawn().unwrap();
            child.stdin.take().unwrap().write_all(input.as_bytes()).ok();
            let child = Arc::new(Mutex::new(Some(child)));
            let output = child.lock().unwrap().take().unwrap().wait_with_output().unwrap();
            let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
            if output.status.success() { Ok(text(output.stdout)) } else { Err(text(output.stderr)) }
        })
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> String {
        self.with_input(arguments, "").unwrap_or_else(|e| panic!("{arguments:?}: {e}"))
    }

    pub(crate) fn refused(&self, arguments: &[&str], input: &str) -> String {
        self.with_input(arguments, input).expect_err("it is refused")
    }

    pub(crate) fn apply(&self, namespace: &str, yaml: &str) -> String {
        self.with_input(&["-n", namespace, "apply", "-f", "-"], yaml).unwrap()
    }

    /// Waits for the end of the rollout; answers what kubectl told.
    pub(crate) fn ready(&self, set: &str) -> String {
        self.run(&["rollout", "status", "sts", set, "--timeout=80s"])
    }

    pub(crate) fn exec(&self, pod: &str, command: &[&str]) -> String {
        self.run(&[&["exec", pod, "--"], command].concat())
    }

    pub(crate) fn set(&self, name: &str) -> Value {
        self.sandbox.get(Kind::Set, "shop", name).unwrap()
    }

    pub(crate) fn image(&self, pod: &str) -> String {
        let pod = self.sandbox.get(Kind::Pod, "shop", pod).unwrap();
        pod["spec"]["containers"][0]["image"].as_str().unwrap().to_owned()
    }

    pub(crate) fn watch(&self, arguments: &[&str]) -> Watch {
        let mut child = self.command(arguments).spawn().unwrap();
        let (tell, lines) = mpsc::channel();
        let out = BufReader::new(child.stdout.take().unwrap());
        std::thread::spawn(move || {
            for line in out.lines().map_while(Result::ok) {
                if tell.send(line).is_err() {
                    return;
                }
            }
        });
        Watch { child, lines }
    }
}

/// A kubectl that goes on printing. It ends when this is dropped.
pub(crate) struct Watch {
    child: Child,
    lines: mpsc::Receiver<String>,
}

impl Watch {
    /// Waits for a line with this in it.
    pub(crate) fn until(&self, text: &str) {
        tokio::task::block_in_place(|| {
            let mut seen = Vec::new();
            while !seen.last().is_some_and(|line: &String| line.contains(text)) {
                let line = self.lines.recv_timeout(TIMEOUT);
                seen.push(line.unwrap_or_else(|e| panic!("no {text:?} ({e}) after {seen:#?}")));
            }
        });
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}
