//! The recorder on a real database.

mod causes;
mod gaps;
mod trouble;

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use jiff::Timestamp;
use model::action::Action;
use model::pace::Pace;
use model::row::Hands;
use model::set::SetKey;
use model::wire::{ActionRequest, EventKind, Expect, Outcome, RolloutOutcome, Source};
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

type Changes = Arc<Mutex<HashMap<String, Hands>>>;
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
                hands: Arc::new(move |uid, hands| {
                    noted.lock().unwrap().insert(uid.to_owned(), hands);
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
            "Helm: moved the partition from 0 to 1: web-1 gets the new template, web-0 stays on r6",
            "Helm: image of postgres from 16.3 to 16.4: revision r7 appears; web-1 gets r7, web-0 stays on r6",
            "Helm: web-0 is held on r6 while r7 is out",
            "web-1 went down (r6)",
            "web-1 was created on r7",
            "web-1 came back Ready on r7 after 30 s",
            "kubectl: moved the partition from 1 to 0: r7 reaches every pod",
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
    assert_eq!(run.changes.lock().unwrap()[uid].last_change.as_ref(), Some(&last));
    assert_eq!(store.held(uid).await.unwrap(), None);
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
    assert_eq!(store.held(&uid).await.unwrap(), None, "no revision to be held from yet");
    let s = run.sees(6, s.revision(7, "16.4").observed(7));
    run.recorder.flush().await;
    let held = store.held(&uid).await.unwrap().unwrap();
    assert_eq!((held.by.name.as_deref(), held.advanced), (Some("Helm"), false));
    let s = run.sees(9, s.at(9).partition(1).by("kubectl-edit").observed(7));
    run.recorder.flush().await;
    let held = store.held(&uid).await.unwrap().unwrap();
    assert!(held.advanced, "they let web-1 go on");
    let by = held.by;
    assert_eq!((by.name.as_deref(), by.at), (Some("kubectl"), Some(second(9))));
    assert_eq!(run.changes.lock().unwrap()[&uid].held_by.as_ref(), Some(&by));
    run.sees(12, s.at(12).partition(0).by("kubectl-edit").observed(7));
    run.recorder.flush().await;
    assert_eq!(store.held(&uid).await.unwrap(), None);
    run.stop().await;
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
