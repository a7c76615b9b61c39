use std::time::Duration;

use bytes::Bytes;
use jiff::Span;
use model::wire::{LogEnd, LogLines, RoleBinding, RoleName};

use super::BYTES;
use crate::cluster::inside::{LogError, LogOptions};
use crate::cluster::{ApiError, ApiErrorKind, Caller};
use crate::http::testing::{Panel, facts, forbidden};

const PATH: &str = "/api/v1/sets/shop/web/pods/web-0/logs";
const MANY: &str = "/api/v1/sets/shop/web/logs";

async fn panel() -> Panel {
    filled(Panel::start().await)
}

fn filled(panel: Panel) -> Panel {
    panel.put(facts("shop", "web", 3));
    for pod in ["web-0", "web-1", "web-2"] {
        panel.inside.pod(&facts("shop", "web", 3).set.uid, pod);
    }
    panel
}

/// Under impersonation, with a user who may see and read.
async fn as_themselves() -> Panel {
    let panel = filled(Panel::impersonating().await);
    for resource in ["statefulsets", "pods"] {
        panel.rights.allow("list", resource, Some("shop"));
    }
    panel.rights.allow("get", "pods/log", Some("shop"));
    panel
}

#[tokio::test]
async fn a_log_is_text_and_what_was_asked_for_is_passed_on() {
    let panel = panel().await;
    panel.inside.log("web-0", &["one\ntw", "o\n"]);
    let answer = panel.viewer().get(PATH).await;
    answer.is_ok();
    assert_eq!(answer.text(), "one\ntwo\n");
    assert_eq!(answer.header("content-type"), "text/plain; charset=utf-8");
    assert_eq!((answer.header("x-log-cut"), answer.header("cache-control")), ("", "no-store"));
    panel.inside.log("web-0", &[""]);
    let query = "container=agent&previous=true&tailLines=7&sinceSeconds=60&timestamps=true";
    panel.viewer().get(&format!("{PATH}?{query}")).await.is_ok();
    let by_default =
        LogOptions { container: Some("app".into()), tail_lines: 1_000, ..LogOptions::default() };
    let all = LogOptions {
        container: Some("agent".into()),
        previous: true,
        follow: false,
        timestamps: true,
        tail_lines: 7,
        since_seconds: Some(60),
    };
    assert_eq!(panel.inside.wanted(), [by_default, all]);
}

#[tokio::test]
async fn of_a_log_that_is_too_long_the_end_is_sent_and_that_is_said() {
    let panel = panel().await;
    let line = format!("{}\n", "x".repeat(999));
    let many = line.repeat(BYTES / 1_000 * 3);
    panel.inside.log("web-0", &[&many, "last\n"]);
    let answer = panel.viewer().get(PATH).await;
    assert_eq!(answer.header("x-log-cut"), "beginning");
    let text = answer.text();
    assert!(text.len() <= BYTES && text.len() > BYTES - 2_000, "{}", text.len());
    assert!(text.ends_with("\nlast\n") && text.starts_with(&line), "whole lines");
}

#[tokio::test]
async fn what_cannot_be_had_is_a_problem_with_a_code_of_its_own() {
    let panel = as_themselves().await;
    let viewer = panel.viewer();
    for (error, status, code) in [
        (LogError::ContainerNeeded("choose one of: [a b]".into()), 400, "container-needed"),
        (LogError::NoSuchContainer("not valid".into()), 404, "no-such-part"),
        (LogError::NoPrevious("not found".into()), 404, "no-previous-log"),
        (LogError::NotYet("waiting to start".into()), 409, "log-not-yet"),
        (LogError::Api(forbidden()), 403, "no-access"),
    ] {
        for query in ["", "?follow=true"] {
            panel.inside.log_answer("web-0", Err(error.clone()));
            let problem = viewer.get(&format!("{PATH}{query}")).await.is_problem(status, code);
            assert!(problem.extra.is_some(), "{problem:?}");
        }
    }
    let broke = ApiError {
        kind: ApiErrorKind::Unreachable,
        code: 0,
        reason: String::new(),
        message: "connection reset".into(),
    };
    panel.inside.open_log("web-0").send(Err(broke)).unwrap();
    viewer.get(PATH).await.is_problem(503, "cluster-unreachable");
    assert!(panel.inside.callers().iter().all(|c| *c != Caller::Panel), "always as the user");
}

