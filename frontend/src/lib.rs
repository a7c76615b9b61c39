//! The Rollcall browser app (Leptos, client-side rendering).
//!
//! * [`api`] asks the server, [`live`] listens to it: one event stream a tab feeds one signal per set.
//! * [`reactive`]: signals, memos and effects in little code.
//! * [`keys`] and [`palette`]: what the keyboard reaches from everywhere.
//! * [`log`]: what the logs of one pod and of many are shown with.
//! * [`clock`] and [`time`]: the server's time, and how ages are written.
//! * [`components`]: what pages are made of; [`pages`]: one module a page; [`strip`]: the ordinal strip.
//!
//! Whatever can be decided without a browser is a plain function with native tests beside it.

pub mod api;
pub mod app;
pub mod clock;
pub mod components;
pub mod dom;
pub mod favourites;
pub mod glide;
pub mod keys;
pub mod live;
pub mod log;
pub mod pages;
pub mod palette;
pub mod part;
pub mod reactive;
pub mod route;
pub mod session;
pub mod strip;
pub mod theme;
pub mod time;
pub mod version;

/// Mounts the app into the page. Called once, by the binary.
pub fn start() {
    dom::clear_boot();
    leptos::mount::mount_to_body(app::App);
}
