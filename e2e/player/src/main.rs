//! `cargo xtask record` and `cargo xtask differential`.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Instant, SystemTime};

use anyhow::{Context as _, Result, bail};
use clap::{Args, Parser, Subcommand};
use harness::ControlPlane;
use player::Place;
use player::differential::Campaign;
use player::record::{On, Scenario, recording};
use sandbox::Version;

#[derive(Parser)]
#[command(name = "cargo xtask", about = "Plays scenarios on a real control plane")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Play a scenario on a real control plane and write down what happened
    Record(Record),
    /// Play generated scenarios on a real control plane and on the sandbox side by side
    Differential(Differential),
}

#[derive(Args)]
struct Kubernetes {
    /// Kubernetes version; the pinned one if not given (1.33.13, 1.34.4 and 1.36.3 are known to build)
    #[arg(long, value_name = "VERSION")]
    kubernetes: Option<String>,
    /// Feature gates of API server and controllers, as MaxUnavailableStatefulSet=true
    #[arg(long, value_name = "GATE=BOOL", value_delimiter = ',', value_parser = gate)]
    feature_gates: Vec<(String, bool)>,
}

#[derive(Args)]
struct Record {
    /// A file with `set` and `steps`: a scenario, or a recording to make anew
    scenario: PathBuf,
    #[command(flatten)]
    kubernetes: Kubernetes,
    /// How often it is played, all at the same time; what differs between the runs is told so
    #[arg(long, default_value_t = 5)]
    runs: usize,
    /// Where the recording goes; standard output if not given
    #[arg(short, long)]
    output: Option<PathBuf>,
}

#[derive(Args)]
struct Differential {
    /// How many scenarios
    #[arg(long, default_value_t = 20)]
    scenarios: usize,
    /// From which they are made; another one each time if not given
    #[arg(long)]
    seed: Option<u64>,
    #[command(flatten)]
    kubernetes: Kubernetes,
    /// The gate MaxUnavailableStatefulSet, on both sides
    #[arg(long)]
    gate: bool,
    /// Only these of them, by number: 47 is the scenario sSEED-47
    #[arg(long, value_delimiter = ',')]
    only: Vec<usize>,
    /// Scenarios that are played at the same time
    #[arg(long, default_value_t = 20)]
    at_once: usize,
    /// Where scenarios that differ are written
    #[arg(long, default_value = "target/differential")]
    folder: PathBuf,
}

fn gate(text: &str) -> Result<(String, bool)> {
    let (name, on) = text.split_once('=').context("give it as NAME=true or NAME=false")?;
    Ok((name.to_owned(), on.parse()?))
}

impl Kubernetes {
    fn start(&self) -> Result<(Place, On)> {
        let plane = ControlPlane::start(harness::Options {
            version: self.kubernetes.clone(),
            feature_gates: self.feature_gates.clone(),
            ..harness::Options::default()
        })?;
        let kubernetes = plane.version().trim_start_matches('v').to_owned();
        let gate =
            |(name, on): &(String, bool)| if *on { name.clone() } else { format!("{name}=false") };
        let gates = self.feature_gates.iter().map(gate).collect();
        Ok((Place::owned(plane)?, On { kubernetes, gates }))
    }
}

fn main() -> ExitCode {
    let outcome = match Arguments::parse().command {
        Command::Record(options) => record(&options),
        Command::Differential(options) => differential(options),
    };
    outcome.unwrap_or_else(|error| {
        eprintln!("error: {error:#}");
        ExitCode::FAILURE
    })
}

fn record(options: &Record) -> Result<ExitCode> {
    let file = &options.scenario;
    let text = std::fs::read_to_string(file).with_context(|| format!("{}", file.display()))?;
    let mut scenario = Scenario::parse(&text).with_context(|| format!("{}", file.display()))?;
    if scenario.name.is_empty() {
        scenario.name = file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    }
    if options.runs == 0 {
        bail!("a recording needs at least one run");
    }
    let (place, on) = options.kubernetes.start()?;
    let runs: Vec<_> = std::thread::scope(|scope| {
        let play = |number| {
            let (scenario, place) = (&scenario, &place);
            scope.spawn(move || scenario.play(place, &format!("run-{number}")))
        };
        let threads: Vec<_> = (1..=options.runs).map(play).collect();
        threads.into_iter().map(|t| t.join().expect("playing does not panic")).collect()
    });
    let runs = runs.into_iter().collect::<Result<Vec<_>>>()?;
    let text = recording(&scenario, &on, &runs)?;
    match &options.output {
        Some(output) => std::fs::write(output, text)?,
        None => print!("{text}"),
    }
    Ok(ExitCode::SUCCESS)
}

fn differential(mut options: Differential) -> Result<ExitCode> {
    let clock = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH)?;
    let seed = options.seed.unwrap_or(clock.as_secs() % 1_000_000);
    let name = "MaxUnavailableStatefulSet";
    if options.gate {
        options.kubernetes.feature_gates.push((name.to_owned(), true));
    }
    let gate = options.kubernetes.feature_gates.iter().any(|(n, on)| n == name && *on);
    println!(
        "seed {seed}: `cargo xtask differential --seed {seed} --scenarios {}`",
        options.scenarios
    );
    let (real, on) = options.kubernetes.start()?;
    let version = Version::parse(&on.kubernetes).context("a version")?;
    let sandbox = Place::sandbox(version, gate)?;
    let began = Instant::now();
    let campaign = Campaign {
        seed,
        scenarios: options.scenarios,
        only: options.only,
        at_once: options.at_once,
        folder: options.folder,
        on,
    };
    let report = campaign.run(&real, &sandbox, &|line| println!("{line}"))?;
    print!("{}", report.summary());
    println!("{} s on Kubernetes {}", began.elapsed().as_secs(), campaign.on.kubernetes);
    Ok(if report.differences.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
