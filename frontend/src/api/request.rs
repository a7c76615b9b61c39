//! One request: text out, text or a problem back. Not generic, so that it is compiled once.

use gloo_net::http::{RequestBuilder, Response};
use leptos::prelude::window;
use model::wire::Problem;
use wasm_bindgen::JsCast as _;
use wasm_bindgen_futures::JsFuture;

use super::{UNREACHABLE, UNREADABLE};
use crate::{session, version};

/// The verbs in use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Method {
    Get,
    Post,
    Delete,
}

/// Sends a request and reads its answer as text.
///
/// # Errors
/// The server's problem, or one of our own where there was no readable answer. A 401 also ends the session.
pub(super) async fn send(
    method: Method,
    url: &str,
    body: Option<String>,
    key: Option<&str>,
) -> Result<String, Problem> {
    if method == Method::Get
        && let Some((response, bytes)) = asked(url).await
    {
        return read(&response, bytes, url);
    }
    let builder = RequestBuilder::new(url)
        .method(match method {
            Method::Get => gloo_net::http::Method::GET,
            Method::Post => gloo_net::http::Method::POST,
            Method::Delete => gloo_net::http::Method::DELETE,
        })
        .header("accept", "application/json")
        .header("content-type", "application/json");
    let builder = match key {
        Some(key) => builder.header("idempotency-key", key),
        None => builder,
    };
    let request = match body {
        Some(body) => builder.body(body),
        None => builder.build(),
    };
    let response = match request {
        Ok(request) => request.send().await,
        Err(e) => Err(e),
    };
    let response = response.map_err(|e| unreachable(&e.to_string()))?;
    // As bytes: wasm-bindgen takes in a long text letter by letter, at first in an interpreter.
    let bytes = response.binary().await.map_err(|e| unreachable(&e.to_string()))?;
    read(&response, bytes, url)
}

/// What `boot.js` has asked for and read already, once; `None` where it has not, or nothing came.
async fn asked(url: &str) -> Option<(Response, Vec<u8>)> {
    let all = js_sys::Reflect::get(&window(), &"rollcallAsked".into()).ok()?;
    let answer = js_sys::Reflect::get(&all, &url.into()).ok()?;
    let answer = answer.dyn_into::<js_sys::Promise>().ok()?;
    js_sys::Reflect::delete_property::<js_sys::Object>(all.unchecked_ref(), &url.into()).ok()?;
    let answer = JsFuture::from(answer).await.ok()?.dyn_into::<js_sys::Array>().ok()?;
    let response = answer.get(0).dyn_into::<web_sys::Response>().ok()?;
    Some((response.into(), js_sys::Uint8Array::new(&answer.get(1)).to_vec()))
}

fn read(response: &Response, bytes: Vec<u8>, url: &str) -> Result<String, Problem> {
    version::heard(&response.headers());
    let status = response.status();
    let text = String::from_utf8(bytes)
        .unwrap_or_else(|e| String::from_utf8_lossy(e.as_bytes()).into_owned());
    if (200..300).contains(&status) {
        return Ok(text);
    }
    if status == 401 && !(url == model::path::SESSION || url == model::path::SETUP) {
        session::expired();
    }
    let mut problem = problem(status, &text);
    if status >= 500
        && let Some(id) = response.headers().get("x-request-id")
    {
        problem.detail = format!("{} (Request {id}.)", problem.detail);
    }
    Err(problem)
}

/// The `code` of a problem that means: it is not the panel that answered.
pub(super) const UNEXPECTED: &str = "unexpected-answer";

/// What the server says went wrong; a proxy in between may answer with anything.
fn problem(status: u16, text: &str) -> Problem {
    super::json::read(text).unwrap_or_else(|_| Problem {
        status,
        code: UNEXPECTED.to_owned(),
        title: "Unexpected answer".to_owned(),
        detail: format!(
            "Something between this page and the panel answered with HTTP {status}. Try again in a moment."
        ),
        extra: None,
    })
}

fn unreachable(why: &str) -> Problem {
    Problem {
        status: 0,
        code: UNREACHABLE.to_owned(),
        title: "No connection".to_owned(),
        detail:
            "The panel's server does not answer. Check that it runs and that the network is up."
                .to_owned(),
        extra: Some(serde_json::json!({ "cause": why })),
    }
}

/// The answer does not fit this page's types.
pub(super) fn unreadable(why: &str) -> Problem {
    Problem {
        status: 0,
        code: UNREADABLE.to_owned(),
        title: "Unreadable answer".to_owned(),
        detail: "The server runs another version than this page. Reload the page.".to_owned(),
        extra: Some(serde_json::json!({ "cause": why })),
    }
}

/// 104 random bits as hex.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "52 random bits of a number in 0..1"
)]
pub(super) fn key(a: f64, b: f64) -> String {
    let bits = |x: f64| (x * 4_503_599_627_370_496.0) as u64;
    format!("{:013x}{:013x}", bits(a), bits(b))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_servers_problem_is_passed_on() {
        let p = problem(
            409,
            r#"{"status":409,"code":"conflict","title":"Changed","detail":"Changed underneath."}"#,
        );
        assert_eq!((p.status, p.code.as_str()), (409, "conflict"));
    }

    #[test]
    fn a_proxys_page_becomes_a_problem_with_its_status() {
        let p = problem(502, "<html>Bad gateway</html>");
        assert_eq!(p.status, 502);
        assert!(p.detail.contains("502"));
    }

    #[test]
    fn keys_are_of_fixed_length_and_differ() {
        assert_eq!(key(0.0, 0.0).len(), 26);
        assert_eq!(key(0.999_999, 0.5).len(), 26);
        assert_ne!(key(0.1, 0.2), key(0.2, 0.1));
    }
}
