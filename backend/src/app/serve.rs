//! `rollcall serve`: from the command line to a running server, and back down.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use jiff::SignedDuration;
use model::status::Settings as StatusSettings;
use model::wire::{Authority, RoleBinding, RoleName};
use tokio::net::TcpListener;
use tokio::sync::{RwLock, mpsc};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::cli::ServeOptions;
use super::{early, log, meet::Meeting, pump, signals::Signals, upkeep};
use crate::actions::commands::Commands;
use crate::actions::{Actions, Ids};
use crate::clock::Clock;
use crate::cluster::api::{ApiServer, Connection, Source};
use crate::cluster::rights::Rights;
use crate::cluster::watch;
use crate::history::recorder::{self, News, Recorder, Standing};
use crate::http::demo::{Demo, Reset};
use crate::http::recall::Recall;
use crate::http::state::{AppState, ClusterLabel, Limits};
use crate::http::streams::Streams;
use crate::http::template::Templates;
use crate::identity::{self, Identity, SetupLink};
use crate::live::{Live, Scope};
use crate::store::{ServerLock, Store};

/// Changes under way between the watches and the index; beyond that the watches wait.
const CHANGES: usize = 4_096;
/// How long the last records may take to be written.
const LAST_WORDS: Duration = Duration::from_secs(10);

/// Prints a line for whoever started the server, who may have gone by now (`| head`): that is no reason to end.
macro_rules! say {
    ($($text:tt)*) => {{
        use std::io::Write as _;
        let mut out = std::io::stdout();
        let _ = writeln!(out, $($text)*).and_then(|()| out.flush());
    }};
}

pub(super) async fn serve(options: ServeOptions) -> anyhow::Result<()> {
    log::start(options.log_json, "info");
    let source = match (&options.kubeconfig, &options.context) {
        (None, None) => Source::Infer,
        (path, context) => Source::Kubeconfig { path: path.clone(), context: context.clone() },
    };
    let connection = Arc::new(Connection::open(source).await.context(
        "no cluster to watch: give --kubeconfig, or run where there is a service account",
    )?);
    run(options, connection, None, Signals::listen()?).await
}

/// What a demo has beside the panel.
pub(super) struct Visitor {
    pub(super) name: String,
    pub(super) password: String,
    /// In the link that logs in, behind the `#`.
    pub(super) key: String,
    /// Said after the link.
    pub(super) more: String,
    pub(super) cluster: Arc<dyn Reset>,
}

