//! What frees a set for which an action leads nowhere by itself.

use super::Play;
use super::again::Again;
use super::ideal::{Played, What, play};
use super::sick::Sick;
use super::stall::goes_further;
use super::steps::label;
use crate::controller::Why;
use crate::pod::Pod;
use crate::words::{pods, verb};

/// The next step, where deleting pods lets the rest go on: the one that is in the way, else all that do not get Ready. It is played:
/// nothing is promised of a pod that comes back on what fails.
pub(super) fn frees(
    of: &Play<'_>,
    sick: &Sick<'_>,
    played: &Played,
    again: &Again<'_>,
) -> Option<String> {
    let wait = played.wait.as_ref()?;
    // The sentences of the others say it themselves, or there is nothing to delete.
    if !matches!(wait.why, Why::NotReady | Why::NotAvailable | Why::Budget { .. }) {
        return None;
    }
    let unready = |p: &&Pod| sick.unready.contains(p.uid.as_str());
    let all: Vec<&Pod> = of.facts.pods.iter().filter(unready).collect();
    let first = all.iter().position(|p| of.facts.ordinal(p) == wait.ordinal);
    let one = first.and_then(|i| deleted(of, sick, again, &all[i..=i]));
    one.or_else(|| if all.is_empty() { None } else { deleted(of, sick, again, &all) })
}

fn deleted(of: &Play<'_>, sick: &Sick<'_>, again: &Again<'_>, some: &[&Pod]) -> Option<String> {
    let goes = |uid: &str| some.iter().any(|p| p.uid == uid);
    let mut seen = of.seen.clone();
    for pod in &mut seen.pods {
        pod.terminating |= goes(&pod.uid);
    }
    let mut left = Sick::default();
    for uid in &sick.unready {
        if !goes(uid) {
            left.unready.insert(uid);
        }
    }
    for uid in &sick.held {
        left.held.insert(uid);
    }
    let fails = |ordinal, revision: &str| again.fails(ordinal, revision);
    let then = play(seen.clone(), of.cluster, &left, &fails, 0);
    if !then.ended || goes_further(&Play { seen: &seen, ..*of }, &left, &then) {
        return None;
    }
    let ordinals: Vec<u32> = some.iter().filter_map(|p| of.facts.ordinal(p)).collect();
    let mut on = None;
    for moved in &then.moves {
        if let What::Created { revision } = &moved.what
            && ordinals.contains(&moved.ordinal)
        {
            if again.fails(moved.ordinal, revision) || on.is_some_and(|on| on != revision) {
                return None;
            }
            on = Some(revision);
        }
    }
    let on = label(of.facts, &then, on?);
    let more = then.moves.iter().any(|m| !ordinals.contains(&m.ordinal));
    Some(format!(
        "Then delete {}: {} back on {on}{}.",
        pods(&of.facts.set.name, ordinals.iter().copied()),
        verb(ordinals.len(), "it comes", "they come"),
        if more { ", and the rest goes on" } else { "" },
    ))
}
