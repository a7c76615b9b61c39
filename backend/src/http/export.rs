//! `GET …/export`: the whole history of a set as a file.

use std::fmt::Write as _;
use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use futures::stream;
use model::set::SetKey;
use model::wire::{EventGroup, EventKind, EventView, Problem};
use serde::Deserialize;

use crate::history::{EventQuery, Reader};
use crate::http::problem::ApiProblem;
use crate::http::query::{Params, Place};
use crate::http::sight::{self, Kinds};
use crate::http::state::AppState;
use crate::identity::User;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) enum Format {
    Csv,
    Json,
}

#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Options {
    /// `csv` or `json`.
    format: Format,
    /// Only these events, and gaps.
    kind: Option<EventGroup>,
}

/// Events of a set as CSV or JSON, newest first, all of them; as far as you may see them.
///
/// It is sent while it is read: a file that breaks off ends the connection too. In CSV a cell that a spreadsheet would take
/// for a formula begins with an apostrophe.
#[utoipa::path(
    get,
    path = "/api/v1/sets/{namespace}/{name}/export",
    tag = "history",
    params(("namespace" = String, Path), ("name" = String, Path), Options),
    responses(
        (status = 200, description = "The file", content(
            (Vec<EventView> = "application/json"),
            (String = "text/csv"),
        )),
        (status = 400, body = Problem, content_type = "application/problem+json"),
        (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 403, body = Problem, content_type = "application/problem+json"),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 503, body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn export(
    State(state): State<AppState>,
    user: User,
    Place((namespace, name)): Place<(String, String)>,
    Params(options): Params<Options>,
) -> Result<Response, ApiProblem> {
    let seen = sight::enter(&state, &user, &namespace).await?;
    let key = SetKey::new(namespace, name);
    let ever = state.history.history(&key, None, 1).await?;
    if ever.events.is_empty() && state.live.row(&key).is_none() {
        return Err(ApiProblem::no_set_shown(&state.live, &key.namespace, &key.name));
    }
    let file = format!("{}-{}-history", key.namespace, key.name);
    let kinds =
        options.kind.map(|g| g.kinds().iter().copied().chain([EventKind::Gap]).collect::<Vec<_>>());
    let query = EventQuery { sets: Some(vec![key]), kinds, limit: 500, ..EventQuery::default() };
    let (media, ending) = match options.format {
        Format::Csv => ("text/csv; charset=utf-8", "csv"),
        Format::Json => ("application/json", "json"),
    };
    let headers = [
        (header::CONTENT_TYPE, media.to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{file}.{ending}\"")),
        (header::CACHE_CONTROL, "no-store".to_owned()),
    ];
    let pages = Pages { history: state.history, query, seen, format: options.format, first: true };
    let body = stream::try_unfold(Some(pages), async |pages| match pages {
        Some(pages) => pages.next().await,
        None => Ok(None),
    });
    Ok((headers, Body::from_stream(body)).into_response())
}

/// The pages that are not sent yet.
struct Pages {
    history: Arc<dyn Reader>,
    query: EventQuery,
    seen: Kinds,
    format: Format,
    first: bool,
}

impl Pages {
    /// The next part of the file, and what follows it.
    async fn next(mut self) -> anyhow::Result<Option<(Bytes, Option<Self>)>> {
        let page = self.history.events(&self.query).await.inspect_err(|cause| {
            tracing::error!(%cause, "an export of a history broke off");
        })?;
        let mut events = page.events;
        self.seen.veil_events(&mut events);
        let mut out = String::new();
        match self.format {
            Format::Csv => {
                if std::mem::take(&mut self.first) {
                    out.push_str(HEAD);
                }
                for event in &events {
                    row(&mut out, event);
                }
            }
            Format::Json => {
                if std::mem::take(&mut self.first) {
                    out.push('[');
                } else if !events.is_empty() {
                    out.push_str(",\n");
                }
                let items: Vec<String> = events.iter().map(sight::to_json).collect();
                out.push_str(&items.join(",\n"));
                if page.page.next.is_none() {
                    out.push_str("]\n");
                }
            }
        }
        self.query.before = page.page.next;
        let rest = self.query.before.is_some().then_some(self);
        Ok(Some((Bytes::from(out), rest)))
    }
}

const HEAD: &str = "time,namespace,set,kind,ordinal,source,actor,what,reason,rollout,action,id\r\n";

/// The word of an enumeration as the API has it.
fn word(value: impl serde::Serialize) -> String {
    sight::to_json(&value).trim_matches('"').to_owned()
}

