//! From the watches to the index, and on to the recorder.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use model::wire::KindState;
use tokio::sync::{Notify, mpsc};
use tokio_util::sync::CancellationToken;

use crate::clock::Clock;
use crate::history::recorder::{self, Judged, Recorder};
use crate::live::{Change, Changed, Kind, Live, Row, Scope};

/// How often the clock is looked at when no timer is due.
const IDLE: Duration = Duration::from_secs(30);

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
}

impl Pump {
    pub(super) fn new(live: Live, recorder: Recorder, clock: Clock, scope: Scope) -> Self {
        Self {
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
                    // Services are not recorded: no gap.
                    _ if health.kind == Kind::Services.resource() => {}
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
                    KindState::Starting => {}
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
            let judged = |r: &Arc<Row>| {
                let facts = self.live.facts(&r.row.key())?;
                Some(Judged { facts, status: Some(r.row.status.clone()) })
            };
            let sets = rows.iter().filter_map(judged).collect();
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
mod tests {
    use jiff::ToSpan as _;
    use model::set::SetKey;
    use model::status::Settings;
    use model::testing::sts;
    use model::wire::{EventKind, History, KindHealth};

    use super::*;
    use crate::history::Reader as _;
    use crate::live::Object;
    use crate::store::testing::{Temporary, store};

    fn listed(kind: Kind, objects: Vec<Object>) -> Change {
        Change::Reset { kind, namespace: None, objects }
    }

    fn pods(facts: &model::facts::Facts) -> Change {
        let pods = facts.pods.iter().map(|p| Object::Pod(Box::new(p.clone()))).collect();
        listed(Kind::Pods, pods)
    }

    #[tokio::test]
    async fn a_right_that_was_withdrawn_and_given_back_leaves_a_gap() {
        let Temporary { store, folder: _folder } = store().await;
        let start = model::testing::now();
        let now = Arc::new(std::sync::Mutex::new(start));
        let tell = Arc::clone(&now);
        let clock = Clock::from_fn(move || *tell.lock().unwrap());
        let (recorder, writing) = Recorder::start(
            Arc::new(store.clone()),
            clock.clone(),
            recorder::News::default(),
            crate::history::recorder::standing().0,
        )
        .await
        .unwrap();
        let live = Live::new(&Scope::All, Settings::default(), start);
        let mut pump = Pump::new(live, recorder.clone(), clock, Scope::All);
        let web = sts("web").replicas(2).facts();
        let revisions = web.revisions.iter().map(|r| Object::Revision(Box::new(r.clone())));
        for change in [
            listed(Kind::Sets, vec![Object::Set(Box::new(web.set.clone()))]),
            listed(Kind::Revisions, revisions.collect()),
            listed(Kind::Claims, vec![]),
            listed(Kind::Services, vec![]),
            pods(&web),
        ] {
            pump.take(change);
        }
        let since = start + 10.seconds();
        *now.lock().unwrap() = since;
        pump.take(Change::Health(KindHealth {
            kind: Kind::Pods.resource().to_owned(),
            namespace: None,
            state: KindState::NoAccess,
            since,
            reason: Some("forbidden".to_owned()),
            yours: false,
        }));
        *now.lock().unwrap() = start + 1.hour();
        let mut later = web.clone();
        later.pods.pop();
        pump.take(pods(&later));
        recorder.flush().await;
        let history: History =
            store.history(&SetKey::new(&web.set.namespace, &web.set.name), None, 50).await.unwrap();
        let gap = history.events.iter().find(|e| e.kind == EventKind::Gap);
        assert!(gap.is_some(), "{:#?}", history.events);
        let down = history.events.iter().find(|e| e.kind == EventKind::PodDown).unwrap();
        assert!(down.sentence.ends_with("(while the panel did not look)"), "{}", down.sentence);
        drop((pump, recorder));
        writing.await.unwrap();
    }
}
