//! Answers and how they go over the wire.

use std::sync::Arc;

use axum::body::Body;
use http::{HeaderValue, Response, StatusCode, header};
use serde_json::Value;

use crate::refusal::Refusal;

/// What is answered when nothing went wrong.
pub(super) enum Answer {
    Json {
        code: u16,
        value: Arc<Value>,
        warnings: Vec<String>,
    },
    /// JSON that was written already.
    Written(String),
    Text(String),
    Stream {
        content_type: &'static str,
        body: Body,
    },
    Switch(Response<Body>),
}

impl Answer {
    pub(super) fn ok(value: impl Into<Arc<Value>>) -> Self {
        Self::Json { code: 200, value: value.into(), warnings: Vec::new() }
    }

    pub(super) fn created(value: impl Into<Arc<Value>>) -> Self {
        Self::Json { code: 201, value: value.into(), warnings: Vec::new() }
    }

    pub(super) fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    /// With a `Warning` header for each; kubectl prints them.
    pub(super) fn warning(self, more: Vec<String>) -> Self {
        match self {
            Self::Json { code, value, .. } => Self::Json { code, value, warnings: more },
            other => other,
        }
    }
}

pub(super) fn respond(answer: Result<Answer, Refusal>) -> Response<Body> {
    match answer {
        Ok(Answer::Json { code, value, warnings }) => {
            let mut response = json(code, value.to_string());
            for warning in warnings {
                let text = format!("299 - {warning:?}");
                if let Ok(value) = HeaderValue::from_str(&text) {
                    response.headers_mut().append(header::WARNING, value);
                }
            }
            response
        }
        Ok(Answer::Written(text)) => json(200, text),
        Ok(Answer::Text(text)) => typed(200, "text/plain; charset=utf-8", Body::from(text)),
        Ok(Answer::Stream { content_type, body }) => typed(200, content_type, body),
        Ok(Answer::Switch(response)) => response,
        Err(refusal) => json(refusal.code, refusal.status().to_string()),
    }
}

fn json(code: u16, mut text: String) -> Response<Body> {
    // As the real server ends it.
    text.push('\n');
    typed(code, "application/json", Body::from(text))
}

fn typed(code: u16, content_type: &'static str, body: Body) -> Response<Body> {
    let mut response = Response::new(body);
    *response.status_mut() =
        StatusCode::from_u16(code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    response
}
