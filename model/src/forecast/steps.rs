//! From what happens, one thing after another, to steps that a person reads: a pod that ends and comes back restarts.

use super::ideal::{Played, What};
use super::sick::Sick;
use super::{Step, StepKind};
use crate::controller::{Observed, Pod};
use crate::facts::Facts;

pub(super) fn steps(facts: &Facts, seen: &Observed, sick: &Sick<'_>, played: &Played) -> Vec<Step> {
    let set = &facts.set;
    // Pods that are on their way out before the controller does anything: their ordinals restart or end first.
    let mut steps: Vec<Step> = Vec::new();
    let ends = |p: &&Pod| p.terminating && !sick.held.contains(p.uid.as_str());
    let mut ending: Vec<u32> = seen.pods.iter().filter(ends).filter_map(|p| p.ordinal).collect();
    ending.sort_unstable_by(|a, b| b.cmp(a));
    for ordinal in ending {
        steps.push(Step::new(set, ordinal, StepKind::Stop, 0));
    }
    for moved in &played.moves {
        let ordinal = moved.ordinal;
        // The newest step of this ordinal; a pod may restart more than once.
        let last = steps.iter().rposition(|s| s.ordinal == ordinal);
        let open = last.filter(|i| steps[*i].what == StepKind::Stop);
        match &moved.what {
            What::Down => steps.push(Step::new(set, ordinal, StepKind::Stop, moved.wave)),
            What::Created { revision } => {
                let label = label(facts, played, revision);
                let i = open.unwrap_or_else(|| {
                    // Its claims may have been made before it.
                    let waiting = last.filter(|i| steps[*i].revision.is_none());
                    waiting.unwrap_or_else(|| {
                        steps.push(Step::new(set, ordinal, StepKind::Create, moved.wave));
                        steps.len() - 1
                    })
                });
                if steps[i].what == StepKind::Stop {
                    steps[i].what = StepKind::Restart;
                }
                steps[i].revision = Some(label);
            }
            What::ClaimCreated { name } => {
                // The claims of a pod are made one after another, before it.
                let i = last.unwrap_or_else(|| {
                    steps.push(Step::new(set, ordinal, StepKind::Create, moved.wave));
                    steps.len() - 1
                });
                steps[i].claims_created.push(name.clone());
            }
            What::ClaimLost { name } => {
                if let Some(i) = last {
                    steps[i].claims_deleted.push(name.clone());
                }
            }
        }
    }
    // A claim was made for a pod that runs or that could not be made: nothing happens to the pod.
    steps.retain(|s| s.what != StepKind::Create || s.revision.is_some());
    number_waves(&mut steps);
    steps
}

impl Step {
    fn new(set: &crate::set::Set, ordinal: u32, what: StepKind, wave: u32) -> Self {
        Self {
            pod: set.pod_name(ordinal),
            ordinal,
            what,
            revision: None,
            claims_deleted: Vec::new(),
            claims_created: Vec::new(),
            wave,
        }
    }
}

/// `r7`, also of a revision that the play made or gave another number.
pub(super) fn label(facts: &Facts, played: &Played, revision: &str) -> String {
    match played.made.iter().find(|(name, _)| name == revision) {
        Some((_, number)) => format!("r{number}"),
        None => facts.revision_label(revision),
    }
}

/// Waves count from 0 without gaps.
fn number_waves(steps: &mut [Step]) {
    let mut last = None;
    let mut count = 0;
    for step in steps {
        if last.is_some_and(|l| l != step.wave) {
            count += 1;
        }
        last = Some(step.wave);
        step.wave = count;
    }
}

/// The size of the largest wave.
pub(super) fn at_once(steps: &[Step]) -> u32 {
    let mut most = 0;
    let mut here = 0;
    let mut wave = None;
    for step in steps {
        here = if wave == Some(step.wave) { here + 1 } else { 1 };
        wave = Some(step.wave);
        most = most.max(here);
    }
    most
}
