//! The same command on every ordinal of a set: only commands that the configuration names, as the user, bounded in time and
//! output, and recorded with what was run where and how it ended, never with what it wrote.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use futures::StreamExt as _;
use futures::stream;
use jiff::Timestamp;
use model::answers;
use model::set::SetKey;
use model::wire::{CommandAnswer, CommandRun, CommandView, Unread};
use tokio::time::Instant;

use crate::clock::Clock;
use crate::cluster::inside::{Exec, ExecError, Inside};
use crate::cluster::{ApiError, ApiErrorKind, Caller};

/// How long one pod has to answer.
pub const TIME: Duration = Duration::from_secs(10);
/// How long all of them have together: less than a request may take.
const TOGETHER: Duration = Duration::from_secs(25);
/// Bytes that are kept of each output of each pod.
pub const BYTES: usize = 64 * 1024;
/// Pods of one run.
pub const PODS: usize = 100;
/// Pods that are asked at a time.
const AT_ONCE: usize = 16;

/// A run, already authenticated and allowed by the panel's roles.
#[derive(Clone, Debug)]
pub struct Run {
    pub key: SetKey,
    pub set_uid: String,
    /// Name of a configured command.
    pub command: String,
    pub container: Option<String>,
    /// Ordinals and names.
    pub pods: Vec<(u32, String)>,
    /// The panel's user, for the history.
    pub user: String,
    /// As whom it reaches the cluster.
    pub caller: Caller,
}

/// Why nothing was run, or is not told.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    #[error("no command {0} is configured")]
    NoSuchCommand(String),
    /// The same user runs the same command on the same set at this moment.
    #[error("{0} runs already")]
    UnderWay(String),
    /// It was run; without a record nobody gets to see the answers.
    #[error("it was run, but could not be recorded: {0}")]
    Unrecorded(String),
}

/// What the history keeps of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    pub set: SetKey,
    pub set_uid: String,
    pub user: String,
    pub command: String,
    pub at: Timestamp,
    /// Without the actor.
    pub sentence: String,
    /// Ordinals with their exit codes; `None` where there is none.
    pub exits: Vec<(u32, Option<i32>)>,
}

/// Where runs are recorded.
#[async_trait]
pub trait CommandLog: Send + Sync {
    /// Writes it durably before returning.
    async fn ran(&self, record: &Record) -> anyhow::Result<()>;
}

type Turn = (String, SetKey, String);

/// The use case "run a command on every ordinal".
#[derive(Clone)]
pub struct Commands {
    inside: Arc<dyn Inside>,
    log: Arc<dyn CommandLog>,
    allowed: Arc<[CommandView]>,
    clock: Clock,
    under_way: Arc<Mutex<HashSet<Turn>>>,
}

/// A run under way; dropping it lets the next one in.
struct Turnstile {
    under_way: Arc<Mutex<HashSet<Turn>>>,
    turn: Turn,
}

impl Drop for Turnstile {
    fn drop(&mut self) {
        self.under_way.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.turn);
    }
}

impl Commands {
    pub fn new(
        inside: Arc<dyn Inside>,
        log: Arc<dyn CommandLog>,
        allowed: Vec<CommandView>,
        clock: Clock,
    ) -> Self {
        Self { inside, log, allowed: allowed.into(), clock, under_way: Arc::default() }
    }

    /// What may be run.
    pub fn allowed(&self) -> &[CommandView] {
        &self.allowed
    }

    fn enter(&self, run: &Run) -> Result<Turnstile, RunError> {
        let turn = (run.user.clone(), run.key.clone(), run.command.clone());
        let mut under_way = self.under_way.lock().unwrap_or_else(PoisonError::into_inner);
        if !under_way.insert(turn.clone()) {
            return Err(RunError::UnderWay(run.command.clone()));
        }
        Ok(Turnstile { under_way: Arc::clone(&self.under_way), turn })
    }

