//! The test programs of the workspace.
//!
//! They are built in one go and run one by one. `cargo test --package ...` for each crate in turn would choose features
//! for each anew and build half of the dependencies several times.

use std::collections::HashMap;
use std::io::{BufRead as _, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, bail};
use serde::Deserialize;

use super::count::Tally;
use crate::repository::Repository;
use crate::{process, progress};

/// What one build gave.
pub(crate) struct Suite {
    tests: Vec<TestProgram>,
    /// Programs that are not tests, by name.
    programs: HashMap<String, PathBuf>,
}

struct TestProgram {
    package: String,
    /// Of the library or program tested, or of the file in `tests/`.
    target: String,
    manifest: PathBuf,
    executable: PathBuf,
}

/// A line of cargo's `--message-format json`.
#[derive(Deserialize)]
struct Message {
    reason: String,
    manifest_path: Option<PathBuf>,
    target: Option<Target>,
    profile: Option<Profile>,
    executable: Option<PathBuf>,
}

#[derive(Deserialize)]
struct Target {
    name: String,
}

#[derive(Deserialize)]
struct Profile {
    test: bool,
}

impl Suite {
    /// Builds all tests of the workspace.
    pub(crate) fn build(repository: &Repository) -> Result<Self> {
        let arguments =
            ["test", "--workspace", "--no-run", "--message-format", "json-render-diagnostics"];
        let messages = progress::timed("build all tests", || {
            process::output(&mut repository.cargo(&arguments))
        })?;
        Self::of_messages(&messages)
    }

    fn of_messages(messages: &str) -> Result<Self> {
        let mut suite = Self { tests: Vec::new(), programs: HashMap::new() };
        for line in messages.lines() {
            let message: Message = serde_json::from_str(line).context("cargo's output")?;
            if message.reason != "compiler-artifact" {
                continue;
            }
            let (Some(executable), Some(target), Some(manifest)) =
                (message.executable, message.target, message.manifest_path)
            else {
                continue;
            };
            if message.profile.is_some_and(|profile| profile.test) {
                let folder = manifest.parent().unwrap_or(Path::new("."));
                let package = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
                suite.tests.push(TestProgram {
                    package,
                    target: target.name,
                    manifest,
                    executable,
                });
            } else {
                suite.programs.insert(target.name, executable);
            }
        }
        suite.tests.sort_by(|a, b| (&a.package, &a.target).cmp(&(&b.package, &b.target)));
        Ok(suite)
    }

    /// The server, with the browser app embedded that was there when it was built.
    pub(crate) fn server(&self) -> Result<&Path> {
        self.programs
            .get("rollcall")
            .map(PathBuf::as_path)
            .context("the build gave no program `rollcall`")
    }

    /// Runs the tests of the package in the folder `package`; their output goes through to the terminal.
    pub(crate) fn run(&self, package: &str, environment: &[(&str, String)]) -> Result<Tally> {
        let mut tally = Tally::default();
        let mut programs =
            self.tests.iter().filter(|program| program.package == package).peekable();
        if programs.peek().is_none() {
            bail!("the build gave no tests of {package}");
        }
        for program in programs {
            progress::say(&format!("{package}: {}", program.target));
            tally += program.run(environment)?;
        }
        Ok(tally)
    }
}

impl TestProgram {
    fn run(&self, environment: &[(&str, String)]) -> Result<Tally> {
        let folder = self.manifest.parent().context("a manifest lies in a folder")?;
        let mut command = Command::new(&self.executable);
        // As cargo does it.
        command.current_dir(folder).env("CARGO_MANIFEST_DIR", folder);
        command.envs(environment.iter().map(|(name, value)| (name, value)));
        count(&mut command, &mut std::io::stdout())
    }
}

/// Runs a program that reports as libtest does, passing its output on.
pub(super) fn count(command: &mut Command, to: &mut impl Write) -> Result<Tally> {
    let line = process::line(command);
    let mut child =
        command.stdout(Stdio::piped()).spawn().with_context(|| format!("cannot start `{line}`"))?;
    let stdout = child.stdout.take().context("stdout was asked for")?;
    let mut tally = Tally::default();
    let mut reports = 0;
    for line in BufReader::new(stdout).split(b'\n') {
        let line = line?;
        to.write_all(&line)?;
        to.write_all(b"\n")?;
        if let Some(counted) = Tally::of_line(&String::from_utf8_lossy(&line)) {
            tally += counted;
            reports += 1;
        }
    }
    let status = child.wait()?;
    // It died on the way (an abort, a signal), or failed outside of a test.
    if reports == 0 || (!status.success() && tally.failed == 0) {
        progress::complain(&format!("`{line}` ended without a complete report ({status})"));
        tally += Tally::failed_check();
    }
    Ok(tally)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Not to the terminal: whoever runs these tests counts such lines.
    fn counted(script: &str) -> Tally {
        let mut output = Vec::new();
        count(Command::new("sh").args(["-c", script]), &mut output).unwrap()
    }

    #[test]
    fn a_program_that_dies_without_a_report_counts_as_failed() {
        assert_eq!(counted("exit 0"), Tally::failed_check());
        assert_eq!(counted("kill -9 $$"), Tally::failed_check());
        let report = "echo 'test result: ok. 2 passed; 0 failed; 0 ignored; 0 measured'";
        assert_eq!(counted(report), Tally { passed: 2, failed: 0, ignored: 0 });
        let died_later = format!("{report}; exit 101");
        assert_eq!(counted(&died_later), Tally { passed: 2, failed: 1, ignored: 0 });
    }

    #[test]
    fn tests_are_told_from_programs() {
        let message = |name: &str, test: bool| {
            serde_json::json!({
                "reason": "compiler-artifact", "manifest_path": "/r/backend/Cargo.toml", "target": {"name": name},
                "profile": {"test": test}, "executable": format!("/t/{name}"),
            })
            .to_string()
        };
        let other = r#"{"reason":"build-finished","success":true}"#;
        let lines =
            [message("rollcall", false), message("layering", true), other.to_owned()].join("\n");
        let suite = Suite::of_messages(&lines).unwrap();
        assert_eq!(suite.server().unwrap(), Path::new("/t/rollcall"));
        assert_eq!(suite.tests.len(), 1);
        assert!(suite.run("frontend", &[]).is_err());
    }
}
