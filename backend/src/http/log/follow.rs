//! Logs of one or many pods as one stream of events.

use std::convert::Infallible;
use std::pin::{Pin, pin};

use axum::http::{HeaderName, HeaderValue, header};
use axum::response::sse::Event;
use axum::response::{IntoResponse as _, Response, Sse};
use futures::stream::SelectAll;
use futures::{Stream, StreamExt as _};
use model::wire::{LogEnd, LogLines, RoleName};
use tokio::time::{Instant, MissedTickBehavior, interval_at, sleep_until};
use tower_sessions::Session;

use super::lines::Lines;
use crate::cluster::inside::LogStream;
use crate::cluster::{Access, Caller};
use crate::http::sight::to_json;
use crate::http::state::AppState;
use crate::http::stream::BEAT;
use crate::http::streams::Seat;
use crate::identity::{NotLoggedIn, User};

/// The log of one pod.
pub(in crate::http) struct Source {
    pod: String,
    ordinal: u32,
    log: LogStream,
}

impl Source {
    pub(in crate::http) fn new(pod: String, ordinal: u32, log: LogStream) -> Self {
        Self { pod, ordinal, log }
    }

    /// Lines as they come, and then how it ended.
    fn said(self) -> Pin<Box<dyn Stream<Item = Said> + Send>> {
        let Self { pod, ordinal, mut log } = self;
        Box::pin(async_stream::stream! {
            let mut lines = Lines::default();
            let told = |lines| Said::Lines(LogLines { pod: pod.clone(), ordinal, lines });
            let mut broke = None;
            while let Some(piece) = log.next().await {
                match piece {
                    Ok(piece) => {
                        let whole = lines.take(&piece);
                        if !whole.is_empty() {
                            yield told(whole);
                        }
                    }
                    Err(e) => {
                        broke = Some(e);
                        break;
                    }
                }
            }
            if let Some(rest) = lines.rest() {
                yield told(vec![rest]);
            }
            yield Said::End(match broke {
                None => end(Some(&pod), "complete", "The log is at its end."),
                Some(e) => {
                    let says = format!("The log broke off ({}). Open it again.", e.message);
                    end(Some(&pod), "broke-off", &says)
                }
            });
        })
    }
}

pub(in crate::http) fn end(pod: Option<&str>, reason: &str, says: &str) -> LogEnd {
    LogEnd { pod: pod.map(str::to_owned), reason: reason.to_owned(), says: says.to_owned() }
}

/// What a log says.
enum Said {
    Lines(LogLines),
    End(LogEnd),
}

impl Said {
    fn event(&self) -> Event {
        match self {
            Self::Lines(lines) => Event::default().event("lines").data(to_json(lines)),
            Self::End(end) => Event::default().event("end").data(to_json(end)),
        }
    }
}

/// Who reads, and what.
pub(in crate::http) struct Reader {
    pub(in crate::http) state: AppState,
    pub(in crate::http) user: User,
    /// By which the user is found again, with the roles they have then.
    pub(in crate::http) session: Session,
    pub(in crate::http) namespace: String,
    pub(in crate::http) sources: Vec<Source>,
    pub(in crate::http) seat: Seat,
}

/// The answer. `missing`: pods whose log could not be opened.
pub(in crate::http) async fn respond(reader: Reader, missing: Vec<LogEnd>) -> Response {
    let guard = reader.state.identity.guard(&reader.user).await;
    let events = events(reader, missing, async move { guard.ended().await });
    let mut response = Sse::new(events).into_response();
    let headers = response.headers_mut();
    // Proxies that collect an answer before they hand it on would hold the lines back.
    headers.insert(HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache, no-transform"));
    response
}

/// What happened next.
enum Next {
    Said(Option<Said>),
    Over(&'static str, &'static str),
    Recheck,
    Beat,
}

fn events(
    reader: Reader,
    missing: Vec<LogEnd>,
    ended: impl Future<Output = ()> + Send + 'static,
) -> impl Stream<Item = Result<Event, Infallible>> + Send {
    async_stream::stream! {
        let Reader { state, mut user, session, namespace, sources, seat: _seat } = reader;
        let mut ended = pin!(ended);
        let mut said: SelectAll<_> = sources.into_iter().map(Source::said).collect();
        let now = Instant::now();
        let over = now + state.limits.stream_age;
        let mut spoke = now;
        let mut recheck = interval_at(now + state.limits.recheck, state.limits.recheck);
        recheck.set_missed_tick_behavior(MissedTickBehavior::Delay);
        // Headers go out with the first byte, so that the reader knows at once that the stream stands.
        yield Ok(Event::default().comment("log"));
        for missing in missing {
            yield Ok(Said::End(missing).event());
        }
        loop {
            let next = tokio::select! {
                // A log that never pauses must not keep the stream from ending.
                biased;
                () = state.shutdown.cancelled() => {
                    Next::Over("shutdown", "The server stops. Open the log again.")
                }
                () = ended.as_mut() => Next::Over("session-ended", "You are not logged in any more."),
                () = sleep_until(over) => Next::Over("age", "A stream does not last longer. Open it again."),
                _ = recheck.tick() => Next::Recheck,
                next = said.next() => Next::Said(next),
                () = sleep_until(spoke + BEAT) => Next::Beat,
            };
            let event = match next {
                Next::Said(Some(said)) => said.event(),
                Next::Said(None) => {
                    let all = end(None, "complete", "Nothing more is to come.");
                    yield Ok(Said::End(all).event());
                    return;
                }
                Next::Over(reason, says) => {
                    yield Ok(Said::End(end(None, reason, says)).event());
                    return;
                }
                Next::Recheck => match may_go_on(&state, &mut user, &session, &namespace).await {
                    None => continue,
                    Some(end) => {
                        yield Ok(Said::End(end).event());
                        return;
                    }
                },
                Next::Beat => Event::default().event("beat").data("{}"),
            };
            spoke = Instant::now();
            yield Ok(event);
        }
    }
}

/// Reads the user and their rights again; why the stream has to end, if it has to. An answer that does not come takes
/// nothing away.
async fn may_go_on(
    state: &AppState,
    user: &mut User,
    session: &Session,
    namespace: &str,
) -> Option<LogEnd> {
    match state.identity.user(session).await {
        Ok(now) => *user = now,
        Err(NotLoggedIn::Never | NotLoggedIn::Expired) => {
            return Some(end(None, "session-ended", "You are not logged in any more."));
        }
        Err(NotLoggedIn::Store(cause)) => {
            tracing::error!(cause = format!("{cause:#}"), "a session cannot be read");
        }
    }
    if user.require(RoleName::Viewer, namespace).is_err() {
        return Some(end(None, "no-access", "You have no role in this namespace any more."));
    }
    let caller = user.caller(state.authority);
    if caller == Caller::Panel {
        return None;
    }
    let access = Access {
        verb: "get",
        group: "",
        resource: "pods/log",
        namespace: Some(namespace.to_owned()),
    };
    let says = "The cluster does not let you get pods/log here any more.";
    let denied = matches!(state.rights.may(&caller, &access).await, Ok(false));
    denied.then(|| end(None, "no-access", says))
}
