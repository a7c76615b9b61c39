//! The task that writes the history: takes changes in their order, groups what has come meanwhile into one transaction (each costs
//! an fsync), and catches up after a gap. What a set was last known to be is written with its events, so that after a
//! crash nothing is lost and nothing doubled.
//!
//! While nothing can be written the queue fills up to its end. From then on only how each set is last is kept, and what
//! happened in between is a gap.

mod desk;
mod flood;

use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures::FutureExt as _;
use jiff::Timestamp;
use model::facts::Facts;
use model::pace::Pace;
use model::row::Hands;
use model::status::Status;
use model::wire::Unrecorded;
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinHandle;

use super::credit::Credit;
use super::ledger::Ledger;
use crate::clock::Clock;
use crate::live::Changed;
use desk::Desk;
use flood::Flood;

/// Told who had a hand in the set with this uid, once that is written.
pub type Handed = Arc<dyn Fn(&str, Hands) + Send + Sync>;

/// Told how long restarts of the set with this uid took, once that is written.
pub type Paced = Arc<dyn Fn(&str, Pace) + Send + Sync>;

/// Who is told what the history knows.
#[derive(Clone)]
pub struct News {
    pub hands: Handed,
    pub pace: Paced,
}

impl Default for News {
    /// Nobody.
    fn default() -> Self {
        Self { hands: Arc::new(|_, _| {}), pace: Arc::new(|_, _| {}) }
    }
}

/// Where it is said since when nothing is recorded, and why; `None` while all is well.
pub type Standing = watch::Sender<Option<Unrecorded>>;

/// All is well.
pub fn standing() -> (Standing, watch::Receiver<Option<Unrecorded>>) {
    watch::channel(None)
}

/// Which sets a fresh list tells of. A set outside it that is not listed is not gone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scope {
    All,
    Namespaces(Vec<String>),
}

impl Scope {
    fn holds(&self, namespace: &str) -> bool {
        match self {
            Self::All => true,
            Self::Namespaces(all) => all.iter().any(|n| n == namespace),
        }
    }
}

/// A set as a complete look finds it.
#[derive(Clone, Debug)]
pub struct Judged {
    pub facts: Arc<Facts>,
    pub status: Option<Status>,
}

/// How many messages wait at most.
const QUEUE: usize = 8_192;
/// How many messages are taken into one transaction at most.
const GROUP: usize = 256;
/// How often it is noted that the panel looks although nothing happens: a crash loses no more than this of that knowledge.
const HEARTBEAT: Duration = Duration::from_secs(5);

enum Message {
    CatchUp {
        at: Timestamp,
        sets: Vec<Judged>,
        scope: Scope,
    },
    Changed(Box<Changed>),
    Template {
        hash: String,
        template: String,
    },
    Lost {
        at: Timestamp,
    },
    Gap {
        from: Timestamp,
        to: Timestamp,
    },
    /// More happened than could wait: of what was between these times only the end is known.
    Skipped {
        from: Timestamp,
        to: Timestamp,
    },
    /// Somebody brought everything back to its beginning.
    Anew {
        at: Timestamp,
        sets: Vec<Arc<Facts>>,
        by: Credit,
    },
    Flush(oneshot::Sender<()>),
}

/// The way into the history. Cheap to clone; once the last one is dropped, the task writes what is left and ends.
#[derive(Clone)]
pub struct Recorder {
    messages: mpsc::Sender<Message>,
    /// What comes while the queue is full. Whoever sends holds it, so that the order stays.
    flood: Arc<Mutex<Option<Flood>>>,
}

impl Recorder {
    /// Reads what was last known and starts the task.
    ///
    /// # Errors
    /// If the ledger cannot be read.
    pub async fn start(
        ledger: Arc<dyn Ledger>,
        clock: Clock,
        news: News,
        standing: Standing,
    ) -> anyhow::Result<(Self, JoinHandle<()>)> {
        let desk = Desk::new(ledger, clock.clone(), news, standing.clone()).await?;
        let (messages, inbox) = mpsc::channel(QUEUE);
        let flood = Arc::default();
        let running = AssertUnwindSafe(run(desk, inbox, Arc::clone(&flood))).catch_unwind();
        let task = tokio::spawn(async move {
            if running.await.is_err() {
                say_that_it_fell(&standing, clock.now());
            }
        });
        Ok((Self { messages, flood }, task))
    }

