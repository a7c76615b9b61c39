//! `cargo xtask doctor`: what this machine lacks, and how to get it.

use std::process::{Command, ExitCode, Stdio};

use anyhow::Result;

use crate::build::{has_source, has_wasm};
use crate::repository::Repository;
use crate::{axe, chromium, process};

struct Need {
    what: &'static str,
    /// Its version, or where it is; `None`: missing.
    found: Option<String>,
    why: &'static str,
    get: &'static str,
    /// Nothing works without it; else xtask gets it itself or goes on without.
    required: bool,
}

pub(crate) fn run(repository: &Repository) -> Result<ExitCode> {
    let needs = needs(repository)?;
    for need in &needs {
        let Need { what, found, why, get, required } = need;
        match (found, required) {
            (Some(found), _) => println!("  ok       {what:<14} {found}"),
            (None, true) => println!("  MISSING  {what:<14} {why}: {get}"),
            (None, false) => println!("  absent   {what:<14} {why}: {get}"),
        }
    }
    let missing = needs.iter().filter(|need| need.required && need.found.is_none()).count();
    if missing == 0 {
        println!("\nEverything required is here.");
        return Ok(ExitCode::SUCCESS);
    }
    println!("\n{missing} required missing.");
    Ok(ExitCode::FAILURE)
}

fn needs(repository: &Repository) -> Result<Vec<Need>> {
    let browser = chromium::missing();
    let found = |name: &'static str| (!browser.contains(&name)).then(|| "found".to_owned());
    Ok(vec![
        program("rustup", &["--version"], "toolchains and targets", "https://rustup.rs", false),
        Need {
            what: "wasm target",
            found: has_wasm(repository)?.then(|| "found".to_owned()),
            why: "the browser app",
            get: "installed by `cargo xtask build` where rustup is",
            required: false,
        },
        Need {
            what: "rust-src",
            found: has_source(repository)?.then(|| "found".to_owned()),
            why: "the browser app's own standard library",
            get: "installed by `cargo xtask build` where rustup is",
            required: false,
        },
        program(
            "cc",
            &["--version"],
            "compiles SQLite and ring",
            "your system's C compiler (gcc or clang)",
            true,
        ),
        program("git", &["--version"], "the checkout", "your system's package git", true),
        program(
            "go",
            &["version"],
            "builds the real control plane for tests and `demo --real`",
            "Go 1.26 or newer, https://go.dev/dl",
            true,
        ),
        Need {
            what: "chromium",
            found: found("chromium"),
            why: "browser tests",
            get: "installed by `cargo xtask test` as root, else your system's package chromium",
            required: false,
        },
        Need {
            what: "chromedriver",
            found: found("chromedriver"),
            why: "browser tests",
            get: "installed by `cargo xtask test` as root, else your system's package chromium-driver",
            required: false,
        },
        Need {
            what: "npm",
            found: axe::has_npm().then(|| "found".to_owned()),
            why: "fetches axe-core for the browser tests",
            get: "your system's package npm",
            required: false,
        },
        program("wasm-opt", &["--version"], "a smaller browser app", "Binaryen, optional", false),
        program(
            "cargo-deny",
            &["--version"],
            "advisories",
            "`cargo install cargo-deny`, optional",
            false,
        ),
    ])
}

fn program(
    what: &'static str,
    version: &[&str],
    why: &'static str,
    get: &'static str,
    required: bool,
) -> Need {
    let found = process::find(what).map(|path| {
        let output = Command::new(&path).args(version).stderr(Stdio::null()).output();
        let text = output.map(|output| String::from_utf8_lossy(&output.stdout).into_owned());
        let first = text.ok().and_then(|text| text.lines().next().map(str::to_owned));
        first.filter(|line| !line.is_empty()).unwrap_or_else(|| path.display().to_string())
    });
    Need { what, found, why, get, required }
}
