//! From the watches to the index, and on to the recorder.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use model::facts::Facts;
use model::wire::KindState;
use tokio::sync::{Notify, mpsc, oneshot};
use tokio_util::sync::CancellationToken;

use crate::clock::Clock;
use crate::history::credit::Credit;
use crate::history::recorder::{self, Judged, Recorder};
use crate::live::{Change, Changed, Kind, Live, Row, Scope};

/// How often the clock is looked at when no timer is due.
const IDLE: Duration = Duration::from_secs(30);

/// The cluster of a demo is about to be replaced by another.
pub(super) struct Resetting {
    pub(super) by: Credit,
    /// Told once nothing is recorded any more.
    pub(super) ready: oneshot::Sender<()>,
    /// Tells whether it was replaced.
    pub(super) ended: oneshot::Receiver<bool>,
    /// Told once the new one is recorded.
    pub(super) done: oneshot::Sender<()>,
}

/// A reset under way.
struct Under {
    by: Credit,
    /// Kinds that are still to be listed anew.
    left: Vec<Kind>,
    /// `None` once it was replaced.
    ended: Option<oneshot::Receiver<bool>>,
    done: oneshot::Sender<()>,
}

/// Waits for the end of the reset that is under way.
async fn ended(resetting: &mut Option<Under>) -> bool {
    match resetting {
        Some(Under { ended: ended @ Some(_), .. }) => {
            let replaced = match ended {
                Some(told) => told.await.unwrap_or(false),
                None => false,
            };
            *ended = None;
            replaced
        }
        _ => std::future::pending().await,
    }
}

pub(super) struct Pump {
    pub(super) live: Live,
    pub(super) recorder: Recorder,
    pub(super) clock: Clock,
    pub(super) scope: Scope,
    /// Watches that are broken, or may not look, and since when.
    lost: HashMap<(String, Option<String>), Timestamp>,
    /// The recorder has had its first complete look.
    caught_up: bool,
    reconnected: Arc<Notify>,
    resets: mpsc::Receiver<Resetting>,
    /// The cluster of a demo is being replaced.
    resetting: Option<Under>,
}

impl Pump {
    pub(super) fn new(
        live: Live,
        recorder: Recorder,
        clock: Clock,
        scope: Scope,
        resets: mpsc::Receiver<Resetting>,
    ) -> Self {
        Self {
            resets,
            resetting: None,
            live,
            recorder,
            clock,
            scope,
            lost: HashMap::new(),
            caught_up: false,
            reconnected: Arc::default(),
        }
    }

    /// Told whenever a broken watch is whole again: it may be another API server that answers.
    pub(super) fn reconnected(&self) -> Arc<Notify> {
        Arc::clone(&self.reconnected)
    }

    /// Runs until the watches have ended or it is told to stop.
    pub(super) async fn run(
        mut self,
        mut changes: mpsc::Receiver<Change>,
        stop: CancellationToken,
    ) {
        // The watches may have begun before this.
        for health in self.live.health() {
            self.take(Change::Health(health));
        }
        loop {
            let wait = self.wait();
            tokio::select! {
                () = stop.cancelled() => return,
                change = changes.recv() => match change {
                    Some(change) => self.take(change),
                    None => return,
                },
                Some(reset) = self.resets.recv() => self.begin(reset),
                ended = ended(&mut self.resetting) => self.replaced(ended),
                () = tokio::time::sleep(wait) => {
                    let changed = self.live.tick(self.clock.now());
                    if self.caught_up && self.resetting.is_none() {
                        self.record(changed);
                    }
                }
            }
        }
    }

    /// Until the next timer of a status runs out.
    fn wait(&self) -> Duration {
        let Some(due) = self.live.next_due() else { return IDLE };
        let left = due.duration_since(self.clock.now());
        // A status is due only once its moment has passed.
        Duration::try_from(left).unwrap_or_default().min(IDLE) + Duration::from_millis(1)
    }

