//! A browser's part in tests of the handlers: keeps the cookie, speaks JSON.

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Method, Request, StatusCode, header};
use http_body_util::BodyExt;
use serde_json::{Value, json};
use tower::ServiceExt;

use crate::http::{session, setup, users};
use crate::identity::testing::{PASSWORD, Panel};
use crate::identity::{SessionKey, User};

/// One browser.
pub(crate) struct Client {
    app: Router,
    pub(crate) host: String,
    pub(crate) forwarded_proto: Option<String>,
    /// `name=value`.
    pub(crate) cookie: Option<String>,
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) set_cookie: Option<String>,
    pub(crate) retry_after: Option<String>,
    pub(crate) json: Value,
}

impl Answer {
    /// Asserts a problem of this status and code, with a sentence.
    #[track_caller]
    pub(crate) fn problem(&self, status: StatusCode, code: &str) {
        assert_eq!((self.status, &self.json["code"]), (status, &json!(code)), "{}", self.json);
        assert!(self.json["detail"].as_str().is_some_and(|d| d.ends_with('.')), "{}", self.json);
    }
}

impl Client {
    pub(crate) fn new(panel: &Panel) -> Self {
        let (app, _) = session::routes()
            .merge(setup::routes())
            .merge(users::routes())
            .with_state(panel.identity.clone())
            .split_for_parts();
        Self {
            app: app.layer(panel.identity.session_layer()),
            host: "127.0.0.1:8080".to_owned(),
            forwarded_proto: None,
            cookie: None,
        }
    }

    pub(crate) async fn get(&mut self, path: &str) -> Answer {
        self.send(Method::GET, path, None).await
    }

    pub(crate) async fn delete(&mut self, path: &str) -> Answer {
        self.send(Method::DELETE, path, None).await
    }

    pub(crate) async fn post(&mut self, path: &str, body: &Value) -> Answer {
        self.send(Method::POST, path, Some(body)).await
    }

    /// Logs a user of [`Panel::user`] in; answers what a guard needs to know of them.
    pub(crate) async fn log_in(&mut self, user: &str) -> User {
        let body = json!({ "user": user, "password": PASSWORD });
        let answer = self.post("/api/v1/session", &body).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.json);
        let (_, id) = self.cookie.as_deref().unwrap().split_once('=').unwrap();
        User {
            name: user.to_owned(),
            roles: Vec::new(),
            kubernetes_user: user.to_owned(),
            kubernetes_groups: Vec::new(),
            session: SessionKey::of(id.parse().unwrap()),
        }
    }

    async fn send(&mut self, method: Method, path: &str, body: Option<&Value>) -> Answer {
        let mut request = Request::builder().method(method).uri(path).header("host", &self.host);
        if let Some(proto) = &self.forwarded_proto {
            request = request.header("x-forwarded-proto", proto);
        }
        if let Some(cookie) = &self.cookie {
            request = request.header(header::COOKIE, cookie);
        }
        let request = match body {
            Some(json) => request
                .header(header::CONTENT_TYPE, "application/json")
                .body(Body::from(json.to_string())),
            None => request.body(Body::empty()),
        };
        let response = self.app.clone().oneshot(request.unwrap()).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        let set_cookie = text(&parts.headers, &header::SET_COOKIE);
        if let Some(cookie) = &set_cookie {
            let removed = cookie.contains("Max-Age=0");
            let pair = cookie.split(';').next().unwrap().to_owned();
            self.cookie = (!removed).then_some(pair);
        }
        Answer {
            status: parts.status,
            set_cookie,
            retry_after: text(&parts.headers, &header::RETRY_AFTER),
            json: serde_json::from_slice(&bytes).unwrap_or(Value::Null),
        }
    }
}

fn text(headers: &HeaderMap, name: &header::HeaderName) -> Option<String> {
    headers.get(name).map(|value| value.to_str().unwrap().to_owned())
}
