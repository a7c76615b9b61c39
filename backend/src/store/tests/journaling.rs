use jiff::Timestamp;
use model::action::Action;
use model::forecast::Forecast;
use model::set::SetKey;
use model::wire::{ActionRequest, ActionResult, EventKind, Expect, Outcome, Source};

use crate::actions::{Entry, Journal};
use crate::history::credit::Origin;
use crate::history::ledger::{Batch, Ledger as _};
use crate::history::step::{self, Look};
use crate::history::tests::builder::{ms_of, settled};
use crate::history::{EventQuery, Reader};
use crate::store::testing::{Temporary, store};
use crate::store::tests::pruning::tell;

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(seconds).unwrap()
}

fn intent(id: &str, user: &str, key: Option<&str>) -> Entry {
    Entry {
        id: id.into(),
        set: SetKey::new("shop", "web"),
        set_uid: "web-uid".into(),
        user: user.into(),
        acted_as: Some("mara".into()),
        idempotency_key: key.map(str::to_owned),
        request: ActionRequest {
            action: Action::Scale { replicas: 3 },
            reason: Some("more load".into()),
            expect: Expect { uid: "web-uid".into(), generation: 4 },
        },
        summary: "scaled from 2 to 3".into(),
        generation: 4,
        at: at(100),
        outcome: Outcome::Pending,
        ended: None,
        result: None,
        error: None,
    }
}

fn result(id: &str) -> ActionResult {
    ActionResult {
        id: Some(id.into()),
        outcome: Outcome::Applied,
        incomplete: None,
        summary: "scaled from 2 to 3".into(),
        forecast: Forecast::default(),
        patch: vec![],
        kubectl: "kubectl scale".into(),
        uid: "web-uid".into(),
        generation: 5,
        row: None,
    }
}

#[tokio::test]
async fn an_intent_is_there_as_it_was_written_and_gets_its_outcome_once() {
    let Temporary { store, folder: _folder } = store().await;
    let entry = intent("a1", "mara", None);
    assert_eq!(store.begin(&entry).await.unwrap(), None);
    assert_eq!(store.find("a1").await.unwrap().as_ref(), Some(&entry));
    assert_eq!(store.open().await.unwrap(), std::slice::from_ref(&entry));
    let answer = result("a1");
    store.end("a1", Outcome::Applied, at(101), Some(&answer), None).await.unwrap();
    let ended =
        Entry { outcome: Outcome::Applied, ended: Some(at(101)), result: Some(answer), ..entry };
    assert_eq!(store.find("a1").await.unwrap().as_ref(), Some(&ended));
    assert!(store.open().await.unwrap().is_empty());
    store.end("a1", Outcome::Unknown, at(200), None, Some("late")).await.unwrap();
    assert_eq!(store.find("a1").await.unwrap().as_ref(), Some(&ended), "an outcome stays");
    assert_eq!(store.find("a2").await.unwrap(), None);
    assert!(store.end("a2", Outcome::Applied, at(1), None, None).await.is_err());
}

#[tokio::test]
async fn a_repeated_key_of_the_same_user_answers_the_earlier_action() {
    let Temporary { store, folder: _folder } = store().await;
    let first = intent("a1", "mara", Some("k"));
    assert_eq!(store.begin(&first).await.unwrap(), None);
    assert_eq!(store.begin(&intent("a2", "mara", Some("k"))).await.unwrap(), Some(first));
    assert_eq!(store.find("a2").await.unwrap(), None);
    assert_eq!(store.begin(&intent("a3", "joe", Some("k"))).await.unwrap(), None);
    assert_eq!(store.begin(&intent("a4", "mara", None)).await.unwrap(), None);
    assert_eq!(store.begin(&intent("a5", "mara", None)).await.unwrap(), None);
    let open: Vec<String> = store.open().await.unwrap().into_iter().map(|e| e.id).collect();
    assert_eq!(open, ["a1", "a3", "a4", "a5"]);
}

#[tokio::test]
async fn each_outcome_is_one_event_with_user_and_reason() {
    let Temporary { store, folder: _folder } = store().await;
    for (id, outcome, error) in [
        ("a1", Outcome::Applied, None),
        ("a2", Outcome::Refused, Some("the set is being deleted")),
        ("a3", Outcome::Unknown, None),
    ] {
        store.begin(&intent(id, "mara", None)).await.unwrap();
        for _ in 0..2 {
            store.end(id, outcome, at(101), None, error).await.unwrap();
        }
    }
    // Read off the cluster later.
    store.end("a3", Outcome::Applied, at(102), None, None).await.unwrap();
    let query = EventQuery { limit: 10, ..EventQuery::default() };
    let events = store.events(&query).await.unwrap().events;
    let sentences: Vec<&str> = events.iter().rev().map(|e| e.sentence.as_str()).collect();
    assert_eq!(
        sentences,
        [
            "scaled from 2 to 3",
            "tried, and nothing changed: scaled from 2 to 3 (the set is being deleted)",
            "scaled from 2 to 3: whether it took effect is not known",
            "scaled from 2 to 3",
        ]
    );
    let event = &events[0];
    assert_eq!((event.kind, event.action.as_deref()), (EventKind::Action, Some("a3")));
    let actor = event.actor.as_ref().unwrap();
    assert_eq!((actor.source, actor.name.as_deref()), (Source::Panel, Some("mara")));
    assert_eq!(actor.reason.as_deref(), Some("more load"));
}

