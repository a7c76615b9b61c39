//! The event stream of the tab: a thin layer on the browser's `EventSource`.

use std::rc::Rc;

use jiff::Timestamp;
use model::wire::{ClusterView, LiveRows, SetDetail};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{EventSource, MessageEvent};

use crate::api::json;

/// What the stream says.
#[derive(Debug)]
pub(super) enum Message {
    /// The connection stands.
    Open,
    /// Rows changed.
    Rows(Box<LiveRows>),
    /// The watched set changed.
    Detail(Box<SetDetail>),
    /// The cluster or the state of a watch changed.
    Cluster(Box<ClusterView>),
    /// Nothing changed, and the server is there.
    Beat(Box<Beat>),
    /// What was missed is not kept any more: ask for everything.
    Reset,
    /// The connection broke, or the server is about to end it.
    Broken,
    /// The server ended the session.
    SessionEnded,
    /// A message that this version cannot read.
    Unreadable,
}

/// An open stream; dropping it closes it.
pub(super) struct Stream {
    source: EventSource,
    // Held as long as the source may call them.
    _closures: Vec<Closure<dyn FnMut(MessageEvent)>>,
}

type Handler = Rc<dyn Fn(Message)>;

/// The server is there, and everything up to `version` was said.
#[derive(Debug, Deserialize)]
pub(super) struct Beat {
    pub(super) version: u64,
    #[serde(with = "model::when")]
    pub(super) now: Timestamp,
}

impl Stream {
    /// Opens a stream; `None` if the browser refuses the address.
    pub(super) fn open(url: &str, handler: &Handler) -> Option<Self> {
        let source = EventSource::new(url).ok()?;
        let mut closures = Vec::new();
        let mut listen = |name: &str, read: fn(&str) -> Message| {
            let handler = Rc::clone(handler);
            let closure = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
                handler(read(&event.data().as_string().unwrap_or_default()));
            });
            // Registering a listener on a live event target does not fail.
            let _ = source.add_event_listener_with_callback(name, closure.as_ref().unchecked_ref());
            closures.push(closure);
        };
        listen("open", |_| Message::Open);
        listen("rows", |data| parse(data, Message::Rows));
        listen("detail", |data| parse(data, Message::Detail));
        listen("cluster", |data| parse(data, Message::Cluster));
        listen("beat", |data| parse(data, Message::Beat));
        listen("reset", |_| Message::Reset);
        listen("bye", |data| {
            if data.contains("session-ended") { Message::SessionEnded } else { Message::Broken }
        });
        listen("error", |_| Message::Broken);
        Some(Self { source, _closures: closures })
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        self.source.close();
    }
}

fn parse<T: DeserializeOwned>(data: &str, message: fn(Box<T>) -> Message) -> Message {
    json::read(data).map_or(Message::Unreadable, |value| message(Box::new(value)))
}
