//! How much the database grows by a rollout.

use std::fs;
use std::process::Command;
use std::time::Duration;

use anyhow::Result;
use serde_json::{Value, json};

use super::report::Report;
use super::{Bench, fill};
use crate::http::Client;
use crate::{process, progress};

/// Sets that are rolled.
const ROLLOUTS: u32 = 20;

/// Rolls some sets completely and compares the database before and after, each time with the server ended and so all
/// records written.
pub(super) fn database_growth(bench: &Bench, session: &Client, report: &mut Report) -> Result<()> {
    let before = size(bench)?;
    report.add("database before the rollouts, compact", number(before) / 1024.0 / 1024.0, "MB");
    let sets = bench.sets.min(ROLLOUTS);
    let mut server = bench.panel.start()?;
    server.await_ready()?;
    let mut client = server.client();
    client.take_session(session);
    super::await_complete(bench, &client)?;
    let history = |set: u32| {
        let path = format!("/api/v1/sets/{}/{}/history", fill::NAMESPACE, fill::name(set));
        client.get::<Value>(&path).map(|history| settled(&history))
    };
    let before_these = (0..sets).map(history).collect::<Result<Vec<_>>>()?;
    fill::each(sets, |set| {
        let change = json!({ "spec": {
            "updateStrategy": { "rollingUpdate": { "partition": 0 } },
            "template": { "metadata": { "annotations": { "bench": bench.run.clone() } } },
        }});
        bench.proxy.patch(&fill::path(set), &change).map(drop)
    })?;
    // By the panel's own record: the status of a set looks finished until the controller has seen the change.
    for (set, before) in (0..sets).zip(before_these) {
        harness::wait_until("the end of a rollout in the history", Duration::from_mins(5), || {
            Ok((history(set)? > before).then_some(()))
        })?;
    }
    server.stop()?;
    let growth = number(size(bench)?) - number(before);
    report.add("database per rollout of ten pods", growth / f64::from(sets) / 1024.0, "KB");
    Ok(())
}

/// Rollouts that have ended well.
fn settled(history: &Value) -> usize {
    let rollouts = history["rollouts"].as_array().map_or(&[][..], Vec::as_slice);
    rollouts.iter().filter(|rollout| rollout["outcome"] == "settled").count()
}

/// Bytes of a compact copy. The file itself also holds free pages, and what is committed may still lie in its log.
fn size(bench: &Bench) -> Result<u64> {
    let log = bench.panel.folder.join("rollcall.db-wal");
    if let Ok(left) = fs::metadata(&log) {
        progress::say(&format!(
            "the server left a log of {} bytes behind when it ended",
            left.len()
        ));
    }
    let copy = bench.panel.folder.join("copy.db");
    let mut command = Command::new(&bench.panel.binary);
    command.arg("backup").arg("--database").arg(bench.panel.database()).arg(&copy);
    process::output(&mut command)?;
    let bytes = fs::metadata(&copy)?.len();
    fs::remove_file(copy)?;
    Ok(bytes)
}

#[expect(clippy::cast_precision_loss, reason = "file sizes here are far below 2^52")]
fn number(bytes: u64) -> f64 {
    bytes as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_open_rollout_is_not_one_that_has_ended() {
        let history = |outcomes: &[&str]| {
            let rollouts: Vec<Value> =
                outcomes.iter().map(|outcome| json!({ "outcome": outcome })).collect();
            json!({ "rollouts": rollouts })
        };
        assert_eq!(settled(&history(&[])), 0);
        assert_eq!(settled(&history(&["open"])), 0);
        assert_eq!(settled(&history(&["open", "settled"])), 1);
    }
}
