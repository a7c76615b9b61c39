//! `cargo xtask bench`: measures the server on a real control plane, or on the cluster in a process, at a size that is given.
//!
//! Nothing here is asserted: times depend on the machine. What they were and what they should be: docs/performance.md.

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use serde_json::Value;

use crate::build::{self, Profile};
use crate::repository::Repository;
use crate::server::{self, Installation, Server};
use crate::{http, process, progress};

mod browser;
mod cpu;
mod fill;
mod handle;
mod latency;
mod plane;
mod proxy;
mod report;
mod rollouts;
mod tabs;

use plane::Plane;
use proxy::Proxy;
use report::Report;

#[derive(clap::Args)]
pub(crate) struct Options {
    /// StatefulSets, of ten pods each
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u32).range(2..=5000))]
    sets: u32,
    /// Measure this often, each time with an empty database, and show medians
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=20))]
    runs: u32,
    /// Write the figures of all runs to this file too
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Measure this binary instead of building one; given several times, they are compared on the same control plane
    #[arg(long, value_name = "FILE", conflicts_with = "dev")]
    server: Vec<PathBuf>,
    /// Measure on the cluster in a process, which is filled in seconds, in place of a real control plane
    #[arg(long)]
    sandbox: bool,
    /// Measure the unoptimised server: only to try out the measuring
    #[arg(long)]
    dev: bool,
    /// Measure only this; may be given several times
    #[arg(long, value_name = "PART")]
    only: Vec<Part>,
}

/// What is measured by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Part {
    /// Start, memory, CPU time, messages to open streams, database
    Server,
    /// Loading the fleet in a browser, and how long a change takes until it is painted
    Browser,
    /// A move of the partition handle in the browser
    Handle,
}

impl Options {
    fn wants(&self, part: Part) -> bool {
        self.only.is_empty() || self.only.contains(&part)
    }
}

/// What the measurements share.
struct Bench {
    panel: Installation,
    proxy: Arc<Proxy>,
    sets: u32,
    /// Names this run in what it changes.
    run: String,
    numbers: Arc<AtomicU32>,
}

impl Bench {
    /// A number that no run had before: what is set to it is changed by that.
    fn number(&self) -> u32 {
        self.numbers.fetch_add(1, Ordering::Relaxed)
    }
}

/// What browsers say that they can read.
const BROWSER: &str = "gzip, deflate, br, zstd";
/// How often the server is started when its start is measured.
const STARTS: usize = 3;
/// How the time until the fleet is there is called.
const COMPLETE: &str = "start → first complete fleet";

pub(crate) fn run(repository: &Repository, options: &Options) -> Result<()> {
    let servers = servers(repository, options)?;
    process::end_with_children()?;
    let plane = if options.sandbox {
        progress::timed("fill a sandbox", || Plane::sandbox(repository, options.sets))?
    } else {
        progress::timed("start a real control plane", Plane::real)?
    };
    let folder = plane.folder()?;
    let proxy = Arc::new(plane.proxy()?);
    let names = servers.iter().map(|(name, _)| name.clone()).collect();
    let mut report = Report::new(options.sets, &plane.name(), names);
    plane.fill(&proxy, options.sets)?;
    let numbers = Arc::new(AtomicU32::new(1));
    for run in 0..options.runs {
        for (index, (name, binary)) in servers.iter().enumerate() {
            let run = format!("{run}-{index}");
            progress::say(&format!("run {} of {}: {name}", &run, options.runs));
            report.begin(index);
            let folder = folder.join(&run);
            fs::create_dir(&folder)?;
            let panel = Installation {
                binary: binary.clone(),
                kubeconfig: plane.kubeconfig("rollcall-direct"),
                folder,
                cluster: "bench",
            };
            let (proxy, numbers) = (Arc::clone(&proxy), Arc::clone(&numbers));
            let bench = Bench { panel, proxy, sets: options.sets, run, numbers };
            measure(repository, &bench, options, &mut report)?;
            if options.wants(Part::Handle) {
                handle::measure(repository, binary, &mut report)?;
            }
            if let Some(file) = &options.json {
                fs::write(file, report.json()?).with_context(|| file.display().to_string())?;
            }
        }
    }
    println!("{}", report.table());
    Ok(())
}

/// What is measured, and what it is called in the table.
fn servers(repository: &Repository, options: &Options) -> Result<Vec<(String, PathBuf)>> {
    if options.server.is_empty() {
        let profile = if options.dev { Profile::Dev } else { Profile::Release };
        return Ok(vec![("figure".to_owned(), build::ensure(repository, profile)?)]);
    }
    let named = |file: &PathBuf| {
        let name = file.file_name().context("a server is a file")?;
        Ok((name.to_string_lossy().into_owned(), file.canonicalize()?))
    };
    options.server.iter().map(named).collect()
}

