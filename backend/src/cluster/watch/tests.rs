use std::time::Duration;

use jiff::Timestamp;
use model::set::SetKey;
use model::status::Settings;
use model::wire::{KindHealth, KindState};
use serde_json::json;
use tokio::time::timeout;

use super::super::testing::*;
use super::*;
use crate::live::{Kind, Live};

/// Beyond this a test has failed; nothing depends on how long anything takes.
const PATIENCE: Duration = Duration::from_secs(30);

fn quick() -> Options {
    Options {
        pause: Duration::from_millis(5),
        longest_pause: Duration::from_millis(20),
        no_access_pause: Duration::from_millis(10),
        ..Options::default()
    }
}

/// Watches into a live fleet, and keeps what was said about trouble.
struct Scene {
    live: Live,
    changes: mpsc::Receiver<Change>,
    trouble: Vec<KindHealth>,
    resets: Vec<Kind>,
    stop: CancellationToken,
    tracker: TaskTracker,
}

impl Scene {
    fn new(connection: &Arc<Connection>, options: &Options) -> Self {
        let (sender, changes) = mpsc::channel(64);
        let stop = CancellationToken::new();
        let clock = Clock::system();
        let tracker = start(connection, options, &clock, &sender, &stop);
        let live = Live::new(&options.scope, Settings::default(), clock.now());
        Self { live, changes, trouble: Vec::new(), resets: Vec::new(), stop, tracker }
    }

    async fn next(&mut self) -> Change {
        timeout(PATIENCE, self.changes.recv()).await.expect("a change").expect("watches run")
    }

    fn take(&mut self, change: Change) {
        match &change {
            Change::Health(health) if health.state != KindState::Live => {
                self.trouble.push(health.clone());
            }
            Change::Reset { kind, .. } => self.resets.push(*kind),
            _ => {}
        }
        self.live.apply(change, Timestamp::now());
    }

    async fn until(&mut self, done: impl Fn(&Live) -> bool) {
        while !done(&self.live) {
            let change = self.next().await;
            self.take(change);
        }
    }

    /// Everything is listed and said to be live.
    async fn until_live(&mut self) {
        self.until(|live| live.health().iter().all(|h| h.state == KindState::Live)).await;
    }

    fn state(live: &Live, kind: Kind) -> KindHealth {
        live.health().into_iter().find(|h| h.kind == kind.resource()).unwrap()
    }

    async fn until_state(&mut self, kind: Kind, state: KindState) -> KindHealth {
        self.until(|live| Self::state(live, kind).state == state).await;
        Self::state(&self.live, kind)
    }

    fn pods(live: &Live, set: &str) -> Vec<String> {
        let facts = live.facts(&SetKey::new("shop", set));
        facts.iter().flat_map(|f| &f.pods).map(|p| p.name.clone()).collect()
    }

    async fn end(self) {
        self.stop.cancel();
        timeout(PATIENCE, self.tracker.wait()).await.expect("all watches end");
    }
}

fn filled() -> Fake {
    let fake = Fake::start();
    fake.put("statefulsets", a_set("web"));
    fake.put("pods", a_pod("web", 0));
    fake.put("pods", a_foreign_pod("stranger"));
    fake.put("controllerrevisions", a_revision("web"));
    fake.put("persistentvolumeclaims", a_claim("web"));
    fake.put("services", a_service("web"));
    fake
}

fn forbid(fake: &Fake, resource: &'static str) {
    fake.answer(move |request| {
        let concerned = request.path.ends_with(&format!("/{resource}"));
        concerned.then(|| (403, status(403, "Forbidden", "pods is forbidden: no such right")))
    });
}

#[tokio::test]
async fn every_kind_is_listed_and_then_live() {
    let fake = filled();
    let mut scene = Scene::new(&fake.connection(), &quick());
    scene.until_live().await;
    assert!(scene.live.synced());
    let facts = scene.live.facts(&SetKey::new("shop", "web")).unwrap();
    assert_eq!(Scene::pods(&scene.live, "web"), ["web-0"]);
    assert_eq!((facts.claims.len(), facts.revisions.len(), facts.services.len()), (1, 1, 1));
    assert_eq!(scene.resets.len(), 5, "each kind once");
    scene.end().await;
}

