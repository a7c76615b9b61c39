//! From the watches to the index, and on to the recorder.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use model::wire::KindState;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::clock::Clock;
use crate::history::recorder::{self, Recorder};
use crate::live::{Change, Changed, Kind, Live, Scope};

/// How often the clock is looked at when no timer is due.
const IDLE: Duration = Duration::from_secs(30);

pub(super) struct Pump {
    pub(super) live: Live,
    pub(super) recorder: Recorder,
    pub(super) clock: Clock,
    pub(super) scope: Scope,
    /// Watches that are broken, and since when.
    lost: HashMap<(String, Option<String>), Timestamp>,
    /// The recorder has had its first complete look.
    caught_up: bool,
}

impl Pump {
    pub(super) fn new(live: Live, recorder: Recorder, clock: Clock, scope: Scope) -> Self {
        Self { live, recorder, clock, scope, lost: HashMap::new(), caught_up: false }
    }

    /// Runs until the watches have ended or it is told to stop.
    pub(super) async fn run(
        mut self,
        mut changes: mpsc::Receiver<Change>,
        stop: CancellationToken,
    ) {
        loop {
            let wait = self.wait();
            tokio::select! {
                () = stop.cancelled() => return,
                change = changes.recv() => match change {
                    Some(change) => self.take(change),
                    None => return,
                },
                () = tokio::time::sleep(wait) => {
                    let changed = self.live.tick(self.clock.now());
                    if self.caught_up {
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
                    // Services are not recorded, and a right that is missing may be missing for ever: neither is a gap.
                    KindState::Lost if health.kind != Kind::Services.resource() => {
                        self.lost.entry(watch).or_insert(health.since);
                        self.recorder.lost(health.since);
                    }
                    KindState::Live => self.back(&watch, now),
                    KindState::Lost | KindState::NoAccess | KindState::Starting => {}
                }
            }
            Change::Reset { kind, namespace, .. } => {
                self.back(&(kind.resource().to_owned(), namespace.clone()), now);
            }
            Change::Apply(_) | Change::Delete { .. } => {}
        }
        let changed = self.live.apply(change, now);
        if self.caught_up {
            self.record(changed);
            return;
        }
        // The first complete look brings it all; until then the recorder would only hold a copy of the fleet.
        drop(changed);
        if self.live.synced() {
            self.caught_up = true;
            let (_, rows) = self.live.fleet();
            let sets = rows.iter().filter_map(|r| self.live.facts(&r.row.key())).collect();
            let scope = match &self.scope {
                Scope::All => recorder::Scope::All,
                Scope::Namespaces(names) => recorder::Scope::Namespaces(names.clone()),
            };
            self.recorder.catch_up(now, sets, scope);
            tracing::info!(sets = rows.len(), "the first complete look at the fleet");
        }
    }

    /// A broken watch is whole again: what happened meanwhile is known by its result only.
    fn back(&mut self, watch: &(String, Option<String>), now: Timestamp) {
        if let Some(since) = self.lost.remove(watch) {
            self.recorder.gap(since, now);
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
