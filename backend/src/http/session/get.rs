//! `GET session`: who am I.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, header};
use model::wire::{Problem, SessionView};
use serde_json::{Map, Value};

use super::extract;
use crate::http::problem::ApiProblem;
use crate::identity::{Identity, NotLoggedIn, origin};

/// Who you are, what you may, and as whom the cluster sees you.
///
/// A 401 says in `extra` what stands in the way of a login: `insecureOrigin` (at this address the browser drops the session
/// cookie), `needsSetup` (there is no administrator yet: open the set-up link that the server printed).
#[utoipa::path(
    get,
    operation_id = "session",
    path = "/api/v1/session",
    tag = "session",
    responses(
        (status = 200, body = SessionView),
        (status = 400, body = Problem, content_type = "application/problem+json"),
        (status = 401, body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn get(
    State(identity): State<Arc<Identity>>,
    request: Request,
) -> Result<Json<SessionView>, ApiProblem> {
    let (parts, _) = request.into_parts();
    match extract::user(&parts, &identity).await {
        Ok(user) => Ok(Json(identity.view(&user))),
        Err(NotLoggedIn::Store(error)) => Err(error.into()),
        Err(error) => {
            let mut extra = Map::new();
            if !cookies_work(&identity, &parts.headers, parts.uri.authority().map(AsRef::as_ref)) {
                extra.insert("insecureOrigin".to_owned(), Value::Bool(true));
            }
            if identity.needs_setup().await? {
                extra.insert("needsSetup".to_owned(), Value::Bool(true));
            }
            let problem = ApiProblem::from(error);
            Err(if extra.is_empty() { problem } else { problem.with_extra(extra.into()) })
        }
    }
}

/// HTTP/2 names the host in the URI instead of the header.
fn cookies_work(identity: &Identity, headers: &HeaderMap, authority: Option<&str>) -> bool {
    let text = |name: &str| headers.get(name).and_then(|h| h.to_str().ok());
    let seen = origin::Seen {
        host: text(header::HOST.as_str()).or(authority),
        forwarded: text("x-forwarded-proto"),
        fetch_metadata: headers.contains_key("sec-fetch-site"),
    };
    origin::check(seen, identity.settings().tls_before)
}

#[cfg(test)]
mod tests {
    use axum::http::StatusCode;
    use model::wire::{Authority, RoleBinding, RoleName};

    use crate::http::session::testing::Client;
    use crate::identity::testing::{Panel, new_user};
    use crate::identity::{End, Settings};

    #[tokio::test]
    async fn without_a_login_it_says_so_and_what_stands_in_the_way() {
        let panel = Panel::new().await;
        let mut client = Client::new(&panel);
        let answer = client.get("/api/v1/session").await;
        answer.problem(StatusCode::UNAUTHORIZED, "login-required");
        assert_eq!(answer.json["extra"], serde_json::json!({ "needsSetup": true }));

        panel.identity.add_user(new_user("root")).await.unwrap();
        let answer = client.get("/api/v1/session").await;
        assert!(answer.json.get("extra").is_none(), "{}", answer.json);

        client.host = "panel.example.org".to_owned();
        let answer = client.get("/api/v1/session").await;
        assert_eq!(answer.json["extra"], serde_json::json!({ "insecureOrigin": true }));
    }

    #[tokio::test]
    async fn behind_tls_every_host_is_fine() {
        let panel = Panel::with(Settings { tls_before: true, ..Settings::default() }).await;
        panel.identity.add_user(new_user("root")).await.unwrap();
        let mut client = Client::new(&panel);
        client.host = "panel.example.org".to_owned();
        let answer = client.get("/api/v1/session").await;
        answer.problem(StatusCode::UNAUTHORIZED, "login-required");
        assert!(answer.json.get("extra").is_none(), "{}", answer.json);

        client.forwarded_proto = Some("http".to_owned());
        let answer = client.get("/api/v1/session").await;
        assert_eq!(answer.json["extra"], serde_json::json!({ "insecureOrigin": true }));
    }

    #[tokio::test]
    async fn under_direct_authority_the_cluster_sees_the_panel() {
        let panel = Panel::new().await;
        panel.user("alice").await;
        let mut client = Client::new(&panel);
        client.log_in("alice").await;
        let answer = client.get("/api/v1/session").await;
        assert_eq!(answer.json["identity"], serde_json::json!({ "authority": "direct" }));
        panel.identity.panel_is("kubernetes-admin".to_owned(), vec!["system:masters".to_owned()]);
        let answer = client.get("/api/v1/session").await;
        assert_eq!(answer.json["identity"]["user"], "kubernetes-admin");
        assert_eq!(answer.json["identity"]["groups"][0], "system:masters");
    }

    #[tokio::test]
    async fn under_impersonation_the_cluster_sees_the_user() {
        let authority = Authority::Impersonate;
        let panel = Panel::with(Settings { authority, ..Settings::default() }).await;
        panel.user("alice").await;
        let mut client = Client::new(&panel);
        client.log_in("alice").await;
        let answer = client.get("/api/v1/session").await;
        assert_eq!(
            answer.json["identity"],
            serde_json::json!({ "authority": "impersonate", "user": "alice" })
        );
        assert_eq!(answer.json["roles"], serde_json::json!([{ "role": "viewer" }]));
    }

    #[tokio::test]
    async fn a_changed_role_holds_from_the_next_request_on() {
        let panel = Panel::new().await;
        panel.user("alice").await;
        let mut client = Client::new(&panel);
        client.log_in("alice").await;
        let shop = [RoleBinding { role: RoleName::Operator, namespace: Some("shop".to_owned()) }];
        let password = crate::identity::testing::PASSWORD;
        panel.identity.demo_user("alice", password, &shop).await.unwrap();
        let answer = client.get("/api/v1/session").await;
        assert_eq!(
            answer.json["roles"],
            serde_json::json!([{ "role": "operator", "namespace": "shop" }])
        );
    }

    #[tokio::test]
    async fn an_expired_session_says_so_once_and_its_cookie_is_taken_back() {
        let panel = Panel::new().await;
        panel.user("alice").await;
        let mut client = Client::new(&panel);
        client.log_in("alice").await;
        panel.time.pass(jiff::Span::new().hours(12));
        let answer = client.get("/api/v1/session").await;
        answer.problem(StatusCode::UNAUTHORIZED, "session-expired");
        assert!(client.cookie.is_none());
        let answer = client.get("/api/v1/session").await;
        answer.problem(StatusCode::UNAUTHORIZED, "login-required");
    }

    #[tokio::test]
    async fn a_session_in_use_stays_beyond_twelve_hours_but_not_beyond_a_day() {
        let panel = Panel::new().await;
        panel.user("alice").await;
        let mut client = Client::new(&panel);
        client.log_in("alice").await;
        for _ in 0..3 {
            panel.time.pass(jiff::Span::new().hours(7));
            assert_eq!(client.get("/api/v1/session").await.status, StatusCode::OK);
        }
        panel.time.pass(jiff::Span::new().hours(3));
        let answer = client.get("/api/v1/session").await;
        answer.problem(StatusCode::UNAUTHORIZED, "session-expired");
    }

    #[tokio::test]
    async fn a_removed_user_is_out_with_every_session_and_stream() {
        let panel = Panel::new().await;
        panel.user("alice").await;
        let mut client = Client::new(&panel);
        let guard = panel.identity.guard(&client.log_in("alice").await).await;
        let mut ended = panel.identity.ended();
        assert!(!guard.has_ended());
        panel.identity.remove_user("alice").await.unwrap();
        guard.ended().await;
        assert_eq!(ended.recv().await.unwrap(), End::User("alice".to_owned()));
        let answer = client.get("/api/v1/session").await;
        answer.problem(StatusCode::UNAUTHORIZED, "session-expired");
    }

    #[tokio::test]
    async fn a_made_up_cookie_is_nobody() {
        let panel = Panel::new().await;
        let mut client = Client::new(&panel);
        for (value, code) in
            [("AAAAAAAAAAAAAAAAAAAAAA", "session-expired"), ("not an id", "login-required")]
        {
            client.cookie = Some(format!("{}={value}", panel.identity.cookie_name()));
            client.get("/api/v1/session").await.problem(StatusCode::UNAUTHORIZED, code);
        }
    }
}
