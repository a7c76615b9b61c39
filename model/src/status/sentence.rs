//! The sentences of the statuses. They name pods and revisions, never a bare partition number.

use super::judge::View;
use crate::action::Action;
use crate::blocker::Blocker;
use crate::forecast;
use crate::ordinals::Ordinals;
use crate::pod::Pod;
use crate::words::{count, list, pods, verb};

pub(super) fn no_access() -> &'static str {
    "You may list this set, but not its pods."
}

pub(super) fn deleting(view: &View<'_>) -> String {
    match view.facts.pods.len() {
        0 => "The set is being deleted; no pod is left.".to_owned(),
        n => format!(
            "The set is being deleted; {} {} still there.",
            count(n, "pod"),
            verb(n, "is", "are")
        ),
    }
}

pub(super) fn settled(view: &View<'_>) -> String {
    let r = view.new_label();
    match view.wanted() {
        0 => "The set wants no pods, and there are none.".to_owned(),
        1 => format!("{} runs {r} and is Ready.", view.facts.set.pod_name(view.facts.set.start)),
        2 => format!("Both pods run {r} and are Ready."),
        n => format!("All {n} pods run {r} and are Ready."),
    }
}

/// `r6`, or `r5 and r6`: the revisions that pods run.
fn labels<'a>(view: &View<'_>, pods: impl Iterator<Item = &'a Pod>) -> String {
    let mut names: Vec<&str> = pods.map(|p| p.revision.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    let mut labels: Vec<String> = names.into_iter().map(|n| view.label(n)).collect();
    labels.sort_unstable();
    list(&labels)
}

fn old_labels(view: &View<'_>) -> String {
    labels(view, view.pods.iter().map(|(_, p)| *p).filter(|p| !view.is_new(p)))
}

pub(super) fn held(view: &View<'_>, old: &Ordinals) -> String {
    let r = view.new_label();
    let new = view.ordinals(|p| view.is_new(p));
    let stay = stay(view, old);
    let first = if new.is_empty() {
        format!("No pod gets {r} yet.")
    } else {
        format!("{} {} {r}.", view.names(&new), verb(new.len(), "runs", "run"))
    };
    let mut text = format!("{first} {stay}");
    if let Some(b) = view.down().first() {
        text.push_str(&format!(" {} {}.", b.pod, b.says));
    }
    if !view.missing.is_empty() {
        text.push_str(&format!(
            " {} {} missing and will come back.",
            view.names(&view.missing),
            verb(view.missing.len(), "is", "are")
        ));
    }
    text
}

/// Pods that a partition keeps.
fn stay(view: &View<'_>, old: &Ordinals) -> String {
    let stay = verb(old.len(), "stays", "stay");
    format!("{} {stay} on {} until someone advances.", view.names(old), old_labels(view))
}

/// Pods that OnDelete leaves alone.
fn stale(view: &View<'_>, old: &Ordinals) -> String {
    format!(
        "{} still {} {} and {} only when {} deleted.",
        view.names(old),
        verb(old.len(), "runs", "run"),
        old_labels(view),
        verb(old.len(), "changes", "change"),
        verb(old.len(), "it is", "they are"),
    )
}

/// What does not change while pods come or go; `None` where nothing is kept back.
pub(super) fn staying(view: &View<'_>, old: &Ordinals) -> Option<String> {
    let kept = old.last().is_some_and(|last| last < view.from);
    kept.then(|| if view.facts.set.is_on_delete() { stale(view, old) } else { stay(view, old) })
}

pub(super) fn on_delete(view: &View<'_>, old: &Ordinals) -> String {
    let mut text = stale(view, old);
    let back = view.ordinals(|p| !p.is_up()).and(&view.missing);
    if !back.is_empty() {
        text.push_str(&format!(
            " {} {} coming back.",
            view.names(&back),
            verb(back.len(), "is", "are")
        ));
    }
    text
}

pub(super) fn rolling(view: &View<'_>) -> String {
    let r = view.new_label();
    let n = view.wanted();
    let moving = view
        .ordinals(|p| p.deleting.is_some() || (!p.is_up() && view.is_new(p)))
        .and(&view.missing)
        .from_on(view.from);
    let progress = match view.done {
        0 => format!("no pod of {n} runs it and is Ready yet"),
        k => format!("{k} of {} {} it", count(n, "pod"), verb(k, "runs", "run")),
    };
    let first = if moving.is_empty() {
        format!("{r} goes out; {progress}.")
    } else {
        let down = view.down();
        if let Some(b) = down.iter().find(|b| b.failing && moving.contains(b.ordinal)) {
            return failing(view, &down, b);
        }
        format!(
            "{} {} on {r}; {progress}.",
            view.names(&moving),
            verb(moving.len(), "restarts", "restart")
        )
    };
    let waits = view.down().into_iter().find(|b| {
        view.facts.pod_at(b.ordinal).is_some_and(|p| p.deleting.is_none() && !view.is_new(p))
    });
    if let Some(b) = waits {
        return format!("{first} Nothing restarts while {} is not Ready: it {}.", b.pod, b.says);
    }
    let next = view.ordinals(|p| !view.is_new(p) && p.deleting.is_none()).last();
    match next.filter(|o| *o >= view.from) {
        Some(o) => format!("{first} Next: {}.", view.facts.set.pod_name(o)),
        None => first,
    }
}

