//! Every ordinal of a set over time: its events played one after the other, written down as runs.
//!
//! What is shorter than a pixel is merged while it is played, so that neither a crash loop of a fortnight nor sixty
//! ordinals make more than a page can draw.

use std::collections::BTreeMap;

use model::wire::{Lane, Run, RunState, Span};

use super::data::{Data, Scene, ScenePod};
use super::known::PodState;
use super::moment::play;
use super::time;

mod track;

use track::{Piece, Revision, Track};

/// The highest ordinals are shown, at most this many.
pub const LANES: usize = 200;
/// Runs of all lanes together, at most.
pub const RUNS: usize = 12_000;
/// A lane has at most this many runs: about the pixels of a wide page.
const PIXELS: i64 = 1_200;
/// Ordinals that are followed, from the lowest wanted one on.
const FOLLOWED: u32 = model::MAX_REPLICAS;

/// Lanes under construction.
#[derive(Clone, Debug)]
pub struct Drawing {
    from: i64,
    to: i64,
    least: i64,
    scene: Scene,
    /// Sets of this name that were deleted so far.
    life: u32,
    begun: bool,
    tracks: BTreeMap<u32, Track>,
    holds: Vec<(i64, i64)>,
    held_since: Option<i64>,
}

fn at_ordinal(scene: &Scene, life: u32, ordinal: u32) -> (RunState, Option<Revision>) {
    let revision = |pod: &ScenePod| {
        Some(Revision { name: pod.revision.clone(), label: label(scene, pod)?, life })
    };
    match scene.pods.get(&ordinal) {
        Some(pod) => (state_of(pod), revision(pod)),
        None if wanted(scene).contains(&ordinal) => (RunState::Down, None),
        None => (RunState::Absent, None),
    }
}

/// The state of a pod, as the API says it.
pub fn state_of(pod: &ScenePod) -> RunState {
    match pod.state {
        PodState::Ready => RunState::Ready,
        PodState::Starting => RunState::Starting,
        PodState::Failing => RunState::Failing,
        PodState::Ending => RunState::Ending,
    }
}

/// What the revision of a pod was called.
pub fn label(scene: &Scene, pod: &ScenePod) -> Option<String> {
    scene.labels.get(&pod.revision).cloned()
}

/// The ordinals that a set wants, as far as they are followed.
pub fn wanted(scene: &Scene) -> std::ops::Range<u32> {
    let replicas = if scene.deleted { 0 } else { scene.replicas.min(FOLLOWED) };
    scene.start..scene.start.saturating_add(replicas)
}

/// Whether a partition keeps ordinals on another revision than the one that the set wants. A pod that is missing there
/// comes back on the current one.
fn holds_back(scene: &Scene) -> bool {
    if scene.deleted || scene.strategy != "RollingUpdate" {
        return false;
    }
    let below = scene.partition.unwrap_or(0).min(scene.replicas);
    let mut pods = scene.pods.range(scene.start..scene.start.saturating_add(below));
    let missing = || scene.pods.len() < scene.replicas as usize && scene.current != scene.update;
    below > 0 && (pods.any(|(_, pod)| pod.revision != scene.update) || missing())
}

impl Drawing {
    /// From `from` to `to`, in ms UTC.
    pub fn new(from: i64, to: i64) -> Self {
        Self {
            from,
            to,
            least: ((to - from) / PIXELS).max(1),
            scene: Scene::default(),
            life: 0,
            begun: false,
            tracks: BTreeMap::new(),
            holds: Vec::new(),
            held_since: None,
        }
    }

    /// The next event. Those before the beginning only say what was there then.
    pub fn play(&mut self, at: i64, data: &Data) {
        if !self.begun && at > self.from {
            self.begin();
        }
        play(&mut self.scene, data);
        self.life += u32::from(matches!(data, Data::Deleted {}));
        if !self.begun {
            return;
        }
        self.hold(at);
        match data {
            Data::Pod { pod } => self.look(at, pod.ordinal),
            Data::PodGone { ordinal, .. } => self.look(at, *ordinal),
            Data::Snapshot { .. } | Data::Scale { .. } | Data::Deleted {} => self.look_at_all(at),
            _ => {}
        }
    }

    fn begin(&mut self) {
        self.begun = true;
        self.hold(self.from);
        self.look_at_all(self.from);
    }

    /// Whether ordinals are held back is read off the scene: not every change of it is an event of its own.
    fn hold(&mut self, at: i64) {
        if holds_back(&self.scene) {
            self.held_since.get_or_insert(at);
        } else if let Some(since) = self.held_since.take() {
            self.holds.push((since, at));
        }
    }

    fn look_at_all(&mut self, at: i64) {
        let mut ordinals: Vec<u32> = wanted(&self.scene).collect();
        ordinals.extend(self.scene.pods.keys());
        ordinals.extend(self.tracks.keys());
        ordinals.sort_unstable();
        ordinals.dedup();
        for ordinal in ordinals {
            self.look(at, Some(ordinal));
        }
    }

    fn look(&mut self, at: i64, ordinal: Option<u32>) {
        let Some(ordinal) = ordinal else { return };
        let (state, revision) = at_ordinal(&self.scene, self.life, ordinal);
        let piece = Piece { at, state, revision };
        let full = self.tracks.len() >= FOLLOWED as usize;
        match self.tracks.get_mut(&ordinal) {
            Some(track) => track.push(piece, self.least),
            None if full || state == RunState::Absent => {}
            None => {
                let absent = Piece { at: self.from, state: RunState::Absent, revision: None };
                let mut track = Track::new(if at == self.from { piece.clone() } else { absent });
                track.push(piece, self.least);
                self.tracks.insert(ordinal, track);
            }
        }
    }

    /// The lanes, highest ordinal first, how many lower ones are left out, and when ordinals were held back.
    pub fn finish(mut self) -> (Vec<Lane>, u32, Vec<Span>) {
        if !self.begun {
            self.begin();
        }
        if let Some(since) = self.held_since {
            self.holds.push((since, self.to));
        }
        let left_out = self.tracks.len().saturating_sub(LANES);
        let mut tracks: Vec<(u32, Track)> = self.tracks.into_iter().rev().take(LANES).collect();
        for (_, track) in &mut tracks {
            track.settle(self.to, self.least);
        }
        let mut least = self.least;
        while tracks.iter().map(|(_, t)| t.pieces.len()).sum::<usize>() > RUNS {
            least *= 2;
            for (_, track) in &mut tracks {
                *track = track.coarser(self.to, least);
            }
        }
        let labels = &self.scene.labels;
        let run = |p: Piece| {
            let of_this_set = p.revision.as_ref().filter(|r| r.life == self.life);
            let now =
                of_this_set.and_then(|r| labels.get(&r.name).filter(|label| **label != r.label));
            let revision_now = now.cloned();
            Run {
                at: time(p.at),
                state: p.state,
                revision: p.revision.map(|r| r.label),
                revision_now,
            }
        };
        let lane = |(ordinal, track): (u32, Track)| Lane {
            ordinal,
            runs: track.pieces.into_iter().map(run).collect(),
        };
        let span = |(from, to)| Span { from: time(from), to: time(to) };
        (
            tracks.into_iter().map(lane).collect(),
            u32::try_from(left_out).unwrap_or(u32::MAX),
            self.holds.into_iter().map(span).collect(),
        )
    }
}

#[cfg(test)]
mod tests;
