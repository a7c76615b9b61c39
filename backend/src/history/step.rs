//! From one look at a set to the next: what is to be written, and what is known afterwards. Pure.

mod rollout;

use model::facts::Facts;
use model::status::Status;
use model::wire::EventKind;

use super::attribute;
use super::compare::{self, Happened};
use super::credit::{Credit, Deed, Origin};
use super::data::{Data, Kind, Scene};
use super::known::{Known, PodState};
use super::ledger::Write;
use super::{deviation, ms, sentence, trouble};

/// A snapshot is taken after this many events, so that a moment is drawn from few.
const SNAPSHOT_EVENTS: u32 = 256;
/// And with the first event after this time (ms), so that retention can let go of what lies before.
const SNAPSHOT_AGE: i64 = 24 * 3_600 * 1_000;

/// The circumstances of a look.
#[derive(Clone, Copy, Debug)]
pub struct Look<'a> {
    /// ms UTC.
    pub at: i64,
    /// Since when the panel looks, ms UTC: a set that is younger was made under its eyes.
    pub since: i64,
    /// Nobody looked between these times (ms UTC): what differs happened somewhere in there.
    pub gap: Option<(i64, i64)>,
    /// Actions of the panel that may explain what is seen.
    pub deeds: &'a [Deed],
    /// As the set was judged in this look, where it was.
    pub status: Option<&'a Status>,
}

/// What a look leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    pub writes: Vec<Write>,
    pub known: Known,
}

/// A set is seen for the first time.
pub fn first(facts: &Facts, look: Look<'_>) -> Step {
    begin(facts, look, None)
}

/// A set that somebody brought back to its beginning: told as that, and not as what it looks like from outside.
pub fn anew(facts: &Facts, look: Look<'_>, credit: &Credit) -> Step {
    begin(facts, look, Some(credit))
}

fn begin(facts: &Facts, look: Look<'_>, anew: Option<&Credit>) -> Step {
    let mut known = Known::of(facts, None);
    let uid = known.uid.clone();
    let mut writes = vec![Write::Set {
        uid: uid.clone(),
        namespace: known.namespace.clone(),
        name: known.name.clone(),
        at: look.at,
    }];
    revisions(None, &known, look.at, &mut writes);
    for pod in &known.pods {
        writes.push(Write::Pod { set_uid: uid.clone(), pod: Box::new(pod.clone()) });
        if pod.state == PodState::Ready {
            let at = pod.ready_changed.unwrap_or(look.at);
            writes.push(Write::PodReady { uid: pod.uid.clone(), at });
        }
    }
    // `metadata.creationTimestamp` has whole seconds.
    let created = ms(facts.set.created) + 1_000 > look.since;
    let replicas = model::words::count(known.replicas as usize, "replica");
    let happened = if let Some(credit) = anew {
        known.book.last_change = Some(credit.clone());
        let sentence = "the demo was reset: every set begins anew".to_owned();
        Happened::listed(EventKind::Set, sentence, Data::Seen { created: false })
            .by(Some(credit.clone()))
    } else if created {
        let credit = attribute::creator(&known).map(|name| Credit {
            origin: Origin::Tool,
            name: Some(name),
            at: look.at,
            reason: None,
            action: None,
        });
        known.book.last_change.clone_from(&credit);
        let sentence = format!("{} was created with {replicas}", known.name);
        Happened::listed(EventKind::Set, sentence, Data::Seen { created }).by(credit)
    } else {
        let sentence = format!("{} was seen for the first time, with {replicas}", known.name);
        Happened::listed(EventKind::Set, sentence, Data::Seen { created })
    };
    writes.push(event(&known, look, happened));
    if anew.is_some() || !created {
        rollout::found(&mut known, facts, look, anew.is_none(), &mut writes);
    }
    let trouble = trouble::turn(&mut known, look);
    writes.extend(trouble.map(|one| event(&known, look, one)));
    snapshot(&mut known, look, &mut writes);
    Step { writes, known }
}

/// A known set is looked at again.
pub fn next(before: &Known, facts: &Facts, look: Look<'_>) -> Step {
    let mut known = Known::of(facts, Some(before));
    let happened = compare::changes(before, &mut known, look.deeds, look.at);
    let deviation = deviation::follow(before, &mut known, &happened, look);
    let trouble = trouble::turn(&mut known, look);
    let mut writes = Vec::new();
    revisions(Some(before), &known, look.at, &mut writes);
    rollout::switch(before, &mut known, look, &mut writes);
    for one in happened {
        pod_runs(&known, &one, look.at, &mut writes);
        writes.push(event(&known, look, one));
    }
    writes.extend(deviation.map(|one| event(&known, look, one)));
    writes.extend(trouble.map(|one| event(&known, look, one)));
    rollout::settle(&mut known, look, &mut writes);
    let events = writes.iter().filter(|w| matches!(w, Write::Event { .. })).count();
    if events > 0 {
        if let Some((from, to)) = look.gap {
            if before.book.gap_until.is_none_or(|told| told <= from) {
                writes.insert(0, event(&known, look, gap(from, to)));
            }
            known.book.gap_until = Some(to);
        }
        known.book.since_snapshot =
            known.book.since_snapshot.saturating_add(u32::try_from(events).unwrap_or(u32::MAX));
        if look.gap.is_some()
            || known.book.since_snapshot >= SNAPSHOT_EVENTS
            || look.at - known.book.snapshot_at >= SNAPSHOT_AGE
        {
            snapshot(&mut known, look, &mut writes);
        }
    }
    Step { writes, known }
}