#[tokio::test]
async fn a_template_comes_before_its_revision_and_only_once() {
    let fake = filled();
    let mut scene = Scene::new(&fake.connection(), &quick());
    let mut seen = Vec::new();
    let mut note = |change: &Change| match change {
        Change::Template { hash, template } => {
            assert_eq!(*hash, super::super::convert::digest(template));
            seen.push("template");
        }
        Change::Reset { kind: Kind::Revisions, .. } => seen.push("list"),
        Change::Apply(object) if object.kind() == Kind::Revisions => seen.push("revision"),
        _ => {}
    };
    loop {
        let change = scene.next().await;
        note(&change);
        scene.take(change);
        if Scene::state(&scene.live, Kind::Revisions).state == KindState::Live {
            break;
        }
    }
    let mut again = a_revision("web");
    again["revision"] = json!(2);
    fake.put("controllerrevisions", again);
    loop {
        let change = scene.next().await;
        note(&change);
        if matches!(&change, Change::Apply(o) if o.kind() == Kind::Revisions) {
            break;
        }
    }
    assert_eq!(seen, ["template", "list", "revision"]);
}

#[tokio::test]
async fn what_happens_arrives() {
    let fake = filled();
    let mut scene = Scene::new(&fake.connection(), &quick());
    scene.until_live().await;
    fake.put("pods", a_pod("web", 1));
    scene.until(|live| Scene::pods(live, "web") == ["web-0", "web-1"]).await;
    fake.delete("pods", "shop", "web-0");
    scene.until(|live| Scene::pods(live, "web") == ["web-1"]).await;
    let mut orphan = a_pod("web", 1);
    orphan["metadata"]["ownerReferences"] = json!([]);
    fake.put("pods", orphan);
    scene.until(|live| Scene::pods(live, "web").is_empty()).await;
    scene.end().await;
}

#[tokio::test]
async fn long_lists_come_in_pages() {
    let fake = filled();
    for ordinal in 1..5 {
        fake.put("pods", a_pod("web", ordinal));
    }
    fake.page(2);
    let mut scene = Scene::new(&fake.connection(), &quick());
    scene.until_live().await;
    assert_eq!(Scene::pods(&scene.live, "web").len(), 5);
    let pages = fake.requests();
    let pages = pages.iter().filter(|r| r.path.ends_with("/pods") && !r.query.contains("watch"));
    assert_eq!(pages.count(), 3);
    scene.end().await;
}

#[tokio::test]
async fn a_watch_that_the_server_ends_is_renewed_without_a_list_and_without_a_word() {
    let fake = filled();
    let mut scene = Scene::new(&fake.connection(), &quick());
    scene.until_live().await;
    for kind in Kind::ALL {
        fake.until_watched(kind.resource(), 1).await;
    }
    fake.end_watches();
    fake.put("pods", a_pod("web", 1));
    scene.until(|live| Scene::pods(live, "web") == ["web-0", "web-1"]).await;
    assert_eq!(scene.trouble, []);
    assert_eq!(scene.resets.len(), 5);
    scene.end().await;
}

#[tokio::test]
async fn a_position_that_is_too_old_leads_to_a_fresh_list_without_a_word() {
    let fake = filled();
    let mut scene = Scene::new(&fake.connection(), &quick());
    scene.until_live().await;
    for kind in Kind::ALL {
        fake.until_watched(kind.resource(), 1).await;
    }
    fake.end_watches();
    fake.put("pods", a_pod("web", 1));
    fake.delete("pods", "shop", "web-0");
    fake.compact();
    scene.until(|live| Scene::pods(live, "web") == ["web-1"]).await;
    assert_eq!(scene.trouble, []);
    assert!(scene.resets.len() > 5);
    scene.end().await;
}

#[tokio::test]
async fn a_kind_without_the_right_to_list_heals_when_the_right_is_given() {
    let fake = filled();
    forbid(&fake, "pods");
    let mut scene = Scene::new(&fake.connection(), &quick());
    let health = scene.until_state(Kind::Pods, KindState::NoAccess).await;
    assert_eq!(health.reason.as_deref(), Some("pods is forbidden: no such right"));
    scene.until(Live::synced).await;
    let facts = scene.live.facts(&SetKey::new("shop", "web")).unwrap();
    assert!(!facts.readable.pods && facts.readable.claims);
    fake.answer_as_usual();
    scene.until_state(Kind::Pods, KindState::Live).await;
    assert_eq!(Scene::pods(&scene.live, "web"), ["web-0"]);
    scene.end().await;
}

