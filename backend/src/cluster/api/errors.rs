//! What went wrong, as the callers branch on it and as people read it.

use std::error::Error as _;

use kube::core::Status;

use super::super::{ApiError, ApiErrorKind};

/// The `reason` of an answer that cannot be parsed, although its status was a good one.
pub(super) const UNREADABLE: &str = "Unreadable";

impl ApiError {
    /// No answer.
    pub(in crate::cluster) fn unreachable(message: String) -> Self {
        Self { kind: ApiErrorKind::Unreachable, code: 0, reason: String::new(), message }
    }

    /// A request that was not sent because it could only be refused.
    pub(in crate::cluster) fn bad_request(message: String) -> Self {
        Self { kind: ApiErrorKind::Other, code: 400, reason: "BadRequest".to_owned(), message }
    }
}

impl From<kube::Error> for ApiError {
    fn from(error: kube::Error) -> Self {
        match error {
            kube::Error::Api(status) => Self::from(*status),
            kube::Error::Auth(e) => Self {
                kind: ApiErrorKind::Unauthorized,
                code: 0,
                reason: String::new(),
                message: format!("the panel's credentials cannot be read: {e}"),
            },
            // Never the text itself: it may hold what a template holds.
            kube::Error::SerdeError(e) => Self {
                kind: ApiErrorKind::Other,
                code: 0,
                reason: UNREADABLE.to_owned(),
                message: format!(
                    "the API server's answer cannot be read ({:?} error at line {}, column {})",
                    e.classify(),
                    e.line(),
                    e.column()
                ),
            },
            kube::Error::BuildRequest(e) => Self::bad_request(e.to_string()),
            other => {
                Self::unreachable(format!("the API server cannot be reached: {}", root(&other)))
            }
        }
    }
}

/// The innermost cause: the outer layers say only where it passed.
fn root(error: &kube::Error) -> String {
    let mut message = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        message = inner.to_string();
        cause = inner.source();
    }
    message
}

impl From<Status> for ApiError {
    fn from(status: Status) -> Self {
        let budget = status
            .details
            .iter()
            .flat_map(|d| &d.causes)
            .find(|cause| cause.reason == "DisruptionBudget");
        let kind = match status.code {
            401 => ApiErrorKind::Unauthorized,
            403 => ApiErrorKind::Forbidden,
            404 => ApiErrorKind::NotFound,
            409 => ApiErrorKind::Conflict,
            422 => ApiErrorKind::Invalid,
            429 if budget.is_some() => ApiErrorKind::DisruptionBudget,
            // Something on the way gave up: the write may have arrived.
            502..=504 => ApiErrorKind::Unreachable,
            500 if status.message.contains("etcdserver") => ApiErrorKind::Unreachable,
            _ => ApiErrorKind::Other,
        };
        let message = match budget {
            Some(cause) if kind == ApiErrorKind::DisruptionBudget && !cause.message.is_empty() => {
                cause.message.clone()
            }
            _ if status.message.is_empty() => {
                format!("the API server answered {} {}", status.code, status.reason)
            }
            _ => status.message,
        };
        Self { kind, code: status.code, reason: status.reason, message }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn answers_are_told_apart_by_code_and_cause() {
        let table = [
            (json!({"code": 401}), ApiErrorKind::Unauthorized),
            (json!({"code": 403, "reason": "Forbidden"}), ApiErrorKind::Forbidden),
            (json!({"code": 404}), ApiErrorKind::NotFound),
            (json!({"code": 409}), ApiErrorKind::Conflict),
            (json!({"code": 422}), ApiErrorKind::Invalid),
            (json!({"code": 429, "reason": "TooManyRequests"}), ApiErrorKind::Other),
            (
                json!({"code": 429, "details": {"causes": [{"reason": "DisruptionBudget"}]}}),
                ApiErrorKind::DisruptionBudget,
            ),
            (json!({"code": 500, "message": "failed calling webhook"}), ApiErrorKind::Other),
            (
                json!({"code": 500, "message": "etcdserver: request timed out"}),
                ApiErrorKind::Unreachable,
            ),
            (json!({"code": 504}), ApiErrorKind::Unreachable),
        ];
        for (status, kind) in table {
            let parsed: Status = serde_json::from_value(status.clone()).unwrap();
            assert_eq!(ApiError::from(parsed).kind, kind, "{status}");
        }
    }

    #[test]
    fn an_answer_that_cannot_be_parsed_is_not_quoted() {
        let secret = serde_json::from_str::<u32>("\"hunter2\"").unwrap_err();
        let error = ApiError::from(kube::Error::SerdeError(secret));
        assert!(!error.message.contains("hunter2"), "{error}");
    }
}
