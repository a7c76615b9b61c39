//! What the kernel counts of the server.

use std::collections::HashMap;
use std::fs;
use std::process::Command;
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use serde_json::{Value, json};

use super::Bench;
use super::fill::{self, PODS};
use super::report::Report;
use crate::process;

/// Pods that are changed to count the work per event.
const EVENTS: u32 = 5000;

/// Where the API server has the pods of the bench's namespace.
const PODS_PATH: &str = "/api/v1/namespaces/team-00/pods";

/// Resident memory in MB (2^20 bytes), now and at its highest. Source: proc(5), `status`.
pub(super) fn resident(pid: u32) -> Result<(f64, f64)> {
    let status = fs::read_to_string(format!("/proc/{pid}/status"))?;
    let field = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name)).context("status")?;
        let kibibytes: f64 = line.trim().trim_end_matches("kB").trim().parse()?;
        Ok::<_, anyhow::Error>(kibibytes / 1024.0)
    };
    Ok((field("VmRSS:")?, field("VmHWM:")?))
}

/// CPU time so far, user and system, in seconds. Source: proc(5), `stat`, fields 14 and 15.
fn used(pid: u32) -> Result<f64> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat"))?;
    let (_, fields) = stat.rsplit_once(')').context("the program's name is in brackets")?;
    let fields: Vec<&str> = fields.split_whitespace().collect();
    let field = |index: usize| {
        fields.get(index).and_then(|field| field.parse::<f64>().ok()).context("stat")
    };
    let per_second: f64 =
        process::output(Command::new("getconf").arg("CLK_TCK"))?.trim().parse()?;
    Ok((field(11)? + field(12)?) / per_second)
}

/// Changes an annotation of many pods: one watch event each, and nothing else moves, which is checked.
pub(super) fn per_event(bench: &Bench, pid: u32, report: &mut Report) -> Result<()> {
    let before = at_rest(pid)?;
    let sets = bench.sets.min(EVENTS / PODS);
    // Small fleets take several rounds, so that ticks of 10 ms are fine enough.
    let rounds = EVENTS / PODS / sets;
    let versions = Mutex::new(versions(bench)?);
    for round in 0..rounds {
        fill::each(sets, |set| {
            let value = format!("{}-{round}", bench.run);
            let change = json!({ "metadata": { "annotations": { "bench": value } } });
            (0..PODS).try_for_each(|pod| {
                let name = format!("{}-{pod}", fill::name(set));
                let path = format!("{PODS_PATH}/{name}");
                let version = version(&bench.proxy.patch(&path, &change)?)?;
                let mut versions = versions.lock().unwrap_or_else(PoisonError::into_inner);
                // The same version would mean that nothing was changed, so no event came of it.
                if versions.insert(name, version.clone()) == Some(version) {
                    bail!("{path} was not changed");
                }
                Ok(())
            })
        })?;
    }
    let seconds = at_rest(pid)? - before;
    if *versions.lock().unwrap_or_else(PoisonError::into_inner) != self::versions(bench)? {
        bail!("somebody else changed pods meanwhile: the number of events is not known");
    }
    let events = f64::from(rounds * sets * PODS);
    report.add("CPU time per watch event (a pod)", seconds / events * 1_000_000.0, "µs");
    Ok(())
}

/// The resource versions of all pods, by name.
fn versions(bench: &Bench) -> Result<HashMap<String, String>> {
    let list = bench.proxy.get(PODS_PATH)?;
    let pods = list["items"].as_array().context("a list has items")?;
    let name = |pod: &Value| Some(pod["metadata"]["name"].as_str()?.to_owned());
    pods.iter().map(|pod| Ok((name(pod).context("a pod has a name")?, version(pod)?))).collect()
}

fn version(object: &Value) -> Result<String> {
    let version = object["metadata"]["resourceVersion"].as_str();
    version.map(str::to_owned).context("an object has a resource version")
}

/// The CPU time used (seconds), once the process has used next to none (a fiftieth) for two seconds.
///
/// # Errors
/// When it does not come to rest within a minute: the difference would hold other work.
pub(super) fn at_rest(pid: u32) -> Result<f64> {
    let mut last = used(pid)?;
    let mut quiet = 0;
    for _ in 0..120 {
        thread::sleep(Duration::from_millis(500));
        let now = used(pid)?;
        // A tick, and what division makes of it.
        quiet = if now - last < 0.015 { quiet + 1 } else { 0 };
        last = now;
        if quiet == 4 {
            return Ok(last);
        }
    }
    bail!("the server does not come to rest")
}
