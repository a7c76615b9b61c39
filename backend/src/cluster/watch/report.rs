//! How a watch is doing, told on transitions only.

use jiff::Timestamp;
use model::wire::{KindHealth, KindState};
use tokio::sync::mpsc;

use crate::clock::Clock;
use crate::live::{Change, Kind};

/// Nobody takes the changes any more.
#[derive(Debug)]
pub(super) struct Closed;

/// The voice of one watch.
pub(super) struct Report {
    pub(super) kind: Kind,
    pub(super) namespace: Option<String>,
    changes: mpsc::Sender<Change>,
    clock: Clock,
    told: Option<(KindState, Option<String>)>,
    /// When the API server last gave a good answer; the start, before the first.
    last_good: Timestamp,
}

impl Report {
    pub(super) fn new(
        kind: Kind,
        namespace: Option<String>,
        changes: mpsc::Sender<Change>,
        clock: Clock,
    ) -> Self {
        let last_good = clock.now();
        Self { kind, namespace, changes, clock, told: None, last_good }
    }

    pub(super) async fn send(&self, change: Change) -> Result<(), Closed> {
        self.changes.send(change).await.map_err(|_| Closed)
    }

    /// A good answer came in.
    pub(super) fn heard(&mut self) {
        self.last_good = self.clock.now();
    }

    pub(super) async fn live(&mut self) -> Result<(), Closed> {
        self.heard();
        self.tell(KindState::Live, self.last_good, None).await
    }

    pub(super) async fn lost(&mut self, reason: String) -> Result<(), Closed> {
        self.tell(KindState::Lost, self.last_good, Some(reason)).await
    }

    pub(super) async fn no_access(&mut self, reason: String) -> Result<(), Closed> {
        self.heard();
        self.tell(KindState::NoAccess, self.last_good, Some(reason)).await
    }

    async fn tell(
        &mut self,
        state: KindState,
        since: Timestamp,
        reason: Option<String>,
    ) -> Result<(), Closed> {
        let now = (state, reason.clone());
        if self.told.as_ref() == Some(&now) {
            return Ok(());
        }
        let kind = self.kind.resource();
        let place = self.namespace.as_deref().unwrap_or("all namespaces");
        match &reason {
            None => tracing::info!("watching {kind} in {place}"),
            Some(why) => tracing::warn!(?state, "the watch of {kind} in {place} is down: {why}"),
        }
        self.told = Some(now);
        self.send(Change::Health(KindHealth {
            kind: kind.to_owned(),
            namespace: self.namespace.clone(),
            state,
            since,
            reason,
            yours: false,
        }))
        .await
    }
}
