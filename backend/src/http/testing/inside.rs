//! What stands in the place of single pods.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use bytes::Bytes;
use jiff::Timestamp;
use model::pod::Phase;
use model::wire::{PodDetail, PodEvent, PodEvents, PodNode};
use serde_json::Value;
use tokio::sync::{Semaphore, mpsc};
use tokio_stream::wrappers::UnboundedReceiverStream;

use crate::cluster::inside::{
    About, Exec, ExecError, Inside, LogError, LogOptions, LogStream, OwnedPod, Ran, Whole,
};
use crate::cluster::{ApiError, ApiErrorKind, Caller};

/// Pods that a test put there.
#[derive(Default)]
pub(crate) struct FakeInside(Mutex<Kept>);

#[derive(Default)]
struct Kept {
    pods: HashMap<String, OwnedPod>,
    events: Vec<PodEvent>,
    /// By name.
    manifests: HashMap<String, Value>,
    /// By what is asked for: `pods`, `events`, `nodes`, `manifest`.
    refused: HashMap<&'static str, ApiError>,
    callers: Vec<Caller>,
    /// By pod; what is asked for more often fails.
    logs: HashMap<String, VecDeque<Result<LogStream, LogError>>>,
    wanted: Vec<LogOptions>,
    /// By pod.
    answers: HashMap<String, Result<Ran, ExecError>>,
    run: Vec<(String, Exec)>,
    gate: Option<Arc<Semaphore>>,
}

/// 403 in the words of an API server.
pub(crate) fn forbidden() -> ApiError {
    ApiError {
        kind: ApiErrorKind::Forbidden,
        code: 403,
        reason: "Forbidden".into(),
        message: "User \"vera\" cannot do it".into(),
    }
}

impl FakeInside {
    /// A pod on the node b1.
    pub(crate) fn pod(&self, set_uid: &str, name: &str) {
        let detail = PodDetail {
            now: Timestamp::UNIX_EPOCH,
            namespace: "shop".into(),
            name: name.into(),
            uid: format!("uid-{name}"),
            ordinal: None,
            revision: String::new(),
            created: Timestamp::UNIX_EPOCH,
            deleting: None,
            phase: Phase::Running,
            reason: None,
            message: None,
            started: None,
            ips: Vec::new(),
            qos: None,
            service_account: None,
            grace_seconds: None,
            conditions: Vec::new(),
            containers: Vec::new(),
            default_container: "app".into(),
            claims: Vec::new(),
            node: Some(PodNode {
                name: "b1".into(),
                zone: None,
                ready: None,
                cordoned: false,
                unread: None,
            }),
            events: PodEvents::default(),
        };
        let owned = OwnedPod { set_uid: set_uid.into(), detail };
        self.0.lock().unwrap().pods.insert(name.into(), owned);
    }

    /// What the API server has of the set or pod of this name.
    pub(crate) fn manifest(&self, name: &str, object: Value) {
        self.0.lock().unwrap().manifests.insert(name.into(), object);
    }

    pub(crate) fn event(&self, reason: &str) {
        let event = PodEvent {
            at: Timestamp::UNIX_EPOCH,
            first: Timestamp::UNIX_EPOCH,
            count: 2,
            warning: true,
            reason: reason.into(),
            message: String::new(),
            source: "kubelet".into(),
            container: None,
        };
        self.0.lock().unwrap().events.push(event);
    }

    /// Answers so to whoever asks for `what`.
    pub(crate) fn refuse(&self, what: &'static str, error: ApiError) {
        self.0.lock().unwrap().refused.insert(what, error);
    }

    /// The answer to the next question for the log of a pod: these pieces.
    pub(crate) fn log(&self, pod: &str, pieces: &[&str]) {
        let pieces: Vec<_> =
            pieces.iter().map(|p| Ok(Bytes::copy_from_slice(p.as_bytes()))).collect();
        self.log_answer(pod, Ok(Box::pin(futures::stream::iter(pieces))));
    }

    /// The same, and the test says how it goes on.
    pub(crate) fn open_log(&self, pod: &str) -> mpsc::UnboundedSender<Result<Bytes, ApiError>> {
        let (tell, told) = mpsc::unbounded_channel();
        self.log_answer(pod, Ok(Box::pin(UnboundedReceiverStream::new(told))));
        tell
    }

