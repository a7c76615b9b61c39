//! A reader of the live stream, kept on a thread of its own.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::api::Client;

/// One server-sent event.
#[derive(Clone, Debug)]
pub struct Event {
    pub name: String,
    pub id: Option<String>,
    pub data: Value,
    pub at: Instant,
}

/// An open stream. Events can be taken until it ends.
#[derive(Debug)]
pub struct Stream {
    events: Receiver<Event>,
    socket: TcpStream,
}

impl Stream {
    /// Opens it.
    ///
    /// # Errors
    /// If the answer is not an event stream.
    pub fn open(client: &Client, path: &str) -> Result<Self> {
        let host = client.url.strip_prefix("http://").context("plain http")?;
        let mut socket = TcpStream::connect(host)?;
        let cookie = client.cookie.clone().unwrap_or_default();
        write!(
            socket,
            "GET {path} HTTP/1.1\r\nhost: {host}\r\naccept: text/event-stream\r\ncookie: {cookie}\r\n\r\n"
        )?;
        let mut reader = BufReader::new(socket.try_clone()?);
        let mut head = String::new();
        loop {
            let mut line = String::new();
            if reader.read_line(&mut line)? == 0 || line == "\r\n" {
                break;
            }
            head.push_str(&line);
        }
        if !head.starts_with("HTTP/1.1 200") {
            bail!("not a stream: {head}");
        }
        let (tell, events) = channel();
        let mut body = Chunked { reader, left: 0 };
        std::thread::spawn(move || {
            let mut lines = BufReader::new(&mut body);
            let (mut name, mut id, mut data) = (String::new(), None, String::new());
            loop {
                let mut line = String::new();
                match lines.read_line(&mut line) {
                    Ok(0) | Err(_) => return,
                    Ok(_) => {}
                }
                let line = line.trim_end_matches(['\r', '\n']);
                if let Some(v) = line.strip_prefix("event:") {
                    v.trim().clone_into(&mut name);
                } else if let Some(v) = line.strip_prefix("id:") {
                    id = Some(v.trim().to_owned());
                } else if let Some(v) = line.strip_prefix("data:") {
                    data.push_str(v.trim_start());
                } else if line.is_empty() && !(name.is_empty() && data.is_empty()) {
                    let event = Event {
                        name: std::mem::take(&mut name),
                        id: id.take(),
                        data: serde_json::from_str(&std::mem::take(&mut data))
                            .unwrap_or(Value::Null),
                        at: Instant::now(),
                    };
                    if tell.send(event).is_err() {
                        return;
                    }
                }
            }
        });
        Ok(Self { events, socket })
    }

    /// The next event that is wanted; others are passed over.
    ///
    /// # Errors
    /// If none comes in time, or the stream has ended.
    pub fn next(&self, within: Duration, wanted: impl Fn(&Event) -> bool) -> Result<Event> {
        let until = Instant::now() + within;
        loop {
            let left = until.saturating_duration_since(Instant::now());
            let event = self.events.recv_timeout(left).context("no such event came")?;
            if wanted(&event) {
                return Ok(event);
            }
        }
    }

    /// All events that have come so far.
    pub fn drain(&self) -> Vec<Event> {
        self.events.try_iter().collect()
    }

    /// Waits for the server to end the stream.
    ///
    /// # Errors
    /// If it is still open after `within`.
    pub fn ended(&self, within: Duration) -> Result<()> {
        let until = Instant::now() + within;
        loop {
            let left = until.saturating_duration_since(Instant::now());
            match self.events.recv_timeout(left) {
                Ok(_) => {}
                Err(std::sync::mpsc::RecvTimeoutError::Disconnected) => return Ok(()),
                Err(std::sync::mpsc::RecvTimeoutError::Timeout) => {
                    bail!("the stream is still open")
                }
            }
        }
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        let _ = self.socket.shutdown(std::net::Shutdown::Both);
    }
}

/// Undoes the chunked transfer coding.
struct Chunked<R> {
    reader: R,
    left: usize,
}

impl<R: BufRead> Read for Chunked<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        if self.left == 0 {
            let mut line = String::new();
            while line.trim().is_empty() {
                line.clear();
                if self.reader.read_line(&mut line)? == 0 {
                    return Ok(0);
                }
            }
            self.left = usize::from_str_radix(line.trim(), 16).unwrap_or(0);
            if self.left == 0 {
                return Ok(0);
            }
        }
        let n = self.left.min(buffer.len());
        let got = self.reader.read(&mut buffer[..n])?;
        self.left -= got;
        Ok(got)
    }
}
