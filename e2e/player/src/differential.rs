//! Generated scenarios on the real controller and on the sandbox side by side, compared at each rest.
//!
//! What is compared, in [`compare`]: the same refusal, the same state at rest, and for each pod and claim the same events in the
//! same order; over all pods the order wherever the controller determines it.
//!
//! **Racy** is a step in which the real controller disagrees with itself: where the sandbox differs, the scenario is played twice
//! more on the real controller, and only if its runs differ among each other *in that same step* it counts as racy; the rest of
//! that scenario is then not compared, unless one of the runs agrees with the sandbox throughout. Everything else that differs is
//! a difference. The second look waits longer for a pod whose claim had to go first ([`Pace::PATIENT`]). A play in which KWOK killed a pod by mistake ([`Played::killed`]) says nothing of the controller and is repeated.

mod compare;
mod deck;
mod generate;
mod random;
mod table;

use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use anyhow::Result;
use serde_json::json;

use crate::format;
use crate::place::Place;
use crate::play::Played;
use crate::record::{On, Scenario, recording};
use crate::rest::Pace;
pub use deck::Cell;
pub use generate::{Generated, generate};
pub use table::Table;

/// How often the real controller is asked again where the sandbox differs.
const AGAIN: usize = 2;

/// A campaign.
#[derive(Clone, Debug)]
pub struct Campaign {
    pub seed: u64,
    pub scenarios: usize,
    /// Only these of them, by their numbers; all if there are none.
    pub only: Vec<usize>,
    /// Scenarios that are played at the same time.
    pub at_once: usize,
    /// Where scenarios that differ are written.
    pub folder: PathBuf,
    pub on: On,
}

/// What came of a campaign.
#[derive(Debug, Default)]
pub struct Report {
    pub scenarios: usize,
    /// Rests that were compared and agree.
    pub steps: usize,
    pub events: usize,
    pub table: Table,
    /// What came out differently on the real controller itself, in words.
    pub racy: Vec<String>,
    /// Differences, in words, with the file that holds the scenario.
    pub differences: Vec<String>,
}

impl Campaign {
    /// Plays all of it. `say` is told of every scenario that is over.
    ///
    /// # Errors
    /// Never for a difference, which is in the report; a scenario that cannot be played counts as one.
    pub fn run(
        &self,
        real: &Place,
        sandbox: &Place,
        say: &(dyn Fn(&str) + Sync),
    ) -> Result<Report> {
        std::fs::create_dir_all(&self.folder)?;
        let mut scenarios = generate(self.seed, self.scenarios, self.has_gate());
        if !self.only.is_empty() {
            let mut number = 0..;
            scenarios.retain(|_| number.next().is_some_and(|n| self.only.contains(&n)));
        }
        let next = AtomicUsize::new(0);
        let report = Mutex::new(Report::default());
        thread::scope(|scope| {
            for _ in 0..self.at_once.min(scenarios.len()) {
                scope.spawn(|| {
                    while let Some(generated) = scenarios.get(next.fetch_add(1, Ordering::Relaxed))
                    {
                        let outcome = self.one(generated, real, sandbox);
                        let mut report = report.lock().expect("no thread panics with it");
                        say(&outcome.describe(&generated.scenario.name));
                        report.add(generated, outcome);
                    }
                });
            }
        });
        Ok(report.into_inner().expect("all threads are over"))
    }

    fn has_gate(&self) -> bool {
        self.on.gates.iter().any(|gate| gate == "MaxUnavailableStatefulSet")
    }

    fn one(&self, generated: &Generated, real: &Place, sandbox: &Place) -> Outcome {
        let scenario = &generated.scenario;
        let (expected, got) = thread::scope(|scope| {
            let expected =
                scope.spawn(|| play_unspoiled(scenario, real, &scenario.name, Pace::USUAL));
            let got = scenario.play(sandbox, &scenario.name);
            (expected.join().expect("playing does not panic"), got)
        });
        let (expected, got) = match (expected, got) {
            (Ok(expected), Ok(got)) => (expected, got),
            (Err(error), _) => {
                return self.failed(generated, &format!("on the real one: {error:#}"));
            }
            (_, Err(error)) => {
                return self.failed(generated, &format!("on the sandbox: {error:#}"));
            }
        };
        match compare::plays(&scenario.set, &expected, &got) {
            Ok(events) => Outcome::new(&expected, expected.len(), events, Verdict::Agrees),
            Err(difference) => self.again(generated, real, &expected, &got, &difference),
        }
    }

