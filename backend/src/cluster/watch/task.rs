//! The life of one watch.

use std::collections::HashSet;
use std::fmt::Debug;
use std::marker::PhantomData;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt as _;
use k8s_openapi::NamespaceResourceScope;
use kube::api::{Api, ListParams, WatchEvent, WatchParams};
use kube::{Client, Resource, ResourceExt as _};
use serde::de::DeserializeOwned;
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep, timeout};

use super::super::api::{Connection, list_page};
use super::super::{ApiError, ApiErrorKind};
use super::Options;
use super::backoff::Backoff;
use super::report::{Closed, Report};
use crate::clock::Clock;
use crate::live::{Change, Kind, Object};

/// A kind that is watched.
pub(super) trait Watched: Send + 'static {
    type Object: Resource<DynamicType = (), Scope = NamespaceResourceScope>
        + Clone
        + Debug
        + DeserializeOwned
        + Send
        + Sync
        + 'static;
    const KIND: Kind;

    /// The fact; `None` for an object that is nobody's business here.
    fn fact(object: &Self::Object) -> Option<Object>;

    /// The pod template that the object records.
    fn template(_: &Self::Object) -> Option<String> {
        None
    }
}

/// Objects a page: the text of a page is held as a whole, about 1 MB of pods.
const PAGE: u32 = 250;
/// A watch that ends sooner than this without a word was not worth having: the next one waits.
const SHORT: Duration = Duration::from_secs(1);
/// Digests of templates remembered as sent; beyond that they are sent again, which does no harm.
const REMEMBERED: usize = 100_000;

/// What ends a list or a watch.
enum End {
    /// The API server ended the watch, or the connection broke.
    Over,
    /// The position is too old.
    Expired,
    Failed(ApiError),
    Closed,
}

impl From<Closed> for End {
    fn from(_: Closed) -> Self {
        Self::Closed
    }
}

impl From<ApiError> for End {
    fn from(error: ApiError) -> Self {
        if error.code == 410 { Self::Expired } else { Self::Failed(error) }
    }
}

pub(super) struct Task<W> {
    connection: Arc<Connection>,
    options: Options,
    report: Report,
    /// Where to watch from; `None` asks for a list.
    position: Option<String>,
    /// Templates sent already, by digest.
    sent: HashSet<String>,
    kind: PhantomData<fn(W)>,
}

impl<W: Watched> Task<W> {
    pub(super) fn new(
        connection: &Arc<Connection>,
        options: &Options,
        clock: &Clock,
        changes: &mpsc::Sender<Change>,
        namespace: Option<String>,
    ) -> Self {
        Self {
            connection: Arc::clone(connection),
            options: options.clone(),
            report: Report::new(W::KIND, namespace, changes.clone(), clock.clone()),
            position: None,
            sent: HashSet::new(),
            kind: PhantomData,
        }
    }

    /// Runs until nobody takes the changes any more.
    pub(super) async fn run(mut self) {
        let mut backoff = Backoff::new(self.options.pause, self.options.longest_pause);
        // Watches in a row that came to nothing, or positions that expired at once.
        let mut idle_turns = 0_u32;
        loop {
            let began = Instant::now();
            let end = match self.position.take() {
                None => match self.list().await {
                    Ok(position) => {
                        self.position = Some(position);
                        continue;
                    }
                    Err(end) => end,
                },
                Some(position) => self.watch(position).await,
            };
            match end {
                End::Closed => return,
                End::Over | End::Expired => {
                    idle_turns = if began.elapsed() < SHORT { idle_turns + 1 } else { 0 };
                    tracing::debug!(
                        relist = self.position.is_none(),
                        "the watch of {} ended and is renewed",
                        W::KIND.resource()
                    );
                    if idle_turns > 1 {
                        sleep(backoff.pause()).await;
                    } else {
                        backoff.reset();
                    }
                }
                End::Failed(error) => {
                    if self.failed(error, &mut backoff).await.is_err() {
                        return;
                    }
                }
            }
        }
    }

    /// Says what is wrong and waits.
    async fn failed(&mut self, error: ApiError, backoff: &mut Backoff) -> Result<(), Closed> {
        match error.kind {
            ApiErrorKind::Forbidden => {
                // What was missed meanwhile is seen by a fresh list only.
                self.position = None;
                self.report.no_access(error.message).await?;
                sleep(self.options.no_access_pause).await;
            }
            ApiErrorKind::Unauthorized => {
                self.report.lost(error.message).await?;
                self.connection.renew().await;
                sleep(backoff.pause()).await;
            }
            _ => {
                self.report.lost(error.message).await?;
                sleep(backoff.pause()).await;
            }
        }
        Ok(())
    }

    async fn answer<T>(&self, call: impl Future<Output = kube::Result<T>>) -> Result<T, ApiError> {
        match timeout(self.options.answer_within, call).await {
            Ok(answer) => answer.map_err(ApiError::from),
            Err(_) => Err(ApiError::unreachable(format!(
                "the API server did not answer within {} s",
                self.options.answer_within.as_secs()
            ))),
        }
    }

