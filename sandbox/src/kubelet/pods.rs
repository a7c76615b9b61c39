//! The life of pods on their nodes.

use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::behaviour::{self, Behaviour};
use super::container::{ContainerLife, Moved};
use super::logs::line;
use super::{Life, schedule, status};
use crate::clock::duration;
use crate::events::Source;
use crate::kind::Kind;
use crate::object::{self, Key, list, text};
use crate::work::Job;
use crate::world::{By, Deletion, Part, World};

const KUBELET: By<'static> = By { manager: "kubelet", dry_run: false };

/// Brings a pod as far as it is by now.
pub(crate) fn look_at_pod(world: &mut World, key: &Key) {
    let Some(pod) = world.store.get(key).cloned() else { return };
    if object::is_terminating(&pod) {
        end(world, key, &pod);
        return;
    }
    if ["Failed", "Succeeded"].contains(&text(&pod, "/status/phase")) {
        return;
    }
    let known =
        world.kubelet.lives.get(object::uid(&pod)).is_some_and(|l| !l.containers.is_empty());
    if !known {
        if !schedule::is_placed(world, key, &pod) {
            return;
        }
        begin(world, key, &pod);
    }
    move_on(world, key);
}

fn begin(world: &mut World, key: &Key, pod: &Value) {
    let pace = world.options.pace;
    let first = world.now + jitter(world, pace.start);
    let containers: Vec<ContainerLife> = list(pod, "/spec/containers")
        .iter()
        .map(|c| {
            let image = text(c, "/image");
            let behaviour = behaviour::of(pod, image, pace.annotations);
            let ready_after = match behaviour {
                Behaviour::Slow(time) => time,
                _ => probe_delay(c, pace.probes).max(jitter(world, pace.ready)),
            };
            ContainerLife::new(text(c, "/name"), image, behaviour, ready_after, first)
        })
        .collect();
    world.kubelet.addresses += 1;
    let n = world.kubelet.addresses;
    let address = format!("10.{}.{}.{}", 128 + n / 62_500 % 100, n / 250 % 250, n % 250 + 2);
    world.kubelet.lives.insert(object::uid(pod).to_owned(), Life { containers, ..Life::default() });
    let life = &world.kubelet.lives[object::uid(pod)];
    let statuses: Vec<Value> = life.containers.iter().map(ContainerLife::status).collect();
    let now = world.now;
    let _ = world.change(key, Part::Status, KUBELET, |pod| {
        status::begin(pod, &address, &statuses, now);
    });
}

/// Real life is not punctual; tests are.
fn jitter(world: &mut World, time: Duration) -> Duration {
    if world.options.clock.is_manual() {
        return time;
    }
    let share = u32::try_from(world.random() % 41).unwrap_or_default();
    time.saturating_mul(80 + share) / 100
}

fn probe_delay(container: &Value, wanted: bool) -> Duration {
    let seconds = object::number(container, "/readinessProbe/initialDelaySeconds");
    let seconds = seconds.filter(|_| wanted).and_then(|s| u64::try_from(s).ok());
    Duration::from_secs(seconds.unwrap_or_default())
}

/// Lets every container make the moves whose time has come, and writes them down.
fn move_on(world: &mut World, key: &Key) {
    let Some(pod) = world.store.get(key).cloned() else { return };
    let uid = object::uid(&pod).to_owned();
    let (now, pace) = (world.now, world.options.pace);
    let Some(life) = world.kubelet.lives.get_mut(&uid) else { return };
    let mut moves: Vec<(String, String, Moved)> = Vec::new();
    for container in &mut life.containers {
        // A timer may be so late that several moves are due.
        while let Some(moved) = container.step(now, &pace) {
            moves.push((container.name.clone(), container.image.clone(), moved));
        }
    }
    if !moves.is_empty() {
        let statuses: Vec<Value> = life.containers.iter().map(ContainerLife::status).collect();
        let ready: Vec<(String, bool)> =
            life.containers.iter().map(|c| (c.name.clone(), c.is_ready())).collect();
        let up = life.containers.iter().all(ContainerLife::has_started);
        if moves.iter().any(|(_, _, m)| *m == Moved::Started) && up {
            visit(world, &pod, key, &moves);
        }
        let _ = world.change(key, Part::Status, KUBELET, |pod| {
            status::update(pod, &statuses, &ready, up, now);
        });
        for (container, image, moved) in moves {
            write_log(world, &uid, &container, &image, moved);
            tell(world, &pod, &container, &image, moved);
        }
    }
    let Some(life) = world.kubelet.lives.get(&uid) else { return };
    if let Some(next) = life.containers.iter().filter_map(|c| c.next).min() {
        world.work.add_at(Job::Pod(key.clone()), next);
    }
}

/// Each start counts on the volumes that are mounted.
fn visit(world: &mut World, pod: &Value, key: &Key, moves: &[(String, String, Moved)]) {
    for claim in object::claims_of(pod) {
        let Some(claim) = world.store.get(&Key::new(Kind::Claim, &key.namespace, claim)) else {
            continue;
        };
        let volume = list(pod, "/spec/volumes")
            .iter()
            .find(|v| text(v, "/persistentVolumeClaim/claimName") == object::name(claim));
        let volume = volume.map_or("", |v| text(v, "/name"));
        let mounts = |name: &str| {
            let container = list(pod, "/spec/containers").iter().find(|c| c["name"] == *name);
            container.is_some_and(|c| list(c, "/volumeMounts").iter().any(|m| m["name"] == *volume))
        };
        let started =
            |(name, _, moved): &&(String, String, Moved)| *moved == Moved::Started && mounts(name);
        let starts = moves.iter().filter(started).count();
        let disk = world.kubelet.disks.entry(object::uid(claim).to_owned()).or_default();
        disk.visits += u64::try_from(starts).unwrap_or_default();
    }
}

