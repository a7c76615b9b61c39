//! The API server over plain HTTP, by way of `kubectl proxy`: requests cost no process each, and the moment of an answer is
//! known to the microsecond.

use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};

use anyhow::{Context as _, Result, bail};
use harness::ControlPlane;
use serde_json::Value;

use crate::http::{Client, HangUp, Request};
use crate::process::{self, Kept};
use crate::progress;

/// A running `kubectl proxy`, as admin.
pub(super) struct Proxy {
    child: Child,
    _kept: Kept,
    client: Client,
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
        Ok(Self { _kept: process::keep(&child), child, client: Client::new(address?) })
    }

    pub(super) fn get(&self, path: &str) -> Result<Value> {
        self.client.get(path)
    }

    pub(super) fn text(&self, path: &str) -> Result<String> {
        let answer = self.client.send(&Request { path, ..Request::default() })?;
        Ok(String::from_utf8(answer.expect_success(path)?.body)?)
    }

    /// What a watch brings from now on, an event a line.
    pub(super) fn watch(
        &self,
        path: &str,
    ) -> Result<(impl Iterator<Item = String> + use<>, HangUp)> {
        let list = self.get(&format!("{path}?limit=1"))?;
        let version = list["metadata"]["resourceVersion"].as_str().context("a list's version")?;
        self.client.lines(&format!("{path}?watch=true&resourceVersion={version}"))
    }

    pub(super) fn post(&self, path: &str, body: &Value) -> Result<()> {
        let request =
            Request { method: Some("POST"), path, body: Some(body), ..Request::default() };
        self.client.send(&request)?.expect_success(path)?;
        Ok(())
    }

    /// A JSON merge patch; answers the object as it is then.
    pub(super) fn patch(&self, path: &str, body: &Value) -> Result<Value> {
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
        self.child.kill().ok();
        self.child.wait().ok();
    }
}
