//! The whole router in-process: a real index and real identities, and in place of cluster, actions and history fakes that a
//! test tells what to answer.

mod client;
mod fakes;
mod inside;

use std::sync::Arc;

use jiff::{Span, Timestamp};
use model::facts::Facts;
use model::forecast::{Forecast, Step, StepKind, Waits};
use model::set::SetKey;
use model::status::{self, Settings};
use model::testing::sts;
use model::wire::{
    ActionRequest, ActionResult, Authority, EventKind, EventView, Expect, KindHealth, KindState,
    Outcome, RoleBinding, RoleName, RolloutOutcome, RolloutView,
};
use tokio::sync::RwLock;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::actions::Entry;
use crate::actions::commands::Commands;
use crate::history::recorder::Standing;
use crate::http::state::{AppState, ClusterLabel, Limits};
use crate::http::streams::Streams;
use crate::identity;
use crate::live::{Change, Kind, Live, Object, Row, Scope};

pub(super) use client::{Answer, User};
pub(super) use fakes::{FakeActions, FakeHistory, FakeRights};
pub(super) use inside::{FakeInside, forbidden};

/// A panel under test.
pub(super) struct Panel {
    pub(super) state: AppState,
    pub(super) live: Live,
    pub(super) rights: Arc<FakeRights>,
    pub(super) history: Arc<FakeHistory>,
    pub(super) actions: Arc<FakeActions>,
    pub(super) inside: Arc<FakeInside>,
    /// What the recorder says of itself.
    pub(super) standing: Standing,
    people: Arc<identity::testing::Panel>,
}

impl Panel {
    /// Everybody acts with the panel's own rights.
    pub(super) async fn start() -> Self {
        Self::with(Authority::Direct).await
    }

    /// Everybody acts as themselves.
    pub(super) async fn impersonating() -> Self {
        Self::with(Authority::Impersonate).await
    }

    async fn with(authority: Authority) -> Self {
        let settings = identity::Settings { authority, ..identity::Settings::default() };
        let people = Arc::new(identity::testing::Panel::with(settings).await);
        let live = Live::new(&Scope::All, Settings::default(), people.time.now());
        for kind in [Kind::Sets, Kind::Pods, Kind::Claims, Kind::Revisions, Kind::Services] {
            let listed = Change::Reset { kind, namespace: None, objects: Vec::new() };
            live.apply(listed, people.time.now());
        }
        let (standing, unrecorded) = crate::history::recorder::standing();
        let (rights, actions) = (Arc::default(), Arc::default());
        let history: Arc<FakeHistory> = Arc::default();
        let inside: Arc<FakeInside> = Arc::default();
        let state = AppState {
            identity: people.identity.clone(),
            live: live.clone(),
            actions: Arc::clone(&actions) as _,
            history: Arc::clone(&history) as _,
            rights: Arc::clone(&rights) as _,
            commands: Commands::new(
                Arc::clone(&inside) as _,
                Arc::clone(&history) as _,
                fakes::commands(),
                people.time.clock(),
            ),
            inside: Arc::clone(&inside) as _,
            cluster: Arc::new(RwLock::new(ClusterLabel {
                name: "test".into(),
                id: Some("cluster-uid".into()),
                version: None,
            })),
            authority,
            clock: people.time.clock(),
            shutdown: CancellationToken::new(),
            draining: CancellationToken::new(),
            work: TaskTracker::new(),
            limits: Limits::default(),
            public_url: None,
            unrecorded,
            streams: Streams::new(7),
            recall: crate::http::recall::Recall::default(),
            templates: crate::http::template::Templates::default(),
            demo: None,
        };
        Self { state, live, rights, history, actions, inside, standing, people }
    }

    /// Behind a proxy, under this origin.
    pub(super) fn public(mut self, url: &str) -> Self {
        self.state.public_url = Some(url.to_owned());
        self
    }

    pub(super) fn limits(mut self, change: impl FnOnce(&mut Limits)) -> Self {
        change(&mut self.state.limits);
        self
    }

    pub(super) fn now(&self) -> Timestamp {
        self.people.time.now()
    }

    pub(super) fn pass(&self, span: Span) {
        self.people.time.pass(span);
    }

    /// The watches report all of this.
    pub(super) fn put(&self, facts: Facts) {
        let set = [Object::Set(Box::new(facts.set))];
        let revisions = facts.revisions.iter().map(|r| Object::Revision(Box::new(r.clone())));
        let pods = facts.pods.iter().map(|p| Object::Pod(Box::new(p.clone())));
        for object in set.into_iter().chain(revisions).chain(pods) {
            self.live.apply(Change::Apply(object), self.now());
        }
    }

    /// The watch reports that the set is gone.
    pub(super) fn remove(&self, facts: &Facts) {
        let set = &facts.set;
        let gone = Change::Delete {
            kind: Kind::Sets,
            namespace: set.namespace.clone(),
            name: set.name.clone(),
            uid: set.uid.clone(),
        };
        self.live.apply(gone, self.now());
    }

