//! Roll back: the template of a recorded revision, by name and bytes. Numbers move: they are display only.

use super::RefusalCode;
use super::permit::{Verdict, refuse};
use crate::facts::Facts;

/// The digest of the template that the set would get: the revision's own where Kubernetes knows it, else the one that was given.
pub(crate) fn hash<'a>(
    facts: &'a Facts,
    revision: &str,
    given: Option<&'a str>,
) -> Option<&'a str> {
    facts.revision(revision).map(|r| r.hash.as_str()).or(given)
}

pub(super) fn permit(facts: &Facts, revision: &str, given: Option<&str>) -> Verdict {
    let set = &facts.set;
    // It goes into a command line.
    let name = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-' || b == b'.';
    if revision.is_empty() || revision.len() > 253 || !revision.bytes().all(name) {
        return refuse(
            RefusalCode::Invalid,
            format!("{revision:?} is not the name of a revision, such as web-6b7c9d5f4."),
        );
    }
    let Some(hash) = hash(facts, revision, given) else {
        return refuse(
            RefusalCode::NotFound,
            format!("There is no revision {revision:?} of {}.", set.name),
        );
    };
    let label = facts.revision_label(revision);
    if given.is_some_and(|given| given != hash) {
        return refuse(
            RefusalCode::NotNow,
            format!("{label} holds another template than the one you saw."),
        );
    }
    let seen = set.status.observed_generation >= set.generation;
    if set.template_hash == hash || (seen && set.status.update_revision == revision) {
        return refuse(
            RefusalCode::NothingToDo,
            format!("{} has the template of {label} already.", set.name),
        );
    }
    Ok(())
}
