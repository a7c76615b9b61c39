//! The Go module of the control plane for another Kubernetes version than the committed one.
//!
//! go.mod and go.sum of the default version lie in the repository and pin it. Those of another are made from the go.mod that
//! this Kubernetes version publishes, and kept in the cache: its staging modules are replaced by folders that its module zip
//! does not hold, so each is replaced by the version published beside it.

use std::fmt::Write as _;
use std::fs::{self, File};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use serde::Deserialize;

use super::build::cache_folder;
use super::module::sources;
use crate::command;

/// What `go mod download -json` says.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Downloaded {
    go_mod: PathBuf,
}

/// The folder with our Go files and a go.mod for `version` (`v1.33.13`); made when it is not there.
pub(super) fn folder(version: &str, progress: &mut dyn FnMut(&str)) -> Result<PathBuf> {
    let ours = go_files()?;
    let mut hasher = DefaultHasher::new();
    for file in &ours {
        (file.file_name(), fs::read(file)?).hash(&mut hasher);
    }
    let cache = cache_folder()?;
    let target = cache.join(format!("module-{version}-{:016x}", hasher.finish()));
    if target.join("go.sum").exists() {
        return Ok(target);
    }
    fs::create_dir_all(&cache)?;
    let lock = File::create(cache.join(format!(".module-{version}.lock")))?;
    lock.lock()?;
    if target.join("go.sum").exists() {
        return Ok(target);
    }
    progress(&format!("reading what Kubernetes {version} is made of"));
    let published = published(version)?;
    let unfinished = tempfile::Builder::new().prefix(".module.").tempdir_in(&cache)?;
    fs::write(unfinished.path().join("go.mod"), go_mod(version, &published)?)?;
    for file in &ours {
        fs::copy(file, unfinished.path().join(file.file_name().context("a file has a name")?))?;
    }
    go(unfinished.path(), &["mod", "tidy"])
        .with_context(|| format!("Kubernetes {version} cannot be put together"))?;
    fs::remove_dir_all(&target).ok();
    fs::rename(unfinished.keep(), &target)?;
    Ok(target)
}

/// Our sources, without those of the modules in folders of their own.
fn go_files() -> Result<Vec<PathBuf>> {
    let mut files: Vec<PathBuf> =
        fs::read_dir(sources())?.map(|entry| Ok(entry?.path())).collect::<Result<_>>()?;
    files.retain(|file| file.extension().is_some_and(|e| e == "go"));
    files.sort();
    Ok(files)
}

/// The go.mod of Kubernetes itself.
fn published(version: &str) -> Result<String> {
    let wanted = format!("k8s.io/kubernetes@{version}");
    let said = go(&sources(), &["mod", "download", "-json", &wanted])
        .with_context(|| format!("Kubernetes {version} cannot be downloaded"))?;
    let downloaded: Downloaded = serde_json::from_str(&said).context("what go says of it")?;
    Ok(fs::read_to_string(downloaded.go_mod)?)
}

/// Our go.mod for that version. `go mod tidy` adds what it requires indirectly.
fn go_mod(version: &str, published: &str) -> Result<String> {
    let Some(staging) = version.strip_prefix("v1.") else {
        bail!("{version} is no version of Kubernetes: give one such as 1.34.4");
    };
    let staging = format!("v0.{staging}");
    let ours = fs::read_to_string(sources().join("go.mod"))?;
    let go = ours.lines().find(|line| line.starts_with("go ")).context("our go.mod names a Go")?;
    let mut text = format!("module rollcall.test/control-plane\n\n{go}\n\nrequire (\n");
    for dependency in ["github.com/spf13/cobra", "golang.org/x/sys"] {
        let at = required(published, dependency)
            .with_context(|| format!("Kubernetes {version} does not require {dependency}"))?;
        writeln!(text, "\t{dependency} {at}")?;
    }
    // The server's packages come in the version of the client that Kubernetes was built with.
    let etcd = required(published, "go.etcd.io/etcd/client/v3")
        .with_context(|| format!("Kubernetes {version} does not require etcd"))?;
    writeln!(text, "\tgo.etcd.io/etcd/server/v3 {etcd}")?;
    for module in ["api", "apimachinery", "client-go", "component-base", "kubectl"] {
        writeln!(text, "\tk8s.io/{module} {staging}")?;
    }
    writeln!(text, "\tk8s.io/kubernetes {version}\n)\n\nreplace (")?;
    let staged = published.lines().filter_map(|line| line.trim().split_once(" => ./staging/"));
    let mut any = false;
    for (module, _) in staged {
        let module = module.trim_start_matches("replace").trim();
        writeln!(text, "\t{module} => {module} {staging}")?;
        any = true;
    }
    if !any {
        bail!("the go.mod of Kubernetes {version} names no staging modules");
    }
    text.push_str(")\n");
    Ok(text)
}

fn required<'a>(go_mod: &'a str, dependency: &str) -> Option<&'a str> {
    go_mod.lines().find_map(|line| {
        let mut words = line.trim().trim_start_matches("require ").split_whitespace();
        (words.next()? == dependency).then(|| words.next())?
    })
}

fn go(folder: &Path, arguments: &[&str]) -> Result<String> {
    let mut command = Command::new("go");
    command.args(arguments).current_dir(folder).env("GOWORK", "off");
    command::run(&mut command, None, Duration::from_mins(20))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_module_of_another_version_replaces_each_staging_module_by_the_published_one() {
        let published = "module k8s.io/kubernetes\n\nrequire (\n\tgithub.com/spf13/cobra v1.8.1\n\
            \tgolang.org/x/sys v0.31.0 // indirect\n\tgo.etcd.io/etcd/client/v3 v3.5.21\n\
            \tk8s.io/api v0.0.0\n)\n\nreplace (\n\tk8s.io/api => ./staging/src/k8s.io/api\n\
            \tk8s.io/kms => ./staging/src/k8s.io/kms\n)\n";
        let text = go_mod("v1.33.13", published).unwrap();
        for line in [
            "\tgo.etcd.io/etcd/server/v3 v3.5.21",
            "\tgithub.com/spf13/cobra v1.8.1",
            "\tk8s.io/kubernetes v1.33.13",
            "\tk8s.io/kms => k8s.io/kms v0.33.13",
        ] {
            assert!(text.lines().any(|l| l == line), "{line} in\n{text}");
        }
        assert!(go_mod("v2.0.0", published).is_err());
        assert!(go_mod("v1.33.13", "module other").is_err());
    }
}
