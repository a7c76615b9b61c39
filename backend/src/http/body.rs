//! JSON bodies: limited in size, of the right content type, without unknown fields.

use axum::body::Body;
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, StatusCode, header};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use serde::de::DeserializeOwned;

use crate::http::problem::ApiProblem;

/// No body of this API comes near: 64 KiB.
pub const LIMIT: usize = 64 * 1024;

/// As much of a body that is too large is read and thrown away before the answer: 4 MiB.
const DISCARDED: usize = 4 * 1024 * 1024;

/// A JSON body.
///
/// Refused with 415 `not-json` under any other content type (which is also what keeps plain HTML forms of other sites
/// out), 413 `body-too-large` above [`LIMIT`], and 400 `bad-body` with the field's name where it is not a `T`.
#[derive(Debug)]
pub struct JsonBody<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for JsonBody<T> {
    type Rejection = ApiProblem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Self::Rejection> {
        let (parts, body) = request.into_parts();
        if !is_json(&parts.headers) {
            return Err(ApiProblem::new(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "not-json",
                "Send the body as JSON, with the header Content-Type: application/json.",
            ));
        }
        let bytes = read(body).await?;
        parse(&bytes).map(Self)
    }
}

fn is_json(headers: &HeaderMap) -> bool {
    headers
        .get(header::CONTENT_TYPE)
        .and_then(|v| v.to_str().ok())
        .and_then(|v| v.split(';').next())
        .is_some_and(|v| v.trim().eq_ignore_ascii_case("application/json"))
}

async fn read(mut body: Body) -> Result<bytes::Bytes, ApiProblem> {
    match Limited::new(&mut body, LIMIT).collect().await {
        Ok(all) => Ok(all.to_bytes()),
        Err(e) if e.is::<LengthLimitError>() => {
            discard(body).await;
            Err(ApiProblem::new(
                StatusCode::PAYLOAD_TOO_LARGE,
                "body-too-large",
                format!("The body may have at most {LIMIT} bytes."),
            ))
        }
        Err(e) => Err(ApiProblem::bad_body(None, format!("The body broke off: {e}."))),
    }
}

/// Reads on for a while: who is still sending when the connection closes does not get to read the answer.
async fn discard(mut body: Body) {
    let mut left = DISCARDED;
    while let Some(Ok(frame)) = body.frame().await {
        let some = frame.data_ref().map_or(0, bytes::Bytes::len);
        let Some(less) = left.checked_sub(some) else { return };
        left = less;
    }
}

/// The value of a body.
pub(super) fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, ApiProblem> {
    let mut json = serde_json::Deserializer::from_slice(bytes);
    let value = serde_path_to_error::deserialize(&mut json).map_err(|e| {
        let path = e.path().to_string();
        says(&path, e.inner())
    })?;
    json.end().map_err(|e| says(".", &e))?;
    Ok(value)
}

/// The problem of a value that does not fit; a path of `.` is the body itself.
pub(super) fn says(path: &str, error: &serde_json::Error) -> ApiProblem {
    let field = match path {
        "." | "" => quoted(&error.to_string()),
        path => Some(path.to_owned()),
    };
    let place = match &field {
        Some(field) => format!("The body does not fit at {field}: {error}."),
        None => format!("The body does not fit: {error}."),
    };
    ApiProblem::bad_body(field.as_deref(), place)
}

