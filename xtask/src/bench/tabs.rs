//! Open tabs: what they cost, and how quickly they are told.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use anyhow::{Context as _, Result};
use serde_json::{Value, json};

use super::latency::{self, Streams};
use super::report::{Report, number};
use super::{Bench, cpu, fill};
use crate::http::{Client, Request};
use crate::server::Server;

/// Tabs of one user; the server lets one user have 100.
const EACH: usize = 50;
/// How many are open in each series.
const OPEN: [usize; 3] = [1, 50, 200];
/// Users that are needed for all of them.
pub(super) const USERS: usize = 4;
/// Sets that are rolled all at once while others are measured.
pub(super) const ROLLING: u32 = 20;

/// The client whose tab number `tab` is.
pub(super) fn of(clients: &[Client], tab: usize) -> &Client {
    &clients[tab / EACH % clients.len()]
}

/// Loads the fleet as a browser does, and answers its version.
pub(super) fn load(client: &Client) -> Result<u64> {
    let path = "/api/v1/sets";
    let request = Request { path, accept_encoding: Some(super::BROWSER), ..Request::default() };
    client.send(&request)?.expect_success(path)?;
    // Once more, because compressed answers are not read here.
    let fleet: Value = client.get(path)?;
    fleet["version"].as_u64().context("a fleet has a version")
}

/// Measures with one tab after the other, at rest and while other sets roll.
pub(super) fn measure(
    bench: &Bench,
    server: &Server,
    clients: &[Client],
    report: &mut Report,
) -> Result<()> {
    let pid = server.pid();
    let mut resident = Vec::new();
    for count in OPEN {
        let tabs = if count == 1 { "1 tab".to_owned() } else { format!("{count} tabs") };
        let streams = Streams::open(bench, clients, count)?;
        let before = cpu::at_rest(pid)?;
        let changes = latency::measure(bench, &streams, bench.sets, &tabs, report)?;
        let used = cpu::at_rest(pid)? - before;
        report.add(&format!("CPU time per change of a set, {tabs}"), used * 1000.0 / changes, "ms");
        if bench.proxy.is_real() {
            report.add(&format!("watches on the API server, {tabs}"), watches(bench)?, "");
        }
        let (now, _) = cpu::resident(pid)?;
        report.add(&format!("resident memory, {tabs}"), now, "MB");
        resident.push((number(count), now));
        if count != 50 {
            while_rolling(bench, ROLLING, |rolling| {
                let what = format!("{tabs}, {rolling} sets rolling");
                latency::measure(bench, &streams, bench.sets - rolling, &what, report).map(drop)
            })?;
        }
    }
    if let [(one, least), .., (all, most)] = resident[..] {
        report.add("resident memory per further tab", (most - least) / (all - one), "MB");
    }
    report.add("resident memory, highest", cpu::resident(pid)?.1, "MB");
    Ok(())
}

/// Measures while the last sets roll, one rollout after the other. `measure` is told how many do; they are at most half of all.
pub(super) fn while_rolling(
    bench: &Bench,
    wanted: u32,
    measure: impl FnOnce(u32) -> Result<()>,
) -> Result<()> {
    let rolling = wanted.min(bench.sets / 2);
    let still = bench.sets - rolling;
    let over = AtomicBool::new(false);
    thread::scope(|scope| {
        let roller = scope.spawn(|| {
            while !over.load(Ordering::Relaxed) {
                roll(bench, still..bench.sets)?;
            }
            Ok::<_, anyhow::Error>(())
        });
        let measured = measure(rolling);
        over.store(true, Ordering::Relaxed);
        roller.join().expect("the rollouts do not panic").and(measured)
    })
}

/// Rolls these sets completely.
fn roll(bench: &Bench, sets: std::ops::Range<u32>) -> Result<()> {
    for set in sets.clone() {
        let value = format!("{}-{}", bench.run, bench.number());
        let change = json!({ "spec": {
            "updateStrategy": { "rollingUpdate": { "partition": 0 } },
            "template": { "metadata": { "annotations": { "bench": value } } },
        }});
        bench.proxy.patch(&fill::path(set), &change)?;
    }
    for set in sets {
        harness::wait_until("the end of a rollout", Duration::from_mins(5), || {
            let set = bench.proxy.get(&fill::path(set))?;
            let status = &set["status"];
            let over = status["observedGeneration"] == set["metadata"]["generation"]
                && status["currentRevision"] == status["updateRevision"]
                && status["readyReplicas"] == set["spec"]["replicas"];
            Ok(over.then_some(()))
        })?;
    }
    Ok(())
}

/// Watches that are open on the API server, by whomever. Source: its metric `apiserver_longrunning_requests`.
fn watches(bench: &Bench) -> Result<f64> {
    let metrics = bench.proxy.text("/metrics")?;
    let open = metrics
        .lines()
        .filter(|line| line.starts_with("apiserver_longrunning_requests{"))
        .filter(|line| line.contains("verb=\"WATCH\""))
        .filter_map(|line| line.rsplit(' ').next()?.parse::<f64>().ok());
    Ok(open.sum())
}
