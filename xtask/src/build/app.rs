//! Laying out `frontend/dist`: names with the hash of their content, a page that names them, compressed siblings.
//!
//! A name is `<stem>.<16 hex digits>.<extension>` if and only if its content never changes: by that form the server
//! (`backend/src/http/site.rs`) knows what browsers may keep for ever. They ask for `index.html` each time.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result, bail};
use sha2::{Digest as _, Sha256};

use super::split::Chunk;
use super::{compress, inputs, templates};
use crate::repository::Repository;

/// The extension of files that hold several parts.
pub(crate) const PACK: &str = "pack";

/// What the app is made of, beside its templates.
pub(crate) struct Parts {
    pub(crate) js: String,
    pub(crate) wasm: Vec<u8>,
    /// What the script loads when it is needed.
    pub(crate) chunks: Vec<Chunk>,
    pub(crate) css: String,
}

/// Writes the app beside the old one and then puts it in its place, so that a server built meanwhile embeds the one or
/// the other.
pub(crate) fn assemble(repository: &Repository, parts: &Parts) -> Result<()> {
    let frontend = repository.path("frontend");
    let new = tempfile::tempdir_in(&frontend).context("frontend")?;
    lay_out(&frontend, parts, new.path())?;
    let dist = repository.dist();
    if dist.exists() {
        fs::remove_dir_all(&dist)?;
    }
    // The temporary folder is private to us; what it holds is not.
    fs::create_dir(&dist)?;
    for entry in fs::read_dir(new.path())? {
        let entry = entry?;
        fs::rename(entry.path(), dist.join(entry.file_name()))?;
    }
    Ok(())
}

fn lay_out(frontend: &Path, parts: &Parts, dist: &Path) -> Result<()> {
    let css = add(dist, "rollcall", "css", parts.css.as_bytes())?;
    let mut js = parts.js.clone();
    let mut needed = BTreeMap::<&str, Vec<(String, &Chunk)>>::new();
    for chunk in &parts.chunks {
        let url = add(dist, &chunk.stem, "wasm", &chunk.wasm)?;
        if !js.contains(&chunk.named) {
            bail!("the app's script does not load {}", chunk.named);
        }
        js = js.replace(&chunk.named, &format!("\"{url}\""));
        for part in chunk.stem.split('-') {
            needed.entry(part).or_default().push((url.clone(), chunk));
        }
    }
    let js = add(dist, "rollcall", "js", js.as_bytes())?;
    let wasm = add(dist, "rollcall", "wasm", &parts.wasm)?;
    let packs = packs(dist, &needed)?;
    let values = [
        ("css", css.as_str()),
        ("js", js.as_str()),
        ("wasm", wasm.as_str()),
        ("packs", packs.as_str()),
    ];
    let boot = fill(&frontend.join("boot.js"), &values)?;
    // It comes with every page: what it says to us stays here.
    let said = |line: &&str| !line.trim_start().starts_with("//");
    let boot = boot.lines().filter(said).map(str::trim_start).collect::<Vec<_>>().join("\n");
    if boot.contains("</script") || boot.contains("<!--") {
        bail!("boot.js would not end where the element ends that it stands in");
    }
    // It names all else, but the style sheet.
    let app = inputs::hex(&Sha256::digest(format!("{css} {boot}"))[..8]);
    let values = [&values[..], &[("boot", boot.as_str()), ("app", app.as_str())]].concat();
    fs::write(dist.join("index.html"), fill(&frontend.join("index.html"), &values)?)?;
    copy_static(&frontend.join("static"), dist)?;
    for entry in fs::read_dir(dist)?.collect::<Result<Vec<_>, _>>()? {
        compress::siblings(&entry.path())?;
    }
    Ok(())
}

/// Parts that a page begins with. The others are loaded while one stands already.
const ENTRIES: [&str; 4] = ["fleet", "past", "set", "sheet"];