    fn take(&mut self, change: Change) {
        let now = self.clock.now();
        match &change {
            Change::Template { hash, template } => {
                self.recorder.template(hash.clone(), template.clone());
                return;
            }
            Change::Health(health) => {
                let watch = (health.kind.clone(), health.namespace.clone());
                match health.state {
                    // Services are not recorded: no gap.
                    _ if health.kind == Kind::Services.resource() => {}
                    _ if self.resetting.is_some() => {}
                    KindState::Lost => {
                        self.lost.entry(watch).or_insert(health.since);
                        self.recorder.lost(health.since);
                    }
                    // A right that is missing may be missing for ever: the panel goes on looking at the rest. If it
                    // is given back, nobody saw what this kind did meanwhile.
                    KindState::NoAccess => {
                        self.lost.entry(watch).or_insert(health.since);
                    }
                    KindState::Live => self.back(&watch, now),
                    KindState::Starting | KindState::Other => {}
                }
            }
            Change::Reset { kind, namespace, .. } => match &mut self.resetting {
                Some(under) => under.left.retain(|k| k != kind),
                None => self.back(&(kind.resource().to_owned(), namespace.clone()), now),
            },
            Change::Apply(_) | Change::Delete { .. } => {}
        }
        let changed = self.live.apply(change, now);
        if self.resetting.is_some() {
            return self.begin_anew();
        }
        if self.caught_up {
            self.record(changed);
            return;
        }
        // The first complete look brings it all; until then the recorder would only hold a copy of the fleet.
        drop(changed);
        if self.live.synced() {
            self.caught_up = true;
            let sets = self.catch_up(now);
            tracing::info!(sets, "the first complete look at the fleet");
        }
    }

    fn all(&self) -> Vec<Arc<Facts>> {
        let (_, rows) = self.live.fleet();
        rows.iter().filter_map(|r| self.live.facts(&r.row.key())).collect()
    }

    fn catch_up(&self, now: Timestamp) -> usize {
        let (_, rows) = self.live.fleet();
        let judged = |r: &Arc<Row>| {
            let facts = self.live.facts(&r.row.key())?;
            Some(Judged { facts, status: Some(r.row.status.clone()) })
        };
        let sets: Vec<Judged> = rows.iter().filter_map(judged).collect();
        let n = sets.len();
        let scope = match &self.scope {
            Scope::All => recorder::Scope::All,
            Scope::Namespaces(names) => recorder::Scope::Namespaces(names.clone()),
        };
        self.recorder.catch_up(now, sets, scope);
        n
    }

    /// From here on nothing is recorded, until the new cluster is seen as a whole.
    fn begin(&mut self, reset: Resetting) {
        let Resetting { by, ready, ended, done } = reset;
        let left = vec![Kind::Sets, Kind::Pods, Kind::Claims, Kind::Revisions];
        self.resetting = Some(Under { by, left, ended: Some(ended), done });
        // Who asked may have gone: then `ended` says so.
        let _ = ready.send(());
    }

    fn replaced(&mut self, ended: bool) {
        if ended {
            self.begin_anew();
        } else if self.resetting.take().is_some() && self.caught_up {
            // It is as it was; what happened meanwhile is recorded now.
            self.catch_up(self.clock.now());
        }
    }

    /// Once the cluster is another one and each kind was listed anew.
    fn begin_anew(&mut self) {
        let whole = |under: &mut Under| under.ended.is_none() && under.left.is_empty();
        let Some(under) = self.resetting.take_if(whole) else { return };
        self.caught_up = true;
        self.recorder.begin_anew(self.clock.now(), self.all(), under.by);
        let _ = under.done.send(());
    }

    /// A broken watch is whole again: what happened meanwhile is known by its result only.
    fn back(&mut self, watch: &(String, Option<String>), now: Timestamp) {
        if let Some(since) = self.lost.remove(watch) {
            self.recorder.gap(since, now);
            self.reconnected.notify_one();
        }
    }

    fn record(&self, changed: Vec<Changed>) {
        for one in changed {
            self.recorder.changed(one);
        }
    }
}

/// The facts that the index has, for the action runner.
pub(super) fn fact_source(live: &Live) -> crate::actions::FactSource {
    let live = live.clone();
    Arc::new(move |key| live.facts(key))
}

#[cfg(test)]
mod tests;