/// The field that serde's own words name: "missing field `expect`", "unknown field `foo`, expected …", "expect: missing …".
fn quoted(message: &str) -> Option<String> {
    if message.starts_with("there is no action ") {
        return Some("action".to_owned());
    }
    let named = ["missing field `", "unknown field `", "duplicate field `"]
        .iter()
        .find_map(|start| message.split_once(start))
        .and_then(|(before, rest)| Some((before, rest.split_once('`')?.0)));
    let outer = message
        .split_once(": ")
        .map(|(outer, _)| outer)
        .filter(|outer| !outer.is_empty() && outer.bytes().all(|b| b.is_ascii_alphanumeric()));
    match (outer, named) {
        (Some(outer), Some((_, field))) => Some(format!("{outer}.{field}")),
        (None, Some((_, field))) => Some(field.to_owned()),
        (Some("EOF" | "invalid") | None, None) => None,
        (Some(outer), None) => Some(outer.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::wire::{ActionRequest, Expect};

    async fn send<T: DeserializeOwned>(
        content_type: &str,
        body: impl Into<Body>,
    ) -> Result<T, ApiProblem> {
        let request =
            Request::builder().header("content-type", content_type).body(body.into()).unwrap();
        JsonBody::<T>::from_request(request, &()).await.map(|JsonBody(v)| v)
    }

    fn field(problem: &ApiProblem) -> String {
        let json = serde_json::to_value(format!("{problem:?}")).unwrap();
        json.to_string()
    }

    #[tokio::test]
    async fn a_body_of_another_type_is_refused() {
        for content_type in ["text/plain", "application/x-www-form-urlencoded", ""] {
            let problem = send::<Expect>(content_type, "{}").await.unwrap_err();
            assert_eq!((problem.status().as_u16(), problem.code()), (415, "not-json"));
        }
        let fine = r#"{"uid":"u","generation":1}"#;
        assert!(send::<Expect>("Application/JSON; charset=utf-8", fine).await.is_ok());
    }

    #[tokio::test]
    async fn a_body_above_the_limit_is_refused() {
        let long = format!("{{\"uid\":\"{}\"}}", "x".repeat(LIMIT));
        let problem = send::<Expect>("application/json", long).await.unwrap_err();
        assert_eq!((problem.status().as_u16(), problem.code()), (413, "body-too-large"));
    }

    #[tokio::test]
    async fn who_sends_too_much_may_finish_but_not_for_ever() {
        const CHUNK: usize = 100_000;
        let send_chunks = async |chunks: usize| {
            let taken = std::sync::Arc::new(std::sync::atomic::AtomicUsize::new(0));
            let count = std::sync::Arc::clone(&taken);
            let stream = futures::stream::iter((0..chunks).map(move |_| {
                count.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                Ok::<_, std::io::Error>(bytes::Bytes::from(vec![b'x'; CHUNK]))
            }));
            let problem =
                send::<Expect>("application/json", Body::from_stream(stream)).await.unwrap_err();
            assert_eq!(problem.code(), "body-too-large");
            taken.load(std::sync::atomic::Ordering::Relaxed)
        };
        assert_eq!(send_chunks(3).await, 3);
        let taken = send_chunks(1_000).await;
        assert!(taken <= DISCARDED / CHUNK + 3, "{taken} chunks");
    }

    #[tokio::test]
    async fn what_does_not_fit_is_named() {
        let table = [
            (r#"{"uid":"u"}"#, "generation"),
            (r#"{"uid":"u","generation":"x"}"#, "generation"),
            (r#"{"uid":"u","generation":1,"more":2}"#, "more"),
        ];
        for (body, name) in table {
            let problem = send::<Expect>("application/json", body).await.unwrap_err();
            assert_eq!((problem.status().as_u16(), problem.code()), (400, "bad-body"));
            assert!(field(&problem).contains(name), "{problem:?}");
        }
    }

    #[tokio::test]
    async fn an_action_without_expect_is_refused_by_name() {
        let table = [
            (r#"{"action":"hold"}"#, "expect"),
            (r#"{"action":"hold","expect":{"uid":"u"}}"#, "expect.generation"),
            (r#"{"action":"hold","expect":{"uid":"u","generation":1},"more":1}"#, "more"),
            (
                r#"{"action":"advanse","expect":{"uid":"u","generation":1}}"#,
                "there is no action \"advanse\"; the actions are setPartition, advance, hold, ",
            ),
        ];
        for (body, name) in table {
            let problem = send::<ActionRequest>("application/json", body).await.unwrap_err();
            assert_eq!(problem.code(), "bad-body");
            assert!(problem.detail().contains(name), "{}", problem.detail());
        }
    }

    #[tokio::test]
    async fn text_after_the_value_and_broken_json_are_refused() {
        for body in [r#"{"uid":"u","generation":1} x"#, "{", ""] {
            let problem = send::<Expect>("application/json", body).await.unwrap_err();
            assert_eq!(problem.code(), "bad-body", "{body}");
        }
    }
}