/// Writes, for each part that a page begins with, what it needs end to end in one file: a browser is slower over many small
/// files than over their bytes. Answers as JSON, for `boot.js`, where each lies.
fn packs(dist: &Path, needed: &BTreeMap<&str, Vec<(String, &Chunk)>>) -> Result<String> {
    // Sorted, whatever order the maps of `serde_json` are built with.
    let mut packs = BTreeMap::new();
    for (part, files) in needed.iter().filter(|(part, _)| ENTRIES.contains(part)) {
        let all: Vec<u8> = files.iter().flat_map(|(_, chunk)| &chunk.wasm).copied().collect();
        let url = add(dist, part, PACK, &all)?;
        let parts: Vec<_> = files.iter().map(|(url, chunk)| (url, chunk.wasm.len())).collect();
        let pack = [("url", serde_json::json!(url)), ("parts", serde_json::json!(parts))];
        packs.insert(*part, BTreeMap::from(pack));
    }
    Ok(serde_json::to_string(&packs)?)
}

fn fill(template: &Path, values: &[(&str, &str)]) -> Result<String> {
    let name = || template.display().to_string();
    templates::fill(&fs::read_to_string(template).with_context(name)?, values).with_context(name)
}

/// Writes a file under a name that says its content, and answers its URL.
fn add(dist: &Path, stem: &str, extension: &str, content: &[u8]) -> Result<String> {
    let hash = inputs::hex(&Sha256::digest(content)[..8]);
    let name = format!("{stem}.{hash}.{extension}");
    fs::write(dist.join(&name), content)?;
    Ok(format!("/{name}"))
}