    pub(crate) fn log_answer(&self, pod: &str, answer: Result<LogStream, LogError>) {
        self.0.lock().unwrap().logs.entry(pod.into()).or_default().push_back(answer);
    }

    /// What was wanted of logs.
    pub(crate) fn wanted(&self) -> Vec<LogOptions> {
        self.0.lock().unwrap().wanted.clone()
    }

    /// What the pod answers to any command.
    pub(crate) fn answers(&self, pod: &str, answer: Result<Ran, ExecError>) {
        self.0.lock().unwrap().answers.insert(pod.into(), answer);
    }

    /// What was run, where.
    pub(crate) fn run(&self) -> Vec<(String, Exec)> {
        let mut run = self.0.lock().unwrap().run.clone();
        run.sort_by(|a, b| a.0.cmp(&b.0));
        run
    }

    /// From now on each command waits for a permit of this gate.
    pub(crate) fn gate(&self) -> Arc<Semaphore> {
        let gate = Arc::new(Semaphore::new(0));
        self.0.lock().unwrap().gate = Some(gate.clone());
        gate
    }

    /// As whom it was asked.
    pub(crate) fn callers(&self) -> Vec<Caller> {
        self.0.lock().unwrap().callers.clone()
    }

    fn ask(&self, what: &str, caller: &Caller) -> Result<(), ApiError> {
        let mut kept = self.0.lock().unwrap();
        kept.callers.push(caller.clone());
        kept.refused.get(what).cloned().map_or(Ok(()), Err)
    }
}

#[async_trait]
impl Inside for FakeInside {
    async fn read_pod(
        &self,
        caller: &Caller,
        _: &str,
        pod: &str,
    ) -> Result<Option<OwnedPod>, ApiError> {
        self.ask("pods", caller)?;
        Ok(self.0.lock().unwrap().pods.get(pod).cloned())
    }

    async fn manifest(
        &self,
        caller: &Caller,
        _: &str,
        of: Whole<'_>,
    ) -> Result<Option<Value>, ApiError> {
        self.ask("manifest", caller)?;
        let (Whole::Set(name) | Whole::Pod(name)) = of;
        Ok(self.0.lock().unwrap().manifests.get(name).cloned())
    }

    async fn events(&self, caller: &Caller, _: &str, of: About<'_>) -> Result<PodEvents, ApiError> {
        self.ask("events", caller)?;
        let mut items = self.0.lock().unwrap().events.clone();
        if let About::Set(uid) = of {
            for event in &mut items {
                event.message = format!("of set {uid}");
            }
        }
        Ok(PodEvents { items, more: false, unread: None })
    }

    async fn read_node(&self, caller: &Caller, name: &str) -> Result<Option<PodNode>, ApiError> {
        self.ask("nodes", caller)?;
        Ok(Some(PodNode {
            name: name.into(),
            zone: Some("eu-1a".into()),
            ready: Some(true),
            cordoned: false,
            unread: None,
        }))
    }

    async fn log(
        &self,
        caller: &Caller,
        _: &str,
        pod: &str,
        options: &LogOptions,
    ) -> Result<LogStream, LogError> {
        self.ask("pods/log", caller)?;
        let mut kept = self.0.lock().unwrap();
        kept.wanted.push(options.clone());
        let told = kept.logs.get_mut(pod).and_then(VecDeque::pop_front);
        told.unwrap_or_else(|| Err(LogError::NotYet("nothing was put there".into())))
    }

    async fn exec(
        &self,
        caller: &Caller,
        _: &str,
        pod: &str,
        exec: &Exec,
    ) -> Result<Ran, ExecError> {
        let gate = self.0.lock().unwrap().gate.clone();
        self.0.lock().unwrap().run.push((pod.to_owned(), exec.clone()));
        if let Some(gate) = gate {
            gate.acquire().await.unwrap().forget();
        }
        self.ask("pods/exec", caller)?;
        let told = self.0.lock().unwrap().answers.get(pod).cloned();
        told.unwrap_or_else(|| Err(ExecError::NotRunning("nothing was put there".into())))
    }
}
