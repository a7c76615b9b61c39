//! What the end-to-end tests share: the server under test, a client of its API, a browser, and the lab sets.
//!
//! The tests run the real binary (`ROLLCALL_BIN`, else the dev build in the target folder) against a real control plane.

pub mod api;
pub mod browser;
pub mod checks;
pub mod demo;
pub mod labs;
pub mod panel;
pub mod stories;
pub mod stream;
pub mod tree;

pub use api::{Answer, Client};
pub use demo::Demo;
pub use panel::{Panel, PanelOptions};

use std::sync::OnceLock;
use std::time::Duration;

use harness::{ControlPlane, Options};

/// How long something that has to come may take, on a machine that is busy with other things. It is waited for no longer than it
/// takes.
pub const PATIENCE: Duration = Duration::from_mins(1);

/// The control plane that all tests of one test binary share. It ends with the process.
///
/// # Panics
/// If it does not start: no test can run then.
pub fn plane() -> &'static ControlPlane {
    static PLANE: OnceLock<ControlPlane> = OnceLock::new();
    PLANE.get_or_init(|| {
        ControlPlane::start(Options::default()).expect("a control plane for the tests")
    })
}

/// A namespace of its own for a test, ready to take pods.
///
/// # Panics
/// If the API server does not take it.
pub fn namespace(plane: &ControlPlane, name: &str) -> String {
    plane.kubectl("admin", &["create", "namespace", name]).expect("a namespace");
    harness::wait_until("the namespace's service account", PATIENCE, || {
        Ok(plane.kubectl("admin", &["-n", name, "get", "serviceaccount", "default"]).ok())
    })
    .expect("a namespace that takes pods");
    name.to_owned()
}
