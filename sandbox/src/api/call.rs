//! One request.

use std::sync::Arc;

use bytes::Bytes;
use http::Method;
use http::header::{ACCEPT, CONTENT_TYPE, USER_AGENT};
use http::request::Parts;
use serde_json::Value;

use super::protobuf;
use super::query::Query;
use super::route::Place;
use crate::refusal::Refusal;
use crate::rights::User;
use crate::sandbox::Inner;
use crate::world::By;

pub(super) struct Call {
    pub(super) inner: Arc<Inner>,
    pub(super) parts: Parts,
    /// Without the part that says who calls.
    pub(super) path: String,
    pub(super) query: Query,
    pub(super) body: Bytes,
    /// As whom it runs.
    pub(super) user: User,
    manager: String,
}

impl Call {
    pub(super) fn new(inner: Arc<Inner>, parts: Parts, body: Bytes) -> Self {
        let query = Query::parse(parts.uri.query().unwrap_or_default());
        let agent = parts.headers.get(USER_AGENT).and_then(|v| v.to_str().ok()).unwrap_or_default();
        let manager = match query.get("fieldManager") {
            // Source: apiserver `endpoints/handlers/create.go`, `managerOrUserAgent`.
            "" => match agent.split('/').next().unwrap_or_default() {
                "" => "unknown",
                agent => agent,
            },
            manager => manager,
        };
        let manager = manager.to_owned();
        let path = parts.uri.path().to_owned();
        Self { inner, path, query, body, user: User::anonymous(), manager, parts }
    }

    pub(super) fn by(&self) -> By<'_> {
        By { manager: &self.manager, dry_run: self.query.all("dryRun").any(|d| d == "All") }
    }

    pub(super) fn accept(&self) -> &str {
        self.parts.headers.get(ACCEPT).and_then(|v| v.to_str().ok()).unwrap_or_default()
    }

    pub(super) fn content_type(&self) -> &str {
        self.parts.headers.get(CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default()
    }

    /// The body as JSON (or YAML, which includes it); an empty body is `null`.
    pub(super) fn json(&self) -> Result<Value, Refusal> {
        if self.body.is_empty() {
            return Ok(Value::Null);
        }
        if self.content_type().starts_with("application/vnd.kubernetes.protobuf") {
            return protobuf::read(&self.body).ok_or_else(|| {
                Refusal::new(
                    415,
                    "UnsupportedMediaType",
                    "the sandbox reads this kind as JSON and YAML only",
                )
            });
        }
        if self.content_type().contains("yaml") {
            let text = std::str::from_utf8(&self.body).ok();
            return text
                .and_then(|t| serde_saphyr::from_str(t).ok())
                .ok_or_else(|| Refusal::bad_request("error parsing YAML"));
        }
        serde_json::from_slice(&self.body).map_err(|e| {
            Refusal::bad_request(format!("couldn't get version/kind; json parse error: {e}"))
        })
    }

    /// As RBAC calls it. Source: apiserver `pkg/endpoints/request/requestinfo.go`.
    pub(super) fn verb(&self, place: &Place) -> Result<&'static str, Refusal> {
        let collection = place.name.is_empty();
        Ok(match self.parts.method {
            Method::GET | Method::HEAD if collection && self.query.is("watch") => "watch",
            // `kubectl get pod NAME --watch` watches the collection by a field selector.
            Method::GET | Method::HEAD if collection => "list",
            Method::GET | Method::HEAD => "get",
            Method::POST if collection || !place.subresource.is_empty() => "create",
            Method::PUT if !collection => "update",
            Method::PATCH if !collection => "patch",
            Method::DELETE if collection => "deletecollection",
            Method::DELETE => "delete",
            _ => return Err(Refusal::method_not_allowed()),
        })
    }
}
