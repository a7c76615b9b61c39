//! A set that lives through a story, told in sentences: `db.at(5).image("16.4").by("helm").observed(7)`.

mod pods;

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use model::claim::{Claim, ClaimPhase};
use model::facts::{Facts, Readable};
use model::pod::{Container, ContainerState, Exit, Phase, Pod};
use model::revision::Revision;
use model::set::{
    ClaimTemplate, ContainerImage, Counters, Manager, Owned, PodManagement, Retain, RollingUpdate,
    Set, UpdateStrategy,
};
use model::shared::Shared;
use model::status::{Settings, status};

use crate::history::credit::Deed;
use crate::history::recorder::Judged;
use crate::live::Changed;

/// Second 0 of all stories.
pub(crate) fn start() -> Timestamp {
    "2026-11-21T09:00:00Z".parse().unwrap()
}

pub(crate) fn second(n: i64) -> Timestamp {
    start() + SignedDuration::from_secs(n)
}

/// ms UTC.
pub(crate) fn ms_of(n: i64) -> i64 {
    second(n).as_millisecond()
}

/// A set in the middle of its story.
#[derive(Clone, Debug)]
pub(crate) struct Story {
    pub(crate) facts: Facts,
    now: i64,
    pods_made: u32,
    /// What changes of the spec touched that have no manager yet.
    touched: Owned,
}

/// `web` with its pods Ready on `r6`, older than the story.
pub(crate) fn settled(name: &str, replicas: u32) -> Story {
    let mut story = Story {
        facts: Facts {
            set: Set {
                namespace: "shop".into(),
                name: name.into(),
                uid: format!("{name}-uid"),
                generation: 6,
                created: second(-10_000),
                deleting: false,
                replicas,
                start: 0,
                policy: PodManagement::OrderedReady,
                strategy: UpdateStrategy::RollingUpdate {
                    rolling_update: Some(RollingUpdate::default()),
                },
                min_ready_seconds: 0,
                service_name: None,
                when_deleted: Retain::Retain,
                when_scaled: Retain::Retain,
                containers: vec![ContainerImage {
                    container: "postgres".into(),
                    image: "pg/db:16.3".into(),
                }],
                init_containers: vec![],
                claim_templates: vec![ClaimTemplate {
                    name: "data".into(),
                    size: Some("20Gi".into()),
                    class: None,
                }],
                template_labels: std::collections::BTreeMap::default(),
                revision_history_limit: model::set::HISTORY_LIMIT,
                template_hash: "t-16.3".into(),
                template_shape: "shape".into(),
                restarted_at: None,
                template_has_annotations: false,
                has_annotations: false,
                last_action: None,
                marks: Vec::new(),
                managers: vec![],
                managed_by: None,
                status: Counters::default(),
                collision_count: 0,
            },
            pods: Shared::default(),
            claims: vec![],
            revisions: Shared::default(),
            services: vec![],
            readable: Readable::ALL,
            kubernetes: None,
            pace: None,
        },
        now: -5_000,
        pods_made: 0,
        touched: Owned { template: true, ..Owned::default() },
    };
    story = story.by("kubectl-client-side-apply").revision(6, "16.3");
    let name = story.facts.set.name.clone() + "-rev6";
    story.facts.set.status.current_revision.clone_from(&name);
    story.facts.set.status.update_revision = name;
    story.facts.set.status.observed_generation = 6;
    for ordinal in 0..replicas {
        story = story.created(ordinal, 6).ready(ordinal);
    }
    story.at(0).counted()
}

impl Story {
    pub(crate) fn at(mut self, seconds: i64) -> Self {
        self.now = seconds;
        self
    }

    pub(crate) fn now(&self) -> i64 {
        ms_of(self.now)
    }

    /// As a complete look finds it.
    pub(crate) fn found(&self) -> Judged {
        let status = status(&self.facts, None, second(self.now), Settings::default());
        Judged { facts: Arc::new(self.facts.clone()), status: Some(status) }
    }

    /// As the index reports it.
    pub(crate) fn changed(&self) -> Changed {
        Changed {
            key: self.facts.set.key(),
            at: second(self.now),
            before: None,
            after: Some(Arc::new(self.facts.clone())),
            status_before: None,
            status_after: None,
        }
    }

    /// As the index reports that the set is gone.
    pub(crate) fn deleted(&self) -> Changed {
        Changed { after: None, ..self.changed() }
    }

    fn spec(mut self, touched: Owned, change: impl FnOnce(&mut Set)) -> Self {
        self.facts.set.generation += 1;
        self.touched.template |= touched.template;
        self.touched.partition |= touched.partition;
        self.touched.strategy |= touched.strategy;
        self.touched.replicas |= touched.replicas;
        change(&mut self.facts.set);
        self
    }

    pub(crate) fn image(self, tag: &str) -> Self {
        let (image, hash) = (format!("pg/db:{tag}"), format!("t-{tag}"));
        self.spec(Owned { template: true, ..Owned::default() }, |set| {
            set.containers[0].image = image;
            set.template_hash = hash;
        })
    }