#[tokio::test]
async fn a_right_that_is_withdrawn_is_noticed_when_the_watch_is_renewed() {
    let fake = filled();
    let mut scene = Scene::new(&fake.connection(), &quick());
    scene.until_live().await;
    fake.until_watched("pods", 1).await;
    forbid(&fake, "pods");
    fake.end_watches();
    scene.until_state(Kind::Pods, KindState::NoAccess).await;
    assert!(!scene.live.facts(&SetKey::new("shop", "web")).unwrap().readable.pods);
    fake.delete("pods", "shop", "web-0");
    fake.answer_as_usual();
    scene.until_state(Kind::Pods, KindState::Live).await;
    assert!(Scene::pods(&scene.live, "web").is_empty(), "what was missed is seen");
    scene.end().await;
}

#[tokio::test]
async fn a_dead_server_is_noticed_and_the_fleet_catches_up_when_it_is_back() {
    let begin = Timestamp::now();
    let mut fake = filled();
    let mut scene = Scene::new(&fake.connection(), &quick());
    scene.until_live().await;
    for kind in Kind::ALL {
        fake.until_watched(kind.resource(), 1).await;
    }
    fake.stop().await;
    for kind in Kind::ALL {
        let health = scene.until_state(kind, KindState::Lost).await;
        let reason = health.reason.unwrap();
        assert!(reason.contains("cannot be reached"), "{reason}");
        assert!(begin <= health.since, "the last good answer");
    }
    assert_eq!(Scene::pods(&scene.live, "web"), ["web-0"], "the last facts are kept");
    fake.put("pods", a_pod("web", 1));
    fake.start_again();
    scene.until_live().await;
    scene.until(|live| Scene::pods(live, "web") == ["web-0", "web-1"]).await;
    scene.end().await;
}

#[tokio::test]
async fn a_rotated_token_is_read_again() {
    let fake = filled();
    let folder = tempfile::tempdir().unwrap();
    fake.accept_only("first");
    let kubeconfig = fake.kubeconfig(&folder, &json!({"token": "first"}));
    let mut scene = Scene::new(&fake.connection_of(kubeconfig).await, &quick());
    scene.until_live().await;
    for kind in Kind::ALL {
        fake.until_watched(kind.resource(), 1).await;
    }
    fake.accept_only("second");
    fake.end_watches();
    let health = scene.until_state(Kind::Sets, KindState::Lost).await;
    assert_eq!(health.reason.as_deref(), Some("Unauthorized"));
    fake.kubeconfig(&folder, &json!({"token": "second"}));
    scene.until_live().await;
    scene.end().await;
}

#[tokio::test]
async fn an_event_that_cannot_be_read_does_not_end_the_watch() {
    let fake = filled();
    let mut scene = Scene::new(&fake.connection(), &quick());
    scene.until_live().await;
    fake.until_watched("pods", 1).await;
    fake.say("pods", r#"{"type":"ADDED","object":{"metadata":7}}"#);
    fake.put("pods", a_pod("web", 1));
    scene.until(|live| Scene::pods(live, "web") == ["web-0", "web-1"]).await;
    assert_eq!(scene.trouble, []);
    assert_eq!(scene.resets.len(), 5);
    scene.end().await;
}

#[tokio::test]
async fn only_the_configured_namespaces_are_asked_for() {
    let fake = filled();
    let scope = Scope::Namespaces(vec!["shop".into(), "test".into()]);
    let mut scene = Scene::new(&fake.connection(), &Options { scope, ..quick() });
    scene.until_live().await;
    assert_eq!(scene.live.health().len(), 10);
    let requests = fake.requests();
    assert!(requests.iter().all(|r| r.path.contains("/namespaces/")), "{requests:?}");
    assert_eq!(Scene::pods(&scene.live, "web"), ["web-0"]);
    fake.put("pods", a_pod("web", 1));
    scene.until(|live| Scene::pods(live, "web").len() == 2).await;
    scene.end().await;
}

#[tokio::test]
async fn watches_end_when_nobody_takes_their_changes() {
    let fake = filled();
    let mut scene = Scene::new(&fake.connection(), &quick());
    scene.until_live().await;
    let Scene { changes, tracker, .. } = scene;
    drop(changes);
    fake.end_watches();
    for resource in Kind::ALL {
        let object = match resource {
            Kind::Sets => a_set("new"),
            Kind::Pods => a_pod("new", 0),
            Kind::Claims => a_claim("new"),
            Kind::Revisions => a_revision("new"),
            Kind::Services => a_service("new"),
        };
        fake.put(resource.resource(), object);
    }
    timeout(PATIENCE, tracker.wait()).await.expect("all watches end");
}

#[test]
fn a_connection_that_broke_without_a_word_is_noticed_within_half_a_minute() {
    let options = Options::default();
    let noticed = Duration::from_secs(u64::from(options.renew_after)) + options.grace;
    assert!(noticed <= Duration::from_secs(30), "{noticed:?}");
}
