//! The events of one stream: publications of the index, as far as its user may see them.

use std::convert::Infallible;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::response::sse::Event;
use futures::Stream;
use model::set::SetKey;
use model::wire::{Held, Unrecorded};
use serde_json::json;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::{RecvError, TryRecvError};
use tokio::sync::watch;
use tokio::time::{Instant, Interval, MissedTickBehavior, interval_at, sleep, sleep_until};
use tower_sessions::Session;

use self::delta::Delta;
use crate::http::detail;
use crate::http::problem::ApiProblem;
use crate::http::sight::{self, Kinds, Sight};
use crate::http::state::AppState;
use crate::http::streams::Seat;
use crate::identity::User;
use crate::live::Publication;

mod delta;
mod rights;

/// A stream with nothing to say says so this often: proxies close silent connections, the page shows their age, and tells by it that a
/// server has come to a halt without closing anything.
pub(super) const BEAT: Duration = Duration::from_secs(5);

/// A stream that has just told something collects for this long, times the streams that are open, before it tells more: each
/// message costs a system call and a packet, and a busy fleet would keep the processors with that alone. The first message
/// after a silence goes out at once.
const PACE: Duration = Duration::from_micros(100);
/// And never for longer than this.
const SLOWEST: Duration = Duration::from_millis(100);

/// How long after a change of the watched set its history is read again: the recorder writes after the change was published.
const LOOK_AGAIN: [Duration; 4] = [
    Duration::from_millis(250),
    Duration::from_secs(1),
    Duration::from_secs(4),
    Duration::from_secs(16),
];

/// Who reads, what, and from where on.
pub(super) struct Viewer {
    pub(super) state: AppState,
    pub(super) user: User,
    /// By which the user is found again, with the roles they have then.
    pub(super) session: Session,
    pub(super) sight: Sight,
    /// The set of `?set=`, and what may be seen of it.
    pub(super) watched: Option<(Kinds, SetKey)>,
    /// The version at which the reader stands; `None` begins with what comes next.
    pub(super) since: Option<u64>,
    pub(super) seat: Seat,
}

/// What happened next.
enum Next {
    Stop,
    SessionEnded,
    Old,
    Recheck,
    Beat,
    LookAgain,
    News(Box<Delta>),
    /// The history stands still, or goes on again.
    Standing,
    Missed,
}

/// The stream. `ended` completes when the session ends.
pub(super) fn events(
    viewer: Viewer,
    ended: impl Future<Output = ()> + Send + 'static,
) -> impl Stream<Item = Result<Event, Infallible>> + Send {
    async_stream::stream! {
        let mut reader = Reader::new(viewer);
        let mut ended = pin!(ended);
        // Headers go out with the first byte, so that the browser knows at once that the stream stands.
        yield Ok(reader.greeting());
        for event in reader.catch_up().await {
            yield Ok(event);
        }
        loop {
            let next = reader.next(ended.as_mut()).await;
            let (events, last) = reader.react(next).await;
            for event in events {
                yield Ok(event);
            }
            if last {
                break;
            }
        }
    }
}

struct Reader {
    viewer: Viewer,
    publications: Receiver<Arc<Publication>>,
    standing: watch::Receiver<Option<Unrecorded>>,
    /// Everything up to this version was said.
    seen: u64,
    /// When something was said last.
    spoke: Instant,
    /// Until when news is collected.
    collects: Instant,
    ends: Instant,
    recheck: Interval,
    /// The detail said last, and how often the history was looked at since.
    said: Option<(Option<Held>, Option<Vec<model::diff::Change>>)>,
    looks: usize,
    look_at: Option<Instant>,
}

