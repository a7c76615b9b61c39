//! Against a real control plane that all of these share; each test has its own namespace and its own server.

#[path = "real/actions.rs"]
mod actions;
#[path = "real/going_back.rs"]
mod going_back;
#[path = "real/inside.rs"]
mod inside;
#[path = "real/kubectl.rs"]
mod kubectl;
#[path = "real/labs.rs"]
mod labs;
#[path = "real/refusals.rs"]
mod refusals;
#[path = "real/rights.rs"]
mod rights;
#[path = "real/sight.rs"]
mod sight;
#[path = "real/status.rs"]
mod status;
