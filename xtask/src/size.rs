//! `cargo xtask size`: what the browser app weighs on the wire.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result, bail};

use crate::build::PACK;
use crate::progress::thousands;
use crate::repository::Repository;

/// Most bytes that are loaded before somebody sees a page, whichever it is, as brotli: 350 KB. So it holds for the first part,
/// and for the first part together with all that any further part needs.
const BUDGET: u64 = 350 * 1024;

/// The name of the first part's files.
const FIRST: &str = "rollcall.";

struct Weight {
    name: String,
    plain: u64,
    brotli: u64,
}

impl Weight {
    /// The part that this file holds with all that it needs, for a page that begins with it.
    fn pack(&self) -> Option<&str> {
        let (part, _) = self.name.split_once('.')?;
        Path::new(&self.name).extension().is_some_and(|extension| extension == PACK).then_some(part)
    }

    /// The parts that need this file; empty for what every page needs.
    fn parts(&self) -> Vec<&str> {
        if !self.is_wasm() || self.name.starts_with(FIRST) {
            return Vec::new();
        }
        self.name.split('.').next().unwrap_or_default().split('-').collect()
    }

    fn is_wasm(&self) -> bool {
        Path::new(&self.name).extension().is_some_and(|extension| extension == "wasm")
    }
}

pub(crate) fn run(repository: &Repository) -> Result<()> {
    let weights = weigh(&repository.dist())
        .context("build the browser app first: `cargo xtask build --frontend-only`")?;
    println!("{:<36} {:>10} {:>10}", "file", "bytes", "brotli");
    for weight in &weights {
        let (plain, brotli) = (thousands(weight.plain), thousands(weight.brotli));
        println!("{:<36} {plain:>10} {brotli:>10}", weight.name);
    }
    let sums = sums(&weights);
    for (name, sum) in &sums {
        let (sum, budget) = (thousands(*sum), thousands(BUDGET));
        println!("{name:<36} {:>10} {sum:>10}   budget {budget}", "");
    }
    check(&sums)
}

/// What is loaded together: the first part, and that with each further one.
fn sums(weights: &[Weight]) -> Vec<(String, u64)> {
    let every = |w: &&Weight| w.parts().is_empty() && w.pack().is_none();
    let first = weights.iter().filter(every).map(|w| w.brotli).sum();
    let mut sums = vec![("the first part".to_owned(), first)];
    let mut parts: Vec<&str> = weights.iter().flat_map(Weight::parts).collect();
    parts.sort_unstable();
    parts.dedup();
    for part in parts {
        let pack = weights.iter().find(|w| w.pack() == Some(part)).map(|w| w.brotli);
        let more = weights.iter().filter(|w| w.parts().contains(&part)).map(|w| w.brotli);
        let more = pack.unwrap_or_else(|| more.sum());
        sums.push((format!("the first part with {part}"), first + more));
    }
    sums
}

fn check(sums: &[(String, u64)]) -> Result<()> {
    for (name, sum) in sums {
        if *sum > BUDGET {
            let over = thousands(sum - BUDGET);
            bail!("the browser app ({name}) is {over} bytes over its budget");
        }
    }
    Ok(())
}

/// All files of the app that a browser loads sooner or later.
fn weigh(dist: &Path) -> Result<Vec<Weight>> {
    let mut weights = Vec::new();
    for entry in fs::read_dir(dist)? {
        let path = entry?.path();
        let extension =
            path.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
        if !matches!(extension, "wasm" | "js" | "css" | "html" | PACK) {
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
    if !weights.iter().any(|w| w.is_wasm() && w.name.starts_with(FIRST)) {
        bail!("there is no wasm in {}", dist.display());
    }
    Ok(weights)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn weight(name: &str, brotli: u64) -> Weight {
        Weight { name: name.to_owned(), plain: 0, brotli }
    }

    #[test]
    fn more_than_the_budget_is_refused() {
        let first = |brotli| check(&sums(&[weight("rollcall.01.wasm", brotli)]));
        first(BUDGET).unwrap();
        assert!(first(BUDGET + 1).unwrap_err().to_string().contains("1 bytes over"));
    }

    #[test]
    fn a_part_weighs_as_much_as_all_that_is_loaded_with_it() {
        let weights = [
            weight("rollcall.01.wasm", 9),
            weight("rollcall.02.js", 1),
            weight("past.01.wasm", BUDGET - 20),
            weight("set.01.wasm", 5),
            weight("past-set.01.wasm", 13),
            weight("set.02.pack", 17),
        ];
        let sums = sums(&weights);
        assert_eq!(sums.iter().map(|s| s.1).collect::<Vec<_>>(), [10, BUDGET + 3, 27]);
        let refused = check(&sums).unwrap_err().to_string();
        assert!(refused.contains("with past") && refused.contains(" 3 bytes"), "{refused}");
    }

    #[test]
    fn only_what_the_browser_loads_is_weighed() {
        let folder = tempfile::tempdir().unwrap();
        for (name, bytes) in [
            ("rollcall.1.wasm", 9),
            ("rollcall.1.wasm.br", 5),
            ("rollcall.1.wasm.gz", 7),
            ("b.css", 4),
            ("b.css.br", 2),
        ] {
            fs::write(folder.path().join(name), vec![0; bytes]).unwrap();
        }
        let weights = weigh(folder.path()).unwrap();
        assert_eq!(weights.iter().map(|weight| weight.brotli).sum::<u64>(), 7);
    }
}
