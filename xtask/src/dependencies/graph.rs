//! What is built into what we build: the workspace and, from there, all normal and build dependencies.

use std::collections::{HashMap, HashSet};

use anyhow::{Context as _, Result};
use serde::Deserialize;

/// A crate in the tree.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Package {
    pub(crate) name: String,
    pub(crate) version: String,
    pub(crate) license: Option<String>,
}

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Listed>,
    workspace_members: Vec<String>,
    resolve: Resolve,
}

#[derive(Deserialize)]
struct Listed {
    id: String,
    #[serde(flatten)]
    package: Package,
}

#[derive(Deserialize)]
struct Resolve {
    nodes: Vec<Node>,
}

#[derive(Deserialize)]
struct Node {
    id: String,
    deps: Vec<Dependency>,
}

#[derive(Deserialize)]
struct Dependency {
    pkg: String,
    dep_kinds: Vec<Kind>,
}

#[derive(Deserialize)]
struct Kind {
    /// `None` for normal ones, else `dev` or `build`.
    kind: Option<String>,
}

/// The packages reachable without dev-dependencies from the workspace members that are not in `exclude`.
pub(crate) fn linked(metadata: &str, exclude: &[String]) -> Result<Vec<Package>> {
    let metadata: Metadata =
        serde_json::from_str(metadata).context("the output of `cargo metadata`")?;
    let packages: HashMap<&str, &Package> =
        metadata.packages.iter().map(|listed| (listed.id.as_str(), &listed.package)).collect();
    let nodes: HashMap<&str, &Node> =
        metadata.resolve.nodes.iter().map(|node| (node.id.as_str(), node)).collect();
    let mut seen = HashSet::new();
    let mut queue: Vec<&str> = metadata
        .workspace_members
        .iter()
        .map(String::as_str)
        .filter(|id| packages.get(id).is_some_and(|package| !exclude.contains(&package.name)))
        .collect();
    while let Some(id) = queue.pop() {
        if seen.insert(id) {
            let node = nodes.get(id).context("the graph has all its nodes")?;
            let linked = |dependency: &&Dependency| {
                dependency.dep_kinds.iter().any(|kind| kind.kind.as_deref() != Some("dev"))
            };
            queue.extend(node.deps.iter().filter(linked).map(|dependency| dependency.pkg.as_str()));
        }
    }
    let mut linked: Vec<Package> = seen
        .into_iter()
        .filter_map(|id| packages.get(id).map(|package| (*package).clone()))
        .collect();
    linked.sort_by(|a, b| (&a.name, &a.version).cmp(&(&b.name, &b.version)));
    Ok(linked)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dev_dependencies_and_excluded_members_are_left_out() {
        let node = |id: &str, deps: serde_json::Value| serde_json::json!({"id": id, "deps": deps});
        let dep = |pkg: &str, kind: Option<&str>| serde_json::json!({"pkg": pkg, "dep_kinds": [{"kind": kind}]});
        let names = ["server", "tests", "linked", "built", "only-dev", "of-tests"];
        let metadata = serde_json::json!({
            "packages": names.map(|name| serde_json::json!({"id": name, "name": name, "version": "1.0.0"})),
            "workspace_members": ["server", "tests"],
            "resolve": {"nodes": [
                node("server", serde_json::json!([dep("linked", None), dep("only-dev", Some("dev"))])),
                node("tests", serde_json::json!([dep("of-tests", None)])),
                node("linked", serde_json::json!([dep("built", Some("build"))])),
                node("built", serde_json::json!([])),
            ]},
        });
        let linked = linked(&metadata.to_string(), &["tests".to_owned()]).unwrap();
        let names: Vec<&str> = linked.iter().map(|package| package.name.as_str()).collect();
        assert_eq!(names, ["built", "linked", "server"]);
    }
}
