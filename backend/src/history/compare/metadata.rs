//! Labels and annotations of the set itself. They restart nothing, so that they are told in short and not too often.

use std::collections::BTreeMap;

use model::wire::EventKind;
use model::words::list;

use super::Happened;
use crate::history::attribute;
use crate::history::data::Data;
use crate::history::known::Known;

/// A tool may write one with every beat of its heart: after one such event what follows within this time (ms) is told with the
/// first change after it.
const QUIET: i64 = 10 * 60 * 1_000;
/// So many are named.
const NAMED: usize = 6;

/// Keys with the digests of their values.
fn by_key(marks: &[String]) -> BTreeMap<&str, &str> {
    marks.iter().filter_map(|mark| mark.rsplit_once('=')).collect()
}

/// Those that came, went or say something else. What they say is not kept: annotations may hold secrets.
pub(super) fn changes(before: &Known, after: &mut Known, at: i64, all: &mut Vec<Happened>) {
    let (Some(then), Some(now)) = (&before.marks, &after.marks) else { return };
    if then == now {
        return;
    }
    if before.book.metadata_at.is_some_and(|told| at - told < QUIET) {
        after.marks.clone_from(&before.marks);
        return;
    }
    let (then, now) = (by_key(then), by_key(now));
    let mut told: Vec<(&str, &str)> = Vec::new();
    for (key, mark) in &now {
        match then.get(key) {
            None => told.push((key, "was added")),
            Some(earlier) if earlier != mark => told.push((key, "changed")),
            Some(_) => {}
        }
    }
    told.extend(then.keys().filter(|key| !now.contains_key(*key)).map(|key| (*key, "was removed")));
    let mut parts: Vec<String> =
        told.iter().take(NAMED).map(|(key, what)| format!("{key} {what}")).collect();
    if told.len() > NAMED {
        parts.push(format!("{} more", told.len() - NAMED));
    }
    let keys = told.iter().map(|(key, _)| (*key).to_owned()).collect();
    let credit = attribute::writer(before, after, at);
    all.push(
        Happened::listed(EventKind::Metadata, list(&parts), Data::Metadata { keys })
            .by(Some(credit)),
    );
    after.book.metadata_at = Some(at);
}
