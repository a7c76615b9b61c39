//! The recorder on a real database.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use jiff::Timestamp;
use model::action::Action;
use model::pace::Pace;
use model::set::SetKey;
use model::wire::{ActionRequest, Actor, EventKind, Expect, Outcome, RolloutOutcome, Source};
use tokio::task::JoinHandle;

use super::builder::{Story, second, settled};
use crate::actions::{Entry, Journal};
use crate::clock::Clock;
use crate::history::credit::Deed;
use crate::history::known::{Known, KnownPod};
use crate::history::ledger::{Batch, Ledger, Memory, Write};
use crate::history::recorder::News;
use crate::history::step::{self, Look};
use crate::history::{EventQuery, Reader, Recorder, Scope};
use crate::store::Store;
use crate::store::testing::{Temporary, store};

type Changes = Arc<Mutex<HashMap<String, Actor>>>;
type Paces = Arc<Mutex<HashMap<String, Pace>>>;

/// A recorder whose clock stands where the test puts it.
struct Run {
    recorder: Recorder,
    task: JoinHandle<()>,
    clock: Arc<Mutex<Timestamp>>,
    changes: Changes,
    paces: Paces,
}

impl Run {
    async fn start(store: &Store, at: i64) -> Self {
        let clock = Arc::new(Mutex::new(second(at)));
        let tell = Arc::clone(&clock);
        let changes = Changes::default();
        let noted = Arc::clone(&changes);
        let paces = Paces::default();
        let timed = Arc::clone(&paces);
        let (recorder, task) = Recorder::start(
            Arc::new(store.clone()),
            Clock::from_fn(move || *tell.lock().unwrap()),
            News {
                last_change: Arc::new(move |uid, actor| {
                    noted.lock().unwrap().insert(uid.to_owned(), actor.clone());
                }),
                pace: Arc::new(move |uid, pace| {
                    timed.lock().unwrap().insert(uid.to_owned(), pace);
                }),
            },
            crate::history::recorder::standing().0,
        )
        .await
        .unwrap();
        Self { recorder, task, clock, changes, paces }
    }

    fn clock_says(&self, at: i64) {
        *self.clock.lock().unwrap() = second(at);
    }

    fn first_look(&self, at: i64, stories: &[&Story]) {
        self.clock_says(at);
        let sets = stories.iter().map(|s| s.found()).collect();
        self.recorder.catch_up(second(at), sets, Scope::All);
    }

    fn sees(&self, at: i64, story: Story) -> Story {
        self.clock_says(at);
        let story = story.at(at);
        self.recorder.changed(story.changed());
        story
    }

    /// Ends as a server does that is told to.
    async fn stop(self) {
        drop(self.recorder);
        self.task.await.unwrap();
    }

    /// Ends as a server does that is killed: what is written is written, nothing more.
    async fn kill(self) {
        self.recorder.flush().await;
        self.task.abort();
        assert!(self.task.await.unwrap_err().is_cancelled());
    }
}

fn web() -> SetKey {
    SetKey::new("shop", "web")
}

/// Oldest first, with the actor in front.
async fn told(store: &Store) -> Vec<String> {
    let history = store.history(&web(), None, 500).await.unwrap();
    let line = |e: &model::wire::EventView| match &e.actor {
        Some(a) => {
            let who = a.name.as_deref().unwrap_or("outside");
            format!("{who}: {}", e.sentence)
        }
        None => e.sentence.clone(),
    };
    history.events.iter().rev().map(line).collect()
}