/// Nothing was seen of a known set, and time goes by.
pub fn waits(known: &mut Known, look: Look<'_>) -> Vec<Write> {
    let deviation = deviation::stands(known, look.at);
    deviation.map(|one| event(known, look, one)).into_iter().collect()
}

/// A known set is gone.
pub fn gone(before: &Known, look: Look<'_>) -> Vec<Write> {
    end(before, look, true)
}

/// A known set is gone because somebody brought everything back to its beginning: [`anew`] tells that.
pub fn replaced(before: &Known, look: Look<'_>) -> Vec<Write> {
    end(before, look, false)
}

fn end(before: &Known, look: Look<'_>, tell: bool) -> Vec<Write> {
    let mut writes = Vec::new();
    if let Some((from, to)) = look.gap
        && before.book.gap_until.is_none_or(|told| told <= from)
    {
        writes.push(event(before, look, gap(from, to)));
    }
    for pod in &before.pods {
        writes.push(Write::PodGone { uid: pod.uid.clone(), at: look.at });
    }
    if tell {
        let sentence = format!("{} was deleted", before.name);
        let deleted = Happened::listed(EventKind::Set, sentence, Data::Deleted {});
        writes.push(event(before, look, deleted));
    }
    rollout::abandoned(before, look, &mut writes);
    writes.push(Write::SetDeleted { uid: before.uid.clone(), at: look.at });
    writes
}

fn event(known: &Known, look: Look<'_>, happened: Happened) -> Write {
    // A gap itself did not happen while nobody looked.
    let away = look.gap.is_some()
        && !matches!(happened.kind, Kind::Snapshot | Kind::Listed(EventKind::Gap));
    Write::Event { set_uid: known.uid.clone(), at: look.at, away, happened: Box::new(happened) }
}

fn gap(from: i64, to: i64) -> Happened {
    let sentence = format!(
        "the panel did not look for {}: what follows was found afterwards",
        sentence::lasted(from, to)
    );
    Happened::listed(EventKind::Gap, sentence, Data::Gap { from, to })
}

fn snapshot(known: &mut Known, look: Look<'_>, writes: &mut Vec<Write>) {
    known.book.since_snapshot = 0;
    known.book.snapshot_at = look.at;
    let happened = Happened {
        kind: Kind::Snapshot,
        sentence: String::new(),
        ordinal: None,
        credit: None,
        data: Data::Snapshot { scene: Scene::of(known) },
    };
    writes.push(event(known, look, happened));
}

fn revisions(before: Option<&Known>, known: &Known, at: i64, writes: &mut Vec<Write>) {
    for revision in &known.revisions {
        if before.is_none_or(|b| b.revision(&revision.name) != Some(revision)) {
            writes.push(Write::Revision {
                set_uid: known.uid.clone(),
                revision: revision.clone(),
                at,
            });
        }
    }
}

/// The life of a pod, beside the event that tells of it.
fn pod_runs(known: &Known, happened: &Happened, at: i64, writes: &mut Vec<Write>) {
    match (&happened.kind, &happened.data) {
        (Kind::Listed(EventKind::PodCreated), Data::Pod { pod }) => {
            if let Some(pod) = known.pod(&pod.uid) {
                let pod = Box::new(pod.clone());
                writes.push(Write::Pod { set_uid: known.uid.clone(), pod });
            }
        }
        (Kind::Listed(EventKind::PodReady), Data::Pod { pod }) => {
            let at = known.pod(&pod.uid).and_then(|p| p.ready_changed).unwrap_or(at);
            writes.push(Write::PodReady { uid: pod.uid.clone(), at });
        }
        (Kind::Listed(EventKind::PodDown), Data::Pod { pod }) => {
            let at = known.pod(&pod.uid).and_then(|p| p.ending).unwrap_or(at);
            writes.push(Write::PodEnding { uid: pod.uid.clone(), at });
        }
        (Kind::PodGone, Data::PodGone { uid, .. }) => {
            writes.push(Write::PodGone { uid: uid.clone(), at });
        }
        _ => {}
    }
}
