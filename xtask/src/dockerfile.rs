//! What can be said about the Dockerfile without building it.

use std::collections::HashSet;
use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result, bail};

use crate::repository::Repository;

/// Refuses a Dockerfile that could not work or would not be safe.
pub(crate) fn check(repository: &Repository) -> Result<()> {
    let text = fs::read_to_string(repository.path("Dockerfile")).context("Dockerfile")?;
    let faults = faults(&text, repository.root());
    if !faults.is_empty() {
        bail!("Dockerfile: {}", faults.join("; "));
    }
    Ok(())
}

/// An instruction's name and arguments, continued lines joined.
fn instructions(text: &str) -> Vec<(String, Vec<String>)> {
    let lines = text.lines().filter(|line| !line.trim_start().starts_with('#'));
    let joined = lines.collect::<Vec<_>>().join("\n").replace("\\\n", " ");
    joined
        .lines()
        .filter_map(|line| {
            let mut words = line.split_whitespace().map(str::to_owned);
            Some((words.next()?.to_uppercase(), words.collect()))
        })
        .collect()
}

fn faults(text: &str, root: &Path) -> Vec<String> {
    let mut faults = Vec::new();
    let mut stages = HashSet::new();
    let mut user = None;
    let mut has_entry_point = false;
    let mut from = 0;
    for (name, arguments) in instructions(text) {
        match name.as_str() {
            "FROM" => {
                from += 1;
                // Each stage starts as root again, with no entry point of ours.
                (user, has_entry_point) = (None, false);
                if let [_, keyword, stage] = arguments.as_slice()
                    && keyword.eq_ignore_ascii_case("as")
                {
                    stages.insert(stage.clone());
                }
            }
            "ADD" => faults.push("ADD fetches and unpacks on its own; use COPY".to_owned()),
            "USER" => user = arguments.first().cloned(),
            "ENTRYPOINT" => has_entry_point = true,
            "RUN" => faults.extend(machine_faults(&arguments)),
            "COPY" => faults.extend(copy_faults(&arguments, &stages, root)),
            _ => {}
        }
    }
    if from < 2 {
        faults.push("the compiler would be in the image: there is one stage only".to_owned());
    }
    let numeric =
        |user: &String| user.split(':').all(|id| id.parse::<u32>().is_ok_and(|id| id > 0));
    if !user.as_ref().is_some_and(numeric) {
        // Kubernetes' runAsNonRoot cannot check a name.
        faults.push("the last stage has no numeric USER other than 0".to_owned());
    }
    if !has_entry_point {
        faults.push("the last stage has no ENTRYPOINT".to_owned());
    }
    faults
}

/// The same file builds for every kind of machine.
fn machine_faults(arguments: &[String]) -> Vec<String> {
    let named = |argument: &&String| {
        ["x86_64", "amd64", "aarch64", "arm64"].iter().any(|machine| argument.contains(machine))
    };
    let said = arguments.iter().filter(named);
    said.map(|argument| format!("RUN {argument} is for one kind of machine; ask `uname -m`"))
        .collect()
}

fn copy_faults(arguments: &[String], stages: &HashSet<String>, root: &Path) -> Vec<String> {
    let stage = arguments.iter().find_map(|argument| argument.strip_prefix("--from="));
    if let Some(stage) = stage {
        let known = stages.contains(stage);
        return if known {
            Vec::new()
        } else {
            vec![format!("COPY from {stage}, which is no stage above")]
        };
    }
    let paths: Vec<&String> =
        arguments.iter().filter(|argument| !argument.starts_with("--")).collect();
    let sources = paths.split_last().map_or(&[][..], |(_, sources)| sources);
    sources
        .iter()
        .filter(|source| !root.join(source).exists())
        .map(|source| format!("COPY {source}: there is no such file"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "FROM rust AS build\nCOPY a \\\n  b /src/\nFROM scratch\nCOPY --from=build /x /x\nUSER 65532:65532\nENTRYPOINT [\"/x\"]\n";

    fn faults_of(text: &str) -> Vec<String> {
        let root = tempfile::tempdir().unwrap();
        fs::write(root.path().join("a"), "").unwrap();
        fs::write(root.path().join("b"), "").unwrap();
        faults(text, root.path())
    }

    #[test]
    fn a_sound_file_has_no_faults() {
        assert_eq!(faults_of(GOOD), Vec::<String>::new());
    }

    #[test]
    fn each_fault_is_found() {
        for (from, to, expected) in [
            ("  b /src/", "  c /src/", "COPY c"),
            ("--from=build", "--from=builder", "no stage above"),
            ("USER 65532:65532", "USER nobody", "numeric USER"),
            ("USER 65532:65532", "USER 0", "numeric USER"),
            ("USER 65532:65532\n", "", "numeric USER"),
            ("ENTRYPOINT", "CMD", "ENTRYPOINT"),
            (
                "FROM scratch",
                "RUN build --target x86_64-linux\nFROM scratch",
                "one kind of machine",
            ),
            ("COPY a", "ADD https://example.org/x /x\nCOPY a", "ADD"),
            ("FROM scratch\nCOPY --from=build /x /x\n", "", "one stage"),
        ] {
            let found = faults_of(&GOOD.replace(from, to)).join("; ");
            assert!(found.contains(expected), "{to}: {found}");
        }
    }
}
