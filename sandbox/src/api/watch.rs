//! `watch`: changes from a position on, until the client goes or its time is over.

use std::collections::VecDeque;
use std::sync::{Arc, Weak};
use std::time::Duration;

use axum::body::{Body, Bytes};
use serde_json::{Value, json};
use tokio::sync::watch::Receiver;

use super::answer::Answer;
use super::call::Call;
use super::route::Place;
use super::{read, table};
use crate::kind::Kind;
use crate::refusal::Refusal;
use crate::sandbox::Inner;
use crate::store::Change;
use crate::store::selector::Selector;

/// A watch that asks for no time gets between 30 and 60 minutes from a real server.
const LONGEST: Duration = Duration::from_mins(40);
/// Between two bookmarks.
const BOOKMARKS: Duration = Duration::from_mins(1);

struct Watch {
    /// Weak: an open watch does not keep the cluster alive.
    inner: Weak<Inner>,
    kind: Kind,
    namespace: String,
    selector: Selector,
    /// Everything up to this version was sent.
    position: u64,
    table: bool,
    /// Only the first table carries its columns.
    told_columns: bool,
    bookmarks: bool,
    ready: VecDeque<Bytes>,
}

/// # Errors
/// 400 for a selector or position that cannot be read.
pub(super) fn watch(call: &Call, place: &Place) -> Result<Answer, Refusal> {
    let selector = read::selector(call, place.kind)?;
    let bookmarks = call.query.is("allowWatchBookmarks");
    let initial = call.query.get("sendInitialEvents");
    let given = call.query.get("resourceVersion");
    let world = call.inner.world();
    let now = world.store.version();
    let from = match given {
        "" | "0" => None,
        text => Some(text.parse::<u64>().map_err(|_| {
            Refusal::bad_request(format!("Invalid value: {text:?}: invalid resource version"))
        })?),
    };
    let mut watch = Watch {
        inner: Arc::downgrade(&call.inner),
        kind: place.kind,
        namespace: place.namespace.clone(),
        selector,
        position: from.unwrap_or(now),
        table: table::wanted(call),
        told_columns: false,
        bookmarks,
        ready: VecDeque::new(),
    };
    let told = world.store.follow(place.kind);
    let all = initial == "true" || (initial.is_empty() && from.is_none());
    if all {
        let objects: Vec<Arc<Value>> =
            world.store.list(place.kind, &place.namespace).cloned().collect();
        watch.position = now;
        let moment = world.now;
        for object in objects {
            if watch.selector.matches(&object) {
                watch.push("ADDED", &object, moment);
            }
        }
        if initial == "true" {
            watch.bookmark(true);
        }
    }
    drop(world);
    let time = call.query.number("timeoutSeconds").filter(|s| *s > 0);
    let time = time.map_or(LONGEST, Duration::from_secs);
    Ok(Answer::Stream { content_type: "application/json", body: stream(watch, told, time) })
}

fn stream(mut watch: Watch, mut told: Receiver<u64>, time: Duration) -> Body {
    let stream = async_stream::stream! {
        let end = tokio::time::Instant::now() + time;
        let mut bookmark = tokio::time::Instant::now() + BOOKMARKS;
        loop {
            // Marked as seen before looking: what comes meanwhile wakes it again.
            told.borrow_and_update();
            let expired = watch.gather();
            while let Some(line) = watch.ready.pop_front() {
                yield Ok::<Bytes, std::convert::Infallible>(line);
            }
            if expired {
                return;
            }
            tokio::select! {
                changed = told.changed() => if changed.is_err() { return },
                () = tokio::time::sleep_until(end) => {
                    // As the real server does: the client goes on from here.
                    watch.bookmark(false);
                    while let Some(line) = watch.ready.pop_front() {
                        yield Ok(line);
                    }
                    return;
                }
                () = tokio::time::sleep_until(bookmark) => {
                    watch.bookmark(false);
                    bookmark += BOOKMARKS;
                }
            }
        }
    };
    Body::from_stream(stream)
}

impl Watch {
    /// Takes what is new. Answers whether the watch is over, because its position is too old.
    fn gather(&mut self) -> bool {
        let Some(inner) = self.inner.upgrade() else { return true };
        let world = inner.world();
        let shelf = world.store.shelf(self.kind);
        let Some(changes) = shelf.since(self.position) else {
            let message =
                format!("too old resource version: {} ({})", self.position, shelf.oldest());
            let status = Refusal::expired(message).status();
            self.line("ERROR", &status);
            return true;
        };
        let changes: Vec<Change> = changes.cloned().collect();
        let now = world.now;
        let version = world.store.version();
        drop(world);
        for change in changes {
            self.take(&change, now);
        }
        self.position = version;
        false
    }

    /// An object that begins or ceases to match is added or deleted for this watch.
    fn take(&mut self, change: &Change, now: jiff::Timestamp) {
        let object = change.object();
        if !self.namespace.is_empty() && crate::object::namespace(object) != self.namespace {
            return;
        }
        let matches = |o: &Option<Arc<Value>>| o.as_ref().is_some_and(|o| self.selector.matches(o));
        let (was, is) = (matches(&change.before), matches(&change.after));
        match (was, is) {
            (false, true) => self.push("ADDED", object, now),
            (true, true) => self.push("MODIFIED", object, now),
            (true, false) => self.push("DELETED", object, now),
            (false, false) => {}
        }
    }

    fn push(&mut self, what: &str, object: &Arc<Value>, now: jiff::Timestamp) {
        if self.table {
            let meta = json!({"resourceVersion": object["metadata"]["resourceVersion"]});
            let columns = !std::mem::replace(&mut self.told_columns, true);
            let table = table::table(self.kind, std::slice::from_ref(object), &meta, now, columns);
            self.line(what, &table);
        } else {
            self.line(what, object);
        }
    }

    fn bookmark(&mut self, initial: bool) {
        if !self.bookmarks && !initial {
            return;
        }
        let info = self.kind.info();
        let mut meta =
            json!({"resourceVersion": self.position.to_string(), "creationTimestamp": null});
        if initial {
            meta["annotations"] = json!({"k8s.io/initial-events-end": "true"});
        }
        let object = json!({"kind": info.name, "apiVersion": info.api_version(), "metadata": meta});
        self.line("BOOKMARK", &object);
    }

    fn line(&mut self, what: &str, object: &Value) {
        self.ready.push_back(Bytes::from(format!("{{\"type\":\"{what}\",\"object\":{object}}}\n")));
    }
}
