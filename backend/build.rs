//! Rebuilds when what is embedded changes: stable Rust does not see new files behind `sqlx::migrate!` and rust-embed.

use std::path::Path;

fn main() {
    println!("cargo:rerun-if-changed=../migrations");
    let app = Path::new("../frontend/dist");
    // A path that is not there would count as changed at every build.
    let watched = if app.exists() { app } else { Path::new("../frontend") };
    println!("cargo:rerun-if-changed={}", watched.display());
}
