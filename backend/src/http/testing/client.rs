//! A browser without a browser: requests, sessions, streams.

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, BodyDataStream};
use axum::http::{HeaderMap, Request, StatusCode};
use axum::routing::post;
use bytes::Bytes;
use futures::StreamExt;
use http_body_util::BodyExt;
use model::wire::{Problem, RoleBinding};
use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio::sync::OnceCell;
use tower::ServiceExt;
use tower_sessions::Session;

use crate::http::router;
use crate::http::state::AppState;
use crate::identity::{self, Accounts, NewAccount};

/// Somebody with a browser, logged in at the first request.
#[derive(Clone)]
pub(crate) struct User {
    state: AppState,
    login: Option<Arc<Login>>,
}

struct Login {
    people: Arc<identity::testing::Panel>,
    name: String,
    roles: Vec<RoleBinding>,
    cookie: OnceCell<String>,
}

impl Login {
    async fn cookie(&self) -> &str {
        self.cookie.get_or_init(|| self.begin()).await
    }

    /// A session made without the login page, since hashing passwords takes long.
    async fn begin(&self) -> String {
        let store = &self.people.store;
        let new = NewAccount {
            name: self.name.clone(),
            password_hash: "never compared".into(),
            roles: self.roles.clone(),
            kubernetes_user: self.name.clone(),
            kubernetes_groups: Vec::new(),
        };
        // Somebody else may have made the same user in this test.
        store.add(&new, self.people.time.now()).await.unwrap();
        let account = store.by_name(&self.name).await.unwrap().unwrap();
        let identity = self.people.identity.clone();
        let begin = |session: Session| async move {
            identity.log_in(&session, &account).await.unwrap();
        };
        let answer = self.at("/", Router::new().route("/", post(begin)), "").await;
        let cookie = answer.headers()["set-cookie"].to_str().unwrap();
        cookie.split(';').next().unwrap().to_owned()
    }

    async fn end(&self) {
        let identity = self.people.identity.clone();
        let end = |session: Session| async move { identity.log_out(&session).await.unwrap() };
        self.at("/", Router::new().route("/", post(end)), self.cookie().await).await;
    }

    async fn at(&self, path: &str, app: Router, cookie: &str) -> axum::response::Response {
        let app = app.layer(self.people.identity.session_layer());
        let request = Request::post(path).header("cookie", cookie).body(Body::empty()).unwrap();
        let response = app.oneshot(request).await.unwrap();
        assert_eq!(response.status(), StatusCode::OK);
        response
    }
}

impl User {
    pub(super) fn nobody(state: &AppState) -> Self {
        Self { state: state.clone(), login: None }
    }

    pub(super) fn new(
        state: &AppState,
        people: &Arc<identity::testing::Panel>,
        name: &str,
        roles: Vec<RoleBinding>,
    ) -> Self {
        let login =
            Login { people: people.clone(), name: name.into(), roles, cookie: OnceCell::new() };
        Self { state: state.clone(), login: Some(Arc::new(login)) }
    }

    /// An administrator changes what this user may.
    pub(crate) async fn gets_roles(&self, roles: &[RoleBinding]) {
        let login = self.login.as_ref().unwrap();
        login.people.store.set_roles(&login.name, roles).await.unwrap();
    }

    /// Logs out.
    pub(crate) async fn log_out(&self) {
        self.login.as_ref().unwrap().end().await;
    }

    /// Header lines for a connection made by hand.
    pub(crate) async fn raw_headers(&self) -> String {
        format!("cookie: {}\r\n", self.login.as_ref().unwrap().cookie().await)
    }

    pub(crate) fn request(&self, method: &str, path: &str) -> Req {
        let request = Request::builder().method(method).uri(path).header("host", "panel.test");
        Req { user: self.clone(), request, body: Body::empty() }
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.request("GET", path).send().await
    }

    /// Opens a stream, which has to be let in.
    pub(crate) async fn stream(&self, path: &str) -> Events {
        self.request("GET", path).stream().await
    }
}

/// A request under construction.
pub(crate) struct Req {
    user: User,
    request: axum::http::request::Builder,
    body: Body,
}

