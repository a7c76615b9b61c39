//! `GET …/lanes` and `GET …/moment`: a set over time, and as it was.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use jiff::{SignedDuration, Timestamp};
use model::set::SetKey;
use model::wire::{Lanes, MomentView, Problem, Span};
use serde::Deserialize;

use crate::http::problem::ApiProblem;
use crate::http::query::{Params, Place};
use crate::http::sight;
use crate::http::state::AppState;
use crate::identity::User;

/// Shown where no beginning is asked for.
const HOURS: i64 = 24;
/// The longest time that is drawn at once.
const DAYS: i64 = 92;

#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Window {
    /// RFC 3339; 24 hours before `to` if absent.
    from: Option<String>,
    /// RFC 3339; now if absent. At most 92 days after `from`.
    to: Option<String>,
}

#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct At {
    /// RFC 3339.
    at: String,
}

fn moment_of(name: &str, text: &str) -> Result<Timestamp, ApiProblem> {
    text.parse().map_err(|_| {
        let says = format!("{name} must be a time such as 2026-11-21T10:52:20Z, not {text:?}.");
        ApiProblem::bad_query(says)
    })
}

impl Window {
    fn span(&self, now: Timestamp) -> Result<Span, ApiProblem> {
        let moment = |name, text: &Option<String>| {
            text.as_deref().map(|text| moment_of(name, text)).transpose()
        };
        let to = moment("to", &self.to)?.unwrap_or(now).min(now);
        let day = SignedDuration::from_hours(HOURS);
        let from = match moment("from", &self.from)? {
            Some(from) => from,
            None => to.saturating_sub(day).unwrap_or(Timestamp::MIN),
        };
        if from >= to {
            return Err(ApiProblem::bad_query("from must be before to, and before now."));
        }
        if to.duration_since(from) > SignedDuration::from_hours(24 * DAYS) {
            let says = format!("At most {DAYS} days are drawn at once: ask for a shorter time.");
            return Err(ApiProblem::bad_query(says));
        }
        Ok(Span { from, to })
    }
}

/// Lets in who may list the pods of the namespace.
async fn enter(state: &AppState, user: &User, namespace: &str) -> Result<(), ApiProblem> {
    if sight::enter(state, user, namespace).await?.readable.pods {
        return Ok(());
    }
    let caller = user.caller(state.authority);
    Err(ApiProblem::no_access(&caller, "list", "pods", namespace))
}

