//! What the controller sees of a set, from the objects in the store.

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::Timestamp;
use model::controller::{Claim, ClaimOwner, Observed, Owner, Pod, Revision, Spec};
use model::pod::Phase;
use model::set::{Counters, PodManagement, Retain, RollingUpdate, Set, UpdateStrategy};
use serde_json::Value;

use super::made;
use crate::kind::Kind;
use crate::object::{self, Key, label, list, number, text};
use crate::store::selector::Selector;
use crate::world::World;

/// `None` if the selector cannot be read.
pub(super) fn observe(world: &World, set: &Value) -> Option<Observed> {
    let selector = Selector::of_object(&set["spec"]["selector"])?;
    let spec = spec(set);
    let pods: Vec<Pod> =
        pods(world, set, &selector).iter().map(|p| pod(set, &selector, p)).collect();
    let claims = claims(world, set, &spec, &pods);
    let revisions = revisions(world, set, &selector);
    Some(Observed {
        status: counters(&set["status"]),
        collision_count: count(&set["status"], "/collisionCount"),
        set: spec,
        pods,
        claims,
        revisions,
    })
}

fn count(value: &Value, pointer: &str) -> u32 {
    number(value, pointer).and_then(|n| u32::try_from(n).ok()).unwrap_or_default()
}

fn counters(status: &Value) -> Counters {
    Counters {
        observed_generation: number(status, "/observedGeneration").unwrap_or_default(),
        replicas: count(status, "/replicas"),
        ready_replicas: count(status, "/readyReplicas"),
        available_replicas: count(status, "/availableReplicas"),
        current_replicas: count(status, "/currentReplicas"),
        updated_replicas: count(status, "/updatedReplicas"),
        current_revision: text(status, "/currentRevision").to_owned(),
        update_revision: text(status, "/updateRevision").to_owned(),
    }
}

fn spec(set: &Value) -> Spec {
    let spec = &set["spec"];
    let retain = |pointer: &str| match text(spec, pointer) {
        "Delete" => Retain::Delete,
        _ => Retain::Retain,
    };
    Spec {
        name: object::name(set).to_owned(),
        uid: object::uid(set).to_owned(),
        generation: object::generation(set),
        deleting: object::is_terminating(set),
        replicas: count(spec, "/replicas"),
        start: count(spec, "/ordinals/start"),
        policy: match text(spec, "/podManagementPolicy") {
            "Parallel" => PodManagement::Parallel,
            _ => PodManagement::OrderedReady,
        },
        strategy: strategy(&spec["updateStrategy"]),
        min_ready_seconds: count(spec, "/minReadySeconds"),
        history_limit: number(spec, "/revisionHistoryLimit")
            .and_then(|n| i32::try_from(n).ok())
            .unwrap_or(10),
        when_deleted: retain("/persistentVolumeClaimRetentionPolicy/whenDeleted"),
        when_scaled: retain("/persistentVolumeClaimRetentionPolicy/whenScaled"),
        claim_templates: list(spec, "/volumeClaimTemplates")
            .iter()
            .map(|c| object::name(c).to_owned())
            .collect(),
        template: made::record(set),
    }
}

fn strategy(strategy: &Value) -> UpdateStrategy {
    match text(strategy, "/type") {
        "RollingUpdate" => UpdateStrategy::RollingUpdate {
            rolling_update: strategy.get("rollingUpdate").map(|rolling| RollingUpdate {
                partition: number(rolling, "/partition").and_then(|n| u32::try_from(n).ok()),
                max_unavailable: rolling.get("maxUnavailable").map(|max| match max {
                    Value::String(text) => text.clone(),
                    other => other.to_string(),
                }),
            }),
        },
        "OnDelete" => UpdateStrategy::OnDelete,
        other => UpdateStrategy::Other { name: other.to_owned() },
    }
}

/// Those it controls, and orphans that match.
fn pods(world: &World, set: &Value, selector: &Selector) -> Vec<Arc<Value>> {
    let owned =
        world.store.dependents(object::uid(set)).into_iter().filter(|k| k.kind == Kind::Pod);
    let orphans = world
        .store
        .orphans(Kind::Pod, object::namespace(set))
        .into_iter()
        .filter(|key| world.store.get(key).is_some_and(|pod| selector.matches(pod)));
    let keys: BTreeSet<Key> = owned.chain(orphans).collect();
    keys.iter().filter_map(|key| world.store.get(key).cloned()).collect()
}

