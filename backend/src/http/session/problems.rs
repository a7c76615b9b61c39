//! The errors of `identity` over HTTP.

use axum::http::StatusCode;
use serde_json::json;

use crate::http::problem::ApiProblem;
use crate::identity::{
    LoginError, NotLoggedIn, PolicyError, RoleMissing, SetupError, TooMany, UserError,
};

impl From<NotLoggedIn> for ApiProblem {
    fn from(error: NotLoggedIn) -> Self {
        let code = match error {
            NotLoggedIn::Never => "login-required",
            NotLoggedIn::Expired => "session-expired",
            NotLoggedIn::Store(error) => return error.into(),
        };
        Self::new(StatusCode::UNAUTHORIZED, code, error.to_string())
    }
}

impl From<RoleMissing> for ApiProblem {
    fn from(error: RoleMissing) -> Self {
        let extra = json!({ "needed": error.needed, "namespace": error.namespace });
        Self::new(StatusCode::FORBIDDEN, "role-missing", error.to_string()).with_extra(extra)
    }
}

impl From<TooMany> for ApiProblem {
    fn from(error: TooMany) -> Self {
        let seconds = u32::try_from(error.retry_after.as_secs()).unwrap_or(u32::MAX);
        Self::new(StatusCode::TOO_MANY_REQUESTS, "too-many-attempts", error.to_string())
            .retry_after(seconds)
    }
}

impl From<LoginError> for ApiProblem {
    fn from(error: LoginError) -> Self {
        match error {
            LoginError::Wrong => {
                Self::new(StatusCode::UNAUTHORIZED, "login-wrong", error.to_string())
            }
            LoginError::TooMany(error) => error.into(),
            LoginError::Store(error) => error.into(),
        }
    }
}

impl From<PolicyError> for ApiProblem {
    fn from(error: PolicyError) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid-user", error.to_string())
            .with_extra(json!({ "field": error.field }))
    }
}

impl From<SetupError> for ApiProblem {
    fn from(error: SetupError) -> Self {
        let (status, code) = match error {
            SetupError::Wrong => (StatusCode::FORBIDDEN, "setup-link-wrong"),
            SetupError::Expired => (StatusCode::GONE, "setup-link-expired"),
            SetupError::AlreadySetUp => (StatusCode::CONFLICT, "already-set-up"),
            SetupError::NameTaken(_) => (StatusCode::CONFLICT, "user-exists"),
            SetupError::Policy(error) => return error.into(),
            SetupError::Store(error) => return error.into(),
        };
        Self::new(status, code, error.to_string())
    }
}

impl From<UserError> for ApiProblem {
    fn from(error: UserError) -> Self {
        let (status, code) = match error {
            UserError::NameTaken(_) => (StatusCode::CONFLICT, "user-exists"),
            UserError::NoSuchUser(_) => (StatusCode::NOT_FOUND, "no-such-user"),
            UserError::LastAdmin(_) => (StatusCode::CONFLICT, "last-admin"),
            UserError::Policy(error) => return error.into(),
            UserError::Store(error) => return error.into(),
        };
        Self::new(status, code, error.to_string())
    }
}
