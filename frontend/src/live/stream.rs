//! The event stream of the tab: a thin layer on the browser's `EventSource`.

use std::rc::Rc;

use jiff::Timestamp;
use model::wire::{ClusterView, LiveRows, SetDetail};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::events::{Source, Told};
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
    _source: Source,
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
        let handler = Rc::clone(handler);
        let told = move |told: Told| {
            handler(match told {
                Told::Open => Message::Open,
                Told::Broken => Message::Broken,
                Told::Event { name, data } => read(name, &data),
            });
        };
        let names = ["rows", "detail", "cluster", "beat", "reset", "bye"];
        let told: Rc<dyn Fn(Told)> = Rc::new(told);
        Some(Self { _source: Source::open(url, &names, &told)? })
    }
}

fn read(name: &str, data: &str) -> Message {
    match name {
        "rows" => parse(data, Message::Rows),
        "detail" => parse(data, Message::Detail),
        "cluster" => parse(data, Message::Cluster),
        "beat" => parse(data, Message::Beat),
        "reset" => Message::Reset,
        "bye" if data.contains("session-ended") => Message::SessionEnded,
        _ => Message::Broken,
    }
}

fn parse<T: DeserializeOwned>(data: &str, message: fn(Box<T>) -> Message) -> Message {
    json::read(data).map_or(Message::Unreadable, |value| message(Box::new(value)))
}
