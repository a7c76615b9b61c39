//! Rebuilds when a migration or a file of the front end is added: stable Rust does not see new files behind
//! `sqlx::migrate!` and `rust_embed`.

fn main() {
    println!("cargo:rerun-if-changed=../migrations");
    // A folder that is missing would count as changed each time. It is git-ignored; where it cannot be made, there is
    // nothing to embed either.
    let _ = std::fs::create_dir_all("../frontend/dist");
    println!("cargo:rerun-if-changed=../frontend/dist");
}
