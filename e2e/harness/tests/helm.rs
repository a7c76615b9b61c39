//! The bundled Helm.

use std::process::Command;

#[test]
fn helm_says_the_version_of_its_go_mod() -> anyhow::Result<()> {
    let helm = harness::binaries::ensure_helm(&mut |message| eprintln!("{message}"))?;
    let output = Command::new(helm).args(["version", "--short"]).output()?;
    let version = String::from_utf8_lossy(&output.stdout).into_owned();
    let required = include_str!("../../control-plane/helm/go.mod");
    let version = version.trim().split('+').next().unwrap_or_default();
    assert!(required.contains(&format!("helm.sh/helm/v3 {version} ")), "{version}");
    Ok(())
}