    /// Lists everything and sends it as a reset. Answers the position to watch from.
    async fn list(&mut self) -> Result<String, End> {
        let client: Client = self.connection.client();
        let namespace = self.report.namespace.clone();
        let mut params = ListParams::default().limit(PAGE);
        let mut objects = Vec::new();
        let mut listed = HashSet::new();
        loop {
            let keep = |object: W::Object| {
                let fact = W::fact(&object)?;
                let template = self.new_template(&object, &fact);
                Some((fact, template))
            };
            let page = self.answer(list_page(&client, namespace.as_deref(), &params, keep)).await?;
            self.report.heard();
            for (fact, template) in page.items {
                self.send_template(template).await?;
                if let Object::Revision(revision) = &fact {
                    listed.insert(revision.hash.clone());
                }
                objects.push(fact);
            }
            let Some(token) = page.next else {
                self.sent.retain(|hash| listed.contains(hash));
                let position = page.position;
                self.report.send(Change::Reset { kind: W::KIND, namespace, objects }).await?;
                self.report.live().await?;
                return Ok(position);
            };
            params = params.continue_token(&token);
        }
    }

    /// Watches from a position on until the end; leaves the position reached, unless a list is needed.
    async fn watch(&mut self, position: String) -> End {
        self.position = Some(position.clone());
        match self.follow(&position).await {
            Ok(()) => End::Over,
            Err(End::Expired) => {
                self.position = None;
                End::Expired
            }
            Err(end) => end,
        }
    }

    async fn follow(&mut self, position: &str) -> Result<(), End> {
        let client = self.connection.client();
        let api: Api<W::Object> = match &self.report.namespace {
            Some(namespace) => Api::namespaced(client, namespace),
            None => Api::all(client),
        };
        let params = WatchParams::default().timeout(self.options.renew_after);
        let mut events = pin!(self.answer(api.watch(&params, position)).await?);
        self.report.live().await?;
        let dead_after =
            Duration::from_secs(u64::from(self.options.renew_after)) + self.options.grace;
        loop {
            let event = match timeout(dead_after, events.next()).await {
                Ok(Some(event)) => event,
                Ok(None) => {
                    // Until here nothing was missed.
                    self.report.heard();
                    return Ok(());
                }
                Err(_) => return Ok(()),
            };
            match event {
                Ok(event) => self.take(event).await?,
                Err(kube::Error::SerdeError(error)) => {
                    let error = ApiError::from(kube::Error::SerdeError(error));
                    tracing::warn!("an event about {} is left out: {error}", W::KIND.resource());
                }
                // The library takes any JSON object that is no event for a Status.
                Err(kube::Error::Api(status)) if status.code == 0 => {
                    tracing::warn!("an unreadable event about {} is left out", W::KIND.resource());
                }
                Err(kube::Error::Api(status)) => return Err(ApiError::from(*status).into()),
                // The connection broke; whether it can be made again shows at once.
                Err(error) => {
                    tracing::debug!("the watch of {} broke: {error}", W::KIND.resource());
                    return Ok(());
                }
            }
        }
    }

    async fn take(&mut self, event: WatchEvent<W::Object>) -> Result<(), End> {
        self.report.heard();
        let (object, gone) = match event {
            WatchEvent::Added(object) | WatchEvent::Modified(object) => (object, false),
            WatchEvent::Deleted(object) => (object, true),
            WatchEvent::Bookmark(bookmark) => {
                self.position = Some(bookmark.metadata.resource_version);
                return Ok(());
            }
            WatchEvent::Error(status) => return Err(ApiError::from(*status).into()),
        };
        let fact = W::fact(&object);
        if gone && let Some(Object::Revision(revision)) = &fact {
            // If it comes again, retention may have let go of its template.
            self.sent.remove(&revision.hash);
        }
        let fact = fact.filter(|_| !gone);
        let change = match fact {
            Some(fact) => {
                self.send_template(self.new_template(&object, &fact)).await?;
                Change::Apply(fact)
            }
            // Deleted, or not a set's any more.
            None => Change::Delete {
                kind: W::KIND,
                namespace: object.namespace().unwrap_or_default(),
                name: object.name_any(),
                uid: object.uid().unwrap_or_default(),
            },
        };
        self.report.send(change).await?;
        // Only now: what was not sent is asked for again.
        if let Some(position) = object.resource_version() {
            self.position = Some(position);
        }
        Ok(())
    }

    /// The template that a revision records, with its digest, if it was not sent yet.
    fn new_template(&self, object: &W::Object, fact: &Object) -> Option<(String, String)> {
        let Object::Revision(revision) = fact else { return None };
        if self.sent.contains(&revision.hash) {
            return None;
        }
        Some((revision.hash.clone(), W::template(object)?))
    }

    /// Templates go before the revisions that name them.
    async fn send_template(&mut self, template: Option<(String, String)>) -> Result<(), Closed> {
        let Some((hash, template)) = template else { return Ok(()) };
        if self.sent.len() >= REMEMBERED {
            self.sent.clear();
        }
        // Revisions of one page may share it.
        if !self.sent.insert(hash.clone()) {
            return Ok(());
        }
        self.report.send(Change::Template { hash, template }).await
    }
}
