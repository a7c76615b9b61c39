//! What breaks: the API server, the panel's rights, its token, the panel itself. Each test has a control plane of its own, since
//! it breaks it.

#[path = "outage/crash.rs"]
mod crash;
#[path = "outage/keeping.rs"]
mod keeping;
#[path = "outage/watches.rs"]
mod watches;
