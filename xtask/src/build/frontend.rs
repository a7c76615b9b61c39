//! The browser app, from its crate to the files the server embeds.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context as _, Result, bail};
use wasm_bindgen_cli_support::Bindgen;

use super::{app, inputs, split, styles, toolchain};
use crate::repository::Repository;
use crate::{process, progress};

/// Builds the app into `frontend/dist`, unless what it is made from is unchanged.
pub(crate) fn ensure(repository: &Repository) -> Result<()> {
    // With the checkout: another one that shares the target folder has a `dist` of its own.
    let inputs = format!("{}\n{}", inputs::hash(repository)?, repository.root().display());
    // Outside of `dist`, where it would be embedded and served.
    let stamp = repository.target().join("frontend.stamp");
    let complete = repository.dist().join("index.html").is_file();
    if complete && fs::read_to_string(&stamp).is_ok_and(|built| built == inputs) {
        progress::say("the browser app is up to date");
        return Ok(());
    }
    toolchain::ensure_wasm(repository)?;
    toolchain::ensure_source(repository)?;
    let wasm = progress::timed("build the browser app (wasm)", || compile(repository))?;
    let parts = progress::timed("bind, hash and compress the browser app", || {
        let parts = bind(repository, &wasm)?;
        app::assemble(repository, &parts)?;
        Ok(parts)
    })?;
    progress::say(&format!("{} bytes of wasm", progress::thousands(parts.wasm.len() as u64)));
    fs::write(&stamp, inputs)?;
    Ok(())
}

/// Builds the standard library with the app, for size and without the words of panics: a fourteenth less on the wire. A panic
/// is a trap, which `boot.js` shows. Cargo still calls this unstable, but the toolchain is pinned, so it cannot change
/// underneath.
fn compile(repository: &Repository) -> Result<PathBuf> {
    let arguments = ["rustc", "--profile", "wasm", "--package", "frontend", "--bin", "frontend"];
    let mut command = repository.cargo(&arguments);
    command.args(["--target", toolchain::WASM]);
    command.args(["-Zbuild-std=std,panic_abort", "-Zbuild-std-features=optimize_for_size"]);
    command.arg("--config").arg(format!(
        "target.{}.rustflags=['-Zunstable-options', '-Cpanic=immediate-abort']",
        toolchain::WASM
    ));
    // For the linking alone: the cutter needs what refers to what.
    command.args(["--", "-Clink-arg=--emit-relocs", "-Cstrip=none"]);
    command.env("RUSTC_BOOTSTRAP", "1");
    process::run(&mut command)?;
    Ok(repository.target().join(toolchain::WASM).join("wasm/frontend.wasm"))
}

/// Cuts the wasm, and makes the script that loads it and gives it the browser's functions.
fn bind(repository: &Repository, wasm: &std::path::Path) -> Result<app::Parts> {
    let folder = tempfile::tempdir()?;
    let cut = split::cut(wasm, folder.path())?;
    Bindgen::new()
        .input_path(&cut.main)
        .out_name("rollcall")
        .web(true)?
        .typescript(false)
        // The parts call each other through the table of functions.
        .keep_lld_exports(true)
        .remove_name_section(true)
        .remove_producers_section(true)
        .generate(folder.path())?;
    if folder.path().join("snippets").exists() {
        bail!(
            "a dependency of the browser app brings a script of its own, which our content policy and budget do not know"
        );
    }
    let wasm = folder.path().join("rollcall_bg.wasm");
    optimise(&wasm);
    Ok(app::Parts {
        js: cut.join(&fs::read_to_string(folder.path().join("rollcall.js"))?)?,
        wasm: fs::read(&wasm)?,
        chunks: cut.chunks,
        css: styles::read(&repository.path("frontend/styles")).context("frontend/styles")?,
    })
}

/// Smaller still, where somebody has installed Binaryen. The budget must be met without it.
fn optimise(wasm: &std::path::Path) {
    let Some(program) = process::find("wasm-opt") else { return };
    let features = [
        "bulk-memory",
        "mutable-globals",
        "nontrapping-float-to-int",
        "sign-ext",
        "reference-types",
        "multivalue",
    ];
    let mut command = Command::new(program);
    command.arg("-Oz").args(features.map(|feature| format!("--enable-{feature}")));
    command.arg(wasm).arg("-o").arg(wasm);
    if let Err(error) = process::run(&mut command) {
        progress::say(&format!("{error:#}; going on without it"));
    }
}