#[tokio::test]
async fn bounds_roles_and_pods_are_looked_at_first() {
    let panel = panel().await;
    let viewer = panel.viewer();
    for query in ["tailLines=0", "tailLines=10001", "sinceSeconds=0", "sinceSeconds=9999999", "x=1"]
    {
        for path in [PATH, MANY] {
            viewer.get(&format!("{path}?{query}")).await.is_problem(400, "bad-query");
        }
    }
    viewer.get(&format!("{MANY}?ordinals=one")).await.is_problem(400, "bad-query");
    viewer.get(&format!("{MANY}?ordinals=7")).await.is_problem(404, "no-such-part");
    viewer.get(&PATH.replace("web-0", "db-0")).await.is_problem(404, "no-such-part");
    let bob = panel.user("bob", &[(RoleName::Admin, Some("data"))]);
    for path in [PATH, MANY] {
        bob.get(path).await.is_problem(403, "role-missing");
    }
    panel.put(facts("shop", "wide", 21));
    let wide = viewer.get("/api/v1/sets/shop/wide/logs").await.is_problem(400, "bad-query");
    assert!(wide.detail.contains("21 pods: choose 20"), "{}", wide.detail);
}

#[tokio::test]
async fn a_log_is_followed_line_by_line_to_its_end() {
    let panel = panel().await;
    let log = panel.inside.open_log("web-0");
    let mut stream = panel.viewer().stream(&format!("{PATH}?follow=true")).await;
    assert_eq!(stream.header("content-type"), "text/event-stream");
    assert_eq!(stream.header("x-accel-buffering"), "no");
    assert_eq!(panel.state.streams.open(), 1);
    log.send(Ok(Bytes::from_static(b"one\ntwo\nthr"))).unwrap();
    let lines: LogLines = stream.expect("lines").await.json();
    assert_eq!(
        (lines.pod.as_str(), lines.ordinal, lines.lines),
        ("web-0", 0, vec!["one".to_owned(), "two".into()])
    );
    log.send(Ok(Bytes::from_static(b"ee"))).unwrap();
    drop(log);
    assert_eq!(stream.expect("lines").await.json::<LogLines>().lines, ["three"]);
    let end: LogEnd = stream.expect("end").await.json();
    assert_eq!((end.pod.as_deref(), end.reason.as_str()), (Some("web-0"), "complete"));
    let end: LogEnd = stream.expect("end").await.json();
    assert_eq!((end.pod, end.reason.as_str()), (None, "complete"));
    assert_eq!(stream.any().await, None);
    drop(stream);
    assert_eq!(panel.state.streams.open(), 0, "its seat is free again");
}

#[tokio::test]
async fn a_silent_log_says_that_it_is_there_and_ends_after_a_while() {
    let panel = panel().await.limits(|l| l.stream_age = Duration::from_secs(12));
    let _log = panel.inside.open_log("web-0");
    let mut stream = panel.viewer().stream(&format!("{PATH}?follow=true")).await;
    stream.any().await.unwrap();
    // The clock jumps as soon as nothing else moves.
    tokio::time::pause();
    for _ in 0..2 {
        assert_eq!(stream.any().await.unwrap().event, "beat");
    }
    assert_eq!(stream.expect("end").await.json::<LogEnd>().reason, "age");
}