#[tokio::test]
async fn a_canary_is_told_with_its_rollout_and_its_actors() {
    let Temporary { store, folder: _folder } = store().await;
    let run = Run::start(&store, 0).await;
    let s = settled("web", 2);
    run.first_look(0, &[&s]);
    run.recorder.template("hash-16.3".into(), r#"{"a":1}"#.into());
    run.recorder.template("hash-16.4".into(), r#"{"a":2}"#.into());
    let s = run.sees(5, s.at(5).partition(1).image("16.4").by("helm"));
    let s = run.sees(6, s.revision(7, "16.4").observed(7));
    let s = run.sees(10, s.at(10).ends(1));
    let s = run.sees(12, s.at(12).gone(1).created(1, 7));
    let s = run.sees(40, s.at(40).ready(1).counted());
    let s = run.sees(50, s.at(50).partition(0).by("kubectl-patch").observed(7));
    let s = run.sees(51, s.at(51).ends(0));
    let s = run.sees(55, s.at(55).gone(0).created(0, 7));
    let s = run.sees(70, s.at(70).ready(0).counted());
    run.recorder.flush().await;
    let pace = Pace { restarts: 2, shortest: 19_000, median: 30_000, longest: 30_000 };
    assert_eq!(run.paces.lock().unwrap()[&s.facts.set.uid], pace);
    assert_eq!(
        told(&store).await,
        [
            "web was seen for the first time, with 2 replicas",
            "Helm: holds before web-0: web-1 gets the new template, web-0 stays on r6",
            "Helm: image of postgres from 16.3 to 16.4: revision r7 appears; web-1 gets r7, web-0 stays on r6",
            "Helm: web-0 is held on r6 while r7 is out",
            "web-1 went down (r6)",
            "web-1 was created on r7",
            "web-1 came back Ready on r7 after 30 s",
            "kubectl: lets r7 reach every pod",
            "web-0 went down (r6)",
            "web-0 was created on r7",
            "web-0 came back Ready on r7 after 19 s",
            "settled after 64 s: all 2 pods run r7 and are Ready",
        ]
    );
    let history = store.history(&web(), None, 50).await.unwrap();
    assert_eq!(history.rollouts.len(), 1);
    let rollout = &history.rollouts[0];
    assert_eq!((rollout.from.as_deref(), rollout.to.as_str()), (Some("r6"), "r7"));
    assert_eq!(rollout.outcome, RolloutOutcome::Settled);
    assert_eq!((rollout.started, rollout.ended), (second(6), Some(second(70))));
    assert_eq!(rollout.actor.as_ref().unwrap().name.as_deref(), Some("Helm"));
    let inside = history.events.iter().filter(|e| e.rollout == Some(rollout.id)).count();
    assert_eq!(inside, 10, "all but the first look and the partition before the revision");
    assert_eq!(store.rollout(&web(), rollout.id).await.unwrap().as_ref(), Some(rollout));
    assert_eq!(store.rollout(&SetKey::new("shop", "other"), rollout.id).await.unwrap(), None);

    let uid = &s.facts.set.uid;
    let last = store.last_change(uid).await.unwrap().unwrap();
    assert_eq!((last.source, last.name.as_deref()), (Source::Tool, Some("kubectl")));
    assert_eq!(run.changes.lock().unwrap()[uid], last);
    assert_eq!(store.held_by(uid).await.unwrap(), None);
    assert_eq!(store.template("hash-16.4").await.unwrap().as_deref(), Some(r#"{"a":2}"#));
    assert_eq!(store.template("nothing").await.unwrap(), None);

    let then = store.moment(&web(), second(20)).await.unwrap().unwrap();
    assert_eq!(then.words(), ["0: r6 ready", "1: r7 starting"]);
    assert_eq!(store.moment(&web(), second(-9)).await.unwrap(), None);
    run.stop().await;
}

#[tokio::test]
async fn who_holds_is_known_while_the_hold_stands() {
    let Temporary { store, folder: _folder } = store().await;
    let run = Run::start(&store, 0).await;
    let s = settled("web", 3);
    let uid = s.facts.set.uid.clone();
    run.first_look(0, &[&s]);
    let s = run.sees(5, s.at(5).partition(2).image("16.4").by("helm"));
    run.recorder.flush().await;
    assert_eq!(store.held_by(&uid).await.unwrap(), None, "no revision to be held from yet");
    let s = run.sees(6, s.revision(7, "16.4").observed(7));
    run.recorder.flush().await;
    assert_eq!(store.held_by(&uid).await.unwrap().unwrap().name.as_deref(), Some("Helm"));
    let s = run.sees(9, s.at(9).partition(1).by("kubectl-edit").observed(7));
    run.recorder.flush().await;
    let by = store.held_by(&uid).await.unwrap().unwrap();
    assert_eq!((by.name.as_deref(), by.at), (Some("kubectl"), Some(second(9))));
    run.sees(12, s.at(12).partition(0).by("kubectl-edit").observed(7));
    run.recorder.flush().await;
    assert_eq!(store.held_by(&uid).await.unwrap(), None);
    run.stop().await;
}

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
async fn a_name_may_be_many_sets() {
    let Temporary { store, folder: _folder } = store().await;
    let run = Run::start(&store, 0).await;
    let s = settled("web", 1);
    run.first_look(0, &[&s]);
    run.clock_says(5);
    run.recorder.changed(s.clone().at(5).deleted());
    let mut again = s.at(9);
    again.facts.set.uid = "second".into();
    again.facts.set.created = second(9);
    let again = run.sees(9, again);
    let mut third = again;
    third.facts.set.uid = "third".into();
    third.facts.set.created = second(12);
    run.sees(12, third);
    run.recorder.flush().await;
    assert_eq!(
        told(&store).await,
        [
            "web was seen for the first time, with 1 replica",
            "web was deleted",
            "kubectl: web was created with 1 replica",
            "web was deleted",
            "kubectl: web was created with 1 replica",
        ]
    );
    run.stop().await;
}

fn entry(story: &Story, id: &str, action: Action) -> Entry {
    Entry {
        id: id.into(),
        set: story.facts.set.key(),
        set_uid: story.facts.set.uid.clone(),
        user: "mara.lind".into(),
        acted_as: None,
        idempotency_key: None,
        request: ActionRequest {
            action,
            reason: Some("more load".into()),
            expect: Expect { uid: story.facts.set.uid.clone(), generation: 6 },
        },
        summary: "did it".into(),
        generation: 6,
        at: second(1),
        outcome: Outcome::Pending,
        ended: None,
        result: None,
        error: None,
    }
}

#[tokio::test]
async fn an_action_is_credited_though_its_outcome_is_not_written_yet() {
    let Temporary { store, folder: _folder } = store().await;
    let run = Run::start(&store, 0).await;
    let s = settled("web", 2);
    run.first_look(0, &[&s]);
    store.begin(&entry(&s, "a1", Action::Scale { replicas: 4 })).await.unwrap();
    run.sees(3, s.at(3).scale(4).by_action("a1"));
    run.recorder.flush().await;
    let history = store.history(&web(), None, 50).await.unwrap();
    let actor = history.events[0].actor.clone().unwrap();
    assert_eq!((actor.source, actor.name.as_deref()), (Source::Panel, Some("mara.lind")));
    assert_eq!(actor.reason.as_deref(), Some("more load"));
    assert_eq!(history.events[0].action.as_deref(), Some("a1"));
    run.stop().await;
}

#[tokio::test]
async fn a_fleet_that_comes_up_at_once_is_recorded_whole() {
    let Temporary { store, folder: _folder } = store().await;
    let run = Run::start(&store, 0).await;
    run.first_look(0, &[]);
    for n in 0..100 {
        let mut s = settled(&format!("set-{n}"), 0).scale(10).observed(6);
        s.facts.set.created = second(1);
        let mut s = run.sees(1, s);
        for ordinal in 0..10 {
            s = run.sees(2, s.at(2).created(ordinal, 6));
            s = run.sees(3, s.at(3).ready(ordinal).counted());
        }
    }
    run.recorder.flush().await;
    let runs: i64 = sqlx::query_scalar("select count(*) from pod_run where ready is not null")
        .fetch_one(&store.read)
        .await
        .unwrap();
    assert_eq!(runs, 1_000);
    let events: i64 = sqlx::query_scalar("select count(*) from event where kind <> 'snapshot'")
        .fetch_one(&store.read)
        .await
        .unwrap();
    assert_eq!(events, 100 + 2 * 1_000);
    run.stop().await;
}

/// Fails as often as it is told to, and keeps what it takes.
#[derive(Default)]
struct Shaky {
    failures: Mutex<u32>,
    taken: Mutex<Vec<Batch>>,
}

#[async_trait]
impl Ledger for Shaky {
    async fn remember(&self) -> anyhow::Result<Memory> {
        Ok(Memory::default())
    }

    async fn paces(&self, _: &[String]) -> anyhow::Result<HashMap<String, Vec<u64>>> {
        Ok(HashMap::new())
    }

    async fn write(&self, batch: &Batch) -> anyhow::Result<()> {
        let mut left = self.failures.lock().unwrap();
        if *left > 0 {
            *left -= 1;
            anyhow::bail!("the disk is full");
        }
        self.taken.lock().unwrap().push(batch.clone());
        Ok(())
    }

    async fn deeds(&self, _: &[String], _: i64) -> anyhow::Result<Vec<Deed>> {
        Ok(Vec::new())
    }
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_written_now_is_written_later_and_in_order() {
    let shaky = Arc::new(Shaky::default());
    let clock = Clock::from_fn(|| second(0));
    let (standing, mut unrecorded) = crate::history::recorder::standing();
    let (recorder, task) =
        Recorder::start(Arc::clone(&shaky) as _, clock, News::default(), standing).await.unwrap();
    let s = settled("web", 2);
    recorder.catch_up(second(0), vec![s.found()], Scope::All);
    recorder.flush().await;
    *shaky.failures.lock().unwrap() = 3;
    let s = s.at(1).scale(3);
    recorder.changed(s.changed());
    recorder.changed(s.at(2).scale(4).changed());
    let trouble = unrecorded.wait_for(Option::is_some).await.unwrap().clone().unwrap();
    assert_eq!(trouble.since, second(0), "until then all is written");
    recorder.flush().await;
    assert_eq!(*unrecorded.borrow(), None, "and it is over");
    drop(recorder);
    task.await.unwrap();
    assert_eq!(
        shaky.sentences()[1..],
        ["scaled from 2 to 3: web-2 comes", "scaled from 3 to 4: web-3 comes"]
    );
}

#[tokio::test(start_paused = true)]
async fn what_waits_has_an_end_and_what_did_not_fit_is_a_gap() {
    let shaky = Arc::new(Shaky::default());
    let clock = Clock::from_fn(|| second(0));
    let (recorder, task) = Recorder::start(
        Arc::clone(&shaky) as _,
        clock,
        News::default(),
        crate::history::recorder::standing().0,
    )
    .await
    .unwrap();
    let (web, db) = (settled("web", 2), settled("db", 1));
    recorder.catch_up(second(0), vec![web.found(), db.found()], Scope::All);
    recorder.flush().await;
    *shaky.failures.lock().unwrap() = 3;
    let mut web = web;
    for n in 1..=20_000_i64 {
        web = web.at(n).scale(if n % 2 == 0 { 2 } else { 3 });
        recorder.changed(web.changed());
    }
    recorder.template("late".into(), "{}".into());
    recorder.changed(db.at(20_001).scale(2).changed());
    let web = web.at(20_002).scale(5);
    recorder.changed(web.changed());
    recorder.flush().await;
    let told = shaky.sentences();
    assert!(told.len() < 15_000, "{} events were kept", told.len());
    let end: Vec<&str> = told[told.len() - 4..].iter().map(String::as_str).collect();
    assert!(end[0].starts_with("the panel did not look for"), "{end:?}");
    assert!(end[1].starts_with("scaled from 1 to 2"), "{end:?}");
    assert!(end[2].starts_with("the panel did not look for"), "{end:?}");
    assert!(end[3].starts_with("scaled from 2 to 5"), "{end:?}");
    let templates = |w: &Write| matches!(w, Write::Template { hash, .. } if hash == "late");
    assert!(shaky.taken.lock().unwrap().iter().flat_map(|b| &b.writes).any(templates));
    // The queue is used again.
    recorder.changed(web.at(30_000).scale(6).changed());
    recorder.flush().await;
    assert_eq!(shaky.sentences().last().unwrap(), "scaled from 5 to 6: web-5 comes");
    drop(recorder);
    task.await.unwrap();
}

impl Shaky {
    /// What it was told so far.
    fn sentences(&self) -> Vec<String> {
        let taken = self.taken.lock().unwrap();
        taken
            .iter()
            .flat_map(|b| &b.writes)
            .filter_map(|w| match w {
                Write::Event { happened, .. } if !happened.sentence.is_empty() => {
                    Some(happened.sentence.clone())
                }
                _ => None,
            })
            .collect()
    }
}

#[tokio::test]
async fn a_batch_is_written_whole_or_not_at_all() {
    let Temporary { store, folder: _folder } = store().await;
    let s = settled("web", 1);
    let look = Look { at: 1, since: 1, gap: None, deeds: &[], status: None };
    let mut writes = step::first(&s.facts, look).writes;
    let stranger = Write::SetDeleted { uid: "web-uid".into(), at: 1 };
    let pod = KnownPod { uid: "x".into(), ..Known::of(&s.facts, None).pods[0].clone() };
    writes.push(Write::Pod { set_uid: "nobody".into(), pod: Box::new(pod) });
    writes.push(stranger);
    let batch = Batch { writes, known: vec![], looked_until: Some(7) };
    store.write(&batch).await.unwrap_err();
    assert!(told(&store).await.is_empty());
    assert_eq!(store.remember().await.unwrap().looked_until, None);
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

/// Panics at the first write.
struct Fatal;

#[async_trait]
impl Ledger for Fatal {
    async fn remember(&self) -> anyhow::Result<Memory> {
        Ok(Memory::default())
    }

    async fn paces(&self, _: &[String]) -> anyhow::Result<HashMap<String, Vec<u64>>> {
        Ok(HashMap::new())
    }

    async fn write(&self, _: &Batch) -> anyhow::Result<()> {
        panic!("an error of our own")
    }

    async fn deeds(&self, _: &[String], _: i64) -> anyhow::Result<Vec<Deed>> {
        Ok(Vec::new())
    }
}

#[tokio::test]
async fn a_history_that_ended_by_a_panic_says_so() {
    let clock = Clock::from_fn(|| second(7));
    let (standing, mut unrecorded) = crate::history::recorder::standing();
    let (recorder, task) =
        Recorder::start(Arc::new(Fatal), clock, News::default(), standing).await.unwrap();
    recorder.catch_up(second(0), vec![settled("web", 2).found()], Scope::All);
    recorder.flush().await;
    let told = unrecorded.wait_for(Option::is_some).await.unwrap().clone().unwrap();
    assert_eq!(told.since, second(7));
    assert!(told.reason.contains("started again"), "{}", told.reason);
    task.await.unwrap();
}
