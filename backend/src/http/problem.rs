//! Errors over HTTP: problem+json with a stable code and a sentence that a person can act on.

mod title;

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use model::action::{Refusal, RefusalCode};
use model::wire::{Problem, Unread};
use model::words::list;
use serde_json::{Value, json};

use self::title::title;
use crate::actions::ActError;
use crate::cluster::{ApiError, ApiErrorKind, Caller};
use crate::live::Live;

/// An answer that is not what was asked for.
#[derive(Debug, Clone)]
pub struct ApiProblem {
    status: StatusCode,
    code: &'static str,
    detail: String,
    extra: Option<Value>,
    /// `Retry-After`, in seconds.
    retry_after: Option<u32>,
}

impl ApiProblem {
    /// A problem with its stable code and a sentence for the person.
    pub fn new(status: StatusCode, code: &'static str, detail: impl Into<String>) -> Self {
        Self { status, code, detail: detail.into(), extra: None, retry_after: None }
    }

    /// What the request was about: the field, the pod, the answer of the API server.
    #[must_use]
    pub fn with_extra(mut self, extra: Value) -> Self {
        self.extra = Some(extra);
        self
    }

    /// When to try again, in seconds.
    #[must_use]
    pub fn retry_after(mut self, seconds: u32) -> Self {
        self.retry_after = Some(seconds);
        self
    }

    pub fn status(&self) -> StatusCode {
        self.status
    }

    pub fn code(&self) -> &'static str {
        self.code
    }

    pub fn detail(&self) -> &str {
        &self.detail
    }

    /// 400 for a body: names the field where it is known.
    pub fn bad_body(field: Option<&str>, detail: impl Into<String>) -> Self {
        let problem = Self::new(StatusCode::BAD_REQUEST, "bad-body", detail);
        match field {
            Some(field) => problem.with_extra(json!({ "field": field })),
            None => problem,
        }
    }

    /// 400 for the query or the path.
    pub fn bad_query(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "bad-query", detail)
    }

    /// 404 for a set.
    pub fn no_such_set(namespace: &str, name: &str) -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "no-such-set",
            format!("There is no StatefulSet {namespace}/{name}."),
        )
    }

    /// 404 for a set that is not shown; 503 as long as the panel has not read the namespace, so that it may be there.
    pub fn no_set_shown(live: &Live, namespace: &str, name: &str) -> Self {
        let unread = live.unread_in(namespace);
        if unread.is_empty() {
            return Self::no_such_set(namespace, name);
        }
        let kinds: Vec<String> = unread
            .into_iter()
            .map(|(kind, reason)| match reason {
                Some(reason) => format!("{} ({reason})", kind.resource()),
                None => kind.resource().to_owned(),
            })
            .collect();
        Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "not-read-yet",
            format!(
                "The panel has not read namespace {namespace} yet, so it cannot say whether {name} is there. Still to come: {}.",
                list(&kinds)
            ),
        )
        .retry_after(2)
    }

    /// 403: the cluster does not let this identity read.
    pub fn no_access(caller: &Caller, verb: &str, resource: &str, namespace: &str) -> Self {
        Self::new(
            StatusCode::FORBIDDEN,
            "no-access",
            format!(
                "The cluster does not let {} {verb} {resource} in namespace {namespace}.",
                name(caller)
            ),
        )
    }

    /// 500: the cause is logged, not sent.
    pub fn internal(cause: &dyn std::fmt::Display) -> Self {
        tracing::error!(%cause, "internal error");
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "internal",
            "Something went wrong inside Rollcall. The server's log has the cause under the request's id, which came with this answer (x-request-id).",
        )
    }

    /// What the API server answered to this identity, or that it did not answer.
    pub fn of_cluster(error: &ApiError, caller: &Caller) -> Self {
        let says = error.message.trim_end_matches('.');
        let who = name(caller);
        let extra = json!({ "says": error.message, "reason": error.reason, "actedAs": who });
        let (status, code, detail) = match error.kind {
            ApiErrorKind::Unreachable => (
                StatusCode::SERVICE_UNAVAILABLE,
                "cluster-unreachable",
                format!(
                    "The API server did not answer ({says}). It is unknown whether the request took effect: look at the set before you try again."
                ),
            ),
            ApiErrorKind::Unauthorized => (
                StatusCode::BAD_GATEWAY,
                "cluster-unauthorized",
                format!(
                    "The API server does not accept the panel's credentials ({says}). Nothing was changed."
                ),
            ),
            ApiErrorKind::Forbidden => (
                StatusCode::FORBIDDEN,
                "refused-by-cluster",
                format!("The cluster refused it to {who}: {says}. Nothing was changed."),
            ),
            ApiErrorKind::NotFound => (
                StatusCode::NOT_FOUND,
                "not-in-cluster",
                format!("The API server does not have it (any more): {says}."),
            ),
            ApiErrorKind::Conflict => (
                StatusCode::CONFLICT,
                "conflict",
                format!("It is not what you saw any more: {says}. Nothing was changed."),
            ),
            ApiErrorKind::Invalid => (
                StatusCode::UNPROCESSABLE_ENTITY,
                "invalid-for-cluster",
                format!("Its reason: {says}. Nothing was changed."),
            ),
            ApiErrorKind::DisruptionBudget => (
                StatusCode::TOO_MANY_REQUESTS,
                "disruption-budget",
                format!("The API server's reason: {says}. The pod was not evicted."),
            ),
            ApiErrorKind::Other => (
                StatusCode::BAD_GATEWAY,
                "cluster-error",
                format!("It answered {}: {says}.", error.code),
            ),
        };
        Self::new(status, code, detail).with_extra(extra)
    }

    /// What the API server answered to a question: as [`Self::of_cluster`], where nothing could have changed.
    pub fn of_reading(error: &ApiError, caller: &Caller, what: &str) -> Self {
        let who = name(caller);
        let says = error.message.trim_end_matches('.');
        let extra = json!({ "says": error.message, "reason": error.reason, "actedAs": who });
        let (status, code, detail) = match error.kind {
            ApiErrorKind::Unreachable => (
                StatusCode::SERVICE_UNAVAILABLE,
                "cluster-unreachable",
                format!("The API server did not answer ({says}). Try again."),
            ),
            ApiErrorKind::Unauthorized => (
                StatusCode::BAD_GATEWAY,
                "cluster-unauthorized",
                format!("The API server does not accept the panel's credentials ({says})."),
            ),
            ApiErrorKind::Forbidden => (
                StatusCode::FORBIDDEN,
                "no-access",
                format!("The cluster does not let {who} {what}: {says}."),
            ),
            _ => return Self::of_cluster(error, caller),
        };
        Self::new(status, code, detail).with_extra(extra)
    }

    /// 404 for a pod or a container of a set.
    pub fn no_such_part(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, "no-such-part", detail)
    }

    /// As a part of an answer that is missing.
    pub fn unread(self) -> Unread {
        Unread { code: self.code.to_owned(), says: self.detail }
    }

    /// Why an action did not happen.
    pub fn of_action(error: ActError, caller: &Caller) -> Self {
        match error {
            ActError::NoSuchSet(key) => Self::no_such_set(&key.namespace, &key.name),
            ActError::Refused(refusal) => refusal.into(),
            ActError::Conflict { says, uid, generation } => {
                Self::new(StatusCode::CONFLICT, "conflict", says)
                    .with_extra(json!({ "uid": uid, "generation": generation }))
            }
            ActError::Cluster(error) => Self::of_cluster(&error, caller),
            ActError::KeyReused => Self::new(
                StatusCode::UNPROCESSABLE_ENTITY,
                "idempotency-key-reused",
                "This Idempotency-Key was used for another request. Nothing was changed; send a new key.",
            ),
            ActError::RefusedBefore(says) => Self::new(
                StatusCode::CONFLICT,
                "refused-before",
                format!(
                    "This Idempotency-Key was used for a request that was refused: {}. Send a new key to try again.",
                    says.trim_end_matches('.')
                ),
            ),
            ActError::Journal(cause) => {
                tracing::error!(%cause, "an action could not be recorded");
                Self::new(
                    StatusCode::SERVICE_UNAVAILABLE,
                    "journal",
                    "The action could not be recorded, so it was not done. The server's log has the cause.",
                )
            }
        }
    }
}

