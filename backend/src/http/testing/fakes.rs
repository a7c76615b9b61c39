//! What stands in the place of cluster, actions and history.

use std::collections::{HashMap, HashSet};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use jiff::Timestamp;
use model::forecast::Forecast;
use model::set::SetKey;
use model::wire::{
    ActionResult, Actor, CommandView, EventPage, EventView, Held, History, Lanes, MomentView,
    Outcome, Page, RolloutView, Source, Span,
};
use std::sync::Arc;
use tokio::sync::{Notify, Semaphore};

use crate::actions::commands::{CommandLog, Record};
use crate::actions::{ActError, Entry, Request};
use crate::cluster::{Access, ApiError, ApiErrorKind, Caller};
use crate::history::{EventQuery, Reader, Recorded};
use crate::http::state::{Act, Rights};

type Right = (&'static str, &'static str, Option<String>);

/// Allows what it was told, and to the panel everything.
#[derive(Default)]
pub(crate) struct FakeRights {
    allowed: Mutex<HashSet<Right>>,
    asked: AtomicUsize,
    broken: Mutex<bool>,
}

impl FakeRights {
    pub(crate) fn allow(
        &self,
        verb: &'static str,
        resource: &'static str,
        namespace: Option<&str>,
    ) {
        self.allowed.lock().unwrap().insert((verb, resource, namespace.map(str::to_owned)));
    }

    pub(crate) fn withdraw(&self) {
        self.allowed.lock().unwrap().clear();
    }

    /// The API server does not answer any more.
    pub(crate) fn break_down(&self) {
        *self.broken.lock().unwrap() = true;
    }

    pub(crate) fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

#[async_trait]
impl Rights for FakeRights {
    async fn may(&self, caller: &Caller, access: &Access) -> Result<bool, ApiError> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        if *self.broken.lock().unwrap() {
            return Err(ApiError {
                kind: ApiErrorKind::Unreachable,
                code: 0,
                reason: String::new(),
                message: "connection refused".into(),
            });
        }
        let wide = (access.verb, access.resource, None);
        let here = (access.verb, access.resource, access.namespace.clone());
        let allowed = self.allowed.lock().unwrap();
        Ok(*caller == Caller::Panel || allowed.contains(&wide) || allowed.contains(&here))
    }
}

/// Answers what it was told, and remembers what it was asked.
pub(crate) struct FakeActions {
    requests: Mutex<Vec<Request>>,
    answers: Mutex<Vec<Result<ActionResult, ActError>>>,
    entries: Mutex<Vec<Entry>>,
    gate: Mutex<Option<Arc<Semaphore>>>,
    started: Notify,
    finished: AtomicUsize,
}

impl Default for FakeActions {
    fn default() -> Self {
        Self {
            requests: Mutex::default(),
            answers: Mutex::default(),
            entries: Mutex::default(),
            gate: Mutex::default(),
            started: Notify::new(),
            finished: AtomicUsize::new(0),
        }
    }
}

impl FakeActions {
    /// The answer to the next request; without one it succeeds.
    pub(crate) fn answer(&self, answer: Result<ActionResult, ActError>) {
        self.answers.lock().unwrap().push(answer);
    }

    pub(crate) fn keep(&self, entry: Entry) {
        self.entries.lock().unwrap().push(entry);
    }

    /// The only request so far.
    pub(crate) fn only(&self) -> Request {
        let requests = self.requests.lock().unwrap();
        assert_eq!(requests.len(), 1);
        requests[0].clone()
    }

    pub(crate) fn none(&self) -> bool {
        self.requests.lock().unwrap().is_empty()
    }

    /// Actions wait for a permit of this before they answer.
    pub(crate) fn gate(&self) -> Arc<Semaphore> {
        let gate = Arc::new(Semaphore::new(0));
        *self.gate.lock().unwrap() = Some(gate.clone());
        gate
    }

    pub(crate) async fn started(&self) {
        self.started.notified().await;
    }

