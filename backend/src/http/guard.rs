//! What every request goes through: id, log, panics, time limit, forged requests, security headers, compression.

use std::any::Any;
use std::time::Duration;

use axum::Router;
use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::csrf::{CsrfLayer, ProtectionError};
use tower_http::request_id::{MakeRequestUuid, PropagateRequestIdLayer, SetRequestIdLayer};
use tower_http::trace::TraceLayer;
use tracing::Span;

use crate::http::policy;
use crate::http::problem::ApiProblem;
use crate::http::site;
use crate::http::state::AppState;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Which app this server brings: so a tab learns that it runs an older one.
const APP: HeaderName = HeaderName::from_static("x-rollcall-app");

/// What only the API needs.
pub(super) fn api(routes: Router<AppState>, state: &AppState) -> Router<AppState> {
    let app = policy::app(site::index().as_deref());
    routes
        .layer(middleware::map_response(move |mut response: Response| {
            if let Some(app) = &app {
                response.headers_mut().insert(APP, app.clone());
            }
            std::future::ready(response)
        }))
        .layer(middleware::from_fn_with_state(state.limits.request, within))
        .layer(middleware::map_response(no_store))
        // Streams, small answers and what carries a content-encoding already are left alone.
        // By gzip. Brotli saves a tenth of the bytes, but its encoder takes up to 18 MB, which the allocator keeps.
        .layer(CompressionLayer::new())
        .layer(state.identity.session_layer())
}

/// What everything needs, outermost last.
pub(super) fn everything(
    app: Router<AppState>,
    state: &AppState,
) -> anyhow::Result<Router<AppState>> {
    let mut csrf = CsrfLayer::new();
    if let Some(url) = &state.public_url {
        csrf = csrf.add_trusted_origin(url.trim_end_matches('/'))?;
    }
    let tls = state.public_url.as_deref().is_some_and(|url| url.starts_with("https://"));
    let policy = policy::content_security(site::index().as_deref());
    let trace = TraceLayer::new_for_http()
        .make_span_with(span)
        .on_request(())
        .on_response(|response: &Response, took: Duration, _: &Span| {
            let status = response.status().as_u16();
            tracing::debug!(status, ms = took.as_millis(), "answered");
        })
        .on_failure(());
    Ok(app
        .layer(csrf.with_rejection_response(foreign))
        .layer(CatchPanicLayer::custom(panicked))
        .layer(middleware::map_response(move |response| {
            std::future::ready(secure(response, &policy, tls))
        }))
        .layer(trace)
        .layer(PropagateRequestIdLayer::new(REQUEST_ID))
        .layer(SetRequestIdLayer::new(REQUEST_ID, MakeRequestUuid)))
}

/// The path without the query: `?set=` is harmless, but links are pasted with more in them than one thinks.
fn span(request: &Request) -> Span {
    let id = request.headers().get(REQUEST_ID).and_then(|v| v.to_str().ok()).unwrap_or_default();
    let route = request.extensions().get::<MatchedPath>().map_or("", MatchedPath::as_str);
    tracing::info_span!(
        "request",
        method = %request.method(),
        path = request.uri().path(),
        route,
        id,
    )
}

async fn within(State(limit): State<Duration>, request: Request, next: Next) -> Response {
    let writes = !request.method().is_safe();
    match tokio::time::timeout(limit, next.run(request)).await {
        Ok(response) => response,
        Err(_) => ApiProblem::new(
            StatusCode::GATEWAY_TIMEOUT,
            "timeout",
            if writes {
                "It took too long. It may still take effect: look at the set before you try again."
            } else {
                "It took too long. Try again."
            },
        )
        .into_response(),
    }
}

async fn no_store(mut response: Response) -> Response {
    response
        .headers_mut()
        .entry(header::CACHE_CONTROL)
        .or_insert(HeaderValue::from_static("no-store"));
    response
}

#[expect(clippy::needless_pass_by_value, reason = "the signature of the layer")]
fn foreign(error: ProtectionError) -> Response {
    tracing::info!(%error, "a request of another site was refused");
    ApiProblem::new(
        StatusCode::FORBIDDEN,
        "foreign-origin",
        "This request came from another site and was refused. Behind a proxy that changes the Host header, start Rollcall with its public URL.",
    )
    .into_response()
}

#[expect(clippy::needless_pass_by_value, reason = "the signature of the layer")]
fn panicked(cause: Box<dyn Any + Send + 'static>) -> Response {
    let says = cause
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| cause.downcast_ref::<&str>().copied())
        .unwrap_or("a panic without words");
    ApiProblem::internal(&says).into_response()
}