fn measure(
    repository: &Repository,
    bench: &Bench,
    options: &Options,
    report: &mut Report,
) -> Result<()> {
    if !options.wants(Part::Server) && !options.wants(Part::Browser) {
        return Ok(());
    }
    let password = server::password()?;
    let users: Vec<String> = (1..=tabs::USERS).map(|number| format!("bench-{number}")).collect();
    bench.panel.make_database()?;
    users.iter().try_for_each(|user| bench.panel.add_user(user, &password, "admin"))?;
    let mut clients = first_start(bench, &users, &password, report)?;
    if options.wants(Part::Server) {
        for _ in 1..STARTS {
            start_again(bench, &mut clients, report)?.stop()?;
        }
    }
    let mut server = start_again(bench, &mut clients, report)?;
    if options.wants(Part::Server) {
        cpu::at_rest(server.pid())?;
        let (now, highest) = cpu::resident(server.pid())?;
        report.add("resident memory, no tab", now, "MB");
        report.add("resident memory, no tab, highest", highest, "MB");
        weigh(&clients[0], report)?;
        cpu::per_event(bench, server.pid(), report)?;
        let (now, _) = cpu::resident(server.pid())?;
        report.add("resident memory, no tab, after many events", now, "MB");
        tabs::measure(bench, &server, &clients, report)?;
    }
    if options.wants(Part::Browser) {
        let login = browser::Login { user: &users[0], password: &password };
        browser::measure(repository, bench, &server, &clients, &login, report)?;
    }
    server.stop()?;
    if options.wants(Part::Server) {
        rollouts::database_growth(bench, &clients[0], report)?;
    }
    Ok(())
}

/// Starts a server with an empty database and stops it; answers the clients, one of each user, logged in.
fn first_start(
    bench: &Bench,
    users: &[String],
    password: &str,
    report: &mut Report,
) -> Result<Vec<http::Client>> {
    progress::say("start the server with an empty database");
    let begun = Instant::now();
    let mut first = bench.panel.start()?;
    first.await_ready()?;
    let mut clients = vec![first.client(); users.len()];
    clients[0].log_in(&users[0], password)?;
    let took = milliseconds(await_complete(bench, &clients[0])? - begun);
    report.add(&format!("{COMPLETE}, empty database (with login)"), took, "ms");
    for (client, user) in clients.iter_mut().zip(users).skip(1) {
        client.log_in(user, password)?;
    }
    cpu::at_rest(first.pid())?;
    let (now, _) = cpu::resident(first.pid())?;
    report.add("resident memory, no tab, after the first start", now, "MB");
    first.stop()?;
    Ok(clients)
}

/// Starts a server that knows the sets already, and reports how long it took from the start until the fleet was complete.
fn start_again(bench: &Bench, clients: &mut [http::Client], report: &mut Report) -> Result<Server> {
    let begun = Instant::now();
    let mut server = bench.panel.start()?;
    server.await_ready()?;
    for client in clients.iter_mut() {
        // The sessions outlive the server; the address does not.
        let session = std::mem::replace(client, server.client());
        client.take_session(&session);
    }
    let took = milliseconds(await_complete(bench, &clients[0])? - begun);
    report.add(&format!("{COMPLETE}, known sets"), took, "ms");
    Ok(server)
}

/// Asks for the fleet until it is complete, and answers when that came. Asks often: what is measured is some hundred milliseconds.
fn await_complete(bench: &Bench, client: &http::Client) -> Result<Instant> {
    let wanted = usize::try_from(bench.sets)?;
    let end = Instant::now() + Duration::from_mins(3);
    loop {
        // The fleet is big: reading it takes longer than the pause, so it is asked for only when it may be complete.
        let cluster: Value = client.get("/api/v1/cluster")?;
        if is_live(&cluster) {
            let request = http::Request { path: "/api/v1/sets", ..http::Request::default() };
            let fleet = client.send(&request)?.expect_success("the fleet")?;
            let here = Instant::now();
            if is_complete(&serde_json::from_slice(&fleet.body)?, wanted) {
                return Ok(here);
            }
        }
        if Instant::now() > end {
            bail!("the fleet is not complete after three minutes: {cluster}");
        }
        thread::sleep(Duration::from_millis(5));
    }
}

fn is_live(cluster: &Value) -> bool {
    let kinds = cluster["kinds"].as_array().map_or(&[][..], Vec::as_slice);
    !kinds.is_empty() && kinds.iter().all(|kind| kind["state"] == "live")
}

/// Every kind of object is read, every set is there, and all its pods are counted (they all are Ready).
fn is_complete(fleet: &Value, wanted: usize) -> bool {
    let sets = fleet["sets"].as_array().map_or(&[][..], Vec::as_slice);
    let settled = |set: &Value| {
        set["status"]["kind"] == "settled" && set["status"]["done"] == set["status"]["total"]
    };
    is_live(&fleet["cluster"]) && sets.len() == wanted && sets.iter().all(settled)
}

fn weigh(client: &http::Client, report: &mut Report) -> Result<()> {
    for (encoding, name) in
        [(BROWSER, "fleet answer on the wire"), ("identity", "fleet answer, plain")]
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
