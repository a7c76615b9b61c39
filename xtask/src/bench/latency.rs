//! How long a change takes from the API server's answer to a browser's stream.

use std::sync::mpsc::{self, Receiver, Sender};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, anyhow, bail};
use serde_json::{Value, json};

use super::report::{Report, quantile};
use super::{Bench, fill};
use crate::http::{Client, Event};

/// Changes measured for each number of streams.
const CHANGES: u32 = 200;

/// Something a stream brought: a set's name and generation.
struct Arrival {
    stream: usize,
    at: Instant,
    name: String,
    generation: i64,
}

/// Moves the partition of one set after the other (it is a change of the spec, and no pod has to go) and looks when each
/// stream tells so.
pub(super) fn measure(
    bench: &Bench,
    client: &Client,
    streams: usize,
    report: &mut Report,
) -> Result<()> {
    let fleet: Value = client.get("/api/v1/sets")?;
    let version = fleet["version"].as_u64().context("a fleet has a version")?;
    let (sender, arrivals) = mpsc::channel();
    for stream in 0..streams {
        let events = client.events(&format!("/api/v1/live?since={version}"))?;
        let sender = sender.clone();
        // It ends with the receiver, at the first event after it.
        thread::spawn(move || {
            for event in events {
                let at = Instant::now();
                if event.map_or(Err(()), |event| tell(&event, stream, at, &sender)).is_err() {
                    return;
                }
            }
        });
    }
    drop(sender);
    let mut times = Vec::new();
    for change in 0..CHANGES {
        let set = change % bench.sets;
        // Another number each time the same set has its turn, also in the next measurement.
        let number = change % 7 + change / bench.sets + u32::try_from(streams)?;
        let partition =
            json!({ "spec": { "updateStrategy": { "rollingUpdate": { "partition": number } } } });
        let answer = bench.proxy.patch(&fill::path(set), &partition)?;
        let answered = Instant::now();
        let generation =
            answer["metadata"]["generation"].as_i64().context("a set has a generation")?;
        times.extend(collect(&arrivals, &fill::name(set), generation, streams, answered)?);
    }
    times.sort_by(f64::total_cmp);
    let word = if streams == 1 { "stream" } else { "streams" };
    report.add(
        &format!("API server's answer → message, {streams} {word}, median"),
        quantile(&times, 0.5),
        "ms",
    );
    report.add(
        &format!("the same, 99th percentile ({} messages)", times.len()),
        quantile(&times, 0.99),
        "ms",
    );
    Ok(())
}

fn tell(event: &Event, stream: usize, at: Instant, sender: &Sender<Arrival>) -> Result<(), ()> {
    if event.name != "rows" {
        return Ok(());
    }
    let data: Value = serde_json::from_str(&event.data).map_err(|_| ())?;
    for row in data["rows"].as_array().map_or(&[][..], Vec::as_slice) {
        let name = row["name"].as_str().unwrap_or_default().to_owned();
        let generation = row["generation"].as_i64().unwrap_or_default();
        sender.send(Arrival { stream, at, name, generation }).map_err(|_| ())?;
    }
    Ok(())
}

/// Milliseconds until each of the streams had the set at that generation; 0 where it was quicker than the answer.
fn collect(
    arrivals: &Receiver<Arrival>,
    name: &str,
    generation: i64,
    streams: usize,
    answered: Instant,
) -> Result<Vec<f64>> {
    // A stream may tell of the same generation again, when the controller has observed it.
    let mut times = vec![None; streams];
    while times.iter().any(Option::is_none) {
        let arrival = arrivals.recv_timeout(Duration::from_secs(30)).map_err(|error| {
            anyhow!("{name} did not arrive at generation {generation}: {error}")
        })?;
        if arrival.name != name || arrival.generation < generation {
            continue;
        }
        if arrival.generation > generation {
            bail!("somebody else changes {name}");
        }
        let time = arrival.at.saturating_duration_since(answered).as_secs_f64() * 1000.0;
        times[arrival.stream].get_or_insert(time);
    }
    Ok(times.into_iter().flatten().collect())
}
