//! What the server is measured against: a real control plane, or the cluster in a process.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};

use anyhow::{Context as _, Result};
use harness::ControlPlane;

use super::fill::{self, PODS};
use super::proxy::Proxy;
use crate::process::{self, Kept};
use crate::repository::Repository;
use crate::{progress, server};

pub(super) enum Plane {
    Real(Box<ControlPlane>),
    Sandbox(Sandbox),
}

/// A process of its own, so that what the server takes is told apart from what the cluster takes.
pub(super) struct Sandbox {
    child: Child,
    _kept: Kept,
    folder: tempfile::TempDir,
}

impl Plane {
    /// A real control plane, empty.
    pub(super) fn real() -> Result<Self> {
        let plane = ControlPlane::start(harness::Options::default())?;
        Ok(Self::Real(Box::new(plane)))
    }

    /// A sandbox that holds the sets already.
    pub(super) fn sandbox(repository: &Repository, sets: u32) -> Result<Self> {
        let fill = ["--release", "--package", "sandbox", "--example", "fill"];
        process::run(repository.cargo(&["build", "--quiet"]).args(fill))?;
        let folder = tempfile::tempdir()?;
        let mut child = repository
            .cargo(&["run", "--quiet"])
            .args(fill)
            .args(["--", &sets.to_string(), &PODS.to_string()])
            .arg(folder.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let (kept, stdout) = (process::keep(&child), child.stdout.take());
        let plane = Self::Sandbox(Sandbox { child, _kept: kept, folder });
        for line in BufReader::new(stdout.context("stdout was asked for")?).lines() {
            let line = line?;
            progress::say(&line);
            if line.starts_with("serving on ") {
                return Ok(plane);
            }
        }
        anyhow::bail!("the sandbox ended before it served")
    }

    /// What the report calls it.
    pub(super) fn name(&self) -> String {
        match self {
            Self::Real(plane) => format!("Kubernetes {}", plane.version()),
            Self::Sandbox(_) => "the sandbox".to_owned(),
        }
    }

    /// Fills it, where it is not filled yet.
    pub(super) fn fill(&self, proxy: &Proxy, sets: u32) -> Result<()> {
        match self {
            Self::Real(plane) => {
                progress::timed(&format!("fill it with {sets} sets of {PODS} pods"), || {
                    fill::fill(plane, proxy, sets)
                })
            }
            Self::Sandbox(_) => Ok(()),
        }
    }

    /// A folder for installations; it goes with the plane.
    pub(super) fn folder(&self) -> Result<PathBuf> {
        server::folder(match self {
            Self::Real(plane) => plane.folder(),
            Self::Sandbox(sandbox) => sandbox.folder.path(),
        })
    }

    pub(super) fn kubeconfig(&self, user: &str) -> PathBuf {
        match self {
            Self::Real(plane) => plane.kubeconfig(user),
            Self::Sandbox(sandbox) => sandbox.folder.path().join(user),
        }
    }

    pub(super) fn proxy(&self) -> Result<Proxy> {
        match self {
            Self::Real(plane) => Proxy::start(plane),
            Self::Sandbox(_) => Proxy::straight(&server_of(&self.kubeconfig("admin"))?),
        }
    }
}

/// The address that a kubeconfig names.
fn server_of(kubeconfig: &Path) -> Result<String> {
    let text = fs::read_to_string(kubeconfig)?;
    let address = text.split('"').find_map(|part| part.strip_prefix("http://"));
    Ok(address.context("a kubeconfig names its server")?.to_owned())
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        // It ends by itself when its stdin is closed; cargo is between us and it.
        drop(self.child.stdin.take());
        self.child.wait().ok();
    }
}
