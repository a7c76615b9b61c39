//! A small HTTP/1.1 client over plain TCP on this machine: for the demo and the measurements, where the time and the bytes
//! on the wire count and a library would stand between.

use std::io::{BufRead, BufReader, Read, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use serde::de::DeserializeOwned;
use serde_json::Value;

mod body;
mod events;

pub(crate) use body::Body;
pub(crate) use events::{Event, Events, HangUp};

/// Where to, and as whom.
#[derive(Clone)]
pub(crate) struct Client {
    address: SocketAddr,
    /// The session, once logged in.
    cookie: Option<String>,
}

/// What the server answered.
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// As it came over the wire, chunks put together and nothing decompressed.
    pub(crate) body: Vec<u8>,
    cookie: Option<String>,
}

/// A request; `GET` without anything else by default.
#[derive(Default)]
pub(crate) struct Request<'a> {
    pub(crate) method: Option<&'a str>,
    pub(crate) path: &'a str,
    pub(crate) body: Option<&'a Value>,
    /// `application/json` where there is a body and nothing is said.
    pub(crate) content_type: Option<&'a str>,
    pub(crate) accept_encoding: Option<&'a str>,
}

impl Client {
    pub(crate) fn new(address: SocketAddr) -> Self {
        Self { address, cookie: None }
    }

    /// Logs in; the session stays with this client and its clones.
    pub(crate) fn log_in(&mut self, user: &str, password: &str) -> Result<()> {
        let body = serde_json::json!({ "user": user, "password": password });
        let request = Request {
            method: Some("POST"),
            path: "/api/v1/session",
            body: Some(&body),
            ..Request::default()
        };
        let answer = self.send(&request)?.expect_success("log in")?;
        self.cookie = Some(answer.cookie.context("the login answered no cookie")?);
        Ok(())
    }

    /// Goes on with the session of another client.
    pub(crate) fn take_session(&mut self, other: &Self) {
        self.cookie.clone_from(&other.cookie);
    }

    /// The JSON at `path`.
    pub(crate) fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T> {
        let answer = self.send(&Request { path, ..Request::default() })?.expect_success(path)?;
        serde_json::from_slice(&answer.body).with_context(|| path.to_owned())
    }

    /// One request, answered in full.
    pub(crate) fn send(&self, request: &Request<'_>) -> Result<Answer> {
        let mut response = self.open(request, Some(Duration::from_mins(1)))?;
        let mut body = Vec::new();
        response.body.read_to_end(&mut body)?;
        Ok(Answer { status: response.status, body, cookie: response.cookie })
    }

    /// An event stream. A read that takes longer than a minute is an error: the server beats more often.
    pub(crate) fn events(&self, path: &str) -> Result<Events> {
        let response =
            self.open(&Request { path, ..Request::default() }, Some(Duration::from_mins(1)))?;
        if response.status != 200 {
            bail!("{path} answered {}", response.status);
        }
        Ok(Events::new(response.body, response.line))
    }

    /// The lines of an answer as they come, and the way to end it from elsewhere.
    pub(crate) fn lines(
        &self,
        path: &str,
    ) -> Result<(impl Iterator<Item = String> + use<>, HangUp)> {
        let response = self.open(&Request { path, ..Request::default() }, None)?;
        if response.status != 200 {
            bail!("{path} answered {}", response.status);
        }
        let lines = BufReader::new(response.body).lines().map_while(Result::ok);
        Ok((lines, HangUp::new(response.line)))
    }

    fn open(&self, request: &Request<'_>, timeout: Option<Duration>) -> Result<Response> {
        let mut stream = TcpStream::connect(self.address)
            .with_context(|| format!("connect to {}", self.address))?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(timeout)?;
        let body = request.body.map(serde_json::to_vec).transpose()?.unwrap_or_default();
        let mut lines = vec![
            format!("{} {} HTTP/1.1", request.method.unwrap_or("GET"), request.path),
            format!("Host: {}", self.address),
            format!("Content-Length: {}", body.len()),
            "Connection: close".to_owned(),
        ];
        if request.body.is_some() {
            lines.push(format!(
                "Content-Type: {}",
                request.content_type.unwrap_or("application/json")
            ));
        }
        lines
            .extend(request.accept_encoding.map(|encoding| format!("Accept-Encoding: {encoding}")));
        lines.extend(self.cookie.as_ref().map(|cookie| format!("Cookie: {cookie}")));
        let mut message = lines.join("\r\n").into_bytes();
        message.extend(b"\r\n\r\n");
        message.extend(body);
        stream.write_all(&message)?;
        let line = stream.try_clone()?;
        Response::read(BufReader::new(stream), line)
            .with_context(|| format!("the answer to {}", lines[0]))
    }
}

