//! The API server over plain HTTP, by way of `kubectl proxy` where it is a real one: requests cost no process each, and the
//! moment of an answer is known to the microsecond.

use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};

use anyhow::{Context as _, Result, bail};
use harness::ControlPlane;
use serde_json::Value;

use crate::http::{Client, HangUp, Request};
use crate::process::{self, Kept};
use crate::progress;

/// The API server, as admin.
pub(super) struct Proxy {
    kubectl: Option<(Child, Kept)>,
    client: Client,
    /// What stands before every path.
    prefix: String,
}

impl Proxy {
    pub(super) fn start(plane: &ControlPlane) -> Result<Self> {
        let binaries = harness::binaries::ensure(&mut |text| progress::say(text))?;
        let mut child = Command::new(&binaries.control_plane)
            .arg("kubectl")
            .arg("--kubeconfig")
            .arg(plane.kubeconfig("admin"))
            .args(["proxy", "--port=0"])
            .stdout(Stdio::piped())
            .spawn()?;
        let address = address(&mut child);
        if address.is_err() {
            child.kill()?;
            child.wait()?;
        }
        let client = Client::new(address?);
        let kept = process::keep(&child);
        Ok(Self { kubectl: Some((child, kept)), client, prefix: String::new() })
    }

    /// Without `kubectl proxy`, to an address with a path behind it.
    pub(super) fn straight(server: &str) -> Result<Self> {
        let (address, path) = server.split_once('/').unwrap_or((server, ""));
        let address = address.parse().with_context(|| server.to_owned())?;
        Ok(Self { kubectl: None, client: Client::new(address), prefix: format!("/{path}") })
    }

    pub(super) fn is_real(&self) -> bool {
        self.kubectl.is_some()
    }

    fn path(&self, path: &str) -> String {
        format!("{}{path}", self.prefix)
    }

    pub(super) fn get(&self, path: &str) -> Result<Value> {
        self.client.get(&self.path(path))
    }

    pub(super) fn text(&self, path: &str) -> Result<String> {
        let answer = self.client.send(&Request { path: &self.path(path), ..Request::default() })?;
        Ok(String::from_utf8(answer.expect_success(path)?.body)?)
    }

    /// What a watch brings from now on, an event a line.
    pub(super) fn watch(
        &self,
        path: &str,
    ) -> Result<(impl Iterator<Item = String> + use<>, HangUp)> {
        let list = self.get(&format!("{path}?limit=1"))?;
        let version = list["metadata"]["resourceVersion"].as_str().context("a list's version")?;
        let path = self.path(path);
        self.client.lines(&format!("{path}?watch=true&resourceVersion={version}"))
    }

    pub(super) fn post(&self, path: &str, body: &Value) -> Result<()> {
        let path = &self.path(path);
        let request =
            Request { method: Some("POST"), path, body: Some(body), ..Request::default() };
        self.client.send(&request)?.expect_success(path)?;
        Ok(())
    }

    /// A JSON merge patch; answers the object as it is then.
    pub(super) fn patch(&self, path: &str, body: &Value) -> Result<Value> {
        let path = &self.path(path);
        let content_type = Some("application/merge-patch+json");
        let request = Request {
            method: Some("PATCH"),
            path,
            body: Some(body),
            content_type,
            ..Request::default()
        };
        let answer = self.client.send(&request)?.expect_success(path)?;
        Ok(serde_json::from_slice(&answer.body)?)
    }
}

/// It says `Starting to serve on 127.0.0.1:PORT`.
fn address(child: &mut Child) -> Result<SocketAddr> {
    let stdout = child.stdout.take().context("stdout was asked for")?;
    let mut line = String::new();
    BufReader::new(stdout).read_line(&mut line)?;
    let Some((_, address)) = line.trim().rsplit_once(' ') else {
        bail!("kubectl proxy said {line:?}")
    };
    address.parse().with_context(|| format!("kubectl proxy said {line:?}"))
}

impl Drop for Proxy {
    fn drop(&mut self) {
        if let Some((child, _)) = &mut self.kubectl {
            child.kill().ok();
            child.wait().ok();
        }
    }
}
