//! What has to be done again and again: outcomes that a crash left open, and old history.

use std::time::Duration;

use jiff::SignedDuration;
use tokio_util::sync::CancellationToken;

use crate::actions::Actions;
use crate::clock::Clock;
use crate::live::Live;
use crate::store::Store;

const RESOLVE_EVERY: Duration = Duration::from_secs(5);
const PRUNE_EVERY: Duration = Duration::from_hours(1);
/// Rows a transaction, so that the writer is never kept for long.
const PRUNE_BATCH: u32 = 2_000;

/// Reads the outcome of open actions off the cluster, from the first complete look on.
pub(super) async fn resolve(actions: Actions, live: Live, stop: CancellationToken) {
    tokio::select! {
        () = stop.cancelled() => return,
        () = live.until_synced() => {}
    }
    loop {
        if let Err(e) = actions.resolve().await {
            tracing::debug!("open actions cannot be read off now: {e:#}");
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(RESOLVE_EVERY) => {}
        }
    }
}

/// Deletes history older than so many days; 0 keeps all.
pub(super) async fn prune(store: Store, clock: Clock, days: u32, stop: CancellationToken) {
    if days == 0 {
        return;
    }
    loop {
        let age = SignedDuration::from_hours(i64::from(days) * 24);
        if let Ok(older_than) = clock.now().checked_sub(age) {
            match store.prune(older_than, PRUNE_BATCH).await {
                Ok(pruned) => tracing::debug!(?pruned, "old history"),
                Err(e) => tracing::error!("old history cannot be deleted: {e}"),
            }
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(PRUNE_EVERY) => {}
        }
    }
}
