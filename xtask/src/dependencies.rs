//! The dependency rules of `deny.toml`, checked over `cargo metadata`.

use std::collections::BTreeMap;

use anyhow::{Result, bail};

use crate::repository::Repository;
use crate::{process, progress};

mod graph;
mod licence;
mod policy;

use graph::Package;
use policy::Policy;

/// Checks licences, banned crates and crates of which there may be one version only.
pub(crate) fn check(repository: &Repository) -> Result<()> {
    let policy = Policy::read(&repository.path("deny.toml"))?;
    let metadata =
        process::output(&mut repository.cargo(&["metadata", "--format-version", "1", "--locked"]))?;
    let packages = graph::linked(&metadata, &policy.exclude)?;
    let faults = faults(&packages, &policy)?;
    if !faults.is_empty() {
        bail!("{}", faults.join("\n"));
    }
    progress::say(&format!("{} packages keep the rules of deny.toml", packages.len()));
    if process::find("cargo-deny").is_some() {
        return process::run(&mut repository.cargo(&["deny", "check"]));
    }
    progress::say("cargo-deny is not installed: advisories are not looked at");
    Ok(())
}

fn faults(packages: &[Package], policy: &Policy) -> Result<Vec<String>> {
    let mut faults = Vec::new();
    let mut versions: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for package in packages {
        versions.entry(&package.name).or_default().push(&package.version);
        if policy.banned.contains(&package.name) {
            faults.push(format!("{} is banned (deny.toml says why)", package.name));
        }
        match &package.license {
            Some(licence) if !licence::permitted(licence, &policy.licences)? => {
                faults.push(format!("{} {} is under {licence}", package.name, package.version));
            }
            Some(_) => {}
            None => faults.push(format!("{} {} names no licence", package.name, package.version)),
        }
    }
    for name in &policy.single {
        match versions.get(name.as_str()).map_or(&[][..], Vec::as_slice) {
            [_] => {}
            // A rule about nothing would be a rule that cannot fail.
            [] => faults.push(format!(
                "{name} is to be there once, but is not there; take it out of deny.toml"
            )),
            several => {
                faults.push(format!("{name} is there more than once: {}", several.join(", ")));
            }
        }
    }
    Ok(faults)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn package(name: &str, version: &str, license: &str) -> Package {
        Package {
            name: name.to_owned(),
            version: version.to_owned(),
            license: Some(license.to_owned()),
        }
    }

    #[test]
    fn each_rule_finds_its_fault() {
        let policy = Policy {
            exclude: Vec::new(),
            licences: vec!["MIT".to_owned()],
            banned: vec!["openssl".to_owned()],
            single: vec!["http".to_owned()],
        };
        let good = [package("http", "1.0.0", "MIT OR GPL-3.0")];
        assert_eq!(faults(&good, &policy).unwrap(), Vec::<String>::new());
        let bad = [
            package("http", "1.0.0", "MIT"),
            package("http", "0.2.0", "MIT"),
            package("openssl", "1.0.0", "MIT"),
            package("copyleft", "1.0.0", "GPL-3.0"),
        ];
        assert_eq!(faults(&bad, &policy).unwrap().len(), 3);
        assert_eq!(faults(&[], &policy).unwrap().len(), 1);
    }
}
