//! The one function behind every badge and sentence.

use jiff::Timestamp;

use super::{Settings, Status, StatusKind, sentence, trapped};
use crate::blocker::{self, Blocker};
use crate::facts::Facts;
use crate::ordinals::Ordinals;
use crate::pod::Pod;
use crate::set::{PodManagement, UpdateStrategy};

/// The pods of a set, sorted by what the judgement asks of them.
pub(super) struct View<'a> {
    pub(super) facts: &'a Facts,
    /// Wanted pods that are there, by ordinal.
    pub(super) pods: Vec<(u32, &'a Pod)>,
    /// Wanted ordinals without a pod.
    pub(super) missing: Ordinals,
    pub(super) condemned: Vec<&'a Pod>,
    /// First ordinal that gets the update; that behind the last one under OnDelete (the controller updates none).
    pub(super) from: u32,
    /// Pods on the update revision and Ready.
    pub(super) done: usize,
}

impl<'a> View<'a> {
    fn new(facts: &'a Facts) -> Self {
        let wanted = facts.set.ordinals();
        let there = |pod| Some((facts.ordinal(pod).filter(|o| wanted.contains(o))?, pod));
        let mut pods: Vec<(u32, &Pod)> = facts.pods.iter().filter_map(there).collect();
        pods.sort_unstable_by_key(|(ordinal, _)| *ordinal);
        let from = match facts.set.strategy {
            UpdateStrategy::RollingUpdate { .. } => facts.set.partition().min(facts.set.replicas),
            _ => facts.set.replicas,
        };
        let mut view = Self {
            facts,
            missing: Ordinals::from(wanted.clone()).minus(&pods.iter().map(|(o, _)| *o).collect()),
            pods,
            condemned: facts.condemned(),
            from: wanted.start.saturating_add(from),
            done: 0,
        };
        view.done = view.count(|p| p.is_up() && view.is_new(p));
        view
    }

    /// How many pods the set wants.
    pub(super) fn wanted(&self) -> usize {
        self.facts.set.replicas as usize
    }

    /// How many of the wanted pods are so.
    pub(super) fn count(&self, so: impl Fn(&Pod) -> bool) -> usize {
        self.pods.iter().filter(|(_, p)| so(p)).count()
    }

    /// Every wanted pod from `ordinal` on is there, and so.
    pub(super) fn all_from(&self, ordinal: u32, so: impl Fn(&Pod) -> bool) -> bool {
        self.missing.last().is_none_or(|o| o < ordinal)
            && self.pods.iter().all(|(o, p)| *o < ordinal || so(p))
    }

    /// Runs the update revision.
    pub(super) fn is_new(&self, pod: &Pod) -> bool {
        pod.revision == self.facts.set.status.update_revision
    }

    /// Ordinals whose pod is there but not on the update revision.
    pub(super) fn old(&self) -> Ordinals {
        self.ordinals(|p| !self.is_new(p))
    }

    /// Ordinals whose pod is there, and so.
    pub(super) fn ordinals(&self, so: impl Fn(&Pod) -> bool) -> Ordinals {
        self.pods.iter().filter(|(_, p)| so(p)).map(|(o, _)| *o).collect()
    }

    /// `web-3 and web-4`.
    pub(super) fn names(&self, ordinals: &Ordinals) -> String {
        ordinals.names(&self.facts.set.name)
    }

    pub(super) fn label(&self, revision: &str) -> String {
        self.facts.revision_label(revision)
    }

    /// Label of the update revision.
    pub(super) fn new_label(&self) -> String {
        self.label(&self.facts.set.status.update_revision)
    }

    /// Wanted pods that are there and not up, as the controller meets them.
    pub(super) fn down(&self) -> Vec<Blocker> {
        let mut down: Vec<Blocker> = self
            .pods
            .iter()
            .filter(|(_, p)| !p.is_up())
            .filter_map(|(_, p)| blocker::describe(self.facts, p))
            .collect();
        if self.facts.set.policy == PodManagement::Parallel {
            down.reverse();
        }
        down
    }
}

