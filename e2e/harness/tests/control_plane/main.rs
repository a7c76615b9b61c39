//! The harness against the real thing. One control plane for all tests that do no harm to it, and
//! one of their own for those that do.

mod behaviour;
mod claims;
mod kubelet;
mod life;
mod rights;
mod rollout;
mod support;
