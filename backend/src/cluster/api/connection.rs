//! The connection to an API server, whose credentials may rotate.
//!
//! Token files are read again by the client about once a minute. A 401 does not wait for that: [`Connection::renew`]
//! reads the whole configuration anew, which also covers a kubeconfig that was rewritten.

use std::path::PathBuf;
use std::sync::{PoisonError, RwLock};
use std::time::Duration;

use anyhow::Context as _;
use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::{Client, Config};
use tokio::sync::Mutex;
use tokio::time::Instant;

use super::super::{ApiError, Caller};
use super::impersonate::impersonating;

/// Where the address and the credentials come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// `$KUBECONFIG`, `~/.kube/config`, else the account of the pod it runs in.
    Infer,
    /// A kubeconfig: this file, or the usual one; this context, or its current one.
    Kubeconfig { path: Option<PathBuf>, context: Option<String> },
}

/// A renewal is not repeated within this time: many calls fail together.
const RENEWAL_PAUSE: Duration = Duration::from_secs(1);
/// Half of what the client library waits for a connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// A connection that outlives its credentials.
pub struct Connection {
    /// `None`: made from a client, nothing to read anew.
    source: Option<Source>,
    current: RwLock<Current>,
    renewed: Mutex<Option<Instant>>,
}

#[derive(Clone)]
struct Current {
    client: Client,
    /// The configuration impersonates by itself (`as:` in a kubeconfig).
    impersonates: bool,
}

impl std::fmt::Debug for Connection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Connection").field("source", &self.source).finish_non_exhaustive()
    }
}

impl Connection {
    /// Reads the configuration. Does not call the API server: it may be down now and come later.
    ///
    /// # Errors
    /// If there is no configuration, or it cannot be used.
    pub async fn open(source: Source) -> anyhow::Result<Self> {
        let current = connect(&source).await?;
        Ok(Self { source: Some(source), current: RwLock::new(current), renewed: Mutex::new(None) })
    }

    /// A connection by a client that somebody else made.
    pub fn with_client(client: Client) -> Self {
        Self {
            source: None,
            current: RwLock::new(Current { client, impersonates: false }),
            renewed: Mutex::new(None),
        }
    }

    fn current(&self) -> Current {
        self.current.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The client with the panel's own rights.
    pub fn client(&self) -> Client {
        self.current().client
    }

    /// A client that acts as the caller; shares connections with all others.
    ///
    /// # Errors
    /// If a name cannot be sent, or the configuration impersonates already: then the API server would be told two names.
    pub fn client_as(&self, caller: &Caller) -> Result<Client, ApiError> {
        let current = self.current();
        match caller {
            Caller::Panel => Ok(current.client),
            Caller::User { .. } if current.impersonates => Err(ApiError::bad_request(
                "the panel's kubeconfig impersonates a user itself, so the panel cannot act as another".to_owned(),
            )),
            Caller::User { user, groups } => impersonating(current.client, user, groups),
        }
    }

    /// Reads the configuration anew. Answers whether a call is worth another try.
    pub async fn renew(&self) -> bool {
        let Some(source) = &self.source else { return false };
        let mut renewed = self.renewed.lock().await;
        if renewed.is_some_and(|at| at.elapsed() < RENEWAL_PAUSE) {
            return true;
        }
        *renewed = Some(Instant::now());
        match connect(source).await {
            Ok(fresh) => {
                tracing::info!("read the cluster's credentials again after a 401");
                *self.current.write().unwrap_or_else(PoisonError::into_inner) = fresh;
                true
            }
            Err(error) => {
                tracing::warn!("cannot read the cluster's credentials again: {error:#}");
                false
            }
        }
    }
}

async fn connect(source: &Source) -> anyhow::Result<Current> {
    let mut config = match source {
        Source::Infer => Config::infer().await.context("there is no cluster to talk to")?,
        Source::Kubeconfig { path, context } => {
            let options =
                KubeConfigOptions { context: context.clone(), ..KubeConfigOptions::default() };
            match path {
                None => Config::from_kubeconfig(&options).await?,
                Some(path) => {
                    let file = Kubeconfig::read_from(path)
                        .with_context(|| format!("cannot read {}", path.display()))?;
                    Config::from_custom_kubeconfig(file, &options)
                        .await
                        .with_context(|| format!("cannot use {}", path.display()))?
                }
            }
        }
    };
    // The library would wait minutes on a blocked eviction; the watches have a back-off of their own.
    config.default_retry = false;
    config.connect_timeout = Some(CONNECT_TIMEOUT);
    let impersonates = config.auth_info.impersonate.is_some()
        || config.auth_info.impersonate_groups.as_ref().is_some_and(|g| !g.is_empty());
    let client = Client::try_from(config).context("the cluster's configuration cannot be used")?;
    Ok(Current { client, impersonates })
}