/// Serves the panel before a cluster until it is told to stop.
pub(super) async fn run(
    options: ServeOptions,
    connection: Arc<Connection>,
    visitor: Option<Visitor>,
    signals: Signals,
) -> anyhow::Result<()> {
    let authority = authority(&options)?;
    let commands = super::commands::distinct(&options.commands)?;
    let clock = Clock::system();
    let path = &options.database.path;
    let _only_server = ServerLock::take(path)?;
    let store = Store::open(path).await?;
    let api: Arc<ApiServer> = Arc::new(ApiServer::new(Arc::clone(&connection)));

    let identity = Arc::new(
        Identity::open(
            store.clone(),
            clock.clone(),
            identity::Settings {
                authority,
                behind_proxy: options.behind_proxy,
                tls_before: options.tls_ends_before,
                ..identity::Settings::default()
            },
        )
        .await?,
    );
    let scope = match options.namespaces.as_slice() {
        [] => Scope::All,
        some => Scope::Namespaces(some.to_vec()),
    };
    let settings = StatusSettings {
        stuck_after: SignedDuration::from_secs(i64::from(options.stuck_after)),
        ..StatusSettings::default()
    };
    let boot = clock.now();
    let live = Live::new(&scope, settings, boot);
    let ids: Ids = Arc::new(|| uuid::Uuid::now_v7().to_string());
    let actions = Actions::new(
        api.clone(),
        Arc::new(store.clone()),
        Arc::new(store.clone()),
        pump::fact_source(&live),
        clock.clone(),
        ids,
    )
    .judged_by(settings);
    let label = Arc::new(RwLock::new(ClusterLabel {
        name: cluster_name(&options),
        ..ClusterLabel::default()
    }));

    let (standing, unrecorded) = recorder::standing();
    let listener = TcpListener::bind(options.listen)
        .await
        .with_context(|| format!("cannot listen on {}", options.listen))?;
    let address = listener.local_addr()?;
    let stop = CancellationToken::new();
    let (tell_reset, resets) = mpsc::channel(1);
    let watching = tokio::spawn(watch_and_record(Parts {
        resets,
        meeting: Meeting {
            cluster: api.clone(),
            store: store.clone(),
            identity: Arc::clone(&identity),
            label: Arc::clone(&label),
            live: live.clone(),
            clock: clock.clone(),
        },
        connection,
        live: live.clone(),
        scope,
        standing,
        stop: stop.clone(),
    }));
    let upkeep = [
        tokio::spawn(upkeep::resolve(actions.clone(), live.clone(), stop.clone())),
        tokio::spawn(upkeep::prune(
            store.clone(),
            clock.clone(),
            options.retention_days,
            stop.clone(),
        )),
        tokio::spawn({
            let (identity, stop) = (Arc::clone(&identity), stop.clone());
            async move { identity.keep_sweeping(stop).await }
        }),
    ];
    let demo = match &visitor {
        Some(visitor) => Some(open_door(&identity, visitor, &clock, tell_reset).await?),
        None => None,
    };
    match (&demo, &visitor) {
        (Some(demo), Some(visitor)) => {
            say!("listening on http://{address}");
            say!("\n  http://{address}{}\n", demo.path());
            say!("{}", visitor.more);
        }
        _ => announce(&identity, address, &options).await?,
    }

    let state = AppState {
        identity: Arc::clone(&identity),
        live,
        actions: Arc::new(actions),
        history: Arc::new(store.clone()),
        rights: Arc::new(Rights::new(api.clone(), clock.clone())),
        commands: Commands::new(api.clone(), Arc::new(store.clone()), commands, clock.clone()),
        inside: api,
        cluster: label,
        authority,
        clock,
        shutdown: CancellationToken::new(),
        draining: CancellationToken::new(),
        work: TaskTracker::new(),
        limits: Limits::default(),
        public_url: options.public_url.clone(),
        unrecorded,
        streams: Streams::new(u64::try_from(boot.as_millisecond()).unwrap_or_default()),
        templates: Templates::default(),
        demo,
        recall: Recall::default(),
    };
    let mut watching = watching;
    let outcome = tokio::select! {
        served = crate::http::serve(listener, state, signals.come()) => served,
        // It ends by itself only if it cannot go on.
        ended = &mut watching => match ended {
            Ok(Ok(())) => Err(anyhow::anyhow!("the watches have ended")),
            Ok(Err(e)) => Err(e),
            Err(e) => Err(e.into()),
        },
    };
    stop.cancel();
    if !watching.is_finished() {
        let _ = tokio::time::timeout(LAST_WORDS, watching).await;
    }
    for task in upkeep {
        let _ = task.await;
    }
    store.close().await;
    outcome
}

/// Lets the visitor of a demo in.
async fn open_door(
    identity: &Identity,
    visitor: &Visitor,
    clock: &Clock,
    tell: mpsc::Sender<pump::Resetting>,
) -> anyhow::Result<Demo> {
    let roles = [RoleBinding { role: RoleName::Admin, namespace: None }];
    let account = identity.demo_user(&visitor.name, &visitor.password, &roles).await?;
    let cluster = Arc::new(super::reset::Told::new(&visitor.cluster, clock, tell));
    Ok(Demo { key: visitor.key.as_str().into(), account, cluster })
}

struct Parts {
    resets: mpsc::Receiver<pump::Resetting>,
    meeting: Meeting,
    connection: Arc<Connection>,
    live: Live,
    scope: Scope,
    standing: Standing,
    stop: CancellationToken,
}

