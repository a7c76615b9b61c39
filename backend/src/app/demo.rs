//! `rollcall demo`: the panel before a cluster that lives in this process.

use std::net::{Ipv4Addr, SocketAddr};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context as _;
use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use model::wire::CommandView;
use rand::TryRngCore as _;
use rand::rngs::OsRng;
use sandbox::demo::Scene;
use sandbox::{Pace, User};

use super::cli::{AuthorityName, Database, DemoOptions, ServeOptions};
use super::log;
use super::serve::{self, Visitor};
use super::signals::Signals;
use crate::cluster::api::Connection;
use crate::http::demo::Reset;

/// A pod that is not Ready for so long makes its set Stuck: nobody wants to wait five minutes for that in a demo.
const STUCK_AFTER: u32 = 60;

pub(super) async fn demo(options: DemoOptions) -> anyhow::Result<()> {
    // A newcomer looks for the link, not for what went well.
    log::start(false, "warn");
    // Before there is anything to clear away.
    let signals = Signals::listen()?;
    let folder = Folder::new()?;
    let seed = u64::from_le_bytes(random::<8>()?);
    let scene = Scene {
        pace: if options.quick { Pace::HURRIED } else { Pace::WATCHABLE },
        max_unavailable: options.max_unavailable,
    };
    let sandbox = tokio::task::spawn_blocking(move || sandbox::demo::cluster(seed, scene))
        .await?
        .map_err(|refusal| anyhow::anyhow!("the demo's cluster: {}", refusal.message))?;
    sandbox.go_live();
    let port = sandbox.serve(options.cluster_port).await.context("cannot listen for kubectl")?;
    let kubeconfig = folder.0.join("kubeconfig");
    let text = sandbox.kubeconfig(port.address(), "admin").context("the cluster has no admin")?;
    write_private(&kubeconfig, &text)?;
    let client =
        kube::Client::new(sandbox.service(User::new("demo", &["system:masters"])), "default");
    let connection = Arc::new(Connection::with_client(client));
    let visitor = Visitor {
        name: "visitor".to_owned(),
        password: URL_SAFE_NO_PAD.encode(random::<24>()?),
        key: URL_SAFE_NO_PAD.encode(random::<24>()?),
        more: format!(
            "Open that link: it lets you in, and tells of things to try. The cluster lives in this program and ends with it.\nWith kubectl:\n\n  export KUBECONFIG={}\n\nCtrl-C ends it and leaves nothing behind.",
            kubeconfig.display()
        ),
        cluster: Arc::new(Cluster { sandbox, scene }),
    };
    serve::run(serve_options(&options, &folder), connection, Some(visitor), signals).await
}

/// The demo's cluster, as far as it can be reset.
struct Cluster {
    sandbox: sandbox::Sandbox,
    scene: Scene,
}

#[async_trait]
impl Reset for Cluster {
    async fn reset(&self, _: &str) -> anyhow::Result<()> {
        let (sandbox, scene) = (self.sandbox.clone(), self.scene);
        let seed = u64::from_le_bytes(random::<8>()?);
        tokio::task::spawn_blocking(move || sandbox::demo::reset(&sandbox, seed, scene))
            .await?
            .map_err(|refusal| anyhow::anyhow!("the demo's cluster: {}", refusal.message))
    }
}

fn serve_options(options: &DemoOptions, folder: &Folder) -> ServeOptions {
    ServeOptions {
        database: Database { path: folder.0.join("rollcall.db") },
        listen: SocketAddr::from((Ipv4Addr::LOCALHOST, options.port)),
        kubeconfig: None,
        context: None,
        namespaces: Vec::new(),
        authority: Some(AuthorityName::Direct),
        tls_ends_before: false,
        behind_proxy: false,
        public_url: None,
        cluster_name: Some("demo".to_owned()),
        stuck_after: STUCK_AFTER,
        retention_days: 0,
        commands: commands(),
        log_json: false,
    }
}

/// Whoever tries it out finds something to compare: how often each pod of a lab was visited, and who each one is.
fn commands() -> Vec<CommandView> {
    let command = |name: &str, argv: &[&str]| CommandView {
        name: name.to_owned(),
        argv: argv.iter().map(|&a| a.to_owned()).collect(),
    };
    vec![
        command("visits", &["cat", "/app/data/visits"]),
        command("visits-data", &["cat", "/data/visits"]),
        command("hostname", &["hostname"]),
    ]
}

fn random<const N: usize>() -> anyhow::Result<[u8; N]> {
    let mut bytes = [0; N];
    OsRng.try_fill_bytes(&mut bytes).context("the system has no randomness")?;
    Ok(bytes)
}

fn write_private(file: &Path, text: &str) -> anyhow::Result<()> {
    use std::io::Write as _;
    let mut out =
        std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(file)?;
    Ok(out.write_all(text.as_bytes())?)
}

/// A folder of this demo alone, which goes with it.
struct Folder(PathBuf);

impl Folder {
    fn new() -> anyhow::Result<Self> {
        let name = format!("rollcall-demo-{}", URL_SAFE_NO_PAD.encode(random::<9>()?));
        let path = std::env::temp_dir().join(name);
        std::fs::DirBuilder::new().mode(0o700).create(&path)?;
        Ok(Self(path))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if let Err(error) = std::fs::remove_dir_all(&self.0) {
            eprintln!("{} stays: {error}", self.0.display());
        }
    }
}
