//! The order of the rows within their groups. The groups stay: what needs a person stands first in every order.

use std::cmp::Reverse;

use jiff::Timestamp;
use model::set::SetKey;
use model::status::StatusKind;
use model::wire::SetRow;

use super::layout::Group;

/// The order of the rows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sort {
    /// As each group is read best.
    #[default]
    Urgency,
    Name,
    Namespace,
    /// Longest in its state first.
    Age,
    /// Last changed first.
    Change,
}

impl Sort {
    /// All, as the picker lists them.
    pub const ALL: [Self; 5] =
        [Self::Urgency, Self::Name, Self::Namespace, Self::Age, Self::Change];

    /// As the URL has it; nothing for the usual one.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Urgency => "",
            Self::Name => "name",
            Self::Namespace => "namespace",
            Self::Age => "age",
            Self::Change => "change",
        }
    }

    /// The reverse of [`Sort::as_str`]; anything else is the usual one.
    pub fn parse(text: &str) -> Self {
        Self::ALL.into_iter().find(|s| s.as_str() == text).unwrap_or_default()
    }

    /// As the picker says it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Urgency => "Urgency",
            Self::Name => "Name",
            Self::Namespace => "Namespace",
            Self::Age => "Age of the state",
            Self::Change => "Last change",
        }
    }

    /// How the rows of a group are ordered, where it is not the group's own order.
    pub(super) fn hint(self) -> Option<&'static str> {
        match self {
            Self::Urgency => None,
            Self::Name => Some("by name"),
            Self::Namespace => Some("by namespace"),
            Self::Age => Some("longest in its state first"),
            Self::Change => Some("last changed first"),
        }
    }
}

/// The place of a row: what comes first compares less. What nobody knows the time of comes last.
pub(crate) type Place =
    (Group, Option<StatusKind>, Option<Timestamp>, Reverse<Option<Timestamp>>, String, SetKey);

/// Where a row stands.
pub(super) fn place(row: &SetRow, sort: Sort) -> Place {
    let kind = row.status.kind;
    let group = Group::of(kind);
    let changed = row.last_change.as_ref().and_then(|c| c.at);
    let since = Some(row.status.since.unwrap_or(Timestamp::MAX));
    let (kind, since, changed) = match (sort, group) {
        (Sort::Name | Sort::Namespace, _) => (None, None, None),
        (Sort::Age, _) => (None, since, None),
        (Sort::Change, _) => (None, None, changed),
        // Longest waiting first.
        (Sort::Urgency, Group::Attention) => (Some(kind), since, None),
        (Sort::Urgency, Group::Settled) => (Some(kind), None, changed),
        // Moving rows keep their place while they move.
        (Sort::Urgency, _) => (Some(kind), None, None),
    };
    // A key stands by its namespace already.
    let name = if sort == Sort::Name { row.name.clone() } else { String::new() };
    (group, kind, since, Reverse(changed), name, row.key())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_url_names_every_order_but_the_usual_one() {
        for sort in Sort::ALL {
            assert_eq!(Sort::parse(sort.as_str()), sort);
        }
        assert_eq!(Sort::Urgency.as_str(), "");
        assert_eq!(Sort::parse("colour"), Sort::Urgency);
    }
}
