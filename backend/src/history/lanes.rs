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

/// The highest ordinals are shown, at most this many.
pub const LANES: usize = 200;
/// Runs of all lanes together, at most.
pub const RUNS: usize = 12_000;
/// A lane has at most this many runs: about the pixels of a wide page.
const PIXELS: i64 = 1_200;
/// Ordinals that are followed, from the lowest wanted one on.
const FOLLOWED: u32 = model::MAX_REPLICAS;

#[derive(Clone, Debug, PartialEq, Eq)]
struct Piece {
    /// ms UTC.
    at: i64,
    state: RunState,
    revision: Option<String>,
}

/// The worse one is what a merged run shows.
fn badness(state: RunState) -> u8 {
    match state {
        RunState::Absent => 0,
        RunState::Ready => 1,
        RunState::Starting => 2,
        RunState::Ending => 3,
        RunState::Down => 4,
        RunState::Failing => 5,
    }
}

/// The runs of one ordinal.
#[derive(Clone, Debug)]
struct Track {
    pieces: Vec<Piece>,
    /// What is there in truth, where the last piece is a merged one.
    now: Piece,
}

impl Track {
    fn new(first: Piece) -> Self {
        Self { pieces: vec![first.clone()], now: first }
    }

    /// Ends a merged piece where it is as long as `least`.
    fn settle(&mut self, until: i64, least: i64) {
        let Some(last) = self.pieces.last() else { return };
        let differs = (last.state, &last.revision) != (self.now.state, &self.now.revision);
        let end = last.at + least;
        if differs && end < until {
            self.pieces.push(Piece { at: end, ..self.now.clone() });
        }
    }

    fn push(&mut self, next: Piece, least: i64) {
        if (self.now.state, &self.now.revision) == (next.state, &next.revision) {
            return;
        }
        self.settle(next.at, least);
        if let Some(last) = self.pieces.last_mut() {
            if next.at == last.at {
                // It never was.
                last.clone_from(&next);
            } else if next.at - last.at >= least {
                self.pieces.push(next.clone());
            } else if badness(next.state) >= badness(last.state) {
                last.state = next.state;
                last.revision.clone_from(&next.revision);
            }
        }
        self.now = next;
    }
}

/// Lanes under construction.
#[derive(Clone, Debug)]
pub struct Drawing {
    from: i64,
    to: i64,
    least: i64,
    scene: Scene,
    begun: bool,
    tracks: BTreeMap<u32, Track>,
    holds: Vec<(i64, i64)>,
    held_since: Option<i64>,
}

fn at_ordinal(scene: &Scene, ordinal: u32) -> (RunState, Option<String>) {
    match scene.pods.get(&ordinal) {
        Some(pod) => (state_of(pod), label(scene, pod)),
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
        let (state, revision) = at_ordinal(&self.scene, ordinal);
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
                *track = coarser(track, self.to, least);
            }
        }
        let run = |p: Piece| Run { at: time(p.at), state: p.state, revision: p.revision };
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

