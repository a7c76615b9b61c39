//! `rollcall`: the command line.

fn main() -> anyhow::Result<()> {
    rollcall::app::main()
}