    /// Runs it on all pods and compares.
    ///
    /// # Errors
    /// Nothing was run, except where it could not be recorded. What fails on one pod is part of the answer.
    pub async fn run(&self, run: Run) -> Result<CommandRun, RunError> {
        let named = self.allowed.iter().find(|c| c.name == run.command);
        let named = named.ok_or_else(|| RunError::NoSuchCommand(run.command.clone()))?;
        let _turn = self.enter(&run)?;
        let at = self.clock.now();
        let until = Instant::now() + TOGETHER;
        // Collected first: a stream of closures that borrow is more than the compiler can prove to be `Send`.
        let asked: Vec<_> = run
            .pods
            .iter()
            .map(|(ordinal, pod)| self.ask(&run, &named.argv, *ordinal, pod, until))
            .collect();
        let answers: Vec<CommandAnswer> =
            stream::iter(asked).buffer_unordered(AT_ONCE).collect().await;
        let compared = answers::compare(&run.key.name, answers);
        let record = Record {
            sentence: answers::recorded(&run.key.name, &run.command, &compared.answers),
            exits: compared.answers.iter().map(|a| (a.ordinal, a.exit_code)).collect(),
            set: run.key,
            set_uid: run.set_uid,
            user: run.user,
            command: run.command,
            at,
        };
        tracing::info!(
            user = record.user,
            acted_as = ?run.caller,
            set = %record.set,
            "{}",
            record.sentence
        );
        self.log.ran(&record).await.map_err(|e| RunError::Unrecorded(format!("{e:#}")))?;
        Ok(CommandRun {
            command: named.name.clone(),
            argv: named.argv.clone(),
            at,
            agree: compared.agree,
            sentence: compared.sentence,
            groups: compared.groups,
            answers: compared.answers,
        })
    }

    /// Asks one pod.
    async fn ask(
        &self,
        run: &Run,
        argv: &[String],
        ordinal: u32,
        pod: &str,
        until: Instant,
    ) -> CommandAnswer {
        let began = Instant::now();
        let bare = CommandAnswer { pod: pod.to_owned(), ordinal, ..CommandAnswer::default() };
        let time = until.saturating_duration_since(began).min(TIME);
        if time.is_zero() {
            let says = "The time for all pods was over before its turn came.";
            return CommandAnswer { unanswered: Some(unread("timeout", says)), ..bare };
        }
        let namespace = run.key.namespace.as_str();
        let container = match &run.container {
            Some(named) => Some(named.clone()),
            None => match self.inside.read_pod(&run.caller, namespace, pod).await {
                Ok(Some(found)) => Some(found.detail.default_container),
                // Where the pod may not be read, the API server chooses.
                Err(e) if e.kind == ApiErrorKind::Forbidden => None,
                Ok(None) => {
                    let gone = unread("no-such-part", &format!("{pod} is not there any more."));
                    return CommandAnswer { unanswered: Some(gone), ..bare };
                }
                Err(e) => return CommandAnswer { unanswered: Some(of_cluster(&e)), ..bare },
            },
        };
        let bare = CommandAnswer { container: container.clone().unwrap_or_default(), ..bare };
        let exec = Exec { container, argv: argv.to_vec(), time, bytes: BYTES };
        let ran = self.inside.exec(&run.caller, namespace, pod, &exec).await;
        let took_ms = u32::try_from(began.elapsed().as_millis()).unwrap_or(u32::MAX);
        let answer = CommandAnswer { took_ms, ..bare };
        match ran {
            Ok(ran) => CommandAnswer {
                exit_code: ran.exit_code,
                stdout: ran.stdout,
                stderr: ran.stderr,
                cut: ran.cut,
                ..answer
            },
            Err(error) => CommandAnswer { unanswered: Some(why(&error, time)), ..answer },
        }
    }
}

fn unread(code: &str, says: &str) -> Unread {
    Unread { code: code.to_owned(), says: says.to_owned() }
}

fn why(error: &ExecError, time: Duration) -> Unread {
    match error {
        ExecError::Timeout => unread(
            "timeout",
            &format!(
                "It did not end within {} s. Nobody waits for it any longer; it may go on in its container.",
                time.as_secs().max(1)
            ),
        ),
        ExecError::NoSuchContainer(says) => unread("no-such-part", &sentence(says)),
        ExecError::NotRunning(says) => {
            unread("not-running", &format!("The container does not run: {}", sentence(says)))
        }
        ExecError::NotStarted(says) => {
            unread("not-started", &format!("It could not be started: {}", sentence(says)))
        }
        ExecError::BrokeOff(says) => {
            unread("broke-off", &format!("How it ended is not known: {}", sentence(says)))
        }
        ExecError::Api(error) => of_cluster(error),
    }
}

fn of_cluster(error: &ApiError) -> Unread {
    let says = sentence(&error.message);
    match error.kind {
        ApiErrorKind::Forbidden => {
            unread("no-access", &format!("The cluster does not permit it: {says}"))
        }
        ApiErrorKind::NotFound => unread("no-such-part", &says),
        ApiErrorKind::Unreachable => {
            unread("cluster-unreachable", &format!("The API server did not answer: {says}"))
        }
        _ => unread("cluster-error", &says),
    }
}

/// With one full stop.
fn sentence(says: &str) -> String {
    format!("{}.", says.trim_end_matches(['.', '\n']))
}
