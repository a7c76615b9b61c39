//! The OpenAPI document, made from the handlers.

use std::sync::OnceLock;

use axum::Router;
use axum::http::header;
use axum::middleware;
use axum::response::IntoResponse;
use axum::routing::get;
use model::wire::{ClusterView, LogEnd, SetDetail};
use utoipa::openapi::OpenApi;
use utoipa::openapi::security::{ApiKey, ApiKeyValue, SecurityScheme};
use utoipa::{Modify, OpenApi as _};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::http::state::AppState;
use crate::http::{
    act, action, cluster, commands, detail, events, export, fleet, history, lanes, live, log, logs,
    manifest, pod, query, revision, revisions, rollout, session, setup, users,
};

#[derive(utoipa::OpenApi)]
#[openapi(
    info(
        title = "Rollcall",
        version = "1",
        description = "Watch, step and remember StatefulSet rollouts. Errors are problem+json with a stable `code`; times are RFC 3339 in UTC. `POST /api/v1/session` with a user and a password answers with a cookie; all but that and `POST /api/v1/setup` wants it.",
        license(name = "Apache-2.0", identifier = "Apache-2.0")
    ),
    modifiers(&Login),
    security(("session" = [])),
    // Sent over the stream, which no operation names as its body.
    components(schemas(SetDetail, ClusterView, LogEnd)),
    tags(
        (name = "sets", description = "What is"),
        (name = "pods", description = "What is inside"),
        (name = "actions", description = "What to do"),
        (name = "history", description = "What was"),
        (name = "cluster", description = "Where it comes from"),
        (name = "session", description = "Who is it"),
        (name = "users", description = "Who may"),
    )
)]
struct Head;

/// How one logs in.
struct Login;

impl Modify for Login {
    fn modify(&self, document: &mut OpenApi) {
        let says = "The cookie that logging in sets. The id of the installation stands in the place of the asterisk.";
        let cookie = ApiKeyValue::with_description("__Host-rollcall-*", says);
        document
            .components
            .get_or_insert_default()
            .add_security_scheme("session", SecurityScheme::ApiKey(ApiKey::Cookie(cookie)));
    }
}

/// All routes of the API with their description.
pub(super) fn api() -> OpenApiRouter<AppState> {
    let without_query = OpenApiRouter::new()
        .routes(routes!(fleet::fleet))
        .routes(routes!(detail::detail))
        .routes(routes!(rollout::rollout))
        .routes(routes!(revisions::revisions))
        .routes(routes!(pod::pod))
        .routes(routes!(pod::set_events))
        .routes(routes!(commands::get::list, commands::post::run))
        .routes(routes!(action::action))
        .routes(routes!(cluster::cluster))
        .merge(session::routes())
        .merge(setup::routes())
        .merge(users::routes())
        .route_layer(middleware::from_fn(query::none));
    OpenApiRouter::with_openapi(Head::openapi())
        .merge(without_query)
        .routes(routes!(history::history))
        .routes(routes!(lanes::lanes))
        .routes(routes!(lanes::moment))
        .routes(routes!(export::export))
        .routes(routes!(revision::revision))
        .routes(routes!(act::act))
        .routes(routes!(events::events))
        .routes(routes!(log::log))
        .routes(routes!(logs::logs))
        .routes(routes!(manifest::of_set))
        .routes(routes!(manifest::of_pod))
        .routes(routes!(live::live))
}

/// The document itself is served too; it describes all other paths.
pub(super) fn routes() -> Router<AppState> {
    Router::new().route(model::path::OPENAPI, get(serve))
}

async fn serve() -> impl IntoResponse {
    static DOCUMENT: OnceLock<String> = OnceLock::new();
    ([(header::CONTENT_TYPE, "application/json")], DOCUMENT.get_or_init(document).as_str())
}

/// The document as it is committed in `docs/openapi.json`.
///
/// # Panics
/// Never: the document has string keys only.
pub fn document() -> String {
    let (_, document) = api().split_for_parts();
    let mut text = document.to_pretty_json().expect("the document has string keys only");
    text.push('\n');
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::testing::Panel;

    #[test]
    fn the_committed_document_is_that_of_the_handlers() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/openapi.json");
        let committed = std::fs::read_to_string(path).unwrap_or_default();
        assert!(
            committed == document(),
            "docs/openapi.json is not what the handlers say: run `cargo xtask openapi` and commit the result"
        );
    }

    /// By the document itself, so that a new route is looked at too.
    #[tokio::test]
    async fn every_route_refuses_a_query_parameter_that_it_does_not_know() {
        let panel = Panel::start().await;
        let user = panel.user("root", &[(model::wire::RoleName::Admin, None)]);
        let document: serde_json::Value = serde_json::from_str(&document()).unwrap();
        for (path, methods) in document["paths"].as_object().unwrap() {
            let place = path
                .replace("{namespace}", "shop")
                .replace("{name}", "web")
                .replace("{id}", "1")
                .replace("{revision}", "web-1")
                .replace("{pod}", "web-0")
                .replace("{user}", "nobody");
            for (method, says) in methods.as_object().unwrap() {
                let request = user.request(&method.to_uppercase(), &format!("{place}?nonsense=1"));
                let answer = request.send().await;
                answer.is_problem(400, "bad-query");
                assert!(says["responses"]["400"].is_object(), "{method} {path} does not say so");
            }
        }
    }

    #[test]
    fn every_operation_has_an_id_of_its_own() {
        let document: serde_json::Value = serde_json::from_str(&document()).unwrap();
        let mut seen = std::collections::HashSet::new();
        for methods in document["paths"].as_object().unwrap().values() {
            for says in methods.as_object().unwrap().values() {
                let id = says["operationId"].as_str().unwrap();
                assert!(seen.insert(id.to_owned()), "{id} stands for two");
            }
        }
        assert!(seen.len() > 20, "{seen:?}");
    }

    #[tokio::test]
    async fn the_document_is_served_to_anyone() {
        let panel = Panel::start().await;
        let answer = panel.anyone().get("/api/v1/openapi.json").await;
        assert_eq!(answer.text(), document());
        let json: serde_json::Value = serde_json::from_str(&answer.text()).unwrap();
        assert!(json["paths"]["/api/v1/sets"]["get"].is_object());
    }
}