    pub(crate) fn finished(&self) -> usize {
        self.finished.load(Ordering::SeqCst)
    }
}

#[async_trait]
impl Act for FakeActions {
    async fn run(&self, request: Request) -> Result<ActionResult, ActError> {
        self.requests.lock().unwrap().push(request);
        self.started.notify_one();
        let gate = self.gate.lock().unwrap().clone();
        if let Some(gate) = gate {
            gate.acquire().await.unwrap().forget();
        }
        self.finished.fetch_add(1, Ordering::SeqCst);
        let told = self.answers.lock().unwrap().pop();
        told.unwrap_or_else(|| {
            Ok(ActionResult {
                id: Some("a-1".into()),
                outcome: Outcome::Applied,
                incomplete: None,
                summary: "done".into(),
                forecast: Forecast::default(),
                patch: Vec::new(),
                kubectl: "kubectl".into(),
                uid: "u".into(),
                generation: 2,
                row: None,
            })
        })
    }

    async fn find(&self, id: &str) -> anyhow::Result<Option<Entry>> {
        Ok(self.entries.lock().unwrap().iter().find(|e| e.id == id).cloned())
    }
}

/// A history in memory.
#[derive(Default)]
pub(crate) struct FakeHistory(Mutex<Kept>);

#[derive(Default)]
struct Kept {
    events: Vec<EventView>,
    rollouts: Vec<(SetKey, RolloutView)>,
    templates: HashMap<String, String>,
    revisions: Vec<Recorded>,
    held: Option<Held>,
    ran: Vec<Record>,
    broken: bool,
}

impl FakeHistory {
    pub(crate) fn event(&self, event: EventView) {
        self.0.lock().unwrap().events.push(event);
    }

    pub(crate) fn rollout(&self, rollout: (SetKey, RolloutView)) {
        self.0.lock().unwrap().rollouts.push(rollout);
    }

    pub(crate) fn template(&self, hash: &str, json: &str) {
        self.0.lock().unwrap().templates.insert(hash.into(), json.into());
    }

    /// Of the set `web`.
    pub(crate) fn revision(&self, set_uid: &str, name: &str, number: i64, hash: &str) {
        self.0.lock().unwrap().revisions.push(Recorded {
            set_uid: set_uid.into(),
            name: name.into(),
            number,
            hash: hash.into(),
            kept: true,
        });
    }

    pub(crate) fn held_by(&self, by: Actor) {
        self.hold(Held { by, aborted: None, because: None, advanced: false });
    }

    pub(crate) fn hold(&self, held: Held) {
        self.0.lock().unwrap().held = Some(held);
    }

    /// Commands that were recorded.
    pub(crate) fn ran(&self) -> Vec<Record> {
        self.0.lock().unwrap().ran.clone()
    }

    pub(crate) fn break_down(&self) {
        self.0.lock().unwrap().broken = true;
    }

    /// Newest first.
    fn page(
        &self,
        before: Option<i64>,
        limit: u32,
        fits: impl Fn(&EventView) -> bool,
    ) -> (Vec<EventView>, Page) {
        let kept = self.0.lock().unwrap();
        let mut events: Vec<_> = kept
            .events
            .iter()
            .filter(|e| fits(e) && before.is_none_or(|b| e.id < b))
            .cloned()
            .collect();
        events.sort_by_key(|e| std::cmp::Reverse(e.id));
        let more = events.len() > limit as usize;
        events.truncate(limit as usize);
        let next = events.last().map(|e| e.id).filter(|_| more);
        (events, Page { next })
    }
}

#[async_trait]
impl CommandLog for FakeHistory {
    async fn ran(&self, record: &Record) -> anyhow::Result<()> {
        let mut kept = self.0.lock().unwrap();
        anyhow::ensure!(!kept.broken, "disk I/O error");
        kept.ran.push(record.clone());
        Ok(())
    }
}

