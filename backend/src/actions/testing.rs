//! A cluster and a journal in memory, which do what a test tells them.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use model::action::{Action, PatchOp};
use model::facts::Facts;
use model::set::{Set, SetKey, UpdateStrategy};
use model::wire::{ActionRequest, ActionResult, Expect, Outcome};
use tokio::sync::{Notify, Semaphore};

use super::{Actions, Entry, Journal, Request, Templates};
use crate::clock::Clock;
use crate::cluster::{Access, ApiError, ApiErrorKind, Caller, Cluster, ClusterInfo};

/// An answer of the API server.
pub(crate) fn error(kind: ApiErrorKind, message: &str) -> ApiError {
    ApiError { kind, code: 0, reason: String::new(), message: message.to_owned() }
}

type Who = (String, Vec<String>);

/// Answers from the facts it was given; a write answers as told, else well.
#[derive(Default)]
pub(crate) struct FakeCluster {
    facts: Mutex<HashMap<SetKey, Facts>>,
    info: Mutex<Option<Result<ClusterInfo, ApiError>>>,
    who: Mutex<VecDeque<Result<Who, ApiError>>>,
    unreadable: Mutex<HashMap<SetKey, ApiError>>,
    write: Mutex<Option<ApiError>>,
    /// Writes about this, dry or not, fail like this.
    bad: Mutex<Option<(String, bool, ApiError)>>,
    drops_max_unavailable: Mutex<bool>,
    blind: Mutex<bool>,
    deleted: Mutex<Vec<String>>,
    patched: Mutex<Vec<PatchOp>>,
    asked: Mutex<Vec<&'static str>>,
    gate: Mutex<Option<Arc<Semaphore>>>,
    pub(crate) began: Notify,
}

impl FakeCluster {
    pub(crate) fn put(&self, facts: Facts) {
        self.facts.lock().unwrap().insert(facts.set.key(), facts);
    }

    pub(crate) fn remove(&self, key: &SetKey) {
        self.facts.lock().unwrap().remove(key);
    }

    pub(crate) fn tell_info(&self, answer: Result<ClusterInfo, ApiError>) {
        *self.info.lock().unwrap() = Some(answer);
    }

    /// One more answer.
    pub(crate) fn tell_who(&self, answer: Result<Who, ApiError>) {
        self.who.lock().unwrap().push_back(answer);
    }

    /// This set cannot be read any more.
    pub(crate) fn hide(&self, key: &SetKey, error: ApiError) {
        self.unreadable.lock().unwrap().insert(key.clone(), error);
    }

    /// Writes fail like this from now on.
    pub(crate) fn fail_writes(&self, error: ApiError) {
        *self.write.lock().unwrap() = Some(error);
    }

    /// The deletion of this pod fails, or its dry run does.
    pub(crate) fn fail_pod(&self, pod: &str, dry_run: bool, error: ApiError) {
        *self.bad.lock().unwrap() = Some((pod.to_owned(), dry_run, error));
    }

    /// The gate MaxUnavailableStatefulSet is off.
    pub(crate) fn drop_max_unavailable(&self) {
        *self.drops_max_unavailable.lock().unwrap() = true;
    }

    /// The controller does not look.
    pub(crate) fn blind_controller(&self) {
        *self.blind.lock().unwrap() = true;
    }

    /// Pods in the order in which they were deleted.
    pub(crate) fn deleted(&self) -> Vec<String> {
        self.deleted.lock().unwrap().clone()
    }

    /// The last patch that was not a dry run.
    pub(crate) fn patched(&self) -> Vec<PatchOp> {
        self.patched.lock().unwrap().clone()
    }

    /// Writes wait for a permit of this before they answer.
    pub(crate) fn gate(&self) -> Arc<Semaphore> {
        let gate = Arc::new(Semaphore::new(0));
        *self.gate.lock().unwrap() = Some(gate.clone());
        gate
    }

    /// How often it was asked this.
    pub(crate) fn asked(&self, what: &str) -> usize {
        self.asked.lock().unwrap().iter().filter(|a| **a == what).count()
    }

    fn note(&self, what: &'static str) {
        self.asked.lock().unwrap().push(what);
    }

    fn read(&self, key: &SetKey) -> Result<Option<Facts>, ApiError> {
        if let Some(error) = self.unreadable.lock().unwrap().get(key) {
            return Err(error.clone());
        }
        Ok(self.facts.lock().unwrap().get(key).cloned())
    }