/// Files that keep their names: the icon, for instance.
fn copy_static(from: &Path, dist: &Path) -> Result<()> {
    if !from.is_dir() {
        return Ok(());
    }
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        fs::copy(entry.path(), dist.join(entry.file_name()))
            .with_context(|| format!("{} (folders are not copied)", entry.path().display()))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frontend() -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        fs::write(
            folder.path().join("index.html"),
            "<meta content=\"{{app}}\"><link href=\"{{css}}\"><script>{{boot}}</script>",
        )
        .unwrap();
        fs::write(folder.path().join("boot.js"), "import init from \"{{js}}\"; init(\"{{wasm}}\")")
            .unwrap();
        fs::create_dir(folder.path().join("static")).unwrap();
        fs::write(folder.path().join("static/icon.svg"), "<svg/>").unwrap();
        folder
    }

    fn names(dist: &Path) -> Vec<String> {
        let mut names: Vec<String> = fs::read_dir(dist)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn a_changed_part_gets_another_name_and_the_page_names_it() {
        let frontend = frontend();
        let lay = |css: &str| {
            let dist = tempfile::tempdir().unwrap();
            let parts = Parts {
                js: "js".to_owned(),
                wasm: vec![0],
                chunks: Vec::new(),
                css: css.to_owned(),
            };
            lay_out(frontend.path(), &parts, dist.path()).unwrap();
            let page = fs::read_to_string(dist.path().join("index.html")).unwrap();
            (names(dist.path()), page)
        };
        let (red, red_page) = lay("a{color:red}");
        let (blue, blue_page) = lay("a{color:blue}");
        let differ: Vec<&String> = red.iter().filter(|name| !blue.contains(name)).collect();
        assert_eq!(differ.len(), 3, "the sheet and its two siblings: {differ:?}");
        assert!(red_page.contains(differ[0].as_str()));
        assert_ne!(red_page, blue_page);
        assert!(red.contains(&"icon.svg".to_owned()) && red.contains(&"icon.svg.br".to_owned()));
    }

    #[test]
    fn there_is_a_pack_for_each_part_that_a_page_begins_with() {
        let boot = include_str!("../../../frontend/boot.js");
        let (_, chosen) = boot.split_once("const part = ").unwrap();
        let (chosen, _) = chosen.split_once(';').unwrap();
        let mut named: Vec<&str> = chosen
            .split('?')
            .skip(1)
            .filter_map(|way| way.trim_start().strip_prefix('"')?.split('"').next())
            .collect();
        named.sort_unstable();
        assert_eq!(named, ENTRIES, "{chosen}");
    }

    #[test]
    fn what_the_page_begins_with_stands_in_it_without_comments() {
        let frontend = frontend();
        let lay = |boot: &str| {
            fs::write(frontend.path().join("boot.js"), boot).unwrap();
            let dist = tempfile::tempdir().unwrap();
            let (js, css) = ("js".to_owned(), "css".to_owned());
            let parts = Parts { js, wasm: vec![0], chunks: Vec::new(), css };
            lay_out(frontend.path(), &parts, dist.path())?;
            anyhow::Ok(fs::read_to_string(dist.path().join("index.html"))?)
        };
        let page = lay("// What it is for.\n  go();\n").unwrap();
        assert!(page.ends_with("<script>go();</script>"), "{page}");
        for ends in ["go('</script>')", "go('<!--')"] {
            assert!(lay(ends).is_err(), "{ends}");
        }
    }

    #[test]
    fn a_part_is_loaded_by_the_name_of_its_content() {
        let frontend = frontend();
        fs::write(frontend.path().join("boot.js"), "import(\"{{js}}\"); needs({{packs}})").unwrap();
        let dist = tempfile::tempdir().unwrap();
        let chunk = |stem: &str, file: &str| Chunk {
            stem: stem.to_owned(),
            wasm: file.as_bytes().to_vec(),
            named: format!("\"./{file}.wasm\""),
        };
        let parts = |js: &str| Parts {
            js: js.to_owned(),
            wasm: vec![0],
            chunks: vec![chunk("past", "split_past"), chunk("past-set", "chunk_2")],
            css: "a{}".to_owned(),
        };
        let js = "load(\"./split_past.wasm\"); load(\"./chunk_2.wasm\")";
        lay_out(frontend.path(), &parts(js), dist.path()).unwrap();
        let names = names(dist.path());
        let read = |start: &str, end: &str| {
            let name = names.iter().find(|n| n.starts_with(start) && n.ends_with(end)).unwrap();
            (format!("\"/{name}\""), fs::read_to_string(dist.path().join(name)).unwrap())
        };
        let (past, shared) = (read("past.", ".wasm").0, read("past-set.", ".wasm").0);
        assert_eq!(read("rollcall.", ".js").1, format!("load({past}); load({shared})"));
        let pack = |part: &str, of: &str| {
            format!("{{\"parts\":[{of}],\"url\":{}}}", read(part, ".pack").0)
        };
        let (of_past, of_set) = (format!("[{past},10],[{shared},7]"), format!("[{shared},7]"));
        let (of_past, of_set) = (pack("past.", &of_past), pack("set.", &of_set));
        let page = fs::read_to_string(dist.path().join("index.html")).unwrap();
        assert!(
            page.contains(&format!("needs({{\"past\":{of_past},\"set\":{of_set}}})")),
            "{page}"
        );
        assert_eq!(read("past.", ".pack").1, "split_pastchunk_2", "end to end");
        assert!(names.iter().any(|n| n.starts_with("past.") && n.ends_with(".wasm.br")));
        // A part that nothing loads is a fault of the cutting.
        assert!(lay_out(frontend.path(), &parts("load()"), dist.path()).is_err());
    }

    #[test]
    fn what_may_be_kept_for_ever_has_the_form_that_the_server_knows() {
        let frontend = frontend();
        let dist = tempfile::tempdir().unwrap();
        let parts =
            Parts { js: "js".to_owned(), wasm: vec![0], chunks: Vec::new(), css: "a{}".to_owned() };
        lay_out(frontend.path(), &parts, dist.path()).unwrap();
        for name in names(dist.path()) {
            let plain = name.trim_end_matches(".br").trim_end_matches(".gz");
            let pieces: Vec<&str> = plain.split('.').collect();
            let hashed = matches!(pieces[..], [_, hash, _]
                if hash.len() == 16 && hash.bytes().all(|b| b.is_ascii_hexdigit()));
            assert_eq!(hashed, !matches!(plain, "index.html" | "icon.svg"), "{name}");
        }
    }
}
