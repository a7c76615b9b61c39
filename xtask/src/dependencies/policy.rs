//! The part of `deny.toml` that we check ourselves.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result};
use serde::Deserialize;

/// The rules, as lists.
pub(crate) struct Policy {
    /// Workspace members that are not looked at.
    pub(crate) exclude: Vec<String>,
    pub(crate) licences: Vec<String>,
    pub(crate) banned: Vec<String>,
    /// Crates of which there must be exactly one version.
    pub(crate) single: Vec<String>,
}

#[derive(Deserialize)]
struct Document {
    graph: Graph,
    licenses: Licenses,
    bans: Bans,
}

#[derive(Deserialize)]
struct Graph {
    exclude: Vec<String>,
}

#[derive(Deserialize)]
struct Licenses {
    allow: Vec<String>,
}

#[derive(Deserialize)]
struct Bans {
    deny: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Entry {
    #[serde(rename = "crate")]
    name: String,
    #[serde(default)]
    deny_multiple_versions: bool,
}

impl Policy {
    pub(crate) fn read(file: &Path) -> Result<Self> {
        let text = fs::read_to_string(file).with_context(|| file.display().to_string())?;
        Self::parse(&text).with_context(|| file.display().to_string())
    }

    fn parse(text: &str) -> Result<Self> {
        let document: Document = toml::from_str(text)?;
        let (single, banned): (Vec<Entry>, Vec<Entry>) =
            document.bans.deny.into_iter().partition(|entry| entry.deny_multiple_versions);
        let names = |entries: Vec<Entry>| entries.into_iter().map(|entry| entry.name).collect();
        Ok(Self {
            exclude: document.graph.exclude,
            licences: document.licenses.allow,
            banned: names(banned),
            single: names(single),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bans_are_told_from_single_versions() {
        let policy = Policy::parse(
            "graph.exclude = ['e2e']\nlicenses.allow = ['MIT']\n[bans]\ndeny = [{ crate = 'a' }, { crate = 'b', deny-multiple-versions = true }]",
        )
        .unwrap();
        assert_eq!(policy.banned, ["a"]);
        assert_eq!(policy.single, ["b"]);
        assert_eq!(policy.licences, ["MIT"]);
        assert_eq!(policy.exclude, ["e2e"]);
    }
}
