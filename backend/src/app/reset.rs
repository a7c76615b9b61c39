//! The reset of a demo, told to the history as what it is: one thing that a person did.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use async_trait::async_trait;
use tokio::sync::{Mutex, mpsc, oneshot};

use super::pump::Resetting;
use crate::clock::Clock;
use crate::history::credit::{Credit, Origin};
use crate::history::ms;
use crate::http::demo::Reset;

/// How long the watches may take to list the new cluster; it is recorded all the same when they do later.
const LISTED: Duration = Duration::from_secs(20);

/// A cluster that can be reset, and who is told of it.
pub(super) struct Told {
    cluster: Arc<dyn Reset>,
    clock: Clock,
    tell: mpsc::Sender<Resetting>,
    /// One at a time.
    turn: Mutex<()>,
}

impl Told {
    pub(super) fn new(
        cluster: &Arc<dyn Reset>,
        clock: &Clock,
        tell: mpsc::Sender<Resetting>,
    ) -> Self {
        Self { cluster: Arc::clone(cluster), clock: clock.clone(), tell, turn: Mutex::default() }
    }
}

#[async_trait]
impl Reset for Told {
    async fn reset(&self, by: &str) -> anyhow::Result<()> {
        let _turn = self.turn.lock().await;
        let credit = Credit {
            origin: Origin::Panel,
            name: Some(by.to_owned()),
            at: ms(self.clock.now()),
            reason: None,
            // Its events are one action: that is how they are told together.
            action: Some(uuid::Uuid::now_v7().to_string()),
        };
        let (ready, begun) = oneshot::channel();
        let (outcome, ended) = oneshot::channel();
        let (done, recorded) = oneshot::channel();
        let told = Resetting { by: credit, ready, ended, done };
        self.tell.send(told).await.ok().context("nothing is watched any more")?;
        begun.await.context("nothing is watched any more")?;
        let reset = self.cluster.reset(by).await;
        // Dropped unsent, it says that nothing was replaced.
        let _ = outcome.send(reset.is_ok());
        if reset.is_ok() {
            let _ = tokio::time::timeout(LISTED, recorded).await;
        }
        reset
    }
}
