//! What is written into the data folder before the start, and what is applied after it.

use std::fmt::Write as _;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

use crate::binaries::{self, Binaries};
use crate::layout::Layout;
use crate::options::Options;

const AUDIT_POLICY: &str = include_str!("../manifests/audit-policy.yaml");
const RIGHTS: &str = include_str!("../manifests/rights.yaml");
const STORAGE: &str = include_str!("../manifests/storage.yaml");
const KUBELET: &str = include_str!("../manifests/kubelet.yaml");
const ROOTED: &str = include_str!("../manifests/rooted.sh");

/// Programs that take absolute paths, as run under `kubectl exec`.
const WRAPPED: [&str; 6] = ["cat", "ls", "head", "tail", "wc", "stat"];

/// Writes the files that the programs read when they start.
pub(crate) fn write_files(layout: &Layout) -> Result<()> {
    for folder in
        [layout.root().join("logs"), layout.pod("any", ""), layout.wrappers(), layout.home()]
    {
        fs::create_dir_all(folder)?;
    }
    fs::write(layout.audit_policy(), AUDIT_POLICY)?;
    fs::write(layout.stages(), joined(&yaml_files(&binaries::stages())?)?)?;
    for name in WRAPPED {
        let file = layout.wrappers().join(name);
        fs::write(&file, ROOTED)?;
        fs::set_permissions(&file, fs::Permissions::from_mode(0o755))?;
    }
    fs::write(layout.log("any"), cri_lines("starting\nlistening on port 8080\nready\n"))?;
    fs::write(layout.log("any-previous"), cri_lines("starting\nfatal: out of memory\n"))?;
    Ok(())
}

/// All objects that have to be there before KWOK starts.
pub(crate) fn objects(binaries: &Binaries, options: &Options) -> Result<String> {
    let mut yaml = joined(&yaml_files(&binaries.kwok_crds)?)?;
    for index in 0..options.nodes {
        write!(
            yaml,
            "
---
apiVersion: v1
kind: Node
metadata:
  name: node-{index}
  annotations: {{ kwok.x-k8s.io/node: fake }}
  labels: {{ kubernetes.io/hostname: node-{index}, kubernetes.io/os: linux, kubernetes.io/arch: amd64 }}
"
        )?;
    }
    let delay = format!("{}ms", options.claims_bind_after.as_millis());
    for part in [RIGHTS, &STORAGE.replace("BIND_AFTER", &delay)] {
        yaml.push_str("\n---\n");
        yaml.push_str(part);
    }
    Ok(yaml)
}

/// Logs and exec for pods that have none of their own; needs KWOK's CRDs to be established.
pub(crate) fn kubelet_defaults(layout: &Layout) -> String {
    KUBELET.replace("DATA", &layout.root().display().to_string())
}

/// Lines as a container runtime writes them to its log files.
pub(crate) fn cri_lines(text: &str) -> String {
    text.lines().fold(String::new(), |all, line| {
        all + "2026-01-02T03:04:05.000000000Z stdout F " + line + "\n"
    })
}

fn yaml_files(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut files: Vec<PathBuf> = fs::read_dir(folder)
        .with_context(|| format!("cannot read {}", folder.display()))?
        .map(|entry| Ok(entry?.path()))
        .collect::<Result<_>>()?;
    files.retain(|file| file.extension().is_some_and(|e| e == "yaml"));
    files.sort();
    Ok(files)
}

fn joined(files: &[PathBuf]) -> Result<String> {
    let texts = files.iter().map(fs::read_to_string).collect::<std::io::Result<Vec<_>>>()?;
    Ok(texts.join("\n---\n"))
}