fn secure(mut response: Response, policy: &HeaderValue, tls: bool) -> Response {
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_SECURITY_POLICY, policy.clone());
    let mut set = |name, value| headers.insert(name, HeaderValue::from_static(value));
    set(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    set(header::REFERRER_POLICY, "no-referrer");
    set(HeaderName::from_static("cross-origin-opener-policy"), "same-origin");
    if tls {
        set(header::STRICT_TRANSPORT_SECURITY, "max-age=31536000");
    }
    response
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use axum::routing::get;
    use http_body_util::BodyExt;
    use model::wire::Problem;
    use tower::ServiceExt;

    use super::*;
    use crate::http::testing::{Panel, facts};

    #[tokio::test]
    async fn every_answer_carries_the_security_headers_and_an_id() {
        let panel = Panel::start().await;
        for path in ["/", "/healthz", "/api/v1/sets", "/api/v1/nothing"] {
            let answer = panel.viewer().get(path).await;
            assert!(
                answer.header("content-security-policy").contains("'wasm-unsafe-eval'"),
                "{path}"
            );
            assert!(!answer.header("content-security-policy").contains("unsafe-inline"), "{path}");
            assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
            assert_eq!(answer.header("referrer-policy"), "no-referrer", "{path}");
            assert_eq!(answer.header("cross-origin-opener-policy"), "same-origin", "{path}");
            assert_eq!(answer.header("x-request-id").len(), 36, "{path}");
            assert_eq!(answer.header("strict-transport-security"), "", "{path}");
        }
    }

    #[tokio::test]
    async fn only_under_tls_are_browsers_told_to_stay_there() {
        let panel = Panel::start().await.public("https://rollcall.example.org");
        let answer = panel.viewer().get("/healthz").await;
        assert!(answer.header("strict-transport-security").starts_with("max-age="));
    }

    #[tokio::test]
    async fn answers_of_the_api_are_not_kept() {
        let panel = Panel::start().await;
        assert_eq!(panel.viewer().get("/api/v1/sets").await.header("cache-control"), "no-store");
        assert_eq!(panel.anyone().get("/api/v1/sets").await.header("cache-control"), "no-store");
    }

    #[tokio::test]
    async fn unknown_paths_and_wrong_methods_of_the_api_are_problems() {
        let panel = Panel::start().await;
        let viewer = panel.viewer();
        for path in ["/api", "/api/", "/api/v1", "/api/v2/sets", "/api/v1/sets/shop"] {
            viewer.get(path).await.is_problem(404, "not-found");
        }
        let wrong = viewer.request("DELETE", "/api/v1/sets").send().await;
        wrong.is_problem(405, "method-not-allowed");
        assert!(wrong.header("allow").contains("GET"), "{:?}", wrong.header("allow"));
    }

    #[tokio::test]
    async fn large_answers_are_compressed_for_those_who_can_read_it() {
        let panel = Panel::start().await;
        for n in 0..20 {
            panel.put(facts("shop", &format!("web{n}"), 3));
        }
        let viewer = panel.viewer();
        let plain = viewer.get("/api/v1/sets").await;
        for (accepted, compressed) in [("gzip, deflate, br, zstd", true), ("identity", false)] {
            let request = viewer.request("GET", "/api/v1/sets").header("accept-encoding", accepted);
            let answer = request.send().await;
            assert_eq!(answer.header("content-encoding"), if compressed { "gzip" } else { "" });
            assert_eq!(answer.body.len() * 4 < plain.body.len(), compressed, "{accepted}");
        }
    }

    async fn ask(app: Router<AppState>, state: AppState) -> (StatusCode, Problem) {
        let app = everything(app, &state).unwrap().with_state(state);
        let request = Request::builder().uri("/x").body(Body::empty()).unwrap();
        let response = app.oneshot(request).await.unwrap();
        let status = response.status();
        let body = response.into_body().collect().await.unwrap().to_bytes();
        (status, serde_json::from_slice(&body).unwrap())
    }

    #[tokio::test]
    async fn a_panic_is_a_problem_and_keeps_its_words_to_the_log() {
        async fn broken() -> &'static str {
            panic!("the secret cause")
        }
        let state = Panel::start().await.state.clone();
        let (status, problem) = ask(Router::new().route("/x", get(broken)), state).await;
        assert_eq!((status.as_u16(), problem.code.as_str()), (500, "internal"));
        assert!(!problem.detail.contains("secret"));
    }

    #[tokio::test]
    async fn what_takes_too_long_is_a_problem() {
        let mut state = Panel::start().await.state.clone();
        state.limits.request = Duration::ZERO;
        let never = Router::new().route("/x", get(std::future::pending::<&'static str>));
        let (status, problem) = ask(api(never, &state), state).await;
        assert_eq!((status.as_u16(), problem.code.as_str()), (504, "timeout"));
    }
}
