//! How long a change takes from the API server's answer to a browser's stream.

use std::cmp::Ordering;
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, anyhow, bail};
use serde_json::json;

use super::report::{Report, quantile};
use super::{Bench, fill, tabs};
use crate::http::{Client, Event, HangUp};

/// Changes measured in each series.
const CHANGES: u32 = 200;

/// An event with rows, unread: reading them at once would take time from the server, with which the readers share the
/// machine.
struct Arrival {
    stream: usize,
    at: Instant,
    data: String,
}

/// Open streams, read to the end of this value.
pub(super) struct Streams {
    arrivals: Receiver<Arrival>,
    #[expect(dead_code, reason = "the streams end when these are dropped")]
    lines: Vec<HangUp>,
    /// How many streams there are; a bare watch is the one after them.
    count: usize,
}

impl Streams {
    /// Opens that many as browsers do: the fleet first, then the stream from its version on.
    ///
    /// A watch of the API server is read beside them: what it needs no server could do without.
    pub(super) fn open(bench: &Bench, clients: &[Client], count: usize) -> Result<Self> {
        let (sender, arrivals) = mpsc::channel();
        let mut lines = Vec::new();
        for stream in 0..count {
            let client = tabs::of(clients, stream);
            let version = tabs::load(client)?;
            let events = client.events(&format!("/api/v1/live?since={version}"))?;
            lines.push(events.hang_up()?);
            let sender = sender.clone();
            thread::spawn(move || {
                for event in events {
                    let at = Instant::now();
                    if event.map_or(Err(()), |event| tell(event, stream, at, &sender)).is_err() {
                        return;
                    }
                }
            });
        }
        let (watch, line) = bench.proxy.watch(fill::SETS)?;
        lines.push(line);
        thread::spawn(move || {
            for data in watch {
                let at = Instant::now();
                if sender.send(Arrival { stream: count, at, data }).is_err() {
                    return;
                }
            }
        });
        Ok(Self { arrivals, lines, count })
    }
}

/// Moves the partition of one set after the other (it is a change of the spec, and no pod has to go) and looks when each
/// stream tells so. Answers how many changes it made.
pub(super) fn measure(
    bench: &Bench,
    streams: &Streams,
    sets: u32,
    what: &str,
    report: &mut Report,
) -> Result<f64> {
    let (mut times, mut bare) = (Vec::new(), Vec::new());
    for change in 0..CHANGES {
        let set = change % sets;
        let partition = json!({
            "spec": { "updateStrategy": { "rollingUpdate": { "partition": bench.number() } } }
        });
        let answer = bench.proxy.patch(&fill::path(set), &partition)?;
        let answered = Instant::now();
        let generation =
            answer["metadata"]["generation"].as_i64().context("a set has a generation")?;
        let mut all = collect(streams, &fill::name(set), generation, answered)?;
        bare.extend(all.pop());
        times.extend(all);
    }
    for (way, mut times) in [("message", times), ("event of a bare watch", bare)] {
        times.sort_by(f64::total_cmp);
        for (share, name) in [(0.5, "median"), (0.95, "95th percentile"), (0.99, "99th percentile")]
        {
            report.add(&format!("answer → {way}, {what}, {name}"), quantile(&times, share), "ms");
        }
    }
    Ok(f64::from(CHANGES))
}

fn tell(event: Event, stream: usize, at: Instant, sender: &Sender<Arrival>) -> Result<(), ()> {
    if event.name != "rows" {
        return Ok(());
    }
    sender.send(Arrival { stream, at, data: event.data }).map_err(|_| ())
}

/// The generation at which a set is told, if it is.
fn generation_of(data: &str, name: &str) -> Option<i64> {
    // Of the bare watch. The order of its keys is the API server's.
    if data.starts_with(r#"{"type""#) || data.starts_with(r#"{"object""#) {
        let event: serde_json::Value = serde_json::from_str(data).ok()?;
        let metadata = &event["object"]["metadata"];
        return (metadata["name"] == name).then(|| metadata["generation"].as_i64())?;
    }
    let (_, row) = data.split_once(&format!(r#""name":"{name}""#))?;
    let (_, generation) = row.split_once(r#""generation":"#)?;
    generation.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
}

/// Milliseconds until each of the streams, and last the bare watch, had the set at that generation; 0 where it was quicker
/// than the answer.
fn collect(streams: &Streams, name: &str, generation: i64, answered: Instant) -> Result<Vec<f64>> {
    // A stream may tell of the same generation again, when the controller has observed it.
    let mut times = vec![None; streams.count + 1];
    let mut missing = times.len();
    while missing > 0 {
        let arrival = streams.arrivals.recv_timeout(Duration::from_secs(30)).map_err(|error| {
            anyhow!("{name} did not arrive at generation {generation}: {error}")
        })?;
        match generation_of(&arrival.data, name).map(|told| told.cmp(&generation)) {
            None | Some(Ordering::Less) => continue,
            Some(Ordering::Equal) => {}
            Some(Ordering::Greater) => bail!("somebody else changes {name}"),
        }
        let time = arrival.at.saturating_duration_since(answered).as_secs_f64() * 1000.0;
        if times[arrival.stream].is_none() {
            times[arrival.stream] = Some(time);
            missing -= 1;
        }
    }
    Ok(times.into_iter().flatten().collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_generation_is_that_of_the_set_and_of_no_other() {
        let data = r#"{"rows":[{"name":"a","uid":"u","generation":7,"x":1},{"name":"b","generation":12}]}"#;
        assert_eq!(generation_of(data, "a"), Some(7));
        assert_eq!(generation_of(data, "b"), Some(12));
        assert_eq!(generation_of(data, "c"), None);
        let event = r#"{"object":{"metadata":{"generation":3,"name":"a"}},"type":"MODIFIED"}"#;
        assert_eq!(generation_of(event, "a"), Some(3));
        assert_eq!(generation_of(event, "b"), None);
    }
}
