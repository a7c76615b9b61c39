//! What rests on a pod getting Ready, or ending, that is on its way.

use super::again::Again;
use super::ideal::{Played, What, play};
use super::sick::Sick;
use super::{Play, Step, StepKind, Waits, stall};
use crate::blocker;
use crate::controller::{Stage, Why};
use crate::pod::Pod;
use crate::words::{count, pods, verb};

/// What happens, and what does not, as long as the pods that are not up stay as they are. `None` if it makes no difference, as
/// of pods that are known not to come up, which are so in `played` already.
pub(super) fn waits(of: &Play<'_>, played: &Played, steps: &[Step]) -> Option<Waits> {
    let facts = of.facts;
    let is_down = |pod: &Pod| !pod.is_up();
    let known = |p: &Pod| (of.stays)(p) || blocker::failing_reason(p).is_some();
    if !facts.pods.iter().any(|p| is_down(p) && !known(p)) {
        return None;
    }
    let sick = Sick::of(facts, of.seen, is_down);
    let again = Again::of(facts, of.action, &is_down);
    let fails = |ordinal, revision: &str| again.fails(ordinal, revision);
    let slow = play(of.seen.clone(), of.cluster, &sick, &fails, of.counted);
    let meanwhile = of.steps(&slow, &sick);
    let (pod, sentence) = if stall::moves(facts, &slow, &sick) < stall::moves(facts, played, &sick)
    {
        let told = Told { of, sick: &sick, again: &again, slow: &slow };
        told.sentence(steps, &meanwhile)
    } else if steps.len() > meanwhile.len() {
        let ending: Vec<&Pod> =
            facts.pods.iter().filter(|p| sick.held.contains(p.uid.as_str())).collect();
        let names = pods(&facts.set.name, ending.iter().filter_map(|p| facts.ordinal(p)));
        let verb = verb(ending.len(), "is", "are");
        (ending.first().map(|p| p.name.clone()), format!("{names} {verb} still ending."))
    } else {
        return None;
    };
    Some(Waits { pod, sentence, meanwhile })
}

struct Told<'a> {
    of: &'a Play<'a>,
    sick: &'a Sick<'a>,
    again: &'a Again<'a>,
    /// With all pods that are down staying so.
    slow: &'a Played,
}

impl Told<'_> {
    /// The pod that it waits for, and the sentence.
    fn sentence(&self, steps: &[Step], meanwhile: &[Step]) -> (Option<String>, String) {
        let facts = self.of.facts;
        let wait = self.slow.wait.as_ref();
        let at = wait.and_then(|w| w.ordinal);
        if let Some(said) = at.and_then(|o| self.again.comes_back(self.slow, o)) {
            return (at.map(|o| facts.set.pod_name(o)), said);
        }
        let there = |p: &&Pod| {
            let uid = p.uid.as_str();
            self.sick.unready.contains(uid) || self.sick.held.contains(uid)
        };
        let pod = at.and_then(|o| facts.pod_at(o)).or_else(|| facts.pods.iter().find(there));
        let Some(pod) = pod else {
            return (None, "Not all of this happens as things are.".to_owned());
        };
        let ends = pod.deleting.is_some();
        let is = if ends { "is ending" } else { "is not Ready" };
        let name = &pod.name;
        let because = stall::because(pod);
        let text = match wait.map(|w| (&w.why, w.stage)) {
            Some((Why::NotFirstBad { first }, _)) => format!(
                "{name} is not deleted while it and {} both are not Ready.",
                facts.set.pod_name(*first)
            ),
            Some((Why::Budget { unavailable, allowed }, _)) => {
                let n = *unavailable as usize;
                format!(
                    "{} {} not available and maxUnavailable allows {allowed}: nothing more is replaced while {name} {is}{because}.",
                    count(n, "pod"),
                    verb(n, "is", "are")
                )
            }
            Some((_, Stage::Update)) => {
                let until = if ends { "has ended" } else { "is Ready" };
                format!("The roll waits until {name} {until}{because}.")
            }
            _ => {
                let gone = self.gone(meanwhile);
                if gone.is_empty() {
                    let nothing = if meanwhile.is_empty() { "Nothing" } else { "Nothing else" };
                    let stops = steps.iter().any(|s| s.what == StepKind::Stop);
                    let moves =
                        if stops { "starts, stops or restarts" } else { "starts or restarts" };
                    format!("{nothing} {moves} while {name} {is}{because}.")
                } else {
                    let does = verb(gone.len(), "does", "do");
                    let names = pods(&facts.set.name, gone.iter().copied());
                    format!("{names} {does} not come back while {name} {is}{because}.")
                }
            }
        };
        (Some(name.clone()), text)
    }

    /// Wanted pods that go and are not made anew.
    fn gone(&self, meanwhile: &[Step]) -> Vec<u32> {
        let wanted = |o: u32| self.of.seen.set.index_of(o).is_some();
        let made = |o| {
            self.slow.moves.iter().any(|m| m.ordinal == o && matches!(m.what, What::Created { .. }))
        };
        let stops = meanwhile.iter().filter(|s| s.what == StepKind::Stop);
        stops.map(|s| s.ordinal).filter(|o| wanted(*o) && !made(*o)).collect()
    }
}
