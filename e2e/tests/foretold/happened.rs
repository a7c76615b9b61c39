//! Comparing a forecast with what happened.
//!
//! Where a forecast waits for a pod, what it says to happen meanwhile is compared while that pod stays as it is; the whole
//! forecast once it is Ready, or has ended.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Result, ensure};
use model::forecast::{Forecast, Step, StepKind};
use player::Played;
use serde_json::Value;

/// What happened to one pod: as a step of a forecast, but read off the events.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Did {
    ordinal: u32,
    what: &'static str,
    revision: Option<String>,
}

fn word(kind: StepKind) -> &'static str {
    match kind {
        StepKind::Restart => "restarts",
        StepKind::Create => "is created",
        StepKind::Stop => "stops",
    }
}

/// Everything that can be compared, as long as nobody helps.
pub(crate) fn compare(was: &Played, foretold: &Forecast, played: &Played) -> Result<()> {
    match &foretold.waits {
        Some(waits) => steps(was, &waits.meanwhile, played)?,
        None => steps(was, &foretold.steps, played)?,
    }
    let stalled = is_stalled(played);
    let waits = foretold.waits.is_some() || foretold.stall.is_some();
    ensure!(
        stalled == waits,
        "it stalled: {stalled}, foretold: {:?}, {:?}",
        foretold.stall,
        foretold.waits
    );
    Ok(())
}

/// The whole, once the pod that it waited for is Ready, or has ended.
pub(crate) fn compare_whole(
    was: &Played,
    foretold: &Forecast,
    meanwhile: &Played,
    then: &Played,
) -> Result<()> {
    let events = meanwhile.events.iter().chain(&then.events).cloned().collect();
    let whole = Played { events, ..then.clone() };
    steps(was, &foretold.steps, &whole)?;
    ensure!(!is_stalled(&whole), "it does not go on");
    Ok(())
}

fn steps(was: &Played, foretold: &[Step], played: &Played) -> Result<()> {
    let did = happened(was, played);
    let one = |s: &Step| {
        (s.wave, Did { ordinal: s.ordinal, what: word(s.what), revision: s.revision.clone() })
    };
    let expected: Vec<(u32, Did)> = foretold.iter().map(one).collect();
    // Steps of one wave go at the same time: which is first is luck.
    let mut rest = did.as_slice();
    for wave in expected.chunk_by(|a, b| a.0 == b.0) {
        let (here, after) = rest.split_at(wave.len().min(rest.len()));
        let mut wanted: Vec<&Did> = wave.iter().map(|(_, did)| did).collect();
        let mut here: Vec<&Did> = here.iter().collect();
        wanted.sort();
        here.sort();
        ensure!(wanted == here, "foretold {expected:?}, happened {did:?}");
        rest = after;
    }
    ensure!(rest.is_empty(), "foretold {expected:?}, happened {did:?}");
    claims(foretold, played)?;
    end(was, foretold, played)
}

/// Restarts, creations and stops in the order in which they began; first of the pods that were on their way out before, if they
/// have ended.
fn happened(was: &Played, played: &Played) -> Vec<Did> {
    let numbers = numbers(played);
    let ends = |pod: &&Value| pod["terminating"] == true;
    let ending = pods(was).iter().rev().filter(ends).filter_map(|pod| pod["ordinal"].as_u64());
    let stops = |ordinal| Did { ordinal, what: "stops", revision: None };
    let gone = |ordinal: &u32| {
        let of = |e: &&Value| e["event"] == "gone" && e["ordinal"] == *ordinal;
        played.events.iter().any(|e| of(&e))
    };
    let mut did: Vec<Did> =
        ending.filter_map(|o| u32::try_from(o).ok()).filter(gone).map(stops).collect();
    for event in &played.events {
        let Some(ordinal) = event["ordinal"].as_u64().and_then(|o| u32::try_from(o).ok()) else {
            continue;
        };
        match event["event"].as_str() {
            Some("delete") => did.push(stops(ordinal)),
            Some("create") => {
                let revision = event["rev"].as_str().and_then(|rev| numbers.get(rev)).cloned();
                let stopped = did.iter_mut().rev().find(|d| d.ordinal == ordinal);
                match stopped.filter(|d| d.what == "stops") {
                    Some(did) => {
                        did.what = "restarts";
                        did.revision = revision;
                    }
                    None => did.push(Did { ordinal, what: "is created", revision }),
                }
            }
            _ => {}
        }
    }
    did
}