/// What was at each ordinal of the sets that had this name over time, from what was recorded.
///
/// Times shorter than a pixel of a wide page are merged, so that the answer is never long.
#[utoipa::path(
    get,
    path = "/api/v1/sets/{namespace}/{name}/lanes",
    tag = "history",
    params(("namespace" = String, Path), ("name" = String, Path), Window),
    responses(
        (status = 200, body = Lanes),
        (status = 400, body = Problem, content_type = "application/problem+json"),
        (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 403, body = Problem, content_type = "application/problem+json"),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 503, body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn lanes(
    State(state): State<AppState>,
    user: User,
    Place((namespace, name)): Place<(String, String)>,
    Params(window): Params<Window>,
) -> Result<Json<Lanes>, ApiProblem> {
    let span = window.span(state.clock.now())?;
    enter(&state, &user, &namespace).await?;
    let key = SetKey::new(namespace, name);
    if let Some(lanes) = state.history.lanes(&key, span.from, span.to).await? {
        return Ok(Json(lanes));
    }
    let ever = state.history.history(&key, None, 1).await?;
    if ever.events.is_empty() && state.live.row(&key).is_none() {
        return Err(ApiProblem::no_set_shown(&state.live, &key.namespace, &key.name));
    }
    Ok(Json(Lanes {
        span,
        lanes: Vec::new(),
        left_out: 0,
        rollouts: Vec::new(),
        holds: Vec::new(),
        gaps: Vec::new(),
        marks: Vec::new(),
    }))
}

/// A set as it was at a moment of the past, from what was recorded.
#[utoipa::path(
    get,
    path = "/api/v1/sets/{namespace}/{name}/moment",
    tag = "history",
    params(("namespace" = String, Path), ("name" = String, Path), At),
    responses(
        (status = 200, body = MomentView),
        (status = 400, body = Problem, content_type = "application/problem+json"),
        (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 403, body = Problem, content_type = "application/problem+json"),
        (status = 404, body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn moment(
    State(state): State<AppState>,
    user: User,
    Place((namespace, name)): Place<(String, String)>,
    Params(At { at }): Params<At>,
) -> Result<Json<MomentView>, ApiProblem> {
    let at = moment_of("at", &at)?.min(state.clock.now());
    enter(&state, &user, &namespace).await?;
    let key = SetKey::new(namespace, name);
    let then = state.history.then(&key, at).await?.ok_or_else(|| {
        let says = format!("Nothing was recorded of {key} up to {at}.");
        ApiProblem::new(StatusCode::NOT_FOUND, "no-such-moment", says)
    })?;
    Ok(Json(then))
}

#[cfg(test)]
mod tests {
    use model::wire::{EventKind, Lanes, MomentView};

    use crate::http::testing::{Panel, event, facts};

    const LANES: &str = "/api/v1/sets/shop/web/lanes";
    const MOMENT: &str = "/api/v1/sets/shop/web/moment";

    #[tokio::test]
    async fn a_set_without_a_history_has_no_lanes_and_an_unknown_one_is_not_found() {
        let panel = Panel::start().await;
        panel.viewer().get(LANES).await.is_problem(404, "no-such-set");
        panel.put(facts("shop", "web", 1));
        let lanes: Lanes = panel.viewer().get(LANES).await.json();
        assert!(lanes.lanes.is_empty());
        assert_eq!(lanes.span.to.duration_since(lanes.span.from).as_hours(), 24);
    }

    #[tokio::test]
    async fn a_time_that_cannot_be_drawn_is_refused_with_the_reason() {
        let panel = Panel::start().await;
        panel.put(facts("shop", "web", 1));
        for query in [
            "from=yesterday",
            "to=1",
            "from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z",
            "from=2020-01-01T00:00:00Z",
            "from=2999-01-01T00:00:00Z",
            "last=1h",
        ] {
            let answer = panel.viewer().get(&format!("{LANES}?{query}")).await;
            answer.is_problem(400, "bad-query");
        }
        panel.viewer().get(MOMENT).await.is_problem(400, "bad-query");
        panel.viewer().get(&format!("{MOMENT}?at=noon")).await.is_problem(400, "bad-query");
    }

    #[tokio::test]
    async fn a_moment_is_told_where_it_was_recorded() {
        let panel = Panel::start().await;
        panel.put(facts("shop", "web", 1));
        let at = format!("{MOMENT}?at={}", panel.now());
        panel.viewer().get(&at).await.is_problem(404, "no-such-moment");
        panel.history.event(event(1, "shop", "web", EventKind::Scale));
        let then: MomentView = panel.viewer().get(&at).await.json();
        assert_eq!(then.at, panel.now());
    }

    #[tokio::test]
    async fn what_was_at_the_ordinals_is_only_for_those_who_may_list_pods() {
        let panel = Panel::impersonating().await;
        panel.history.event(event(1, "shop", "web", EventKind::Scale));
        let at = format!("{MOMENT}?at={}", panel.now());
        panel.rights.allow("list", "statefulsets", Some("shop"));
        for path in [LANES, &at] {
            panel.viewer().get(path).await.is_problem(403, "no-access");
        }
        panel.rights.allow("list", "pods", Some("shop"));
        for path in [LANES, &at] {
            assert_eq!(panel.viewer().get(path).await.status, 200);
        }
        let nobody = panel.user("nobody", &[]);
        nobody.get(LANES).await.is_problem(403, "role-missing");
    }
}
