//! A client of the panel's API, as a pipeline would write it.

use std::time::Duration;

use anyhow::{Context, Result, bail};
use harness::wait_until;
use model::path;
use model::status::StatusKind;
use model::wire::{Fleet, History, SetDetail, SetRow};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

/// An answer with its status.
#[derive(Clone, Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub text: String,
}

impl Answer {
    /// The body as JSON, null if it is none.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or(Value::Null)
    }

    /// The body as a value.
    ///
    /// # Errors
    /// If it is not that.
    pub fn parse<T: DeserializeOwned>(&self) -> Result<T> {
        serde_json::from_str(&self.text)
            .with_context(|| format!("answer {}: {}", self.status, self.text))
    }

    /// `code` of a problem, empty if it has none.
    pub fn code(&self) -> String {
        self.json()["code"].as_str().unwrap_or_default().to_owned()
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(k, _)| k.eq_ignore_ascii_case(name)).map(|(_, v)| v.as_str())
    }
}

/// A caller with (or without) a session.
#[derive(Clone, Debug)]
pub struct Client {
    pub url: String,
    agent: ureq::Agent,
    /// Sent as `Cookie`. Kept by hand: a cookie jar would not send a Secure cookie to loopback.
    pub cookie: Option<String>,
}

impl Client {
    /// Nobody.
    pub fn anonymous(url: &str) -> Self {
        let config = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .timeout_global(Some(Duration::from_secs(40)))
            .build();
        Self { url: url.to_owned(), agent: config.into(), cookie: None }
    }

    /// Logs in.
    ///
    /// # Errors
    /// If the answer is not a session cookie.
    pub fn log_in(url: &str, user: &str, password: &str) -> Result<Self> {
        let mut client = Self::anonymous(url);
        let answer =
            client.post(path::SESSION, &json!({ "user": user, "password": password }), &[])?;
        let cookie = answer
            .header("set-cookie")
            .and_then(|c| c.split(';').next())
            .with_context(|| format!("no cookie in {answer:?}"))?;
        client.cookie = Some(cookie.to_owned());
        Ok(client)
    }

    /// Any request. `body` goes as it is.
    ///
    /// # Errors
    /// If there is no answer.
    pub fn send(
        &self,
        method: &str,
        path: &str,
        body: Option<(&str, &str)>,
        headers: &[(&str, &str)],
    ) -> Result<Answer> {
        let mut request =
            ureq::http::Request::builder().method(method).uri(format!("{}{path}", self.url));
        if let Some(cookie) = &self.cookie {
            request = request.header("cookie", cookie);
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let mut answer = match body {
            Some((kind, text)) => {
                self.agent.run(request.header("content-type", kind).body(text.to_owned())?)
            }
            None => self.agent.run(request.body(())?),
        }
        .with_context(|| format!("{method} {path}"))?;
        let headers = answer
            .headers()
            .iter()
            .map(|(k, v)| (k.to_string(), String::from_utf8_lossy(v.as_bytes()).into_owned()))
            .collect();
        let text = answer.body_mut().with_config().limit(64 << 20).read_to_string()?;
        Ok(Answer { status: answer.status().as_u16(), headers, text })
    }

    /// # Errors
    /// If there is no answer.
    pub fn get(&self, path: &str) -> Result<Answer> {
        self.send("GET", path, None, &[])
    }

    /// # Errors
    /// If there is no answer.
    pub fn post(&self, path: &str, body: &Value, headers: &[(&str, &str)]) -> Result<Answer> {
        self.send("POST", path, Some(("application/json", &body.to_string())), headers)
    }

    /// The fleet.
    ///
    /// # Errors
    /// If it is refused.
    pub fn fleet(&self) -> Result<Fleet> {
        self.get(path::SETS)?.parse()
    }

    /// One set, `None` if the panel does not know it.
    ///
    /// # Errors
    /// If it is refused for another reason.
    pub fn set(&self, namespace: &str, name: &str) -> Result<Option<SetDetail>> {
        let answer = self.get(&path::set(namespace, name))?;
        match answer.status {
            200 => answer.parse().map(Some),
            404 => Ok(None),
            503 if answer.code() == "not-read-yet" => Ok(None),
            _ => bail!("{}: {}", answer.status, answer.text),
        }
    }

    /// Waits until the set's row is as wanted.
    ///
    /// # Errors
    /// After 3 min, with the row as it is: see the wait for an API server that was away in the tests of `harness`.
    pub fn wait_row(
        &self,
        namespace: &str,
        name: &str,
        what: &str,
        wanted: impl Fn(&SetRow) -> bool,
    ) -> Result<SetDetail> {
        let mut last = None;
        let found = wait_until(what, Duration::from_mins(3), || {
            let detail = self.set(namespace, name)?;
            last = detail.as_ref().map(|d| d.row.clone());
            Ok(detail.filter(|d| wanted(&d.row)))
        });
        found.with_context(|| format!("{namespace}/{name} is {last:?}"))
    }

    /// Waits for a status that stands with these numbers: (kind, done, total).
    ///
    /// # Errors
    /// After 3 min.
    pub fn wait_status(&self, namespace: &str, name: &str, kind: StatusKind) -> Result<SetDetail> {
        self.wait_row(namespace, name, &format!("{name} is {kind:?}"), |row| {
            row.status.kind == kind
        })
    }

    /// Acts on the set as it is now. `action` without `expect`.
    ///
    /// # Errors
    /// If the set is not known or there is no answer.
    pub fn act(&self, namespace: &str, name: &str, action: Value) -> Result<Answer> {
        self.act_with(namespace, name, action, "", &[])
    }

    /// The same with a query (`?dryRun=true`) and headers.
    ///
    /// # Errors
    /// If the set is not known or there is no answer.
    pub fn act_with(
        &self,
        namespace: &str,
        name: &str,
        mut action: Value,
        query: &str,
        headers: &[(&str, &str)],
    ) -> Result<Answer> {
        if action.get("expect").is_none() {
            let detail = self.set(namespace, name)?.context("the set is not known")?;
            action["expect"] =
                json!({ "uid": detail.row.uid, "generation": detail.row.generation });
        }
        self.post(&format!("{}{query}", path::actions(namespace, name)), &action, headers)
    }

    /// # Errors
    /// If it is refused.
    pub fn history(&self, namespace: &str, name: &str) -> Result<History> {
        self.get(&path::history(namespace, name))?.parse()
    }
}
