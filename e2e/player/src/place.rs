//! The API servers that scenarios are played on.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use harness::ControlPlane;
use sandbox::{Pace, Sandbox, Serving, Version};
use serde_json::json;

use crate::api::{Api, accepted};
use crate::watch::Watcher;

/// An API server that is watched, and what keeps it alive.
pub struct Place {
    api: Api,
    watcher: Watcher,
    server: Server,
}

enum Server {
    /// `kubectl proxy`, which does the TLS. The plane belongs to somebody else, or to the second field.
    Real(Child, Option<Box<ControlPlane>>),
    Sandbox {
        _served: Box<Served>,
    },
}

/// Ends in this order.
struct Served {
    _serving: Serving,
    _sandbox: Sandbox,
    _runtime: tokio::runtime::Runtime,
}

impl Place {
    /// A real control plane that goes with this value.
    ///
    /// # Errors
    /// If it cannot be reached.
    pub fn owned(plane: ControlPlane) -> Result<Self> {
        let mut place = Self::real(&plane)?;
        if let Server::Real(_, kept) = &mut place.server {
            *kept = Some(Box::new(plane));
        }
        Ok(place)
    }

    /// A real control plane, as admin.
    ///
    /// # Errors
    /// If it cannot be reached.
    pub fn real(plane: &ControlPlane) -> Result<Self> {
        let mut child = Command::new(plane.program())
            .arg("kubectl")
            .arg("--kubeconfig")
            .arg(plane.kubeconfig("admin"))
            .args(["proxy", "--port=0"])
            .stdout(Stdio::piped())
            .spawn()?;
        let opened = open(&mut child);
        if opened.is_err() {
            child.kill()?;
            child.wait()?;
        }
        let (api, watcher) = opened?;
        Ok(Self { api, watcher, server: Server::Real(child, None) })
    }

    /// A sandbox of that version, with the gate MaxUnavailableStatefulSet on or off.
    ///
    /// # Errors
    /// If it cannot be served.
    pub fn sandbox(version: Version, max_unavailable: bool) -> Result<Self> {
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
        let (sandbox, serving) = runtime.block_on(async {
            let sandbox = Sandbox::new(sandbox::Options {
                version,
                max_unavailable,
                pace: Pace::QUICK,
                ..sandbox::Options::default()
            });
            let serving = sandbox.serve(0).await?;
            anyhow::Ok((sandbox, serving))
        })?;
        let kubeconfig =
            sandbox.kubeconfig(serving.address(), "admin").context("every sandbox has an admin")?;
        let url = kubeconfig
            .split('"')
            .find(|part| part.starts_with("http://"))
            .context("a kubeconfig names its server")?;
        let api = Api::new(url);
        let watcher = Watcher::start(&api)?;
        let served = Served { _serving: serving, _sandbox: sandbox, _runtime: runtime };
        Ok(Self { api, watcher, server: Server::Sandbox { _served: Box::new(served) } })
    }

    pub fn api(&self) -> &Api {
        &self.api
    }

    pub fn watcher(&self) -> &Watcher {
        &self.watcher
    }

    /// A namespace that takes pods.
    pub(crate) fn make_namespace(&self, name: &str) -> Result<()> {
        let namespace =
            json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}});
        let body = ("application/json", &namespace);
        let answer = self.api.send("POST", "/api/v1/namespaces", Some(body))?;
        if answer.0 != 409 {
            accepted("a new namespace", answer)?;
        }
        if matches!(self.server, Server::Real(..)) {
            let account = format!("/api/v1/namespaces/{name}/serviceaccounts/default");
            harness::wait_until("the namespace's service account", Duration::from_mins(1), || {
                Ok((self.api.send("GET", &account, None)?.0 == 200).then_some(()))
            })?;
        }
        Ok(())
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if let Server::Real(child, _) = &mut self.server {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

fn open(proxy: &mut Child) -> Result<(Api, Watcher)> {
    let output = proxy.stdout.take().context("stdout was asked for")?;
    let mut line = String::new();
    BufReader::new(output).read_line(&mut line)?;
    let Some(address) = line.trim().strip_prefix("Starting to serve on ") else {
        bail!("kubectl proxy does not say where it listens: {line}");
    };
    let api = Api::new(&format!("http://{address}"));
    let watcher = Watcher::start(&api)?;
    Ok((api, watcher))
}
