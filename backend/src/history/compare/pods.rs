use model::wire::EventKind;

use super::Happened;
use crate::history::credit::{Credit, Deed};
use crate::history::data::{Data, Kind, PodData};
use crate::history::known::{Known, KnownPod, PodState};
use crate::history::sentence;

fn event(set: &Known, pod: &KnownPod, kind: EventKind, sentence: String) -> Happened {
    Happened::listed(kind, sentence, Data::Pod { pod: PodData::of(set, pod) })
        .at_ordinal(pod.ordinal)
}

fn gone(pod: &KnownPod) -> Happened {
    Happened {
        kind: Kind::PodGone,
        sentence: String::new(),
        ordinal: pod.ordinal,
        credit: None,
        data: Data::PodGone { ordinal: pod.ordinal, uid: pod.uid.clone() },
    }
}

/// Only the panel's own deletions are known by name. A refused one did nothing.
fn ended_by(pod: &KnownPod, deeds: &[Deed], at: i64) -> Option<Credit> {
    deeds.iter().find(|d| !d.refused && d.ends_pod(&pod.uid)).map(|d| d.credit(at))
}

/// Nothing that the controller does leads to the end of this pod: somebody deleted or evicted it. Said only where the controller has
/// seen the spec; what it does of itself is not told by name either.
pub(super) fn unexplained(set: &Known, pod: &KnownPod) -> bool {
    let Some(ordinal) = pod.ordinal.filter(|o| set.ordinals().contains(o)) else { return false };
    // A pod in phase Failed or Succeeded is replaced by the controller.
    if set.deleting || pod.over || set.observed < set.generation {
        return false;
    }
    match set.strategy.as_str() {
        "OnDelete" => true,
        "RollingUpdate" => pod.revision == set.update || ordinal < set.start + set.protected(),
        _ => false,
    }
}

/// Pods that went, came and changed: first those that went, highest ordinal first, as the controller does it.
pub(super) fn changes(
    before: &Known,
    after: &mut Known,
    deeds: &[Deed],
    at: i64,
    all: &mut Vec<Happened>,
) {
    let mut down: Vec<(u32, i64)> = Vec::new();
    let mut up: Vec<u32> = Vec::new();
    let mut acted = None;
    let (were, are) = (before.pods_by_uid(), after.pods_by_uid());
    for then in before.pods.iter().rev() {
        let now = are.get(then.uid.as_str()).copied();
        let ends_now = then.ending.is_none() && now.is_none_or(|p| p.ending.is_some());
        if ends_now {
            // A pod that vanished between two looks was ending all the same.
            let shown = KnownPod { state: PodState::Ending, ..now.unwrap_or(then).clone() };
            let by = ended_by(then, deeds, at);
            let mut sentence = sentence::pod_down(after, &shown);
            match &by {
                Some(credit) => acted = Some(credit.clone()),
                None if unexplained(after, then) => sentence.push_str(sentence::NOT_KEPT),
                None => {}
            }
            all.push(event(after, &shown, EventKind::PodDown, sentence).by(by));
            if let Some(o) = then.ordinal {
                // When a pod that vanished began to end is not known; its successor came right after.
                let successor = || after.pod_at(o).map(|p| p.created.min(at));
                let since = now.and_then(|p| p.ending).or_else(successor).unwrap_or(at);
                down.push((o, since));
            }
        }
        if now.is_none() {
            all.push(gone(then));
        }
    }
    let start = all.len();
    for pod in &after.pods {
        let then = were.get(pod.uid.as_str()).copied();
        let since = pod.ordinal.and_then(|o| {
            down.iter()
                .find(|(d, _)| *d == o)
                .map(|(_, at)| *at)
                .or_else(|| before.book.down.get(&o).copied())
        });
        if then.is_none() {
            let label = after.label(&pod.revision);
            let sentence = format!("{} was created on {label}", pod.name);
            // Created means not Ready yet, whatever it has become meanwhile.
            let fresh = KnownPod { state: PodState::Starting, ..pod.clone() };
            all.push(event(after, &fresh, EventKind::PodCreated, sentence));
            if pod.ending.is_some() {
                let sentence = sentence::pod_down(after, pod);
                let by = ended_by(pod, deeds, at);
                all.push(event(after, pod, EventKind::PodDown, sentence).by(by));
            }
        }
        change(after, then, pod, since, at, all);
        if pod.state == PodState::Ready
            && let Some(o) = pod.ordinal
        {
            up.push(o);
        }
    }
    // The controller makes and updates the highest ordinal first, or the lowest: where several changed in one look nothing tells the
    // order, so it is that of the ordinals.
    all[start..].sort_by_key(|e| e.ordinal);
    if acted.is_some() {
        after.book.last_change = acted;
    }
    for (ordinal, since) in down {
        after.book.down.entry(ordinal).or_insert(since);
    }
    let wanted = after.ordinals();
    after.book.down.retain(|o, _| wanted.contains(o) && !up.contains(o));
}

fn change(
    set: &Known,
    then: Option<&KnownPod>,
    now: &KnownPod,
    down: Option<i64>,
    at: i64,
    all: &mut Vec<Happened>,
) {
    let restarts = then.map_or(0, |t| t.restarts);
    if now.restarts > restarts {
        let sentence = sentence::pod_restarted(now, now.restarts - restarts);
        all.push(event(set, now, EventKind::PodRestarted, sentence));
    }
    let was = then.map_or(PodState::Starting, |t| t.state);
    let fails = now.state == PodState::Failing && !then.is_some_and(|t| t.told_failing);
    match (was, now.state) {
        // That it fails says more.
        (PodState::Ready, PodState::Starting | PodState::Failing) if !fails => {
            let sentence = sentence::pod_not_ready(now);
            all.push(event(set, now, EventKind::PodNotReady, sentence));
        }
        (PodState::Starting | PodState::Failing, PodState::Ready) => {
            let sentence = sentence::pod_ready(set, now, then, down, at);
            all.push(event(set, now, EventKind::PodReady, sentence));
        }
        _ => {}
    }
    if fails {
        let sentence = format!("{} {}", now.name, now.says);
        all.push(event(set, now, EventKind::PodFailing, sentence));
    }
}
