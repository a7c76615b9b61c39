//! Server-sent events, as far as our server uses them.

use std::io::{BufRead as _, BufReader};
use std::net::{Shutdown, TcpStream};

use anyhow::{Result, bail};

use super::Body;

/// One event.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Event {
    /// `message` where the server says nothing.
    pub(crate) name: String,
    pub(crate) data: String,
}

/// The events of a stream as they come.
pub(crate) struct Events {
    stream: BufReader<Body<BufReader<TcpStream>>>,
    line: TcpStream,
}

/// Ends a stream when it is dropped, also while somebody waits for the next event.
pub(crate) struct HangUp(TcpStream);

impl HangUp {
    pub(super) fn new(line: TcpStream) -> Self {
        Self(line)
    }
}

impl Drop for HangUp {
    fn drop(&mut self) {
        // Fails where the server was quicker.
        self.0.shutdown(Shutdown::Both).ok();
    }
}

impl Events {
    pub(super) fn new(body: Body<BufReader<TcpStream>>, line: TcpStream) -> Self {
        Self { stream: BufReader::new(body), line }
    }

    /// The way to end it from elsewhere.
    pub(crate) fn hang_up(&self) -> Result<HangUp> {
        Ok(HangUp(self.line.try_clone()?))
    }

    /// Blocks until an event is complete; comments are not events.
    fn read(&mut self) -> Result<Event> {
        let mut event = Event::default();
        loop {
            let mut line = String::new();
            if self.stream.read_line(&mut line)? == 0 {
                bail!("the stream has ended");
            }
            let line = line.trim_end_matches(['\r', '\n']);
            if line.is_empty() {
                if !event.data.is_empty() {
                    return Ok(event);
                }
                event = Event::default();
                continue;
            }
            let (field, value) = line.split_once(':').unwrap_or((line, ""));
            let value = value.strip_prefix(' ').unwrap_or(value);
            match field {
                "event" => value.clone_into(&mut event.name),
                "data" => {
                    if !event.data.is_empty() {
                        event.data.push('\n');
                    }
                    event.data.push_str(value);
                }
                _ => {}
            }
        }
    }
}

impl Iterator for Events {
    type Item = Result<Event>;

    fn next(&mut self) -> Option<Self::Item> {
        Some(self.read())
    }
}
