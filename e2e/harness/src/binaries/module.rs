//! A Go module of ours: what it builds, at which version, under which name in the cache.

use std::fs;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

pub(super) struct Module {
    /// The name of the program it builds.
    pub(super) program: &'static str,
    pub(super) folder: PathBuf,
    /// What `go build` is told to build.
    pub(super) package: &'static str,
    /// The version of the dependency that it is there for, read off go.mod.
    pub(super) version: String,
    /// `-X` settings that make the program say its version.
    pub(super) stamps: Vec<String>,
    /// A dependency and a folder in it whose YAML files are kept beside the program.
    pub(super) crds: Option<(&'static str, &'static str)>,
}

impl Module {
    /// The control plane of the version that go.mod names.
    pub(super) fn control_plane() -> Result<Self> {
        Self::control_plane_in(sources())
    }

    /// Of the version that go.mod in this folder names.
    pub(super) fn control_plane_in(folder: PathBuf) -> Result<Self> {
        let version = version_of(&folder, "k8s.io/kubernetes")?;
        let mut numbers = version.trim_start_matches('v').split('.');
        // Unstamped, `/version` says v0.0.0-master and clients refuse or misjudge it.
        let package = "k8s.io/component-base/version";
        let stamps = vec![
            format!("{package}.gitVersion={version}"),
            format!("{package}.gitMajor={}", numbers.next().unwrap_or_default()),
            format!("{package}.gitMinor={}", numbers.next().unwrap_or_default()),
        ];
        Ok(Self { program: "control-plane", folder, package: ".", version, stamps, crds: None })
    }

    pub(super) fn kwok() -> Result<Self> {
        let folder = sources().join("kwok");
        Ok(Self {
            program: "kwok",
            version: version_of(&folder, "sigs.k8s.io/kwok")?,
            folder,
            package: "sigs.k8s.io/kwok/cmd/kwok",
            stamps: Vec::new(),
            crds: Some(("sigs.k8s.io/kwok", "kustomize/crd/bases")),
        })
    }

    pub(super) fn helm() -> Result<Self> {
        let folder = sources().join("helm");
        let version = version_of(&folder, "helm.sh/helm/v3")?;
        Ok(Self {
            program: "helm",
            stamps: vec![format!("helm.sh/helm/v3/internal/version.version={version}")],
            version,
            folder,
            package: "helm.sh/helm/v3/cmd/helm",
            crds: None,
        })
    }

    /// The name of its folder in the cache. The hash need not be the same in another release of
    /// Rust: then it is built once more.
    pub(super) fn key(&self) -> Result<String> {
        let mut files: Vec<PathBuf> = fs::read_dir(&self.folder)
            .with_context(|| format!("cannot read {}", self.folder.display()))?
            .map(|entry| Ok(entry?.path()))
            .collect::<Result<_>>()?;
        files.retain(|file| {
            let extension = file.extension().and_then(|e| e.to_str());
            matches!(extension, Some("go" | "mod" | "sum"))
        });
        files.sort();
        let mut hasher = DefaultHasher::new();
        (self.package, &self.stamps, self.crds).hash(&mut hasher);
        for file in files {
            file.file_name().hash(&mut hasher);
            fs::read(&file)?.hash(&mut hasher);
        }
        Ok(format!("{}-{}-{:016x}", self.program, self.version, hasher.finish()))
    }
}

/// `e2e/control-plane` of the checkout that this crate was compiled in.
pub(super) fn sources() -> PathBuf {
    // As cargo says it now: the program may have been compiled for another checkout that shares the target folder.
    let own = std::env::var_os("CARGO_MANIFEST_DIR")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
    let module = |root: &Path| root.join("e2e/control-plane");
    own.ancestors()
        .map(module)
        .find(|folder| folder.join("go.mod").is_file())
        .unwrap_or_else(|| module(Path::new("..")))
}

fn version_of(folder: &Path, dependency: &str) -> Result<String> {
    let file = folder.join("go.mod");
    let text = fs::read_to_string(&file).with_context(|| {
        format!("cannot read {}: run this in a checkout of Rollcall", file.display())
    })?;
    text.lines()
        .find_map(|line| {
            let mut words = line.trim_start_matches("require").split_whitespace();
            (words.next()? == dependency).then(|| words.next())?
        })
        .map(str::to_owned)
        .with_context(|| format!("{} does not require {dependency}", file.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_come_from_go_mod() {
        let control_plane = Module::control_plane().unwrap();
        assert!(control_plane.version.starts_with("v1."), "{}", control_plane.version);
        assert!(
            control_plane.stamps[2].ends_with(control_plane.version.split('.').nth(1).unwrap())
        );
        assert!(Module::kwok().unwrap().version.starts_with("v0."));
        assert!(Module::helm().unwrap().version.starts_with("v3."));
    }

    #[test]
    fn a_changed_source_has_another_key() {
        let folder = tempfile::tempdir().unwrap();
        let module = |stamps| Module {
            program: "p",
            folder: folder.path().to_owned(),
            package: ".",
            version: "v1".into(),
            stamps,
            crds: None,
        };
        fs::write(folder.path().join("main.go"), "package main").unwrap();
        let first = module(vec![]).key().unwrap();
        assert_eq!(first, module(vec![]).key().unwrap());
        fs::write(folder.path().join("README.md"), "not compiled").unwrap();
        assert_eq!(first, module(vec![]).key().unwrap());
        assert_ne!(first, module(vec!["a=b".into()]).key().unwrap());
        fs::write(folder.path().join("main.go"), "package main // changed").unwrap();
        assert_ne!(first, module(vec![]).key().unwrap());
    }
}
