//! Query strings and path segments, refused as problems.

use axum::extract::{FromRequestParts, Path, Query, Request};
use axum::http::request::Parts;
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use jiff::{SignedDuration, Timestamp};
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

/// `30m`, `1h`, `7d`: so long before `now`. Or a moment.
///
/// # Errors
/// 400 `bad-query` for anything else.
pub fn since(text: &str, now: Timestamp) -> Result<Timestamp, ApiProblem> {
    let ago = || {
        let unit = match text.chars().last()? {
            's' => 1,
            'm' => 60,
            'h' => 3_600,
            'd' => 86_400,
            _ => return None,
        };
        let number: u32 = text[..text.len() - 1].parse().ok().filter(|n| *n > 0)?;
        let seconds = SignedDuration::from_secs(i64::from(number) * unit);
        Some(now.saturating_sub(seconds).unwrap_or(Timestamp::MIN))
    };
    ago().or_else(|| text.parse().ok()).ok_or_else(|| {
        let says = "since must be a time such as 2026-11-21T10:52:20Z, or how long ago, such as 30m, 1h or 7d";
        ApiProblem::bad_query(format!("{says}, not {text:?}."))
    })
}

/// The words that are looked for.
///
/// # Errors
/// 400 `bad-query` for more than 200 characters, and for control characters.
pub fn words(text: &str) -> Result<Vec<String>, ApiProblem> {
    const MOST: usize = 200;
    if text.chars().count() > MOST {
        return Err(ApiProblem::bad_query(format!("text may have {MOST} characters.")));
    }
    if text.chars().any(char::is_control) {
        return Err(ApiProblem::bad_query("text may not have control characters."));
    }
    Ok(text.split_whitespace().map(str::to_owned).collect())
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
    fn a_time_is_told_by_itself_or_by_how_long_ago_it_is() {
        let now: Timestamp = "2026-11-21T10:00:00Z".parse().unwrap();
        let at = |text| since(text, now).map(|at| at.to_string()).map_err(|p| p.code());
        assert_eq!(at("90s"), Ok("2026-11-21T09:58:30Z".into()));
        assert_eq!(at("1h"), Ok("2026-11-21T09:00:00Z".into()));
        assert_eq!(at("7d"), Ok("2026-11-14T10:00:00Z".into()));
        assert_eq!(at("2026-11-21T11:00:00+02:00"), Ok("2026-11-21T09:00:00Z".into()));
        assert!(at("4294967295d").is_ok(), "longer ago than there are times");
        for bad in ["", "h", "1", "0d", "-1h", "1.5h", "4294967296s", "1y", "now", "1é"] {
            assert_eq!(at(bad), Err("bad-query"), "{bad}");
        }
    }

    #[test]
    fn words_stand_apart_and_are_not_too_many() {
        assert_eq!(words(" web-3  restarts ").unwrap(), ["web-3", "restarts"]);
        assert!(words(" ").unwrap().is_empty());
        assert!(words(&"é".repeat(200)).is_ok());
        for bad in ["a\0b", "a\nb", &"x".repeat(201)] {
            assert_eq!(words(bad).unwrap_err().code(), "bad-query");
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
