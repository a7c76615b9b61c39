//! Meeting the cluster: its identity, its version, and whom it takes the panel for.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::RwLock;
use tokio_util::sync::CancellationToken;

use crate::clock::Clock;
use crate::cluster::{Caller, Cluster, ClusterInfo};
use crate::http::state::ClusterLabel;
use crate::identity::Identity;
use crate::store::{Store, StoreError};

/// Between two attempts to reach an API server that does not answer.
const AGAIN: Duration = Duration::from_secs(3);

pub(super) struct Meeting {
    pub(super) cluster: Arc<dyn Cluster>,
    pub(super) store: Store,
    pub(super) identity: Arc<Identity>,
    pub(super) label: Arc<RwLock<ClusterLabel>>,
    pub(super) clock: Clock,
}

impl Meeting {
    /// Asks until the cluster has answered, then binds the database to it. Nothing may be recorded before.
    ///
    /// # Errors
    /// If the database belongs to another cluster.
    pub(super) async fn meet(&self, stop: &CancellationToken) -> Result<(), StoreError> {
        let Some(info) = self.info(stop).await else { return Ok(()) };
        let name = {
            let mut label = self.label.write().await;
            label.id = Some(info.uid.clone());
            label.version = Some(info.version.clone());
            label.name.clone()
        };
        self.store.bind_cluster(&info.uid, &name, self.clock.now()).await?;
        tracing::info!(cluster = name, version = info.version, "met the cluster");
        match self.cluster.who_am_i(&Caller::Panel).await {
            Ok((user, groups)) => self.identity.panel_is(user, groups),
            Err(e) => tracing::warn!("the cluster does not say who the panel is: {e}"),
        }
        Ok(())
    }

    async fn info(&self, stop: &CancellationToken) -> Option<ClusterInfo> {
        let mut told = false;
        loop {
            match self.cluster.info().await {
                Ok(info) => return Some(info),
                Err(e) => {
                    if !told {
                        tracing::warn!("the cluster cannot be reached yet: {e}");
                        told = true;
                    }
                }
            }
            tokio::select! {
                () = stop.cancelled() => return None,
                () = tokio::time::sleep(AGAIN) => {}
            }
        }
    }
}
