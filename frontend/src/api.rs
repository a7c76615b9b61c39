//! The HTTP API as functions. Each answers with the type of [`model::wire`] or with a [`Problem`]; a server that does
//! not answer is a problem too (`status` 0, `code` [`UNREACHABLE`]).
//!
//! The session cookie and `content-type: application/json` are all that the server asks of a browser.

use jiff::Timestamp;
use model::path;
use model::wire::{
    ActionRequest, ActionResult, ClusterView, CommandList, CommandRequest, CommandRun, EventPage,
    Fleet, History, Lanes, Login, MomentView, PodDetail, PodEvents, Problem, RevisionDetail,
    RevisionList, SessionView, SetDetail, Setup,
};
use serde::Serialize;
use serde::de::DeserializeOwned;

pub mod json;
mod request;

use request::{Method, send};

use crate::dom;

/// The `code` of a problem that means: no answer came.
pub const UNREACHABLE: &str = "unreachable";

/// The `code` of a problem that means: the answer could not be read (an older or newer server).
pub const UNREADABLE: &str = "unreadable-answer";

/// Whether nobody answered: no server, or one that a proxy in front of it does not reach.
pub fn is_silence(problem: &Problem) -> bool {
    problem.code == UNREACHABLE
        || problem.code == request::UNEXPECTED && (502..=504).contains(&problem.status)
}

/// Whether the panel's server has just started and will know it soon.
pub fn is_starting(problem: &Problem) -> bool {
    problem.code == "not-read-yet"
}

/// Whether the panel's server, or the API server behind it, will know it soon.
pub fn is_passing(problem: &Problem) -> bool {
    is_starting(problem) || problem.code == "cluster-unreachable"
}

/// Whether what was sent may have arrived all the same.
pub fn may_have_arrived(problem: &Problem) -> bool {
    problem.status == 0 || is_silence(problem)
}

/// Whether it is not the panel's own word: nobody answered, or what came could not be read.
pub fn is_no_answer(problem: &Problem) -> bool {
    matches!(problem.code.as_str(), UNREACHABLE | UNREADABLE | request::UNEXPECTED)
}

/// `GET sets`.
pub async fn fleet() -> Result<Fleet, Problem> {
    get(path::SETS).await
}

/// `GET cluster`.
pub async fn cluster() -> Result<ClusterView, Problem> {
    get(path::CLUSTER).await
}

/// `GET sets/{namespace}/{name}`.
pub async fn detail(namespace: &str, name: &str) -> Result<SetDetail, Problem> {
    get(&path::set(namespace, name)).await
}

/// `POST …/actions`. Requests with the same key are the same action, however often they are sent.
pub async fn act(
    namespace: &str,
    name: &str,
    request: &ActionRequest,
    key: &str,
) -> Result<ActionResult, Problem> {
    let url = path::actions(namespace, name);
    read(&send(Method::Post, &url, Some(body(request)?), Some(key)).await?)
}

/// `POST …/actions?dryRun=true`: nothing is stored, the API server only checks.
pub async fn dry_run(
    namespace: &str,
    name: &str,
    request: &ActionRequest,
) -> Result<ActionResult, Problem> {
    let url = format!("{}?dryRun=true", path::actions(namespace, name));
    read(&send(Method::Post, &url, Some(body(request)?), None).await?)
}

/// A fresh `Idempotency-Key`.
pub fn new_key() -> String {
    request::key(dom::random(), dom::random())
}

/// `GET …/history`, newest first, older than the event `before`.
pub async fn history(namespace: &str, name: &str, before: Option<i64>) -> Result<History, Problem> {
    get(&older(&path::history(namespace, name), before)).await
}

/// `GET …/lanes` from a moment to another, or until now.
pub async fn lanes(
    namespace: &str,
    name: &str,
    from: Timestamp,
    to: Option<Timestamp>,
) -> Result<Lanes, Problem> {
    let to = to.map(|to| format!("&to={to}")).unwrap_or_default();
    get(&format!("{}?from={from}{to}", path::lanes(namespace, name))).await
}

/// `GET …/moment`: the set as it was.
pub async fn moment(namespace: &str, name: &str, at: Timestamp) -> Result<MomentView, Problem> {
    get(&format!("{}?at={at}", path::moment(namespace, name))).await
}

/// `GET events` of the whole fleet, newest first, older than the event `before`; `query` begins with `?` or is empty.
pub async fn events(query: &str, before: Option<i64>) -> Result<EventPage, Problem> {
    let url = format!("{}{query}", path::EVENTS);
    get(&older(&url, before)).await
}

