//! The stages in their order: what is cheap and fails often comes first.

use anyhow::{Context as _, Result};

use super::count::Tally;
use super::suite::{self, Suite};
use crate::repository::Repository;
use crate::{axe, build, chromium, dependencies, dockerfile, openapi, process, progress, size};

/// A part of the test run.
pub(crate) struct Stage {
    pub(crate) name: &'static str,
    pub(crate) what: &'static str,
    pub(crate) run: fn(&mut World<'_>) -> Result<Tally>,
}

pub(crate) const STAGES: &[Stage] = &[
    Stage { name: "format", what: "every file is formatted", run: format },
    Stage { name: "dependencies", what: "licences, banned and doubled crates", run: dependencies },
    Stage { name: "packaging", what: "the Dockerfile holds together", run: packaging },
    Stage { name: "lint", what: "clippy, on this machine and for wasm", run: lint },
    Stage { name: "build", what: "the browser app and all tests", run: build },
    Stage { name: "size", what: "the browser app keeps its budget", run: size },
    Stage { name: "model", what: "the rules", run: |world| world.tests("model") },
    Stage { name: "backend", what: "the server's rooms", run: |world| world.tests("backend") },
    Stage {
        name: "frontend",
        what: "the browser app's logic",
        run: |world| world.tests("frontend"),
    },
    Stage { name: "xtask", what: "the tools", run: |world| world.tests("xtask") },
    Stage { name: "examples", what: "the examples in the documentation", run: examples },
    Stage { name: "openapi", what: "docs/openapi.json is up to date", run: openapi },
    Stage { name: "harness", what: "the real control plane", run: harness },
    Stage {
        name: "sandbox",
        what: "the cluster in the process, driven by kubectl too",
        run: |world| world.dear_tests("sandbox"),
    },
    Stage {
        name: "controller",
        what: "generated scenarios on the real controller and the sandbox",
        run: |world| world.dear_tests("player"),
    },
    Stage { name: "e2e", what: "server and browser on the real control plane", run: e2e },
];

/// What stages share. What is dear is made when the first stage asks for it.
pub(crate) struct World<'a> {
    repository: &'a Repository,
    full: bool,
    suite: Option<Suite>,
}

impl<'a> World<'a> {
    pub(crate) fn new(repository: &'a Repository, full: bool) -> Self {
        Self { repository, full, suite: None }
    }

    fn suite(&mut self) -> Result<&Suite> {
        if self.suite.is_none() {
            // First the app: the server embeds it when it is compiled.
            build::ensure_frontend(self.repository)?;
            self.suite = Some(Suite::build(self.repository)?);
        }
        self.suite.as_ref().context("it was just built")
    }

    fn tests(&mut self, package: &str) -> Result<Tally> {
        let environment = campaigns(self.full);
        self.suite()?.run(package, &environment)
    }

    /// Tests that need the server, the control plane's programs or the long campaigns.
    fn dear_tests(&mut self, package: &str) -> Result<Tally> {
        let mut environment = campaigns(self.full);
        let suite = self.suite()?;
        environment.push(("ROLLCALL_BIN", suite.server()?.display().to_string()));
        suite.run(package, &environment)
    }
}

/// How long the campaigns last; each has a shorter length of its own when nothing is said.
fn campaigns(full: bool) -> Vec<(&'static str, String)> {
    if !full {
        return Vec::new();
    }
    // Cases of each property (proptest reads it itself), kills of the server in the middle of its work, and scenarios that are
    // played on the real controller and on the sandbox.
    [("PROPTEST_CASES", 10_000), ("ROLLCALL_KILLS", 400), ("ROLLCALL_SCENARIOS", 500)]
        .map(|(name, count)| (name, count.to_string()))
        .to_vec()
}

fn check(result: Result<()>) -> Result<Tally> {
    result.map(|()| Tally::passed_check())
}

fn format(world: &mut World<'_>) -> Result<Tally> {
    check(process::run(&mut world.repository.cargo(&["fmt", "--all", "--check"])))
}

fn dependencies(world: &mut World<'_>) -> Result<Tally> {
    check(dependencies::check(world.repository))
}

fn packaging(world: &mut World<'_>) -> Result<Tally> {
    check(dockerfile::check(world.repository))
}

fn lint(world: &mut World<'_>) -> Result<Tally> {
    let native = ["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"];
    let wasm = ["clippy", "--package", "frontend", "--target", build::WASM, "--", "-D", "warnings"];
    build::ensure_wasm(world.repository)?;
    let mut tally = Tally::default();
    for arguments in [&native[..], &wasm[..]] {
        tally += check(process::run(&mut world.repository.cargo(arguments)))?;
    }
    Ok(tally)
}

fn build(world: &mut World<'_>) -> Result<Tally> {
    world.suite()?;
    Ok(Tally::passed_check())
}

fn size(world: &mut World<'_>) -> Result<Tally> {
    build::ensure_frontend(world.repository)?;
    check(size::run(world.repository))
}

fn examples(world: &mut World<'_>) -> Result<Tally> {
    let mut command = world.repository.cargo(&["test", "--workspace", "--doc"]);
    suite::count(&mut command, &mut std::io::stdout())
}

fn openapi(world: &mut World<'_>) -> Result<Tally> {
    let repository = world.repository;
    check(openapi::check(repository, world.suite()?.server()?))
}

fn harness(world: &mut World<'_>) -> Result<Tally> {
    let mut say = |text: &str| progress::say(text);
    harness::binaries::ensure(&mut say).context("the control plane's programs")?;
    harness::binaries::ensure_helm(&mut say).context("Helm")?;
    world.dear_tests("harness")
}

fn e2e(world: &mut World<'_>) -> Result<Tally> {
    chromium::ensure()?;
    axe::ensure(world.repository)?;
    world.dear_tests("e2e")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Where each variable is read. A campaign whose length is fixed in its source would not be one.
    #[test]
    fn what_full_asks_for_is_read_by_the_campaigns() {
        let repository = Repository::find().unwrap();
        let read = |path: &str| std::fs::read_to_string(repository.path(path)).unwrap();
        assert_eq!(campaigns(false), []);
        for (name, value) in campaigns(true) {
            assert!(value.parse::<u32>().unwrap() > 256, "{name}");
            match name {
                "PROPTEST_CASES" => {
                    let campaign = read("backend/src/live/index/tests/any_order.rs");
                    assert!(campaign.contains("proptest!") && !campaign.contains("cases:"));
                }
                "ROLLCALL_SCENARIOS" => assert!(read("e2e/player/tests/real.rs").contains(name)),
                "ROLLCALL_KILLS" => assert!(read("e2e/tests/outage/crash.rs").contains(name)),
                _ => panic!("nobody reads {name}"),
            }
        }
    }
}
