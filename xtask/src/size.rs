//! `cargo xtask size`: what the browser app weighs on the wire.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result, bail};

use crate::progress::thousands;
use crate::repository::Repository;

/// Most bytes of wasm, scripts and style sheet together, as brotli: 350 KB.
const BUDGET: u64 = 350 * 1024;

struct Weight {
    name: String,
    plain: u64,
    brotli: u64,
}

pub(crate) fn run(repository: &Repository) -> Result<()> {
    let weights = weigh(&repository.dist())
        .context("build the browser app first: `cargo xtask build --frontend-only`")?;
    println!("{:<36} {:>10} {:>10}", "file", "bytes", "brotli");
    for weight in &weights {
        println!(
            "{:<36} {:>10} {:>10}",
            weight.name,
            thousands(weight.plain),
            thousands(weight.brotli)
        );
    }
    let total = weights.iter().map(|weight| weight.brotli).sum();
    println!(
        "{:<36} {:>10} {:>10}   budget {}",
        "together",
        "",
        thousands(total),
        thousands(BUDGET)
    );
    check(total)
}

fn check(total: u64) -> Result<()> {
    if total > BUDGET {
        bail!("the browser app is {} bytes over its budget", thousands(total - BUDGET));
    }
    Ok(())
}

/// The files a browser loads at its first visit.
fn weigh(dist: &Path) -> Result<Vec<Weight>> {
    let mut weights = Vec::new();
    for entry in fs::read_dir(dist)? {
        let path = entry?.path();
        let extension =
            path.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
        if !matches!(extension, "wasm" | "js" | "css" | "html") {
            continue;
        }
        let mut brotli = path.clone().into_os_string();
        brotli.push(".br");
        weights.push(Weight {
            name: path.file_name().unwrap_or_default().to_string_lossy().into_owned(),
            plain: fs::metadata(&path)?.len(),
            brotli: fs::metadata(brotli)?.len(),
        });
    }
    weights.sort_by_key(|weight| std::cmp::Reverse(weight.brotli));
    if !weights
        .iter()
        .any(|weight| Path::new(&weight.name).extension().is_some_and(|ext| ext == "wasm"))
    {
        bail!("there is no wasm in {}", dist.display());
    }
    Ok(weights)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_than_the_budget_is_refused() {
        check(BUDGET).unwrap();
        assert!(check(BUDGET + 1).unwrap_err().to_string().contains("1 bytes over"));
    }

    #[test]
    fn only_what_the_browser_loads_is_weighed() {
        let folder = tempfile::tempdir().unwrap();
        for (name, bytes) in
            [("a.wasm", 9), ("a.wasm.br", 5), ("a.wasm.gz", 7), ("b.css", 4), ("b.css.br", 2)]
        {
            fs::write(folder.path().join(name), vec![0; bytes]).unwrap();
        }
        let weights = weigh(folder.path()).unwrap();
        assert_eq!(weights.iter().map(|weight| weight.brotli).sum::<u64>(), 7);
    }
}
