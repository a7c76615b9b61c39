//! While nobody looked.

use model::forecast::forecast;
use model::wire::ActionResult;

use super::*;

#[tokio::test]
async fn what_happened_while_the_panel_was_down_is_told_after_one_gap() {
    let Temporary { store, folder: _folder } = store().await;
    let run = Run::start(&store, 0).await;
    let web_set = settled("web", 2);
    let quiet = settled("quiet", 1);
    let doomed = settled("doomed", 1);
    run.first_look(0, &[&web_set, &quiet, &doomed]);
    run.stop().await;

    let run = Run::start(&store, 240).await;
    let moved = web_set.at(200).scale(3).by("kubectl-scale").observed(6);
    run.first_look(240, &[&moved, &quiet]);
    run.recorder.flush().await;
    assert_eq!(
        told(&store).await[1..],
        [
            "the panel did not look for 4 min: what follows was found afterwards",
            "kubectl: scaled from 2 to 3: web-2 comes (while the panel did not look)",
        ]
    );
    let events = |name: &str| {
        let sets = Some(vec![SetKey::new("shop", name)]);
        EventQuery { sets, limit: 50, ..EventQuery::default() }
    };
    assert_eq!(store.events(&events("quiet")).await.unwrap().events.len(), 1);
    let doomed = store.events(&events("doomed")).await.unwrap().events;
    assert_eq!(doomed[0].sentence, "doomed was deleted (while the panel did not look)");
    assert_eq!(doomed[1].kind, EventKind::Gap);
    let unsure = store.moment(&web(), second(100)).await.unwrap().unwrap();
    assert_eq!(unsure.unsure, Some((second(0), second(240))));
    run.stop().await;
}

#[tokio::test]
async fn a_set_outside_the_scope_of_a_fresh_list_is_not_gone() {
    let Temporary { store, folder: _folder } = store().await;
    let run = Run::start(&store, 0).await;
    run.first_look(0, &[&settled("web", 1)]);
    run.stop().await;
    let run = Run::start(&store, 100).await;
    run.recorder.catch_up(second(100), vec![], Scope::Namespaces(vec!["other".into()]));
    run.recorder.flush().await;
    assert_eq!(told(&store).await.len(), 1);
    run.stop().await;
}

#[tokio::test]
async fn a_break_of_a_moment_is_no_gap() {
    let Temporary { store, folder: _folder } = store().await;
    let run = Run::start(&store, 0).await;
    let s = settled("web", 2);
    run.first_look(0, &[&s]);
    run.stop().await;
    let run = Run::start(&store, 1).await;
    run.first_look(1, &[&s.at(1).scale(3)]);
    run.recorder.flush().await;
    assert_eq!(told(&store).await[1], "outside: scaled from 2 to 3: web-2 comes");
    run.stop().await;
}

#[tokio::test]
async fn after_a_lost_watch_only_what_the_fresh_list_brings_was_missed() {
    let Temporary { store, folder: _folder } = store().await;
    let run = Run::start(&store, 0).await;
    let s = settled("web", 2);
    run.first_look(0, &[&s]);
    run.recorder.lost(second(10));
    run.clock_says(70);
    run.recorder.gap(second(10), second(70));
    let s = run.sees(70, s.at(70).scale(3));
    run.sees(71, s.at(71).scale(4));
    run.recorder.flush().await;
    assert_eq!(
        told(&store).await[1..],
        [
            "the panel did not look for 60 s: what follows was found afterwards",
            "outside: scaled from 2 to 3: web-2 comes (while the panel did not look)",
            "outside: scaled from 3 to 4: web-3 comes",
        ]
    );
    run.stop().await;
}

