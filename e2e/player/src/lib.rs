//! Plays scenarios of the recordings' format (`model/tests/traces/README.md`) on any Kubernetes API server: a real control plane
//! or the sandbox on a loopback port.
//!
//! [`Place`] is such a server, [`Player`] plays one scenario in a namespace of its own and tells what happened, [`record`] makes
//! a recording out of several plays, and [`differential`] lets generated scenarios be played on the real controller and on the
//! sandbox side by side.

mod api;
mod choose;
pub mod differential;
mod format;
mod log;
mod place;
mod play;
pub mod record;
mod rest;
mod watch;

pub use api::Api;
pub use log::{Kind, Log};
pub use place::Place;
pub use play::{Played, Player};
pub use watch::Watcher;
