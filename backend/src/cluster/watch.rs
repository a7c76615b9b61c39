//! Watches: one task a kind (and a namespace, where namespaces are configured) that lists, watches, and starts over
//! whenever it has to.
//!
//! Not by the library's `watcher`: that one says neither when a broken watch is whole again nor when it last heard from
//! the API server, and waits before it lists anew after a 410. What a watch goes through:
//!
//! * **Listed** page by page, each object turned into a fact at once; then watched from there. Bookmarks keep the
//!   position fresh. The API server ends a watch after [`Options::renew_after`]; it is renewed at once, from where it
//!   was. That is also when a right that was withdrawn is noticed: Kubernetes checks it at the start of a watch.
//! * **410**: the position is too old; listed anew at once, without a word.
//! * **Broken, refused, no answer, 401**: `Lost` since the last good answer; tried again at once, then with growing
//!   pauses of a few seconds at most. A 401 also makes the connection read its credentials anew.
//! * **403**: `NoAccess`; asked again every few seconds, so that a right given back heals by itself.

mod backoff;
mod kinds;
mod report;
mod task;

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use self::kinds::{Claims, Pods, Revisions, Services, Sets};
use self::task::{Task, Watched};
use super::api::Connection;
use crate::clock::Clock;
use crate::live::{Change, Scope};

/// How to watch.
#[derive(Clone, Debug)]
pub struct Options {
    pub scope: Scope,
    /// The API server is asked to end each watch after this many seconds.
    pub renew_after: u32,
    /// A watch that the API server has not ended after this much longer is dead: the connection broke without a word. Until
    /// then the page would call old facts live, so both are short; a renewal goes on from where the watch was and costs the
    /// API server next to nothing.
    pub grace: Duration,
    /// The first pause after a failure; it doubles each time.
    pub pause: Duration,
    /// The longest pause.
    pub longest_pause: Duration,
    /// The pause while the right to list is missing.
    pub no_access_pause: Duration,
    /// How long a list (a page) or the start of a watch may take.
    pub answer_within: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            scope: Scope::All,
            renew_after: 20,
            grace: Duration::from_secs(5),
            pause: Duration::from_millis(200),
            longest_pause: Duration::from_secs(3),
            no_access_pause: Duration::from_secs(5),
            answer_within: Duration::from_secs(30),
        }
    }
}

/// Starts all watches. They end when `stop` is cancelled or nobody takes the changes any more; the tracker is closed
/// already, so that its `wait` returns then. A receiver that is slow slows the watches down, nothing is dropped.
pub fn start(
    connection: &Arc<Connection>,
    options: &Options,
    clock: &Clock,
    changes: &mpsc::Sender<Change>,
    stop: &CancellationToken,
) -> TaskTracker {
    fn one<W: Watched>(
        tracker: &TaskTracker,
        stop: &CancellationToken,
        make: impl FnOnce() -> Task<W>,
    ) {
        let (task, stop) = (make(), stop.clone());
        tracker.spawn(async move {
            let _ = stop.run_until_cancelled_owned(task.run()).await;
        });
    }

    let tracker = TaskTracker::new();
    for namespace in options.scope.parts() {
        one::<Sets>(&tracker, stop, || {
            Task::new(connection, options, clock, changes, namespace.clone())
        });
        one::<Pods>(&tracker, stop, || {
            Task::new(connection, options, clock, changes, namespace.clone())
        });
        one::<Claims>(&tracker, stop, || {
            Task::new(connection, options, clock, changes, namespace.clone())
        });
        one::<Revisions>(&tracker, stop, || {
            Task::new(connection, options, clock, changes, namespace.clone())
        });
        one::<Services>(&tracker, stop, || {
            Task::new(connection, options, clock, changes, namespace.clone())
        });
    }
    tracker.close();
    tracker
}

#[cfg(test)]
mod tests;