impl Answer {
    /// # Errors
    /// When the status is not one of success; says what the server said.
    pub(crate) fn expect_success(self, what: &str) -> Result<Self> {
        if !(200..300).contains(&self.status) {
            bail!("{what}: {} {}", self.status, String::from_utf8_lossy(&self.body));
        }
        Ok(self)
    }
}

/// The head of an answer, and its body still to be read.
struct Response {
    status: u16,
    cookie: Option<String>,
    body: Body<BufReader<TcpStream>>,
    /// The connection, to end it while the body is read elsewhere.
    line: TcpStream,
}

impl Response {
    fn read(mut stream: BufReader<TcpStream>, connection: TcpStream) -> Result<Self> {
        let status = line(&mut stream)?;
        let status = status.split(' ').nth(1).and_then(|status| status.parse().ok());
        let status = status.context("this is not HTTP")?;
        let (mut cookie, mut length, mut chunked) = (None, None, false);
        loop {
            let header = line(&mut stream)?;
            let Some((name, value)) = header.split_once(':') else { break };
            let value = value.trim();
            match name.to_ascii_lowercase().as_str() {
                "set-cookie" => cookie = value.split(';').next().map(str::to_owned),
                "content-length" => length = Some(value.parse()?),
                "transfer-encoding" => chunked = value.eq_ignore_ascii_case("chunked"),
                _ => {}
            }
        }
        let body = Body::new(stream, chunked, length);
        Ok(Self { status, cookie, body, line: connection })
    }
}

/// A line without its end.
fn line(stream: &mut impl BufRead) -> Result<String> {
    let mut line = String::new();
    if stream.read_line(&mut line)? == 0 {
        bail!("the connection was closed");
    }
    Ok(line.trim_end().to_owned())
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;
    use std::thread;

    use super::*;

    /// Answers each connection with the next text and gives back what was asked.
    fn serve(answers: &'static [&'static str]) -> (Client, thread::JoinHandle<Vec<String>>) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let client = Client::new(listener.local_addr().unwrap());
        let serve = move || {
            let answer = |answer: &&str| {
                let (mut stream, _) = listener.accept().unwrap();
                let mut asked = [0; 2048];
                let read = stream.read(&mut asked).unwrap();
                stream.write_all(answer.as_bytes()).unwrap();
                String::from_utf8_lossy(&asked[..read]).into_owned()
            };
            answers.iter().map(answer).collect()
        };
        (client, thread::spawn(serve))
    }

    #[test]
    fn the_session_of_the_login_goes_with_later_requests() {
        let (mut client, server) = serve(&[
            "HTTP/1.1 204 No Content\r\nSet-Cookie: __Host-rollcall=abc; Secure; HttpOnly\r\nContent-Length: 0\r\n\r\n",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\n{\"a\"\r\n4\r\n: 1}\r\n0\r\n\r\n",
            "HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno",
        ]);
        client.log_in("demo", "secret").unwrap();
        assert_eq!(client.get::<Value>("/x").unwrap(), serde_json::json!({ "a": 1 }));
        assert!(client.get::<Value>("/y").unwrap_err().to_string().contains("403 no"));
        let asked = server.join().unwrap();
        assert!(asked[0].starts_with("POST /api/v1/session HTTP/1.1\r\n"));
        let body = asked[0].rsplit("\r\n").next().unwrap();
        assert_eq!(
            serde_json::from_str::<Value>(body).unwrap(),
            serde_json::json!({ "user": "demo", "password": "secret" })
        );
        assert!(asked[1].contains("\r\nCookie: __Host-rollcall=abc\r\n"));
    }

    #[test]
    fn events_come_one_by_one() {
        let (client, server) = serve(&[
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1c\r\nid: 7\nevent: rows\ndata: one\n\r\n9\r\n\n: hush\n\n\r\n",
        ]);
        let mut events = client.events("/live").unwrap();
        let event = events.next().unwrap().unwrap();
        assert_eq!((event.name.as_str(), event.data.as_str()), ("rows", "one"));
        assert!(events.next().is_none_or(|event| event.is_err()), "then the connection ends");
        server.join().unwrap();
    }
}
