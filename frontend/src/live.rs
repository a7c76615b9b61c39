//! What the server says as it happens: the fleet, one watched set, the state of the watches.
//!
//! `GET sets` brings the fleet and its version; the one event stream of the tab brings what changed since. Each set has
//! a signal of its own, and one more tells that the order or membership may have changed: a change of one set renews one
//! row. What the messages mean is decided in [`feed`], which knows no browser.

use std::collections::HashMap;
use std::sync::Arc;

use leptos::prelude::*;
use model::set::SetKey;
use model::wire::{ClusterView, KindHealth, KindState, Problem, SetDetail, SetRow, Unrecorded};

pub mod away;
mod backoff;
mod connect;
pub mod events;
pub mod feed;
mod frame;
mod presence;
pub mod recorded;
mod run;
pub mod seats;
mod shown;
mod stream;

use crate::clock::Clock;
use crate::reactive::{ArcRwSignal, Effect, Memo, RwSignal};
use crate::session::Session;
use feed::Feed;
use frame::Frame;
pub use presence::{BEAT, SILENT_MS};
use seats::Seat;
use stream::Stream;

/// How the connection is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Nothing was heard yet.
    Starting,
    /// The stream is open.
    Live,
    /// The stream broke and is being opened again.
    Lost,
    /// Nobody looks at the tab: it has let go of its stream, or never had one.
    Paused,
}

/// The connection to the server. Times are the browser's, in ms since 1970.
#[derive(Clone, Debug, PartialEq)]
pub struct Connection {
    pub phase: Phase,
    /// When the server was heard last.
    pub heard: Option<f64>,
    /// When the stream broke (for [`Phase::Lost`]).
    pub lost: Option<f64>,
    /// When the next attempt is made (for [`Phase::Lost`]).
    pub retry: Option<f64>,
}

/// A connection that comes back within this time (ms) is not worth a word: the server ends streams now and then.
const GRACE_MS: f64 = 2_500.0;

impl Connection {
    /// Whether what the page shows may be old, at `now` (the browser's time in ms).
    pub fn is_old(&self, now: f64) -> bool {
        match self.phase {
            // Nobody sees a paused tab. When it is shown again it gets the same grace, so that nothing flickers.
            Phase::Starting | Phase::Live | Phase::Paused => false,
            Phase::Lost => self.lost.is_some_and(|l| now - l > GRACE_MS),
        }
    }
}

/// Whether the fleet is there.
#[derive(Clone, Debug, PartialEq)]
pub enum Loaded {
    No,
    Yes,
    /// The first answer was an error; it is tried again.
    Failed(Problem),
}

/// The live state of the tab. Cheap to copy; get it by [`use_live`].
#[derive(Clone, Copy)]
pub struct Live {
    /// How the connection is doing.
    pub connection: RwSignal<Connection>,
    /// The cluster and its watches, once known.
    pub cluster: RwSignal<Option<Arc<ClusterView>>>,
    /// The set watched by [`Live::watch_set`], once it is known.
    pub detail: RwSignal<Option<Arc<SetDetail>>>,
    /// Why the watched set cannot be shown (404 once it is gone).
    pub detail_problem: RwSignal<Option<Problem>>,
    /// Whether the fleet is there.
    pub loaded: RwSignal<Loaded>,
    /// Rises when membership, or anything that lists are ordered or filtered by, changed.
    index: RwSignal<u64>,
    /// Rises with every change of any row.
    changes: RwSignal<u64>,
    inner: StoredValue<Inner, LocalStorage>,
    clock: Clock,
    session: Session,
}

/// What is not reactive.
#[derive(Default)]
struct Inner {
    feed: Feed,
    frame: Frame,
    rows: HashMap<SetKey, ArcRwSignal<Arc<SetRow>>>,
    watched: Option<SetKey>,
    stream: Option<Stream>,
    /// Without one the stream is only opened now and then.
    seat: Option<Seat>,
    /// Failed attempts in a row.
    attempts: u32,
    /// Rises whenever a pending timer or answer is overtaken.
    epoch: u64,
    running: bool,
}