#[tokio::test]
async fn a_break_that_ends_at_another_time_for_each_kind_is_told_once() {
    let Temporary { store, folder: _folder } = store().await;
    let run = Run::start(&store, 0).await;
    let s = settled("web", 2);
    run.first_look(0, &[&s]);
    for _kind in 0..3 {
        run.recorder.lost(second(10));
    }
    run.recorder.gap(second(10), second(70));
    let s = run.sees(70, s.at(70).scale(3));
    run.recorder.gap(second(10), second(71));
    run.sees(71, s.at(71).created(2, 6));
    run.recorder.flush().await;
    assert_eq!(
        told(&store).await[1..],
        [
            "the panel did not look for 60 s: what follows was found afterwards",
            "outside: scaled from 2 to 3: web-2 comes (while the panel did not look)",
            "web-2 was created on r6 (while the panel did not look)",
        ]
    );
    run.stop().await;
}

#[tokio::test]
async fn a_kind_that_may_not_be_listed_at_the_start_does_not_hide_the_gap() {
    let Temporary { store, folder: _folder } = store().await;
    let run = Run::start(&store, 0).await;
    let s = settled("web", 2);
    run.first_look(0, &[&s]);
    run.stop().await;
    let run = Run::start(&store, 240).await;
    run.recorder.lost(second(239));
    run.first_look(240, &[&s.at(240).scale(3)]);
    run.recorder.flush().await;
    assert!(told(&store).await[1].starts_with("the panel did not look for 4 min"));
    run.clock_says(500);
    run.stop().await;
    let looked = store.remember().await.unwrap().looked_until;
    assert_eq!(looked, Some(second(500).as_millisecond()));
}

#[tokio::test]
async fn a_killed_recorder_loses_nothing_and_doubles_nothing() {
    let Temporary { store, folder: _folder } = store().await;
    let mut s = settled("web", 3);
    let run = Run::start(&store, 0).await;
    run.first_look(0, &[&s]);
    run.kill().await;
    let mut expected = 1;
    for round in 1..=12_i64 {
        let at = round;
        let run = Run::start(&store, at).await;
        run.first_look(at, &[&s]);
        s = run.sees(at, s.at(at).scale(u32::try_from(3 + round).unwrap()).by("kubectl-scale"));
        expected += 1;
        run.kill().await;
        assert_eq!(told(&store).await.len(), expected, "after kill {round}");
    }
}

#[tokio::test]
async fn a_fresh_list_while_the_panel_looks_is_no_gap() {
    let Temporary { store, folder: _folder } = store().await;
    let run = Run::start(&store, 0).await;
    let s = settled("web", 1);
    run.first_look(0, &[&s]);
    run.first_look(600, &[&s.at(600).scale(2)]);
    run.recorder.flush().await;
    assert_eq!(told(&store).await[1..], ["outside: scaled from 1 to 2: web-1 comes"]);
    run.stop().await;
}

/// A set that rests, though not as it was foretold to, and does not change any more.
#[tokio::test]
async fn what_was_foretold_and_did_not_come_while_the_panel_was_down_is_told_at_once() {
    let Temporary { store, folder: _folder } = store().await;
    let run = Run::start(&store, 0).await;
    let web_set = settled("web", 2);
    run.first_look(0, &[&web_set]);
    let action = Action::Scale { replicas: 4 };
    let result = ActionResult {
        id: Some("a1".into()),
        outcome: Outcome::Applied,
        incomplete: None,
        summary: "did it".into(),
        forecast: forecast(&web_set.facts, &action),
        patch: Vec::new(),
        kubectl: String::new(),
        uid: web_set.facts.set.uid.clone(),
        generation: 7,
        row: None,
    };
    let written = Entry { result: Some(result), ..entry(&web_set, "a1", action) };
    store.begin(&written).await.unwrap();
    run.stop().await;

    let run = Run::start(&store, 240).await;
    let short = web_set.at(200).scale(3).by_action("a1").observed(6).created(2, 6).ready(2);
    run.first_look(240, &[&short.counted()]);
    run.recorder.flush().await;
    let all = told(&store).await;
    let end = "Happened: web-2 was created, then nothing more: web-3 was not created.";
    assert!(all.iter().any(|line| line.contains(end)), "{all:#?}");
    run.stop().await;
}