/// Watches from the start; records from the moment on at which it is certain whose history this is.
async fn watch_and_record(parts: Parts) -> anyhow::Result<()> {
    let Parts { resets, meeting, connection, live, scope, standing, stop } = parts;
    let clock = meeting.clock.clone();
    let (tell, mut changes) = mpsc::channel(CHANGES);
    let options = watch::Options { scope: scope.clone(), ..watch::Options::default() };
    let watches = watch::start(&connection, &options, &clock, &tell, &stop);
    drop(tell);
    let (met, templates) =
        early::show_until(&live, &clock, &mut changes, meeting.meet(&stop)).await;
    met?;
    if stop.is_cancelled() {
        return Ok(());
    }
    let index = live.clone();
    let news = News {
        hands: Arc::new({
            let index = live.clone();
            move |uid, hands| index.set_hands(uid, hands)
        }),
        pace: Arc::new(move |uid, pace| index.set_pace(uid, pace)),
    };
    let (recorder, writing) =
        Recorder::start(Arc::new(meeting.store.clone()), clock.clone(), news, standing).await?;
    for (hash, template) in templates {
        recorder.template(hash, template);
    }
    let pump = pump::Pump::new(live, recorder, clock, scope, resets);
    let reconnected = pump.reconnected();
    let recording =
        async { tokio::join!(pump.run(changes, stop.clone()), meeting.introduce(&stop)) };
    tokio::select! {
        _ = recording => {}
        () = meeting.keep_up(&reconnected) => {}
    }
    watches.wait().await;
    // The pump held the last way in: the recorder writes what is left and ends.
    writing.await?;
    Ok(())
}

/// Refuses what would hand the cluster, or passwords, to the network by accident.
fn authority(options: &ServeOptions) -> anyhow::Result<Authority> {
    let loopback = options.listen.ip().is_loopback();
    anyhow::ensure!(
        loopback || options.tls_ends_before,
        "{} is reachable from outside and this server speaks plain HTTP: put a TLS proxy in front and say so with --tls-ends-before, or listen on 127.0.0.1",
        options.listen
    );
    match options.authority {
        Some(name) => Ok(name.into()),
        None if loopback => Ok(Authority::Direct),
        None => anyhow::bail!(
            "say with whose rights users act: --authority impersonate (each as their own Kubernetes user) or --authority direct (all with the rights of this server)"
        ),
    }
}

fn cluster_name(options: &ServeOptions) -> String {
    options
        .cluster_name
        .clone()
        .or_else(|| options.context.clone())
        .unwrap_or_else(|| "cluster".to_owned())
}

/// Says where it listens, on standard output for scripts, and how to make the first administrator.
async fn announce(
    identity: &Identity,
    address: SocketAddr,
    options: &ServeOptions,
) -> anyhow::Result<()> {
    say!("listening on http://{address}");
    if let Some(link) = identity.setup_link().await? {
        say!("no administrator yet; make the first one within 15 minutes:");
        say!("{}", setup(&link, address, options.public_url.as_deref()));
    }
    Ok(())
}

/// The set-up link. Under which address a browser reaches a server that listens on all of them, only its user knows.
fn setup(link: &SetupLink, address: SocketAddr, public_url: Option<&str>) -> String {
    match public_url {
        Some(url) => link.url(url),
        None if address.ip().is_unspecified() => format!(
            "open this path at the address under which your browser reaches the panel (--public-url makes it a whole link): {}",
            link.url("")
        ),
        None => link.url(&format!("http://{address}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_set_up_link_is_one_that_a_browser_can_open() {
        let panel = identity::testing::Panel::new().await;
        let link = panel.identity.setup_link().await.unwrap().expect("nobody yet");
        let printed = |listen: &str, url| setup(&link, listen.parse().unwrap(), url);
        let (all, whole) = ("0.0.0.0:8080", Some("https://rollcall.example.org/"));
        assert!(printed("127.0.0.1:8080", None).starts_with("http://127.0.0.1:8080/setup#"));
        assert!(printed(all, whole).starts_with("https://rollcall.example.org/setup#"));
        for listen in [all, "[::]:8080"] {
            let text = printed(listen, None);
            assert!(text.contains(": /setup#") && !text.contains("http"), "{text}");
        }
    }
}