pub(super) fn judge(
    facts: &Facts,
    previous: Option<&Status>,
    now: Timestamp,
    settings: Settings,
) -> Status {
    let view = View::new(facts);
    let mut status = Status {
        kind: StatusKind::Unknown,
        sentence: String::new(),
        done: u32::try_from(view.done).unwrap_or(u32::MAX),
        total: facts.set.replicas,
        since: None,
        blocker: None,
        recheck: None,
        awaiting: None,
    };
    if !facts.readable.pods {
        status.kind = StatusKind::NoAccess;
        sentence::no_access().clone_into(&mut status.sentence);
        return status;
    }
    if let UpdateStrategy::Other { name } = &facts.set.strategy {
        status.sentence = format!(
            "The update strategy {name} is not known to this version; pods are shown as they are."
        );
        return status;
    }
    if let Some(waiting) = unobserved(facts, previous, now, settings, &status) {
        return waiting;
    }
    let set = &facts.set;
    if set.deleting {
        status.kind = StatusKind::Scaling;
        status.sentence = sentence::deleting(&view);
        return status;
    }

    let down = view.down();
    // A pod that fails on what the set wants of it will not be replaced by anything better.
    let fails_for_good = |b: &Blocker| {
        let wanted = set.index_of(b.ordinal).map(|i| facts.wanted_revision(i));
        b.failing && facts.pod_at(b.ordinal).map(|p| p.revision.as_str()) == wanted
    };
    let patience = |b: &Blocker| {
        if fails_for_good(b) {
            settings.stuck_after.min(settings.failing_after)
        } else {
            settings.stuck_after
        }
    };
    status.recheck = down
        .iter()
        .filter_map(|b| b.since.checked_add(patience(b)).ok())
        .filter(|t| *t > now)
        .min();
    let overdue = |b: &Blocker| b.since.checked_add(patience(b)).is_ok_and(|t| t <= now);

    let trapped = trapped::trapped(&view, &down, &overdue);
    if !trapped.is_empty() {
        status.kind = StatusKind::Trapped;
        status.since = trapped.iter().map(|b| b.since).min();
        status.sentence = sentence::trapped(&view, &trapped);
        status.blocker = trapped.into_iter().next();
        return status;
    }
    if let Some(stuck) = down.iter().find(|b| overdue(b)) {
        status.kind = StatusKind::Stuck;
        status.since = Some(stuck.since);
        status.sentence = sentence::stuck(&view, stuck);
        status.blocker = Some(stuck.clone());
        return status;
    }
    status.blocker = down.into_iter().next();

    let old = view.old();
    let all_up = view.all_from(0, Pod::is_up);
    if !view.condemned.is_empty() {
        status.kind = StatusKind::Scaling;
        status.since = owner_since(facts, |o| o.replicas);
        status.sentence = sentence::leaving(&view);
        return status;
    }
    let growing = growing(&view, previous);
    let held_back = old.last().is_some_and(|last| last < view.from);
    if held_back && growing {
        return scaling(&view, status, facts, &old);
    }
    if set.is_on_delete() && !old.is_empty() {
        status.kind = StatusKind::OnDelete;
        status.done = set.replicas - u32::try_from(old.len()).unwrap_or(0);
        status.since = revision_since(facts);
        status.sentence = sentence::on_delete(&view, &old);
        return status;
    }
    let reached = view.all_from(view.from, |p| p.is_up() && view.is_new(p));
    if held_back && reached {
        status.kind = StatusKind::Held;
        status.since = owner_since(facts, |o| o.partition).max(revision_since(facts));
        status.sentence = sentence::held(&view, &old);
        return status;
    }
    if all_up && old.is_empty() {
        status.kind = StatusKind::Settled;
        status.since = facts.pods.iter().filter_map(Pod::ready_since).max();
        status.sentence = sentence::settled(&view);
        return status;
    }
    // Only where the pods cannot tell (the last old one is gone, its successor not there yet) the lagging
    // currentRevision is asked: it still names the old revision then.
    let tail = set.is_rolling_update()
        && set.status.current_revision != set.status.update_revision
        && !reached;
    // The set comes by another watch than its pods: where it tells first that all are Ready, its rollout is not over.
    let ahead = set.is_rolling_update()
        && previous.is_some_and(|p| p.kind == StatusKind::Rolling)
        && set.status.ready_replicas >= set.replicas
        && set.status.updated_replicas >= set.replicas;
    if tail || ahead || old.last().is_some_and(|last| last >= view.from) {
        status.kind = StatusKind::Rolling;
        status.since = revision_since(facts).max(owner_since(facts, |o| o.partition));
        status.sentence = sentence::rolling(&view);
        return status;
    }
    if growing {
        return scaling(&view, status, facts, &old);
    }
    status.kind = StatusKind::Starting;
    status.since = status.blocker.as_ref().map(|b| b.since);
    status.done = up(&view);
    status.sentence = sentence::coming(&view, false);
    status
}

