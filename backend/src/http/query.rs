//! Query strings and path segments, refused as problems.

use axum::extract::{FromRequestParts, Path, Query, Request};
use axum::http::request::Parts;
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use model::set::SetKey;
use serde::de::DeserializeOwned;

use crate::http::problem::ApiProblem;

/// The query string as a `T`; 400 `bad-query` where it is not one.
#[derive(Debug)]
pub struct Params<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Params<T> {
    type Rejection = ApiProblem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Self::Rejection> {
        match Query::<T>::from_request_parts(parts, state).await {
            Ok(Query(value)) => Ok(Self(value)),
            Err(e) => Err(ApiProblem::bad_query(format!("{}.", e.body_text()))),
        }
    }
}

/// The segments of the path as a `T`; 400 `bad-query` where they are not one.
#[derive(Debug)]
pub struct Place<T>(pub T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for Place<T> {
    type Rejection = ApiProblem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Self::Rejection> {
        match Path::<T>::from_request_parts(parts, state).await {
            Ok(Path(value)) => Ok(Self(value)),
            Err(e) => Err(ApiProblem::bad_query(format!("{}.", e.body_text()))),
        }
    }
}

/// For routes that take no query: a parameter that does nothing would be a misunderstanding that nobody notices.
pub(super) async fn none(request: Request, next: Next) -> Response {
    match request.uri().query() {
        None | Some("") => next.run(request).await,
        Some(_) => {
            let says = format!("{} takes no query parameters.", request.uri().path());
            ApiProblem::bad_query(says).into_response()
        }
    }
}

/// A page of a long list.
#[derive(Clone, Copy, Debug, Default, serde::Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Paging {
    /// Only what came before this id: `page.next` of the page before.
    pub before: Option<i64>,
    /// 1 to 500; 100 if absent.
    pub limit: Option<u32>,
}

impl Paging {
    /// The limit, checked.
    ///
    /// # Errors
    /// 400 `bad-query` outside 1 to 500.
    pub fn limit(self) -> Result<u32, ApiProblem> {
        match self.limit {
            None => Ok(100),
            Some(n @ 1..=500) => Ok(n),
            Some(n) => Err(ApiProblem::bad_query(format!("limit may be 1 to 500, not {n}."))),
        }
    }
}

/// `namespace/name`.
///
/// # Errors
/// 400 `bad-query` for anything else.
pub fn set_key(text: &str) -> Result<SetKey, ApiProblem> {
    match text.split_once('/') {
        Some((namespace, name))
            if !namespace.is_empty() && !name.is_empty() && !name.contains('/') =>
        {
            Ok(SetKey::new(namespace, name))
        }
        _ => Err(ApiProblem::bad_query(format!("set must be NAMESPACE/NAME, not {text:?}."))),
    }
}

/// `0,2,5`: ascending, each once.
///
/// # Errors
/// 400 `bad-query` for anything else.
pub fn ordinals(text: &str) -> Result<Vec<u32>, ApiProblem> {
    let all: Result<std::collections::BTreeSet<u32>, _> = text.split(',').map(str::parse).collect();
    all.map(|all| all.into_iter().collect()).map_err(|_| {
        ApiProblem::bad_query(format!("ordinals must be numbers with commas, not {text:?}."))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_is_named_by_namespace_and_name() {
        assert_eq!(set_key("shop/web").unwrap(), SetKey::new("shop", "web"));
        for bad in ["", "web", "/web", "shop/", "a/b/c"] {
            assert_eq!(set_key(bad).unwrap_err().code(), "bad-query", "{bad}");
        }
    }

    #[test]
    fn ordinals_are_numbers_with_commas() {
        assert_eq!(ordinals("5,0,2,0").unwrap(), [0, 2, 5]);
        for bad in ["", "a", "1,", "-1", "1..3"] {
            assert_eq!(ordinals(bad).unwrap_err().code(), "bad-query", "{bad}");
        }
    }

    #[test]
    fn a_page_has_between_1_and_500_entries() {
        let limit = |limit| Paging { before: None, limit }.limit().map_err(|p| p.code());
        assert_eq!(limit(None), Ok(100));
        assert_eq!(limit(Some(500)), Ok(500));
        assert_eq!(limit(Some(0)), Err("bad-query"));
        assert_eq!(limit(Some(501)), Err("bad-query"));
    }
}