/// A pod came up on the new revision and fails, not long enough yet to be called Stuck.
fn failing(view: &View<'_>, down: &[Blocker], b: &Blocker) -> String {
    let first = format!("{} is on {} but not Ready: it {}.", b.pod, view.new_label(), b.says);
    let uid = |b: &Blocker| view.facts.pod_at(b.ordinal).map(|p| p.uid.as_str());
    let stuck: Vec<&str> = down.iter().filter(|b| b.failing).filter_map(uid).collect();
    match forecast::replaced(view.facts, &stuck).into_iter().rfind(|o| *o >= view.from) {
        Some(o) => format!("{first} Next: {}.", view.facts.set.pod_name(o)),
        // Those that are left are held back: it is not for this pod that they stay.
        None if view.from > 0
            && view.ordinals(|p| !view.is_new(p)).last().is_none_or(|o| o < view.from) =>
        {
            format!("{first} Nothing else restarts until someone advances.")
        }
        None => format!("{first} Nothing else restarts until it is."),
    }
}

pub(super) fn leaving(view: &View<'_>) -> String {
    let gone: Vec<u32> = view.condemned.iter().filter_map(|p| view.facts.ordinal(p)).collect();
    let n = gone.len();
    let stay = match view.wanted() {
        0 => "no pod stays".to_owned(),
        k => format!("{} {}", count(k, "pod"), verb(k, "stays", "stay")),
    };
    let mut text =
        format!("{} {}; {stay}.", pods(&view.facts.set.name, gone), verb(n, "leaves", "leave"));
    if let Some(b) = view.down().first() {
        text.push_str(&format!(" {} {}.", b.pod, b.says));
    }
    text
}

pub(super) fn coming(view: &View<'_>, scaling: bool) -> String {
    let n = view.wanted();
    let up = view.count(Pod::is_up);
    let ready = match up {
        0 => format!("no pod of {n} is Ready yet"),
        k => format!("{k} of {} {} Ready", count(n, "pod"), verb(k, "is", "are")),
    };
    let down = view.down();
    let missing = &view.missing;
    let mut parts = Vec::new();
    let failing: Vec<&Blocker> = down.iter().filter(|b| b.failing).collect();
    parts.extend(failing.iter().take(3).map(|b| format!("{} {}", b.pod, b.says)));
    let rest: Vec<&Blocker> = down.iter().filter(|b| !b.failing).collect();
    if let [one] = rest.as_slice() {
        parts.push(format!("{} {}", one.pod, one.says));
    } else if !rest.is_empty() {
        let names = pods(&view.facts.set.name, rest.iter().map(|b| b.ordinal));
        parts.push(format!("{names} are starting"));
    }
    if !missing.is_empty() {
        let what = if scaling { "still to come" } else { "missing" };
        parts.push(format!("{} {} {what}", view.names(missing), verb(missing.len(), "is", "are")));
    }
    format!("{}; {ready}.", list(&parts))
}

pub(super) fn stuck(view: &View<'_>, b: &Blocker) -> String {
    let others = view.old().from_on(view.from).len();
    let itself = view.facts.pod_at(b.ordinal).is_some_and(|p| !view.is_new(p));
    let waiting = others - usize::from(itself && others > 0);
    let up = view.count(Pod::is_up);
    let n = view.wanted();
    let rest = if waiting > 0 {
        format!("The other {} {} unchanged.", count(waiting, "pod"), verb(waiting, "waits", "wait"))
            .replace("The other 1 pod", "The other pod")
    } else {
        format!("{up} of {} {} Ready.", count(n, "pod"), verb(up, "is", "are"))
    };
    format!("{} {}. {rest}", b.pod, b.says)
}

pub(super) fn trapped(view: &View<'_>, trapped: &[Blocker]) -> String {
    let names = pods(&view.facts.set.name, trapped.iter().map(|b| b.ordinal));
    let n = trapped.len();
    let broken = trapped.iter().filter_map(|b| view.facts.pod_at(b.ordinal));
    let runs = labels(view, broken);
    let others_back = view
        .pods
        .iter()
        .filter(|(_, p)| trapped.iter().all(|b| b.pod != p.name))
        .all(|(_, p)| view.is_new(p));
    let first = if others_back {
        "The template is already back".to_owned()
    } else {
        format!("The set wants {}", view.new_label())
    };
    let why = trapped.first().map_or("", |b| b.says.as_str());
    let fails = trapped.iter().all(|b| b.failing);
    let why = match n {
        1 if fails => format!("cannot start: it {why}"),
        1 if trapped.iter().any(|b| b.reason == "NotReady") => "is not Ready".to_owned(),
        1 => why.to_owned(),
        _ if fails => "cannot start".to_owned(),
        _ => "are not Ready".to_owned(),
    };
    let mut then = "frees the set";
    for pod in trapped.iter().filter_map(|b| view.facts.pod_at(b.ordinal)) {
        let delete = Action::DeletePod { pod: pod.name.clone(), uid: pod.uid.clone() };
        let after = forecast::forecast(view.facts, &delete);
        // What the set wants there may be no better.
        if after.in_vain {
            then = "brings the same image back, which fails";
            break;
        }
        // Of several each waits for the others; of one it is something else that is waited for.
        if n == 1 && after.stall.is_some() {
            then = "is the first step";
        }
    }
    format!(
        "{first}, but {names} still {} {runs} and {why}. Deleting {} {then}.",
        verb(n, "runs", "run"),
        verb(n, "this one pod", "these pods")
    )
}
