//! A sandbox on a loopback port, for trying things out: prints where its kubeconfig is, until it is interrupted.

use sandbox::{Options, Pace, Sandbox};

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let sandbox = Sandbox::new(Options { pace: Pace::WATCHABLE, ..Options::default() });
    let serving = sandbox.serve(0).await?;
    let file = std::env::temp_dir().join("rollcall-sandbox.kubeconfig");
    let text = sandbox.kubeconfig(serving.address(), "admin").expect("every sandbox has an admin");
    std::fs::write(&file, text)?;
    println!("export KUBECONFIG={}", file.display());
    tokio::signal::ctrl_c().await?;
    std::fs::remove_file(&file)?;
    Ok(())
}
