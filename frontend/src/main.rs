//! The browser app's entry point.

fn main() {
    frontend::start();
}
