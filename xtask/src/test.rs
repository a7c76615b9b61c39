//! `cargo xtask test`: every check and every test, from cheap to dear, with a count at the end.

use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};

use crate::progress;
use crate::repository::Repository;

mod count;
mod stages;
mod suite;

use count::Tally;
use stages::{STAGES, Stage, World};

#[derive(clap::Args)]
pub(crate) struct Options {
    /// The long campaigns too: 10,000 cases of each property, 400 kills of the server, 625 generated scenarios
    #[arg(long)]
    full: bool,
    /// Only these stages (`--list` names them)
    #[arg(long, value_name = "NAME")]
    only: Vec<String>,
    /// Name the stages and stop
    #[arg(long)]
    list: bool,
}

struct Outcome {
    stage: &'static str,
    tally: Tally,
    /// What went wrong beside failed tests.
    error: Option<String>,
    took: Duration,
}

pub(crate) fn run(repository: &Repository, options: &Options) -> Result<ExitCode> {
    if options.list {
        for stage in STAGES {
            println!("{:<14} {}", stage.name, stage.what);
        }
        return Ok(ExitCode::SUCCESS);
    }
    if let Some(unknown) =
        options.only.iter().find(|name| STAGES.iter().all(|stage| stage.name != **name))
    {
        bail!("no stage {unknown:?}; `cargo xtask test --list` names them");
    }
    let mut world = World::new(repository, options.full);
    let chosen = |stage: &&Stage| {
        options.only.is_empty() || options.only.iter().any(|name| name == stage.name)
    };
    let outcomes: Vec<Outcome> =
        STAGES.iter().filter(chosen).map(|stage| play(stage, &mut world)).collect();
    Ok(summarise(&outcomes))
}

fn play(stage: &Stage, world: &mut World<'_>) -> Outcome {
    progress::headline(&format!("{}: {}", stage.name, stage.what));
    let start = Instant::now();
    let (tally, error) = match (stage.run)(world) {
        Ok(tally) => (tally, None),
        Err(error) => (Tally::failed_check(), Some(format!("{error:#}"))),
    };
    let outcome = Outcome { stage: stage.name, tally, error, took: start.elapsed() };
    if let Some(error) = &outcome.error {
        progress::complain(error);
    }
    progress::say(&describe(&outcome));
    outcome
}

fn describe(outcome: &Outcome) -> String {
    let Tally { passed, failed, ignored } = outcome.tally;
    let mark = if failed == 0 { "ok" } else { "FAILED" };
    let ignored = if ignored == 0 { String::new() } else { format!(", {ignored} ignored") };
    let took = progress::duration(outcome.took);
    format!("{:<14} {mark:<7} {passed} passed, {failed} failed{ignored} ({took})", outcome.stage)
}

/// The last line is for whoever reads only that: all tests, and each check as one.
fn summarise(outcomes: &[Outcome]) -> ExitCode {
    println!("\n== summary ==");
    for outcome in outcomes {
        println!("{}", describe(outcome));
        if let Some(error) = &outcome.error {
            println!("    {}", error.replace('\n', "\n    "));
        }
    }
    let total = outcomes.iter().map(|outcome| outcome.tally).sum::<Tally>();
    println!("{} passed, {} failed", total.passed, total.failed);
    if total.failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
