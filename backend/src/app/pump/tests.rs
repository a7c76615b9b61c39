use jiff::ToSpan as _;
use model::set::SetKey;
use model::status::Settings;
use model::testing::sts;
use model::wire::{EventKind, History, KindHealth};

use super::*;
use crate::history::Reader as _;
use crate::live::Object;
use crate::store::testing::{Temporary, store};

fn listed(kind: Kind, objects: Vec<Object>) -> Change {
    Change::Reset { kind, namespace: None, objects }
}

fn pods(facts: &model::facts::Facts) -> Change {
    let pods = facts.pods.iter().map(|p| Object::Pod(Box::new(p.clone()))).collect();
    listed(Kind::Pods, pods)
}

#[tokio::test]
async fn a_right_that_was_withdrawn_and_given_back_leaves_a_gap() {
    let Temporary { store, folder: _folder } = store().await;
    let start = model::testing::now();
    let now = Arc::new(std::sync::Mutex::new(start));
    let tell = Arc::clone(&now);
    let clock = Clock::from_fn(move || *tell.lock().unwrap());
    let (recorder, writing) = Recorder::start(
        Arc::new(store.clone()),
        clock.clone(),
        recorder::News::default(),
        crate::history::recorder::standing().0,
    )
    .await
    .unwrap();
    let live = Live::new(&Scope::All, Settings::default(), start);
    let mut pump = Pump::new(live, recorder.clone(), clock, Scope::All, mpsc::channel(1).1);
    let web = sts("web").replicas(2).facts();
    let revisions = web.revisions.iter().map(|r| Object::Revision(Box::new(r.clone())));
    for change in [
        listed(Kind::Sets, vec![Object::Set(Box::new(web.set.clone()))]),
        listed(Kind::Revisions, revisions.collect()),
        listed(Kind::Claims, vec![]),
        listed(Kind::Services, vec![]),
        pods(&web),
    ] {
        pump.take(change);
    }
    let since = start + 10.seconds();
    *now.lock().unwrap() = since;
    pump.take(Change::Health(KindHealth {
        kind: Kind::Pods.resource().to_owned(),
        namespace: None,
        state: KindState::NoAccess,
        since,
        reason: Some("forbidden".to_owned()),
        yours: false,
    }));
    *now.lock().unwrap() = start + 1.hour();
    let mut later = web.clone();
    later.pods.pop();
    pump.take(pods(&later));
    recorder.flush().await;
    let history: History =
        store.history(&SetKey::new(&web.set.namespace, &web.set.name), None, 50).await.unwrap();
    let gap = history.events.iter().find(|e| e.kind == EventKind::Gap);
    assert!(gap.is_some(), "{:#?}", history.events);
    let down = history.events.iter().find(|e| e.kind == EventKind::PodDown).unwrap();
    assert!(down.sentence.ends_with("(while the panel did not look)"), "{}", down.sentence);
    drop((pump, recorder));
    writing.await.unwrap();
}

#[tokio::test]
async fn a_reset_of_the_demo_is_one_event_of_each_set_by_who_asked_for_it() {
    let Temporary { store, folder: _folder } = store().await;
    let now = model::testing::now();
    let clock = Clock::from_fn(move || now);
    let (recorder, writing) = Recorder::start(
        Arc::new(store.clone()),
        clock.clone(),
        recorder::News::default(),
        crate::history::recorder::standing().0,
    )
    .await
    .unwrap();
    let live = Live::new(&Scope::All, Settings::default(), now);
    let mut pump = Pump::new(live, recorder.clone(), clock, Scope::All, mpsc::channel(1).1);
    let web = sts("web").replicas(2).facts();
    let mut anew = sts("web").replicas(3).revision(2).partition(2).on(2, 2).facts();
    anew.set.uid = "another".into();
    anew.pods.iter_mut().for_each(|p| p.set_uid = "another".into());
    anew.pods.iter_mut().for_each(|p| p.uid.push_str("-again"));
    anew.revisions.iter_mut().for_each(|r| r.set_uid = "another".into());
    let all = |facts: &Facts| {
        let revisions = facts.revisions.iter().map(|r| Object::Revision(Box::new(r.clone())));
        [
            pods(facts),
            listed(Kind::Sets, vec![Object::Set(Box::new(facts.set.clone()))]),
            listed(Kind::Revisions, revisions.collect()),
            listed(Kind::Services, vec![]),
            listed(Kind::Claims, vec![]),
        ]
    };
    for change in all(&web) {
        pump.take(change);
    }
    let by = Credit {
        origin: crate::history::credit::Origin::Panel,
        name: Some("visitor".into()),
        at: 1,
        reason: None,
        action: Some("r".into()),
    };
    let (ready, begun) = oneshot::channel();
    let (outcome, over) = oneshot::channel();
    let (done, recorded) = oneshot::channel();
    pump.begin(Resetting { by, ready, ended: over, done });
    begun.await.unwrap();
    // Some kinds may be listed before the reset says that it is over.
    let [pods, rest @ ..] = all(&anew);
    pump.take(pods);
    outcome.send(true).unwrap();
    let ended = ended(&mut pump.resetting).await;
    pump.replaced(ended);
    for change in rest {
        pump.take(change);
    }
    recorded.await.unwrap();
    recorder.flush().await;
    let history = store.history(&SetKey::new("shop", "web"), None, 50).await.unwrap();
    let told: Vec<_> = history.events.iter().map(|e| (e.kind, e.sentence.as_str())).collect();
    assert_eq!(
        told,
        [
            (EventKind::Set, "the demo was reset: every set begins anew"),
            (EventKind::Set, "web was seen for the first time, with 2 replicas"),
        ]
    );
    assert_eq!(history.events[0].actor.as_ref().unwrap().name.as_deref(), Some("visitor"));
    assert_eq!(history.rollouts.len(), 1, "the canary of the new beginning");
    drop((pump, recorder));
    writing.await.unwrap();
}
