//! `cargo xtask size`: what the browser app weighs on the wire.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result, bail};

use crate::progress::{self, thousands};
use crate::repository::Repository;

/// Most bytes of wasm, scripts and style sheet together, as brotli: 350 KB.
const BUDGET: u64 = 350 * 1024;

/// The app does not keep its budget yet. Until it does, this is the most that passes: what it weighed when it was last made
/// lighter. It may only go down, and goes away once it is below the budget.
const CEILING: u64 = 398_000;

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
    if total > CEILING {
        bail!(
            "the browser app has grown {} bytes above what it may weigh",
            thousands(total - CEILING)
        );
    }
    if total > BUDGET {
        progress::complain(&format!(
            "the browser app is {} bytes over its budget; it must not grow",
            thousands(total - BUDGET)
        ));
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
    fn growth_is_refused() {
        check(BUDGET).unwrap();
        check(CEILING).unwrap();
        assert!(check(CEILING + 1).unwrap_err().to_string().contains("1 bytes above"));
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