/// The label of each revision at the end: `r2`.
fn numbers(played: &Played) -> BTreeMap<String, String> {
    let all = played.settled["revisions"].as_array();
    let label = |r: &Value| Some((r["rev"].as_str()?.to_owned(), format!("r{}", r["revision"])));
    all.into_iter().flatten().filter_map(label).collect()
}

fn claims(steps: &[Step], played: &Played) -> Result<()> {
    let of = |name: &str| -> BTreeSet<&str> {
        let events = played.events.iter().filter(|e| e["event"] == name);
        events.filter_map(|e| e["claim"].as_str()).collect()
    };
    let made: BTreeSet<&str> =
        steps.iter().flat_map(|s| &s.claims_created).map(String::as_str).collect();
    let lost: BTreeSet<&str> =
        steps.iter().flat_map(|s| &s.claims_deleted).map(String::as_str).collect();
    ensure!(
        made == of("claim-create"),
        "claims made: foretold {made:?}, got {:?}",
        of("claim-create")
    );
    ensure!(lost == of("claim-gone"), "claims lost: foretold {lost:?}, got {:?}", of("claim-gone"));
    Ok(())
}

/// The pods at rest with their revisions.
fn end(was: &Played, steps: &[Step], played: &Played) -> Result<()> {
    // By the number that a revision has at the end: going back to an old one gives it a new number.
    let mut expected = at_rest(was, played);
    for step in steps {
        match &step.revision {
            Some(revision) => expected.insert(step.ordinal.into(), revision.clone()),
            None => expected.remove(&step.ordinal.into()),
        };
    }
    let got = at_rest(played, played);
    ensure!(expected == got, "pods at the end: foretold {expected:?}, got {got:?}");
    Ok(())
}

fn pods(played: &Played) -> &[Value] {
    played.settled["pods"].as_array().map_or(&[], Vec::as_slice)
}

/// The pods and their revisions, as these are numbered at the end.
fn at_rest(played: &Played, end: &Played) -> BTreeMap<u64, String> {
    let numbers = numbers(end);
    let one = |pod: &Value| {
        let number = numbers.get(pod["rev"].as_str()?);
        Some((pod["ordinal"].as_u64()?, number.map_or("gone", String::as_str).to_owned()))
    };
    pods(played).iter().filter_map(one).collect()
}

/// A wanted pod is missing, an unwanted one is there, one above the partition is old, or one is on its way out.
fn is_stalled(played: &Played) -> bool {
    let pods = pods(played);
    let set = &played.settled["set"];
    let strategy = &set["spec"]["updateStrategy"];
    let replicas = set["spec"]["replicas"].as_u64().unwrap_or(0);
    let partition = strategy["rollingUpdate"]["partition"].as_u64().unwrap_or(0);
    // Of a set whose pods are all there; if one is missing that is said first.
    let start = pods.iter().filter_map(|pod| pod["ordinal"].as_u64()).min().unwrap_or(0);
    let index = |pod: &Value| pod["ordinal"].as_u64().and_then(|o| o.checked_sub(start));
    let old = |pod: &&Value| {
        strategy["type"] == "RollingUpdate"
            && index(pod).is_some_and(|i| i >= partition && i < replicas)
            && pod["rev"] != set["updateRevision"]
    };
    let ends = pods.iter().any(|pod| pod["terminating"] == true);
    ends || pods.len() as u64 != replicas || pods.iter().any(|pod| old(&pod))
}