    /// A watch reports how it is doing.
    pub(super) fn health(&self, kind: &str, state: KindState) {
        let health = KindHealth {
            kind: kind.into(),
            namespace: None,
            state,
            since: self.now(),
            reason: None,
            yours: false,
        };
        self.live.apply(Change::Health(health), self.now());
    }

    /// Nobody.
    pub(super) fn anyone(&self) -> User {
        User::nobody(&self.state)
    }

    pub(super) fn user(&self, name: &str, roles: &[(RoleName, Option<&str>)]) -> User {
        let binding = |(role, namespace): &(RoleName, Option<&str>)| RoleBinding {
            role: *role,
            namespace: namespace.map(str::to_owned),
        };
        User::new(&self.state, &self.people, name, roles.iter().map(binding).collect())
    }

    /// Vera, viewer of everything.
    pub(super) fn viewer(&self) -> User {
        self.user("vera", &[(RoleName::Viewer, None)])
    }

    /// Olga, operator of everything.
    pub(super) fn operator(&self) -> User {
        self.user("olga", &[(RoleName::Operator, None)])
    }
}

/// A settled set.
pub(super) fn facts(namespace: &str, name: &str, replicas: u32) -> Facts {
    placed(namespace, sts(name).replicas(replicas).facts())
}

/// A set whose pods from the partition on run revision 2.
pub(super) fn canary(namespace: &str, name: &str, replicas: u32, partition: u32) -> Facts {
    let held = sts(name).replicas(replicas).revision(2).partition(partition);
    let updated = (partition..replicas).fold(held, |set, ordinal| set.on(ordinal, 2));
    placed(namespace, updated.facts())
}

/// The same in another namespace, as other objects.
fn placed(namespace: &str, mut facts: Facts) -> Facts {
    let own = |place: &mut String, uid: &mut String| {
        namespace.clone_into(place);
        *uid = format!("{namespace}-{uid}");
    };
    own(&mut facts.set.namespace, &mut facts.set.uid);
    for pod in &mut facts.pods {
        own(&mut pod.namespace, &mut pod.uid);
        pod.set_uid.clone_from(&facts.set.uid);
    }
    for revision in &mut facts.revisions {
        own(&mut revision.namespace, &mut revision.uid);
        revision.set_uid.clone_from(&facts.set.uid);
    }
    facts
}

/// The row of these facts.
pub(super) fn row(facts: &Facts) -> Row {
    let status = status::status(facts, None, model::testing::now(), Settings::default());
    let row = model::row::row(facts, status, model::row::Hands::default());
    let json = serde_json::to_string(&row).unwrap().into();
    Row { row, json }
}

pub(super) fn event(id: i64, namespace: &str, name: &str, kind: EventKind) -> EventView {
    EventView {
        id,
        at: model::testing::now(),
        set: SetKey::new(namespace, name),
        kind,
        sentence: "Something happened.".into(),
        ordinal: None,
        rollout: None,
        actor: None,
        action: None,
    }
}

pub(super) fn rollout(
    id: i64,
    namespace: &str,
    name: &str,
    changes: &[&str],
) -> (SetKey, RolloutView) {
    let view = RolloutView {
        id,
        from: Some("r1".into()),
        to: "r2".into(),
        from_now: None,
        to_now: None,
        started: model::testing::now(),
        ended: None,
        outcome: RolloutOutcome::Open,
        held: None,
        actor: None,
        changes: changes.iter().map(|&c| c.to_owned()).collect(),
    };
    (SetKey::new(namespace, name), view)
}

/// The answer to an action that restarts web-2.
pub(super) fn answered() -> ActionResult {
    let step = Step {
        pod: "web-2".into(),
        ordinal: 2,
        what: StepKind::Restart,
        revision: Some("r2".into()),
        claims_deleted: Vec::new(),
        claims_created: Vec::new(),
        wave: 0,
    };
    ActionResult {
        id: Some("a-1".into()),
        outcome: Outcome::Applied,
        incomplete: None,
        summary: "advanced to web-2".into(),
        forecast: Forecast {
            steps: vec![step],
            sentence: "web-2 restarts on r2.".into(),
            stays: "web-0 and web-1 stay on r1.".into(),
            at_once: 1,
            waits: Some(Waits {
                pod: Some("web-0".into()),
                sentence: "Nothing starts while web-0 is not Ready.".into(),
                meanwhile: Vec::new(),
            }),
            stall: Some("Nothing starts while web-1 is not Ready.".into()),
            ..Forecast::default()
        },
        patch: Vec::new(),
        kubectl: String::new(),
        uid: "u".into(),
        generation: 2,
        row: None,
    }
}

/// An action that has not been answered.
pub(super) fn entry(id: &str, namespace: &str, name: &str) -> Entry {
    Entry {
        id: id.into(),
        set: SetKey::new(namespace, name),
        set_uid: "u".into(),
        user: "olga".into(),
        acted_as: None,
        idempotency_key: None,
        request: ActionRequest {
            action: model::action::Action::Hold {},
            reason: None,
            expect: Expect { uid: "u".into(), generation: 1 },
        },
        summary: "held".into(),
        generation: 1,
        at: model::testing::now(),
        outcome: Outcome::Pending,
        ended: None,
        result: None,
        error: None,
    }
}
