//! How much the database grows by a rollout.

use std::fs;
use std::time::Duration;

use anyhow::{Context as _, Result};
use serde_json::json;

use super::report::Report;
use super::{Bench, fill};

/// Sets that are rolled.
const ROLLOUTS: u32 = 20;

/// Rolls some sets completely and compares the database's files, each time with the server ended: until then part of it is
/// in the write-ahead log.
pub(super) fn database_growth(bench: &Bench, report: &mut Report) -> Result<()> {
    let before = size(bench)?;
    let sets = bench.sets.min(ROLLOUTS);
    let mut server = bench.panel.start()?;
    server.await_ready()?;
    fill::each(sets, |set| {
        let change = json!({ "spec": {
            "updateStrategy": { "rollingUpdate": { "partition": 0 } },
            "template": { "metadata": { "annotations": { "bench": "rolled" } } },
        }});
        bench.proxy.patch(&fill::path(set), &change).map(drop)
    })?;
    harness::wait_until("the end of the rollouts", Duration::from_mins(5), || {
        for set in 0..sets {
            let status = bench.proxy.get(&fill::path(set))?;
            let status = &status["status"];
            let all = json!(fill::PODS);
            if status["updatedReplicas"] != all
                || status["readyReplicas"] != all
                || status["currentRevision"] != status["updateRevision"]
            {
                return Ok(None);
            }
        }
        Ok(Some(()))
    })?;
    // The recorder has them when its writer is done, which ending the server waits for.
    server.stop()?;
    let growth = size(bench)?.saturating_sub(before);
    report.add(
        "database per rollout of ten pods",
        fs_number(growth) / f64::from(sets) / 1024.0,
        "KB",
    );
    Ok(())
}

/// Bytes of the database and what belongs to it.
fn size(bench: &Bench) -> Result<u64> {
    let database = bench.panel.database();
    let name =
        database.file_name().context("a database has a name")?.to_string_lossy().into_owned();
    let mut bytes = 0;
    for entry in fs::read_dir(&bench.panel.folder)? {
        let entry = entry?;
        if entry.file_name().to_string_lossy().starts_with(&name) {
            bytes += entry.metadata()?.len();
        }
    }
    Ok(bytes)
}

#[expect(clippy::cast_precision_loss, reason = "file sizes here are far below 2^52")]
fn fs_number(bytes: u64) -> f64 {
    bytes as f64
}