fn up(view: &View<'_>) -> u32 {
    u32::try_from(view.count(Pod::is_up)).unwrap_or(u32::MAX)
}

fn scaling(view: &View<'_>, status: Status, facts: &Facts, old: &Ordinals) -> Status {
    let mut sentence = sentence::coming(view, true);
    if let Some(stay) = sentence::staying(view, old) {
        sentence = format!("{sentence} {stay}");
    }
    Status {
        kind: StatusKind::Scaling,
        since: owner_since(facts, |o| o.replicas),
        done: up(view),
        sentence,
        ..status
    }
}

/// Pods come that never were: the missing ones are the highest, and more are wanted than before. It lasts until the last new
/// pod is Ready. The facts alone do not tell it from a pod on top that was deleted and comes back, so that what was
/// published last decides where it can.
fn growing(view: &View<'_>, previous: Option<&Status>) -> bool {
    let top =
        view.missing.first().is_some_and(|first| view.pods.last().is_none_or(|(o, _)| *o < first));
    let all_there = view.missing.is_empty();
    if all_there && view.pods.iter().all(|(_, p)| p.is_up()) {
        return false;
    }
    match previous {
        Some(p) if p.kind == StatusKind::Scaling => top || all_there,
        Some(p) if p.kind.is_moving() || at_rest(p.kind) => {
            (top || all_there) && p.total < view.facts.set.replicas
        }
        _ => top,
    }
}

/// Every wanted pod was there.
fn at_rest(kind: StatusKind) -> bool {
    matches!(kind, StatusKind::Settled | StatusKind::Held | StatusKind::OnDelete)
}

/// The status while the controller has not observed the last change: what was, until it is late. Nothing has happened
/// to the pods yet, so no other status would be true. `None` if it has observed it, or if nothing was before.
fn unobserved(
    facts: &Facts,
    previous: Option<&Status>,
    now: Timestamp,
    settings: Settings,
    blank: &Status,
) -> Option<Status> {
    let set = &facts.set;
    if set.status.observed_generation >= set.generation {
        return None;
    }
    let first_seen = previous
        .and_then(|p| p.awaiting)
        .filter(|(generation, _)| *generation == set.generation)
        .map_or(now, |(_, at)| at);
    let awaiting = Some((set.generation, first_seen));
    let due = first_seen.checked_add(settings.unobserved_after).ok()?;
    if due <= now {
        return Some(Status {
            kind: StatusKind::Unobserved,
            since: Some(first_seen),
            sentence: format!(
                "The controller has not seen change {} yet; pods are as they were before it.",
                set.generation
            ),
            awaiting,
            ..blank.clone()
        });
    }
    match previous {
        Some(p) if p.kind != StatusKind::Unobserved => {
            Some(Status { recheck: Some(due), awaiting, ..p.clone() })
        }
        _ => Some(Status {
            kind: StatusKind::Scaling,
            recheck: Some(due),
            sentence: format!("The controller is about to see change {}.", set.generation),
            awaiting,
            ..blank.clone()
        }),
    }
}

/// When the manager who owns these fields last wrote them.
fn owner_since(facts: &Facts, owns: impl Fn(&crate::set::Owned) -> bool) -> Option<Timestamp> {
    facts.set.managers.iter().filter(|m| owns(&m.owns)).filter_map(|m| m.at).max()
}

/// When the update revision was made. On a rollback an old one is used again, so the template's owner counts too.
fn revision_since(facts: &Facts) -> Option<Timestamp> {
    facts
        .revision(&facts.set.status.update_revision)
        .map(|r| r.created)
        .max(owner_since(facts, |o| o.template))
}