    /// Asks the real controller again.
    fn again(
        &self,
        generated: &Generated,
        real: &Place,
        expected: &[Played],
        got: &[Played],
        first: &compare::Difference,
    ) -> Outcome {
        let scenario = &generated.scenario;
        let mut runs = vec![expected.to_vec()];
        for number in 1..=AGAIN {
            let namespace = format!("{}-again-{number}", scenario.name);
            match play_unspoiled(scenario, real, &namespace, Pace::PATIENT) {
                Ok(run) => runs.push(run),
                Err(error) => return self.failed(generated, &format!("played again: {error:#}")),
            }
        }
        let agreeing = runs.iter().find_map(|run| compare::plays(&scenario.set, run, got).ok());
        let disagree = runs.iter().any(|run| {
            runs.iter().any(|other| compare::plays_until(&scenario.set, run, other, first.step))
        });
        let file = self.keep(generated, &runs, got);
        let what = format!(
            "{}: step {}: {}\n    {}",
            scenario.name,
            first.step + 1,
            first.what,
            file.display()
        );
        if disagree {
            let (steps, events) = match agreeing {
                Some(events) => (expected.len(), events),
                None => (first.step, 0),
            };
            return Outcome::new(expected, steps, events, Verdict::Racy(what));
        }
        Outcome::new(expected, first.step, 0, Verdict::Differs(what))
    }

    fn failed(&self, generated: &Generated, what: &str) -> Outcome {
        let file = self.folder.join(format!("{}.json", generated.scenario.name));
        let _ = std::fs::write(&file, format::pretty(&generated.scenario.json()));
        let what = format!("{}: {what}\n    {}", generated.scenario.name, file.display());
        Outcome::new(&[], 0, 0, Verdict::Differs(what))
    }

    /// Writes the scenario as a recording of the real controller, and beside it what the sandbox did.
    fn keep(&self, generated: &Generated, runs: &[Vec<Played>], got: &[Played]) -> PathBuf {
        let scenario = &generated.scenario;
        let write = |file: &Path, runs: &[Vec<Played>]| {
            let text = recording(scenario, &self.on, runs)
                .unwrap_or_else(|_| format::pretty(&json!({"scenario": scenario.json()})));
            let _ = std::fs::write(file, text);
        };
        let file = self.folder.join(format!("{}.json", scenario.name));
        write(&file, runs);
        write(&self.folder.join(format!("{}.sandbox.json", scenario.name)), &[got.to_vec()]);
        file
    }
}

/// Plays it until KWOK lets it be, four times at most: what happens each time is the controller's doing.
fn play_unspoiled(
    scenario: &Scenario,
    real: &Place,
    namespace: &str,
    pace: Pace,
) -> Result<Vec<Played>> {
    let mut played = scenario.play_at(real, namespace, pace)?;
    for number in 1..4 {
        if !played.iter().any(|step| step.killed) {
            break;
        }
        played = scenario.play_at(real, &format!("{namespace}-unspoiled-{number}"), pace)?;
    }
    Ok(played)
}

struct Outcome {
    /// The steps of the scenario whose rests agree.
    agreed: Vec<usize>,
    /// Those that were played after it parted.
    left_out: Vec<usize>,
    events: usize,
    verdict: Verdict,
}

enum Verdict {
    Agrees,
    Racy(String),
    Differs(String),
}

impl Outcome {
    fn new(played: &[Played], steps: usize, events: usize, verdict: Verdict) -> Self {
        let of = |played: &[Played]| played.iter().map(|p| p.at).collect();
        let (agreed, left_out) = played.split_at(steps.min(played.len()));
        Self { agreed: of(agreed), left_out: of(left_out), events, verdict }
    }

    fn describe(&self, name: &str) -> String {
        match &self.verdict {
            Verdict::Agrees => {
                format!("agrees   {name}: {} rests, {} events", self.agreed.len(), self.events)
            }
            Verdict::Racy(what) => format!("racy     {what}"),
            Verdict::Differs(what) => format!("DIFFERS  {what}"),
        }
    }
}

impl Report {
    fn add(&mut self, generated: &Generated, outcome: Outcome) {
        self.scenarios += 1;
        self.steps += outcome.agreed.len();
        self.events += outcome.events;
        for cell in &generated.cells {
            self.table.count(cell, &outcome.agreed, &outcome.left_out);
        }
        match outcome.verdict {
            Verdict::Agrees => {}
            Verdict::Racy(what) => self.racy.push(what),
            Verdict::Differs(what) => self.differences.push(what),
        }
    }

    /// The last lines of a campaign.
    pub fn summary(&self) -> String {
        let mut text = self.table.to_string();
        for what in &self.racy {
            text.push_str(&format!("racy: {what}\n"));
        }
        for what in &self.differences {
            text.push_str(&format!("DIFFERENCE: {what}\n"));
        }
        text.push_str(&format!(
            "{} scenarios, {} rests and {} events agree; {} racy, {} differences\n",
            self.scenarios,
            self.steps,
            self.events,
            self.racy.len(),
            self.differences.len()
        ));
        text
    }
}
