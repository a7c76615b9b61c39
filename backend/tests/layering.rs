//! The arrows between the server's rooms (docs/architecture.md), and that no source file is left out of its crate.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// A room and the paths that may not occur in its code. Its tests may reach further: they have to put things together.
const ROOMS: &[(&str, &[&str])] = &[
    ("cluster", &["crate::store", "crate::http", "axum", "sqlx"]),
    (
        "live",
        &["crate::cluster", "crate::store", "crate::http", "kube", "k8s_openapi", "sqlx", "axum"],
    ),
    ("history", &["crate::http", "axum", "kube", "k8s_openapi"]),
    ("plans", &["crate::http", "axum", "kube", "k8s_openapi"]),
    ("actions", &["crate::http", "axum", "sqlx"]),
    ("store", &["crate::http", "axum", "kube", "k8s_openapi"]),
    ("http", &["kube", "k8s_openapi", "sqlx"]),
    ("clock", &["crate::", "axum", "kube", "sqlx"]),
];

/// These may know everything.
const ANYTHING: [&str; 4] = ["app", "main", "lib", "identity"];

#[test]
fn no_room_knows_what_it_must_not() {
    let mut found = Vec::new();
    for file in reachable(&backend().join("src/lib.rs"), false) {
        let room = room_of(&file);
        let Some((_, forbidden)) = ROOMS.iter().find(|(name, _)| *name == room) else {
            continue;
        };
        for (number, line) in code_lines(&file) {
            let names = forbidden.iter().filter(|path| mentions(&line, path));
            found.extend(names.map(|path| format!("{}:{number} knows {path}", file.display())));
        }
    }
    assert!(found.is_empty(), "\n{}", found.join("\n"));
}

#[test]
fn every_room_has_its_rule() {
    let known: BTreeSet<&str> = ROOMS.iter().map(|(name, _)| *name).chain(ANYTHING).collect();
    let rooms: BTreeSet<String> =
        reachable(&backend().join("src/lib.rs"), false).iter().map(|file| room_of(file)).collect();
    let unknown: Vec<&String> =
        rooms.iter().filter(|room| !known.contains(room.as_str())).collect();
    assert!(unknown.is_empty(), "say in this test what {unknown:?} may know");
}

#[test]
fn every_source_file_is_reachable_from_a_mod() {
    let root = backend().join("..");
    let mut left_out = Vec::new();
    for package in ["model", "sandbox", "backend", "frontend", "xtask", "e2e", "e2e/harness"] {
        let source = root.join(package).join("src");
        let mut reached = BTreeSet::new();
        for entry in ["lib.rs", "main.rs"].map(|name| source.join(name)) {
            if entry.exists() {
                reached.extend(reachable(&entry, true));
            }
        }
        assert!(!reached.is_empty(), "{package} has a lib.rs or a main.rs");
        left_out.extend(rust_files(&source).into_iter().filter(|file| !reached.contains(file)));
    }
    assert!(left_out.is_empty(), "no `mod` leads to {left_out:?}");
}

#[test]
fn the_checks_see_what_they_look_for() {
    assert!(mentions("use crate::http::problem;", "crate::http"));
    assert!(mentions("use crate::{clock, http};", "crate::http"));
    assert!(mentions("let c: crate::clock::Now;", "crate::"));
    assert!(mentions("fn f(pool: &sqlx::SqlitePool) {", "sqlx"));
    assert!(mentions("use kube::Api;", "kube"));
    assert!(mentions("    #[derive(sqlx::FromRow)]", "sqlx"));
    assert!(!mentions("let kubectl = kube_name;", "kube"));
    assert!(!mentions("use crate::https;", "crate::http"));
    assert!(!mentions("let url = model::wire::http_url();", "crate::http"));
    assert_eq!(strip("a(\"kube::x\") // kube::y"), "a(\"\") ");
    assert_eq!(declared_mod("pub(crate) mod status;"), Some("status"));
    assert_eq!(declared_mod("mod tests {"), None);
    assert_eq!(declared_mod("//! mod like;"), None);
}

fn backend() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// `cluster` for `src/cluster.rs` and for `src/cluster/watch.rs`.
fn room_of(file: &Path) -> String {
    let inside = file.strip_prefix(backend().join("src")).expect("the file lies in the backend");
    let first = inside.components().next().expect("the path is not empty");
    let stem = Path::new(first.as_os_str()).file_stem().expect("it has a name");
    stem.to_string_lossy().into_owned()
}

/// `file` and all files its `mod` declarations lead to, with or without those for tests only.
fn reachable(file: &Path, with_tests: bool) -> Vec<PathBuf> {
    let mut files = vec![file.to_owned()];
    let parent = file.parent().expect("a file lies in a folder");
    let stem = file.file_stem().expect("a file has a name");
    let folder =
        if stem == "lib" || stem == "main" { parent.to_owned() } else { parent.join(stem) };
    let mut for_tests = false;
    for line in read(file).lines().map(str::trim) {
        if line.starts_with("#[cfg(test)]") {
            for_tests = true;
        } else if let Some(name) = declared_mod(line) {
            if with_tests || !for_tests {
                files.extend(reachable(&folder.join(format!("{name}.rs")), with_tests));
            }
            for_tests = false;
        } else if !line.starts_with("#[") {
            for_tests = false;
        }
    }
    files
}

/// The name in `mod name;`.
fn declared_mod(line: &str) -> Option<&str> {
    let line = line.split("//").next()?.trim().strip_suffix(';')?;
    let (visibility, name) = line.rsplit_once("mod ")?;
    let visibility = visibility.trim();
    (visibility.is_empty() || visibility.starts_with("pub")).then_some(name.trim())
}

/// Numbered lines without comments and texts, up to the tests at the bottom.
fn code_lines(file: &Path) -> Vec<(usize, String)> {
    let text = read(file);
    let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
    code.lines().enumerate().map(|(index, line)| (index + 1, strip(line))).collect()
}

/// Takes out texts and the comment of a line.
fn strip(line: &str) -> String {
    let mut out = String::new();
    let mut chars = line.chars().peekable();
    while let Some(c) = chars.next() {
        if c == '/' && chars.peek() == Some(&'/') {
            break;
        }
        out.push(c);
        if c == '"' {
            while let Some(inner) = chars.next() {
                match inner {
                    '\\' => drop(chars.next()),
                    '"' => break,
                    _ => {}
                }
            }
            out.push('"');
        }
    }
    out
}

/// Whether a line of code names `path`: a crate where it stands before `::`, a room also within the braces of a `use`.
fn mentions(line: &str, path: &str) -> bool {
    let Some((root, room)) = path.split_once("::") else {
        let part_of_path = |c: char| c.is_alphanumeric() || c == '_' || c == ':';
        return line.match_indices(&format!("{path}::")).any(|(at, _)| {
            let before = line[..at].chars().next_back();
            !before.is_some_and(part_of_path)
        });
    };
    let Some((_, inside)) = line.split_once(&format!("{root}::")) else {
        return false;
    };
    let names = inside.split([',', ' ', '{', '}', ';', '(', ')', '<', '>']);
    room.is_empty() || names.into_iter().any(|item| item.split("::").next() == Some(room))
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let entries =
        fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    for entry in entries {
        let path = entry.expect("the folder can be read").path();
        if path.is_dir() {
            files.extend(rust_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files
}

fn read(file: &Path) -> String {
    fs::read_to_string(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}