    async fn write(&self, what: &'static str) -> Result<(), ApiError> {
        self.note(what);
        self.began.notify_one();
        let gate = self.gate.lock().unwrap().clone();
        if let Some(gate) = gate {
            gate.acquire().await.unwrap().forget();
        }
        self.write.lock().unwrap().clone().map_or(Ok(()), Err)
    }
}

#[async_trait]
impl Cluster for FakeCluster {
    async fn info(&self) -> Result<ClusterInfo, ApiError> {
        self.note("info");
        self.info.lock().unwrap().clone().expect("the test tells it")
    }

    async fn who_am_i(&self, _: &Caller) -> Result<Who, ApiError> {
        self.note("who_am_i");
        self.who.lock().unwrap().pop_front().expect("the test tells it")
    }

    async fn may(&self, _: &Caller, _: &Access) -> Result<bool, ApiError> {
        Ok(true)
    }

    async fn read_set(&self, _: &Caller, key: &SetKey) -> Result<Option<Set>, ApiError> {
        self.note("read_set");
        Ok(self.read(key)?.map(|f| f.set))
    }

    async fn read_facts(&self, key: &SetKey) -> Result<Option<Facts>, ApiError> {
        self.note("read_facts");
        self.read(key)
    }

    async fn patch_set(
        &self,
        _: &Caller,
        key: &SetKey,
        patch: &[PatchOp],
        dry_run: bool,
    ) -> Result<Set, ApiError> {
        self.write("patch_set").await?;
        let mut facts = self.read(key)?.expect("the set is there");
        let budget = patch.iter().find_map(|op| match op {
            PatchOp::Add { path, value } | PatchOp::Replace { path, value } => {
                path.ends_with("/maxUnavailable").then(|| value.to_string())
            }
            _ => None,
        });
        if let Some(budget) = budget.filter(|_| !*self.drops_max_unavailable.lock().unwrap())
            && let UpdateStrategy::RollingUpdate { rolling_update: Some(r) } =
                &mut facts.set.strategy
        {
            r.max_unavailable = Some(budget.trim_matches('"').to_owned());
        }
        if dry_run {
            return Ok(facts.set);
        }
        *self.patched.lock().unwrap() = patch.to_vec();
        facts.set.generation += 1;
        let set = facts.set.clone();
        if !*self.blind.lock().unwrap() {
            facts.set.status.observed_generation = set.generation;
        }
        self.put(facts);
        Ok(set)
    }

    async fn delete_pod(
        &self,
        _: &Caller,
        _: &str,
        pod: &str,
        _: &str,
        dry_run: bool,
    ) -> Result<(), ApiError> {
        self.write("delete_pod").await?;
        if let Some((bad, dry, error)) = &*self.bad.lock().unwrap()
            && bad == pod
            && *dry == dry_run
        {
            return Err(error.clone());
        }
        if !dry_run {
            self.deleted.lock().unwrap().push(pod.to_owned());
        }
        Ok(())
    }

    async fn evict_pod(
        &self,
        _: &Caller,
        _: &str,
        _: &str,
        _: &str,
        _: bool,
    ) -> Result<(), ApiError> {
        self.write("evict_pod").await
    }
}

/// Keeps entries as the database does: what is known of an outcome stays.
#[derive(Default)]
pub(crate) struct FakeJournal {
    entries: Mutex<Vec<Entry>>,
    ends: Mutex<Vec<(String, Outcome)>>,
}

impl FakeJournal {
    pub(crate) fn keep(&self, entry: Entry) {
        self.entries.lock().unwrap().push(entry);
    }

    /// Outcomes in the order in which they were written.
    pub(crate) fn ends(&self) -> Vec<(String, Outcome)> {
        self.ends.lock().unwrap().clone()
    }

    pub(crate) fn entry(&self, id: &str) -> Entry {
        self.entries.lock().unwrap().iter().find(|e| e.id == id).expect("it is kept").clone()
    }
}

#[async_trait]
impl Journal for FakeJournal {
    async fn begin(&self, entry: &Entry) -> anyhow::Result<Option<Entry>> {
        if let Some(key) = &entry.idempotency_key
            && let Some(earlier) = self.by_key(&entry.user, key).await?
        {
            return Ok(Some(earlier));
        }
        self.keep(entry.clone());
        Ok(None)
    }

    async fn end(
        &self,
        id: &str,
        outcome: Outcome,
        at: Timestamp,
        result: Option<&ActionResult>,
        error: Option<&str>,
    ) -> anyhow::Result<()> {
        self.ends.lock().unwrap().push((id.to_owned(), outcome));
        let mut entries = self.entries.lock().unwrap();
        let entry = entries.iter_mut().find(|e| e.id == id).expect("it is kept");
        if matches!(entry.outcome, Outcome::Pending | Outcome::Unknown) {
            entry.outcome = outcome;
            entry.ended = Some(at);
            entry.result = result.cloned();
            entry.error = error.map(str::to_owned);
        }
        Ok(())
    }

