//! The recordings of the real controller (`model/tests/traces`), played through the sandbox's API, controller, pretend kubelet
//! and garbage collector: the same refusals, the same pods in the same order, the same state at rest.

#![expect(clippy::unwrap_used, reason = "what is not there fails the test")]

#[path = "replay/compare.rs"]
mod compare;
#[path = "replay/play.rs"]
mod play;

use std::path::Path;

use play::Player;
use serde_json::Value;

#[tokio::test]
async fn every_recording_of_the_real_controller_replays_through_the_sandbox() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../model/tests/traces");
    let mut files: Vec<_> = std::fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|e| e == "json"))
        .collect();
    files.sort();
    assert!(files.len() > 30, "the recordings are there");
    let mut differences = Vec::new();
    for file in &files {
        let trace: Value = serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap();
        if let Err(difference) = Player::new(&trace).play(&trace).await {
            differences.push(format!("{}: {difference}", trace["name"]));
        }
    }
    assert!(
        differences.is_empty(),
        "{} of {} differ:\n{}",
        differences.len(),
        files.len(),
        differences.join("\n")
    );
}