fn write_log(world: &mut World, uid: &str, container: &str, image: &str, moved: Moved) {
    let now = world.now;
    let Some(life) = world.kubelet.lives.get_mut(uid) else { return };
    let Some(life) = life.containers.iter_mut().find(|c| c.name == container) else { return };
    match moved {
        Moved::Started => {
            if life.restarts > 0 {
                life.previous_log = Some(std::mem::take(&mut life.log));
            }
            life.log.push(line(now, format!("starting {image}")));
        }
        Moved::Ready => life.log.push(line(now, "ready to serve")),
        Moved::Unhealthy => life.log.push(line(now, "still warming up: health check answers 503")),
        Moved::Ended if life.behaviour == Behaviour::Oom => {
            life.log.push(line(now, "allocating 64 GiB for the cache"));
        }
        Moved::Ended => life.log.push(line(now, "fatal: cannot read configuration: exit 1")),
        Moved::NotPulled | Moved::BackedOff => {}
    }
}

fn tell(world: &mut World, pod: &Value, container: &str, image: &str, moved: Moved) {
    let mut say = |normal: bool, reason: &str, message: String| {
        world.tell(pod, Source::Kubelet, normal, reason, &message);
    };
    match moved {
        Moved::Started => {
            say(true, "Pulled", format!("Container image {image:?} already present on machine"));
            say(true, "Created", format!("Container created: {container}"));
            say(true, "Started", format!("Container started: {container}"));
        }
        Moved::NotPulled => {
            say(true, "Pulling", format!("Pulling image {image:?}"));
            say(
                false,
                "Failed",
                format!(
                    "Failed to pull image {image:?}: rpc error: code = NotFound desc = failed to pull and unpack image {image:?}: not found"
                ),
            );
            say(false, "Failed", "Error: ErrImagePull".to_owned());
        }
        Moved::BackedOff => {
            say(true, "BackOff", format!("Back-off pulling image {image:?}"));
            say(false, "Failed", "Error: ImagePullBackOff".to_owned());
        }
        Moved::Unhealthy => {
            say(
                false,
                "Unhealthy",
                "Readiness probe failed: HTTP probe failed with statuscode: 503".to_owned(),
            );
        }
        Moved::Ended => {
            say(
                false,
                "BackOff",
                format!(
                    "Back-off restarting failed container {container} in pod {}",
                    object::name(pod)
                ),
            );
        }
        Moved::Ready => {}
    }
}

/// A deleted pod takes its time.
fn end(world: &mut World, key: &Key, pod: &Value) {
    if object::number(pod, "/metadata/deletionGracePeriodSeconds") == Some(0) {
        // Only a finalizer holds it: the node has nothing to do with it any more.
        return;
    }
    let now = world.now;
    let pace = jitter(world, world.options.pace.end);
    let asks = world.options.pace.annotations;
    let asked = object::annotation(pod, behaviour::END_AFTER).filter(|_| asks).and_then(duration);
    let life = world.kubelet.lives.entry(object::uid(pod).to_owned()).or_default();
    let first = life.ends.is_none();
    let mut ends = *life.ends.get_or_insert(now + asked.unwrap_or(pace));
    if first {
        for container in list(pod, "/spec/containers") {
            let message = format!("Stopping container {}", text(container, "/name"));
            world.tell(pod, Source::Kubelet, true, "Killing", &message);
        }
    }
    // A grace period that is over ends the pod; a time asked for by the annotation is a test's, and holds.
    if asked.is_none()
        && let Some(forced) = object::moment(pod, "/metadata/deletionTimestamp")
    {
        ends = ends.min(forced);
    }
    if ends > now {
        world.work.add_at(Job::Pod(key.clone()), ends);
        return;
    }
    let deletion = Deletion { uid: Some(object::uid(pod).to_owned()), ..Deletion::now() };
    let _ = world.delete(key, &deletion);
}

/// A pod that has been up since a moment, without having lived through its start.
pub(crate) fn settle(world: &mut World, pod: &mut Value, since: Timestamp) {
    let node = format!("node-{}", world.kubelet.scheduled % world.options.nodes.max(1) + 1);
    world.kubelet.scheduled += 1;
    world.kubelet.addresses += 1;
    let n = world.kubelet.addresses;
    let address = format!("10.{}.{}.{}", 128 + n / 62_500 % 100, n / 250 % 250, n % 250 + 2);
    pod["spec"]["nodeName"] = json!(node);
    let mut containers: Vec<ContainerLife> = list(pod, "/spec/containers")
        .iter()
        .map(|c| ContainerLife::settled(text(c, "/name"), text(c, "/image"), since))
        .collect();
    for container in &mut containers {
        let first = format!("starting {}", container.image);
        container.log = vec![line(since, first), line(since, "ready to serve")];
    }
    let statuses: Vec<Value> = containers.iter().map(ContainerLife::status).collect();
    let ready: Vec<(String, bool)> = containers.iter().map(|c| (c.name.clone(), true)).collect();
    object::set_condition(pod, "PodScheduled", true, "", "", since);
    status::begin(pod, &address, &statuses, since);
    status::update(pod, &statuses, &ready, true, since);
    world.kubelet.lives.insert(object::uid(pod).to_owned(), Life { containers, ..Life::default() });
}

impl ContainerLife {
    /// It has run at least once, so that the pod is not Pending for its sake.
    pub(super) fn has_started(&self) -> bool {
        use super::container::State;
        matches!(self.state, State::Running { .. } | State::Crashed)
    }
}