/// What a server under test has configured.
pub(crate) fn commands() -> Vec<CommandView> {
    let argv = ["cat", "/data/visits"].map(str::to_owned).to_vec();
    vec![CommandView { name: "visits".into(), argv }]
}

fn found(event: &EventView, word: &str) -> bool {
    let actor = event.actor.as_ref().and_then(|a| a.name.as_deref()).unwrap_or_default();
    let all = format!("{} {actor} {}", event.sentence, event.set);
    all.to_lowercase().contains(&word.to_lowercase())
}

#[async_trait]
impl Reader for FakeHistory {
    async fn history(
        &self,
        key: &SetKey,
        before: Option<i64>,
        limit: u32,
    ) -> anyhow::Result<History> {
        let (events, page) = self.page(before, limit, |e| e.set == *key);
        let kept = self.0.lock().unwrap();
        let mine = kept.rollouts.iter().filter(|(k, _)| k == key);
        Ok(History { rollouts: mine.map(|(_, r)| r.clone()).collect(), events, page })
    }

    async fn events(&self, query: &EventQuery) -> anyhow::Result<EventPage> {
        let (events, page) = self.page(query.before, query.limit, |e| {
            query.sets.as_ref().is_none_or(|sets| sets.contains(&e.set))
                && query.namespaces.as_ref().is_none_or(|n| n.contains(&e.set.namespace))
                && query.kinds.as_ref().is_none_or(|kinds| kinds.contains(&e.kind))
                && query.source.is_none_or(|o| {
                    let source = e.actor.as_ref().map_or(Source::Controller, |a| a.source);
                    source == o.source()
                })
                && query.since.is_none_or(|since| e.at >= since)
                && query.words.iter().all(|w| found(e, w))
                && query.actor.as_ref().is_none_or(|name| {
                    e.actor.as_ref().is_some_and(|a| a.name.as_ref() == Some(name))
                })
        });
        Ok(EventPage { events, page })
    }

    async fn lanes(
        &self,
        key: &SetKey,
        from: Timestamp,
        to: Timestamp,
    ) -> anyhow::Result<Option<Lanes>> {
        let (marks, _) = self.page(None, 300, |e| e.set == *key);
        Ok((!marks.is_empty()).then(|| Lanes {
            span: Span { from, to },
            lanes: Vec::new(),
            left_out: 0,
            rollouts: Vec::new(),
            holds: Vec::new(),
            gaps: Vec::new(),
            marks,
        }))
    }

    async fn then(&self, key: &SetKey, at: Timestamp) -> anyhow::Result<Option<MomentView>> {
        let (known, _) = self.page(None, 1, |e| e.set == *key);
        Ok((!known.is_empty()).then(|| MomentView {
            at,
            unsure: None,
            deleted: false,
            start: 0,
            replicas: 0,
            strategy: String::new(),
            boundary: None,
            update: None,
            pods: Vec::new(),
        }))
    }

    async fn rollout(&self, key: &SetKey, id: i64) -> anyhow::Result<Option<RolloutView>> {
        let kept = self.0.lock().unwrap();
        Ok(kept.rollouts.iter().find(|(k, r)| k == key && r.id == id).map(|(_, r)| r.clone()))
    }

    async fn template(&self, hash: &str) -> anyhow::Result<Option<String>> {
        let kept = self.0.lock().unwrap();
        anyhow::ensure!(!kept.broken, "disk I/O error");
        Ok(kept.templates.get(hash).cloned())
    }

    async fn revisions(&self, key: &SetKey) -> anyhow::Result<Vec<Recorded>> {
        let kept = &self.0.lock().unwrap().revisions;
        Ok(if key.name == "web" { kept.clone() } else { Vec::new() })
    }

    async fn last_change(&self, _: &str) -> anyhow::Result<Option<Actor>> {
        Ok(None)
    }

    async fn held(&self, _: &str) -> anyhow::Result<Option<Held>> {
        Ok(self.0.lock().unwrap().held.clone())
    }
}
