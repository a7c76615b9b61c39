//! Streams over the whole router: what is sent, to whom, and when they end.

use std::time::Duration;

use jiff::ToSpan;
use model::status::StatusKind;
use model::wire::{Actor, ClusterView, KindState, LiveRows, RoleName, SetDetail, Source};

use crate::http::testing::{Panel, canary, facts};

const LIVE: &str = "/api/v1/live";

fn since(version: u64) -> String {
    format!("{LIVE}?since={version}")
}

#[tokio::test]
async fn a_change_is_sent_with_its_version() {
    let panel = Panel::start().await;
    let mut stream = panel.viewer().stream(LIVE).await;
    assert_eq!(stream.header("content-type"), "text/event-stream");
    assert_eq!(stream.header("cache-control"), "no-cache, no-transform");
    assert_eq!(stream.header("x-accel-buffering"), "no");
    assert_eq!(stream.header("content-encoding"), "");
    stream.any().await.unwrap();
    panel.put(facts("shop", "web", 3));
    let sent = stream.expect("rows").await;
    let rows: LiveRows = sent.json();
    assert_eq!(rows.version, panel.live.version());
    assert_eq!(sent.id, rows.version.to_string());
    assert_eq!(rows.now, panel.now());
    assert_eq!(rows.rows.len(), 1, "a burst is one event with the last state");
    assert_eq!(rows.rows[0].strip, "ccc");
    panel.remove(&facts("shop", "web", 3));
    let rows: LiveRows = stream.expect("rows").await.json();
    assert_eq!(rows.gone, [facts("shop", "web", 3).set.key()]);
}

#[tokio::test]
async fn a_reader_goes_on_from_where_it_stood() {
    let panel = Panel::start().await;
    panel.put(facts("shop", "old", 1));
    let version = panel.live.version();
    panel.put(facts("shop", "web", 3));
    let mut stream = panel.viewer().stream(&since(version)).await;
    let rows: LiveRows = stream.expect("rows").await.json();
    assert_eq!(rows.rows.iter().map(|r| r.name.as_str()).collect::<Vec<_>>(), ["web"]);
    assert_eq!(rows.version, panel.live.version());
    panel.put(facts("shop", "api", 1));
    let rows: LiveRows = stream.expect("rows").await.json();
    assert_eq!(rows.rows[0].name, "api", "nothing comes twice");
}

#[tokio::test]
async fn the_last_event_id_beats_the_address() {
    let panel = Panel::start().await;
    let old = panel.live.version();
    panel.put(facts("shop", "web", 3));
    let version = panel.live.version();
    panel.put(facts("shop", "api", 1));
    let request = panel.viewer().request("GET", &since(old));
    let mut stream = request.header("last-event-id", &version.to_string()).stream().await;
    let rows: LiveRows = stream.expect("rows").await.json();
    assert_eq!(rows.rows.iter().map(|r| r.name.as_str()).collect::<Vec<_>>(), ["api"]);
}

#[tokio::test]
async fn a_version_that_is_too_old_or_of_another_process_resets() {
    let panel = Panel::start().await;
    for version in [0, u64::MAX] {
        let mut stream = panel.viewer().stream(&since(version)).await;
        let reset = stream.expect("reset").await;
        assert_eq!(reset.id, panel.live.version().to_string());
    }
}

#[tokio::test]
async fn a_reader_that_falls_behind_is_reset_and_goes_on() {
    let panel = Panel::start().await;
    let mut stream = panel.viewer().stream(LIVE).await;
    stream.any().await.unwrap();
    // More than any buffer holds, while the reader does not read.
    for n in 0..5_000 {
        let state = if n % 2 == 0 { KindState::Lost } else { KindState::Live };
        panel.health("pods", state);
    }
    let reset = stream.expect("reset").await;
    assert_eq!(reset.id, panel.live.version().to_string());
    panel.put(facts("shop", "web", 1));
    let rows: LiveRows = stream.expect("rows").await.json();
    assert_eq!(rows.rows[0].name, "web");
}

#[tokio::test]
async fn only_what_the_user_may_see_is_sent() {
    let panel = Panel::start().await;
    let bob = panel.user("bob", &[(RoleName::Viewer, Some("data"))]);
    let mut stream = bob.stream(LIVE).await;
    stream.any().await.unwrap();
    panel.put(facts("shop", "web", 1));
    panel.put(facts("data", "db", 1));
    panel.remove(&facts("shop", "web", 1));
    panel.put(facts("data", "db", 2));
    let rows: LiveRows = stream.expect("rows").await.json();
    assert!(rows.rows.iter().all(|r| r.namespace == "data"));
    assert!(rows.gone.is_empty());
}

