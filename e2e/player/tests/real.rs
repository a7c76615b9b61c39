//! Against real control planes: recordings are made anew, and generated scenarios are compared with the sandbox.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use anyhow::{Context as _, Result, ensure};
use harness::{ControlPlane, Options};
use model::testing::seen::same;
use player::Place;
use player::differential::{Campaign, Report};
use player::record::{On, Scenario, recording};
use sandbox::Version;
use serde_json::Value;

/// Twenty in the normal run; `cargo xtask test --full` asks for more, and whoever works on this for fewer.
fn scenarios() -> usize {
    std::env::var("ROLLCALL_SCENARIOS").ok().and_then(|n| n.parse().ok()).unwrap_or(20)
}

fn start(gate: bool) -> Result<(Place, On)> {
    let name = "MaxUnavailableStatefulSet";
    let gates = if gate { vec![(name.to_owned(), true)] } else { Vec::new() };
    let plane = ControlPlane::start(Options { feature_gates: gates, ..Options::default() })?;
    let kubernetes = plane.version().trim_start_matches('v').to_owned();
    let gates = if gate { vec![name.to_owned()] } else { Vec::new() };
    Ok((Place::owned(plane)?, On { kubernetes, gates }))
}

/// Not by `println`, which is only shown for tests that fail: whoever reads the run wants the seed and the table.
fn say(text: &str) {
    let _ = writeln!(std::io::stderr(), "{text}");
}

fn campaign(scenarios: usize, gate: bool) -> Result<Report> {
    let clock = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH)?;
    let seed = clock.as_secs() % 1_000_000;
    let (real, on) = start(gate)?;
    let version = Version::parse(&on.kubernetes).context("a version")?;
    let sandbox = Place::sandbox(version, gate)?;
    let folder = std::env::temp_dir().join(format!("rollcall-differential-{seed}"));
    say(&format!("seed {seed}, {scenarios} scenarios, gate on: {gate}"));
    let only = Vec::new();
    let campaign = Campaign { seed, scenarios, only, at_once: 20, folder: folder.clone(), on };
    let report = campaign.run(&real, &sandbox, &|_| {})?;
    say(&report.summary());
    if report.differences.is_empty() {
        std::fs::remove_dir_all(folder)?;
    }
    Ok(report)
}

#[test]
fn generated_scenarios_come_out_on_the_sandbox_as_on_the_real_controller() -> Result<()> {
    for (scenarios, gate) in [(scenarios(), false), (scenarios() / 4, true)] {
        let report = campaign(scenarios, gate)?;
        ensure!(report.differences.is_empty(), "{}", report.summary());
        ensure!(report.steps > 3 * scenarios, "too little was compared: {}", report.summary());
    }
    Ok(())
}

fn committed(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../../model/tests/traces/{name}.json"))
}

/// The numbers of events by their groups; what happened is compared by the replay.
fn shape(step: &Value) -> Value {
    let groups = step["events"].as_array();
    let count: usize = groups.into_iter().flatten().filter_map(Value::as_array).map(Vec::len).sum();
    serde_json::json!([step["step"], step["refused"], step["settled"], count])
}

#[test]
fn a_recording_made_anew_replays_and_says_what_the_committed_one_says() -> Result<()> {
    let (place, on) = start(false)?;
    for name in ["forced-rollback-trap", "partition-walk", "retention-deleted", "undo-to-first"] {
        let text = std::fs::read_to_string(committed(name))?;
        let scenario = Scenario::parse(&text)?;
        let play = |number: u32| scenario.play(&place, &format!("{name}-{number}"));
        let runs = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..3).map(|number| scope.spawn(move || play(number))).collect();
            threads.into_iter().map(|t| t.join().expect("no panic")).collect::<Result<Vec<_>>>()
        })?;
        let anew = recording(&scenario, &on, &runs)?;
        if let Err(difference) = model::testing::replay(&anew) {
            panic!("{name}: {difference}\n{anew}");
        }
        let (old, new): (Value, Value) =
            (serde_json::from_str(&text)?, serde_json::from_str(&anew)?);
        let steps = |recording: &Value| {
            recording["steps"].as_array().into_iter().flatten().map(shape).collect::<Value>()
        };
        if let Err(difference) = same(name, &steps(&old), &steps(&new)) {
            panic!("{difference}");
        }
    }
    Ok(())
}