#[tokio::test]
async fn events_are_found_by_time_and_by_words() {
    let Temporary { store, folder: _folder } = store().await;
    for (n, user, summary) in
        [(0, "mara", "scaled to 3"), (1, "ivo", "100% of Pods"), (2, "mara", "web_1 goes")]
    {
        let mut entry = intent(&format!("a{n}"), user, None);
        entry.summary = summary.into();
        store.begin(&entry).await.unwrap();
        store.end(&entry.id, Outcome::Applied, at(100 + n), None, None).await.unwrap();
    }
    let of_set = Some(vec![SetKey::new("shop", "web")]);
    let of_namespace = Some(vec!["shop".to_owned()]);
    for (sets, namespaces) in [(None, None), (of_set, None), (None, of_namespace)] {
        let all = EventQuery { sets, namespaces, limit: 10, ..EventQuery::default() };
        let found = async |since: Option<i64>, words: &[&str]| {
            let words = words.iter().map(|w| (*w).to_owned()).collect();
            let query = EventQuery { since: since.map(at), words, ..all.clone() };
            let events = store.events(&query).await.unwrap().events;
            events.iter().map(|e| e.at.as_second() - 100).collect::<Vec<_>>()
        };
        assert_eq!(found(Some(101), &[]).await, [2, 1]);
        assert_eq!(found(Some(103), &[]).await, [0; 0]);
        assert_eq!(found(None, &["MARA"]).await, [2, 0]);
        assert_eq!(found(None, &["mara", "scaled"]).await, [0], "both");
        assert_eq!(found(Some(101), &["mara"]).await, [2]);
        assert_eq!(found(None, &["shop/web", "more"]).await, [2, 1, 0], "the set, the reason");
        assert_eq!(found(None, &["0%"]).await, [1], "as it is written");
        assert_eq!(found(None, &["b_1"]).await, [2]);
        assert_eq!(found(None, &["s_a"]).await, [0; 0]);
        assert_eq!(found(None, &["\\"]).await, [0; 0]);
    }
}

#[tokio::test]
async fn what_nobody_is_known_to_have_done_is_the_clusters_own_but_for_gaps() {
    let Temporary { store, folder: _folder } = store().await;
    let web = settled("web", 2);
    let known = tell(&store, &[web.clone(), web.clone().at(10).gone(1)]).await;
    let later = web.at(90).gone(1).scale(3);
    let gap = Some((ms_of(20), ms_of(90)));
    let look = Look { at: later.now(), since: ms_of(0), gap, deeds: &[], status: None };
    let writes = step::next(&known, &later.facts, look).writes;
    store.write(&Batch { writes, known: Vec::new(), looked_until: Some(1) }).await.unwrap();
    let of = async |source| {
        let query = EventQuery { source, limit: 50, ..EventQuery::default() };
        store.events(&query).await.unwrap().events
    };
    let all = of(None).await;
    assert!(all.iter().any(|e| e.kind == EventKind::Gap), "{all:?}");
    let own = of(Some(Origin::Controller)).await;
    assert!(own.iter().any(|e| e.kind == EventKind::PodDown), "{own:?}");
    assert!(own.iter().all(|e| e.kind != EventKind::Gap && e.actor.is_none()), "{own:?}");
    assert!(of(Some(Origin::Panel)).await.is_empty());
}

#[tokio::test]
async fn events_are_paged_and_filtered_by_set_and_namespace() {
    let Temporary { store, folder: _folder } = store().await;
    for n in 0..5 {
        let mut entry = intent(&format!("a{n}"), "mara", None);
        if n % 2 == 1 {
            entry.set = SetKey::new("lab", "web");
            entry.set_uid = "lab-uid".into();
        }
        store.begin(&entry).await.unwrap();
        store.end(&entry.id, Outcome::Applied, at(n), None, None).await.unwrap();
    }
    let ids = |events: &[model::wire::EventView]| {
        events.iter().map(|e| e.action.clone().unwrap()).collect::<Vec<_>>().join(" ")
    };
    let all = EventQuery { limit: 2, ..EventQuery::default() };
    let first = store.events(&all).await.unwrap();
    assert_eq!(ids(&first.events), "a4 a3");
    let second =
        store.events(&EventQuery { before: first.page.next, ..all.clone() }).await.unwrap();
    assert_eq!(ids(&second.events), "a2 a1");
    let last = store.events(&EventQuery { before: second.page.next, ..all }).await.unwrap();
    assert_eq!((ids(&last.events).as_str(), last.page.next), ("a0", None));

    let of = |sets: Option<Vec<SetKey>>, namespaces: Option<Vec<String>>| EventQuery {
        sets,
        namespaces,
        before: None,
        limit: 500,
        ..EventQuery::default()
    };
    let lab = store.events(&of(None, Some(vec!["lab".into()]))).await.unwrap();
    assert_eq!(ids(&lab.events), "a3 a1");
    let web = store.events(&of(Some(vec![SetKey::new("shop", "web")]), None)).await.unwrap();
    assert_eq!(ids(&web.events), "a4 a2 a0");
    assert!(store.events(&of(None, Some(vec![]))).await.unwrap().events.is_empty());

    let key = SetKey::new("shop", "web");
    let page = store.history(&key, None, 2).await.unwrap();
    assert_eq!(ids(&page.events), "a4 a2");
    let rest = store.history(&key, page.page.next, 2).await.unwrap();
    assert_eq!((ids(&rest.events).as_str(), rest.page.next), ("a0", None));
}