/// `GET …/revisions/{revision}`: compared with `from`, else with the one before it; literal environment values only
/// with `reveal`.
pub async fn revision(
    namespace: &str,
    name: &str,
    revision: &str,
    from: Option<&str>,
    reveal: bool,
) -> Result<RevisionDetail, Problem> {
    let url = path::revision(namespace, name, revision);
    let from = from.map(|f| format!("from={f}"));
    let query: Vec<String> =
        from.into_iter().chain(reveal.then(|| "reveal=true".to_owned())).collect();
    let url = if query.is_empty() { url } else { format!("{url}?{}", query.join("&")) };
    get(&url).await
}

/// `GET …/revisions`: what a set can go back to.
pub async fn revisions(namespace: &str, name: &str) -> Result<RevisionList, Problem> {
    get(&path::revisions(namespace, name)).await
}

/// `GET …/pods/{pod}`: one pod in full.
pub async fn pod(namespace: &str, name: &str, pod: &str) -> Result<PodDetail, Problem> {
    get(&path::pod(namespace, name, pod)).await
}

/// `GET …/events`: what Kubernetes' Events say of a set itself.
pub async fn set_events(namespace: &str, name: &str) -> Result<PodEvents, Problem> {
    get(&path::set_events(namespace, name)).await
}

/// A log or a manifest as text, from its whole address.
pub async fn text(url: &str) -> Result<String, Problem> {
    send(Method::Get, url, None, None).await
}

/// `GET …/commands`: what may be run.
pub async fn commands(namespace: &str, name: &str) -> Result<CommandList, Problem> {
    get(&path::commands(namespace, name)).await
}

/// `POST …/commands`: runs one, and compares the answers.
pub async fn run(
    namespace: &str,
    name: &str,
    request: &CommandRequest,
) -> Result<CommandRun, Problem> {
    let url = path::commands(namespace, name);
    read(&send(Method::Post, &url, Some(body(request)?), None).await?)
}

/// `GET session`: who am I.
pub async fn session() -> Result<SessionView, Problem> {
    get(path::SESSION).await
}

/// `POST session`: log in.
pub async fn log_in(login: &Login) -> Result<SessionView, Problem> {
    read(&send(Method::Post, path::SESSION, Some(body(login)?), None).await?)
}

/// `DELETE session`: log out.
pub async fn log_out() -> Result<(), Problem> {
    send(Method::Delete, path::SESSION, None, None).await.map(|_| ())
}

/// `POST setup`: makes the first administrator and logs in.
pub async fn set_up(setup: &Setup) -> Result<(), Problem> {
    send(Method::Post, path::SETUP, Some(body(setup)?), None).await.map(|_| ())
}

async fn get<T: DeserializeOwned>(url: &str) -> Result<T, Problem> {
    read(&send(Method::Get, url, None, None).await?)
}

fn older(url: &str, before: Option<i64>) -> String {
    match before {
        Some(id) => format!("{url}{}before={id}", if url.contains('?') { '&' } else { '?' }),
        None => url.to_owned(),
    }
}

fn body<T: Serialize>(value: &T) -> Result<String, Problem> {
    serde_json::to_string(value).map_err(|e| request::unreadable(&e.to_string()))
}

fn read<T: DeserializeOwned>(text: &str) -> Result<T, Problem> {
    json::read(text).map_err(|why| request::unreadable(&why))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_of_another_version_is_a_problem_and_no_panic() {
        let problem = read::<SessionView>("{}").expect_err("fields are missing");
        assert_eq!(problem.code, UNREADABLE);
    }

    #[test]
    fn older_pages_are_asked_for_by_the_last_event() {
        assert_eq!(older("/x", None), "/x");
        assert_eq!(older("/x", Some(7)), "/x?before=7");
        assert_eq!(older("/x?kind=pods", Some(7)), "/x?kind=pods&before=7");
    }

    #[test]
    fn a_proxy_that_does_not_reach_the_server_is_silence_and_its_own_answers_are_none() {
        let of = |status: u16, code: &str| Problem {
            status,
            code: code.to_owned(),
            title: String::new(),
            detail: String::new(),
            extra: None,
        };
        assert!(is_silence(&of(0, UNREACHABLE)));
        assert!(may_have_arrived(&of(502, request::UNEXPECTED)));
        assert!(may_have_arrived(&of(0, UNREADABLE)), "it was answered");
        assert!(!may_have_arrived(&of(413, request::UNEXPECTED)));
        assert!([502, 503, 504].iter().all(|s| is_silence(&of(*s, request::UNEXPECTED))));
        assert!(!is_silence(&of(0, UNREADABLE)), "it did answer");
        assert!(!is_silence(&of(413, request::UNEXPECTED)));
        assert!(!is_silence(&of(503, "cluster-unreachable")), "the panel itself says so");
    }
}
