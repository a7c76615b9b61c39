//! How long it takes to make many settled sets, and to list them: `cargo run --release -p sandbox --example fill -- 1000 10`.
//!
//! With a folder behind that it goes on to serve them until its stdin is closed. The folder then holds a kubeconfig for `admin`
//! and one for `rollcall-direct`, and the last line says where it listens; all sets are in the namespace `team-00`.

use std::path::PathBuf;
use std::time::Instant;

use anyhow::Context as _;
use sandbox::{Kind, Options, Sandbox, Seed};
use tokio::io::AsyncReadExt as _;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let mut number = |usual| arguments.next().map_or(Ok(usual), |text| text.parse::<u32>());
    let (sets, replicas) = (number(1_000)?, number(10)?);
    let folder = arguments.next().map(PathBuf::from);
    let usual = Seed::default();
    let namespaces = if folder.is_some() { 1 } else { usual.namespaces };
    let sandbox = Sandbox::new(Options::default());
    let began = Instant::now();
    let seed = Seed { sets, replicas, namespaces, ..usual };
    sandbox.seed(&seed).map_err(|r| anyhow::anyhow!(r.message))?;
    println!("{sets} sets of {replicas} pods made in {:?}", began.elapsed());
    let memory = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    println!("{}", memory.lines().find(|l| l.starts_with("VmRSS")).unwrap_or_default());
    let began = Instant::now();
    let pods = sandbox.list(Kind::Pod, "").len();
    println!("{pods} pods copied in {:?}", began.elapsed());
    if let Some(folder) = folder {
        let serving = sandbox.serve(0).await?;
        for user in ["admin", "rollcall-direct"] {
            let text = sandbox.kubeconfig(serving.address(), user).context("a user it has")?;
            std::fs::write(folder.join(user), text)?;
        }
        println!("serving on {}", serving.address());
        tokio::io::stdin().read_to_end(&mut Vec::new()).await?;
    }
    Ok(())
}
