//! How long it takes to make many settled sets, and to list them: `cargo run --release --example fill -- 1000 10`.

use std::time::Instant;

use sandbox::{Kind, Options, Sandbox, Seed};

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args().skip(1).map(|a| a.parse::<u32>());
    let sets = arguments.next().transpose()?.unwrap_or(1_000);
    let replicas = arguments.next().transpose()?.unwrap_or(10);
    let sandbox = Sandbox::new(Options::default());
    let began = Instant::now();
    let seed = Seed { sets, replicas, ..Seed::default() };
    sandbox.seed(&seed).map_err(|r| anyhow::anyhow!(r.message))?;
    println!("{sets} sets of {replicas} pods made in {:?}", began.elapsed());
    let memory = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    println!("{}", memory.lines().find(|l| l.starts_with("VmRSS")).unwrap_or_default());
    let began = Instant::now();
    let pods = sandbox.list(Kind::Pod, "").len();
    println!("{pods} pods copied in {:?}", began.elapsed());
    Ok(())
}