impl Req {
    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        self.request = self.request.header(name, value);
        self
    }

    pub(crate) fn json(self, value: &Value) -> Self {
        self.body("application/json", value.to_string())
    }

    pub(crate) fn body(mut self, content_type: &str, body: String) -> Self {
        self.request = self.request.header("content-type", content_type);
        self.body = Body::from(body);
        self
    }

    async fn answer(mut self) -> axum::response::Response {
        if let Some(login) = &self.user.login {
            self.request = self.request.header("cookie", login.cookie().await);
        }
        let app = router(self.user.state.clone()).unwrap();
        app.oneshot(self.request.body(self.body).unwrap()).await.unwrap()
    }

    pub(crate) async fn send(self) -> Answer {
        let (parts, body) = self.answer().await.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        Answer { status: parts.status, headers: parts.headers, body }
    }

    pub(crate) async fn stream(self) -> Events {
        // As browsers do; events must come uncompressed all the same.
        let (parts, body) = self.header("accept-encoding", "gzip, br").answer().await.into_parts();
        assert_eq!(parts.status, StatusCode::OK);
        Events { headers: parts.headers, body: body.into_data_stream(), text: String::new() }
    }
}

/// A whole answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map(|v| v.to_str().unwrap()).unwrap_or_default()
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.body.to_vec()).unwrap()
    }

    pub(crate) fn is_ok(&self) {
        assert_eq!(self.status, StatusCode::OK, "{}", self.text());
    }

    pub(crate) fn json<T: DeserializeOwned>(&self) -> T {
        self.is_ok();
        serde_json::from_slice(&self.body).unwrap()
    }

    /// A problem of this status; answers it.
    pub(crate) fn is_problem_status(&self, status: u16) -> Problem {
        assert_eq!(self.status.as_u16(), status, "{}", self.text());
        assert_eq!(self.header("content-type"), "application/problem+json");
        let problem: Problem = serde_json::from_slice(&self.body).unwrap();
        assert_eq!(problem.status, status);
        assert!(!problem.title.is_empty() && !problem.detail.is_empty(), "{problem:?}");
        problem
    }

    /// A problem of this status and code; answers it.
    pub(crate) fn is_problem(&self, status: u16, code: &str) -> Problem {
        let problem = self.is_problem_status(status);
        assert_eq!(problem.code, code, "{problem:?}");
        problem
    }
}

/// An open stream.
pub(crate) struct Events {
    headers: HeaderMap,
    body: BodyDataStream,
    text: String,
}

/// One event; a comment has no name.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Sent {
    pub(crate) event: String,
    pub(crate) id: String,
    pub(crate) data: String,
}

impl Sent {
    pub(crate) fn json<T: DeserializeOwned>(&self) -> T {
        serde_json::from_str(&self.data).unwrap()
    }
}

impl Events {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map(|v| v.to_str().unwrap()).unwrap_or_default()
    }

    /// The next event or comment; `None` once the stream has ended.
    pub(crate) async fn any(&mut self) -> Option<Sent> {
        loop {
            if let Some((block, rest)) = self.text.split_once("\n\n") {
                let mut sent = Sent::default();
                for line in block.lines() {
                    match line.split_once(": ").or(line.split_once(':')).unwrap() {
                        ("event", value) => value.clone_into(&mut sent.event),
                        ("id", value) => value.clone_into(&mut sent.id),
                        ("data", value) => sent.data.push_str(value),
                        _ => {}
                    }
                }
                self.text = rest.to_owned();
                return Some(sent);
            }
            let chunk = self.body.next().await?.unwrap();
            self.text.push_str(std::str::from_utf8(&chunk).unwrap());
        }
    }

    /// The next event that has a name.
    pub(crate) async fn next(&mut self) -> Option<Sent> {
        loop {
            let sent = self.any().await?;
            if !sent.event.is_empty() {
                return Some(sent);
            }
        }
    }

    /// The next event, which has to be of this name.
    pub(crate) async fn expect(&mut self, event: &str) -> Sent {
        let sent = self.next().await.expect("the stream goes on");
        assert_eq!(sent.event, event, "{sent:?}");
        sent
    }
}