    fn send(&self, message: Message) {
        let mut flood = self.flood.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(flood) = flood.as_mut() {
            return flood.add(message);
        }
        match self.messages.try_send(message) {
            Ok(()) => {}
            Err(TrySendError::Full(message)) => {
                tracing::error!("too much waits to be recorded: of each set only the last is kept");
                flood.get_or_insert_default().add(message);
            }
            // The task ends only after the last sender, or by a panic that has been logged.
            Err(TrySendError::Closed(_)) => {
                tracing::error!("the history is not recorded any more: its task has ended");
            }
        }
    }

    /// The first complete look: call it once all kinds are listed. What differs from what was last known happened
    /// while the panel did not look. Changes sent before are ignored, since these facts contain them: do not send any.
    pub fn catch_up(&self, at: Timestamp, sets: Vec<Judged>, scope: Scope) {
        self.send(Message::CatchUp { at, sets, scope });
    }

    /// Everything that was known was replaced by these sets at once, by this person: one event a set, with the same action id,
    /// in place of all that it looks like.
    pub fn begin_anew(&self, at: Timestamp, sets: Vec<Arc<Facts>>, by: Credit) {
        self.send(Message::Anew { at, sets, by });
    }

    /// A set changed. Never blocks: facts are shared, what waits is taken in groups, and has an end.
    pub fn changed(&self, changed: Changed) {
        self.send(Message::Changed(Box::new(changed)));
    }

    /// The bytes of a template, by the hash of its ControllerRevision.
    pub fn template(&self, hash: String, template: String) {
        self.send(Message::Template { hash, template });
    }

    /// A watch broke; its last good answer was at this time.
    pub fn lost(&self, at: Timestamp) {
        self.send(Message::Lost { at });
    }

    /// The watch is back: nobody looked from `from` to `to`. Call it before the changes that the fresh list brings; those
    /// with a time up to `to` count as found afterwards.
    pub fn gap(&self, from: Timestamp, to: Timestamp) {
        self.send(Message::Gap { from, to });
    }

    /// Returns once all that was sent before is written.
    pub async fn flush(&self) {
        let (done, written) = oneshot::channel();
        self.send(Message::Flush(done));
        // An error means that the task has ended, which `send` has logged.
        let _ = written.await;
    }
}

/// A panic of the recorder has been logged; without this the page would go on as if all were recorded.
fn say_that_it_fell(standing: &Standing, at: Timestamp) {
    standing.send_modify(|standing| {
        standing.get_or_insert_with(|| Unrecorded {
            since: at,
            reason: "The history stopped by an error of its own, which the log tells. It goes on when the server is started again."
                .to_owned(),
        });
    });
}

async fn run(mut desk: Desk, mut inbox: mpsc::Receiver<Message>, flood: Arc<Mutex<Option<Flood>>>) {
    let mut messages = Vec::with_capacity(GROUP);
    let mut heartbeat = tokio::time::interval(HEARTBEAT);
    heartbeat.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            n = inbox.recv_many(&mut messages, GROUP) => {
                if n == 0 {
                    break;
                }
                desk.take(messages.drain(..)).await;
                if let Some(rest) = ebbed(&inbox, &flood) {
                    desk.take(rest.into_messages().into_iter()).await;
                }
            }
            () = until(desk.next_due()) => desk.wait_no_more(false).await,
            _ = heartbeat.tick() => desk.beat().await,
        }
    }
    desk.wait_no_more(true).await;
    desk.beat().await;
}

async fn until(due: Option<tokio::time::Instant>) {
    match due {
        Some(due) => tokio::time::sleep_until(due).await,
        None => std::future::pending().await,
    }
}

/// What did not fit, once everything before it is taken. From then on the queue is used again.
fn ebbed(inbox: &mpsc::Receiver<Message>, flood: &Mutex<Option<Flood>>) -> Option<Flood> {
    let mut flood = flood.lock().unwrap_or_else(PoisonError::into_inner);
    if inbox.is_empty() { flood.take() } else { None }
}