#[tokio::test]
async fn without_the_right_to_list_pods_rows_do_not_show_them() {
    let panel = Panel::impersonating().await;
    panel.rights.allow("list", "statefulsets", Some("shop"));
    let mut stream = panel.viewer().stream(LIVE).await;
    stream.any().await.unwrap();
    panel.put(facts("shop", "web", 2));
    let rows: LiveRows = stream.expect("rows").await.json();
    assert_eq!(rows.rows[0].status.kind, StatusKind::NoAccess);
    assert_eq!(rows.rows[0].strip, "");
}

#[tokio::test]
async fn the_watched_set_comes_in_full_whenever_it_changes() {
    let panel = Panel::start().await;
    panel.put(facts("shop", "web", 2));
    let version = panel.live.version();
    let path = format!("{}&set=shop/web", since(version));
    let mut stream = panel.viewer().stream(&path).await;
    stream.any().await.unwrap();
    panel.put(facts("shop", "api", 1));
    stream.expect("rows").await;
    panel.put(facts("shop", "web", 3));
    stream.expect("rows").await;
    let detail: SetDetail = stream.expect("detail").await.json();
    assert_eq!(detail.facts.pods.len(), 3);
    assert_eq!(detail.version, panel.live.version());
}

#[tokio::test]
async fn a_reader_that_does_not_say_where_it_stands_gets_the_watched_set_at_once() {
    let panel = Panel::start().await;
    panel.put(facts("shop", "web", 2));
    let mut stream = panel.viewer().stream(&format!("{LIVE}?set=shop/web")).await;
    let detail: SetDetail = stream.expect("detail").await.json();
    assert_eq!(detail.row.name, "web");
}

#[tokio::test]
async fn what_the_history_learns_later_is_sent_when_it_is_known() {
    let panel = Panel::start().await;
    panel.put(canary("shop", "web", 3, 2));
    let mut stream = panel.viewer().stream(&format!("{LIVE}?set=shop/web")).await;
    let before: SetDetail = stream.expect("detail").await.json();
    assert_eq!(before.held, None);
    let by = Actor { source: Source::Panel, name: Some("olga".into()), at: None, reason: None };
    panel.history.held_by(by.clone());
    let after: SetDetail = stream.expect("detail").await.json();
    assert_eq!(after.held.unwrap().by, by);
}

#[tokio::test]
async fn the_state_of_the_watches_is_sent_when_it_changes() {
    let panel = Panel::start().await;
    let mut stream = panel.viewer().stream(LIVE).await;
    stream.any().await.unwrap();
    panel.health("pods", KindState::Lost);
    let view: ClusterView = stream.expect("cluster").await.json();
    let pods = view.kinds.iter().find(|k| k.kind == "pods").unwrap();
    assert_eq!(pods.state, KindState::Lost);
}

#[tokio::test]
async fn whom_the_cluster_shows_no_set_reads_so_in_the_stream_too() {
    let panel = Panel::impersonating().await;
    panel.put(facts("shop", "web", 1));
    let mut stream = panel.viewer().stream(LIVE).await;
    stream.any().await.unwrap();
    panel.health("pods", KindState::Lost);
    let view: ClusterView = stream.expect("cluster").await.json();
    let sets = view.kinds.iter().find(|k| k.kind == "statefulsets").unwrap();
    assert_eq!((sets.state, sets.yours), (KindState::NoAccess, true));
    assert!(sets.reason.as_deref().unwrap().contains("vera"));
    let pods = view.kinds.iter().find(|k| k.kind == "pods").unwrap();
    assert_eq!((pods.state, pods.yours), (KindState::Lost, false));
}

#[tokio::test]
async fn a_stream_says_goodbye_when_the_server_stops() {
    let panel = Panel::start().await;
    let mut stream = panel.viewer().stream(LIVE).await;
    stream.any().await.unwrap();
    panel.state.shutdown.cancel();
    assert!(stream.expect("bye").await.data.contains("shutdown"));
    assert_eq!(stream.any().await, None);
    assert_eq!(panel.state.streams.open(), 0);
}

#[tokio::test]
async fn a_stream_ends_with_its_session_and_others_go_on() {
    let panel = Panel::start().await;
    let (vera, olga) = (panel.viewer(), panel.operator());
    let mut ends = vera.stream(LIVE).await;
    let mut stays = olga.stream(LIVE).await;
    ends.any().await.unwrap();
    stays.any().await.unwrap();
    vera.log_out().await;
    assert!(ends.expect("bye").await.data.contains("session-ended"));
    assert_eq!(ends.any().await, None);
    panel.put(facts("shop", "web", 1));
    stays.expect("rows").await;
    vera.get(LIVE).await.is_problem_status(401);
}

#[tokio::test]
async fn an_old_stream_ends_so_that_the_browser_opens_the_next() {
    let panel = Panel::start().await.limits(|l| l.stream_age = std::time::Duration::ZERO);
    let mut stream = panel.viewer().stream(LIVE).await;
    while stream.any().await.is_some() {}
    assert_eq!(panel.state.streams.open(), 0);
}