impl Reader {
    fn new(viewer: Viewer) -> Self {
        // Subscribe first, then read: what happens in between comes twice and is skipped by its version.
        let publications = viewer.state.live.subscribe();
        let mut standing = viewer.state.unrecorded.clone();
        standing.mark_unchanged();
        let now = Instant::now();
        let limits = viewer.state.limits;
        let mut recheck = interval_at(now + limits.recheck, limits.recheck);
        recheck.set_missed_tick_behavior(MissedTickBehavior::Delay);
        Self {
            seen: viewer.since.unwrap_or_else(|| viewer.state.live.version()),
            publications,
            standing,
            spoke: now,
            collects: now,
            ends: now + limits.stream_age,
            recheck,
            said: None,
            looks: 0,
            look_at: None,
            viewer,
        }
    }

    /// Says how soon to come back after a break; spread, so that the tabs of a restarted server do not come together.
    fn greeting(&self) -> Event {
        let spread = (self.viewer.state.streams.open() as u64 * 97) % 2_000;
        Event::default().retry(Duration::from_millis(1_000 + spread)).comment("live")
    }

    /// What was published after the version at which the reader stands.
    async fn catch_up(&mut self) -> Vec<Event> {
        let Some(since) = self.viewer.since else { return self.opening_detail().await };
        match self.viewer.state.live.since(since) {
            Some(missed) => {
                let mut delta = Delta::default();
                for publication in &missed {
                    delta.add(publication);
                }
                self.tell(delta).await
            }
            None => vec![self.reset()],
        }
    }

    /// A reader that does not say where it stands gets the watched set as it is.
    async fn opening_detail(&mut self) -> Vec<Event> {
        self.detail(true).await.into_iter().collect()
    }

    async fn next(&mut self, ended: std::pin::Pin<&mut impl Future<Output = ()>>) -> Next {
        let look_at = self.look_at;
        let look_again = async {
            match look_at {
                Some(at) => sleep_until(at).await,
                None => std::future::pending().await,
            }
        };
        let (collects, publications) = (self.collects, &mut self.publications);
        let news = async {
            sleep_until(collects).await;
            publications.recv().await
        };
        tokio::select! {
            biased;
            () = self.viewer.state.shutdown.cancelled() => Next::Stop,
            () = ended => Next::SessionEnded,
            got = news => match got {
                Ok(first) => self.drain(&first),
                Err(RecvError::Lagged(_)) => Next::Missed,
                // The index is gone, which only happens while everything stops.
                Err(RecvError::Closed) => Next::Stop,
            },
            Ok(()) = self.standing.changed() => Next::Standing,
            () = look_again => Next::LookAgain,
            _ = self.recheck.tick() => Next::Recheck,
            () = sleep(BEAT.saturating_sub(self.spoke.elapsed())) => Next::Beat,
            () = sleep_until(self.ends) => Next::Old,
        }
    }

    /// Takes along what has come meanwhile: one event for a burst.
    fn drain(&mut self, first: &Publication) -> Next {
        let mut delta = Delta::after(self.seen);
        delta.add(first);
        loop {
            match self.publications.try_recv() {
                Ok(publication) => delta.add(&publication),
                Err(TryRecvError::Lagged(_)) => return Next::Missed,
                Err(TryRecvError::Empty | TryRecvError::Closed) => {
                    return Next::News(Box::new(delta));
                }
            }
        }
    }

    /// The events to send, and whether they are the last ones.
    async fn react(&mut self, next: Next) -> (Vec<Event>, bool) {
        let bye = |reason: &str| {
            Event::default().event("bye").data(json!({ "reason": reason }).to_string())
        };
        let events = match next {
            Next::Stop => return (vec![bye("shutdown")], true),
            Next::SessionEnded => return (vec![bye("session-ended")], true),
            Next::Old => return (Vec::new(), true),
            Next::Missed => vec![self.reset()],
            Next::News(delta) => {
                let events = self.tell(*delta).await;
                if !events.is_empty() {
                    self.collects = Instant::now() + self.pace();
                }
                events
            }
            Next::Recheck if self.is_over().await => return (vec![bye("session-ended")], true),
            Next::Recheck => self.look_at_rights().await,
            Next::Standing => vec![self.cluster().await],
            Next::LookAgain => self.detail(false).await.into_iter().collect(),
            Next::Beat => vec![self.beat()],
        };
        if !events.is_empty() {
            self.spoke = Instant::now();
        }
        (events, false)
    }