fn owner(set: &Value, object: &Value) -> Owner {
    match object::controller(object) {
        None => Owner::Nobody,
        Some(owner) if owner["uid"] == set["metadata"]["uid"] => Owner::Set,
        Some(_) => Owner::Other,
    }
}

fn pod(set: &Value, selector: &Selector, pod: &Value) -> Pod {
    let name = object::name(pod);
    let ready = object::condition(pod, "Ready").filter(|c| c["status"] == "True");
    Pod {
        name: name.to_owned(),
        ordinal: Set::ordinal_in(object::name(set), name),
        uid: object::uid(pod).to_owned(),
        owner: owner(set, pod),
        selected: selector.matches(pod),
        revision: label(pod, model::REVISION_LABEL).unwrap_or_default().to_owned(),
        phase: match text(pod, "/status/phase") {
            "Running" => Phase::Running,
            "Succeeded" => Phase::Succeeded,
            "Failed" => Phase::Failed,
            "Unknown" => Phase::Unknown,
            _ => Phase::Pending,
        },
        ready_since: ready
            .map(|c| object::moment(c, "/lastTransitionTime").unwrap_or(Timestamp::UNIX_EPOCH)),
        terminating: object::is_terminating(pod),
        drifted: drifted(set, pod),
    }
}

/// Source: `stateful_set_utils.go`, `identityMatches` and `storageMatches`.
fn drifted(set: &Value, pod: &Value) -> bool {
    let name = object::name(pod);
    if label(pod, "statefulset.kubernetes.io/pod-name") != Some(name) {
        return true;
    }
    let Some(ordinal) = Set::ordinal_in(object::name(set), name) else { return false };
    !list(set, "/spec/volumeClaimTemplates").iter().all(|template| {
        let template = object::name(template);
        let claim = made::claim_name(set, template, ordinal);
        list(pod, "/spec/volumes").iter().any(|volume| {
            volume["name"] == *template && text(volume, "/persistentVolumeClaim/claimName") == claim
        })
    })
}

fn claims(world: &World, set: &Value, spec: &Spec, pods: &[Pod]) -> Vec<Claim> {
    let wanted = spec.start..spec.start.saturating_add(spec.replicas);
    let ordinals: BTreeSet<u32> = wanted.chain(pods.iter().filter_map(|p| p.ordinal)).collect();
    let mut claims = Vec::new();
    for template in &spec.claim_templates {
        for ordinal in &ordinals {
            let name = spec.claim_name(template, *ordinal);
            let key = Key::new(Kind::Claim, object::namespace(set), name);
            if let Some(claim) = world.store.get(&key) {
                claims.push(Claim {
                    name: key.name,
                    uid: object::uid(claim).to_owned(),
                    owner: claim_owner(claim),
                    terminating: object::is_terminating(claim),
                });
            }
        }
    }
    claims
}

fn claim_owner(claim: &Value) -> ClaimOwner {
    let Some(owner) = object::controller(claim) else { return ClaimOwner::Nobody };
    let uid = text(owner, "/uid").to_owned();
    match text(owner, "/kind") {
        "StatefulSet" => ClaimOwner::Set { uid },
        "Pod" => ClaimOwner::Pod { uid },
        _ => ClaimOwner::Other,
    }
}

/// Those it controls, orphans that match, and any other named alike.
fn revisions(world: &World, set: &Value, selector: &Selector) -> Vec<Revision> {
    let namespace = object::namespace(set);
    let uid = object::uid(set);
    let owned = world.store.dependents(uid).into_iter().filter(|k| k.kind == Kind::Revision);
    let orphans = world
        .store
        .orphans(Kind::Revision, namespace)
        .into_iter()
        .filter(|key| world.store.get(key).is_some_and(|revision| selector.matches(revision)));
    let alike = format!("{}-", object::name(set));
    let alike = world.store.named_like(Kind::Revision, namespace, &alike);
    let alike = alike.iter().map(|r| Key::new(Kind::Revision, namespace, object::name(r)));
    let keys: BTreeSet<Key> = owned.chain(orphans).chain(alike).collect();
    keys.iter()
        .filter_map(|key| world.store.get(key))
        .map(|revision| Revision {
            name: object::name(revision).to_owned(),
            number: number(revision, "/revision").unwrap_or_default(),
            template: made::canonical(&revision["data"]),
            owner: owner(set, revision),
            created: object::moment(revision, "/metadata/creationTimestamp")
                .unwrap_or(Timestamp::UNIX_EPOCH),
        })
        .collect()
}
