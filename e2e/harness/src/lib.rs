//! A real Kubernetes control plane for tests: etcd, API server with RBAC and audit log, controller
//! manager and scheduler, with KWOK in place of kubelets and container runtime. No containers; any
//! number side by side.
//!
//! ```no_run
//! # fn main() -> anyhow::Result<()> {
//! let plane = harness::ControlPlane::start(harness::Options::default())?;
//! plane.kubectl("alice", &["-n", "shop", "get", "statefulsets"])?;
//! # Ok(()) }
//! ```

pub mod audit;
pub mod binaries;
mod boot;
mod command;
mod kubectl;
mod layout;
mod manifests;
mod options;
mod plane;
mod pods;
mod ports;
mod programs;
mod supervisor;
mod tokens;
mod wait;

pub use audit::{AuditEntry, AuditMark};
pub use options::Options;
pub use plane::ControlPlane;
pub use programs::Program;
pub use supervisor::ProgramStatus;
pub use wait::wait_until;