    fn pace(&self) -> Duration {
        let open = u32::try_from(self.viewer.state.streams.open()).unwrap_or(u32::MAX);
        PACE.saturating_mul(open).min(SLOWEST)
    }

    fn beat(&self) -> Event {
        let now = self.viewer.state.clock.now();
        let data = json!({ "version": self.seen, "now": now }).to_string();
        Event::default().event("beat").id(self.seen.to_string()).data(data)
    }

    fn reset(&mut self) -> Event {
        // Whatever is still in the queue is part of what the reader asks for now; left there, it would make it lag again.
        self.publications = self.viewer.state.live.subscribe();
        self.seen = self.viewer.state.live.version();
        let data = json!({ "version": self.seen }).to_string();
        Event::default().event("reset").id(self.seen.to_string()).data(data)
    }

    async fn tell(&mut self, delta: Delta) -> Vec<Event> {
        if delta.version() <= self.seen {
            return Vec::new();
        }
        self.seen = delta.version();
        let mut events = Vec::new();
        match self.rows(&delta).await {
            Ok(rows) => events.extend(rows),
            // What may be seen of a namespace cannot be found out now. The reader asks for the fleet and is told why.
            Err(_) => return vec![self.reset()],
        }
        if delta.health() {
            events.push(self.cluster().await);
        }
        let touched = self.viewer.watched.as_ref().is_some_and(|(_, key)| delta.touches(key));
        if touched {
            events.extend(self.detail(true).await);
        }
        events
    }

    async fn cluster(&mut self) -> Event {
        let Viewer { state, user, sight, .. } = &mut self.viewer;
        let view = sight.cluster(state, user).await;
        Event::default().event("cluster").data(sight::to_json(&view))
    }

    /// Rows and departures that the user may see, put together from the shared JSON.
    async fn rows(&mut self, delta: &Delta) -> Result<Option<Event>, ApiProblem> {
        let Viewer { state, user, sight, .. } = &mut self.viewer;
        let mut rows = String::from("[");
        for row in delta.rows() {
            let look = sight.look(state, user, &row.row.namespace).await?;
            sight::push_row(&mut rows, row, look);
        }
        let mut gone = Vec::new();
        for key in delta.gone() {
            if sight.look(state, user, &key.namespace).await?.sets {
                gone.push(key);
            }
        }
        if rows.len() == 1 && gone.is_empty() {
            return Ok(None);
        }
        let (version, now, gone) = (self.seen, state.clock.now(), sight::to_json(&gone));
        let data = format!(r#"{{"version":{version},"now":"{now}","rows":{rows}],"gone":{gone}}}"#);
        Ok(Some(Event::default().event("rows").id(version.to_string()).data(data)))
    }

    /// The watched set, if it is there. Without `changed` only if its history has caught up meanwhile.
    async fn detail(&mut self, changed: bool) -> Option<Event> {
        let (kinds, key) = self.viewer.watched.as_ref()?;
        self.looks = if changed { 0 } else { self.looks + 1 };
        self.look_at = LOOK_AGAIN.get(self.looks).map(|wait| Instant::now() + *wait);
        let detail = detail::build(&self.viewer.state, *kinds, key).await?;
        let said = (detail.held.clone(), detail.changes.clone());
        if !changed && self.said.as_ref() == Some(&said) {
            return None;
        }
        self.said = Some(said);
        Some(Event::default().event("detail").data(sight::to_json(&detail)))
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        tracing::debug!(user = self.viewer.user.name, seat = ?self.viewer.seat, "a live stream ended");
    }
}
