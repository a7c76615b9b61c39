//! Starts a control plane for use by hand and keeps it until stdin ends. An argument is a folder to
//! keep the data in.

use std::io::Read as _;

use harness::{ControlPlane, Options};

fn main() -> anyhow::Result<()> {
    let data_dir = std::env::args_os().nth(1).map(Into::into);
    let began = std::time::Instant::now();
    let plane = ControlPlane::start(Options { data_dir, ..Options::default() })?;
    eprintln!("up after {:.1} s; ends with stdin (Ctrl-D)", began.elapsed().as_secs_f32());
    println!("{}", plane.kubeconfig("admin").display());
    std::io::stdin().read_to_end(&mut Vec::new())?;
    Ok(())
}