fn coarser(track: &Track, to: i64, least: i64) -> Track {
    let mut pieces = track.pieces.iter().cloned();
    let Some(first) = pieces.next() else { return track.clone() };
    let mut merged = Track::new(first);
    for piece in pieces {
        merged.push(piece, least);
    }
    merged.settle(to, least);
    merged
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::history::book::RevisionMark;
    use crate::history::data::PodData;

    const SECOND: i64 = 1_000;
    const DAY: i64 = 86_400 * SECOND;

    fn snapshot(replicas: u32) -> Data {
        let pods = (0..replicas).map(|o| {
            let uid = format!("p{o}");
            (o, ScenePod { uid, revision: "web-a".into(), state: PodState::Ready })
        });
        Data::Snapshot {
            scene: Scene {
                replicas,
                update: "web-a".into(),
                strategy: "RollingUpdate".into(),
                labels: [("web-a".to_owned(), "r6".to_owned())].into(),
                pods: pods.collect(),
                ..Scene::default()
            },
        }
    }

    fn pod(ordinal: u32, revision: &str, state: PodState) -> Data {
        let label = if revision == "web-a" { "r6" } else { "r7" };
        Data::Pod {
            pod: PodData {
                ordinal: Some(ordinal),
                uid: format!("p{ordinal}"),
                revision: revision.into(),
                label: label.into(),
                state,
                restarts: 0,
            },
        }
    }

    fn gone(ordinal: u32) -> Data {
        Data::PodGone { ordinal: Some(ordinal), uid: format!("p{ordinal}") }
    }

    /// `0 ready r6, 10 ending r6, …` in seconds.
    fn words(lane: &Lane) -> String {
        let word = |r: &Run| {
            let state = format!("{:?}", r.state).to_lowercase();
            let revision = r.revision.as_ref().map(|l| format!(" {l}")).unwrap_or_default();
            format!("{} {state}{revision}", r.at.as_second())
        };
        lane.runs.iter().map(word).collect::<Vec<_>>().join(", ")
    }

    #[test]
    fn a_restart_is_told_from_the_end_of_the_old_pod_to_the_new_one_being_ready() {
        let mut drawing = Drawing::new(0, 600 * SECOND);
        drawing.play(-5, &snapshot(2));
        drawing.play(10 * SECOND, &pod(1, "web-a", PodState::Ending));
        drawing.play(12 * SECOND, &gone(1));
        drawing.play(14 * SECOND, &pod(1, "web-b", PodState::Starting));
        drawing.play(60 * SECOND, &pod(1, "web-b", PodState::Ready));
        let (lanes, left_out, holds) = drawing.finish();
        assert_eq!(lanes[0].ordinal, 1, "the highest on top");
        let told = "0 ready r6, 10 ending r6, 12 down, 14 starting r7, 60 ready r7";
        assert_eq!(words(&lanes[0]), told);
        assert_eq!(words(&lanes[1]), "0 ready r6");
        assert_eq!((left_out, holds.len()), (0, 0));
    }

    #[test]
    fn an_ordinal_is_absent_before_it_is_wanted_and_after_it_has_left() {
        let mut drawing = Drawing::new(0, 100 * SECOND);
        drawing.play(0, &snapshot(1));
        drawing.play(10 * SECOND, &Data::Scale { from: 1, to: 2, start: 0 });
        drawing.play(11 * SECOND, &pod(1, "web-a", PodState::Starting));
        drawing.play(12 * SECOND, &pod(1, "web-a", PodState::Ready));
        drawing.play(50 * SECOND, &Data::Scale { from: 2, to: 1, start: 0 });
        drawing.play(51 * SECOND, &gone(1));
        let (lanes, ..) = drawing.finish();
        let told = "0 absent, 10 down, 11 starting r6, 12 ready r6, 51 absent";
        assert_eq!(words(&lanes[0]), told);
    }

    #[test]
    fn what_is_shorter_than_a_pixel_is_merged_and_the_worse_stays() {
        let mut drawing = Drawing::new(0, 1_200 * SECOND);
        drawing.play(0, &snapshot(1));
        drawing.play(100 * SECOND, &pod(0, "web-a", PodState::Starting));
        drawing.play(100 * SECOND + 200, &pod(0, "web-a", PodState::Failing));
        drawing.play(100 * SECOND + 400, &pod(0, "web-a", PodState::Ready));
        let (lanes, ..) = drawing.finish();
        assert_eq!(words(&lanes[0]), "0 ready r6, 100 failing r6, 101 ready r6");
    }

    #[test]
    fn sixty_crash_loops_of_a_fortnight_stay_within_what_a_page_draws() {
        let mut drawing = Drawing::new(0, 14 * DAY);
        drawing.play(0, &snapshot(60));
        for round in 1..3_000 {
            let at = round * 400 * SECOND;
            for ordinal in 0..60 {
                drawing.play(at, &pod(ordinal, "web-b", PodState::Failing));
                drawing.play(at + 200 * SECOND, &pod(ordinal, "web-b", PodState::Ready));
            }
        }
        let (lanes, ..) = drawing.finish();
        assert_eq!(lanes.len(), 60);
        let runs: usize = lanes.iter().map(|l| l.runs.len()).sum();
        assert!(runs <= RUNS, "{runs}");
        assert!(runs > 60, "they are still told");
        let failing = |l: &Lane| l.runs.iter().any(|r| r.state == RunState::Failing);
        assert!(lanes.iter().all(failing), "the worse one is what stays");
        for lane in &lanes {
            assert!(lane.runs.is_sorted_by(|a, b| a.at < b.at));
        }
    }

    #[test]
    fn a_set_that_wants_millions_shows_its_highest_followed_ordinals() {
        let mut drawing = Drawing::new(0, DAY);
        let scene = Scene { replicas: 3_000_000_000, ..Scene::default() };
        drawing.play(0, &Data::Snapshot { scene });
        let (lanes, left_out, _) = drawing.finish();
        assert_eq!(lanes.len(), LANES);
        assert_eq!(left_out as usize, FOLLOWED as usize - LANES);
    }

    #[test]
    fn holds_are_told_with_their_times_also_those_that_began_before() {
        let mut drawing = Drawing::new(100, 1_000);
        drawing.play(0, &snapshot(2));
        let partition = |to| Data::Partition { from: None, to, held: 0 };
        drawing.play(10, &partition(Some(1)));
        let mark = RevisionMark { name: "web-b".into(), label: "r7".into(), hash: None };
        drawing.play(20, &Data::Template { from: None, to: mark, restart: false });
        drawing.play(300, &partition(Some(0)));
        drawing.play(500, &partition(Some(2)));
        let (_, _, holds) = drawing.finish();
        let ms = |s: &Span| (s.from.as_millisecond(), s.to.as_millisecond());
        assert_eq!(holds.iter().map(ms).collect::<Vec<_>>(), [(100, 300), (500, 1_000)]);
    }
}