/// The identity that the cluster sees, as it stands in sentences.
fn name(caller: &Caller) -> &str {
    match caller {
        Caller::Panel => "the panel's own account",
        Caller::User { user, .. } => user,
    }
}

impl IntoResponse for ApiProblem {
    fn into_response(self) -> Response {
        let body = Problem {
            status: self.status.as_u16(),
            code: self.code.to_owned(),
            title: title(self.code, self.status).to_owned(),
            detail: self.detail,
            extra: self.extra,
        };
        let mut response = (self.status, Json(body)).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(seconds) = self.retry_after {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

impl From<Refusal> for ApiProblem {
    fn from(refusal: Refusal) -> Self {
        let status = match refusal.code {
            RefusalCode::Invalid => StatusCode::BAD_REQUEST,
            RefusalCode::NotFound => StatusCode::NOT_FOUND,
            RefusalCode::NothingToDo
            | RefusalCode::WrongStrategy
            | RefusalCode::NotNow
            | RefusalCode::Unsupported => StatusCode::CONFLICT,
        };
        Self::new(status, refusal.code.as_str(), refusal.reason)
    }
}

impl From<ApiError> for ApiProblem {
    fn from(error: ApiError) -> Self {
        Self::of_cluster(&error, &Caller::Panel)
    }
}

impl From<ActError> for ApiProblem {
    fn from(error: ActError) -> Self {
        Self::of_action(error, &Caller::Panel)
    }
}

impl From<anyhow::Error> for ApiProblem {
    fn from(error: anyhow::Error) -> Self {
        Self::internal(&format!("{error:#}"))
    }
}

#[cfg(test)]
mod tests;
