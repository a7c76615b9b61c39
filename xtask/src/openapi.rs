//! `cargo xtask openapi`: the committed description of the HTTP API.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, bail};
use serde_json::Value;

use crate::repository::Repository;
use crate::{build, process, progress};

const DOCUMENT: &str = "docs/openapi.json";

/// Writes the document anew.
pub(crate) fn write(repository: &Repository) -> Result<()> {
    let binary = build::ensure(repository, build::Profile::Dev)?;
    fs::write(repository.path(DOCUMENT), print(&binary)?)?;
    progress::say(&format!("wrote {DOCUMENT}"));
    Ok(())
}

/// Refuses when the committed document is not what `binary` would print.
pub(crate) fn check(repository: &Repository, binary: &Path) -> Result<()> {
    let committed = fs::read_to_string(repository.path(DOCUMENT)).context(DOCUMENT)?;
    let printed = print(binary)?;
    if let Some(line) = first_difference(&committed, &printed) {
        bail!(
            "{DOCUMENT} is not up to date from line {line} on; run `cargo xtask openapi` and commit it"
        );
    }
    Ok(())
}

fn print(binary: &Path) -> Result<String> {
    let text = process::output(Command::new(binary).arg("openapi"))?;
    serde_json::from_str::<Value>(&text).context("`rollcall openapi` did not print JSON")?;
    Ok(one_line_end(&text))
}

/// As the file has it, however many the program printed.
fn one_line_end(text: &str) -> String {
    format!("{}\n", text.trim_end())
}

/// Number of the first line that differs, from 1.
fn first_difference(a: &str, b: &str) -> Option<usize> {
    let (mut a, mut b) = (a.lines(), b.lines());
    (1..)
        .map_while(|line| match (a.next(), b.next()) {
            (None, None) => None,
            (left, right) => Some((line, left != right)),
        })
        .find_map(|(line, differs)| differs.then_some(line))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_differing_line_is_named() {
        assert_eq!(first_difference("a\nb\n", "a\nb\n"), None);
        assert_eq!(first_difference("a\nb\n", "a\nc\n"), Some(2));
        assert_eq!(first_difference("a\n", "a\nb\n"), Some(2));
        assert_eq!(first_difference("", "a\n"), Some(1));
    }

    #[test]
    fn blank_lines_at_the_end_are_no_difference() {
        let committed = "{\n}\n";
        for printed in ["{\n}", "{\n}\n", "{\n}\n\n"] {
            assert_eq!(one_line_end(printed), committed);
        }
    }
}
