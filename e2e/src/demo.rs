//! `rollcall demo` in a process of its own.

use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};

use anyhow::{Context as _, Result, bail};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::{Value, json};

use crate::Client;
use crate::browser::Browser;
use crate::stories::Manifest;

/// A running demo. Ends with this value.
#[derive(Debug)]
pub struct Demo {
    child: Child,
    /// What it printed as its link: `http://127.0.0.1:PORT/demo#KEY`.
    pub link: String,
    /// Of its cluster.
    pub kubeconfig: PathBuf,
}

impl Demo {
    /// Starts it on free ports and waits until it has printed its link.
    ///
    /// # Errors
    /// If it ends instead.
    pub fn start() -> Result<Self> {
        Self::start_with(&[])
    }

    /// The same, with pods that start and end within milliseconds.
    ///
    /// # Errors
    /// If it ends instead.
    pub fn quick() -> Result<Self> {
        Self::start_with(&["--quick"])
    }

    /// The same, with the feature gate MaxUnavailableStatefulSet on.
    ///
    /// # Errors
    /// If it ends instead.
    pub fn with_max_unavailable() -> Result<Self> {
        Self::start_with(&["--quick", "--max-unavailable"])
    }

    fn start_with(options: &[&str]) -> Result<Self> {
        let mut child = Command::new(crate::panel::binary())
            .args(["demo", "--port", "0"])
            .args(options)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()?;
        let said = child.stdout.take().context("stdout was asked for")?;
        let mut demo = Self { child, link: String::new(), kubeconfig: PathBuf::new() };
        for line in BufReader::new(said).lines() {
            let line = line?;
            let line = line.trim();
            if line.contains("/demo#") {
                line.clone_into(&mut demo.link);
            } else if let Some((_, file)) = line.split_once("KUBECONFIG=") {
                demo.kubeconfig = file.into();
                return Ok(demo);
            }
        }
        bail!("the demo has printed no link");
    }

    /// Opens the link and goes on to the fleet.
    ///
    /// Whoever leaves the guide for another address before its script has sent the key is not logged in; and the guide
    /// names sets as the fleet does, so only the heading tells that one is there.
    ///
    /// # Errors
    /// If the page is not as expected.
    pub async fn enter(&self, browser: &Browser) -> Result<()> {
        browser.open(&self.link).await?;
        browser.find("heading", "Things to try").await?;
        browser.click("link", "Open the panel").await?;
        browser.find("heading", "Fleet").await?;
        Ok(())
    }

    /// `http://127.0.0.1:PORT`.
    pub fn url(&self) -> &str {
        self.link.split_once("/demo#").map_or(&self.link, |(url, _)| url)
    }

    /// The visitor that its link lets in.
    ///
    /// # Errors
    /// If it does not.
    pub fn visitor(&self) -> Result<Client> {
        let key = self.link.split_once('#').context("a link with a key")?.1;
        let mut client = Client::anonymous(self.url());
        let answer = client.post("/demo/enter", &json!({ "key": key }), &[])?;
        let cookie = answer.header("set-cookie").and_then(|c| c.split(';').next());
        client.cookie =
            Some(cookie.with_context(|| format!("no cookie in {answer:?}"))?.to_owned());
        Ok(client)
    }

    /// The address of its cluster, by which nobody has to log in.
    ///
    /// # Errors
    /// If its kubeconfig cannot be read.
    pub fn server(&self) -> Result<String> {
        let kubeconfig = std::fs::read_to_string(&self.kubeconfig)?;
        let (_, rest) = kubeconfig.split_once("server: \"").context("a server in quotes")?;
        let (server, _) = rest.split_once('"').context("its end")?;
        Ok(server.to_owned())
    }

    /// Makes a set and its Service in its cluster, as `kubectl apply` would.
    ///
    /// # Errors
    /// What the API server answers.
    pub fn create(&self, namespace: &str, set: &Manifest) -> Result<()> {
        let server = self.server()?;
        for document in set.yaml().split("---\n") {
            let path = if document.contains("kind: Service\n") {
                "api/v1/namespaces/{}/services"
            } else {
                "apis/apps/v1/namespaces/{}/statefulsets"
            };
            ureq::post(format!("{server}/{}", path.replace("{}", namespace)))
                .header("content-type", "application/yaml")
                .send(document)?;
        }
        Ok(())
    }

    /// Changes a set in its cluster by a strategic merge patch, as `kubectl patch` would.
    ///
    /// # Errors
    /// What the API server answers.
    pub fn patch(&self, namespace: &str, name: &str, patch: &Value) -> Result<()> {
        let server = self.server()?;
        let url = format!("{server}/apis/apps/v1/namespaces/{namespace}/statefulsets/{name}");
        ureq::patch(url)
            .header("content-type", "application/strategic-merge-patch+json")
            .send(patch.to_string())?;
        Ok(())
    }

    /// Gives the first container of a set another image there.
    ///
    /// # Errors
    /// What the API server answers.
    pub fn image(&self, namespace: &str, name: &str, container: &str, image: &str) -> Result<()> {
        let containers = json!([{ "name": container, "image": image }]);
        let patch = json!({ "spec": { "template": { "spec": { "containers": containers } } } });
        self.patch(namespace, name, &patch)
    }

    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// How it has ended, if it has.
    ///
    /// # Errors
    /// If the system does not say.
    pub fn ended(&mut self) -> Result<Option<ExitStatus>> {
        Ok(self.child.try_wait()?)
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        // As Ctrl-C does it, so that its folder goes too.
        if let Ok(pid) = i32::try_from(self.child.id()) {
            let _ = kill(Pid::from_raw(pid), Signal::SIGINT);
        }
        let _ = self.child.wait();
    }
}
