//! The programs of the control plane, built from the Go modules in `e2e/control-plane` when they
//! are not in the cache.
//!
//! The cache lies outside the tree: `$ROLLCALL_CACHE`, else `$XDG_CACHE_HOME/rollcall`, else
//! `~/.cache/rollcall`. A folder there is named by version and by a hash of the sources, so that a
//! change builds anew.

mod build;
mod derive;
mod module;

use std::path::PathBuf;

use anyhow::Result;

use module::Module;

/// Where the built programs are.
#[derive(Debug, Clone)]
pub struct Binaries {
    /// etcd, the Kubernetes programs and kubectl in one; the first argument says which.
    pub control_plane: PathBuf,
    /// KWOK, which stands in for kubelets.
    pub kwok: PathBuf,
    /// Folder of KWOK's CRDs, as YAML files.
    pub kwok_crds: PathBuf,
    /// For instance `v1.36.3`.
    pub kubernetes_version: String,
}

/// Finds the control plane's programs, or builds them (minutes of both cores when Go's own cache is
/// cold). `progress` is told what takes long.
///
/// # Errors
/// When Go is missing or a build fails.
pub fn ensure(progress: &mut dyn FnMut(&str)) -> Result<Binaries> {
    ensure_version(None, progress)
}

/// The same for another Kubernetes version, for instance `1.34.4`; 1.33.13, 1.34.4 and 1.36.3 are known to build. `None` is
/// the one that the repository pins.
///
/// # Errors
/// Also when that version cannot be downloaded.
pub fn ensure_version(version: Option<&str>, progress: &mut dyn FnMut(&str)) -> Result<Binaries> {
    let mut control_plane = Module::control_plane()?;
    if let Some(version) = version {
        let version = format!("v{}", version.trim_start_matches('v'));
        if version != control_plane.version {
            control_plane = Module::control_plane_in(derive::folder(&version, progress)?)?;
        }
    }
    let kwok = Module::kwok()?;
    let kubernetes_version = control_plane.version.clone();
    let control_plane = build::ensure(&control_plane, progress)?;
    let kwok = build::ensure(&kwok, progress)?;
    Ok(Binaries {
        control_plane: control_plane.join("control-plane"),
        kwok_crds: kwok.join("crds"),
        kwok: kwok.join("kwok"),
        kubernetes_version,
    })
}

/// Finds Helm, or builds it. It renders and checks our chart and has nothing to do with the control
/// plane.
///
/// # Errors
/// When Go is missing or the build fails.
pub fn ensure_helm(progress: &mut dyn FnMut(&str)) -> Result<PathBuf> {
    Ok(build::ensure(&Module::helm()?, progress)?.join("helm"))
}

/// The folder of our KWOK stages.
pub(crate) fn stages() -> PathBuf {
    module::sources().join("stages")
}
