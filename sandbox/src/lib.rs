//! A small Kubernetes cluster in the process: an API server for the kinds that Rollcall uses, the StatefulSet controller of
//! [`model::controller`], and a pretend kubelet. No containers, no network but a loopback port for kubectl.
//!
//! * [`Sandbox::service`] is what `kube::Client::new` takes: requests never leave the process.
//! * [`Sandbox::serve`] opens a loopback port; [`Sandbox::kubeconfig`] lets kubectl in.
//! * With [`Clock::manual`] nothing moves by itself: [`Sandbox::settle`] and [`Sandbox::advance`] do the work.
//!
//! Pods behave by the tags of their images, as `kubelet::behaviour` lists them.

mod api;
mod clock;
mod controller;
pub mod demo;
mod disruption;
mod endpoints;
mod events;
mod fields;
mod furnish;
mod garbage;
mod kind;
mod kinds;
mod kubelet;
mod lists;
mod object;
mod options;
mod patch;
mod quantity;
mod react;
mod refusal;
mod rights;
mod sandbox;
mod seed;
mod serve;
mod store;
mod work;
mod world;

pub use clock::{Clock, duration};
pub use kind::Kind;
pub use model::controller::Version;
pub use options::{Options, Pace};
pub use refusal::Refusal;
pub use rights::User;
pub use sandbox::{Changed, Sandbox};
pub use seed::Seed;
pub use serve::Serving;