    pub(crate) fn restart(self) -> Self {
        let at = second(self.now).to_string();
        self.spec(Owned { template: true, ..Owned::default() }, |set| {
            set.template_hash = format!("{} {at}", set.template_hash);
            set.restarted_at = Some(at);
        })
    }

    pub(crate) fn partition(self, partition: u32) -> Self {
        self.spec(Owned { partition: true, ..Owned::default() }, |set| {
            set.strategy = UpdateStrategy::RollingUpdate {
                rolling_update: Some(RollingUpdate {
                    partition: Some(partition),
                    max_unavailable: None,
                }),
            };
        })
    }

    pub(crate) fn scale(self, replicas: u32) -> Self {
        self.spec(Owned { replicas: true, ..Owned::default() }, |set| set.replicas = replicas)
    }

    pub(crate) fn on_delete(self) -> Self {
        let touched = Owned { strategy: true, ..Owned::default() };
        self.spec(touched, |set| set.strategy = UpdateStrategy::OnDelete)
    }

    /// The manager of the changes so far: it takes the fields from their earlier owners, as the API server does it.
    pub(crate) fn by(mut self, manager: &str) -> Self {
        let touched = std::mem::take(&mut self.touched);
        for m in &mut self.facts.set.managers {
            m.owns.partition &= !touched.partition;
            m.owns.strategy &= !touched.strategy;
            m.owns.replicas &= !touched.replicas;
        }
        let at = Some(second(self.now));
        let managers = &mut self.facts.set.managers;
        if let Some(m) = managers.iter_mut().find(|m| m.name == manager) {
            m.at = at;
            m.owns.template |= touched.template;
            m.owns.partition |= touched.partition;
            m.owns.strategy |= touched.strategy;
            m.owns.replicas |= touched.replicas;
        } else {
            let operation = "Update".to_owned();
            managers.push(Manager { name: manager.into(), operation, at, owns: touched });
        }
        self
    }

    /// The last change was an action of the panel.
    pub(crate) fn by_action(self, id: &str) -> Self {
        let mut story = self.by(model::FIELD_MANAGER);
        story.facts.set.last_action = Some(id.to_owned());
        story
    }

    /// The ControllerRevision object of a number and an image tag.
    pub(crate) fn revision(mut self, number: i64, tag: &str) -> Self {
        let set = &self.facts.set;
        let name = format!("{}-rev{number}", set.name);
        self.facts.revisions.push(Revision {
            namespace: set.namespace.clone(),
            uid: format!("{name}-uid"),
            set_uid: set.uid.clone(),
            number,
            was: Vec::new(),
            created: second(self.now),
            hash: format!("hash-{tag}"),
            shape: "shape".into(),
            before_134: false,
            images: set.containers.clone(),
            init_images: Vec::new(),
            change_cause: None,
            name,
        });
        self
    }

    /// The controller has seen the spec and wants this revision (made as `revN`).
    pub(crate) fn observed(mut self, revision: i64) -> Self {
        let set = &mut self.facts.set;
        set.status.observed_generation = set.generation;
        set.status.update_revision = format!("{}-rev{revision}", set.name);
        self.counted()
    }

    /// A new image by this tag, seen by the controller as this new revision.
    pub(crate) fn rolls_out(self, revision: i64, tag: &str) -> Self {
        self.image(tag).revision(revision, tag).observed(revision)
    }

    /// The controller takes up an old revision again: its number becomes the highest.
    pub(crate) fn renumbered(mut self, name: i64, number: i64) -> Self {
        let name = format!("{}-rev{name}", self.facts.set.name);
        for r in &mut self.facts.revisions {
            if r.name == name {
                r.number = number;
            }
        }
        self.facts.revisions.sort_by_key(|r| r.number);
        self
    }

    pub(crate) fn claim(mut self, ordinal: u32, phase: ClaimPhase, size: &str) -> Self {
        let set = &self.facts.set;
        let name = format!("data-{}-{ordinal}", set.name);
        self.facts.claims.retain(|c| c.name != name);
        self.facts.claims.push(Claim {
            namespace: set.namespace.clone(),
            uid: format!("{name}-uid"),
            name,
            phase,
            created: second(self.now),
            deleting: false,
            requested: Some(size.into()),
            capacity: (phase == ClaimPhase::Bound).then(|| size.into()),
            class: None,
            volume: None,
            owner_uid: None,
            conditions: vec![],
        });
        self
    }
}

/// An action of the panel on the set of a story, by `mara.lind`.
pub(crate) fn deed(story: &Story, id: &str, action: model::action::Action) -> Deed {
    Deed {
        id: id.into(),
        set_uid: story.facts.set.uid.clone(),
        user: "mara.lind".into(),
        reason: Some("look at p95 first".into()),
        action,
        generation: story.facts.set.generation,
        at: story.now(),
        forecast: None,
        refused: false,
    }
}