fn row(out: &mut String, e: &EventView) {
    let actor = e.actor.as_ref();
    let cells = [
        e.at.to_string(),
        e.set.namespace.clone(),
        e.set.name.clone(),
        word(e.kind),
        e.ordinal.map(|o| o.to_string()).unwrap_or_default(),
        actor.map(|a| word(a.source)).unwrap_or_default(),
        actor.and_then(|a| a.name.clone()).unwrap_or_default(),
        e.sentence.clone(),
        actor.and_then(|a| a.reason.clone()).unwrap_or_default(),
        e.rollout.map(|r| r.to_string()).unwrap_or_default(),
        e.action.clone().unwrap_or_default(),
        e.id.to_string(),
    ];
    for (n, text) in cells.iter().enumerate() {
        if n > 0 {
            out.push(',');
        }
        cell(out, text);
    }
    out.push_str("\r\n");
}

/// A cell as RFC 4180 has it. A spreadsheet takes what begins with one of these signs for a formula, and runs it: an
/// apostrophe makes it text.
fn cell(out: &mut String, text: &str) {
    let formula = text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']);
    let guarded = if formula { "'" } else { "" };
    if formula || text.contains([',', '"', '\r', '\n']) {
        // Writing into a string does not fail.
        let _ = write!(out, "\"{guarded}{}\"", text.replace('"', "\"\""));
    } else {
        out.push_str(text);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::testing::{Panel, event};

    const PATH: &str = "/api/v1/sets/shop/web/export";

    fn text_of(cell_text: &str) -> String {
        let mut out = String::new();
        cell(&mut out, cell_text);
        out
    }

    #[test]
    fn a_cell_that_a_spreadsheet_would_run_becomes_text() {
        assert_eq!(text_of("=HYPERLINK(\"http://x\")"), "\"'=HYPERLINK(\"\"http://x\"\")\"");
        for sign in ["+1", "-1", "@SUM(A1)", "\tx", "\r=1"] {
            assert!(text_of(sign).starts_with("\"'"), "{sign:?}");
        }
        assert_eq!(text_of("web-3 is Ready"), "web-3 is Ready");
        assert_eq!(text_of("web-3, \"x\"\nweb-4"), "\"web-3, \"\"x\"\"\nweb-4\"");
        assert_eq!(text_of(""), "");
    }

    #[tokio::test]
    async fn a_history_of_many_pages_is_sent_whole_in_both_formats() {
        let panel = Panel::start().await;
        for id in 1..=1_203 {
            panel.history.event(event(id, "shop", "web", EventKind::Scale));
        }
        panel.history.event(event(1_204, "shop", "api", EventKind::Scale));
        let viewer = panel.viewer();
        let json: Vec<EventView> = viewer.get(&format!("{PATH}?format=json")).await.json();
        assert_eq!(json.len(), 1_203);
        assert!(json.is_sorted_by_key(|e| std::cmp::Reverse(e.id)), "newest first");
        let answer = viewer.get(&format!("{PATH}?format=csv")).await;
        let disposition = answer.header("content-disposition");
        assert_eq!(disposition, "attachment; filename=\"shop-web-history.csv\"");
        let csv = answer.text();
        let lines: Vec<&str> = csv.lines().collect();
        assert_eq!(lines.len(), 1_204);
        assert!(lines[0].starts_with("time,namespace,set,kind"), "{}", lines[0]);
        let at = model::testing::now();
        assert!(lines[1].starts_with(&format!("{at},shop,web,scale,")), "{}", lines[1]);
    }

    #[tokio::test]
    async fn the_file_is_filtered_as_the_page_is_and_holds_what_the_page_shows() {
        let panel = Panel::impersonating().await;
        panel.history.event(event(1, "shop", "web", EventKind::PodDown));
        panel.history.event(event(2, "shop", "web", EventKind::Partition));
        panel.history.event(event(3, "shop", "web", EventKind::Gap));
        panel.rights.allow("list", "statefulsets", Some("shop"));
        let viewer = panel.viewer();
        let ids = async |query: &str| {
            let answer = viewer.get(&format!("{PATH}?format=json{query}")).await;
            answer.json::<Vec<EventView>>().iter().map(|e| e.id).collect::<Vec<_>>()
        };
        assert_eq!(ids("").await, [3, 2], "no pods for who may not list them");
        panel.rights.allow("list", "pods", Some("shop"));
        assert_eq!(ids("").await, [3, 2, 1]);
        assert_eq!(ids("&kind=pods").await, [3, 1]);
        assert_eq!(ids("&kind=claims").await, [3]);
    }

    #[tokio::test]
    async fn a_file_of_nothing_is_a_file_and_that_of_an_unknown_set_is_refused() {
        let panel = Panel::start().await;
        let viewer = panel.viewer();
        viewer.get(&format!("{PATH}?format=csv")).await.is_problem(404, "no-such-set");
        for query in ["", "?format=xlsx", "?format=csv&kind=all", "?format=csv&x=1"] {
            viewer.get(&format!("{PATH}{query}")).await.is_problem(400, "bad-query");
        }
        panel.put(crate::http::testing::facts("shop", "web", 1));
        let none: Vec<EventView> = viewer.get(&format!("{PATH}?format=json")).await.json();
        assert!(none.is_empty());
        assert_eq!(viewer.get(&format!("{PATH}?format=csv")).await.text(), HEAD);
    }
}
