//! `cargo xtask bench`: measures the server on the real control plane, at a size that is given.
//!
//! Nothing here is asserted: times depend on the machine. What they were and what they should be: docs/performance.md.

use std::fs;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use harness::ControlPlane;

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
    rollouts::database_growth(bench, report)
}

/// Starts the server; answers how long it took from the start until the fleet was complete: every set in it, and every
/// kind of object read.
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
    let wanted = usize::try_from(bench.sets)?;
    let mut seen = 0;
    harness::wait_until("a complete fleet", Duration::from_mins(3), || {
        let fleet: serde_json::Value = client.get("/api/v1/sets")?;
        let kinds = fleet["cluster"]["kinds"].as_array().context("the fleet names its kinds")?;
        seen = fleet["sets"].as_array().map_or(0, Vec::len);
        let live = !kinds.is_empty() && kinds.iter().all(|kind| kind["state"] == "live");
        Ok((live && seen >= wanted).then_some(()))
    })?;
    Ok((server, client, begun.elapsed()))
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