/// The live state of the tab.
///
/// # Panics
/// Outside the app's component tree.
pub fn use_live() -> Live {
    expect_context::<Live>()
}

impl Live {
    /// Puts the live state into context. [`Live::start`] begins.
    pub fn provide(clock: Clock, session: Session) -> Self {
        let live = Self {
            connection: RwSignal::new(Connection {
                phase: Phase::Starting,
                heard: None,
                lost: None,
                retry: None,
            }),
            cluster: RwSignal::new(None),
            detail: RwSignal::new(None),
            detail_problem: RwSignal::new(None),
            loaded: RwSignal::new(Loaded::No),
            index: RwSignal::new(0),
            changes: RwSignal::new(0),
            inner: StoredValue::new_local(Inner::default()),
            clock,
            session,
        };
        live.follow_visibility();
        provide_context(live);
        live
    }

    /// The row of a set, if there is such a set. Not tracked; the signal is.
    pub fn row(self, key: &SetKey) -> Option<ArcRwSignal<Arc<SetRow>>> {
        self.inner.with_value(|i| i.rows.get(key).cloned())
    }

    /// Looks at all rows. Tracked: renewed when membership or anything that lists are ordered or filtered by changed
    /// (see [`feed::same_place`]), not at every change of a row.
    pub fn with_rows<R>(self, f: impl FnOnce(&HashMap<SetKey, Arc<SetRow>>) -> R) -> R {
        self.index.track();
        self.inner.with_value(|i| f(i.feed.rows()))
    }

    /// Tracked: renewed whenever anything has happened to any set.
    pub fn follow(self) {
        self.changes.track();
    }

    /// Whether what the page shows may be old: the stream is broken for longer than a moment, or a watch behind it
    /// broke. Make one per page and read it where strips are to be greyed.
    pub fn stale(self) -> Memo<bool> {
        Memo::new(move |_| {
            let now = self.clock.local_ms();
            self.connection.with(|c| c.is_old(now)) || !self.lost_kinds().is_empty()
        })
    }

    /// Why no action can be sent now, in words; `None` while live. Tracked.
    pub fn offline_reason(self) -> Option<String> {
        match self.connection.with(|c| c.phase) {
            Phase::Live | Phase::Paused => None,
            Phase::Starting => Some("Connecting to the panel's server.".to_owned()),
            Phase::Lost => {
                let now = self.clock.local_ms();
                let old = self.connection.with(|c| c.is_old(now));
                old.then(|| "The connection is lost: this is what the page saw last.".to_owned())
            }
        }
    }

    /// Calls `what` whenever the connection stands again after it was lost, for as long as the calling component lives.
    pub fn on_return(self, what: impl Fn() + 'static) {
        let phase = Memo::new(move |_| self.connection.with(|c| c.phase));
        let lost = StoredValue::new(false);
        Effect::new(move |_| match phase.get() {
            Phase::Lost => lost.set_value(true),
            Phase::Live if lost.get_value() => {
                lost.set_value(false);
                what();
            }
            _ => {}
        });
    }

    /// The watches that broke. Tracked.
    pub fn lost_kinds(self) -> Vec<KindHealth> {
        self.kinds(KindState::Lost)
    }

    /// The kinds that the panel's account may not list. Tracked.
    pub fn forbidden_kinds(self) -> Vec<KindHealth> {
        self.kinds(KindState::NoAccess)
    }

    /// A kind that was not read yet, or not again since its watch broke. Tracked.
    pub fn unread_kind(self) -> Option<KindHealth> {
        let mut kinds = self.kinds(KindState::Starting);
        kinds.extend(self.kinds(KindState::Lost));
        kinds.into_iter().next()
    }

    /// That the history stands still, while it does. Tracked.
    pub fn unrecorded(self) -> Option<Unrecorded> {
        self.cluster.with(|c| c.as_ref()?.unrecorded.clone())
    }

    fn kinds(self, state: KindState) -> Vec<KindHealth> {
        self.cluster.with(|c| {
            c.iter().flat_map(|c| &c.kinds).filter(|k| k.state == state).cloned().collect()
        })
    }
}
