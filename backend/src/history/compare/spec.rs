use model::action::{Action, PodRef};
use model::wire::EventKind;

use super::Happened;
use crate::history::attribute::attribute;
use crate::history::book::{AbortNote, RevisionMark, TemplateWas};
use crate::history::credit::{Credit, Deed, Field, Origin};
use crate::history::data::Data;
use crate::history::known::{Known, KnownPod, PodState};
use crate::history::sentence;

/// A revision as it is called in `known`.
pub(crate) fn mark(known: &Known, name: &str) -> Option<RevisionMark> {
    (!name.is_empty()).then(|| RevisionMark {
        name: name.to_owned(),
        label: known.label(name),
        hash: known.revision(name).map(|r| r.hash.clone()),
    })
}

/// Template, strategy, partition and scale. The actor of a template is noted when the spec changes, and named when the
/// controller has made the revision of it.
pub(super) fn changes(
    before: &Known,
    after: &mut Known,
    deeds: &[Deed],
    at: i64,
    all: &mut Vec<Happened>,
) {
    let pending = before.template != after.template;
    let who = |after: &mut Known, field| -> Credit {
        let credit = attribute(before, after, field, deeds, at);
        after.book.last_change = Some(credit.clone());
        credit
    };
    if pending {
        after.book.template_was.get_or_insert_with(|| TemplateWas {
            images: before.images.clone(),
            restarted_at: before.restarted_at.clone(),
        });
        after.book.template_by = Some(who(after, Field::Template));
    }
    if before.update != after.update
        && !before.update.is_empty()
        && let Some(to) = mark(after, &after.update)
    {
        let was = after.book.template_was.take();
        let restart = was
            .as_ref()
            .is_some_and(|w| w.restarted_at != after.restarted_at && w.images == after.images);
        let images = was.map(|w| w.images).unwrap_or_default();
        all.push(
            Happened::listed(
                EventKind::Template,
                sentence::template(before, after, &images, restart),
                Data::Template { from: mark(before, &before.update), to, restart },
            )
            .by(after.book.template_by.clone()),
        );
    }
    if before.strategy != after.strategy {
        let credit = who(after, Field::Strategy);
        let data = Data::Strategy { from: before.strategy.clone(), to: after.strategy.clone() };
        all.push(
            Happened::listed(EventKind::Strategy, sentence::strategy(before, after), data)
                .by(Some(credit)),
        );
    }
    // A strategy without a partition holds nothing back by one: to go there or to come back at 0 is told by the strategy.
    if before.partition.unwrap_or(0) != after.partition.unwrap_or(0) && after.partition.is_some() {
        let credit = who(after, Field::Partition);
        let held = after.held().len();
        let data = Data::Partition {
            from: before.partition,
            to: after.partition,
            held: u32::try_from(held).unwrap_or(u32::MAX),
        };
        after.book.partition_by = Some(credit.clone());
        after.book.held_by = (held > 0).then(|| credit.clone());
        after.book.advanced =
            held > 0 && after.partition < before.partition && !before.held().is_empty();
        let sentence = match aborting(before, after, deeds) {
            Some((_, pods)) => sentence::aborted(after, pods),
            None if credit.origin == Origin::Panel => sentence::partition(after, pending),
            // What it was for the panel cannot know.
            None => sentence::partition_moved(before, after, pending),
        };
        all.push(Happened::listed(EventKind::Partition, sentence, data).by(Some(credit)));
    }
    if before.replicas != after.replicas || before.start != after.start {
        let credit = who(after, Field::Replicas);
        let data = Data::Scale { from: before.replicas, to: after.replicas, start: after.start };
        all.push(
            Happened::listed(EventKind::Scale, sentence::scale(before, after), data)
                .by(Some(credit)),
        );
    }
}

/// The abort of which this is the first that is seen, and the pods that it lets fall back.
fn aborting<'a>(
    before: &Known,
    after: &Known,
    deeds: &'a [Deed],
) -> Option<(&'a Deed, &'a [PodRef])> {
    let id = after.last_action.as_ref().filter(|id| before.last_action.as_ref() != Some(*id))?;
    let deed = deeds.iter().find(|d| d.id == *id && d.set_uid == after.uid && !d.refused)?;
    match &deed.action {
        Action::Abort { pods } => Some((deed, pods)),
        _ => None,
    }
}

/// Notes an abort with what was wrong then, and forgets it once something else has taken its place. The rule is that of
/// [`model::aborted::stands`].
pub(super) fn abort(before: &Known, after: &mut Known, deeds: &[Deed], at: i64) {
    if let Some((deed, _)) = aborting(before, after, deeds) {
        let broken = |state| {
            let is = |p: &&KnownPod| p.revision == after.update && p.state == state;
            before.pods.iter().rev().find(is)
        };
        let because = broken(PodState::Failing).or_else(|| broken(PodState::Starting));
        let because = because.map(|p| match p.says.as_str() {
            // Not kept over a restart of the panel.
            "" => format!("{} was not Ready", p.name),
            says => format!("{} {says}", p.name),
        });
        let (by, revision) = (deed.credit(at), after.update.clone());
        after.book.aborted = Some(AbortNote { by, revision, because });
    }
    let stands = after.book.aborted.as_ref().is_some_and(|note| {
        after.strategy == "RollingUpdate"
            && after.update == note.revision
            && after.partition.unwrap_or(0) >= after.replicas
    });
    if !stands {
        after.book.aborted = None;
    }
}

/// A hold begins or ends. Where the partition moved in the same step, its own event says it already.
pub(super) fn hold(before: &Known, after: &mut Known, all: &mut Vec<Happened>) {
    let (then, now) = (before.held(), after.held());
    if now.is_empty() {
        after.book.held_by = None;
    }
    if then.is_empty() == now.is_empty() || before.partition != after.partition {
        return;
    }
    let held = u32::try_from(now.len()).unwrap_or(u32::MAX);
    let event = if now.is_empty() {
        Happened::listed(EventKind::Hold, sentence::hold_ends(after), Data::Hold { held })
    } else {
        // The partition was there before the revision: who put it there holds the pods back, if that was seen.
        after.book.held_by = after.book.partition_by.clone();
        after.book.advanced = false;
        Happened::listed(EventKind::Hold, sentence::hold(after, &now), Data::Hold { held })
            .by(after.book.held_by.clone())
    };
    all.push(event);
}
