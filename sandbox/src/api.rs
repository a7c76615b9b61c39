//! The HTTP API: a service from requests to answers, with or without a socket.

mod answer;
mod call;
mod create;
mod delete;
mod discovery;
mod evict;
mod exec;
mod identify;
mod log;
mod openapi;
mod patch;
mod protobuf;
mod query;
mod read;
mod replace;
mod review;
mod route;
mod scale;
mod shell;
mod table;
mod tunnel;
mod watch;
mod websocket;

use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use axum::body::{Body, HttpBody};
use http::{Method, Request, Response};
use http_body_util::{BodyExt as _, Full};

use crate::refusal::Refusal;
use crate::rights::User;
use crate::sandbox::Inner;
use answer::{Answer, respond};
use call::Call;
use route::{Place, Route};

/// Answers requests as an API server does.
#[derive(Clone)]
pub struct Api {
    inner: Arc<Inner>,
    /// Who calls; `None`: whose bearer token it is.
    user: Option<User>,
}

impl std::fmt::Debug for Api {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Api").field("user", &self.user).finish_non_exhaustive()
    }
}

impl Api {
    pub(crate) fn new(inner: Arc<Inner>, user: Option<User>) -> Self {
        Self { inner, user }
    }
}

impl<B> tower::Service<Request<B>> for Api
where
    B: HttpBody + Send + 'static,
    B::Data: Send,
    B::Error: std::fmt::Display,
{
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Body>, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let api = self.clone();
        Box::pin(async move {
            let upgrade = tunnel::needed(&request);
            let (parts, body) = request.into_parts();
            // Without the body's error, which need not be `Send`.
            let body = body.collect().await.map(http_body_util::Collected::to_bytes);
            let body = body.map_err(|e| format!("the body cannot be read: {e}"));
            let answer = match body {
                Ok(body) if upgrade => {
                    let request = Request::from_parts(parts, Full::new(body));
                    match tunnel::through(api, request).await {
                        Ok(response) => return Ok(response),
                        Err(e) => Err(Refusal::bad_request(format!("no connection: {e}"))),
                    }
                }
                Ok(body) => {
                    let answer = handle(Call::new(api.inner, parts, body), api.user);
                    if let Err(refusal) = &answer {
                        tracing::debug!("refused: {} {}", refusal.code, refusal.message);
                    }
                    answer
                }
                Err(says) => Err(Refusal::bad_request(says)),
            };
            Ok(respond(answer))
        })
    }
}

fn handle(mut call: Call, user: Option<User>) -> Result<Answer, Refusal> {
    identify::identify(&mut call, user)?;
    tracing::trace!("{} {} by {}", call.parts.method, call.parts.uri, call.user.name);
    match route::route(&call.path)? {
        Route::Version => Ok(discovery::version(&call)),
        Route::Healthy => Ok(Answer::text("ok")),
        Route::Discovery(which) => discovery::discovery(&which),
        Route::OpenApi(rest) => openapi::openapi(&call, &rest),
        Route::Review(kind) => review::review(&call, kind),
        Route::Objects(place) => objects(call, &place),
    }
}

fn objects(mut call: Call, place: &Place) -> Result<Answer, Refusal> {
    let verb = call.verb(place)?;
    identify::authorize(&call, verb, place)?;
    let answer = match (place.subresource.as_str(), verb) {
        ("" | "status", "get") => read::get(&call, place),
        ("", "list") => read::list(&call, place),
        ("", "watch") => watch::watch(&call, place),
        ("", "create") => create::create(&call, place),
        ("" | "status", "update") => replace::replace(&call, place),
        ("" | "status", "patch") => patch::patch(&call, place),
        ("" | "finalize", "delete") => delete::delete(&call, place),
        ("", "deletecollection") => delete::delete_all(&call, place),
        ("scale", "get") => scale::get(&call, place),
        ("scale", "update" | "patch") => scale::write(&call, place),
        ("eviction", "create") => evict::evict(&call, place),
        ("log", "get") => log::log(&call, place),
        ("exec", "get" | "create") => exec::exec(&mut call, place),
        _ => Err(Refusal::method_not_allowed()),
    };
    if call.parts.method != Method::GET {
        call.inner.stir();
    }
    answer
}
