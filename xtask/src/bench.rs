//! `cargo xtask bench`: measures the server on the real control plane, at a size that is given.
//!
//! Nothing here is asserted: times depend on the machine. What they were and what they should be: docs/performance.md.

use std::fs;
use std::path::PathBuf;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use harness::ControlPlane;
use serde_json::Value;

use crate::build::{self, Profile};
use crate::repository::Repository;
use crate::server::{self, Installation, Server};
use crate::{http, progress};

mod cpu;
mod fill;
mod latency;
mod proxy;
mod report;
mod rollouts;

use fill::PODS;
use proxy::Proxy;
use report::Report;

#[derive(clap::Args)]
pub(crate) struct Options {
    /// StatefulSets, of ten pods each
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=5000))]
    sets: u32,
    /// Write the figures to this file too
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Measure the unoptimised server: only to try out the measuring
    #[arg(long)]
    dev: bool,
}

/// What the measurements share.
struct Bench {
    panel: Installation,
    proxy: Proxy,
    sets: u32,
}

/// The user that reads.
const USER: &str = "bench";

pub(crate) fn run(repository: &Repository, options: &Options) -> Result<()> {
    let profile = if options.dev { Profile::Dev } else { Profile::Release };
    let binary = build::ensure(repository, profile)?;
    let plane = progress::timed("start a real control plane", || {
        ControlPlane::start(harness::Options::default())
    })?;
    let folder = server::folder(plane.folder())?;
    let panel = Installation {
        binary,
        kubeconfig: plane.kubeconfig("rollcall-direct"),
        folder,
        cluster: "bench",
    };
    let bench = Bench { panel, proxy: Proxy::start(&plane)?, sets: options.sets };
    let mut report = Report::new(options.sets, plane.version());
    progress::timed(&format!("fill it with {} sets of {PODS} pods", options.sets), || {
        fill::fill(&plane, &bench.proxy, options.sets)
    })?;
    measure(&bench, &mut report)?;
    println!("{}", report.table());
    if let Some(file) = &options.json {
        fs::write(file, report.json()?).with_context(|| file.display().to_string())?;
    }
    Ok(())
}

fn measure(bench: &Bench, report: &mut Report) -> Result<()> {
    let password = server::password()?;
    bench.panel.add_user(USER, &password, "admin")?;
    progress::say("start the server with an empty database");
    let (mut first, session, took) = start(bench, None, &password)?;
    let complete = "start → first complete fleet";
    report.add(&format!("{complete}, empty database (with login)"), milliseconds(took), "ms");
    first.stop()?;
    progress::say("start it again");
    let (mut server, client, took) = start(bench, Some(session), &password)?;
    report.add(&format!("{complete}, known sets"), milliseconds(took), "ms");
    report.add("resident memory, no tab", cpu::resident(server.pid())? / 1024.0 / 1024.0, "MB");
    weigh(&client, report)?;
    cpu::per_event(bench, server.pid(), report)?;
    for streams in [1, 50] {
        latency::measure(bench, &client, streams, report)?;
    }
    report.add(
        "resident memory after 50 streams",
        cpu::resident(server.pid())? / 1024.0 / 1024.0,
        "MB",
    );
    server.stop()?;
    rollouts::database_growth(bench, &client, report)
}

/// Starts the server; answers how long it took from the start until the fleet was complete.
fn start(
    bench: &Bench,
    session: Option<http::Client>,
    password: &str,
) -> Result<(Server, http::Client, Duration)> {
    let begun = Instant::now();
    let mut server = bench.panel.start()?;
    server.await_ready()?;
    let mut client = server.client();
    match session {
        // The session outlives the server; the address does not.
        Some(session) => client.take_session(&session),
        None => client.log_in(USER, password)?,
    }
    await_complete(bench, &client)?;
    Ok((server, client, begun.elapsed()))
}

/// Asks for the fleet until it is complete. Asks often: what is measured is some hundred milliseconds.
fn await_complete(bench: &Bench, client: &http::Client) -> Result<()> {
    let wanted = usize::try_from(bench.sets)?;
    let end = Instant::now() + Duration::from_mins(3);
    loop {
        let fleet: Value = client.get("/api/v1/sets")?;
        if is_complete(&fleet, wanted) {
            return Ok(());
        }
        if Instant::now() > end {
            bail!("the fleet is not complete after three minutes: {}", fleet["cluster"]);
        }
        thread::sleep(Duration::from_millis(5));
    }
}

/// Every kind of object is read, every set is there, and all its pods are counted (they all are Ready).
fn is_complete(fleet: &Value, wanted: usize) -> bool {
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let (kinds, sets) = (list(&fleet["cluster"]["kinds"]), list(&fleet["sets"]));
    let settled = |set: &Value| {
        set["status"]["kind"] == "settled" && set["status"]["done"] == set["status"]["total"]
    };
    !kinds.is_empty()
        && kinds.iter().all(|kind| kind["state"] == "live")
        && sets.len() == wanted
        && sets.iter().all(settled)
}

fn weigh(client: &http::Client, report: &mut Report) -> Result<()> {
    for (encoding, name) in
        [("br", "fleet answer on the wire, brotli"), ("identity", "fleet answer, plain")]
    {
        let request = http::Request {
            path: "/api/v1/sets",
            accept_encoding: Some(encoding),
            ..http::Request::default()
        };
        let answer = client.send(&request)?.expect_success("the fleet")?;
        report.add(name, report::number(answer.body.len()), "bytes");
    }
    Ok(())
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_fleet_without_all_its_sets_or_pods_or_kinds_is_not_complete() {
        let fleet = |state: &str, kind: &str, done: u32| {
            let set = json!({ "status": { "kind": kind, "done": done, "total": 10 } });
            json!({ "cluster": { "kinds": [{ "state": state }] }, "sets": [set] })
        };
        assert!(is_complete(&fleet("live", "settled", 10), 1));
        assert!(!is_complete(&fleet("live", "settled", 10), 2));
        assert!(!is_complete(&fleet("starting", "settled", 10), 1));
        assert!(!is_complete(&fleet("live", "scaling", 10), 1));
        assert!(!is_complete(&fleet("live", "settled", 9), 1));
        assert!(!is_complete(&json!({}), 0));
    }
}
