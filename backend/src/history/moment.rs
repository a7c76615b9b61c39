//! A set as it was at a moment of the past: the newest snapshot before it, and the events since played on top.

use jiff::Timestamp;

use super::data::{Data, Scene, ScenePod};
use super::known::PodState;
use super::ms;

/// An event as far as replaying needs it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recorded {
    pub at: Timestamp,
    pub data: Data,
}

/// A set at a moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moment {
    pub at: Timestamp,
    pub scene: Scene,
    /// The panel did not look then: the scene is the last that was seen before.
    pub unsure: Option<(Timestamp, Timestamp)>,
}

/// The set at `at`, from its events in the order of recording and from the times in which nobody looked. `None` before
/// the first snapshot.
pub fn moment(
    events: &[Recorded],
    gaps: &[(Timestamp, Timestamp)],
    at: Timestamp,
) -> Option<Moment> {
    let past = &events[..=events.iter().rposition(|e| e.at <= at)?];
    let first = past.iter().rposition(|e| matches!(e.data, Data::Snapshot { .. }))?;
    let mut scene = Scene::default();
    for event in &past[first..] {
        play(&mut scene, &event.data);
    }
    let unsure = gaps.iter().find(|(from, to)| *from <= at && at < *to).copied();
    Some(Moment { at, scene, unsure })
}

/// What one event does to the scene.
pub fn play(scene: &mut Scene, data: &Data) {
    match data {
        Data::Snapshot { scene: whole } => scene.clone_from(whole),
        Data::Deleted {} => {
            scene.deleted = true;
            scene.pods.clear();
        }
        Data::Template { from, to, .. } => {
            for mark in from.iter().chain([to]) {
                scene.labels.insert(mark.name.clone(), mark.label.clone());
            }
            scene.update.clone_from(&to.name);
        }
        Data::Partition { to, .. } => scene.partition = *to,
        Data::Scale { to, start, .. } => {
            scene.replicas = *to;
            scene.start = *start;
        }
        Data::Strategy { to, .. } => scene.strategy.clone_from(to),
        Data::Pod { pod } => {
            let Some(ordinal) = pod.ordinal else { return };
            if !pod.revision.is_empty() {
                scene.labels.insert(pod.revision.clone(), pod.label.clone());
            }
            let there =
                ScenePod { uid: pod.uid.clone(), revision: pod.revision.clone(), state: pod.state };
            scene.pods.insert(ordinal, there);
        }
        Data::PodGone { ordinal: Some(o), uid }
            if scene.pods.get(o).is_some_and(|p| p.uid == *uid) =>
        {
            scene.pods.remove(o);
        }
        Data::Rollout { to, outcome } if outcome == "settled" => {
            scene.current.clone_from(&to.name);
        }
        Data::Seen { .. }
        | Data::Deleting {}
        | Data::PodGone { .. }
        | Data::Claim { .. }
        | Data::Hold { .. }
        | Data::Rollout { .. }
        | Data::Action { .. }
        | Data::Gap { .. }
        | Data::Command { .. }
        | Data::Trouble { .. }
        | Data::Metadata { .. }
        | Data::Later
        | Data::Deviation { .. } => {}
    }
}

impl Moment {
    /// One word per wanted ordinal, as `4:r7 ready`; for tests and logs.
    pub fn words(&self) -> Vec<String> {
        let scene = &self.scene;
        (scene.start..scene.start.saturating_add(scene.replicas))
            .map(|o| match scene.pods.get(&o) {
                None => format!("{o}: none"),
                Some(p) => {
                    let label = scene.labels.get(&p.revision).map_or("?", String::as_str);
                    let state = match p.state {
                        PodState::Ready => "ready",
                        PodState::Starting => "starting",
                        PodState::Failing => "failing",
                        PodState::Ending => "ending",
                    };
                    format!("{o}: {label} {state}")
                }
            })
            .collect()
    }

    /// ms UTC.
    pub fn at_ms(&self) -> i64 {
        ms(self.at)
    }
}
