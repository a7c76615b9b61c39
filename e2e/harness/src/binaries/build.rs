//! Building a module into the cache, once for all processes.

use std::env;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, anyhow};

use super::module::Module;
use crate::command;

/// The folder that holds the built program.
pub(super) fn ensure(module: &Module, progress: &mut dyn FnMut(&str)) -> Result<PathBuf> {
    let cache = cache_folder()?;
    let key = module.key()?;
    let target = cache.join(&key);
    if target.join(module.program).exists() {
        return Ok(target);
    }
    fs::create_dir_all(&cache).with_context(|| {
        format!(
            "cannot create the cache {}: set ROLLCALL_CACHE to a folder you may write",
            cache.display()
        )
    })?;
    let lock = File::create(cache.join(format!(".{key}.lock")))?;
    if lock.try_lock().is_err() {
        progress(&format!(
            "another process builds {} {}; waiting for it",
            module.program, module.version
        ));
        lock.lock()?;
    }
    if target.join(module.program).exists() {
        return Ok(target); // built by the one we waited for
    }
    progress(&format!("building {} {} (minutes the first time)", module.program, module.version));
    let began = Instant::now();
    // In the same folder as the target, so that the rename is atomic.
    let unfinished = tempfile::Builder::new().prefix(&format!(".{key}.")).tempdir_in(&cache)?;
    compile(module, &unfinished.path().join(module.program))?;
    if let Some((dependency, folder)) = module.crds {
        copy_crds(module, dependency, folder, &unfinished.path().join("crds"))?;
    }
    // A folder without the program is what an older, killed run left.
    fs::remove_dir_all(&target).ok();
    fs::rename(unfinished.keep(), &target)?;
    progress(&format!("built {} in {} s", module.program, began.elapsed().as_secs()));
    Ok(target)
}

pub(super) fn cache_folder() -> Result<PathBuf> {
    if let Some(folder) = env::var_os("ROLLCALL_CACHE") {
        return Ok(folder.into());
    }
    let base = env::var_os("XDG_CACHE_HOME").map(PathBuf::from);
    let base = base.or_else(|| Some(PathBuf::from(env::var_os("HOME")?).join(".cache")));
    Ok(base
        .context("neither ROLLCALL_CACHE, XDG_CACHE_HOME nor HOME is set: set one of them")?
        .join("rollcall"))
}

fn compile(module: &Module, output: &Path) -> Result<()> {
    let mut flags = String::from("-s -w");
    for stamp in &module.stamps {
        flags.push_str(" -X ");
        flags.push_str(stamp);
    }
    let output = output
        .to_str()
        .context("the cache's path is not UTF-8: set ROLLCALL_CACHE to one that is")?;
    go(
        module,
        &["build", "-trimpath", "-ldflags", &flags, "-o", output, module.package],
        Duration::from_hours(1),
    )
    .with_context(|| format!("cannot build {} in {}", module.program, module.folder.display()))?;
    Ok(())
}

fn copy_crds(module: &Module, dependency: &str, folder: &str, target: &Path) -> Result<()> {
    let source = go(module, &["list", "-m", "-f", "{{.Dir}}", dependency], Duration::from_mins(5))?;
    let source = Path::new(source.trim()).join(folder);
    fs::create_dir(target)?;
    for entry in
        fs::read_dir(&source).with_context(|| format!("{dependency} has no folder {folder}"))?
    {
        let path = entry?.path();
        // Read and written, not copied: files of Go's module cache are read-only.
        if let Some(name) =
            path.file_name().filter(|_| path.extension().is_some_and(|e| e == "yaml"))
        {
            fs::write(target.join(name), fs::read(&path)?)?;
        }
    }
    Ok(())
}

fn go(module: &Module, arguments: &[&str], timeout: Duration) -> Result<String> {
    let mut command = Command::new("go");
    // A workspace file somewhere above must not change what is built.
    command.args(arguments).current_dir(&module.folder).env("GOWORK", "off");
    command::run(&mut command, None, timeout).map_err(|error| {
        let missing = error
            .downcast_ref::<std::io::Error>()
            .is_some_and(|e| e.kind() == std::io::ErrorKind::NotFound);
        if missing { missing_go(module) } else { error }
    })
}

fn missing_go(module: &Module) -> anyhow::Error {
    let wanted = fs::read_to_string(module.folder.join("go.mod")).unwrap_or_default();
    let wanted = wanted.lines().find_map(|line| line.strip_prefix("go ")).unwrap_or("").to_owned();
    anyhow!(
        "`go` was not found. The tests against a real control plane build it from source: \
         install Go {wanted} or newer and put it in PATH"
    )
}
