//! Cutting the wasm: what every page needs, and parts that the app loads when they are needed.
//!
//! The cuts are the functions of `frontend/src/part.rs` that carry `#[wasm_split]`. The cutter finds what only they reach, by
//! the relocations that the linker leaves in; what several parts reach, but the first does not, becomes a part of its own.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, anyhow, bail};

/// The script that the cutter writes, as the wasm names it.
const LINKS: &str = "./__wasm_split.js";

/// What the cutter made.
pub(crate) struct Cut {
    /// The first part; wasm-bindgen's input.
    pub(crate) main: PathBuf,
    /// The script that loads the others.
    links: String,
    pub(crate) chunks: Vec<Chunk>,
}

/// A part that is loaded later.
pub(crate) struct Chunk {
    /// The parts of `frontend/src/part.rs` that need it, joined by `-`.
    pub(crate) stem: String,
    pub(crate) wasm: Vec<u8>,
    /// As the script names it, with its quotes.
    pub(crate) named: String,
}

/// Cuts the linker's output, into a folder.
pub(crate) fn cut(linked: &Path, folder: &Path) -> Result<Cut> {
    let input = fs::read(linked).with_context(|| linked.display().to_string())?;
    let main = folder.join("first.wasm");
    let mut options = wasm_split_cli_support::Options::new(&input);
    options.output_dir = folder;
    options.main_out_path = &main;
    options.link_name = LINKS;
    options.main_module = "./rollcall.js";
    let made = wasm_split_cli_support::transform(options)
        .map_err(|error| anyhow!("the app cannot be cut: {error:#}"))?;
    let links = fs::read_to_string(folder.join(LINKS))?;
    let mut chunks = Vec::new();
    for path in &made.split_modules {
        let file = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let mut needed_by: Vec<&str> = made
            .prefetch_map
            .iter()
            .filter(|(_, files)| files.contains(&file))
            .map(|(part, _)| part.as_str())
            .collect();
        needed_by.sort_unstable();
        chunks.push(Chunk {
            stem: needed_by.join("-"),
            wasm: compact(path)?,
            named: format!("\"./{file}.wasm\""),
        });
    }
    Ok(Cut { main, links, chunks })
}

/// Writes a part again without what only the linker needed: numbers of five bytes each, names, unused types. The first part is
/// written again by wasm-bindgen.
fn compact(path: &Path) -> Result<Vec<u8>> {
    let mut module = walrus::ModuleConfig::new()
        .generate_name_section(false)
        .generate_producers_section(false)
        .parse_file(path)
        .with_context(|| path.display().to_string())?;
    walrus::passes::gc::run(&mut module);
    Ok(module.emit_wasm())
}

/// Compiles a part, unless `frontend/boot.js` had that done already. That is taken once: whoever tries again fetches anew.
const PART: &str = "function part(url) {
    const early = globalThis.rollcallParts;
    const anew = () => WebAssembly.compileStreaming(fetch(url));
    const module = early?.[url]?.catch(anew) ?? anew();
    if (early) delete early[url];
    return module;
}
";

/// A line of the cutter's script, with [`PART`] in place of a fetching of its own.
fn early(line: &str) -> Result<String> {
    const FETCH: (&str, &str) = ("fetch(new URL(", ", import.meta.url))");
    const MAKE: &str = "WebAssembly.instantiateStreaming(src, imports)";
    if let Some((before, rest)) = line.split_once(FETCH.0) {
        let url = rest.split_once(FETCH.1).map(|(url, _)| url).context("the cutter's script")?;
        return Ok(format!("{before}part({url});"));
    }
    if line.contains("fetch(") {
        bail!("the cutter's script fetches in another way: {line}");
    }
    let made = line.replace(MAKE, "src.then(module => WebAssembly.instantiate(module, imports))");
    if made.contains("instantiateStreaming") {
        bail!("the cutter's script makes a part in another way: {line}");
    }
    Ok(made)
}

impl Cut {
    /// One script out of wasm-bindgen's and the cutter's, which import each other: so neither can be named by its content.
    pub(crate) fn join(&self, script: &str) -> Result<String> {
        let mut ours = String::new();
        let mut imported = Vec::new();
        for line in script.lines() {
            let import = line
                .strip_prefix("import * as ")
                .and_then(|rest| rest.trim_end_matches(';').split_once(" from "));
            match import {
                Some((name, from)) if from.trim_matches('"') == LINKS => imported.push(name),
                Some((_, from)) => bail!("the app's script imports {from}, which nobody serves"),
                None => ours.push_str(&format!("{line}\n")),
            }
        }
        if imported.is_empty() {
            bail!("wasm-bindgen's script does not load the parts of the app");
        }
        let mut loaders = Vec::new();
        for line in self.links.lines() {
            if line.starts_with("import ") {
                if !line.contains("initSync") {
                    bail!("the cutter's script imports something unknown: {line}");
                }
            } else if let Some(rest) = line.strip_prefix("export const ") {
                loaders.push(rest.split(' ').next().unwrap_or_default());
                ours.push_str(&format!("const {rest}\n"));
            } else {
                ours.push_str(&format!("{}\n", early(line)?));
            }
        }
        ours.push_str(PART);
        let loaders = loaders.join(", ");
        for name in imported {
            ours.push_str(&format!("const {name} = {{ {loaders} }};\n"));
        }
        Ok(ours)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn joined(script: &str, links: &str) -> Result<String> {
        let links = links.to_owned();
        Cut { main: PathBuf::new(), links, chunks: Vec::new() }.join(script)
    }

    const OURS: &str =
        "import * as import1 from \"./__wasm_split.js\"\nfunction imports() { return import1; }\n";
    const LINKS: &str = "import { initSync } from \"./rollcall.js\";\n\nlet shared;\nexport const load_past = go();\nexport const load_set = go();\n";

    #[test]
    fn two_scripts_that_import_each_other_become_one() {
        let one = joined(OURS, LINKS).unwrap();
        assert!(!one.contains("import *") && !one.contains("import {") && !one.contains("export"));
        assert!(one.contains("\nconst load_past = go();\n") && one.contains("\nlet shared;\n"));
        assert!(one.ends_with("const import1 = { load_past, load_set };\n"));
    }

    #[test]
    fn a_part_that_is_compiled_already_is_taken_over() {
        let links = "const a = makeLoad(() => {\n    const src = fetch(new URL(\"./a.wasm\", import.meta.url));\n    \
                     return async (imports) => (WebAssembly.instantiateStreaming(src, imports));\n}, []);\n";
        let one = joined(OURS, links).unwrap();
        assert!(one.contains("    const src = part(\"./a.wasm\");\n"), "{one}");
        let made = "(src.then(module => WebAssembly.instantiate(module, imports)))";
        assert!(one.contains(made) && one.contains("function part(url)"), "{one}");
        assert!(!one.contains("import.meta"), "{one}");
        assert!(joined(OURS, "const src = fetch(\"./a.wasm\");\n").is_err(), "that is unknown");
    }

    #[test]
    fn a_script_that_nobody_serves_is_refused() {
        let foreign = "import * as import2 from \"./other.js\"\n";
        assert!(joined(&format!("{OURS}{foreign}"), LINKS).is_err());
        assert!(joined(OURS, &format!("import {{ other }} from \"./x.js\";\n{LINKS}")).is_err());
        assert!(joined("function imports() {}", LINKS).is_err(), "nothing would load the parts");
    }
}
