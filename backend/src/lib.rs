//! The Rollcall server: watches, acts, records, serves. Rooms and who may enter them: `docs/architecture.md`.

pub mod actions;
pub mod app;
pub mod clock;
pub mod cluster;
pub mod history;
pub mod http;
pub mod identity;
pub mod live;
pub mod store;