#[tokio::test]
async fn a_stream_ends_with_the_session_the_server_and_the_rights() {
    for reason in ["session-ended", "shutdown", "no-access"] {
        let panel = as_themselves().await.limits(|l| l.recheck = Duration::from_millis(1));
        let log = panel.inside.open_log("web-0");
        let viewer = panel.viewer();
        let mut stream = viewer.stream(&format!("{PATH}?follow=true")).await;
        log.send(Ok(Bytes::from_static(b"one\n"))).unwrap();
        stream.expect("lines").await;
        match reason {
            "shutdown" => panel.state.shutdown.cancel(),
            "session-ended" => viewer.log_out().await,
            _ => {
                panel.rights.withdraw();
                panel.pass(Span::new().minutes(2));
            }
        }
        let end: LogEnd = stream.expect("end").await.json();
        assert_eq!((end.pod, end.reason.as_str()), (None, reason), "{}", end.says);
        assert_eq!(stream.any().await, None);
    }
}

#[tokio::test]
async fn a_role_that_is_taken_away_ends_the_stream() {
    // Not by a paused clock: the database's own deadlines would pass with it while its thread reads.
    let panel = panel().await.limits(|l| l.recheck = Duration::from_millis(1));
    let _log = panel.inside.open_log("web-0");
    let viewer = panel.viewer();
    let mut stream = viewer.stream(&format!("{PATH}?follow=true")).await;
    stream.any().await.unwrap();
    let elsewhere = RoleBinding { role: RoleName::Admin, namespace: Some("data".into()) };
    viewer.gets_roles(&[elsewhere]).await;
    let end: LogEnd = stream.expect("end").await.json();
    assert_eq!((end.pod, end.reason.as_str()), (None, "no-access"));
}

#[tokio::test]
async fn streams_are_counted_and_bounded() {
    let panel = panel().await.limits(|l| l.streams_per_user = 1);
    let _log = panel.inside.open_log("web-0");
    let viewer = panel.viewer();
    let _first = viewer.stream(&format!("{PATH}?follow=true")).await;
    for path in [&format!("{PATH}?follow=true"), MANY] {
        viewer.get(path).await.is_problem(429, "too-many-streams");
    }
}

#[tokio::test]
async fn logs_of_many_pods_come_in_one_stream_and_one_that_fails_does_not_keep_the_others() {
    let panel = as_themselves().await;
    panel.inside.log("web-0", &["a\n"]);
    panel.inside.log_answer("web-1", Err(LogError::NotYet("is waiting to start: x".into())));
    panel.inside.log("web-2", &["c\nd\n"]);
    let mut stream = panel.viewer().stream(MANY).await;
    let (mut lines, mut ends) = (Vec::new(), Vec::new());
    while let Some(sent) = stream.next().await {
        match sent.event.as_str() {
            "lines" => {
                let told: LogLines = sent.json();
                lines.push((told.ordinal, told.lines.join(" ")));
            }
            "end" => ends.push(sent.json::<LogEnd>()),
            other => panic!("{other}"),
        }
    }
    lines.sort();
    assert_eq!(lines, [(0, "a".to_owned()), (2, "c d".into())]);
    let ended = |pod: Option<&str>| {
        let found = ends.iter().find(|e| e.pod.as_deref() == pod);
        found.map(|e| e.reason.as_str())
    };
    assert_eq!(ended(Some("web-0")), Some("complete"));
    assert_eq!(ended(Some("web-1")), Some("log-not-yet"));
    assert_eq!(ends.last().map(|e| (&e.pod, e.reason.as_str())), Some((&None, "complete")));
    assert_eq!(panel.inside.wanted().len(), 3);
    assert!(panel.inside.wanted().iter().all(|w| w.tail_lines == 100 && !w.follow));
}

#[tokio::test]
async fn ordinals_are_chosen_and_each_pod_has_its_own_container() {
    let panel = panel().await;
    panel.inside.log("web-1", &["b\n"]);
    let mut stream = panel.viewer().stream(&format!("{MANY}?ordinals=1")).await;
    assert_eq!(stream.expect("lines").await.json::<LogLines>().pod, "web-1");
    let wanted = panel.inside.wanted();
    assert_eq!((wanted.len(), wanted[0].container.as_deref()), (1, Some("app")));
}