#[tokio::test]
async fn when_rights_change_the_reader_asks_for_everything_again() {
    let panel = Panel::impersonating().await;
    let panel = panel.limits(|l| l.recheck = std::time::Duration::from_millis(1));
    panel.rights.allow("list", "statefulsets", None);
    panel.rights.allow("list", "pods", None);
    let mut stream = panel.viewer().stream(LIVE).await;
    stream.any().await.unwrap();
    panel.rights.withdraw();
    stream.expect("reset").await;
    panel.put(facts("shop", "web", 1));
    panel.state.shutdown.cancel();
    stream.expect("bye").await;
}

#[tokio::test]
async fn an_api_server_that_does_not_answer_takes_no_rights_away() {
    let panel = Panel::impersonating().await;
    let panel = panel.limits(|l| l.recheck = std::time::Duration::from_millis(1));
    panel.rights.allow("list", "statefulsets", None);
    panel.rights.allow("list", "pods", None);
    panel.put(facts("shop", "web", 1));
    let mut stream = panel.viewer().stream(&since(0)).await;
    stream.expect("reset").await;
    panel.rights.break_down();
    let asked = panel.rights.asked();
    while panel.rights.asked() < asked + 3 {
        tokio::task::yield_now().await;
        tokio::select! {
            biased;
            sent = stream.next() => panic!("{sent:?}"),
            () = tokio::task::yield_now() => {}
        }
    }
}

#[tokio::test]
async fn a_role_that_is_taken_away_ends_what_is_shown() {
    let panel = Panel::start().await.limits(|l| l.recheck = std::time::Duration::from_millis(1));
    panel.put(facts("shop", "web", 1));
    let viewer = panel.viewer();
    let mut stream = viewer.stream(&since(0)).await;
    stream.expect("reset").await;
    panel.put(facts("shop", "web", 2));
    stream.expect("rows").await;
    viewer.gets_roles(&[]).await;
    stream.expect("reset").await;
    panel.put(facts("shop", "web", 3));
    panel.state.shutdown.cancel();
    stream.expect("bye").await;
}

#[tokio::test]
async fn a_silent_stream_says_that_it_is_there() {
    let panel = Panel::start().await;
    let mut stream = panel.viewer().stream(LIVE).await;
    stream.any().await.unwrap();
    tokio::time::pause();
    let beat: serde_json::Value = stream.expect("beat").await.json();
    assert_eq!(beat["now"], panel.now().to_string());
}

#[tokio::test]
async fn a_user_has_a_bound_of_streams() {
    let panel = Panel::start().await.limits(|l| l.streams_per_user = 1);
    let viewer = panel.viewer();
    let first = viewer.stream(LIVE).await;
    let full = viewer.get(LIVE).await;
    full.is_problem(429, "too-many-streams");
    assert_eq!(full.header("retry-after"), "30");
    drop(first);
    viewer.stream(LIVE).await;
}

#[tokio::test]
async fn streams_are_for_those_who_may_see_and_have_asked_properly() {
    let panel = Panel::start().await;
    panel.anyone().get(LIVE).await.is_problem_status(401);
    let viewer = panel.viewer();
    for query in ["since=x", "set=web", "since=-1", "more=1"] {
        viewer.get(&format!("{LIVE}?{query}")).await.is_problem(400, "bad-query");
    }
    let bob = panel.user("bob", &[(RoleName::Viewer, Some("data"))]);
    bob.get(&format!("{LIVE}?set=shop/web")).await.is_problem(403, "role-missing");
    assert_eq!(panel.state.streams.open(), 0, "a refused stream takes no place");
}

#[tokio::test]
async fn an_expired_session_opens_no_stream() {
    let panel = Panel::start().await;
    let viewer = panel.viewer();
    drop(viewer.stream(LIVE).await);
    panel.pass(25.hours());
    viewer.get(LIVE).await.is_problem_status(401);
}

#[tokio::test]
async fn after_a_message_the_next_ones_are_collected_where_many_streams_are_open() {
    let panel = Panel::start().await;
    let viewer = panel.viewer();
    let mut streams = Vec::new();
    for _ in 0..50 {
        streams.push(viewer.stream(LIVE).await);
    }
    let mut stream = streams.pop().unwrap();
    stream.any().await.unwrap();
    tokio::time::pause();
    panel.put(facts("shop", "web", 1));
    let first: LiveRows = stream.expect("rows").await.json();
    assert_eq!(first.rows.len(), 1);
    panel.put(facts("shop", "api", 1));
    // The clock of this test moves only when nothing else can.
    let early = tokio::time::timeout(Duration::from_millis(4), stream.next()).await;
    assert!(early.is_err(), "50 streams collect for 5 ms: {early:?}");
    panel.put(facts("shop", "db", 1));
    let both: LiveRows = stream.expect("rows").await.json();
    assert_eq!(both.rows.iter().map(|r| r.name.as_str()).collect::<Vec<_>>(), ["api", "db"]);
}
