//! What the routes work with.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use model::wire::{ActionResult, Authority, ClusterView, Unrecorded};
use tokio::sync::{RwLock, watch};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::actions::commands::Commands;
use crate::actions::{ActError, Actions, Entry, Request};
use crate::clock::Clock;
use crate::cluster::inside::Inside;
use crate::cluster::{self, Access, ApiError, Caller};
use crate::history;
use crate::http::demo::Demo;
use crate::http::recall::Recall;
use crate::http::streams::Streams;
use crate::http::template::Templates;
use crate::identity::Identity;
use crate::live::Live;

/// Does actions.
#[async_trait]
pub trait Act: Send + Sync {
    /// Does it, or says why not.
    async fn run(&self, request: Request) -> Result<ActionResult, ActError>;

    /// An action of the past.
    async fn find(&self, id: &str) -> anyhow::Result<Option<Entry>>;
}

#[async_trait]
impl Act for Actions {
    async fn run(&self, request: Request) -> Result<ActionResult, ActError> {
        Self::run(self, request).await
    }

    async fn find(&self, id: &str) -> anyhow::Result<Option<Entry>> {
        Self::find(self, id).await
    }
}

/// Answers access reviews, from a cache where it can.
#[async_trait]
pub trait Rights: Send + Sync {
    /// Whether the caller may.
    async fn may(&self, caller: &Caller, access: &Access) -> Result<bool, ApiError>;
}

#[async_trait]
impl Rights for cluster::rights::Rights {
    async fn may(&self, caller: &Caller, access: &Access) -> Result<bool, ApiError> {
        Self::may(self, caller, access).await
    }
}

/// What is known of the cluster beside its watches.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ClusterLabel {
    /// Shown in the top bar.
    pub name: String,
    /// uid of the namespace kube-system, `None` until it was read.
    pub id: Option<String>,
    /// `v1.36.3`, `None` until it was read.
    pub version: Option<String>,
}

/// Bounds on what a client can take.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Connections at a time; whoever comes then waits.
    pub connections: usize,
    /// How long a request's head may take, and how long a connection may be idle. Longer than proxies keep theirs for the
    /// next request (nginx 60 s, those in Go 90 s), which would else now and then send one into a connection that closes.
    pub head: Duration,
    /// A request that is not a stream takes at most this long.
    pub request: Duration,
    /// Live streams of one user.
    pub streams_per_user: usize,
    /// Live streams in all.
    pub streams: usize,
    /// A stream ends after this long, and the browser opens the next one.
    pub stream_age: Duration,
    /// How often a stream asks again what its user may see.
    pub recheck: Duration,
    /// How long `/readyz` says no before connections are closed, so that a load balancer notices.
    pub drain: Duration,
    /// How long requests in flight may take once the server stops.
    pub shutdown: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 4_096,
            head: Duration::from_secs(100),
            request: Duration::from_secs(30),
            streams_per_user: 100,
            streams: 2_000,
            stream_age: Duration::from_mins(30),
            recheck: Duration::from_mins(1),
            drain: Duration::ZERO,
            shutdown: Duration::from_secs(10),
        }
    }
}

/// Everything the routes need; cheap to clone.
#[derive(Clone)]
pub struct AppState {
    pub identity: Arc<Identity>,
    pub live: Live,
    pub actions: Arc<dyn Act>,
    pub history: Arc<dyn history::Reader>,
    pub rights: Arc<dyn Rights>,
    /// Single pods, read when somebody looks at one.
    pub inside: Arc<dyn Inside>,
    /// Commands that may be run in pods.
    pub commands: Commands,
    pub cluster: Arc<RwLock<ClusterLabel>>,
    pub authority: Authority,
    pub clock: Clock,
    /// Cancelled when streams have to end.
    pub shutdown: CancellationToken,
    /// Cancelled first: `/readyz` says no from then on.
    pub draining: CancellationToken,
    /// Actions under way: they outlive the request, and the server waits for them.
    pub work: TaskTracker,
    pub limits: Limits,
    /// The origin under which browsers reach the panel (`https://rollcall.example.org`), where a proxy rewrites the host.
    pub public_url: Option<String>,
    /// Since when nothing is recorded.
    pub unrecorded: watch::Receiver<Option<Unrecorded>>,
    /// Open streams.
    pub streams: Streams,
    /// Rights as they were last known.
    pub recall: Recall,
    /// Templates read lately.
    pub templates: Templates,
    /// What only a demo has, such as a way in without a password.
    pub demo: Option<Demo>,
}

impl AppState {
    /// The cluster with all watches. Users see [their part](crate::http::sight::Sight::cluster) of it.
    pub(super) async fn cluster_view(&self) -> ClusterView {
        let label = self.cluster.read().await.clone();
        ClusterView {
            id: label.id,
            name: label.name,
            version: label.version,
            kinds: self.live.health(),
            unrecorded: self.unrecorded.borrow().clone(),
        }
    }
}
