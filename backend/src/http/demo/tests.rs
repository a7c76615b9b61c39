use std::sync::atomic::{AtomicU32, Ordering};

use axum::body::Body;
use axum::http::Request;
use http_body_util::BodyExt as _;
use model::wire::{RoleBinding, RoleName};
use serde_json::{Value, json};
use tower::ServiceExt as _;

use super::*;
use crate::http::router;
use crate::http::testing::Panel;

/// Counts how often it was reset.
#[derive(Default)]
struct Counted(AtomicU32);

#[async_trait]
impl Reset for Counted {
    async fn reset(&self, _: &str) -> anyhow::Result<()> {
        self.0.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }
}

async fn demo() -> (AppState, Arc<Counted>) {
    let panel = Panel::start().await;
    let mut state = panel.state.clone();
    let roles = [RoleBinding { role: RoleName::Admin, namespace: None }];
    let account =
        state.identity.demo_user("visitor", "a long password of a demo", &roles).await.unwrap();
    let cluster = Arc::new(Counted::default());
    state.demo = Some(Demo { key: "right".into(), account, cluster: Arc::clone(&cluster) as _ });
    (state, cluster)
}

async fn ask(state: &AppState, method: &str, path: &str, cookie: &str, body: &Value) -> Response {
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header("host", "panel.test")
        .header("content-type", "application/json")
        .header("cookie", cookie)
        .body(Body::from(if method == "GET" { String::new() } else { body.to_string() }))
        .unwrap();
    router(state.clone()).unwrap().oneshot(request).await.unwrap()
}

async fn text(response: Response) -> String {
    let bytes = response.into_body().collect().await.unwrap().to_bytes();
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[tokio::test]
async fn the_key_of_the_link_logs_in_and_no_other_does() {
    let (state, _) = demo().await;
    let enter = |body: Value| {
        let state = &state;
        async move { ask(state, "POST", "/demo/enter", "", &body).await }
    };
    for wrong in [json!({"key": ""}), json!({"key": "wrong"}), json!({"key": "right1"})] {
        let answer = enter(wrong.clone()).await;
        assert_eq!(answer.status(), StatusCode::FORBIDDEN, "{wrong}");
        assert!(answer.headers().get("set-cookie").is_none(), "{wrong}");
    }
    assert_eq!(enter(json!({})).await.status(), StatusCode::BAD_REQUEST);
    let answer = enter(json!({"key": "right"})).await;
    assert_eq!(answer.status(), StatusCode::NO_CONTENT);
    let cookie = answer.headers()["set-cookie"].to_str().unwrap().to_owned();
    let cookie = cookie.split(';').next().unwrap();
    let session = ask(&state, "GET", "/api/v1/session", cookie, &Value::Null).await;
    assert_eq!(session.status(), StatusCode::OK);
}

#[tokio::test]
async fn the_link_carries_the_key_where_no_server_sees_it() {
    let (state, _) = demo().await;
    assert_eq!(state.demo.unwrap().path(), "/demo#right");
}

#[tokio::test]
async fn a_reset_is_for_those_who_are_in() {
    let (state, cluster) = demo().await;
    let refused = ask(&state, "POST", "/demo/reset", "", &Value::Null).await;
    assert_eq!(refused.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(cluster.0.load(Ordering::Relaxed), 0);
    let entered = ask(&state, "POST", "/demo/enter", "", &json!({"key": "right"})).await;
    let cookie = entered.headers()["set-cookie"].to_str().unwrap().to_owned();
    let cookie = cookie.split(';').next().unwrap();
    let answer = ask(&state, "POST", "/demo/reset", cookie, &Value::Null).await;
    assert_eq!(answer.status(), StatusCode::OK);
    assert_eq!(cluster.0.load(Ordering::Relaxed), 1);
}

#[tokio::test]
async fn the_guide_is_a_page_of_a_demo_and_of_no_other_server() {
    let (state, _) = demo().await;
    let page = text(ask(&state, "GET", "/demo", "", &Value::Null).await).await;
    assert!(page.contains("Things to try"), "{page}");
    assert!(!page.contains("{{"), "every placeholder is filled");
    let plain = Panel::start().await.state.clone();
    let page = text(ask(&plain, "GET", "/demo", "", &Value::Null).await).await;
    assert!(!page.contains("Things to try"), "{page}");
    let door = ask(&plain, "POST", "/demo/enter", "", &json!({"key": "right"})).await;
    assert!(!door.status().is_success());
}

#[test]
fn the_guide_names_buttons_and_sets_that_there_are() {
    let guide = include_str!("guide.html");
    let buttons = [
        include_str!("../../../../frontend/src/pages/set/head.rs"),
        include_str!("../../../../frontend/src/pages/set/deck/steps.rs"),
        include_str!("../../../../frontend/src/pages/set/sheet.rs"),
        include_str!("../../../../frontend/src/strip/handle.rs"),
    ]
    .concat();
    let named = guide.split("<b>").skip(1).filter_map(|rest| rest.split_once("</b>"));
    let named: Vec<&str> = named.map(|(name, _)| name).collect();
    assert!(named.len() > 4, "{named:?}");
    for name in named {
        assert!(buttons.contains(name.trim_end_matches('…')), "no button {name}");
    }
    let sets = guide.split("href=\"/sets/shop/").skip(1).filter_map(|rest| rest.split_once('"'));
    for (set, _) in sets {
        let set = set.split('/').next().unwrap_or_default();
        let manifests = ["orders-db", "session-cache", "ledger", "catalog", "mailer", "search"];
        assert!(manifests.contains(&set), "no set {set}");
    }
}