    async fn find(&self, id: &str) -> anyhow::Result<Option<Entry>> {
        Ok(self.entries.lock().unwrap().iter().find(|e| e.id == id).cloned())
    }

    async fn by_key(&self, user: &str, key: &str) -> anyhow::Result<Option<Entry>> {
        let entries = self.entries.lock().unwrap();
        let same = |e: &&Entry| e.user == user && e.idempotency_key.as_deref() == Some(key);
        Ok(entries.iter().find(same).cloned())
    }

    async fn open(&self) -> anyhow::Result<Vec<Entry>> {
        let entries = self.entries.lock().unwrap();
        Ok(entries.iter().filter(|e| e.outcome == Outcome::Pending).cloned().collect())
    }
}

/// Templates by digest, and digests by set and revision.
#[derive(Default)]
pub(crate) struct FakeTemplates {
    hashes: Mutex<HashMap<(String, String), String>>,
    templates: Mutex<HashMap<String, serde_json::Value>>,
}

impl FakeTemplates {
    /// The set had this revision.
    pub(crate) fn keep(
        &self,
        set_uid: &str,
        revision: &str,
        hash: &str,
        template: serde_json::Value,
    ) {
        let name = (set_uid.to_owned(), revision.to_owned());
        self.hashes.lock().unwrap().insert(name, hash.to_owned());
        self.templates.lock().unwrap().insert(hash.to_owned(), template);
    }
}

#[async_trait]
impl Templates for FakeTemplates {
    async fn hash_of(&self, set_uid: &str, revision: &str) -> anyhow::Result<Option<String>> {
        let name = (set_uid.to_owned(), revision.to_owned());
        Ok(self.hashes.lock().unwrap().get(&name).cloned())
    }

    async fn template(&self, hash: &str) -> anyhow::Result<Option<serde_json::Value>> {
        Ok(self.templates.lock().unwrap().get(hash).cloned())
    }
}

/// Actions on these, with a clock that a test moves and ids `id-1`, `id-2`, …
pub(crate) struct Bench {
    pub(crate) cluster: Arc<FakeCluster>,
    pub(crate) journal: Arc<FakeJournal>,
    pub(crate) templates: Arc<FakeTemplates>,
    pub(crate) actions: Actions,
    now: Arc<Mutex<Timestamp>>,
}

impl Bench {
    /// With this set in the cluster.
    pub(crate) fn with(facts: Facts) -> Self {
        let (cluster, journal) =
            (Arc::new(FakeCluster::default()), Arc::new(FakeJournal::default()));
        let templates = Arc::new(FakeTemplates::default());
        cluster.put(facts);
        let now = Arc::new(Mutex::new(model::testing::now()));
        let clock = Clock::from_fn({
            let now = Arc::clone(&now);
            move || *now.lock().unwrap()
        });
        let ids = Arc::new(Mutex::new(0));
        let actions = Actions::new(
            cluster.clone(),
            journal.clone(),
            templates.clone(),
            Arc::new(|_| None),
            clock,
            Arc::new(move || {
                let mut next = ids.lock().unwrap();
                *next += 1;
                format!("id-{next}")
            }),
        );
        Self { cluster, journal, templates, actions, now }
    }

    pub(crate) fn pass(&self, seconds: i64) {
        *self.now.lock().unwrap() += SignedDuration::from_secs(seconds);
    }
}

/// Alice asks for this, having seen these facts.
pub(crate) fn request(facts: &Facts, action: Action) -> Request {
    Request {
        held: None,
        key: facts.set.key(),
        body: ActionRequest {
            action,
            reason: None,
            expect: Expect { uid: facts.set.uid.clone(), generation: facts.set.generation },
        },
        user: "alice".to_owned(),
        caller: Caller::Panel,
        idempotency_key: None,
        dry_run: false,
    }
}

/// What a crash leaves of such a request, made at [`model::testing::now`].
pub(crate) fn pending(id: &str, facts: &Facts, action: Action) -> Entry {
    let request = request(facts, action);
    Entry {
        id: id.to_owned(),
        set: request.key,
        set_uid: facts.set.uid.clone(),
        user: request.user,
        acted_as: None,
        idempotency_key: None,
        request: request.body,
        summary: "did it".to_owned(),
        generation: facts.set.generation,
        at: model::testing::now(),
        outcome: Outcome::Pending,
        ended: None,
        result: None,
        error: None,
    }
}
