//! Rebuilds when a migration file is added: stable Rust does not see new files behind `sqlx::migrate!`.

fn main() {
    println!("cargo:rerun-if-changed=../migrations");
}
