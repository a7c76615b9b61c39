//! One module a page.

pub mod activity;
pub mod compare;
pub mod fleet;
pub mod history;
pub mod login;
pub mod not_found;
pub mod set;
pub mod setup;
