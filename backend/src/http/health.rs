//! `/healthz`: the process lives. `/readyz`: it can serve.

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::get;

use crate::http::state::AppState;

pub(super) fn routes() -> Router<AppState> {
    Router::new().route("/healthz", get(alive)).route("/readyz", get(ready))
}

async fn alive() -> &'static str {
    "ok\n"
}

/// Database open, listening (it answers), not draining. A kind that may not be listed does not block it: the panel is
/// of use without it and says what it may not see.
async fn ready(State(state): State<AppState>) -> (StatusCode, String) {
    if state.draining.is_cancelled() || state.shutdown.is_cancelled() {
        return (StatusCode::SERVICE_UNAVAILABLE, "stopping\n".to_owned());
    }
    // No template has the empty hash: the cheapest question to which the database has to give an answer.
    if let Err(cause) = state.history.template("").await {
        tracing::error!(cause = format!("{cause:#}"), "not ready: the database does not answer");
        let says = "the database does not answer; the server's log has the cause\n";
        return (StatusCode::SERVICE_UNAVAILABLE, says.to_owned());
    }
    // It is of use without its history too, and taking it away would mend nothing.
    let says = match state.unrecorded.borrow().as_ref() {
        None => "ok\n".to_owned(),
        Some(u) => format!("ok, but not recorded since {}: {}\n", u.since, u.reason),
    };
    (StatusCode::OK, says)
}

#[cfg(test)]
mod tests {
    use model::wire::{ClusterView, KindState, Unrecorded};

    use crate::http::testing::Panel;

    #[tokio::test]
    async fn it_is_ready_without_a_login_and_although_a_kind_may_not_be_listed() {
        let panel = Panel::start().await;
        panel.health("pods", KindState::NoAccess);
        for path in ["/healthz", "/readyz"] {
            let answer = panel.anyone().get(path).await;
            assert_eq!((answer.status.as_u16(), answer.text().as_str()), (200, "ok\n"), "{path}");
        }
    }

    #[tokio::test]
    async fn it_is_not_ready_while_it_stops_but_still_alive() {
        let panel = Panel::start().await;
        panel.state.draining.cancel();
        assert_eq!(panel.anyone().get("/readyz").await.status.as_u16(), 503);
        assert_eq!(panel.anyone().get("/healthz").await.status.as_u16(), 200);
    }

    #[tokio::test]
    async fn that_nothing_is_recorded_is_said_here_on_the_page_and_in_streams() {
        let panel = Panel::start().await;
        let mut stream = panel.viewer().stream("/api/v1/live").await;
        stream.any().await.unwrap();
        let unrecorded = Unrecorded { since: panel.now(), reason: "The disk is full.".into() };
        panel.standing.send_replace(Some(unrecorded.clone()));
        let answer = panel.anyone().get("/readyz").await;
        assert_eq!(answer.status.as_u16(), 200);
        assert!(answer.text().contains("The disk is full."), "{}", answer.text());
        let view: ClusterView = panel.viewer().get("/api/v1/cluster").await.json();
        assert_eq!(view.unrecorded.as_ref(), Some(&unrecorded));
        let view: ClusterView = stream.expect("cluster").await.json();
        assert_eq!(view.unrecorded, Some(unrecorded));
        panel.standing.send_replace(None);
        let view: ClusterView = stream.expect("cluster").await.json();
        assert_eq!(view.unrecorded, None);
    }

    #[tokio::test]
    async fn it_is_not_ready_without_its_database() {
        let panel = Panel::start().await;
        panel.history.break_down();
        let answer = panel.anyone().get("/readyz").await;
        assert_eq!(answer.status.as_u16(), 503);
        assert!(answer.text().contains("database"));
    }
}
