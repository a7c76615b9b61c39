//! What the kernel counts of the server.

use std::fs;
use std::process::Command;
use std::thread;
use std::time::Duration;

use anyhow::{Context as _, Result};
use serde_json::json;

use super::Bench;
use super::fill::{self, NAMESPACE, PODS};
use super::report::Report;
use crate::process;

/// Pods that are changed to count the work per event.
const EVENTS: u32 = 2000;

/// Resident memory in bytes. Source: proc(5), `status`.
pub(super) fn resident(pid: u32) -> Result<f64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status"))?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))
        .context("a process has VmRSS")?;
    let kibibytes: f64 = line.trim().trim_end_matches("kB").trim().parse()?;
    Ok(kibibytes * 1024.0)
}

/// CPU time so far, user and system, in clock ticks. Source: proc(5), `stat`, fields 14 and 15.
fn ticks(pid: u32) -> Result<f64> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat"))?;
    let (_, fields) = stat.rsplit_once(')').context("the program's name is in brackets")?;
    let fields: Vec<&str> = fields.split_whitespace().collect();
    let field = |index: usize| {
        fields.get(index).and_then(|field| field.parse::<f64>().ok()).context("stat")
    };
    Ok(field(11)? + field(12)?)
}

/// Changes an annotation of many pods: one watch event each, and nothing else moves.
pub(super) fn per_event(bench: &Bench, pid: u32, report: &mut Report) -> Result<()> {
    let per_second: f64 =
        process::output(Command::new("getconf").arg("CLK_TCK"))?.trim().parse()?;
    let before = at_rest(pid)?;
    let sets = bench.sets.min(EVENTS / PODS);
    // Small fleets take several rounds, so that ticks of 10 ms are fine enough.
    let rounds = EVENTS / PODS / sets;
    for round in 0..rounds {
        fill::each(sets, |set| {
            let change = json!({ "metadata": { "annotations": { "bench": round.to_string() } } });
            (0..PODS).try_for_each(|pod| {
                let path = format!("/api/v1/namespaces/{NAMESPACE}/pods/{}-{pod}", fill::name(set));
                bench.proxy.patch(&path, &change).map(drop)
            })
        })?;
    }
    let events = f64::from(rounds * sets * PODS);
    let seconds = (at_rest(pid)? - before) / per_second;
    report.add("CPU time per watch event (a pod)", seconds / events * 1_000_000.0, "µs");
    Ok(())
}

/// The ticks once the process has used none for two seconds in a row, or next to none.
fn at_rest(pid: u32) -> Result<f64> {
    let mut last = ticks(pid)?;
    let mut quiet = 0;
    for _ in 0..120 {
        thread::sleep(Duration::from_millis(500));
        let now = ticks(pid)?;
        quiet = if now - last <= 1.0 { quiet + 1 } else { 0 };
        last = now;
        if quiet == 4 {
            break;
        }
    }
    Ok(last)
}
