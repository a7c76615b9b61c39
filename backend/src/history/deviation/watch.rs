//! What has happened of a forecast, look by look, and what is otherwise.

use model::status::{Status, StatusKind};
use model::wire::EventKind;

use super::{Done, Expected, ExpectedKind, ExpectedStep, Otherwise, wording};
use crate::history::compare::Happened;
use crate::history::data::{Data, Kind, PodData};
use crate::history::known::{Known, PodState};

/// The pod of an event of this kind.
fn pod_of(happened: &Happened, kind: EventKind) -> Option<(u32, &PodData)> {
    match &happened.data {
        Data::Pod { pod } if happened.kind == Kind::Listed(kind) => Some((pod.ordinal?, pod)),
        _ => None,
    }
}

impl Expected {
    /// The first step of an ordinal that has come exactly so far.
    fn step(&self, ordinal: u32, so: impl Fn(&ExpectedStep) -> bool) -> Option<usize> {
        self.steps.iter().position(|s| s.ordinal == ordinal && so(s))
    }

    /// Takes in what happened since the last look.
    pub(super) fn watch(&mut self, known: &Known, happened: &[Happened]) -> Option<Otherwise> {
        let mut went = Vec::new();
        for (ordinal, _) in happened.iter().filter_map(|h| pod_of(h, EventKind::PodDown)) {
            let ends = |s: &ExpectedStep| s.kind != ExpectedKind::Create && s.done == Done::Nothing;
            let Some(i) = self.step(ordinal, ends) else {
                // A pod that goes before it was ever Ready: the same restart takes one more pod.
                let again = |s: &ExpectedStep| matches!(s.done, Done::Down | Done::Created);
                let Some(i) = self.step(ordinal, again) else {
                    return Some(Otherwise::Down(ordinal));
                };
                self.steps[i].done = Done::Down;
                continue;
            };
            let last = self.steps[i].kind == ExpectedKind::Stop;
            self.steps[i].done = if last { Done::All } else { Done::Down };
            // What it went down from is behind it.
            for step in &mut self.steps[..i] {
                if step.ordinal == ordinal {
                    step.done = Done::All;
                }
            }
            went.push(i);
        }
        // What is seen in one look has no order among itself.
        let ends = |s: &ExpectedStep| s.kind != ExpectedKind::Create && s.done == Done::Nothing;
        for i in went {
            let wave = self.steps[i].wave;
            if let Some(earlier) = self.steps.iter().position(|s| s.wave < wave && ends(s)) {
                return Some(Otherwise::Order(i, earlier));
            }
        }
        for (ordinal, _) in happened.iter().filter_map(|h| pod_of(h, EventKind::PodCreated)) {
            let comes = |s: &ExpectedStep| match s.kind {
                ExpectedKind::Stop => false,
                // Of what was missing before nobody saw it go.
                ExpectedKind::Create => s.done < Done::All,
                ExpectedKind::Restart => matches!(s.done, Done::Down | Done::Created),
            };
            match self.step(ordinal, comes) {
                Some(i) => self.steps[i].done = Done::Created,
                None => return Some(Otherwise::Created(ordinal)),
            }
        }
        self.arrive(known)
    }

    /// Steps whose pod is Ready by now are done. Revisions are compared only then: kinds are watched apart, and a revision may be
    /// known, or have its new number, a moment after its pod.
    fn arrive(&mut self, known: &Known) -> Option<Otherwise> {
        for i in 0..self.steps.len() {
            let step = &self.steps[i];
            let Some(pod) = known.pod_at(step.ordinal) else { continue };
            if step.done != Done::Created || pod.state != PodState::Ready {
                continue;
            }
            let label = known.revision(&pod.revision).map(|_| known.label(&pod.revision));
            if let (Some(is), Some(foretold)) = (label, &step.revision)
                && is != *foretold
            {
                return Some(Otherwise::Revision(i, is));
            }
            self.steps[i].done = Done::All;
        }
        None
    }

    /// What a gap has brought, as far as it shows.
    pub(super) fn catch_up(&mut self, before: &Known, known: &Known) {
        for step in &mut self.steps {
            let now = known.pod_at(step.ordinal).filter(|p| p.ending.is_none());
            let then = before.pod_at(step.ordinal);
            let is_new = now.is_some_and(|p| then.is_none_or(|t| t.uid != p.uid));
            let up = now.is_some_and(|p| p.state == PodState::Ready);
            step.done = step.done.max(match (step.kind, now) {
                (ExpectedKind::Stop, None) => Done::All,
                (ExpectedKind::Stop, Some(_)) => Done::Nothing,
                (_, None) => Done::Down,
                (_, Some(_)) if up && (is_new || step.done >= Done::Created) => Done::All,
                (_, Some(_)) if is_new => Done::Created,
                (_, Some(_)) => Done::Nothing,
            });
        }
    }

    /// The pod was failing, or in the way, before.
    fn is_old(&self, uid: &str) -> bool {
        self.failing.iter().any(|f| f == uid)
    }

    /// Whether the set has come to its end, or cannot go on.
    pub(super) fn judge(&mut self, known: &Known, status: &Status, at: i64) -> Option<Otherwise> {
        self.rests = None;
        match status.kind {
            StatusKind::Settled | StatusKind::Held | StatusKind::OnDelete if is_at_rest(known) => {
                let missing = |s: &ExpectedStep| s.done != Done::All && !s.ours;
                if !self.stalls && self.steps.iter().any(missing) {
                    return Some(Otherwise::Missing);
                }
                self.rests = Some(at);
                None
            }
            StatusKind::Stuck | StatusKind::Trapped if !self.stalls && !self.all_done() => {
                let blocker = status.blocker.as_ref()?;
                let uid = known.pod_at(blocker.ordinal).map_or("", |p| p.uid.as_str());
                let says = || wording::in_the_way(blocker);
                if !self.is_old(uid) {
                    return Some(Otherwise::Stuck(says()));
                }
                let still = known.observed >= known.generation
                    && known.pods.iter().all(|p| self.is_old(&p.uid) || p.state == PodState::Ready);
                still.then(|| Otherwise::Still(says()))
            }
            _ => None,
        }
    }
}

/// The controller has seen the spec, every wanted pod is there and Ready, and none is ending.
fn is_at_rest(known: &Known) -> bool {
    let wanted = known.ordinals();
    let up = known
        .pods
        .iter()
        .filter(|p| p.state == PodState::Ready && p.ordinal.is_some_and(|o| wanted.contains(&o)));
    known.observed >= known.generation
        && known.pods.iter().all(|p| p.ending.is_none())
        && up.count() == wanted.len()
}
