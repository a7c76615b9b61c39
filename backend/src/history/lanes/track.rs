//! One ordinal over time as runs; what is shorter than a given time is merged into the worse of its neighbours.

use model::wire::RunState;

/// The revision of a pod. A number that it got later makes it no other one.
#[derive(Clone, Debug, Eq)]
pub(super) struct Revision {
    /// ControllerRevision name.
    pub(super) name: String,
    /// What it was called then.
    pub(super) label: String,
    /// How many sets of this name had been deleted before: another set may have a revision of the same name, by its template.
    pub(super) life: u32,
}

impl PartialEq for Revision {
    fn eq(&self, other: &Self) -> bool {
        (&self.name, self.life) == (&other.name, other.life)
    }
}

/// What is at an ordinal from `at` on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Piece {
    /// ms UTC.
    pub(super) at: i64,
    pub(super) state: RunState,
    pub(super) revision: Option<Revision>,
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
pub(super) struct Track {
    pub(super) pieces: Vec<Piece>,
    /// What is there in truth, where the last piece is a merged one.
    now: Piece,
}

impl Track {
    pub(super) fn new(first: Piece) -> Self {
        Self { pieces: vec![first.clone()], now: first }
    }

    /// Ends a merged piece where it is as long as `least`.
    pub(super) fn settle(&mut self, until: i64, least: i64) {
        let Some(last) = self.pieces.last() else { return };
        let differs = (last.state, &last.revision) != (self.now.state, &self.now.revision);
        let end = last.at + least;
        if differs && end < until {
            self.pieces.push(Piece { at: end, ..self.now.clone() });
        }
    }

    pub(super) fn push(&mut self, next: Piece, least: i64) {
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

    /// The same with no piece shorter than `least`.
    pub(super) fn coarser(&self, to: i64, least: i64) -> Self {
        let mut pieces = self.pieces.iter().cloned();
        let Some(first) = pieces.next() else { return self.clone() };
        let mut merged = Self::new(first);
        for piece in pieces {
            merged.push(piece, least);
        }
        merged.settle(to, least);
        merged
    }
}
