//! A Kubernetes API server over plain HTTP.

use std::io::{BufRead as _, BufReader};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use serde_json::Value;
use ureq::http::Request;

/// How long an ordinary request may take; a machine under load is slow.
const TIMEOUT: Duration = Duration::from_mins(1);

/// A caller with all rights. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Api {
    base: String,
    agent: ureq::Agent,
    watches: ureq::Agent,
}

/// An answer: its status, and its body.
pub(crate) type Answer = (u16, Value);

impl Api {
    /// `base`: `http://127.0.0.1:PORT`, without a slash at the end.
    pub fn new(base: &str) -> Self {
        let config = || ureq::Agent::config_builder().http_status_as_error(false);
        Self {
            base: base.to_owned(),
            agent: config().timeout_global(Some(TIMEOUT)).build().into(),
            watches: config().build().into(),
        }
    }

    /// # Errors
    /// If there is no answer, or none in JSON.
    pub fn send(
        &self,
        method: &str,
        path: &str,
        body: Option<(&str, &Value)>,
    ) -> Result<(u16, Value)> {
        let request = Request::builder().method(method).uri(format!("{}{path}", self.base));
        let mut answer = match body {
            Some((kind, body)) => {
                self.agent.run(request.header("content-type", kind).body(body.to_string())?)
            }
            // A DELETE may have a body too: ureq has to be told that this one has none.
            None => self.agent.run(request.body(())?),
        }
        .with_context(|| format!("{method} {path}"))?;
        let status = answer.status().as_u16();
        let text = answer.body_mut().with_config().limit(64 << 20).read_to_string()?;
        let body = serde_json::from_str(&text)
            .with_context(|| format!("{method} {path}: {status}: {text}"))?;
        Ok((status, body))
    }

    /// # Errors
    /// Also if it is refused.
    pub fn get(&self, path: &str) -> Result<Value> {
        accepted(path, self.send("GET", path, None)?)
    }

    /// The events of a watch, as they come, until the server ends it.
    pub(crate) fn watch(
        &self,
        path: &str,
        since: &str,
    ) -> Result<impl Iterator<Item = Result<Value>> + use<>> {
        let uri = format!(
            "{}{path}?watch=true&allowWatchBookmarks=true&resourceVersion={since}",
            self.base
        );
        let answer = self.watches.run(Request::builder().uri(uri).body(())?)?;
        if answer.status().as_u16() != 200 {
            bail!("the watch of {path} was answered with {}", answer.status());
        }
        let lines = BufReader::new(answer.into_body().into_reader()).lines();
        Ok(lines.map(|line| Ok(serde_json::from_str(&line?)?)))
    }
}

/// The body of an answer that is no refusal.
pub(crate) fn accepted(what: &str, (status, body): Answer) -> Result<Value> {
    if status >= 400 {
        bail!("{what}: {status}: {}", body["message"].as_str().unwrap_or_default());
    }
    Ok(body)
}
